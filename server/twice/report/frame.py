"""A piece of source with its line number and carets below what is meant."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twice.report.lines import Line, Span, Style, cells, line, visible, wrapped
from twice.text import Place, Text

_TAB = 4
_CUT = "..."


class Frame(Struct, frozen=True):
    """How frames of one report are laid out: columns in all, and columns for line numbers."""

    width: int
    gutter: int

    def bar(self, *parts: str | Span) -> Line:
        return line(Span(f"{' ' * self.gutter} |", "quiet"), *([" ", *parts] if parts else ()))

    def numbered(self, number: int, content: str) -> Line:
        return line(Span(f"{number + 1:>{self.gutter}} |", "quiet"), f" {content}" if content else "")

    def note(self, word: str, text: str, style: Style = "strong") -> Iterator[Line]:
        first = (Span(f"{' ' * self.gutter} = ", "quiet"), Span(f"{word}: ", style))
        return wrapped(text, self.width, first)

    def command(self, word: str, text: str) -> Iterator[Line]:
        """Something to be copied: never broken, below its word where it does not fit behind it."""
        before = Span(f"{' ' * self.gutter} = ", "quiet")
        if self.gutter + 3 + len(word) + 2 + len(text) <= self.width:
            yield line(before, Span(f"{word}: ", "quiet"), text)
            return
        yield line(before, Span(f"{word}:", "quiet"))
        yield line(f"{' ' * (self.gutter + 3)}{text}")


def gutter(texts: list[tuple[Text, Place]]) -> int:
    """The columns that the largest of these line numbers takes."""
    return max((len(str(text.position(place.start).line + 1)) for text, place in texts), default=1)


def frame(
    layout: Frame, text: Text, place: Place, style: Style, mark: str = "^", label: str = "", context: int = 1
) -> Iterator[Line]:
    """The line of a place with marks below it, ``context`` lines above, and a label behind the marks or below them."""
    start, end = text.position(place.start), text.position(place.end)
    yield layout.bar()
    shown = text.line(start.line)
    for number in range(max(0, start.line - context), start.line):
        above = text.line(number)
        if above.strip():
            yield layout.numbered(number, _cut(_columns(above), 0, 0, layout.width - layout.gutter - 3)[0])
    last = end.column if end.line == start.line else len(shown.rstrip())
    row, first, count = _cut(
        _columns(shown), start.column, max(last, start.column + 1), layout.width - layout.gutter - 3
    )
    yield layout.numbered(start.line, row)
    yield from _marked(layout, first, mark * count, label, style)


def _marked(layout: Frame, first: int, marks: str, label: str, style: Style) -> Iterator[Line]:
    fits = layout.gutter + 3 + first + len(marks) + 1 + len(label) <= layout.width
    yield layout.bar(Span(" " * first + marks, style), *((Span(f" {label}", style),) if label and fits else ()))
    if label and not fits:
        rows = wrapped(label, layout.width - layout.gutter - 3, (), style)
        yield from (layout.bar(*row) for row in rows)


class _Cell(Struct, frozen=True):
    """What stands for one character of the source, and how many columns it takes."""

    text: str
    columns: int


def _columns(source: str) -> list[_Cell]:
    """The characters of a line as they are shown: tabs to the next stop, what cannot be seen made visible."""
    found: list[_Cell] = []
    at = 0
    for character in source:
        shown = " " * (_TAB - at % _TAB) if character == "\t" else visible(character)
        taken = len(shown) if character == "\t" else cells(shown)
        found.append(_Cell(shown, taken))
        at += taken
    return found


def _cut(row: list[_Cell], start: int, end: int, width: int) -> tuple[str, int, int]:
    """The part of a line that fits around ``start``, with the column where that begins and the columns up to ``end``."""
    begin, stop = 0, len(row)
    if _width(row) > width:
        room = width - 2 * len(_CUT)
        enough = min(end, start + room // 2)  # of something long, its beginning does
        begin = 0 if _width(row[:enough]) <= room else _back(row, start, room // 3)
        stop = _on(row, begin, room)
    before = _CUT if begin else ""
    shown = before + "".join(cell.text for cell in row[begin:stop]) + (_CUT if stop < len(row) else "")
    return shown.rstrip(), len(before) + _width(row[begin:start]), max(1, _width(row[start : min(end, stop)]))


def _back(row: list[_Cell], at: int, width: int) -> int:
    """The first of the cells before ``at`` that take no more than this width together."""
    while at > 0 and width >= row[at - 1].columns:
        at -= 1
        width -= row[at].columns
    return at


def _on(row: list[_Cell], at: int, width: int) -> int:
    """The end of the cells from ``at`` on that take no more than this width together."""
    while at < len(row) and width >= row[at].columns:
        width -= row[at].columns
        at += 1
    return at


def _width(row: list[_Cell]) -> int:
    return sum(cell.columns for cell in row)
