"""Fixes: what a rule's action changes, written by whoever knows the file's language, and applying the edits.

An action says what to change in domain words; a ``Writer`` knows how that is written in one language. What cannot be
written is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import ceil, isfinite
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from twice.finding import Edit, Finding, Fix
from twice.noun import Fact
from twice.text import Place, Text
from twice.world import World

Edits = tuple[Edit, ...]


class Writer(Protocol):
    """Writes changes in one language, on the snapshot that the facts came from. None: it cannot be written here.

    Places and facts always lie in a file of the writer's language.
    """

    def set_property(self, fact: Fact, field: str, value: object) -> Edits | None:
        """Give a field of a fact this value: a property of a resource, a setting of an app."""

    def set_argument(self, call: Place, argument: str, text: str) -> Edits | None:
        """Set a keyword argument of the call at this place, or an entry of one (``@0:a.b``), or replace it."""

    def replace(self, place: Place, text: str) -> Edits | None:
        """Write this expression in the place of another."""

    def origin(self, place: Place, origin: str) -> str | None:
        """The expression that has this origin (``event.id``) where ``place`` stands, if the event has one there."""

    def move_statement_after(self, statement: Place, after: Place) -> Edits | None:
        """Move the statement around the first place behind the statement around the second."""

    def insert_statement_after(self, after: Place, text: str) -> Edits | None:
        """Write a new statement behind the one around this place, with its indentation."""

    def insert_behind_loops(self, after: Place, text: str) -> Edits | None:
        """Write a new statement behind the loops around this place, right behind it when a return may leave them."""

    def insert_statement_before(self, before: Place, text: str) -> Edits | None:
        """Write a new statement in front of the one around this place, with its indentation."""

    def begin_clause(self, clause: Place, text: str) -> Edits | None:
        """Write a new statement at the head of the clause that catches this error, or of the function of this name."""

    def bind(self, call: Place) -> Edits | None:
        """Have the callback that makes this call take its values now and not when it runs."""

    def in_thread(self, call: Place) -> Edits | None:
        """Have a thread make this call while the event loop goes on."""

    def hoist(self, value: Place, before: Place) -> Edits | None:
        """Compute a value once, in front of the statement around the second place that computes it again and again."""

    def rename(self, parameter: Place, name: str) -> Edits | None:
        """Give a parameter this name wherever its function says it."""

    def delete_statement(self, statement: Place) -> Edits | None:
        """Remove the statement around this place."""

    def return_statement(self, statement: Place) -> Edits | None:
        """Hand back what the statement at this place computes, when it is the last of its function."""

    def raise_instead(self, statement: Place) -> Edits | None:
        """Raise the caught error again in the place of the statement around this place, when it stands in a clause that caught one."""

    def call_through(self, call: Place, function: str) -> Edits | None:
        """Give the call to this function (a dotted name), which makes it later; only where nobody uses its answer."""

    def raise_in(self, clause: Place) -> Edits | None:
        """End the clause that catches this error by raising it again."""

    def let_through(self, clause: Place, error: str) -> Edits | None:
        """Raise an error (a dotted name) again before the clause that catches it with others."""

    def look(self, call: Place, text: str) -> Edits | None:
        """Keep the answer of the call, and write a statement behind it in which ``{answer}`` is what it is called."""

    def add_import(self, place: Place, text: str) -> Edits | None:
        """Make a name available in the file of this place; no edits when it already is."""


class Target(Struct, frozen=True):
    """A fact of a finding, or a field of it, with the place where it is written (None: nowhere)."""

    fact: Fact
    field: str = ""
    place: Place | None = None


class Action(Struct, frozen=True):
    """An action of a rule, its names resolved: targets, the new value or text, the origin asked for."""

    kind: str
    target: Target
    other: Target | None = None
    argument: str = ""
    value: object = None
    text: str = ""
    origin: str = ""
    imports: str = ""


class Made(Struct, frozen=True):
    """A fix that was made, with the line it was made in, counted from 1 at that time."""

    finding: Finding
    fix: Fix
    line: int


def edits(world: World, action: Action) -> Edits | None:
    """The edits of an action, or None when nobody can write it."""
    place = _where(action)
    writer = writer_of(world, place) if place is not None else None
    if place is None or writer is None:
        return None
    change = ACTIONS[action.kind](writer, action, place)
    if not change or not action.imports:
        return change or None
    imported = writer.add_import(place, action.imports)
    return None if imported is None else (*imported, *change)


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


# --- the actions -----------------------------------------------------------------------------------------------------


def _set(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.set_property(action.target.fact, action.target.field, action.value)


def _replace(writer: Writer, action: Action, place: Place) -> Edits | None:
    text = writer.origin(place, action.origin) if action.origin else action.text
    return writer.replace(place, text) if text else None


def _insert_argument(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.set_argument(place, action.argument, action.text)


def _set_argument(writer: Writer, action: Action, place: Place) -> Edits | None:
    value = action.value
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return writer.set_argument(place, action.argument, str(ceil(value)))


def _move_after(writer: Writer, action: Action, place: Place) -> Edits | None:
    after = action.other.place if action.other is not None else None
    if after is None or after.path != place.path:
        return None
    return writer.move_statement_after(place, after)


def _insert_after(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.insert_statement_after(place, action.text)


def _insert_behind_loops(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.insert_behind_loops(place, action.text) if action.text else None


def _begin(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.begin_clause(place, action.text) if action.text else None


def _bind(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.bind(place)


def _in_thread(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.in_thread(place)


def _hoist(writer: Writer, action: Action, place: Place) -> Edits | None:
    before = action.other.place if action.other is not None else None
    return writer.hoist(place, before) if before is not None and before.path == place.path else None


def _rename(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.rename(place, action.text) if action.text else None


def _insert_before(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.insert_statement_before(place, action.text) if action.text else None


def _delete(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.delete_statement(place)


def _return(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.return_statement(place)


def _raise(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.raise_instead(place)


def _call_through(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.call_through(place, action.text) if action.text else None


def _raise_in(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.raise_in(place)


def _let_through(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.let_through(place, action.text) if action.text else None


def _look(writer: Writer, action: Action, place: Place) -> Edits | None:
    return writer.look(place, action.text) if action.text else None


ACTIONS: Mapping[str, Callable[[Writer, Action, Place], Edits | None]] = MappingProxyType(
    {
        "set": _set,
        "replace": _replace,
        "insert_argument": _insert_argument,
        "set_argument": _set_argument,
        "move_after": _move_after,
        "insert_after": _insert_after,
        "insert_behind_loops": _insert_behind_loops,
        "insert_before": _insert_before,
        "begin": _begin,
        "bind": _bind,
        "in_thread": _in_thread,
        "hoist": _hoist,
        "rename": _rename,
        "delete": _delete,
        "return": _return,
        "raise": _raise,
        "call_through": _call_through,
        "raise_in": _raise_in,
        "let_through": _let_through,
        "look": _look,
    }
)


def _where(action: Action) -> Place | None:
    """A property may be missing in the file, and is then written at its fact; anything else must stand somewhere."""
    return action.target.fact.place if action.kind == "set" else action.target.place


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
