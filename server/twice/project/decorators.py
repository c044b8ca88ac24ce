"""What a decorator makes of a function: an object of a library's type, or of the class that the project names for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project import imports
from twice.project.things import Frame, Instance, Kind, Outside, Routine, Thing, is_name

if TYPE_CHECKING:
    from twice.project.names import Names


def decorated(names: Names, function: o.Function, path: str) -> Instance | None:
    """The object a decorated function becomes (a task, say), also through a decorator of ours; one of a class of ours
    when the decorator, or the application it belongs to, names one."""
    if not function.decorators:
        return None
    if id(function) not in names.decorated_as:
        names.frames.keep(function)
        names.decorated_as[id(function)] = None  # a decorator that is asked about itself
        names.decorated_as[id(function)] = _made_by_decorator(names, function, path)
    return names.decorated_as[id(function)]


def _made_by_decorator(names: Names, function: o.Function, path: str) -> Instance | None:
    frame = names.frames.module_frame(path)
    for decorator in function.decorators:
        thing = names.resolve(decorator.callee if isinstance(decorator, o.Call) else decorator, frame)
        for outside, call, inside in decorations(names, thing):
            typed = next((t for n in names.spellings(outside) if (t := names.libraries.types.get(f"{n}@"))), None)
            if typed is not None:
                used = call or (decorator if isinstance(decorator, o.Call) else None)
                return _of_class(names, typed, outside, used, inside or frame)
    return None


def _of_class(names: Names, typed: str, outside: Outside, call: o.Call | None, frame: Frame) -> Instance | None:
    """None when a class is named that nobody here knows: what its objects do cannot be told."""
    for name in names.libraries.classes.get(typed, ()):
        given = _class_named(names, name, outside, call, frame)
        if given is not None:
            thing, inside = given
            text = thing.value if isinstance(thing, o.Literal) else None
            written = imports.written_out(names, text, inside.path) if isinstance(text, str) else None
            found = written or names.resolve(thing, inside)
            if isinstance(found, Kind):
                return Instance(found, call, frame)
            known = isinstance(found, Outside) and typed in names.lineage(found.name)
            return Instance(Outside(typed)) if known else None
    return Instance(Outside(typed))


def _class_named(
    names: Names, name: str, outside: Outside, call: o.Call | None, frame: Frame
) -> tuple[o.Value, Frame] | None:
    """The argument of the decorator, or of the call that made the application, or an attribute of the application's class."""
    app = outside.receiver
    for made, inside in ((call, frame), (app.call, app.frame) if app is not None else (None, None)):
        for one in made.arguments if made is not None else ():
            if one.name == name and inside is not None:
                return one.value, inside
    for ancestor in names.ancestors(app.kind) if app is not None and isinstance(app.kind, Kind) else ():
        if isinstance(ancestor, Kind):
            for assign in ancestor.definition.assigns:
                if assign.value is not None and any(is_name(target, name) for target in assign.targets):
                    return assign.value, names.frames.module_frame(ancestor.path)
    return None


def decorations(
    names: Names, thing: Thing | None, depth: int = 3
) -> Iterator[tuple[Outside, o.Call | None, Frame | None]]:
    """The library decorators a decorator applies: itself, or those that a decorator of ours calls inside."""
    if isinstance(thing, Outside):
        yield thing, None, None
    elif isinstance(thing, Routine) and depth:
        frame = names.frames.own_frame(thing.function, thing.path)
        for call, inside in _inner_calls(names, thing.function, frame):
            callee = names.resolve(call.callee, inside)
            if isinstance(callee, Outside):
                yield callee, call, inside
            elif isinstance(callee, Routine) and callee.function is not thing.function:
                yield from decorations(names, callee, depth - 1)


def _inner_calls(names: Names, function: o.Function, frame: Frame) -> Iterator[tuple[o.Call, Frame]]:
    for call in function.calls:
        yield call, frame
    for statement in function.statements:
        if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
            inner = names.frames.own_frame(statement.what, frame.path)
            for decorator in statement.what.decorators:
                call = (
                    decorator
                    if isinstance(decorator, o.Call)
                    else o.Call(decorator.start, decorator.end, decorator, ())
                )
                yield call, frame
            yield from _inner_calls(names, statement.what, inner)
