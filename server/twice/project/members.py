"""The members of the classes of ours: methods, attributes of the class, and what its methods assign to ``self``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from twice import outline as o
from twice.project import results
from twice.project.given import argument
from twice.project.own_values import self_values
from twice.project.things import Instance, Kind, Outside, Routine, Thing, has_decorator
from twice.project.values import Given

if TYPE_CHECKING:
    from twice.project.names import Names


def member_of(names: Names, kind: Kind, name: str, receiver: Instance | None) -> Thing | None:
    """What a member of a class stands for, for an object of it or for the class itself."""
    name = _overridden(names, kind, name)
    outside: Outside | None = None
    for ancestor in names.ancestors(kind):
        if isinstance(ancestor, Outside):
            outside = outside or ancestor
            continue
        if (method := ancestor.definition.methods.get(name)) is not None:
            return _method(names, method, ancestor.path, receiver or kind)
        if (thing := _attribute(names, ancestor, name, receiver)) is not None:
            return thing
    thing = names.outside(f"{outside.name}.{name}", receiver) if outside is not None else None
    made = isinstance(thing, Instance) and thing.element is None
    return replace(thing, element=kind) if made and isinstance(thing, Instance) else thing


def _overridden(names: Names, kind: Kind, name: str) -> str:
    """The method that does the work of a library's method, when a class of ours has its own."""
    methods = [base.definition.methods for base in names.ancestors(kind) if isinstance(base, Kind)]
    if any(name in own for own in methods):
        return name
    for typed in names.type_names(kind):
        via = next((spec.via for spec in names.libraries.calls.get(f"{typed}.{name}", ()) if spec.via), "")
        if via and any(via in own for own in methods):
            return via
    return name


def _method(names: Names, method: o.Function, path: str, receiver: Thing) -> Thing | None:
    routine = Routine(method, path, receiver)
    if any(has_decorator(method, word) for word in ("property", "cached_property")):
        return results.returned(names, routine, None, None)
    return routine


def _attribute(names: Names, kind: Kind, name: str, receiver: Instance | None) -> Thing | None:
    for assign in kind.definition.assigns:
        if any(isinstance(target, o.Name) and target.id == name for target in assign.targets):
            frame = names.frames.around(kind.definition, kind.path)
            thing = _field(names, kind, name, receiver) or names.resolve(assign.value, frame)
            if thing is None and assign.annotation is not None:
                thing = names.annotated(assign.annotation, frame)
            if thing is not None:
                return thing
    for value, annotation, method in self_values(names, kind, name):
        frame = names.frames.method_frame(method, kind, receiver)
        thing = names.resolve(value, frame) if value is not None else None
        if thing is None:
            thing = names.annotated(annotation, frame)
        if thing is not None:
            return thing
    return _field(names, kind, name, receiver)


def _field(names: Names, kind: Kind, name: str, receiver: Instance | None) -> Thing | None:
    """A field that the call which made the object gives: of a dataclass, a named tuple, a model."""
    if receiver is None or receiver.call is None or receiver.frame is None or "__init__" in kind.definition.methods:
        return None
    fields = [t.id for one in kind.definition.assigns if one.annotation for t in one.targets if isinstance(t, o.Name)]
    if name not in fields:
        return None
    given = argument(names, receiver.call, receiver.frame, f"${name}@{fields.index(name)}")
    return names.resolve(given.value, given.frame) if isinstance(given, Given) else None


def handed(names: Names, method: o.Function, index: int, path: str) -> Instance | None:
    """What a library hands to a method that it calls of a class of ours: ``BASE.method($0)`` among the types."""
    key = f".{method.name}(${index - 1})"
    if method.owner is None or key not in names.libraries.handed:
        return None
    types = names.libraries.types
    found = (types[base + key] for base in names.type_names(Kind(method.owner, path)) if base + key in types)
    return next((Instance(Outside(typed)) for typed in found), None)
