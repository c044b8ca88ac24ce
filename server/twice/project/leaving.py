"""Objects that settle an event by themselves when the block that they are entered for is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.calls import Meaning, meanings_of
from twice.project.course import Body, Frontier, Scope
from twice.project.things import Frame, Instance, Outside

if TYPE_CHECKING:
    from twice.project.lift import Lifting


def when_left(lifting: Lifting, value: o.Value, frame: Frame) -> tuple[Meaning, ...]:
    """What leaving the block of a ``with`` means: a library's ``__exit__``, with the arguments of the call that made the object."""
    entered = value.value if isinstance(value, o.Await) else value
    thing = lifting.names.resolve(entered, frame)
    if not isinstance(thing, Instance) or not isinstance(thing.kind, Outside):
        return ()
    left = Outside(f"{thing.kind.name}.__exit__", thing)
    if thing.call is not None and thing.frame is not None:
        return meanings_of(lifting.names, left, thing.call, thing.frame)
    return meanings_of(lifting.names, left, o.Call(value.start, value.end, value, ()), frame)


def settling(lifting: Lifting, found: tuple[Meaning, ...], node: int, block: Callable[[], Body]) -> Frontier:
    """The block of such an object: each way out of it passes the step that settles, a failure the one that is meant for failures."""
    inner, outer = Scope(), lifting.scopes[-1]
    lifting.scopes.append(inner)
    lifting.raising.append([])
    end = block()(frozenset({node}))
    raised = frozenset(lifting.raising.pop())
    lifting.scopes.pop()
    good = tuple(meaning for meaning in found if not meaning.spec.on_failure_only)
    bad = tuple(meaning for meaning in found if meaning.spec.on_failure_only)
    for ways, onward in (
        (inner.returns, outer.returns),
        (inner.breaks, outer.breaks),
        (inner.continues, outer.continues),
    ):
        onward.extend(_step(lifting, good, frozenset(ways)))
    lifting.raising[-1].extend(_step(lifting, bad, raised))
    return _step(lifting, good, end)


def _step(lifting: Lifting, found: tuple[Meaning, ...], frontier: Frontier) -> Frontier:
    """One step with these meanings behind others; where nothing comes, or nothing is meant, there is none."""
    if not frontier or not found:
        return frontier
    node = lifting.step(frontier, "left")
    site = lifting.site("left", node, found[0].call, found[0].frame)
    site.meanings = found
    return frozenset({node})
