"""Decorators of ours: the function that runs in the place of the one they decorate, when they put one around it."""

from __future__ import annotations

from msgspec.structs import replace

from twice import outline as o
from twice.project.arguments import bound
from twice.project.names import Names
from twice.project.things import Frame, Routine


def wrapper_of(names: Names, function: o.Function, path: str, closure: Frame | None = None) -> Routine | None:
    """What a call of the decorated function really runs; None when no decorator of ours puts anything around it."""
    key = id(function)
    if key not in names.wrappers:
        names.wrappers[key] = None
        names.wrappers[key] = _wrapped(names, function, path, closure)
    return names.wrappers[key]


def entered(names: Names, wrapper: Routine, routine: Routine, call: o.Call | None, caller: Frame) -> Frame:
    """The frame of a wrapper in the place of the function it wraps. That of a method gets the object as its first argument."""
    if routine.receiver is None or call is None or not isinstance(call.callee, o.Attribute):
        return names.frames.enter(wrapper, call, caller)
    first, *others = wrapper.function.parameters or (None,)
    frame = names.frames.enter(replace(wrapper, receiver=routine.receiver), call, caller)
    if first is not None and not first.star:
        frame.arguments = {**bound(others, call, caller), first.name: (call.callee.base, caller)}
    return frame


def standing_for(names: Names, wrapper: Routine, frame: Frame) -> Frame:
    """The frame of a wrapper around a handler: its parameters carry what those of the handler carry."""
    own = [p.name for p in wrapper.function.parameters if not p.star]
    others = [p.name for p in frame.function.parameters if not p.star]
    places = dict(zip(others, own, strict=False))
    made = names.frames.enter(wrapper, None, None)
    made.event = {places[name]: kind for name, kind in frame.event.items() if name in places}
    made.given = {places[name]: kind for name, kind in frame.given.items() if name in places}
    made.stands_for = frame
    return made


def _wrapped(names: Names, function: o.Function, path: str, closure: Frame | None) -> Routine | None:
    outer = closure or names.frames.module_frame(path)
    inner, inside = o.Lambda(function.start, function.end, function), outer
    found: Routine | None = None
    for decorator in reversed(function.decorators):
        thing = names.resolve(decorator, outer)
        if not isinstance(thing, Routine) or not thing.function.parameters:
            continue
        argument = o.Argument(decorator.start, decorator.end, None, inner)
        frame = names.frames.enter(thing, o.Call(decorator.start, decorator.end, decorator, (argument,)), inside)
        made = _returned(names, thing.function, frame)
        if made is not None and made.function is not function and made.closure is not None:
            found, inside = made, made.closure
            inner = o.Lambda(made.function.start, made.function.end, made.function)
    return found


def _returned(names: Names, decorating: o.Function, frame: Frame) -> Routine | None:
    """The function a decorator gives back, where it is one of its own."""
    for statement in o.statements(decorating.body):
        if isinstance(statement, o.Leave) and statement.kind == "return":
            thing = names.resolve(statement.value, frame)
            if isinstance(thing, Routine) and thing.function.outer is decorating:
                return thing
    return None
