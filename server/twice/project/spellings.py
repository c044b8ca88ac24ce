"""One resource in several languages: what one of them calls it, written as the library files know it. No vendor is named here.

An entry ``{same_as: TYPE, names: {own: Known, block: {Known: {own: Known}}}}`` says that a type is another one in other
words. ``{Known: json}`` is a property that may be a text in JSON. Names that are not listed stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from twice.languages.json_text import from_json
from twice.languages.template import Alternatives, Items, Record, Resource, Value

Names = Mapping[str, Any]


def in_one_language(resources: Mapping[str, Resource], entries: Mapping[str, Any]) -> dict[str, Resource]:
    """The resources under the types and names that the library files have entries for."""
    return {name: _known(resource, entries.get(resource.type)) for name, resource in resources.items()}


def own_keys(names: Names, keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[bool, ...]] | None:
    """How a property is called where it is written, and which parts of its path are blocks; None when it has no name there."""
    for own, known in names.items():
        inner = known.get(keys[0]) if isinstance(known, Mapping) else None
        if len(keys) == 1 and keys[0] in (known, *(known if isinstance(known, Mapping) else ())):
            return (own,), (isinstance(inner, Mapping),)
        if len(keys) > 1 and isinstance(inner, Mapping):
            below = own_keys(inner, keys[1:])
            if below is not None:
                return (own, *below[0]), (True, *below[1])
    return None


def _known(resource: Resource, entry: Any) -> Resource:
    if not isinstance(entry, Mapping) or "same_as" not in entry:
        return resource
    properties = _renamed(resource.properties, entry.get("names") or {})
    return replace(resource, type=entry["same_as"], properties=properties, spelling=resource.type)


def _renamed(found: Record, names: Names) -> Record:
    fields: dict[str, Value] = {}
    keys: dict[str, tuple[int, int]] = {}
    for own, value in found.fields.items():
        name, changed = _property(own, value, names.get(own, own))
        fields[name] = changed
        if own in found.keys:
            keys[name] = found.keys[own]
    return replace(found, fields=fields, keys=keys)


def _property(own: str, value: Value, known: Any) -> tuple[str, Value]:
    if not isinstance(known, Mapping):
        return known, value
    name, inner = next(iter(known.items()))
    return name, from_json(value) if inner == "json" else _inside(value, inner)


def _inside(value: Value, names: Names) -> Value:
    """The same in a block, in each of several blocks, and in a block that may be there."""
    if isinstance(value, Record):
        return _renamed(value, names)
    if isinstance(value, Items):
        return replace(value, items=tuple(_inside(one, names) for one in value.items))
    if isinstance(value, Alternatives):
        return replace(value, options=tuple(_inside(one, names) for one in value.options))
    return value
