"""The verbs: one small documented function each, over facts alone. Their docstrings are user documentation.

Facts that lie in code are related by the flow they share, the others by the tables of the ``World``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import chain
from types import MappingProxyType

from msgspec import Struct

from twice import flow
from twice.facts import NOUNS, Alarm, Comparison, Contract, Effect, Handler, Handover, Key, Queue, Runbook
from twice.flow import Region
from twice.noun import Fact, Traced
from twice.truth import NO, NONE, UNKNOWN, YES, Truth, all_of, any_of, effective, truth
from twice.world import Table, World, graph_of

ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        "event.payload": "Any part of the event's content.",
        "event.id": "The producer's event id.",
        "event.entity": "The id of the thing the event is about (order, customer), equal for many events.",
        "event.timestamp": "A time of the event, from payload or broker.",
        "event.version": "A version of the entity.",
        "event.sequence": "A sequence number of the producer.",
        "event.type": "The field that names the kind of event.",
        "event.delivery": "A value that changes with each delivery: receipt handle, delivery tag, receive count.",
        "event.transport_id": "An id the broker gives at publish: message id, complete position; a resend has another one.",
        "event.position": "A number that repeats elsewhere: offset without partition, packet id.",
        "clock": "The time of this run.",
        "period": "The day, hour or window a time falls into, of the event or of this run; equal for all events in it.",
        "random": "A fresh random value or uuid.",
        "store": "Read from a database.",
        "constant": "A literal.",
        "config": "Environment or settings.",
        "digest": "A stable hash of named fields.",
        "process": "A value that differs between processes: builtin hash of text, id(), pid, host name.",
    }
)

# What the payload holds: a rule that asks for the payload means these as well.
_IN_PAYLOAD = frozenset({"id", "entity", "timestamp", "version", "sequence", "type"})
_PAYLOAD = frozenset({"event.payload", *(f"event.{part}" for part in _IN_PAYLOAD)})
_FIXED = frozenset({"constant", "config"})

# A part of an address that is another one each time: {region}, ${region}
_PARAMETER = re.compile(r"\$?\{[^}]*\}")
_SHORTEST = 3


# --- the verbs -------------------------------------------------------------------------------------------------------


def contains(world: World, one: Fact, other: Fact) -> Truth:
    """A executes B, directly or through calls that can be followed: `handler contains effect`."""
    return _inside(one.region, other)


def encloses(world: World, one: Fact, other: Fact) -> Truth:
    """B lies inside the region of A, a transaction, lock, retry or except: `transaction encloses publish`.

    A comparison encloses what its answer decides about, whether that stands in a branch of it or behind one that leaves;
    a guard encloses what a copy does not come to.
    """
    return _inside(one.region, other)


def precedes(world: World, one: Fact, other: Fact) -> Truth:
    """A has happened before B: YES on every path to B, NO on none, else UNKNOWN: `guard precedes effect`.

    The verb of excuses: use it in `without`.
    """
    return flow.precedes(one.step, other.step)


def follows(world: World, one: Fact, other: Fact) -> Truth:
    """A can be reached after B while the same event is handled, one path is enough: `effect follows ack`.

    The verb of accusations: use it in `with`.
    """
    return flow.follows(one.step, other.step)


def runs(world: World, one: Fact, other: Fact) -> Truth:
    """A starts the code of B: `subscription runs handler`, `function runs handler`, `app runs handler`, `worker runs handler`, `step runs handler`, `test runs handler`.

    A worker runs the scheduler that it is, or has with it.
    """
    return world.runs.pairs.get((one, other), NO)


def feeds(world: World, one: Fact, other: Fact) -> Truth:
    """What A sends reaches B over any number of known hops: `publish feeds queue`, `queue feeds subscription`.

    The way ends at the first handler: what that one sends on is its own.
    """
    return _reached(world, one, True).get(other, NO)


def uses(world: World, one: Fact, other: Fact) -> Truth:
    """A works by means of B: `effect uses client`, `guard uses key`, `handover uses buffer`.

    A handler uses what the steps it contains use.
    """
    if not isinstance(one, Handler):
        return world.uses.pairs.get((one, other), NO)
    ways = (world.uses.pairs[(step, other)] & contains(world, one, step) for step in world.uses.before.get(other, ()))
    return any_of((world.uses.pairs.get((one, other), NO), *ways))


def watches(world: World, one: Fact, other: Fact) -> Truth:
    """The alarm's metric is about this queue, subscription or function: `alarm watches queue`."""
    known = world.watches.pairs.get((one, other), NO)
    return Truth.UNKNOWN if known is NO and isinstance(one, Alarm) and one.is_open else known


def names(world: World, one: Fact, other: Fact) -> Truth:
    """A document speaks of this queue, under one of its names: `contract names queue`, `runbook names queue`.

    A parameter in the name stands for any one word. A broker of another kind has other queues of the name in a contract.
    """
    if not isinstance(other, Queue):
        return NO
    called = other.address or {other.name}
    if isinstance(one, Runbook):
        return truth(any(_speaks_of(one, name) for name in {*called, other.name}))
    kind = other.kind.removesuffix("-fifo")
    if not isinstance(one, Contract) or (
        one.kind and kind and kind != one.kind and not kind.startswith(f"{one.kind}-")
    ):
        return NO
    return truth(any(_is_named(pattern, name) for pattern in one.address for name in called))


def comes_from(value: object, origins: Iterable[str]) -> Truth:
    """At least one part of the value has one of these origins: `key comes from event.timestamp`.

    YES when that holds for every branch that sets the value, NO when for none, else UNKNOWN.
    """
    asked = _asked(origins)
    return _over_ways(value, lambda way: not way.isdisjoint(asked), certain_yes=True)


def comes_only_from(value: object, origins: Iterable[str]) -> Truth:
    """Every varying part of the value has one of these origins: `publish.ordered_by comes only from random`.

    Constants and settings do not vary; they count only when they are asked for.
    """
    asked = _asked(origins)

    def holds(way: frozenset[str]) -> bool:
        return not way.isdisjoint(asked) and way - (_FIXED - asked) <= asked

    return _over_ways(value, holds, certain_yes=False)


class Verb(Struct, frozen=True):
    """A verb: its answer, the nouns it takes on each side (their forms too), and who can stand on the other side.

    ``partners(world, fact, forward)`` are the facts worth asking about: to the right of ``fact``, or to its left.
    A verb without nouns to its right takes origins.
    """

    answer: Callable[..., Truth]
    left: tuple[str, ...]
    right: tuple[str, ...] = ()
    partners: Callable[[World, Fact, bool], Iterable[Fact]] | None = None


def _neighbours(name: str) -> Callable[[World, Fact, bool], Iterable[Fact]]:
    def partners(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
        table: Table = getattr(world, name)
        return (table.after if forward else table.before).get(fact, ())

    return partners


def _watching_or_watched(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    near = _neighbours("watches")(world, fact, forward)
    if forward and isinstance(fact, Alarm) and fact.is_open:
        return dict.fromkeys((*near, *(one for noun in _WATCHED for one in world.everything(noun))))
    anything = () if forward else (one for one in world.everything("alarm") if isinstance(one, Alarm) and one.is_open)
    return dict.fromkeys((*near, *anything))


def _same_flow(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    graph = graph_of(fact)
    return world.by_graph.get(graph, ()) if graph is not None else ()


def _tools_or_users(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    near = dict.fromkeys(_neighbours("uses")(world, fact, forward))
    steps = _same_flow(world, fact, True) if isinstance(fact, Handler) and forward else ()
    for step in steps:
        near.update(dict.fromkeys(world.uses.after.get(step, ())))
    for step in () if forward else tuple(near):
        near.update(dict.fromkeys(other for other in _same_flow(world, step, False) if isinstance(other, Handler)))
    return near


def _any_of(right: str, *left: str) -> Callable[[World, Fact, bool], Iterable[Fact]]:
    return lambda world, fact, forward: chain.from_iterable(map(world.everything, (right,) if forward else left))


def _fed_or_feeding(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    return _reached(world, fact, forward)


_STEPS = (
    *("effect", "guard", "key", "ack", "lock", "swallow", "retry", "transaction", "wait", "handover"),
    *("read", "parse", "loop", "exit", "comparison"),
)

_WATCHED = ("queue", "subscription", "function")

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "contains": Verb(contains, ("handler", "handover", "loop"), (*_STEPS, "handler"), _same_flow),
        "precedes": Verb(precedes, _STEPS, _STEPS, _same_flow),
        "follows": Verb(follows, _STEPS, _STEPS, _same_flow),
        "encloses": Verb(
            encloses, ("transaction", "lock", "retry", "swallow", "comparison", "guard"), _STEPS, _same_flow
        ),
        "runs": Verb(
            runs,
            ("subscription", "function", "app", "worker", "step", "test"),
            ("handler", "scheduler"),
            _neighbours("runs"),
        ),
        "feeds": Verb(
            feeds,
            ("effect", "handover", "queue", "handler", "schedule"),
            ("queue", "subscription", "handler"),
            _fed_or_feeding,
        ),
        "uses": Verb(
            uses,
            ("handler", "effect", "guard", "wait", "lock", "handover", "ack"),
            ("client", "key", "buffer"),
            _tools_or_users,
        ),
        "watches": Verb(watches, ("alarm",), _WATCHED, _watching_or_watched),
        "names": Verb(names, ("contract", "runbook"), ("queue",), _any_of("queue", "contract", "runbook")),
        "comes from": Verb(comes_from, ("key", "comparison", "parse")),
        "comes only from": Verb(comes_only_from, ("key", "comparison", "parse")),
    }
)


def takes(nouns: Iterable[str], noun: str) -> bool:
    """Is this noun, or the one it is a form of, among these?"""
    return any(issubclass(NOUNS[noun], NOUNS[allowed]) for allowed in nouns if allowed in NOUNS)


@cache
def _pattern(address: str) -> re.Pattern[str]:
    return re.compile(r"[^/.:]+".join(re.escape(part) for part in _PARAMETER.split(address)))


def _is_named(address: str, name: str) -> bool:
    return name == address or (_PARAMETER.search(address) is not None and _pattern(address).fullmatch(name) is not None)


def _speaks_of(document: Runbook, name: str) -> bool:
    """With more in it than parameters: else it would be the name of anything."""
    fixed = _PARAMETER.sub("", name)
    if fixed == name:
        return name in document.address
    return len(fixed.strip("-_.")) > _SHORTEST and any(_is_named(name, one) for one in document.address)


# --- how the verbs find their answers --------------------------------------------------------------------------------


def _inside(region: Region | None, fact: Fact) -> Truth:
    if fact.step is not None:
        return flow.encloses(region, fact.step)
    if region is None or fact.region is None or region.graph is not fact.region.graph:
        return NO
    return truth(bool(fact.region.nodes) and fact.region.nodes <= region.nodes)


def _over_ways(value: object, holds: Callable[[frozenset[str]], bool], certain_yes: bool) -> Truth:
    """Ask every alternative. An untraced part leaves a YES standing only where a part is enough."""
    value = effective(value)
    if isinstance(value, Key | Comparison):
        value = effective(value.value)
    if value is UNKNOWN:
        return Truth.UNKNOWN
    if value is NONE:
        return NO
    if not isinstance(value, Traced):
        return truth(not isinstance(value, Fact) and holds(frozenset({"constant"})))
    answers = [truth(holds(way)) for way in value.ways]
    if answers and all_of(answers) is YES:
        return YES if certain_yes or value.complete else Truth.UNKNOWN
    if not value.complete:
        return Truth.UNKNOWN if certain_yes or any_of(answers) is YES or not answers else NO
    return Truth.UNKNOWN if any_of(answers) is YES else NO


def _asked(origins: Iterable[str]) -> frozenset[str]:
    asked = frozenset(origins)
    return asked | _PAYLOAD if "event.payload" in asked else asked


def _reached(world: World, start: Fact, forward: bool) -> Mapping[Fact, Truth]:
    known = world._fed.get((start, forward))
    if known is not None:
        world.trail.facts.update(known)
        return known
    reached: dict[Fact, Truth] = {}
    waiting: list[tuple[Fact, Truth]] = [(start, YES)]
    while waiting:
        fact, so_far = waiting.pop()
        if isinstance(fact, Handler) and fact is not start:
            continue
        for next_fact, hop in _next(world, fact, forward):
            answer = so_far & hop
            if answer.value > reached.get(next_fact, NO).value:
                reached[next_fact] = answer
                waiting.append((next_fact, answer))
    world._fed[(start, forward)] = reached
    world.trail.facts.update(reached)
    return reached


def _next(world: World, fact: Fact, forward: bool) -> Iterable[tuple[Fact, Truth]]:
    """The hops from a fact: those of the table, and between a handler and the effects it contains."""
    table = world.feeds
    for other in (table.after if forward else table.before).get(fact, ()):
        yield other, table.pairs[(fact, other) if forward else (other, fact)]
    if forward and isinstance(fact, Handler):
        for other in _same_flow(world, fact, True):
            if isinstance(other, Effect | Handover) and other in table.after:
                yield other, contains(world, fact, other) & other.certain
    if not forward and isinstance(fact, Effect | Handover):
        for other in _same_flow(world, fact, False):
            if isinstance(other, Handler):
                yield other, contains(world, other, fact) & fact.certain
