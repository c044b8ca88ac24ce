"""One resource in several languages: what one of them calls it, written as the library files know it. No vendor is named here.

An entry ``{same_as: TYPE, names: {own: Known, block: {Known: {own: Known}}}}`` says that a type is another one in other
words. ``Known`` may be a path (``ScalingConfig.MaximumConcurrency``). ``{Known: json}`` is a property that may be a text in
JSON, ``{Known: one}`` the only item of a list; under ``"{}"`` are the names in each entry of a mapping. ``unwritten`` is what this language fills in where nobody writes anything.
Names that are not listed stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.languages.json_text import from_json
from twice.languages.template import Alternatives, Items, Literal, Record, Resource, Value

Names = Mapping[str, Any]


class Own(Struct, frozen=True):
    """How a property is called where it is written: its path, which parts of it are blocks, and whether it is one item."""

    keys: tuple[str, ...]
    blocks: tuple[bool, ...]
    is_one: bool = False


def in_one_language(resources: Mapping[str, Resource], entries: Mapping[str, Any]) -> dict[str, Resource]:
    """The resources under the types and names that the library files have entries for."""
    return {name: _known(resource, entries.get(resource.type)) for name, resource in resources.items()}


def own_name(names: Names, keys: tuple[str, ...]) -> Own | None:
    """What a property is called where it is written; None when it has no name there."""
    for own, known in names.items():
        path, inner = _path(known)
        if not own or path != keys[: len(path)]:
            continue
        if path == keys:
            return Own((own,), (isinstance(inner, Mapping),), inner == "one")
        below = own_name(inner, keys[len(path) :]) if isinstance(inner, Mapping) else None
        if below is not None:
            return Own((own, *below.keys), (True, *below.blocks), below.is_one)
    return None


def _path(known: Any) -> tuple[tuple[str, ...], Any]:
    """The path of a known name, and what is said of it besides."""
    name, inner = next(iter(known.items())) if isinstance(known, Mapping) else (known, None)
    return tuple(str(name).split(".")), inner


def _known(resource: Resource, entry: Any) -> Resource:
    if not isinstance(entry, Mapping) or "same_as" not in entry:
        return resource
    properties = _renamed(resource.properties, entry.get("names") or {})
    filled = {name: Literal(value, *_at(resource), unwritten=True) for name, value in _unwritten(entry, properties)}
    properties = replace(properties, fields={**properties.fields, **filled})
    return replace(resource, type=entry["same_as"], properties=properties, spelling=resource.type)


def _at(resource: Resource) -> tuple[int, int]:
    return resource.start, resource.end


def _unwritten(entry: Mapping[str, Any], properties: Record) -> Iterator[tuple[str, Any]]:
    """What is certainly not there: in a resource that is half typed it may be."""
    for name, value in (entry.get("unwritten") or {}).items() if properties.whole else ():
        if name not in properties.fields:
            yield name, value


def _renamed(found: Record, names: Names) -> Record:
    fields: dict[str, Value] = {}
    keys: dict[str, tuple[int, int]] = {}
    for own, value in found.fields.items():
        path, inner = _path(names[own]) if own in names else ((own,), names.get("{}"))
        _put(fields, path, from_json(value) if inner == "json" else _inside(value, inner), found.whole)
        if own in found.keys:
            keys[path[0]] = found.keys[own]
    return replace(found, fields=fields, keys=keys)


def _put(fields: dict[str, Value], path: tuple[str, ...], value: Value, whole: bool) -> None:
    """Sets the value at a path; what stands on the way to it is made, and holds what several paths put into it."""
    if len(path) == 1:
        fields[path[0]] = value
        return
    before = fields.get(path[0])
    inner = dict(before.fields) if isinstance(before, Record) else {}
    _put(inner, path[1:], value, whole)
    fields[path[0]] = Record(inner, {}, value.start, value.end, whole)


def _inside(value: Value, names: Any) -> Value:
    """The same in a block, in each of several blocks, and in a block that may be there."""
    if not isinstance(names, Mapping):
        return value
    if isinstance(value, Record):
        return _renamed(value, names)
    if isinstance(value, Items):
        return replace(value, items=tuple(_inside(one, names) for one in value.items))
    if isinstance(value, Alternatives):
        return replace(value, options=tuple(_inside(one, names) for one in value.options))
    return value
