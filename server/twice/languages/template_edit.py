"""Writes into templates what a fix changes. How a property is written is for the modules of the languages to say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from twice.action import Action, Edits
from twice.finding import Edit
from twice.noun import Fact
from twice.text import Place

Span = tuple[int, int, str]


def line_after(data: bytes, at: int) -> int | None:
    """Where the line begins that follows the end of a line; None at the end of the file, where nothing tells two insertions apart."""
    ending = data[at : at + 2]
    length = 2 if ending == b"\r\n" else 1 if ending[:1] in (b"\r", b"\n") else 0
    return at + length if length else None


class Expression(str):
    """A value that is written as it is: text of the language itself."""


class Change(Struct, frozen=True):
    """A property to be set on the resource whose logical id is at a place: its path of names, and the value.

    ``blocks`` says which parts of the path are blocks, in a language that has such. ``spelled``: the path is that of a language
    of its own, in which properties stand right below the name of their resource. ``made_by`` is the function that makes the value.
    ``over``: an expression that stands there is replaced as well as a literal.
    """

    place: Place
    keys: tuple[str, ...]
    value: object
    blocks: tuple[bool, ...] = ()
    spelled: bool = False
    made_by: str = ""
    over: bool = False


class Borrowed(Struct, frozen=True):
    """What another resource, whose logical id is at a place, has for a property."""

    place: Place
    keys: tuple[str, ...]


class Addition(Struct, frozen=True):
    """New resources behind the one around a place, and what is set on that. ``made`` are they by their names, in the words of the
    language: a mapping or a text. ``sets`` are properties by their paths. ``borrowed`` is what a text ``{name}`` among them stands for:
    what another resource has, or content like theirs. ``asked`` are the parameters that they need, by their names.
    """

    place: Place
    made: tuple[tuple[str, object], ...]
    sets: tuple[tuple[str, object], ...] = ()
    borrowed: tuple[tuple[str, object], ...] = ()
    asked: tuple[tuple[str, object], ...] = ()


class Changes(Struct, frozen=True, eq=False):
    """How templates are changed, in words of the facts: which property a field is, and what an action can put beside a resource.

    ``change_of`` gives None for a field that is no property; ``additions_of`` gives the best way first, and nothing where there is none.
    """

    change_of: Callable[[Fact, str, object], Change | None] = lambda fact, field, value: None
    additions_of: Callable[[Action], tuple[Addition, ...]] = lambda action: ()


class TemplateWriter(Struct, frozen=True, eq=False):
    """The writer of templates: it sets properties and adds resources, ``write_into`` and ``add_into`` in the language's own way."""

    files: Mapping[str, bytes]
    changes: Changes
    write_into: Callable[[bytes, Change], tuple[Span, ...] | None]
    add_into: Callable[[Mapping[str, bytes], Addition], tuple[Span, ...] | None] = lambda files, addition: None

    def write(self, action: Action, place: Place) -> Edits | None:
        if action.kind == "reword":
            return self._reword(action, place)
        how = {"set": self._set, "add": self._add, "point": self._add}.get(action.kind)
        return how(action) if how is not None else None

    def _set(self, action: Action) -> Edits | None:
        change = self.changes.change_of(action.target.fact, action.target.field, action.value)
        data = self.files.get(change.place.path) if change is not None else None
        if change is None or data is None:
            return None
        return _edits(change.place.path, self.write_into(data, change))

    def _reword(self, action: Action, place: Place) -> Edits | None:
        """The only word of this form in what stands at the place; ``*`` is the rest of a word."""
        text = self.files.get(place.path, b"")[place.start : place.end]
        form = re.escape(action.argument.encode()).replace(rb"\*", rb"[\w-]*")
        found = list(re.finditer(rb"(?<![\w-])%s(?![\w-])" % form, text))
        if len(found) != 1:
            return None
        start = place.start + found[0].start()
        return (Edit(Place(place.path, start, start + len(found[0][0])), action.text),)

    def _add(self, action: Action) -> Edits | None:
        ways = (one for one in self.changes.additions_of(action) if one.place.path in self.files)
        tried = (_edits(one.place.path, self.add_into(self.files, one)) for one in ways)
        return next((edits for edits in tried if edits is not None), None)

    def origin(self, place: Place, origin: str) -> str | None:
        return None

    def add_import(self, place: Place, text: str) -> Edits | None:
        return None


def _edits(path: str, spans: tuple[Span, ...] | None) -> Edits | None:
    return tuple(Edit(Place(path, start, end), text) for start, end, text in spans) if spans else None
