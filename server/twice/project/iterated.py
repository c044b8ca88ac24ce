"""What a loop over a generator of ours is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.things import Frame, Instance, Kind, Routine, Thing, is_context_manager

if TYPE_CHECKING:
    from twice.project.names import Names


# What a loop over an object asks it for, until that ends it.
_NEXT = ("__next__", "__anext__")


def generator(names: Names, value: o.Value, frame: Frame) -> tuple[Routine, o.Call | None] | None:
    """The generator of ours that a loop over this value runs, with its call; an object's ``__iter__`` has none."""
    called = value.value if isinstance(value, o.Await) else value
    call = called if isinstance(called, o.Call) else None
    thing = names.resolve(call.callee, frame) if call is not None else None
    if not isinstance(thing, Routine):
        thing, call = _iterator(names, names.resolve(called, frame)), None
    if not isinstance(thing, Routine) or not thing.function.yields or is_context_manager(thing.function):
        return None
    return None if frame.runs(thing.function) or frame.depth() > 12 else (thing, call)


def _iterator(names: Names, thing: Thing | None) -> Thing | None:
    if not isinstance(thing, Instance) or not isinstance(thing.kind, Kind):
        return None
    return names.member(thing, "__iter__") or names.member(thing, "__aiter__")


def given_out(names: Names, value: o.Value, frame: Frame) -> tuple[tuple[o.Value, Frame], ...]:
    """What the generator behind a value gives out, with the frames in which that stands."""
    found = generator(names, value, frame)
    if found is None:
        return _answered(names, value, frame)
    inside = names.frames.enter(found[0], found[1], frame)
    given: list[tuple[o.Value, Frame]] = []
    for one in found[0].function.yields:
        if one.value is not None:
            given.extend(given_out(names, one.value, inside) if one.delegates else ((one.value, inside),))
    return tuple(given)


def follower(names: Names, value: o.Value, frame: Frame) -> Routine | None:
    """The ``__next__`` of ours that a loop over this object asks for each of its rounds."""
    thing = names.resolve(value.value if isinstance(value, o.Await) else value, frame)
    if not isinstance(thing, Instance) or not isinstance(thing.kind, Kind):
        return None
    found = next((one for name in _NEXT if (one := names.member(thing, name)) is not None), None)
    return found if isinstance(found, Routine) and not frame.runs(found.function) and frame.depth() <= 12 else None


def _answered(names: Names, value: o.Value, frame: Frame) -> tuple[tuple[o.Value, Frame], ...]:
    """What such an object answers each time."""
    found = follower(names, value, frame)
    if found is None:
        return ()
    inside = names.frames.enter(found, None, frame)
    answers = (s.value for s in found.function.statements if isinstance(s, o.Leave) and s.kind == "return")
    return tuple((answer, inside) for answer in answers if answer is not None)
