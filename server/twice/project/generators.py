"""Loops over generators of ours, and blocks inside context managers that are written as one: they run where it gives out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.project import calling, iterated, leaving
from twice.project.calls import Meaning, meanings, meanings_of
from twice.project.course import Body, Frontier, Scope, Site
from twice.project.things import Frame, Instance, Outside, Routine, is_context_manager

if TYPE_CHECKING:
    from twice.project.lift import Lifting


def over(
    lifting: Lifting, statement: o.Loop, frame: Frame, frontier: Frontier, routine: Routine, call: o.Call | None
) -> Frontier:
    """A loop over a generator of ours: its rounds happen where the generator gives something out."""
    frontier = lifting.values(o.parts(call) if call is not None else (statement.source,), frame, frontier)
    head = lifting.step(frontier, "loop")
    site = lifting.site("loop", head, statement, frame)
    scope = Scope(lifting.scopes[-1].returns)
    body = round_of(lifting, statement, frame, scope, site)
    end = calling.inline(lifting, routine, call, frame, head, taker=body)
    if not site.inside:
        end |= body(end)
    return lifting.block(statement.otherwise, frame, end) | frozenset(scope.breaks)


def round_of(lifting: Lifting, statement: o.Loop, frame: Frame, scope: Scope, site: Site | None = None) -> Body:
    """One round of a loop over a generator. Its failures are the loop's, not the generator's."""
    level, failures = len(lifting.takers), lifting.raising[-1]

    def body(frontier: Frontier) -> Frontier:
        start = lifting.count
        takers, lifting.takers = lifting.takers, lifting.takers[:level]
        lifting.scopes.append(scope)
        lifting.raising.append(failures)
        end = lifting.block(statement.body, frame, frontier) | frozenset(scope.continues)
        lifting.raising.pop()
        lifting.scopes.pop()
        lifting.takers = takers
        scope.continues.clear()
        lifting.foreign.append((level, lifting.since(start)))
        if site is not None:
            site.inside |= lifting.since(start)
            site.again |= end
        return end

    return body


def given(lifting: Lifting, value: o.Yield, frame: Frame, frontier: Frontier) -> Frontier:
    """What a generator gives out goes to the loop or the block that takes it, which runs in its place."""
    taker = next((taker for taker in reversed(lifting.takers) if taker.frame is frame), None)
    inner = (
        iterated.generator(lifting.names, value.value, frame) if value.delegates and value.value is not None else None
    )
    frontier = lifting.values(o.parts(value), frame, frontier) if inner is None else frontier
    node = lifting.step(frontier, "yield")
    if inner is not None and taker is not None:
        return calling.inline(lifting, *inner, frame, node, taker=taker.body)
    return taker.body(frozenset({node})) if taker is not None else frozenset({node})


def within(
    lifting: Lifting, items: tuple[tuple[o.Value, o.Value | None], ...], body: o.Block, frame: Frame, frontier: Frontier
) -> Frontier:
    """The block of a with, inside the first of its items and those that follow."""
    if not items:
        return lifting.block(body, frame, frontier)
    value = items[0][0]
    found = manager(lifting, value, frame)
    frontier = lifting.values(o.parts(found[1]) if found is not None else (value,), frame, frontier)
    node = lifting.step(frontier, "with")
    site = lifting.site("with", node, value, frame)
    site.meanings = entering(lifting, value, frame)
    settled = leaving.when_left(lifting, value, frame) if found is None else ()
    if settled:
        return leaving.settling(lifting, settled, node, lambda: block_of(lifting, items[1:], body, frame, site))
    inside = block_of(lifting, items[1:], body, frame, site)
    if found is not None:
        return calling.inline(lifting, *found, frame, node, taker=inside)
    lifting.raising.append([])
    end = inside(frozenset({node}))
    raised = lifting.raising.pop()
    if any("swallow" in meaning.spec.nouns for meaning in site.meanings):
        return end | frozenset(raised) | {node}
    lifting.raising[-1].extend(raised)
    return end


def block_of(
    lifting: Lifting, items: tuple[tuple[o.Value, o.Value | None], ...], body: o.Block, frame: Frame, site: Site
) -> Body:
    """The block of a with. Its failures come up where the manager stands."""
    level, scope = len(lifting.takers), lifting.scopes[-1]

    def inside(frontier: Frontier) -> Frontier:
        start = lifting.count
        takers, lifting.takers = lifting.takers, lifting.takers[:level]
        lifting.scopes.append(scope)
        end = within(lifting, items, body, frame, frontier)
        lifting.scopes.pop()
        lifting.takers = takers
        site.inside |= lifting.since(start)
        return end

    return inside


def manager(lifting: Lifting, value: o.Value, frame: Frame) -> tuple[Routine, o.Call] | None:
    """The context manager of ours that a with enters, written as a generator."""
    called = value.value if isinstance(value, o.Await) else value
    thing = lifting.names.resolve(called.callee, frame) if isinstance(called, o.Call) else None
    if not isinstance(called, o.Call) or not isinstance(thing, Routine) or frame.runs(thing.function):
        return None
    return (thing, called) if is_context_manager(thing.function) and thing.function.yields else None


def entering(lifting: Lifting, value: o.Value, frame: Frame) -> tuple[Meaning, ...]:
    """What a ``with`` means: what its call means, else what entering the object means."""
    called = value.value if isinstance(value, o.Await) else value
    found = meanings(lifting.names, called, frame) if isinstance(called, o.Call) else ()
    if found:
        return found
    thing = lifting.names.resolve(called, frame)
    if isinstance(thing, Instance) and isinstance(thing.kind, Outside):
        entered = Outside(f"{thing.kind.name}.__enter__", thing)
        return meanings_of(lifting.names, entered, o.Call(value.start, value.end, value, ()), frame)
    return ()
