"""Calls inside a run: functions of ours in the place of the call, functions given away, and decorators around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from twice import outline as o
from twice.project import decorators
from twice.project.calls import Meaning, meanings, meanings_of
from twice.project.course import Body, Frontier, Scope, Site, Taker
from twice.project.given import argument
from twice.project.registries import chosen, decorated_by
from twice.project.things import Frame, Instance, Outside, Routine, is_abstract
from twice.project.values import Given
from twice.project.wrappers import entered, standing_for, wrapper_of

if TYPE_CHECKING:
    from twice.project.lift import Lifting

# Deeper chains are cut; the graph then says that it is not whole.
_DEEPEST_CALL = 10


def call(lifting: Lifting, call: o.Call, frame: Frame, frontier: Frontier) -> Frontier:
    found = meanings(lifting.names, call, frame)
    aside = next((meaning for meaning in found if meaning.spec.runs), None)
    given = handed(lifting, aside) if aside is not None else None
    start = lifting.count
    for part in (call.callee, *(one.value for one in call.arguments)):
        if given is not None and given.value is part and isinstance(part, o.Call):
            frontier = lifting.values(o.parts(part), frame, frontier)
        else:
            frontier = lifting.value(part, frame, frontier)
    settles = any("ack" in meaning.spec.nouns for meaning in found)
    node = settled(lifting, frontier) if settles else lifting.step(frontier, "call")
    site = lifting.site("call", node, call, frame)
    site.meanings = found
    if aside is not None and given is not None:
        return handover(lifting, site, aside, given)
    if aside is not None and aside.spec.runs == "*":
        site.inside = set(range(start, node))
    thing = lifting.names.resolve(call.callee, frame)
    if isinstance(thing, Instance) and not isinstance(thing.kind, Outside):
        callee = lifting.names.resolve(call.callee, frame)
        thing = lifting.names.member(callee, "__call__")
    if isinstance(thing, Routine) and not any("publish" in meaning.spec.nouns for meaning in found):
        return inline(lifting, thing, call, frame, node)
    if thing is None and not found:
        return one_of(lifting, chosen(lifting.names, call.callee, frame), call, call, frame, node)
    for meaning in (one for one in found if one.spec.dispatches):
        routines = decorated_by(lifting.names, meaning.receiver, meaning.spec.dispatches)
        return one_of(lifting, routines, call, None, frame, node)
    return frozenset({node})


def settled(lifting: Lifting, frontier: Frontier) -> int:
    """The step at which an event has been settled: whoever catches the failure of that has an event that is not."""
    node = lifting.step(frozenset({lifting.step(frontier)}), "call")
    lifting.raising[-1].pop()
    return node


def one_of(
    lifting: Lifting, routines: Sequence[Routine], at: o.Call, call: o.Call | None, frame: Frame, node: int
) -> Frontier:
    """The functions of a registry, of which one is called, or none: each is a way of its own."""
    ends = frozenset({node})
    if not lifting.dispatches or id(at) in lifting.dispatched:
        return ends
    lifting.dispatched.add(id(at))
    for routine in routines:
        ends |= inline(lifting, routine, call, frame, node)
    return ends


def handed(lifting: Lifting, meaning: Meaning) -> Given | None:
    if meaning.spec.runs == "*":
        return None
    given = argument(lifting.names, meaning.call, meaning.frame, meaning.spec.runs)
    return given if isinstance(given, Given) else None


def handover(lifting: Lifting, site: Site, meaning: Meaning, given: Given) -> Frontier:
    """A function given away: run now, for each record, aside in another task, or later after the commit."""
    value = given.value.value if isinstance(given.value, o.Await) else given.value
    inner = value if isinstance(value, o.Call) else None
    thing = lifting.names.resolve(inner.callee if inner is not None else value, given.frame)
    if inner is not None and isinstance(thing, Outside) and thing.name == "functools.partial":
        thing, inner = lifting.names.resolve(inner, given.frame), None
    if not isinstance(thing, Routine):
        if isinstance(thing, Outside) and meaning.spec.how == "later":
            called_later(lifting, site, thing, Given(value, given.frame))
        elif isinstance(thing, Outside) and meaning.spec.how in ("now", "aside"):
            return done_by_library(lifting, site, meaning, thing, Given(value, given.frame))
        return frozenset({site.node})
    site.routine = thing
    if meaning.spec.how in ("aside", "later"):
        site.deferred = meaning.spec.how
        lifting.later.append((site, thing, inner, given.frame))
        return frozenset({site.node})
    start = lifting.count
    lifting.raising.append([])
    lifting.scopes.append(Scope())
    begun = lifting.step(frozenset({site.node}), "begun")  # what decorates the function stands in the work, too
    end = inline(lifting, thing, inner, given.frame, begun, each=meaning.spec.how == "each")
    lifting.scopes.pop()
    raised = lifting.raising.pop()
    site.inside = lifting.since(start)
    if meaning.spec.how == "each":
        return end | frozenset(raised)
    lifting.raising[-1].extend(raised)
    return end


def done_by_library(lifting: Lifting, site: Site, meaning: Meaning, thing: Outside, given: Given) -> Frontier:
    """A library's function that is given away with its arguments: ``to_thread(requests.post, url)``, ``create_task(client.post(url))``."""
    value = given.value
    if isinstance(value, o.Call):
        call, found = value, meanings(lifting.names, value, given.frame)
    else:
        call = o.Call(value.start, meaning.call.end, value, tuple(_given_along(meaning.call, value)))
        found = meanings_of(lifting.names, thing, call, given.frame)
    if not found:
        return frozenset({site.node})
    waited_for = meaning.spec.how == "now"
    raising = lifting.raising
    lifting.raising = raising if waited_for else [[]]
    node = lifting.step(frozenset({site.node}), "call")
    lifting.raising = raising
    inner = lifting.site("call", node, call, given.frame)
    inner.meanings = found
    inner.deferred = "" if waited_for else "in aside"
    site.deferred = "" if waited_for else "aside"
    site.inside = {node}
    site.in_thread = not isinstance(value, o.Call)
    return frozenset({node}) if waited_for else frozenset({site.node})


def _given_along(call: o.Call, function: o.Value) -> Iterator[o.Argument]:
    """The arguments for a function that is given away: those behind it, or those in ``args=(...)`` and ``kwargs={...}``."""
    for one in call.arguments:
        if one.name == "args" and isinstance(one.value, o.Collection):
            yield from (o.Argument(item.start, item.end, None, item) for item in one.value.items)
        elif one.name == "kwargs" and isinstance(one.value, o.Mapping):
            named = ((str(key.value), value) for key, value in one.value.items if isinstance(key, o.Literal))
            yield from (o.Argument(value.start, value.end, name, value) for name, value in named)
        elif one.value.start > function.start:
            yield one


def called_later(lifting: Lifting, site: Site, thing: Outside, given: Given) -> None:
    """A library's function that is called after the commit: ``on_commit(task.delay)``, ``on_commit(partial(task.delay, 1))``"""
    value = given.value
    arguments = value.arguments if isinstance(value, o.Call) else ()
    callee = arguments[0].value if arguments else value
    call = o.Call(value.start, value.end, callee, arguments[1:])
    inner = lifting.site("call", site.node, call, given.frame)
    inner.meanings = meanings_of(lifting.names, thing, call, given.frame)
    inner.deferred = "in later"


def deferred(lifting: Lifting, site: Site, routine: Routine, call: o.Call | None, frame: Frame) -> None:
    start = lifting.count
    lifting.raising, lifting.scopes = [[]], [Scope()]
    inline(lifting, routine, call, frame, lifting.step(frozenset({site.node}), "begun"))
    site.inside = lifting.since(start)
    for inner in lifting.run.sites:
        if inner.node in site.inside and not inner.deferred:
            inner.deferred = f"in {site.deferred}"


def inline(
    lifting: Lifting,
    routine: Routine,
    call: o.Call | None,
    frame: Frame,
    node: int,
    each: bool = False,
    taker: Body | None = None,
) -> Frontier:
    """The body of a function of ours in the place of its call. Nothing follows a function that never returns."""
    function = routine.function
    if frame.runs(function) or not lifting.run.graph.whole or is_abstract(function):
        return frozenset({node})
    if frame.depth() > _DEEPEST_CALL:
        lifting.run.graph.whole = False
        return frozenset({node})
    inside = lifting.names.frames.enter(routine, call, frame)
    if call is None:
        inside.call = frame.call
    if each and function.parameters:
        carry_record(lifting, routine, inside)
    surrounding = decorations(lifting, function, inside, node)
    running = wrapped(lifting, routine, call, frame, inside)
    start = lifting.count
    lifting.scopes.append(Scope())
    if taker is not None:
        lifting.takers.append(Taker(inside, taker))
    end = lifting.block(running.function.body, running, run_first(lifting, surrounding, frozenset({node})))
    if taker is not None:
        lifting.takers.pop()
    end |= frozenset(lifting.scopes.pop().returns)
    for site in surrounding:
        site.inside = lifting.since(start)
    return frozenset({lifting.step(end, "returned")}) if end else frozenset()


def wrapped(lifting: Lifting, routine: Routine, call: o.Call | None, frame: Frame, inside: Frame) -> Frame:
    """The frame that runs for a call: that of the function, or of the wrapper that a decorator of ours puts around it."""
    wrapper = wrapper_of(lifting.names, routine.function, routine.path, routine.closure)
    if wrapper is None or frame.runs(wrapper.function):
        return inside
    if inside.event:
        return standing_for(lifting.names, wrapper, inside)
    return entered(lifting.names, wrapper, routine, call, frame)


def carry_record(lifting: Lifting, routine: Routine, inside: Frame) -> None:
    """The function that is run for each record gets one: the event of its root, one step into the batch."""
    parameters = [
        p for p in routine.function.parameters if not (routine.receiver is not None and p.name in ("self", "cls"))
    ]
    root: Frame | None = inside
    while root is not None and not root.event:
        root = root.caller
    if root is not None and parameters:
        kind = next(iter(root.event.values())).partition(":")[0]
        layout = lifting.names.libraries.layouts.get(kind)
        batch = layout.batch[0] if layout is not None and layout.batch else "[]"
        inside.event = {parameters[0].name: f"{kind}:{batch}.[]"}


def decorations(lifting: Lifting, function: o.Function, frame: Frame, node: int) -> list[Site]:
    """The library decorators around a function, as sites at its entry."""
    result: list[Site] = []
    outer = lifting.names.frames.module_frame(frame.path)
    is_wrapped = wrapper_of(lifting.names, function, frame.path, frame.closure) is not None
    for decorator in function.decorators:
        call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())
        found = applied(lifting, meanings(lifting.names, call, outer))
        if not found and not is_wrapped:
            found = own_decorator(lifting, call, outer)
        if found:
            site = lifting.site("decorated", node, decorator, frame)
            site.meanings = found
            result.append(site)
    return result


def applied(lifting: Lifting, found: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """What a decorator means; one that applies another decorator means what that one does."""
    result: list[Meaning] = []
    for meaning in found:
        spec = meaning.spec
        given = argument(lifting.names, meaning.call, meaning.frame, spec.applies) if spec.applies else None
        if not isinstance(given, Given):
            result.append(meaning)
            continue
        value = given.value
        call = value if isinstance(value, o.Call) else o.Call(value.start, value.end, value, ())
        result.extend(meanings(lifting.names, call, given.frame))
    return tuple(result)


def run_first(lifting: Lifting, surrounding: list[Site], frontier: Frontier) -> Frontier:
    """What decorators run before the function they stand around."""
    for site in surrounding:
        for meaning in site.meanings:
            given = handed(lifting, meaning) if meaning.spec.how == "each" else None
            if given is not None:
                frontier = handover(lifting, site, meaning, replace(given, frame=site.frame))
    return frontier


def own_decorator(lifting: Lifting, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    thing = lifting.names.resolve(call.callee, frame)
    if not isinstance(thing, Routine):
        return ()
    found: list[Meaning] = []
    for outside, inner, inside in decorators.decorations(lifting.names, thing):
        if inner is not None and inside is not None:
            made = meanings_of(lifting.names, outside, inner, inside)
            found.extend(m for m in made if {"guard", "transaction", "retry", "lock"} & set(m.spec.nouns))
    return tuple(found)
