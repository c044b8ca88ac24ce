"""Writes into templates what a fix changes. How a property is written is for the modules of the languages to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from twice.action import Action, Edits
from twice.finding import Edit
from twice.noun import Fact
from twice.text import Place

Span = tuple[int, int, str]


class Change(Struct, frozen=True):
    """A property to be set on the resource whose logical id is at a place: its path of names, and the value.

    ``blocks`` says which parts of the path are blocks, in a language that has such. ``spelled``: the path is that of a language
    of its own, in which properties stand right below the name of their resource. ``made_by`` is the function that makes the value.
    """

    place: Place
    keys: tuple[str, ...]
    value: object
    blocks: tuple[bool, ...] = ()
    spelled: bool = False
    made_by: str = ""


class TemplateWriter(Struct, frozen=True, eq=False):
    """The writer of templates: properties are all that it sets.

    ``change_of`` says which property a field of a fact is, None when it is none; ``write_into`` is how the language writes it.
    """

    files: Mapping[str, bytes]
    change_of: Callable[[Fact, str, object], Change | None]
    write_into: Callable[[bytes, Change], tuple[Span, ...] | None]

    def write(self, action: Action, place: Place) -> Edits | None:
        change = self.change_of(action.target.fact, action.target.field, action.value) if action.kind == "set" else None
        data = self.files.get(change.place.path) if change is not None else None
        if change is None or data is None:
            return None
        spans = self.write_into(data, change)
        path = change.place.path
        return tuple(Edit(Place(path, start, end), text) for start, end, text in spans) if spans else None

    def origin(self, place: Place, origin: str) -> str | None:
        return None

    def add_import(self, place: Place, text: str) -> Edits | None:
        return None
