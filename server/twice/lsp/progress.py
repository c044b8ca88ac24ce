"""The bar the editor shows during the first scan of a folder, with its button to stop. Silent where there is none."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from twice.steps import Step

log = logging.getLogger(__name__)


# In seconds: more reports than this nobody can read.
_PAUSE = 0.1

# Which part of the bar each kind of step fills; how many files there are is not known before they are read.
_PARTS = {
    "reading files": (0, 0),
    "reading templates": (10, 15),
    "reading code": (15, 50),
    "following events": (50, 85),
    "reading other code": (85, 90),
    "asking the rules": (90, 100),
}


class Stopped(Exception):
    """The user has stopped the work, or nobody needs it any more."""


class Bar:
    """One bar. ``report`` may be called from any thread, and raises Stopped when the work is to end."""

    def __init__(self, ls: LanguageServer, title: str, shown: bool) -> None:
        self._ls = ls
        self._title = title
        self._token = str(uuid.uuid4()) if shown else None
        self._loop = asyncio.get_running_loop()
        self._percentage = 0
        self._reported = 0.0
        self._stopped = False

    async def begin(self) -> None:
        """Ask the editor for a bar. One that refuses gets none, and the work goes on."""
        if self._token is None:
            return
        try:
            await self._ls.work_done_progress.create_async(self._token)
        except Exception as error:  # noqa: BLE001 - whatever the editor answers, the scan goes on
            log.info("the editor shows no progress: %s", error)
            self._token = None
            return
        begin = types.WorkDoneProgressBegin(title=self._title, cancellable=True, percentage=0)
        self._ls.work_done_progress.begin(self._token, begin)

    def report(self, what: str, done: int, there: int) -> None:
        if self._stopped or self._pressed():
            raise Stopped
        now = time.monotonic()
        if self._token is None or now - self._reported < _PAUSE:
            return
        self._reported = now
        start, end = _PARTS.get(what, (self._percentage, self._percentage))
        self._percentage = max(self._percentage, start + (end - start) * done // there if there else start)
        text = f"{what}: {done:,} of {there:,}" if there else f"{what}: {done:,}"
        value = types.WorkDoneProgressReport(cancellable=True, message=text, percentage=self._percentage)
        self._loop.call_soon_threadsafe(self._ls.work_done_progress.report, self._token, value)

    def step(self, step: Step) -> None:
        self.report(*step)

    def stop(self) -> None:
        """End the work at its next step."""
        self._stopped = True

    def end(self, message: str) -> None:
        if self._token is not None:
            self._ls.work_done_progress.end(self._token, types.WorkDoneProgressEnd(message=message))
            self._ls.work_done_progress.tokens.pop(self._token, None)
        self._token = None

    def _pressed(self) -> bool:
        token = self._ls.work_done_progress.tokens.get(self._token) if self._token is not None else None
        return token is not None and token.cancelled()
