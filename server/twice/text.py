"""Lines, byte offsets and columns of one text. Knows nothing but text.

Offsets are bytes into the UTF-8 source everywhere in Twice; only the rims turn them into lines and columns.
A line ends at ``\\n``, ``\\r\\n`` or ``\\r`` and at nothing else: form feed, NEL and U+2028 are ordinary characters,
as editors and the Language Server Protocol count them.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate
from typing import Literal

from msgspec import Struct

Encoding = Literal["utf-8", "utf-16", "utf-32"]


class Place(Struct, frozen=True):
    """A range of bytes in one file of the workspace; ``path`` is relative to the root, with forward slashes."""

    path: str
    start: int
    end: int


class Position(Struct, frozen=True):
    """A zero-based line and a zero-based column, in the unit it was asked for."""

    line: int
    column: int


class Text:
    """One source text with its line starts."""

    __slots__ = ("data", "starts")

    def __init__(self, data: bytes) -> None:
        self.data = data
        # splitlines of bytes knows exactly our three line ends, unlike that of str.
        lines = data.splitlines(keepends=True)
        self.starts = list(accumulate(map(len, lines), initial=0))
        if lines and not lines[-1].endswith((b"\n", b"\r")):
            self.starts.pop()

    def line(self, number: int) -> str:
        """The text of a zero-based line without its line end; empty past the last line."""
        return self._line(number).decode("utf-8", "replace")

    def position(self, offset: int, encoding: Encoding = "utf-32") -> Position:
        """Line and column of a byte offset; ``utf-32`` counts characters. Clamps to the text."""
        offset = max(0, min(offset, len(self.data)))
        line = bisect_right(self.starts, offset) - 1
        before = self.data[self.starts[line] : offset]
        return Position(line, _units(before, encoding))

    def offset(self, position: Position, encoding: Encoding = "utf-32") -> int:
        """Byte offset of a position, always between two characters.

        Past the end of a line means its end, past the last line the end of the text.
        """
        if position.line >= len(self.starts):
            return len(self.data)
        content = self._line(position.line)
        return self.starts[position.line] + _bytes_of_units(content, position.column, encoding)

    def _line(self, number: int) -> bytes:
        if not 0 <= number < len(self.starts):
            return b""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[number] : end].rstrip(b"\r\n")


def _units(before: bytes, encoding: Encoding) -> int:
    if encoding == "utf-8" or before.isascii():
        return len(before)
    text = _characters(before)
    if encoding == "utf-32":
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def _bytes_of_units(line: bytes, units: int, encoding: Encoding) -> int:
    """The bytes of the first ``units`` of a line. A position inside a character means the place before it."""
    if line.isascii():
        return min(units, len(line))
    seen = size = 0
    for character in _characters(line):
        size_of = len(character.encode("utf-8", "surrogateescape"))
        seen += {"utf-8": size_of, "utf-16": 1 + (character > "\uffff"), "utf-32": 1}[encoding]
        if seen > units:
            break
        size += size_of
    return size


def _characters(data: bytes) -> str:
    """A byte that is no UTF-8 counts as one character, and keeps its length when it is encoded again."""
    return data.decode("utf-8", "surrogateescape")
