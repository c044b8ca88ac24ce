"""One moment of a folder: its texts as the editor shows them, and what Twice found in them. Never changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field
from pygls import uris

from twice.engine import Checked
from twice.finding import Finding
from twice.graph import EventGraph, event_graph
from twice.lsp.folder import Folder
from twice.report.terminal import Page
from twice.review import Review
from twice.text import Place, Text


class Buffer(Struct, frozen=True):
    """What an open document was at that moment. ``uri`` is spelled as the editor spells it."""

    uri: str
    version: int | None
    text: Text


# How a file of this address is linked to.
Link = Callable[[str], str]


class Snapshot(Struct, frozen=True, eq=False):
    """A folder, the buffers over it by path, and the result of the check of all ``files`` of both.

    ``drafts`` are the open documents in which people write for Twice itself: settings, rules and libraries.
    """

    folder: Folder
    files: Mapping[str, bytes]
    buffers: Mapping[str, Buffer]
    checked: Checked
    drafts: Mapping[str, Buffer] = field(default_factory=dict)
    _texts: dict[str, Text] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)
    _graphs: list[EventGraph] = field(default_factory=list)

    def open(self, path: str) -> Buffer | None:
        """The open document over a file."""
        return self.buffers.get(path) or self.drafts.get(path)

    def uri(self, path: str) -> str:
        """The address of a file of this folder."""
        if (buffer := self.open(path)) is not None:
            return buffer.uri
        if path not in self._addresses:
            file = str(self.folder.root / path) if self.folder.root else path
            self._addresses[path] = uris.from_fs_path(file) or path
        return self._addresses[path]

    def version(self, path: str) -> int | None:
        """The version of an open document; None for a file on disk."""
        buffer = self.open(path)
        return buffer.version if buffer is not None else None

    def text(self, path: str) -> Text:
        """The text of a file as it was checked."""
        if (buffer := self.open(path)) is not None:
            return buffer.text
        if path not in self._texts:
            self._texts[path] = Text(self.files.get(path, self.folder.spoken_of.get(path, b"")))
        return self._texts[path]

    @property
    def graph(self) -> EventGraph:
        """Who sends what to whom in this folder; made when it is first asked for."""
        if not self._graphs:
            known = self.checked.known
            self._graphs.append(event_graph(known) if known is not None else EventGraph((), ()))
        return self._graphs[0]

    def page(self, link: Link | None) -> Page:
        """What a report about this folder is written on; for Markdown with links to the places."""
        if link is None:
            return Page(self.files, 80)

        def linked(place: Place, words: str) -> str:
            line = self.text(place.path).position(place.start).line + 1
            return f"[{words}]({link(self.uri(place.path))}#L{line})"

        return Page(self.files, 80, linked=linked)

    def review(self, place: Place) -> Review | None:
        """The review of the handler whose name stands at a place."""
        return next(self.checked.reviews.where(lambda seen: seen.place == place), None)

    def asks_the_same(self, folder: Folder, files: Mapping[str, bytes]) -> bool:
        """Would a check of these files find what this one found?"""
        known = self.folder
        return known.config == folder.config and known.book is folder.book and self.files == files

    def findings_at(self, path: str, start: int, end: int) -> tuple[Finding, ...]:
        """The findings that touch these bytes of a file; an empty range touches what it stands at the edge of."""
        return tuple(one for one in self.checked.findings if _touches(one.place, path, start, end))


def _touches(place: Place, path: str, start: int, end: int) -> bool:
    return place.path == path and place.start <= end and start <= place.end


class Typed(Struct, frozen=True, eq=False):
    """An open document as it is this moment, which may not be checked yet, and the snapshot from before it was typed."""

    path: str
    text: Text
    folder: Folder
    before: Snapshot | None

    def findings(self) -> tuple[Finding, ...]:
        """What was found in this file before."""
        checked = self.before.checked.findings if self.before is not None else ()
        return tuple(one for one in checked if one.place.path == self.path)
