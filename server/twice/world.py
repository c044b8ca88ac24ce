"""Everything that is true of one project: its facts, who runs, feeds, uses and watches whom, and what stands at their fields.

No verb is decided here: see ``relations``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from msgspec import Struct, field

from twice.facts import Alarm, Effect, Function, Handover, Queue, Schedule, Step, Subscription
from twice.flow import Graph
from twice.noun import Fact
from twice.text import Place
from twice.truth import NONE, UNKNOWN, YES, Setting, Truth, effective

Pair = tuple[Fact, Fact]
Pairs = Mapping[Pair, Truth]


# All facts of a noun, or those at whose path a fact stands.
Listing = tuple[str, tuple[str, ...], Fact | None]


class Trail(Struct):
    """What was looked at since somebody emptied it."""

    facts: set[Fact] = field(default_factory=set)
    listings: set[Listing] = field(default_factory=set)


class Table(Struct, frozen=True, eq=False):
    """Pairs of facts of one relation, found from either side."""

    pairs: Pairs
    after: Mapping[Fact, tuple[Fact, ...]]
    before: Mapping[Fact, tuple[Fact, ...]]


class Root(Struct, frozen=True):
    """The function in which a run begins that no handler makes: its qualified name, and where that stands."""

    name: str
    place: Place


class World(Struct, frozen=True, eq=False):
    """What is true of one project. Made by ``world``; ``writers`` can change its files (see ``fixes``), and ``changed_at`` is the place
    of the resource that says, or would say, a field of a fact.

    ``trail`` is left by those who ask rules and verbs, for those who want to know whether the answers still hold later.
    """

    facts: tuple[Fact, ...]
    runs: Table
    feeds: Table
    uses: Table
    watches: Table
    writers: Mapping[str, Any]
    by_noun: Mapping[str, tuple[Fact, ...]]
    by_graph: Mapping[Graph, tuple[Fact, ...]]
    roots: Mapping[Graph, Root]
    changed_at: Callable[[Fact, str], Place | None]
    trail: Trail = field(default_factory=Trail)
    _fed: dict[tuple[Fact, bool], Mapping[Fact, Truth]] = field(default_factory=dict)
    _at: dict[tuple[str, tuple[str, ...]], Mapping[object, tuple[Fact, ...]]] = field(default_factory=dict)

    def of(self, noun: str) -> tuple[Fact, ...]:
        """The facts of a noun and of its forms."""
        return self.by_noun.get(noun, ())

    def having(self, noun: str, path: tuple[str, ...], value: Fact) -> tuple[Fact, ...]:
        """The facts of a noun at whose path this one stands; behind them those of which nobody can tell what stands there."""
        self.trail.listings.add((noun, path, value))
        known = self._at.get((noun, path))
        if known is None:
            known = self._at[noun, path] = _by_value(self.of(noun), path)
        return known.get(value, ()) + known[UNKNOWN]

    def everything(self, noun: str) -> tuple[Fact, ...]:
        """The facts of a noun, for an answer that hangs on which there are."""
        self.trail.listings.add((noun, (), None))
        return self.of(noun)

    def listed(self, one: Listing) -> tuple[Fact, ...]:
        """What this listing gives."""
        noun, path, value = one
        return self.of(noun) if value is None else self.having(noun, path, value)


def world(
    facts: Iterable[Fact],
    runs: Pairs | Iterable[Pair] = (),
    feeds: Pairs | Iterable[Pair] = (),
    uses: Pairs | Iterable[Pair] = (),
    watches: Pairs | Iterable[Pair] = (),
    writers: Mapping[str, Any] | None = None,
    roots: Mapping[Graph, Root] | None = None,
    changed_at: Callable[[Fact, str], Place | None] = lambda fact, field: None,
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
        roots=roots or {},
        changed_at=changed_at,
    )


# --- amounts ---------------------------------------------------------------------------------------------------------


class Reading(NamedTuple):
    """What stands at a path: its value with its source, how sure the facts on the way are, and what none counts as.

    ``reached`` is false when a thing on the way does not exist, so that there is nothing to compare.
    A tuple, because a check makes as many of them as of everything else together.
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
        kind: Any = type(owner)
        certain, none = certain & owner.certain, _none_of(kind, name)
    return Reading(value, certain, none)


@cache
def _none_of(kind: type[Fact], name: str) -> float:
    word = kind.words.get(name)
    return word.none if word is not None else 0.0


def place_of(fact: Fact, path: tuple[str, ...] = ()) -> Any:
    """Where a fact, or the value at a path of it, is written; None when it is not written anywhere."""
    if not path:
        return fact.place
    value = read(fact, path).value
    if isinstance(value, Setting):
        return value.place or getattr(value.value, "place", None)
    return getattr(value, "place", None)


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


_Noun = TypeVar("_Noun", bound=Fact)


def _of(facts: tuple[Fact, ...], *nouns: type[_Noun]) -> list[_Noun]:
    """The facts of these nouns and their forms. There are many facts and few nouns: a set of types is asked, not each fact."""
    kinds = {kind for kind in set(map(type, facts)) if issubclass(kind, nouns)}
    return cast(list[_Noun], [fact for fact in facts if type(fact) in kinds])


def _with_functions(facts: tuple[Fact, ...], running: dict[Pair, Truth]) -> dict[Pair, Truth]:
    """A subscription, and a step of a workflow, runs what its function runs."""
    by_function: dict[Fact, list[tuple[Fact, Truth]]] = {}
    for (one, handler), certain in running.items():
        if isinstance(one, Function):
            by_function.setdefault(one, []).append((handler, certain))
    starting: list[Subscription | Step] = [*_of(facts, Subscription), *_of(facts, Step)]
    for fact in starting:
        function = effective(fact.function)
        if isinstance(function, Function):
            for handler, certain in by_function.get(function, ()):
                running.setdefault((fact, handler), certain & function.certain)
    return running


def _hops(facts: tuple[Fact, ...], running: Pairs) -> dict[Pair, Truth]:
    hops: dict[Pair, Truth] = {}
    for fact in _of(facts, Handover, Effect, Subscription, Schedule):
        if isinstance(fact, Handover) and fact.buffer is not None:
            hops[(fact, fact.buffer)] = YES
        queue = effective(fact.queue) if isinstance(fact, Effect | Subscription | Schedule) else None
        if isinstance(queue, Queue):
            hops[(queue, fact) if isinstance(fact, Subscription) else (fact, queue)] = YES
    return hops | {pair: certain for pair, certain in running.items() if isinstance(pair[0], Subscription)}


def _tools(facts: tuple[Fact, ...]) -> dict[Pair, Truth]:
    tools: dict[Pair, Truth] = {}
    for fact in facts:
        for name in _tool_fields(type(fact)):
            tool = effective(getattr(fact, name))
            if isinstance(tool, Fact):
                tools[(fact, tool)] = YES
    return tools


@cache
def _tool_fields(kind: type[Fact]) -> tuple[str, ...]:
    return tuple(name for name in ("client", "key", "buffer") if name in kind.__struct_fields__)


def _watched(facts: tuple[Fact, ...]) -> dict[Pair, Truth]:
    return {(fact, watched): YES for fact in _of(facts, Alarm) for watched in fact.watched}


def _by_noun(facts: tuple[Fact, ...]) -> Mapping[str, tuple[Fact, ...]]:
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        for noun in _nouns(type(fact)):
            found.setdefault(noun, []).append(fact)
    return {noun: tuple(several) for noun, several in found.items()}


@cache
def _nouns(kind: type[Fact]) -> tuple[str, ...]:
    """Its own noun, and those it is a form of."""
    return tuple(one.__name__.lower() for one in kind.__mro__[: kind.__mro__.index(Fact)])


def _by_value(facts: Iterable[Fact], path: tuple[str, ...]) -> Mapping[object, tuple[Fact, ...]]:
    """The facts by the fact that stands at a path of them, or by UNKNOWN."""
    found: dict[object, list[Fact]] = {UNKNOWN: []}
    for fact in facts:
        value = effective(read(fact, path).value)
        if isinstance(value, Fact) or value is UNKNOWN:
            found.setdefault(value, []).append(fact)
    return {value: tuple(several) for value, several in found.items()}


def _by_graph(facts: tuple[Fact, ...]) -> Mapping[Graph, tuple[Fact, ...]]:
    found: dict[Graph, list[Fact]] = {}
    for fact in facts:
        graph = graph_of(fact)
        if graph is not None:
            found.setdefault(graph, []).append(fact)
    return {graph: tuple(several) for graph, several in found.items()}


def graph_of(fact: Fact) -> Graph | None:
    if fact.step is not None:
        return fact.step.graph
    return fact.region.graph if fact.region is not None else None
