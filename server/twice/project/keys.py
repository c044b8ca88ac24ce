"""The values by which duplicates are recognised: which part of a call is its key, and what that is made of.

A library file names it as an argument, as entries of a mapping, as columns of a statement, or as the part of a decorated
function's argument that an expression selects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from twice import outline as o
from twice.facts import Key
from twice.project.calls import Given, Meaning, argument, follow, item, literal_text
from twice.project.columns import conflicting, inserted, placeholders
from twice.project.course import Site
from twice.project.scene import Scene, way_to
from twice.project.selections import selected
from twice.project.sources import Source, Ways, mixed, taken
from twice.truth import NONE, UNKNOWN, Missing

# A query that is put together in a loop refers to itself.
_LONGEST_CHAIN = 12

_MISSING = re.compile(r"attribute_not_exists\s*\(\s*([#\w.\-]+)\s*\)", re.IGNORECASE)


def key_of(scene: Scene, site: Site, meaning: Meaning) -> object:
    """The key a call carries: a ``Key``, NONE when it carries none, UNKNOWN when it may hide in unpacked arguments."""
    source = meaning.spec.key
    if source is None:
        return NONE
    if isinstance(source, Mapping):
        return _FORMS[next(iter(source))](scene, site, meaning, source)
    given = _first(scene, meaning, source if isinstance(source, list) else [source])
    return key(scene, site, given) if isinstance(given, Given) else given


def key(scene: Scene, site: Site, given: Given) -> object:
    """The key that a value is."""
    if isinstance(given.value, o.Literal) and given.value.value is None:
        return NONE
    return _made(scene, site, given, scene.evaluator.tracer.ways(given.value, given.frame))


def _made(scene: Scene, site: Site, at: Given, ways: Ways) -> Key:
    value = scene.evaluator.tracer.told(at.value, at.frame, ways)
    return Key(place=value.place, name=value.text, step=scene.step(site), way=way_to(site.frame), value=value)


def _first(scene: Scene, meaning: Meaning, references: Iterable[object]) -> Given | Missing:
    found = [argument(scene.names, meaning.call, meaning.frame, str(reference)) for reference in references]
    written = next((given for given in found if isinstance(given, Given)), None)
    return written or (UNKNOWN if UNKNOWN in found else NONE)


def _together(scene: Scene, site: Site, parts: list[Given], whole: Given) -> object:
    """One key of several values; a single one stands for itself."""
    if not parts:
        return UNKNOWN
    if len(parts) == 1:
        return key(scene, site, parts[0])
    tracer = scene.evaluator.tracer
    return _made(scene, site, whole, mixed(tracer.ways(part.value, part.frame) for part in parts))


# Entries of a mapping: the key attributes of an item


def _of_entries(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    whole = _first(scene, meaning, [source["entries"]])
    if not isinstance(whole, Given):
        return whole
    built = follow(scene.names, whole)
    if not isinstance(built.value, o.Mapping):
        return _of_opaque(scene, site, meaning, source, whole)
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
    return _together(scene, site, [given for _, given in entries], built)


def _of_opaque(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any], whole: Given) -> object:
    """A mapping made elsewhere: the named entries of it, as far as its sources tell."""
    wanted = sorted(_named(scene, meaning, source)) if "named_in" in source else []
    given = [item(scene.names, whole, name) for name in wanted]
    if given and all(isinstance(one, Given) for one in given):
        return _together(scene, site, [one for one in given if isinstance(one, Given)], whole)
    if not wanted:
        return UNKNOWN if "named_in" in source else key(scene, site, whole)
    tracer = scene.evaluator.tracer
    return _made(scene, site, whole, mixed(tracer.part(whole.value, name, whole.frame) for name in wanted))


def _named(scene: Scene, meaning: Meaning, source: Mapping[str, Any]) -> set[str]:
    """The attributes that a condition asks to be missing, through the aliases of the call."""
    condition = _first(scene, meaning, [source["named_in"]])
    if not isinstance(condition, Given):
        return set()
    found = set(_MISSING.findall(literal_text(scene.names, condition.value, condition.frame) or ""))
    for part in o.walk(follow(scene.names, condition).value):
        if isinstance(part, o.Call) and getattr(part.callee, "name", "") == "not_exists":
            base = getattr(part.callee, "base", None)
            literals = [one.value for one in base.arguments] if isinstance(base, o.Call) else []
            found |= {str(one.value) for one in literals if isinstance(one, o.Literal)}
    aliases = _first(scene, meaning, [source["aliases"]]) if "aliases" in source else NONE
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


def _of_conditions(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    whole, values = _first(scene, meaning, [source["conditions"]]), _first(scene, meaning, [source["values"]])
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
    return _together(scene, site, compared, whole)


# Keyword arguments: the fields a row is looked up by


def _of_keywords(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    call = meaning.call
    if any(one.star for one in call.arguments):
        return UNKNOWN
    others = set(source["keywords"])
    parts = [Given(one.value, meaning.frame) for one in call.arguments if one.name and one.name not in others]
    return _together(scene, site, parts, Given(call, meaning.frame)) if parts else NONE


def _of_chain(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    """The keyword arguments of all calls that a query is put together from: ``rows.filter(event=x).exists()``"""
    parts: list[Given] = []
    at = Given(meaning.call, meaning.frame)
    for _ in range(_LONGEST_CHAIN):
        if not isinstance(at.value, o.Call) or not isinstance(at.value.callee, o.Attribute):
            break
        if any(one.star for one in at.value.arguments):
            return UNKNOWN
        parts.extend(Given(one.value, at.frame) for one in at.value.arguments if one.name)
        at = follow(scene.names, Given(at.value.callee.base, at.frame))
    return _together(scene, site, parts, Given(meaning.call, meaning.frame)) if parts else NONE


# Columns of a statement


def _of_columns(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    statement, values = _first(scene, meaning, [source["columns"]]), _first(scene, meaning, [source["values"]])
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
            return key(scene, site, values)
        parts.append(given)
    return _together(scene, site, parts, built) if parts else key(scene, site, values)


def _value_at(scene: Scene, built: Given, name: str | None, position: int) -> Given | None:
    value = built.value
    if name is not None:
        found = item(scene.names, built, name)
        return found if isinstance(found, Given) else None
    if isinstance(value, o.Collection) and position < len(value.items):
        return Given(value.items[position], built.frame)
    return None


# The argument of a decorated function, or what an expression selects of it


def _of_parameter(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    """By default a hash of the whole argument; the first one when the library file names none."""
    reference = source["parameter"]
    named = _first(scene, meaning, [reference]) if reference else NONE
    path = _first(scene, meaning, [source["path"]])
    name = literal_text(scene.names, named.value, named.frame) if isinstance(named, Given) else None
    plain = [p.name for p in site.frame.function.parameters if not p.star and p.name not in ("self", "cls")]
    parameter = next((one for one in plain if name in (None, one)), None)
    if parameter is None or UNKNOWN in (named, path):
        return UNKNOWN
    ways = scene.evaluator.tracer.given(parameter, site.frame)
    if not isinstance(path, Given):
        at = named if isinstance(named, Given) else Given(meaning.call.callee, meaning.frame)
        return _made(scene, site, at, mixed([(frozenset({Source("digest")}),), ways]))
    text = literal_text(scene.names, path.value, path.frame)
    fields = selected(text) if text else None
    return _made(scene, site, path, mixed(_inside(ways, field) for field in fields)) if fields else UNKNOWN


def _inside(ways: Ways, path: tuple[str, ...]) -> Ways:
    for step in path:
        ways = taken(ways, step)
    return ways


_FORMS = {
    "entries": _of_entries,
    "conditions": _of_conditions,
    "keywords": _of_keywords,
    "chain": _of_chain,
    "columns": _of_columns,
    "parameter": _of_parameter,
}
