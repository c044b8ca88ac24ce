"""Lines, byte offsets and columns of one text. Knows nothing but text.

Offsets are bytes into the UTF-8 source everywhere in Twice; only the rims turn them into lines and columns.
A line ends at ``\\n``, ``\\r\\n`` or ``\\r`` and at nothing else: form feed, NEL and U+2028 are ordinary characters,
as editors and the Language Server Protocol count them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Place:
    """A range of bytes in one file of the workspace; ``path`` is relative to the root, with forward slashes."""

    path: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Position:
    """A zero-based line and a zero-based column, in the unit it was asked for."""

    line: int
    column: int


class Text:
    """One source text with its line starts."""

    __slots__ = ("data", "starts")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.starts = [0, *(end.end() for end in _LINE_END.finditer(data))]

    def line(self, number: int) -> str:
        """The text of a zero-based line without its line end; empty past the last line."""
        if not 0 <= number < len(self.starts):
            return ""
        end = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[number] : end].rstrip(b"\r\n").decode("utf-8", "replace")

    def position(self, offset: int, encoding: Encoding = "utf-32") -> Position:
        """Line and column of a byte offset; ``utf-32`` counts characters. Clamps to the text."""
        offset = max(0, min(offset, len(self.data)))
        line = bisect_right(self.starts, offset) - 1
        before = self.data[self.starts[line] : offset]
        return Position(line, _units(before, encoding))

    def offset(self, position: Position, encoding: Encoding = "utf-32") -> int:
        """Byte offset of a position. Past the end of a line means its end, past the last line the end of the text."""
        if position.line >= len(self.starts):
            return len(self.data)
        start = self.starts[position.line]
        content = self.line(position.line)
        return start + _bytes_of_units(content, position.column, encoding)


def _units(before: bytes, encoding: Encoding) -> int:
    if encoding == "utf-8":
        return len(before)
    text = before.decode("utf-8", "replace")
    if encoding == "utf-32" or before.isascii():
        return len(text)
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _bytes_of_units(line: str, units: int, encoding: Encoding) -> int:
    if encoding == "utf-8":
        return min(units, len(line.encode()))
    if encoding == "utf-32" or line.isascii():
        return len(line[:units].encode())
    seen = 0
    for index, character in enumerate(line):
        if seen >= units:
            return len(line[:index].encode())
        seen += 2 if ord(character) > 0xFFFF else 1
    return len(line.encode())
