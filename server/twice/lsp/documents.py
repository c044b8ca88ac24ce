"""The texts that are open in the editor, as it sees them. Nothing here knows what a text means.

They replace the documents of pygls, which count lines as ``str.splitlines`` does: an edit behind a form feed, a NEL or a
U+2028 would land in the wrong line.
"""

from __future__ import annotations

from typing import cast
from urllib.parse import unquote

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

from twice.text import Encoding, Position, Text


class Document:
    """One open text. ``text`` never changes: every edit puts a new one in its place, so whoever holds it keeps it."""

    def __init__(self, uri: str, text: str, version: int | None, language: str, encoding: Encoding) -> None:
        self.uri = uri
        self.text = Text(_encoded(text))
        self.version = version
        self.language = language
        self._encoding = encoding

    def apply_change(self, change: types.TextDocumentContentChangeEvent) -> None:
        """Take over an edit of the editor; positions past the end of a line or of the text mean that end."""
        written = _encoded(change.text)
        if isinstance(change, types.TextDocumentContentChangePartial):
            data = self.text.data
            start, end = self._offset(change.range.start), self._offset(change.range.end)
            written = data[:start] + written + data[max(start, end) :]
        self.text = Text(written)

    def _offset(self, position: types.Position) -> int:
        return self.text.offset(Position(position.line, position.character), self._encoding)


class Documents(Workspace):
    """The workspace of pygls with our documents in it."""

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        document = Document(doc_uri, source or "", version, language_id or "", encoding_of(self))
        return cast(TextDocument, document)

    def document(self, uri: str) -> Document | None:
        """The open document of this address, or None when it is not open."""
        return cast(Document | None, self.text_documents.get(unquote(uri)))

    @property
    def open_documents(self) -> list[Document]:
        return cast(list[Document], list(self.text_documents.values()))


def encoding_of(workspace: Workspace) -> Encoding:
    """The unit of columns that editor and server have agreed on: the first the editor named that is known."""
    return cast(Encoding, getattr(workspace.position_encoding, "value", workspace.position_encoding) or "utf-16")


def _encoded(text: str) -> bytes:
    """Half a surrogate pair, which JSON can carry, becomes ``?``: one unit for one unit, and valid UTF-8."""
    return text.encode("utf-8", "replace")
