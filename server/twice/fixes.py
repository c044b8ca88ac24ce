"""Fixes: the edits of a rule's actions, written by whoever knows the file's language, and applying them.

What cannot be written is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from twice.action import Action, Edits, Writer
from twice.finding import Edit, Finding, Fix
from twice.relations import ORIGINS
from twice.text import Place, Text
from twice.world import World

_OF_THE_EVENT = re.compile(rf"\{{({'|'.join(re.escape(one) for one in ORIGINS if one.startswith('event.'))})\}}")


class Made(Struct, frozen=True):
    """A fix that was made, with the line it was made in, counted from 1 at that time."""

    finding: Finding
    fix: Fix
    line: int


def edits(world: World, actions: Iterable[Action]) -> Edits | None:
    """The edits of actions that are made together, or None when one of them cannot be written or two want the same bytes."""
    every: list[Edit] = []
    for action in actions:
        made = _edits(world, action)
        if made is None or not all(_free(edit, every) for edit in made):
            return None
        every += made
    return tuple(dict.fromkeys(every)) or None


def _edits(world: World, action: Action) -> Edits | None:
    place = _where(world, action)
    writer = writer_of(world, place) if place is not None else None
    if place is None or writer is None:
        return None
    text = _with_origins(writer, place, action.text)
    change = writer.write(replace(action, text=text), place) if text is not None else None
    if not change or not action.imports:
        return change or None
    imported = writer.add_import(place, action.imports)
    return None if imported is None else (*imported, *change)


def _with_origins(writer: Writer, place: Place, text: str) -> str | None:
    """Text in which ``{event.id}`` is what the code at this place calls it; None where it has no such expression."""
    for origin in dict.fromkeys(_OF_THE_EVENT.findall(text)):
        said = writer.origin(place, origin)
        if text.startswith('f"'):
            said = said.replace('"', "'") if said is not None and "'" not in said else None
        if not said:
            return None
        text = text.replace(f"{{{origin}}}", said)
    return text


def writer_of(world: World, place: Place) -> Writer | None:
    """Who writes this file: the writer of the path itself, else that of its suffix."""
    writer: Writer | None = world.writers.get(place.path) or world.writers.get(PurePosixPath(place.path).suffix)
    return writer


def apply(data: bytes, changes: Iterable[Edit]) -> bytes:
    """The bytes after these edits of one file. Raises ValueError when two of them touch the same bytes.

    New line ends are written as the line around the edit ends; the same edit given twice is made once.
    """
    text = Text(data)
    parts: list[bytes] = []
    at = 0
    for edit in _sorted(changes):
        if edit.place.start < at or edit.place.end > len(data):
            raise ValueError(f"edits of {edit.place.path} overlap at byte {edit.place.start}")
        parts += data[at : edit.place.start], written(text, edit)
        at = edit.place.end
    return b"".join((*parts, data[at:]))


def written(text: Text, edit: Edit) -> bytes:
    """What an edit writes into this text, its new line ends as the line around it ends."""
    new = edit.text.encode().replace(b"\r\n", b"\n")
    return new.replace(b"\n", _line_end(text, edit.place.start)) if b"\n" in new else new


def compatible(fixes: Iterable[Fix]) -> tuple[Fix, ...]:
    """The fixes that can be made together: each one that touches no byte of an earlier one."""
    chosen: list[Fix] = []
    taken: dict[str, list[Edit]] = {}
    for fix in fixes:
        if all(_free(edit, taken.get(edit.place.path, ())) for edit in fix.edits):
            chosen.append(fix)
            for edit in fix.edits:
                taken.setdefault(edit.place.path, []).append(edit)
    return tuple(chosen)


def _where(world: World, action: Action) -> Place | None:
    """A property may be missing in the file, and is then written where its resource stands, or the fact; anything else must stand
    somewhere."""
    fact = action.target.fact
    if action.kind in ("set", "point", "add"):
        return world.changed_at(fact, action.target.field or action.argument) or fact.place
    return action.target.place


# --- applying --------------------------------------------------------------------------------------------------------


def _sorted(changes: Iterable[Edit]) -> list[Edit]:
    """In the order of the file; insertions at one place keep theirs, and stand before a replacement there."""
    return sorted(dict.fromkeys(changes), key=lambda edit: (edit.place.start, edit.place.end))


def _line_end(text: Text, offset: int) -> bytes:
    """How the line at this offset ends; the last line of a file ends as the one before it."""
    line = text.position(offset).line
    for number in (line, line - 1):
        if 0 <= number < len(text.starts) - 1:
            ending = text.data[text.starts[number] : text.starts[number + 1]]
            return ending[len(ending.rstrip(b"\r\n")) :][-2:] if ending.endswith(b"\r\n") else ending[-1:]
    return b"\n"


def _free(edit: Edit, others: Iterable[Edit]) -> bool:
    return all(edit == other or not _touch(edit.place, other.place) for other in others)


def _touch(one: Place, other: Place) -> bool:
    if one.start == one.end or other.start == other.end:
        return other.start <= one.start < other.end or one.start <= other.start < one.end
    return one.start < other.end and other.start < one.end
