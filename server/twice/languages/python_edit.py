"""The writer of Python: which action is written by what."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct

from twice import outline as o
from twice.action import Action, Edits
from twice.finding import Edit
from twice.languages import python_arguments as arguments
from twice.languages import python_branches as branches
from twice.languages import python_clauses as clauses
from twice.languages import python_rewrites as rewrites
from twice.languages import python_rounds as rounds
from twice.languages import python_statements as statements
from twice.languages import python_wraps as wraps
from twice.languages.python_additions import add
from twice.languages.python_places import statement_at
from twice.languages.python_source import Source
from twice.languages.python_words import whole
from twice.languages.template_edit import Changes
from twice.text import Place
from twice.truth import effective


class PythonWriter(Struct, frozen=True, eq=False):
    """The writer of ``.py`` files. ``origin_of`` finds the expression of an origin where a place stands.

    ``changes`` are those of resources, where code makes them.
    """

    outlines: Mapping[str, o.Outline]
    origin_of: Callable[[Place, str], str | None]
    changes: Changes = Changes()

    def write(self, action: Action, place: Place) -> Edits | None:
        if action.kind == "set":
            return self._set(action)
        if action.kind in ("add", "point"):
            return self._add(action)
        how = _ACTIONS.get(action.kind)
        return how(self._source(place.path), place, action) if how is not None else None

    def origin(self, place: Place, origin: str) -> str | None:
        return self.origin_of(place, origin)

    def add_import(self, place: Place, text: str) -> Edits | None:
        return self._source(place.path).add_import(text)

    def _set(self, action: Action) -> Edits | None:
        """The call that makes a resource may stand in another file than the fact."""
        change = self.changes.change_of(action.target.fact, action.target.field, action.value)
        if change is None:
            return self._set_number(action)
        known = change.place.path in self.outlines
        return arguments.set_property(self._source(change.place.path), change) if known else None

    def _set_number(self, action: Action) -> Edits | None:
        """Another number where a field of code is written as one, in its own unit; what stands elsewhere may be that of others too."""
        fact, place = action.target.fact, action.target.place
        if place is None or place.path != fact.place.path:
            return None
        source = self._source(place.path)
        own = statement_at(source.outline, fact.place)
        here = source.data[place.start : place.end]
        said = re.fullmatch(rb"\d+", here) is not None and int(here) == effective(
            getattr(fact, action.target.field, None)
        )
        text = whole(action.value)
        is_own = own is not None and own.start <= place.start and place.end <= own.end
        return (Edit(place, text),) if said and is_own and text not in (None, here.decode()) else None

    def _add(self, action: Action) -> Edits | None:
        ways = self.changes.additions_of(action)
        tried = (add(self._source(one.place.path), one) for one in ways if one.place.path in self.outlines)
        return next((edits for edits in tried if edits is not None), None)

    def _source(self, path: str) -> Source:
        return Source(path, self.outlines[path])


def _replace(source: Source, place: Place, action: Action) -> Edits | None:
    """``{here}`` in the text is what stands there now."""
    here = source.data[place.start : place.end].decode("utf-8", "replace")
    return (Edit(place, action.text.replace("{here}", here)),) if action.text else None


def _move_after(source: Source, place: Place, action: Action) -> Edits | None:
    after = _other(place, action)
    return statements.move_after(source, place, after) if after is not None else None


def _hoist(source: Source, place: Place, action: Action) -> Edits | None:
    before = _other(place, action)
    return statements.hoist(source, place, before) if before is not None else None


def _inside(place: Place, action: Action) -> tuple[Place, ...]:
    """Where in this file the second thing of an action is, or what calls the function that does it."""
    other = action.other
    if other is None or other.place is None:
        return ()
    return tuple(one for one in (other.place, *(() if other.field else other.fact.way)) if one.path == place.path)


def _other(place: Place, action: Action) -> Place | None:
    """The second place of an action, where it is in the same file."""
    other = action.other.place if action.other is not None else None
    return other if other is not None and other.path == place.path else None


_ACTIONS: Mapping[str, Callable[[Source, Place, Action], Edits | None]] = MappingProxyType(
    {
        "replace": _replace,
        "insert_argument": lambda source, place, asked: arguments.insert(source, place, asked.argument, asked.text),
        "set_argument": lambda source, place, asked: arguments.set_number(source, place, asked.argument, asked.value),
        "move_after": _move_after,
        "insert_after": lambda source, place, asked: statements.insert_after(source, place, asked.text),
        "insert_behind_loops": lambda source, place, asked: statements.insert_behind_loops(source, place, asked.text),
        "insert_before": lambda source, place, asked: statements.insert_before(source, place, asked.text),
        "begin": lambda source, place, asked: clauses.begin(source, place, asked.text),
        "end": lambda source, place, asked: clauses.end(source, place, asked.text),
        "bind": lambda source, place, asked: rewrites.bind(source, place),
        "in_thread": lambda source, place, asked: rewrites.in_thread(source, place),
        "hoist": _hoist,
        "wrap_rounds": lambda source, place, asked: rounds.wrap_rounds(source, place, asked.text),
        "wrap_behind": lambda source, place, asked: wraps.wrap_behind(source, place, _inside(place, asked), asked.text),
        "wrap_from": lambda source, place, asked: wraps.wrap_from(source, place, _inside(place, asked), asked.text),
        "rename": lambda source, place, asked: rewrites.rename(source, place, asked.text),
        "delete": lambda source, place, asked: statements.delete(source, place),
        "return": lambda source, place, asked: statements.hand_back(source, place),
        "raise": lambda source, place, asked: clauses.raise_instead(source, place),
        "call_through": lambda source, place, asked: rewrites.call_through(source, place, asked.text),
        "raise_in": lambda source, place, asked: clauses.raise_in(source, place),
        "let_through": lambda source, place, asked: clauses.let_through(source, place, asked.text),
        "otherwise": lambda source, place, asked: branches.otherwise(source, place, asked.text),
        "leave_by": lambda source, place, asked: branches.leave_by(source, place, asked.text),
        "pass_each": lambda source, place, asked: rewrites.pass_each(source, place, asked.text),
        "digest": lambda source, place, asked: rewrites.digest(source, place),
        "call_directly": lambda source, place, asked: rewrites.call_directly(source, place),
        "look": lambda source, place, asked: statements.look(source, place, asked.text),
    }
)
