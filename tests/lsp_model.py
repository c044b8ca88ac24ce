"""A model of an open document, as slow as it is plain: a text is a list of the editor's own units, and an edit is a splice.

`python tests/lsp_model.py 100000` makes that many random edits in the model and in a document of the server, and compares.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol import types
from twice.lsp.documents import Document
from twice.text import Encoding, Position, Text

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")

PIECES = (
    "a",
    "b ",
    "é",
    "€",
    "😋",
    "👩‍🚒",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "\x0c",
    "\x0b",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\ufeff",
)


@dataclass(frozen=True)
class Model:
    """The units of a text: bytes, UTF-16 words or characters."""

    units: tuple[str, ...]

    @property
    def lines(self) -> list[tuple[int, int]]:
        """Start and end of each line, without its line end."""
        found, start, at = [], 0, 0
        while at < len(self.units):
            unit = self.units[at]
            if unit in ("\n", "\r"):
                found.append((start, at))
                at += unit == "\r" and self.units[at + 1 : at + 2] == ("\n",)
                start = at + 1
            at += 1
        return [*found, (start, len(self.units))]

    def index(self, line: int, column: int) -> int:
        if line >= len(self.lines):
            return len(self.units)
        start, end = self.lines[line]
        return min(start + column, end)


def model(text: str, encoding: Encoding) -> Model:
    return Model(tuple(unit for character in text for unit in units(character, encoding)))


def units(character: str, encoding: Encoding) -> list[str]:
    """A unit that is a whole character is that character; the others have a name that shows which part they are."""
    count = {"utf-8": len(character.encode()), "utf-16": len(character.encode("utf-16-le")) // 2, "utf-32": 1}[encoding]
    return [character] if count == 1 else [f"{character}{part}" for part in range(count)]


def places(text: str, encoding: Encoding) -> Iterator[tuple[int, int]]:
    """Every position between two characters, and some past the end of each line and of the text."""
    known = model(text, encoding)
    boundaries, at = {0}, 0
    for character in text:
        at += len(units(character, encoding))
        boundaries.add(at)
    for line, (start, end) in enumerate(known.lines):
        yield from ((line, index - start) for index in sorted(boundaries) if start <= index <= end)
        yield line, end - start + 3
    yield len(known.lines), 0
    yield len(known.lines) + 2, 5


def edited(known: Model, start: tuple[int, int], end: tuple[int, int], written: str, encoding: Encoding) -> Model:
    """The model after an edit; a range that ends before it starts is empty."""
    first = known.index(*start)
    last = max(first, known.index(*end))
    return Model((*known.units[:first], *model(written, encoding).units, *known.units[last:]))


# --- random edits ----------------------------------------------------------------------------------------------------

# After this many edits a new text is begun: what is left of an old one has little to do with any.
_SESSION = 100
_LONGEST = 300


def random_edits(count: int, seed: int) -> None:
    """Make random edits in a document of the server and in the model. Raises AssertionError, with what to repeat it by."""
    chance = random.Random(seed)
    for session in range(0, count, _SESSION):
        _session(chance, ENCODINGS[session // _SESSION % len(ENCODINGS)], min(_SESSION, count - session), seed)


def _session(chance: random.Random, encoding: Encoding, edits: int, seed: int) -> None:
    first = _text(chance, 40)
    document = Document("file:///app.py", first, 1, "python", encoding)
    known = model(first, encoding)
    for number in range(edits):
        before = document.text
        if len(known.units) > _LONGEST or chance.random() < 0.01:
            written = _text(chance, 40)
            document.apply_change(types.TextDocumentContentChangeWholeDocument(written))
            known = model(written, encoding)
        else:
            some = list(places(before.data.decode(), encoding))
            start, end = chance.choice(some), chance.choice(some)
            if start > end and chance.random() < 0.9:
                start, end = end, start
            written = _text(chance, 6)
            place = types.Range(types.Position(*start), types.Position(*end))
            document.apply_change(types.TextDocumentContentChangePartial(place, written))
            known = edited(known, start, end, written, encoding)
        shown = document.text.data.decode()
        assert model(shown, encoding) == known, f"seed {seed}, {encoding}, edit {number}: {before.data!r} -> {shown!r}"
        _lines_agree(document.text, known, encoding)


def _lines_agree(text: Text, known: Model, encoding: Encoding) -> None:
    """Every line begins where the model says it does."""
    assert len(text.starts) == len(known.lines)
    for line, (start, end) in enumerate(known.lines):
        offset = text.offset(Position(line, end - start), encoding)
        assert text.position(offset, encoding) == Position(line, end - start)


def _text(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(0, most)))


if __name__ == "__main__":
    wanted, began = int(sys.argv[1]), time.monotonic()
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    random_edits(wanted, seed)
    print(f"{wanted:,} random edits, no difference (seed {seed}, {time.monotonic() - began:.0f} s)")
