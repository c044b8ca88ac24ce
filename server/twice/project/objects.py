"""Origins inside objects and mappings that the program builds: attributes of its own classes, keys set later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.given import argument
from twice.project.own_values import self_values
from twice.project.sources import Way, Ways, limited
from twice.project.things import Instance, Kind
from twice.project.values import Given

if TYPE_CHECKING:
    from twice.project.trace import Tracer


def attribute(tracer: Tracer, instance: Instance, name: str) -> Ways | None:
    """The origins of an attribute of an object of a class of ours, from the call that made it and what its methods
    assign; None when the class says nothing of it."""
    assert isinstance(instance.kind, Kind)
    if instance.call is not None and instance.frame is not None:
        given = _constructed(tracer, instance, instance.kind, name)
        if given is not None:
            return tracer.ways(given.value, given.frame)
    found: list[Way] = []
    for ancestor in tracer.names.ancestors(instance.kind):
        if not isinstance(ancestor, Kind):
            continue
        if (method := ancestor.definition.methods.get(name)) is not None:
            found.extend(_returned(tracer, method, ancestor, instance))
            break
        for value, _, inside in self_values(tracer.names, ancestor, name):
            if value is not None:
                found.extend(tracer.ways(value, tracer.names.frames.method_frame(inside, ancestor, instance)))
    return limited(found) if found else None


def _constructed(tracer: Tracer, instance: Instance, kind: Kind, name: str) -> Given | None:
    """The argument that becomes this attribute: by keyword, or by its place among the fields of the class."""
    assert instance.call is not None and instance.frame is not None
    if any("__init__" in a.definition.methods for a in tracer.names.ancestors(kind) if isinstance(a, Kind)):
        return None
    fields = [field for ancestor in tracer.names.ancestors(kind) for field in _fields(ancestor)]
    position = f"@{fields.index(name)}" if name in fields else ""
    given = argument(tracer.names, instance.call, instance.frame, f"${name}{position}")
    return given if isinstance(given, Given) else None


def _fields(kind: object) -> Iterator[str]:
    if isinstance(kind, Kind):
        for assign in kind.definition.assigns:
            if assign.annotation is not None and isinstance(assign.targets[0], o.Name):
                yield assign.targets[0].id


def _returned(tracer: Tracer, method: o.Function, kind: Kind, instance: Instance) -> Iterator[Way]:
    """What a property gives back."""
    frame = tracer.names.frames.method_frame(method, kind, instance)
    for statement in method.statements:
        if isinstance(statement, o.Leave) and statement.kind == "return" and statement.value is not None:
            yield from tracer.ways(statement.value, frame)


def set_later(scope: o.Function, name: o.Name) -> Iterator[o.Value]:
    """Values put under a key of a mapping before the mapping is used, and what a hash is fed with."""
    for statement in scope.statements:
        if statement.start >= name.start:
            return
        if isinstance(statement, o.Assign) and statement.value is not None:
            if any(_is_entry_of(target, name.id) for target in statement.targets):
                yield statement.value
        elif isinstance(statement, o.Do) and isinstance(statement.value, o.Call):
            callee = statement.value.callee
            if isinstance(callee, o.Attribute) and callee.name == "update" and _is(callee.base, name.id):
                yield from (one.value for one in statement.value.arguments)


def _is_entry_of(target: o.Value, name: str) -> bool:
    return isinstance(target, o.Subscript) and _is(target.base, name)


def _is(value: o.Value, name: str) -> bool:
    return isinstance(value, o.Name) and value.id == name
