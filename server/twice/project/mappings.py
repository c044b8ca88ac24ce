"""Mappings of Python code that are resources: the settings of something that a program registers elsewhere. No vendor is named here.

A type of the library files in braces, ``{some.key}``, is a mapping in which this key stands, wherever the program sends it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.languages.filled import decided
from twice.languages.template import Literal, Record, Resource, Template, Value
from twice.project.construct_values import Reader
from twice.project.names import Names
from twice.project.things import Frame

# What is given to these becomes a part of something larger.
_MERGED = re.compile(r"(?i)^(?:dict|update|setdefault|chainmap)$|merge")
# What changes a variable, and what does so entry by entry: of a variable of this function that is read with it.
_CHANGED = r"\b{name}(?:\.(?:update|setdefault|pop)\(|\s*\|=)"
_SET = r"|\b{name}\[[^\]\n]*\]\s*=(?!=)"


class _Found(Struct, frozen=True, eq=False):
    """A mapping with what it stands in, from the inside out, and the statement around that."""

    mapping: o.Mapping
    around: tuple[o.Value, ...]
    statement: o.Statement


def mappings(names: Names) -> dict[str, Template]:
    """The resources in the code of a workspace, by file."""
    keys = [name[1:-1] for name in names.libraries.resources if name.startswith("{")]
    marked = [path for path, one in names.code.items() if any(key.encode() in one.data for key in keys)]
    found = {path: {one.name: one for one in _resources(names, path, keys)} for path in marked}
    return {path: Template(resources) for path, resources in found.items() if resources}


def _resources(names: Names, path: str, keys: list[str]) -> Iterator[Resource]:
    outline, reader = names.outlines[path], Reader(names, {})
    for function in (outline.module, *outline.everywhere()):
        own = function is not outline.module
        frame = names.frames.own_frame(function, path) if own else names.frames.module_frame(path)
        for statement in function.statements:
            for value in o.values_of(statement):
                for one in _inside(value, (), statement):
                    yield from (
                        _resource(reader, frame, one, key, outline.data) for key in keys if _at(one.mapping, key)
                    )


def _inside(value: o.Value, around: tuple[o.Value, ...], statement: o.Statement) -> Iterator[_Found]:
    if isinstance(value, o.Mapping):
        yield _Found(value, around, statement)
    for part in o.parts(value):
        yield from _inside(part, (value, *around), statement)


def _at(mapping: o.Mapping, key: str) -> o.Value | None:
    """The key itself, where it stands."""
    return next((one for one, _ in mapping.items if isinstance(one, o.Literal) and one.value == key), None)


def _resource(reader: Reader, frame: Frame, found: _Found, key: str, data: bytes) -> Resource:
    config = _settings(reader, frame, found, data)
    outer = [one for one in found.around if isinstance(one, o.Mapping)]
    named = _named(found.mapping) or next((_named(one) for one in outer), None) or _entry(found)
    said = reader.value(named, frame) if named is not None else None
    variable = _variable(found)
    title = str(said.value) if isinstance(said, Literal) else variable.id if variable is not None else key
    at = named if isinstance(said, Literal) and named is not None else _at(found.mapping, key) or found.mapping
    properties = Record({"config": decided(config)}, {}, config.start, config.end)
    return Resource(f"{title}@@{at.start}", f"{{{key}}}", at.start, at.end, properties, title, path=frame.path)


def _settings(reader: Reader, frame: Frame, found: _Found, data: bytes) -> Value:
    """What stands in the mapping, with what is added to it where its variable is made."""
    config, variable = reader.value(found.mapping, frame), _variable(found)
    if not isinstance(config, Record):
        return config
    is_local = variable is not None and frame.function.name != "<module>"
    whole = config.whole and _is_all(found, data, _CHANGED if is_local else _CHANGED + _SET)
    return replace(reader.with_later(variable, frame, config) if variable is not None else config, whole=whole)


def _named(mapping: o.Mapping) -> o.Value | None:
    return next((value for key, value in mapping.items if isinstance(key, o.Literal) and key.value == "name"), None)


def _entry(found: _Found) -> o.Value | None:
    """The name it has as an entry of a mapping of such mappings; what the interface calls its settings is none."""
    items = found.around[0].items if found.around and isinstance(found.around[0], o.Mapping) else ()
    keys = (key for key, value in items if value is found.mapping and isinstance(key, o.Literal))
    return next((key for key in keys if key.value != "config"), None)


def _variable(found: _Found) -> o.Name | None:
    """The variable that the mapping is given to as a whole."""
    statement = found.statement
    if not isinstance(statement, o.Assign) or statement.value is not found.mapping or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    return target if isinstance(target, o.Name) else None


def _is_all(found: _Found, data: bytes, changed: str) -> bool:
    """Is nothing else added to it later, or where it is merged into something larger?"""
    inner: o.Value = found.mapping
    for outer in found.around:
        spread = isinstance(outer, o.Mapping) and any(key is None and value is inner for key, value in outer.items)
        merged = isinstance(outer, o.Call) and _MERGED.search(o.called_name(outer))
        if spread or merged or isinstance(outer, o.Operation):
            return False
        inner = outer
    if not isinstance(found.statement, o.Assign):
        return not isinstance(found.statement, o.Leave)
    named = [one.id if isinstance(one, o.Name) else o.part_name(one) for one in found.statement.targets]
    return all(one and not re.search(changed.format(name=re.escape(one)).encode(), data) for one in named)
