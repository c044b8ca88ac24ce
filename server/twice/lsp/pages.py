"""Pages that the editor opens as documents: a rule, a review, the event graph. Written beside no project, removed at the end."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from lsprotocol import types
from pygls import uris

from twice.lsp.explain import page, plain
from twice.lsp.protocol import Server
from twice.lsp.snapshot import Link, Snapshot
from twice.report import event_graph
from twice.report.review_text import markdown


class Pages:
    """A directory for the pages of one session; it exists once there is a page."""

    def __init__(self) -> None:
        self._directory: Path | None = None

    @property
    def directory(self) -> Path:
        if self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="twice-"))
            atexit.register(self.remove)  # also when the editor leaves without a word
        return self._directory

    def write(self, name: str, text: str) -> Path:
        file = self.directory / f"{re.sub(r'[^A-Za-z0-9._-]', '-', name)}.md"
        file.write_text(text, encoding="utf-8")
        return file

    def link(self, uri: str) -> str:
        """The way from a page to a file: viewers of Markdown follow no ``file:`` address."""
        file = uris.to_fs_path(uri) if uri.startswith("file:") else None
        try:
            return quote(os.path.relpath(file, self.directory).replace(os.sep, "/")) if file else uri
        except ValueError:  # on another drive
            return uri

    def remove(self) -> None:
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
        self._directory = None


async def show(ls: Server, code: str) -> str | None:
    """Show the page of a rule, and return it for editors that show it themselves; None when there is no such rule."""
    rule = ls.state.rule(code)
    if rule is None:
        return None
    return await _shown(ls, f"{rule.code}-{rule.name}", lambda link: page(rule))


async def show_review(ls: Server, uri: str, name: str) -> str | None:
    """Show the review of a handler of a document, and return it; None when there is no such handler."""
    found = await ls.state.snapshot(uri)
    if found is None:
        return None
    snapshot, path = found
    wanted = list(snapshot.checked.reviews.where(lambda seen: (seen.place.path, seen.name) == (path, name)))[:1]
    return await _shown(ls, f"review-{name}", lambda link: markdown(wanted, snapshot.page(link))) if wanted else None


async def show_graph(ls: Server, uri: str | None = None, node: str | None = None) -> str | None:
    """Show who sends what to whom in the folder of a file, or in all folders, or what is near a node of the graph; and return it."""
    around = await ls.state.around(uri) if uri is not None else None
    snapshots = [around] if around is not None else await ls.state.all_snapshots()

    def written(link: Link) -> str:
        return "\n".join(_graph(snapshot, node, link) for snapshot in snapshots)

    return await _shown(ls, "events", written) if snapshots else None


def _graph(snapshot: Snapshot, wanted: str | None, link: Link) -> str:
    graph, page = snapshot.graph, snapshot.page(link)
    node = next((one for one in graph.nodes if one.id == wanted), None)
    if node is None:
        where = snapshot.folder.root.name if snapshot.folder.root is not None else "this document"
        return event_graph.markdown(graph, page, f"Events of {where}")
    beside = [edge.other for edge in graph.after(node, "feeds") if edge.other.kind == "function"]
    return event_graph.markdown(graph.near([node, *beside]), page, f"Events around {node.name}")


async def _shown(ls: Server, name: str, written: Callable[[Link], str]) -> str:
    """As a document where the editor can, else as a message. What is returned lies nowhere: its links are addresses."""
    text = written(str)
    if ls.state.client.shows_documents:
        uri = ls.pages.write(name, written(ls.pages.link)).as_uri()
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
    else:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, plain(text)))
    return text
