"""One resource in several languages: what one of them calls it, written as the library files know it. No vendor is named here.

An entry ``{same_as: TYPE, names: {own: Known, block: {Known: {own: Known}}}}`` says that a type is another one in other
words. ``Known`` may be a path (``ScalingConfig.MaximumConcurrency``). ``{Known: json}`` is a property that may be a text in
JSON, ``{Known: one}`` the only item of a list, ``{Known: lower}`` a word that is written in capitals, ``{Known: [words]}`` a truth value that stands for these words in a list, and
``{Known: library.function}`` an amount that is written by calling this, with ``60`` behind it where that counts minutes; under ``"{}"`` are the names in each entry of a mapping. ``unwritten`` is what this language fills in where nobody writes anything.
Names that are not listed stay as they are, or with ``snake: true`` are the known ones in the lower case of code (``batch_size``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.languages.json_text import from_json
from twice.languages.template import Absent, Alternatives, Items, Literal, Record, Resource, Unknown, Value

Names = Mapping[str, Any]


class Own(Struct, frozen=True):
    """How a property is called where it is written: its path, which parts of it are blocks, and whether it is one item.

    A ``flag`` stands for these words; ``made_by`` is the function that makes the value of an amount, in its own ``unit``.
    """

    keys: tuple[str, ...]
    blocks: tuple[bool, ...]
    is_one: bool = False
    flag: tuple[str, ...] = ()
    made_by: str = ""
    unit: int = 1


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
            flag = tuple(inner) if isinstance(inner, list | tuple) else ()
            made_by, _, unit = inner.partition(" ") if isinstance(inner, str) and "." in inner else ("", "", "")
            return Own((own,), (isinstance(inner, Mapping),), inner == "one", flag, made_by, int(unit or 1))
        below = own_name(inner, keys[len(path) :]) if isinstance(inner, Mapping) else None
        if below is not None:
            return replace(below, keys=(own, *below.keys), blocks=(True, *below.blocks))
    return None


def _path(known: Any) -> tuple[tuple[str, ...], Any]:
    """The path of a known name, and what is said of it besides."""
    name, inner = next(iter(known.items())) if isinstance(known, Mapping) else (known, None)
    return tuple(str(name).split(".")), inner


def _known(resource: Resource, entry: Any) -> Resource:
    if not isinstance(entry, Mapping) or "same_as" not in entry:
        return resource
    names = entry.get("names") or {}
    properties = _renamed(
        _in_capitals(resource.properties, names) if entry.get("snake") else resource.properties, names
    )
    filled = {name: Literal(value, *_at(resource), unwritten=True) for name, value in _unwritten(entry, properties)}
    properties = replace(properties, fields={**properties.fields, **filled})
    return replace(resource, type=entry["same_as"], properties=properties, spelling=resource.type)


def _in_capitals(found: Value, names: Names) -> Any:
    """``batch_size`` as ``BatchSize``, at every depth but where names are listed."""
    if isinstance(found, Items):
        return replace(found, items=tuple(_in_capitals(one, names) for one in found.items))
    if not isinstance(found, Record):
        return found
    known = {own: own if own in names else _capital(own) for own in found.fields}
    fields = {known[own]: one if own in names else _in_capitals(one, {}) for own, one in found.fields.items()}
    return replace(found, fields=fields, keys={known[own]: at for own, at in found.keys.items() if own in known})


def _capital(own: str) -> str:
    return re.sub(r"(?:^|_)([a-z])", lambda found: found[1].upper(), own) if own not in ("call", "receiver") else own


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
        _put(fields, path, _read(value, inner), found.whole)
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


def _read(value: Value, inner: Any) -> Value:
    """What stands under a name, with what is said of it."""
    if inner == "json":
        return from_json(value)
    if inner == "lower":
        return replace(value, value=str(value.value).lower()) if isinstance(value, Literal) else value
    return _flag(value, inner) if isinstance(inner, list | tuple) else _inside(value, inner)


def _flag(value: Value, words: Sequence[str]) -> Value:
    """The words that a truth value stands for."""
    if isinstance(value, Literal) and isinstance(value.value, bool):
        items = tuple(Literal(word, value.start, value.end) for word in words if value.value)
        return Items(items, value.start, value.end)
    return value if isinstance(value, Absent) else Unknown(value.start, value.end)


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
    if "" in names and not isinstance(value, Absent):
        # The short form of the block.
        return _renamed(Record({"": value}, {}, value.start, value.end, True), names)
    return value
