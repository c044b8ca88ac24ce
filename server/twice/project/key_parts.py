"""Which values of a call are its key: an argument, entries of a mapping, keyword arguments, columns of a statement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from twice import outline as o
from twice.project.bound import bound
from twice.project.calls import Meaning
from twice.project.columns import conflicting, inserted, placeholders
from twice.project.constants import literal_text
from twice.project.given import argument, item, names_argument
from twice.project.scene import Scene
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Missing

# A query that is put together in a loop refers to itself.
_LONGEST_CHAIN = 12

_MISSING = re.compile(r"attribute_not_exists\s*\(\s*([#\w.\-]+)\s*\)", re.IGNORECASE)


class Parts(Struct, frozen=True):
    """The values that are the key together, and where they stand. ``names`` are wanted entries of a mapping made elsewhere."""

    values: tuple[Given, ...]
    whole: Given
    names: tuple[str, ...] = ()


def parts_of(scene: Scene, meaning: Meaning, source: object) -> Parts | Missing:
    """The parts of a key that a library file describes; NONE when it is not given, UNKNOWN when it may hide."""
    if source is None:
        return NONE
    if isinstance(source, Mapping):
        form = _FORMS.get(next(iter(source)))
        return form(scene, meaning, source) if form is not None else UNKNOWN
    given = first_given(scene, meaning, source if isinstance(source, list) else [source])
    return Parts((given,), given) if isinstance(given, Given) else given


def first_given(scene: Scene, meaning: Meaning, references: Iterable[object]) -> Given | Missing:
    """The first of these arguments that is written; what is no argument of this call is none."""
    asked = [str(reference) for reference in references if names_argument(reference)]
    found = [argument(scene.names, meaning.call, meaning.frame, reference) for reference in asked]
    written = next((given for given in found if isinstance(given, Given)), None)
    return written or (UNKNOWN if UNKNOWN in found else NONE)


# Entries of a mapping: the key attributes of an item


def _of_entries(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> Parts | Missing:
    whole = first_given(scene, meaning, [source["entries"]])
    if not isinstance(whole, Given):
        return whole
    built = follow(scene.names, whole)
    if not isinstance(built.value, o.Mapping):
        return _of_opaque(scene, meaning, source, whole)
    entries = [
        (str(name.value), _unwrapped(scene, Given(value, built.frame)))
        for name, value in built.value.items
        if isinstance(name, o.Literal)
    ]
    if "named_in" in source:
        wanted = _named(scene, meaning, source)
        usual = scene.names.libraries.settings.get("key_attributes", ())
        chosen = [one for one in entries if one[0] in wanted or any(re.search(p, one[0]) for p in usual)]
        entries = chosen or (entries if len(entries) == 1 else [])
    elif "usual" in source:
        usual = scene.names.libraries.settings.get("key_columns", ())
        entries = [one for one in entries if any(re.search(pattern, one[0]) for pattern in usual)]
    return Parts(tuple(given for _, given in entries), built) if entries else UNKNOWN


def _of_opaque(scene: Scene, meaning: Meaning, source: Mapping[str, Any], whole: Given) -> Parts | Missing:
    """A mapping made elsewhere: the named entries of it, as far as they are set here."""
    if "named_in" not in source:
        return Parts((whole,), whole)
    wanted = tuple(sorted(_named(scene, meaning, source)))
    given = [item(scene.names, whole, name) for name in wanted]
    known = tuple(one for one in given if isinstance(one, Given))
    if not wanted:
        return UNKNOWN
    return Parts(known, whole) if len(known) == len(wanted) else Parts((), whole, wanted)


def _named(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> set[str]:
    """The attributes that a condition asks to be missing, through the aliases of the call."""
    condition = first_given(scene, meaning, [source["named_in"]])
    if not isinstance(condition, Given):
        return set()
    found = set(_MISSING.findall(literal_text(scene.names, condition.value, condition.frame) or ""))
    for part in o.walk(follow(scene.names, condition).value):
        if isinstance(part, o.Call) and getattr(part.callee, "name", "") == "not_exists":
            base = getattr(part.callee, "base", None)
            literals = [one.value for one in base.arguments] if isinstance(base, o.Call) else []
            found |= {str(one.value) for one in literals if isinstance(one, o.Literal)}
    aliases = first_given(scene, meaning, [source["aliases"]]) if "aliases" in source else NONE
    return {_real(scene, aliases, name) for name in found}


def _real(scene: Scene, aliases: object, name: str) -> str:
    given = item(scene.names, aliases, name) if isinstance(aliases, Given) and name.startswith("#") else None
    text = literal_text(scene.names, given.value, given.frame) if isinstance(given, Given) else None
    return text or name.removeprefix("#")


def _unwrapped(scene: Scene, given: Given) -> Given:
    """``{"S": value}`` only says which type the value has."""
    value = given.value
    if isinstance(value, o.Mapping) and len(value.items) == 1:
        name, inner = value.items[0]
        if isinstance(name, o.Literal) and name.value in scene.names.libraries.settings.get("value_wrappers", ()):
            return Given(inner, given.frame)
    return given


# Conditions on the key of a row: ``Key("pk").eq(value)``, or a text with placeholders


def _of_conditions(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> Parts | Missing:
    whole, values = first_given(scene, meaning, [source["conditions"]]), first_given(scene, meaning, [source["values"]])
    if not isinstance(whole, Given):
        return whole
    built = follow(scene.names, whole)
    compared = [
        Given(part.arguments[0].value, built.frame)
        for part in o.walk(built.value)
        if isinstance(part, o.Call) and getattr(part.callee, "name", "") == "eq" and part.arguments
    ]
    if not compared and isinstance(values, Given):
        given = follow(scene.names, values)
        entries = given.value.items if isinstance(given.value, o.Mapping) else ()
        compared = [_unwrapped(scene, Given(value, given.frame)) for _, value in entries]
        whole = values
    return Parts(tuple(compared), whole) if compared else UNKNOWN


# Keyword arguments: the fields a row is looked up by


def _of_keywords(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> Parts | Missing:
    call = meaning.call
    if any(one.star for one in call.arguments):
        return UNKNOWN
    others = set(source["keywords"])
    parts = tuple(Given(one.value, meaning.frame) for one in call.arguments if one.name and one.name not in others)
    return Parts(parts, Given(call, meaning.frame)) if parts else NONE


def _of_chain(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> Parts | Missing:
    """The keyword arguments of all calls that a query is put together from: ``rows.filter(event=x).exists()``; of the ``whole``
    query also those behind this one: ``rows.select_for_update().get(event=x)``"""
    parts: list[Given] = []
    at = Given(_outermost(meaning) if source.get("whole") else meaning.call, meaning.frame)
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(at.value, o.Call) or not isinstance(at.value.callee, o.Attribute):
            break
        if any(one.star for one in at.value.arguments):
            return UNKNOWN
        parts.extend(Given(one.value, at.frame) for one in at.value.arguments if one.name)
        at = follow(scene.names, Given(at.value.callee.base, at.frame))
    return Parts(tuple(parts), Given(meaning.call, meaning.frame)) if parts else NONE


def _outermost(meaning: Meaning) -> o.Call:
    """The last call of the query that this one is a part of."""
    last = meaning.call
    for call in sorted(meaning.frame.function.calls, key=lambda one: one.end):
        if isinstance(call.callee, o.Attribute) and o.awaited(call.callee.base) is last:
            last = call
    return last


# Columns of a statement


def _of_columns(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> Parts | Missing:
    statement, values = (
        first_given(scene, meaning, [source["columns"]]),
        first_given(scene, meaning, [source["values"]]),
    )
    if not isinstance(values, Given):
        return values
    text = literal_text(scene.names, statement.value, statement.frame) if isinstance(statement, Given) else None
    columns = inserted(text) if text else {}
    usual = scene.names.libraries.settings.get("key_columns", ())
    named = [c for c in conflicting(text or "") if c in columns] or [
        c for c in columns if any(re.search(p, c) for p in usual)
    ]
    wanted = [columns[column] for column in named] or placeholders(text or "")
    built = follow(scene.names, values)
    parts: list[Given] = []
    for one in wanted:
        given = _value_at(scene, built, one.name, one.position)
        if given is None:
            return Parts((values,), values)
        parts.append(given)
    return Parts(tuple(parts), built) if parts else Parts((values,), values)


def _value_at(scene: Scene, built: Given, name: str | None, position: int) -> Given | None:
    value = built.value
    if name is not None:
        found = item(scene.names, built, name)
        return found if isinstance(found, Given) else None
    if isinstance(value, o.Collection) and position < len(value.items):
        return Given(value.items[position], built.frame)
    return None


def _of_bound(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> Parts | Missing:
    given = bound(scene.names, source, meaning)
    return Parts((given,), given) if isinstance(given, Given) else given or NONE


_FORMS = {
    "bound": _of_bound,
    "entries": _of_entries,
    "conditions": _of_conditions,
    "keywords": _of_keywords,
    "chain": _of_chain,
    "columns": _of_columns,
}
