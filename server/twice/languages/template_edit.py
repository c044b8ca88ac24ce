"""Writes into templates what a fix changes. How a property is written is for the modules of the languages to say."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from twice.finding import Edit
from twice.noun import Fact
from twice.text import Place

Edits = tuple[Edit, ...]
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

    ``change_of`` says which property a field of a fact is, None when it is none; ``write`` is how the language writes it.
    """

    files: Mapping[str, bytes]
    change_of: Callable[[Fact, str, object], Change | None]
    write: Callable[[bytes, Change], tuple[Span, ...] | None]

    def set_property(self, fact: Fact, field: str, value: object) -> Edits | None:
        change = self.change_of(fact, field, value)
        data = self.files.get(change.place.path) if change is not None else None
        if change is None or data is None:
            return None
        spans = self.write(data, change)
        path = change.place.path
        return tuple(Edit(Place(path, start, end), text) for start, end, text in spans) if spans else None

    def set_argument(self, call: Place, argument: str, text: str) -> Edits | None:
        return None

    def replace(self, place: Place, text: str) -> Edits | None:
        return None

    def origin(self, place: Place, origin: str) -> str | None:
        return None

    def move_statement_after(self, statement: Place, after: Place) -> Edits | None:
        return None

    def insert_statement_after(self, after: Place, text: str) -> Edits | None:
        return None

    def insert_behind_loops(self, after: Place, text: str) -> Edits | None:
        return None

    def insert_statement_before(self, before: Place, text: str) -> Edits | None:
        return None

    def begin_clause(self, clause: Place, text: str) -> Edits | None:
        return None

    def bind(self, call: Place) -> Edits | None:
        return None

    def in_thread(self, call: Place) -> Edits | None:
        return None

    def hoist(self, value: Place, before: Place) -> Edits | None:
        return None

    def rename(self, parameter: Place, name: str) -> Edits | None:
        return None

    def delete_statement(self, statement: Place) -> Edits | None:
        return None

    def return_statement(self, statement: Place) -> Edits | None:
        return None

    def raise_instead(self, statement: Place) -> Edits | None:
        return None

    def call_through(self, call: Place, function: str) -> Edits | None:
        return None

    def raise_in(self, clause: Place) -> Edits | None:
        return None

    def let_through(self, clause: Place, error: str) -> Edits | None:
        return None

    def look(self, call: Place, text: str) -> Edits | None:
        return None

    def add_import(self, place: Place, text: str) -> Edits | None:
        return None
