"""Hits to findings: one mistake, one finding. Sharper rules hide blunter ones, and a handler repeats itself only once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from twice.facts import Handler, Queue
from twice.finding import Finding, Fix, Related, in_order
from twice.noun import Fact
from twice.relations import contains
from twice.rules import fixing, wording
from twice.rules.answers import Binding
from twice.rules.model import Path, Rule
from twice.rules.proof import proof
from twice.text import Place
from twice.truth import NO, YES, Truth, effective
from twice.world import Listing, World, place_of, read


class Hit(Struct, frozen=True):
    """A rule that holds (YES) or may hold (UNKNOWN) for one fact, with the facts of its names."""

    rule: Rule
    found: Fact
    binding: Binding
    truth: Truth


Silent = Callable[[Rule, tuple[Place, ...]], bool]


class Matched(Struct, frozen=True):
    """All that rules find, each in the order of the files.

    ``held`` was kept back because an answer is UNKNOWN; ``silenced`` would have been a finding, but a person disagrees.
    """

    findings: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    silenced: tuple[Finding, ...] = ()


def findings(
    hits: Sequence[Hit],
    world: World,
    silent: Silent | None = None,
    proofs: bool = True,
    held: bool = True,
    memory: FindingMemory | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Matched:
    """The findings of these hits. ``silent`` says whether a rule may not speak of a place, or of a handler at a place.
    Without ``proofs`` they come without, and what is held back has no fixes either: writing these down is most of the work.

    Hits are silenced one by one, before they become one finding of a handler; a silenced one still hides blunter rules.
    """
    writer = _Writer(world, proofs, memory or FindingMemory(), files or {})
    owner = _owners(world)
    quiet = {id(hit) for hit in hits if silent is not None and silent(hit.rule, _places_of(hit, owner(hit)))}
    hidden = _hidden_by(hits, owner)
    shown = [hit for hit in hits if not hidden(hit)]
    heard = [hit for hit in shown if id(hit) not in quiet]
    found = Matched(
        _findings([hit for hit in heard if hit.truth is YES], owner, writer),
        _findings([hit for hit in heard if hit.truth is not YES], owner, writer) if held else (),
        _findings([hit for hit in shown if id(hit) in quiet and hit.truth is YES], owner, writer),
    )
    writer.keep()
    return found


def _places_of(hit: Hit, handler: Handler | None) -> tuple[Place, ...]:
    place = _place(hit.rule.report, hit)
    return (place, handler.place) if handler is not None else (place,)


# --- which finding hides which ---------------------------------------------------------------------------------------

_Owner = Callable[[Hit], Handler | None]


class _Hiders(Struct):
    """Where the certain hits stand that hide one code: the places found, all places bound, the handlers."""

    found: set[Place] = field(default_factory=set)
    bound: set[Place] = field(default_factory=set)
    handlers: set[Fact] = field(default_factory=set)


def _hidden_by(hits: Sequence[Hit], owner: _Owner) -> Callable[[Hit], bool]:
    """Is this hit about the same fact, or handler, as one that hides its code?"""
    hiders: dict[str, _Hiders] = {}
    yielding = {rule.code: rule.yields_to for rule in {hit.rule.code: hit.rule for hit in hits}.values()}
    for hit in hits:
        if hit.truth is YES:
            _note(hiders, hit, yielding, owner(hit))

    def hidden(hit: Hit) -> bool:
        by = hiders.get(hit.rule.code)
        if by is None:
            return False
        same_fact = hit.found.place in by.bound or any(fact.place in by.found for fact in hit.binding.values())
        return same_fact or owner(hit) in by.handlers

    return hidden


def _note(
    hiders: dict[str, _Hiders], hit: Hit, yielding: Mapping[str, frozenset[str]], handler: Handler | None
) -> None:
    for code in {*hit.rule.hides, *(code for code, stronger in yielding.items() if hit.rule.code in stronger)}:
        by = hiders.setdefault(code, _Hiders())
        by.found.add(hit.found.place)
        by.bound.update(fact.place for fact in hit.binding.values())
    if handler is not None:
        for code in hit.rule.hides_in_handler:
            hiders.setdefault(code, _Hiders()).handlers.add(handler)


def _owners(world: World) -> _Owner:
    """The handler of a hit: the one it found or named, else the one whose run the found fact is part of."""
    known: dict[int, Handler | None] = {}

    def owner(hit: Hit) -> Handler | None:
        if id(hit) not in known:
            known[id(hit)] = found(hit)
        return known[id(hit)]

    def found(hit: Hit) -> Handler | None:
        for fact in (hit.found, hit.binding.get("handler")):
            if isinstance(fact, Handler):
                return fact
        if hit.found.step is None:
            return None
        run = world.by_graph.get(hit.found.step.graph, ())
        return next((h for h in run if isinstance(h, Handler) and contains(world, h, hit.found) is not NO), None)

    return owner


# --- one mistake, one finding ----------------------------------------------------------------------------------------


class _Spot(Struct):
    """One place of a finding: the hits that speak of it, of which the first stands for all, and the handlers that reach it."""

    hits: list[Hit]
    place: Place
    handlers: dict[Handler | None, None]

    @property
    def hit(self) -> Hit:
        return self.hits[0]


class _Known(Struct, frozen=True):
    """A finding with what it was made of, and the lists of facts that were looked at for it."""

    finding: Finding
    hits: tuple[Hit, ...]
    handlers: tuple[Handler | None, ...]
    listings: frozenset[Listing]


class FindingMemory(Struct):
    """The findings of the last world and files, by the hits they were made of. Dropping it changes the speed only."""

    known: dict[tuple[int, ...], _Known] = field(default_factory=dict)
    world: World | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def standing(self, world: World, files: Mapping[str, bytes]) -> dict[tuple[int, ...], _Known]:
        """Those that would be made again of the same hits: none that speaks of a file which has changed."""
        if self.world is None:
            return {}
        before = self.world
        listings = set().union(*(known.listings for known in self.known.values()))
        other = {one for one in listings if before.listed(one) != world.listed(one)}
        changed = {
            path for path, data in files.items() if self.files.get(path) != data
        } | self.files.keys() - files.keys()
        return {
            key: known
            for key, known in self.known.items()
            if known.listings.isdisjoint(other) and changed.isdisjoint(_paths(known.hits))
        }


def _paths(hits: Iterable[Hit]) -> Iterator[str]:
    for hit in hits:
        yield from (fact.place.path for fact in (hit.found, *hit.binding.values()))


class _Writer:
    """Writes findings, each only where it was not written before."""

    def __init__(self, world: World, proofs: bool, memory: FindingMemory, files: Mapping[str, bytes]) -> None:
        self._world, self._proofs = world, proofs
        self._memory, self._files = memory, files
        self._before = memory.standing(world, files)
        self._now: dict[tuple[int, ...], _Known] = {}

    def finding(self, spots: Sequence[_Spot]) -> Finding:
        hits = tuple(spot.hit for spot in spots)
        handlers = tuple(handler for spot in spots for handler in spot.handlers)
        key = (int(self._proofs), *map(id, hits), *map(id, handlers))
        known = self._before.get(key)
        if known is None:
            trail = self._world.trail
            trail.listings.clear()
            made = _finding(spots, self._world, self._proofs)
            known = _Known(made, hits, handlers, frozenset(trail.listings))
        self._now[key] = known
        return known.finding

    def keep(self) -> None:
        self._memory.known, self._memory.world, self._memory.files = self._now, self._world, self._files


def _findings(hits: Iterable[Hit], owner: _Owner, writer: _Writer) -> tuple[Finding, ...]:
    groups: dict[object, list[_Spot]] = {}
    for spot in _spots(hits, owner):
        handler = next(iter(spot.handlers))
        in_code = spot.hit.found.step is not None or isinstance(spot.hit.found, Handler)
        key = handler if handler is not None and in_code else spot.place
        groups.setdefault((spot.hit.rule.code, key), []).append(spot)
    # File by file: who writes fixes has read the last one.
    found = (writer.finding(spots) for spots in sorted(groups.values(), key=lambda spots: spots[0].place.path))
    return tuple(sorted(found, key=in_order))


def _spots(hits: Iterable[Hit], owner: _Owner) -> list[_Spot]:
    """The hits by rule and place: code that two handlers reach is one place."""
    spots: dict[tuple[str, Place], _Spot] = {}
    for hit in hits:
        place = _place(hit.rule.report, hit)
        spot = spots.setdefault((hit.rule.code, place), _Spot([], place, {}))
        spot.hits.append(hit)
        spot.handlers[owner(hit)] = None
    return sorted(spots.values(), key=lambda spot: _order(spot.place))


def _finding(spots: Sequence[_Spot], world: World, proofs: bool) -> Finding:
    """The first place is the finding, the others are told beside it."""
    first, rule = spots[0].hit, spots[0].hit.rule
    handler, *others = spots[0].handlers
    related = [*_related(first), *(Related(spot.place, "also here") for spot in spots[1:])]
    related += [Related(other.place, f"{other.name} reaches it too") for other in others if other is not None]
    return Finding(
        code=rule.code,
        name=rule.name,
        items=rule.items,
        severity=rule.severity,
        confidence=rule.confidence,
        place=spots[0].place,
        message=wording.message(rule.message, first.binding),
        handler=handler.name if handler is not None else None,
        related=tuple(dict.fromkeys(related)),
        fixes=_fixes(spots, world) if proofs or first.truth is YES else (),
        proof=proof(rule, first.binding, world) if proofs else (),
        truth=first.truth,
        concerns=_concerned(spots, world),
    )


def _concerned(spots: Sequence[_Spot], world: World) -> tuple[Place, ...]:
    """The handlers that reach the places of a finding; where none does, those that its facts start or feed."""
    reached = [handler for spot in spots for handler in spot.handlers if handler is not None]
    bound = [fact for spot in spots for fact in spot.hit.binding.values()] if not reached else []
    started = [one for fact in bound for one in _started(fact, world)]
    return tuple(dict.fromkeys(handler.place for handler in (*reached, *started)))


def _started(fact: Fact, world: World) -> Iterator[Handler]:
    """The handlers that run because of a thing of a template, or whose events end in it."""
    starters = _subscriptions(fact, world) if isinstance(fact, Queue) else (fact,)
    for one in starters:
        for handler in world.runs.after.get(one, ()):
            if isinstance(handler, Handler) and world.runs.pairs[(one, handler)] is YES:
                yield handler


def _subscriptions(queue: Queue, world: World) -> Iterator[Fact]:
    """Those that read a queue, and those whose dead letters end in it."""
    for path in (("queue",), ("dead_letter",), ("queue", "dead_letter")):
        for one in world.having("subscription", path, queue):
            if effective(read(one, path).value) is queue:
                yield one


def _related(hit: Hit) -> list[Related]:
    return [
        Related(_place(path, hit), wording.message(text, hit.binding))
        for path, text in hit.rule.related
        if path.name in hit.binding
    ]


# Code that hundreds of templates deploy: nobody reads through a change of all of them, and each is written anew at every edit.
_MOST_PLACES = 20


def _fixes(spots: Sequence[_Spot], world: World) -> tuple[Fix, ...]:
    """Each fix of the rule that can be made at every place of the finding, and for all that speak of a place: some alone would leave
    the mistake standing."""
    offered = []
    for fix in spots[0].hit.rule.fixes:
        if fix.alone and len(spots) > 1:
            continue
        asked = {fixing.targets(fix, hit.binding): hit for spot in reversed(spots) for hit in reversed(spot.hits)}
        if len(asked) > _MOST_PLACES:
            continue
        several = reversed(asked.values())
        written = [one for hit in several if (one := fixing.fix_of(fix, hit.binding, world)) is not None]
        if len(written) == len(asked) and (whole := fixing.together(written)) is not None:
            offered.append(whole)
    return tuple(offered)


def _place(path: Path, hit: Hit) -> Place:
    fact = hit.binding.get(path.name, hit.found)
    place = place_of(fact, path.fields) if path.name in hit.binding else None
    return place if isinstance(place, Place) else fact.place


def _order(place: Place) -> tuple[str, int, int]:
    return place.path, place.start, place.end
