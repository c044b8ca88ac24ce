"""Values of Python code as those of a template: what a name stands for, the resource that a call made, the arguments of a call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import basename, dirname, join, normpath

from msgspec.structs import replace

from twice import outline as o
from twice.languages.template import (
    Absent,
    Alternatives,
    Items,
    Literal,
    Record,
    Reference,
    Unknown,
    Value,
    joined,
    moved,
)
from twice.project.arguments import collected
from twice.project.constants import constant
from twice.project.given import argument
from twice.project.names import Names
from twice.project.things import File, Frame, Instance, Kind, Outside, is_name
from twice.project.values import Given, follow, is_one_of_several

Key = tuple[int, int]

# What is nested deeper is no setting that people write.
_DEEPEST = 16
# What a path of this file or folder becomes; the rest of these modules hands on what it is given.
_JOINS = frozenset({"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.Path.joinpath"})
_SAME = frozenset({"os.path.abspath", "os.path.realpath", "os.path.normpath", "pathlib.Path.resolve", "pathlib.Path.absolute", "pathlib.Path.as_posix", "builtins.str", "os.fspath"})  # fmt: skip
_HERE = frozenset({"os.getcwd", "pathlib.Path.cwd"})


def key_of(call: o.Call, frame: Frame) -> Key:
    """What tells the making of one object from that of another."""
    return id(call), id(frame)


class Reader:
    """Reads values; ``made`` are the resources by the call that makes them."""

    def __init__(self, names: Names, made: Mapping[Key, str]) -> None:
        self._names = names
        self._made = made
        self._by_call: dict[int, set[str]] = {}
        for (call, _), name in made.items():
            self._by_call.setdefault(call, set()).add(name)
        self._depth = 0

    def value(self, value: o.Value, frame: Frame) -> Value:
        """The value, placed where it is used: what a name stands for may be written in another file."""
        if self._depth > _DEEPEST:
            return Unknown(value.start, value.end)
        self._depth += 1
        try:
            given = follow(self._names, Given(value, frame))
            found = self._read(given.value, given.frame)
            if isinstance(value, o.Name) and isinstance(found, Record):
                found = self.with_later(value, frame, found)
        finally:
            self._depth -= 1
        return found if given.value is value else moved(found, value.start, value.end)

    def arguments(self, call: o.Call, frame: Frame) -> Record:
        """The arguments of a call as properties. Not whole in a file that is being typed, or with an unpacked one nobody can see into."""
        fields: dict[str, Value] = {
            "call": Literal(_last(self._names, call, frame), call.callee.start, call.callee.end)
        }
        keys: dict[str, tuple[int, int]] = {}
        whole = not self._names.outlines[frame.path].broken
        position = 0
        for one in call.arguments:
            if one.star == "**":
                unpacked = self.value(one.value, frame)
                known = unpacked if isinstance(unpacked, Record) else Record({}, {}, one.start, one.end, whole=False)
                fields = {**fields, **{name: found for name, found in known.fields.items() if name != "call"}}
                whole = whole and known.whole
            elif one.star:
                whole = False
            elif one.name is None:
                fields[f"@{position}"] = self.value(one.value, frame)
                position += 1
            else:
                fields[one.name] = self.value(one.value, frame)
                keys[one.name] = one.start, one.start + len(one.name.encode())
        return Record(fields, keys, call.start, call.end, whole)

    def receiver(self, call: o.Call, frame: Frame) -> Value | None:
        """What a method is called on; None for a function or class of a module."""
        base = call.callee.base if isinstance(call.callee, o.Attribute) else None
        if base is None or isinstance(self._names.resolve(base, frame), Outside | Kind | File):
            return None
        return self.value(base, frame)

    # --- each form ---------------------------------------------------------------------------------------------------

    def _read(self, value: o.Value, frame: Frame) -> Value:
        at = value.start, value.end
        match value:
            case o.Literal(value=None):
                return Absent(*at)
            case o.Literal(value=str() | bool() | int() | float() as known):
                return Literal(known, *at)
            case o.Mapping():
                return self._mapping(value, frame)
            case o.Collection():
                items = tuple(self.value(one, frame) for one in value.items)
                return Items(items, *at, whole=not any(isinstance(one, o.Other) for one in value.items))
            case o.Joined():
                return joined([self.value(part, frame) for part in value.parts], *at)
            case o.Choice():
                return Alternatives((self.value(value.then, frame), self.value(value.otherwise, frame)), *at)
            case o.Call():
                return self._call(value, frame)
            case o.Name() | o.Attribute():
                return self._named(value, frame)
            case o.Operation(operator="/"):
                parts = [self.value(one, frame) for one in value.operands]
                if any(isinstance(one, Literal) and isinstance(one.value, str) for one in parts):
                    return _path(parts, *at)
        number = constant(self._names, value, frame)
        return Literal(number, *at) if isinstance(number, int | float) else Unknown(*at)

    def with_later(self, name: o.Name, frame: Frame, found: Record) -> Record:
        """A mapping with the entries that are set after it was made; what replaces another may do so in a branch only."""
        for statement in frame.function.statements:
            targets = statement.targets if isinstance(statement, o.Assign) and statement.value is not None else ()
            for one in targets:
                if isinstance(one, o.Subscript) and is_name(one.base, name.id) and isinstance(statement, o.Assign):
                    key = o.part_name(one)
                    later = (
                        None if key in found.fields or statement.value is None else self.value(statement.value, frame)
                    )
                    fields = {**found.fields, key: later or Unknown(one.start, one.end)} if key else found.fields
                    found = replace(found, fields=fields, whole=found.whole and bool(key))
        changed = f"{name.id}.update(".encode() in self._names.outlines[frame.path].data
        return replace(found, whole=False) if changed else found

    def _collected(self, name: o.Name, frame: Frame) -> Record | None:
        """What a function was given by names that it has no parameters for."""
        if frame.call is None or not any(one.star == "**" and one.name == name.id for one in frame.function.parameters):
            return None
        given = dict(collected(frame, named=True))
        fields = {key: self.value(*one) for key, one in given.items() if key is not None}
        return Record(fields, {}, name.start, name.end, whole=not any(one.star for one in frame.call.arguments))

    def _mapping(self, value: o.Mapping, frame: Frame) -> Value:
        fields: dict[str, Value] = {}
        keys: dict[str, tuple[int, int]] = {}
        whole = True
        for key, one in value.items:
            name = self.value(key, frame) if key is not None else None
            found = self.value(one, frame)
            if isinstance(name, Literal) and key is not None:
                fields[str(name.value)] = found
                keys[str(name.value)] = key.start, key.end
            elif key is None and isinstance(found, Record):
                fields.update(found.fields)
                whole = whole and found.whole
            else:  # which may replace what is there already
                fields = {name: Unknown(given.start, given.end) for name, given in fields.items()}
                whole = False
        return Record(fields, keys, value.start, value.end, whole)

    def _call(self, call: o.Call, frame: Frame) -> Value:
        at = call.start, call.end
        if (made := self._resource(call, frame)) is not None:
            return Reference(made, None, *at)
        number = constant(self._names, call, frame)
        if isinstance(number, int | float):
            return Literal(number, *at)
        if (text := self._of_path(call, frame)) is not None:
            return text
        callee = self._names.resolve(call.callee, frame)
        if not isinstance(callee, Outside):
            return Unknown(*at)
        if callee.name == "builtins.dict":
            record = self.arguments(call, frame)
            fields = {name: one for name, one in record.fields.items() if name != "call"}
            return replace(record, fields=fields)
        for reference in (one for spec in self._names.libraries.calls.get(callee.name, ()) for one in spec.passes):
            plain = reference.startswith("$") and "/" not in reference
            given = argument(self._names, call, frame, reference) if plain else None
            return self.value(given.value, given.frame) if isinstance(given, Given) else Unknown(*at)
        record = self.arguments(call, frame)
        receiver = self.receiver(call, frame)
        way: dict[str, Value] = {callee.name.rpartition(".")[2]: Literal(True, *at)}
        more = {"receiver": receiver} if receiver is not None else way
        return Record({**record.fields, **more}, record.keys, *at, record.whole)

    def _named(self, value: o.Name | o.Attribute, frame: Frame) -> Value:
        at = value.start, value.end
        if isinstance(value, o.Name) and value.id == "__file__":
            return Literal(f"./{basename(frame.path)}", *at)
        if isinstance(value, o.Name) and (more := self._collected(value, frame)) is not None:
            return more
        if is_one_of_several(self._names, value, frame):
            return Unknown(*at)
        thing = self._names.resolve(value, frame)
        if isinstance(thing, Outside) and re.fullmatch(r"[A-Z][A-Z0-9_]*", thing.name.rpartition(".")[2]):
            return Literal(thing.name.rpartition(".")[2], *at)
        if isinstance(thing, Instance) and thing.call is not None and thing.frame is not None:
            made = self._resource(thing.call, thing.frame)
            if made is not None:
                return Reference(made, None, *at)
        if isinstance(value, o.Attribute):
            base = self.value(value.base, frame)
            if isinstance(base, Reference):
                return Reference(base.target, value.name, *at)
            if isinstance(base, Record) and value.name in base.fields:
                return base.fields[value.name]
            if isinstance(base, Literal) and isinstance(base.value, str):
                # The folder of a path; or what a resource elsewhere is called, by any of its names.
                return Literal(_folder(base.value) if value.name == "parent" else base.value, *at)
        return Unknown(*at)

    def _resource(self, call: o.Call, frame: Frame) -> str | None:
        """The resource that a call made: in this very frame, or wherever it was made only once."""
        exact = self._made.get(key_of(call, frame))
        if exact is not None:
            return exact
        alike = self._by_call.get(id(call), set())
        return next(iter(alike)) if len(alike) == 1 else None

    def _of_path(self, call: o.Call, frame: Frame) -> Value | None:
        """Paths that are put together: seen from the folder of the file that does so."""
        name = _dotted(self._names, call, frame)
        given = [self.value(one.value, frame) for one in call.arguments if one.name is None and not one.star]
        method = o.called_name(call)
        base = call.callee.base if isinstance(call.callee, o.Attribute) else None
        at = call.start, call.end
        if name in _HERE:
            return Literal(".", *at)
        if name == "os.path.dirname" and len(given) == 1 and isinstance(given[0], Literal):
            return Literal(_folder(str(given[0].value)), *at)
        if name in _SAME and given:
            return given[0]
        if name in _JOINS and given:
            return _path(given, *at)
        if base is not None and method in ("joinpath", "resolve", "absolute", "as_posix"):
            start = self.value(base, frame)
            if isinstance(start, Literal) and isinstance(start.value, str):
                return _path([start, *given], *at)
        return None


def _dotted(names: Names, call: o.Call, frame: Frame) -> str:
    callee = names.resolve(call.callee, frame)
    return callee.name if isinstance(callee, Outside) else ""


def _last(names: Names, call: o.Call, frame: Frame) -> str:
    return _dotted(names, call, frame).rpartition(".")[2] or o.called_name(call)


def _folder(path: str) -> str:
    """The folder of a path; above the folder that it is seen from as well."""
    return normpath(join(path, "..")) if basename(path) in (".", "..") else dirname(path) or "."


def _path(parts: list[Value], start: int, end: int) -> Value:
    texts = [str(one.value) for one in parts if isinstance(one, Literal)]
    if len(texts) < len(parts):
        return Unknown(start, end)
    return Literal(normpath(join(*texts)), start, end)
