"""The explanation of a rule as a document the editor opens: written beside no project, removed at the end."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from lsprotocol import types

from twice.lsp.explain import page, plain
from twice.lsp.protocol import Server
from twice.rules.model import Rule


class Pages:
    """A directory for the pages of one session; it exists once there is a page."""

    def __init__(self) -> None:
        self._directory: Path | None = None

    def write(self, rule: Rule) -> Path:
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="twice-"))
            atexit.register(self.remove)  # also when the editor leaves without a word
        file = self._directory / f"{rule.code}-{rule.name}.md"
        file.write_text(page(rule), encoding="utf-8")
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
    if ls.state.client.shows_documents:
        uri = ls.pages.write(rule).as_uri()
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
    else:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, plain(page(rule))))
    return page(rule)
