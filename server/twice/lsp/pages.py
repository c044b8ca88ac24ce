"""The explanation of a rule as a document the editor opens: written beside no project, removed at the end."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from pathlib import Path

from lsprotocol import types

from twice.lsp.explain import page, plain
from twice.lsp.protocol import Server
from twice.report.review_text import markdown
from twice.report.terminal import Page


class Pages:
    """A directory for the pages of one session; it exists once there is a page."""

    def __init__(self) -> None:
        self._directory: Path | None = None

    def write(self, name: str, text: str) -> Path:
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="twice-"))
            atexit.register(self.remove)  # also when the editor leaves without a word
        file = self._directory / f"{re.sub(r'[^A-Za-z0-9._-]', '-', name)}.md"
        file.write_text(text, encoding="utf-8")
        return file

    def remove(self) -> None:
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
        self._directory = None


async def show(ls: Server, code: str) -> str | None:
    """Show the page of a rule, and return it for editors that show it themselves; None when there is no such rule."""
    rule = ls.state.rule(code)
    if rule is None:
        return None
    return await _shown(ls, f"{rule.code}-{rule.name}", page(rule))


async def show_review(ls: Server, uri: str, name: str) -> str | None:
    """Show the review of a handler of a document, and return it; None when there is no such handler."""
    found = await ls.state.snapshot(uri)
    if found is None:
        return None
    snapshot, path = found
    wanted = list(snapshot.checked.reviews.where(lambda seen: (seen.place.path, seen.name) == (path, name)))
    text = markdown(wanted[:1], Page(snapshot.files, 0))
    return await _shown(ls, f"review-{name}", text) if wanted else None


async def _shown(ls: Server, name: str, text: str) -> str:
    """As a document where the editor can, else as a message."""
    if ls.state.client.shows_documents:
        uri = ls.pages.write(name, text).as_uri()
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
    else:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, plain(text)))
    return text
