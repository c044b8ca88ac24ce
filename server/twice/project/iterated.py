"""What a loop over a generator of ours is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.things import Frame, Instance, Kind, Routine, Thing, is_context_manager

if TYPE_CHECKING:
    from twice.project.names import Names


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
        return ()
    inside = names.frames.enter(found[0], found[1], frame)
    given: list[tuple[o.Value, Frame]] = []
    for one in found[0].function.yields:
        if one.value is not None:
            given.extend(given_out(names, one.value, inside) if one.delegates else ((one.value, inside),))
    return tuple(given)
