"""The verbs: one small documented function each, over facts alone. Their docstrings are user documentation.

A ``World`` is everything that is true of one project: its facts, and which of them run, feed, use and watch each other.
Facts that lie in code are related by the flow they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from twice import flow
from twice.facts import NOUNS, Alarm, Effect, Fact, Function, Handler, Key, Publish, Queue, Subscription, Traced
from twice.flow import Graph, Region
from twice.truth import NO, NONE, UNKNOWN, YES, Setting, Truth, all_of, any_of, effective, truth

Pair = tuple[Fact, Fact]
Pairs = Mapping[Pair, Truth]

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


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Pairs of facts of one relation, found from either side."""

    pairs: Pairs
    after: Mapping[Fact, tuple[Fact, ...]]
    before: Mapping[Fact, tuple[Fact, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """What is true of one project. Made by ``world``; ``writers`` can change its files (see ``fixes``)."""

    facts: tuple[Fact, ...]
    runs: Table
    feeds: Table
    uses: Table
    watches: Table
    writers: Mapping[str, Any]
    by_noun: Mapping[str, tuple[Fact, ...]]
    by_graph: Mapping[Graph, tuple[Fact, ...]]
    _fed: dict[tuple[Fact, bool], Mapping[Fact, Truth]] = field(default_factory=dict)

    def of(self, noun: str) -> tuple[Fact, ...]:
        """The facts of a noun and of its forms."""
        return self.by_noun.get(noun, ())


def world(
    facts: Iterable[Fact],
    runs: Pairs | Iterable[Pair] = (),
    feeds: Pairs | Iterable[Pair] = (),
    uses: Pairs | Iterable[Pair] = (),
    watches: Pairs | Iterable[Pair] = (),
    writers: Mapping[str, Any] | None = None,
) -> World:
    """The world of these facts. Pairs without a truth are certain; pairs that facts say themselves are added."""
    facts = tuple(facts)
    running = _with_functions(facts, _pairs(runs))
    return World(
        facts=facts,
        runs=_table(running),
        feeds=_table(_hops(facts, running) | _pairs(feeds)),
        uses=_table(_tools(facts) | _pairs(uses)),
        watches=_table(_watched(facts) | _pairs(watches)),
        writers=writers or {},
        by_noun=_by_noun(facts),
        by_graph=_by_graph(facts),
    )


# --- the verbs -------------------------------------------------------------------------------------------------------


def contains(world: World, one: Fact, other: Fact) -> Truth:
    """A executes B, directly or through calls that can be followed: `handler contains effect`."""
    return _inside(one.region, other)


def encloses(world: World, one: Fact, other: Fact) -> Truth:
    """B lies inside the region of A, a transaction, lock, retry or except: `transaction encloses publish`."""
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
    """A starts the code of B: `subscription runs handler`, `function runs handler`, `app runs handler`."""
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
    return world.watches.pairs.get((one, other), NO)


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


@dataclass(frozen=True, slots=True)
class Verb:
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


def _same_flow(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    graph = _graph(fact)
    return world.by_graph.get(graph, ()) if graph is not None else ()


def _tools_or_users(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    near = dict.fromkeys(_neighbours("uses")(world, fact, forward))
    steps = _same_flow(world, fact, True) if isinstance(fact, Handler) and forward else ()
    for step in steps:
        near.update(dict.fromkeys(world.uses.after.get(step, ())))
    for step in () if forward else tuple(near):
        near.update(dict.fromkeys(other for other in _same_flow(world, step, False) if isinstance(other, Handler)))
    return near


def _fed_or_feeding(world: World, fact: Fact, forward: bool) -> Iterable[Fact]:
    return _reached(world, fact, forward)


_STEPS = (
    *("effect", "guard", "key", "ack", "lock", "swallow", "retry", "transaction", "wait", "handover"),
    *("read", "parse", "loop", "exit", "comparison"),
)

VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "contains": Verb(contains, ("handler", "handover", "loop"), (*_STEPS, "handler"), _same_flow),
        "precedes": Verb(precedes, _STEPS, _STEPS, _same_flow),
        "follows": Verb(follows, _STEPS, _STEPS, _same_flow),
        "encloses": Verb(encloses, ("transaction", "lock", "retry", "swallow"), _STEPS, _same_flow),
        "runs": Verb(runs, ("subscription", "function", "app"), ("handler",), _neighbours("runs")),
        "feeds": Verb(feeds, ("effect", "queue", "handler"), ("queue", "subscription", "handler"), _fed_or_feeding),
        "uses": Verb(
            uses,
            ("handler", "effect", "guard", "wait", "lock", "handover", "ack"),
            ("client", "key", "buffer"),
            _tools_or_users,
        ),
        "watches": Verb(watches, ("alarm",), ("queue", "subscription", "function"), _neighbours("watches")),
        "comes from": Verb(comes_from, ("key", "comparison", "parse")),
        "comes only from": Verb(comes_only_from, ("key", "comparison", "parse")),
    }
)


def takes(nouns: Iterable[str], noun: str) -> bool:
    """Is this noun, or the one it is a form of, among these?"""
    return any(issubclass(NOUNS[noun], NOUNS[allowed]) for allowed in nouns if allowed in NOUNS)


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
    if isinstance(value, Key):
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


def _graph(fact: Fact) -> Graph | None:
    if fact.step is not None:
        return fact.step.graph
    return fact.region.graph if fact.region is not None else None


def _reached(world: World, start: Fact, forward: bool) -> Mapping[Fact, Truth]:
    known = world._fed.get((start, forward))
    if known is not None:
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
    return reached


def _next(world: World, fact: Fact, forward: bool) -> Iterable[tuple[Fact, Truth]]:
    """The hops from a fact: those of the table, and between a handler and the effects it contains."""
    table = world.feeds
    for other in (table.after if forward else table.before).get(fact, ()):
        yield other, table.pairs[(fact, other) if forward else (other, fact)]
    if forward and isinstance(fact, Handler):
        for other in _same_flow(world, fact, True):
            if isinstance(other, Effect) and other in table.after:
                yield other, contains(world, fact, other) & other.certain
    if not forward and isinstance(fact, Effect):
        for other in _same_flow(world, fact, False):
            if isinstance(other, Handler):
                yield other, contains(world, other, fact) & fact.certain


# --- what facts say about each other themselves ----------------------------------------------------------------------


def _pairs(given: Pairs | Iterable[Pair]) -> dict[Pair, Truth]:
    return dict(given) if isinstance(given, Mapping) else dict.fromkeys(given, YES)


def _table(pairs: Pairs) -> Table:
    after: dict[Fact, list[Fact]] = {}
    before: dict[Fact, list[Fact]] = {}
    for one, other in pairs:
        after.setdefault(one, []).append(other)
        before.setdefault(other, []).append(one)
    return Table(pairs, {a: tuple(b) for a, b in after.items()}, {b: tuple(a) for b, a in before.items()})


def _with_functions(facts: tuple[Fact, ...], running: dict[Pair, Truth]) -> dict[Pair, Truth]:
    """A subscription runs what its function runs."""
    by_function: dict[Fact, list[tuple[Fact, Truth]]] = {}
    for (one, handler), certain in running.items():
        if isinstance(one, Function):
            by_function.setdefault(one, []).append((handler, certain))
    for fact in facts:
        function = effective(fact.function) if isinstance(fact, Subscription) else None
        if isinstance(function, Function):
            for handler, certain in by_function.get(function, ()):
                running.setdefault((fact, handler), certain & function.certain)
    return running


def _hops(facts: tuple[Fact, ...], running: Pairs) -> dict[Pair, Truth]:
    hops: dict[Pair, Truth] = {}
    for fact in facts:
        queue = effective(fact.queue) if isinstance(fact, Publish | Subscription) else None
        if isinstance(queue, Queue):
            hops[(queue, fact) if isinstance(fact, Subscription) else (fact, queue)] = YES
    return hops | {pair: certain for pair, certain in running.items() if isinstance(pair[0], Subscription)}


def _tools(facts: tuple[Fact, ...]) -> dict[Pair, Truth]:
    tools: dict[Pair, Truth] = {}
    for fact in facts:
        for name in ("client", "key", "buffer"):
            tool = effective(getattr(fact, name, None))
            if isinstance(tool, Fact):
                tools[(fact, tool)] = YES
    return tools


def _watched(facts: tuple[Fact, ...]) -> dict[Pair, Truth]:
    return {(fact, watched): YES for fact in facts if isinstance(fact, Alarm) for watched in fact.watched}


def _by_noun(facts: tuple[Fact, ...]) -> Mapping[str, tuple[Fact, ...]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        for kind in type(fact).__mro__:
            if kind is Fact:
                break
            found.setdefault(kind.__name__.lower(), []).append(fact)
    return {noun: tuple(several) for noun, several in found.items()}


def _by_graph(facts: tuple[Fact, ...]) -> Mapping[Graph, tuple[Fact, ...]]:
    found: dict[Graph, list[Fact]] = {}
    for fact in facts:
        graph = _graph(fact)
        if graph is not None:
            found.setdefault(graph, []).append(fact)
    return {graph: tuple(several) for graph, several in found.items()}


# --- amounts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands at a path: its value with its source, how sure the facts on the way are, and what none counts as.

    ``reached`` is false when a thing on the way does not exist, so that there is nothing to compare.
    """

    value: object
    certain: Truth
    none: float
    reached: bool = True


def read(fact: Fact, path: tuple[str, ...]) -> Reading:
    """Walk a path of fields from a fact."""
    value: object = fact
    certain, none = fact.certain, 0.0
    for name in path:
        owner = effective(value)
        if not isinstance(owner, Fact):
            return Reading(owner if owner is NONE else UNKNOWN, certain, none, reached=owner is not NONE)
        value = getattr(owner, name, UNKNOWN)
        certain, none = certain & owner.certain, _none_of(type(owner), name)
    return Reading(value, certain, none)


def _none_of(kind: type[Fact], name: str) -> float:
    told = kind.__dataclass_fields__.get(name)
    return float(told.metadata.get("none", 0.0)) if told is not None else 0.0


def place_of(fact: Fact, path: tuple[str, ...] = ()) -> Any:
    """Where a fact, or the value at a path of it, is written; None when it is not written anywhere."""
    if not path:
        return fact.place
    value = read(fact, path).value
    if isinstance(value, Setting):
        return value.place or getattr(value.value, "place", None)
    return getattr(value, "place", None)
