"""The one value behind a name, an attribute or a call of a function of ours, when there is exactly one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from twice import outline as o
from twice.project.own_values import self_values
from twice.project.scopes import visible
from twice.project.things import File, Frame, Instance, Kind, Routine

if TYPE_CHECKING:
    from twice.project.names import Names


class Given(Struct, frozen=True):
    """An argument: its value and the frame in which it is to be read."""

    value: o.Value
    frame: Frame


def follow(names: Names, given: Given, depth: int = 12) -> Given:
    """The value a name was given, through names and parameters, as far as there is exactly one."""
    value, frame = given.value, given.frame
    if depth == 0:
        return given
    if isinstance(value, o.Name):
        found = _named(names, value, frame)
        return follow(names, found, depth - 1) if found is not None else given
    if isinstance(value, o.Attribute):
        found = _attribute(names, value, frame)
        return follow(names, found, depth - 1) if found is not None else given
    if isinstance(value, o.Await | o.Bind):
        return follow(names, Given(value.value, frame), depth - 1)
    if isinstance(value, o.Call):
        callee = names.resolve(value.callee, frame)
        if isinstance(callee, Routine) and not frame.runs(callee.function) and frame.depth() < 12:
            returned = [s.value for s in callee.function.statements if isinstance(s, o.Leave) and s.kind == "return"]
            if len(returned) == 1 and returned[0] is not None:
                return follow(names, Given(returned[0], names.frames.enter(callee, value, frame)), depth - 1)
    return given


def _named(names: Names, value: o.Name, frame: Frame) -> Given | None:
    scope: o.Function | None = frame.function
    at = value.start
    current: Frame | None = frame
    while scope is not None:
        inside = (
            current if current is not None and current.function is scope else names.frames.own_frame(scope, frame.path)
        )
        if scope.name == "<module>":
            inside = names.frames.module_frame(frame.path)
        found = visible(scope, value.id, at if scope is frame.function else scope.end)
        if len(found) == 1 and found[0].how == "assign" and not found[0].path:
            bound = found[0].value
            return Given(bound, inside) if not isinstance(bound, o.Function | o.Class | o.Import | None) else None
        if len(found) == 1 and isinstance(found[0].value, o.Import):
            return _imported(names, found[0].value, frame.path)
        if found:
            return None
        for parameter in scope.parameters:
            if parameter.name == value.id:
                if value.id in inside.arguments:
                    return Given(*inside.arguments[value.id])
                known = not inside.event and inside.caller is not None and parameter.default is not None
                return (
                    Given(parameter.default, names.frames.module_frame(frame.path))
                    if known and parameter.default
                    else None
                )
        if scope.name == "<module>":
            return None
        current = inside.closure
        outer = scope.outer if current is None else current.function
        scope = outer if outer is not None else names.outlines[frame.path].module
    return None


def _imported(names: Names, statement: o.Import, path: str) -> Given | None:
    if statement.member is None:
        return None
    target = names.modules.find(statement.module, path)
    return _global(names, target, statement.member) if target is not None else None


def _global(names: Names, path: str, name: str) -> Given | None:
    """What a module binds to a name, through those that import it from one another, once each."""
    asked: set[tuple[str, str]] = set()
    while (path, name) not in asked:
        asked.add((path, name))
        module = names.outlines[path].module
        found = visible(module, name, module.end)
        if len(found) != 1:
            return None
        bound = found[0].value
        if isinstance(bound, o.Import):
            target = names.modules.find(bound.module, path) if bound.member is not None else None
            if target is None:
                return None
            path, name = target, str(bound.member)
            continue
        if found[0].how != "assign" or found[0].path or isinstance(bound, o.Function | o.Class | None):
            return None
        return Given(bound, names.frames.module_frame(path))
    return None


def _attribute(names: Names, value: o.Attribute, frame: Frame) -> Given | None:
    base = names.resolve(value.base, frame)
    if isinstance(base, File):
        return _global(names, base.path, value.name)
    kind = base.kind if isinstance(base, Instance) else base
    if not isinstance(kind, Kind):
        return None
    for ancestor in names.ancestors(kind):
        if isinstance(ancestor, Kind):
            found = list(_class_values(names, ancestor, value.name, base if isinstance(base, Instance) else None))
            if found:
                return found[0] if len(found) == 1 else None
    return None


def is_one_of_several(names: Names, value: o.Name | o.Attribute, frame: Frame) -> bool:
    """Can this be more than one value: by a branch, a loop, or several methods that assign it?"""
    if isinstance(value, o.Name):
        scopes = (frame.function, names.outlines[frame.path].module)
        found = next((seen for one in scopes if (seen := visible(one, value.id, value.start))), [])
        return len(found) > 1 or any(one.how == "element" or one.path for one in found)
    base = names.resolve(value.base, frame)
    if not isinstance(base, Instance) or not isinstance(base.kind, Kind):
        return False
    kinds = [one for one in names.ancestors(base.kind) if isinstance(one, Kind)]
    return any(len(_class_values(names, one, value.name, base)) > 1 for one in kinds)


def _class_values(names: Names, kind: Kind, name: str, receiver: Instance | None) -> list[Given]:
    result = [
        Given(assign.value, names.frames.module_frame(kind.path))
        for assign in kind.definition.assigns
        if assign.value is not None and any(isinstance(t, o.Name) and t.id == name for t in assign.targets)
    ]
    for value, _, method in self_values(names, kind, name):
        if value is not None:
            result.append(Given(value, names.frames.method_frame(method, kind, receiver)))
    return result
