"""What lies in the collections that the program writes down: entries of a dictionary, elements of a list or tuple."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project import members
from twice.project.scopes import Binding, visible
from twice.project.things import File, Frame, Instance, Kind, Thing

if TYPE_CHECKING:
    from twice.project.names import Names


def entry(names: Names, value: o.Value, frame: Frame, key: o.Value) -> Thing | None:
    """What stands under a key or index; of a key that is not written, what all entries are."""
    written = _display(names, value, frame)
    if written is None:
        return None
    display, inside = written
    if isinstance(key, o.Literal):
        found = _under(display, key.value)
        return names.resolve(found, inside) if found is not None else None
    things = [names.resolve(one, inside) for one in _values(display)]
    same = {_type_of(thing) for thing in things}
    return things[0] if len(same) == 1 and None not in same else None


def each(names: Names, value: o.Value, frame: Frame) -> Iterator[tuple[o.Value, Frame]]:
    """What a loop over a list, or over the values of a dictionary, is given."""
    if isinstance(value, o.Call) and isinstance(value.callee, o.Attribute) and value.callee.name == "values":
        written = _display(names, value.callee.base, frame)
        if written is not None and isinstance(written[0], o.Mapping):
            yield from ((one, written[1]) for one in _values(written[0]))
        return
    written = _display(names, value, frame)
    if written is not None and isinstance(written[0], o.Collection):
        yield from ((one, written[1]) for one in written[0].items)


def at(names: Names, value: o.Value, frame: Frame, index: int) -> Thing | None:
    """What is unpacked from a tuple or list at this place."""
    written = _display(names, value, frame)
    found = _under(written[0], index) if written is not None else None
    return names.resolve(found, written[1]) if found is not None and written is not None else None


def written_value(names: Names, value: o.Value, frame: Frame) -> tuple[o.Value, Frame] | None:
    """What a name or attribute was given, where it is given something in one place only."""
    if isinstance(value, o.Name):
        return _of_name(names, value, frame)
    if isinstance(value, o.Attribute):
        base = names.resolve(value.base, frame)
        if isinstance(base, File):
            return _of_module(names, base.path, value.name)
        kind = base.kind if isinstance(base, Instance) else base
        if isinstance(kind, Kind):
            return _of_class(names, kind, value.name, base if isinstance(base, Instance) else None)
    return None


def _display(names: Names, value: o.Value, frame: Frame) -> tuple[o.Collection | o.Mapping, Frame] | None:
    for _ in range(4):
        if isinstance(value, o.Collection | o.Mapping):
            return value, frame
        found = written_value(names, value, frame)
        if found is None:
            return None
        value, frame = found
    return None


def _of_name(names: Names, value: o.Name, frame: Frame) -> tuple[o.Value, Frame] | None:
    inside: Frame | None = frame
    while inside is not None:
        if value.id in inside.arguments:
            return inside.arguments[value.id]
        found = visible(inside.function, value.id, value.start if inside is frame else inside.function.end)
        if found:
            return _bound(names, found, inside) if len(found) == 1 else None
        inside = inside.closure
    return _of_module(names, frame.path, value.id)


def _bound(names: Names, found: list[Binding], inside: Frame) -> tuple[o.Value, Frame] | None:
    only = found[0]
    if isinstance(only.value, o.Import):
        member = only.value.member
        path = names.modules.find(only.value.module, inside.path) if member is not None else None
        return _of_module(names, path, member) if path is not None and member is not None else None
    if only.how != "assign" or only.path or isinstance(only.value, o.Function | o.Class | None):
        return None
    return only.value, inside


def _of_module(names: Names, path: str, name: str) -> tuple[o.Value, Frame] | None:
    module = names.outlines[path].module
    found = visible(module, name, module.end)
    return _bound(names, found, names.frames.module_frame(path)) if len(found) == 1 else None


def _of_class(names: Names, kind: Kind, name: str, receiver: Instance | None) -> tuple[o.Value, Frame] | None:
    for ancestor in names.ancestors(kind):
        if not isinstance(ancestor, Kind):
            continue
        around = names.frames.around(ancestor.definition, ancestor.path)
        found = [
            (assign.value, around)
            for assign in ancestor.definition.assigns
            if assign.value is not None and any(isinstance(t, o.Name) and t.id == name for t in assign.targets)
        ]
        for value, _, method in members.self_values(names, ancestor, name):
            if value is not None:
                found.append((value, names.frames.method_frame(method, ancestor, receiver)))
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _under(display: o.Collection | o.Mapping, key: object) -> o.Value | None:
    if isinstance(display, o.Mapping):
        return next((one for name, one in display.items if isinstance(name, o.Literal) and name.value == key), None)
    if isinstance(key, int) and -len(display.items) <= key < len(display.items):
        return display.items[key]
    return None


def _values(display: o.Collection | o.Mapping) -> list[o.Value]:
    return [one for _, one in display.items] if isinstance(display, o.Mapping) else list(display.items)


def _type_of(thing: Thing | None) -> object:
    kind = thing.kind if isinstance(thing, Instance) else None
    return kind.name if kind is not None and not isinstance(kind, Kind) else id(kind.definition) if kind else None
