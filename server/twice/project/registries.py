"""Functions that a program keeps in a mapping or a list of its own, and calls by what an event says: a registry of handlers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from twice import outline as o
from twice.project.arguments import bound
from twice.project.contexts import callers, plain_frame
from twice.project.own_values import self_values
from twice.project.receivers import calls_on
from twice.project.scopes import bindings, visible
from twice.project.things import Frame, Instance, Kind, Outside, Routine
from twice.project.values import Given, follow

if TYPE_CHECKING:
    from twice.project.names import Names

# A registry of more functions than these is followed in part.
_MOST = 40
_DEEPEST = 4
_ADDING = ("append", "add", "insert", "setdefault", "update", "extend")


class _Place(Struct, frozen=True):
    """Where a registry is kept: a name of a module, or an attribute of the objects of a class."""

    path: str
    name: str
    kind: Kind | None = None


def chosen(names: Names, callee: o.Value, frame: Frame) -> tuple[Routine, ...]:
    """The functions one of which is called here; empty when the callee is no entry of a registry."""
    key = (id(callee), id(frame))
    known = names.registries.get(key)
    if known is None:
        names.frames.keep((callee, frame))
        base = _registry(names, callee, frame)
        found = _entries(names, *base) if base is not None else _kept(names, callee, frame)
        known = names.registries[key] = tuple({id(one.function): one for one in islice(found, _MOST)}.values())
    return known


def decorated_by(names: Names, receiver: Instance | None, including: Sequence[str]) -> tuple[Routine, ...]:
    """The functions that a library's object decorates, and those of the objects that its methods take in."""
    if receiver is None or receiver.call is None:
        return ()
    makers: list[o.Call] = [receiver.call]
    for method in including:
        for call, frame in calls_on(names, receiver, method):
            taken = [names.resolve(one.value, frame) for one in call.arguments]
            makers += [one.call for one in taken if isinstance(one, Instance) and one.call is not None]
    return tuple(routine for made in makers for routine in _decorated(names).get(id(made), ()))


def _kept(names: Names, callee: o.Value, frame: Frame) -> Iterator[Routine]:
    """What an object was given to call, where it was made: ``Poller(callback=handle)``, and in it ``self.callback(message)``."""
    owner = names.resolve(callee.base, frame) if isinstance(callee, o.Attribute) else None
    if not isinstance(callee, o.Attribute) or not isinstance(owner, Instance) or not isinstance(owner.kind, Kind):
        return
    for base in names.ancestors(owner.kind):
        for value, _, method in self_values(names, base, callee.name) if isinstance(base, Kind) else ():
            assert isinstance(base, Kind)
            if value is not None:
                yield from _added_functions(names, method, names.frames.method_frame(method, base, owner), value)


def _registry(names: Names, callee: o.Value, frame: Frame) -> tuple[o.Value, Frame] | None:
    """What an entry is taken from: ``HANDLERS[kind]``, ``HANDLERS.get(kind)``, or the source of a loop over it."""
    value, home = callee, frame
    if isinstance(value, o.Name):
        seen = visible(frame.function, value.id, value.start)
        if len(seen) != 1 or not isinstance(seen[0].value, o.Subscript | o.Call | o.Name | o.Attribute) or seen[0].path:
            return None
        if seen[0].how == "element":
            source = seen[0].value
            return (_taken_from(source) or source), home
        if seen[0].how != "assign":
            return None
        value = seen[0].value
    base = _taken_from(value)
    return (base, home) if base is not None else None


def _taken_from(value: o.Value) -> o.Value | None:
    if isinstance(value, o.Subscript):
        return value.base
    if isinstance(value, o.Call) and isinstance(value.callee, o.Attribute):
        return value.callee.base if value.callee.name in ("get", "pop", "values", "items", "setdefault") else None
    return None


def _entries(names: Names, base: o.Value, frame: Frame) -> Iterator[Routine]:
    """The functions that are written in the registry, and those that are put there later."""
    found = follow(names, Given(base, frame))
    yield from _in_display(names, found.value, found.frame, _DEEPEST)
    place = _place(names, base, frame)
    for function, inside, value in _added(names, place) if place is not None else ():
        yield from _added_functions(names, function, inside, value)


def _in_display(names: Names, value: o.Value, frame: Frame, deeper: int) -> Iterator[Routine]:
    match value:
        case o.Mapping():
            inner = [one for _, one in value.items]
        case o.Collection():
            inner = list(value.items)
        case _:
            routine = _routine(names, value, frame)
            if routine is not None:
                yield routine
            return
    for one in inner if deeper else ():
        yield from _in_display(names, one, frame, deeper - 1)


def _routine(names: Names, value: o.Value, frame: Frame) -> Routine | None:
    thing = names.resolve(value, frame)
    if isinstance(thing, Instance) and isinstance(thing.kind, Kind):
        thing = names.member(thing, "__call__")
    return thing if isinstance(thing, Routine) else None


# What is put there later


def _place(names: Names, base: o.Value, frame: Frame) -> _Place | None:
    if isinstance(base, o.Attribute):
        owner = names.resolve(base.base, frame)
        kind = owner.kind if isinstance(owner, Instance) else owner
        return _Place(kind.path, base.name, kind) if isinstance(kind, Kind) else None
    if not isinstance(base, o.Name):
        return None
    for binding in bindings(names.outlines[frame.path].module).get(base.id, ()):
        if isinstance(binding.value, o.Import) and binding.value.member is not None:
            home = names.modules.find(binding.value.module, frame.path)
            return _Place(home, binding.value.member) if home is not None else None
        return _Place(frame.path, base.id)
    return None


def _added(names: Names, place: _Place) -> Iterator[tuple[o.Function, Frame, o.Value]]:
    """The values that are put into a registry, with the functions that do so."""
    for function, frame in _writers(names, place):
        for statement in function.statements:
            if isinstance(statement, o.Assign) and statement.value is not None:
                targets = [target for target in statement.targets if isinstance(target, o.Subscript)]
                if any(_is_it(target, place, function) for target in targets):
                    yield function, frame, statement.value
            elif isinstance(statement, o.Do) and isinstance(statement.value, o.Call):
                callee = statement.value.callee
                if isinstance(callee, o.Attribute) and callee.name in _ADDING and _is_it(callee.base, place, function):
                    yield from ((function, frame, one.value) for one in statement.value.arguments[-1:])


def _writers(names: Names, place: _Place) -> Iterator[tuple[o.Function, Frame]]:
    """The functions that may put something there: all methods of the class, or the module with all its functions."""
    if place.kind is not None:
        for base in names.ancestors(place.kind):
            for method in base.definition.methods.values() if isinstance(base, Kind) else ():
                assert isinstance(base, Kind)
                yield method, names.frames.method_frame(method, base, Instance(place.kind))
        return
    outline = names.outlines[place.path]
    yield outline.module, names.frames.module_frame(place.path)
    for function in outline.everywhere():
        yield function, names.frames.own_frame(function, place.path)


def _is_it(value: o.Value, place: _Place, function: o.Function) -> bool:
    """Is this the registry, or an entry of it that is a list?"""
    while True:
        match value:
            case o.Subscript():
                value = value.base
            case o.Call(callee=o.Attribute(name="setdefault" | "get", base=base)):
                value = base
            case o.Attribute(base=o.Name(id=own)) if place.kind is not None:
                first = function.parameters[0].name if function.parameters else ""
                return value.name == place.name and own == first
            case o.Name():
                return place.kind is None and value.id == place.name
            case _:
                return False


def _added_functions(names: Names, function: o.Function, frame: Frame, value: o.Value) -> Iterator[Routine]:
    """A function that is named there; or those that are given to the function that puts its parameter there."""
    routine = _routine(names, value, frame)
    if routine is not None:
        yield routine
        return
    scope: o.Function | None = function if isinstance(value, o.Name) else None
    while scope is not None and isinstance(value, o.Name):
        parameters = [p for p in scope.parameters if not (scope.owner is not None and p.name in ("self", "cls"))]
        if any(parameter.name == value.id for parameter in parameters):
            if parameters[0].name == value.id:
                for decorator in (scope, scope.outer):
                    yield from _decorated(names).get(id(decorator), ())
            for site in callers(names, scope):
                given = bound(parameters, site.call, plain_frame(names, site), 0).get(value.id)
                passed = _routine(names, *given) if given is not None else None
                if passed is not None:
                    yield passed
            return
        scope = scope.outer


def _decorated(names: Names) -> dict[int, list[Routine]]:
    """The functions of the workspace by the decorators of ours that stand above them, or by the call that made the object which decorates them."""
    if names.decorated_by is None:
        names.decorated_by = {}
        for path, outline in names.code.items():
            outer = names.frames.module_frame(path)
            for function in (one for one in outline.functions if one.decorators):
                for decorator in function.decorators:
                    thing = names.resolve(decorator.callee if isinstance(decorator, o.Call) else decorator, outer)
                    by: o.Function | o.Call | None = thing.function if isinstance(thing, Routine) else None
                    if isinstance(thing, Outside) and thing.receiver is not None:
                        by = thing.receiver.call
                    if by is not None:
                        receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
                        names.decorated_by.setdefault(id(by), []).append(Routine(function, path, receiver))
    return names.decorated_by
