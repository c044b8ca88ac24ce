"""Lines of text with styles, and how they get onto a terminal, into a pipe or a file."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Literal, TextIO

from msgspec import Struct

Style = Literal["", "error", "warning", "information", "hint", "path", "quiet", "strong", "good"]

# Plain colours of the terminal's own palette: readable on light and dark alike.
_COLOURS = {
    "error": "bold red",
    "warning": "bold yellow",
    "information": "bold blue",
    "hint": "bold cyan",
    "path": "bold",
    "quiet": "bright_black",
    "strong": "bold",
    "good": "bold green",
}
_NARROWEST, _WIDEST, _UNKNOWN = 40, 120, 100


class Span(Struct, frozen=True):
    """A piece of a line in one style."""

    text: str
    style: Style = ""


Line = tuple[Span, ...]


def line(*parts: str | Span) -> Line:
    """A line of these parts; nothing in it can move the cursor or change what a terminal does."""
    return tuple(
        Span(visible(part)) if isinstance(part, str) else Span(visible(part.text), part.style) for part in parts
    )


def width_of(stream: TextIO) -> int:
    """How many columns a line may have; wider than a person reads is of no use."""
    if not stream.isatty():
        return _UNKNOWN
    import shutil  # for terminals only

    return max(_NARROWEST, min(shutil.get_terminal_size((80, 24)).columns, _WIDEST))


def wrapped(text: str, width: int, first: Iterable[Span] = (), style: Style = "") -> Iterator[Line]:
    """A paragraph behind ``first``, its further lines below its beginning."""
    first = tuple(first)
    indent = sum(len(span.text) for span in first)
    rows = textwrap.wrap(visible(text), max(width - indent, 20), break_long_words=False, break_on_hyphens=False) or [""]
    for number, row in enumerate(rows):
        before = first if number == 0 else (Span(" " * indent),) if indent else ()
        yield (*before, Span(row, style))


def write(lines: Iterable[Line], stream: TextIO) -> None:
    """Write the lines, with colours where a person looks at a terminal and has not asked for none.

    ``rich`` is imported for colours only: it costs about 50 ms, and pipes, files and most of CI do without.
    """
    lines = list(lines)
    if not lines:
        return
    if stream.isatty() or os.environ.get("FORCE_COLOR"):
        _coloured(lines, stream)
        return
    stream.write("".join("".join(span.text for span in one).rstrip() + "\n" for one in lines))


def _coloured(lines: list[Line], stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for one in lines:
        console.print(Text.assemble(*((span.text, _COLOURS.get(span.style, "")) for span in one)))


def visible(text: str) -> str:
    """The text with everything replaced that is not seen, or that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in "\u200c\u200d" else _shown(character) for character in text
    )


def in_markdown(text: str) -> str:
    """The text as it is shown by viewers of Markdown: no character of it means anything to them."""
    return re.sub(r"([\\`*\[\]<>#|&~])", r"\\\1", visible(text))


def _shown(character: str) -> str:
    return " " if character.isspace() else "?"


def cells(character: str) -> int:
    """How many columns a character takes."""
    if character.isascii():
        return 1
    from rich.cells import cell_len  # only for what is not ASCII

    return cell_len(character)
