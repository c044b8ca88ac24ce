"""The review of a handler: each belief of the checklist with what the code says about it.

A belief is *broken* when a finding of one of its rules is about this handler; *covered* when the repository holds evidence that
somebody has thought of it; *not applicable* when the handler does nothing the belief is about; else *open*, and the question is put.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from twice.facts import NOUNS
from twice.finding import Finding, HandlerSeen
from twice.libraries import Libraries
from twice.noun import Fact
from twice.relations import VERBS, takes
from twice.rules.checklist import Item
from twice.rules.model import Link, Sentence, names
from twice.rules.planning import Plan, planned, solutions
from twice.text import Place
from twice.truth import NO, YES, Truth
from twice.world import World

State = Literal["broken", "covered", "open", "not applicable"]


class Evidence(Struct, frozen=True):
    """What shows that a belief is taken care of: the sentences that hold, and where."""

    text: str
    place: Place


class Belief(Struct, frozen=True):
    """One item of the checklist for one handler.

    ``questions`` are there when it is open, ``reason`` when it is not applicable. Evidence can stand beside an open question: it
    shows a part, or the rest is for people to say.
    """

    item: Item
    state: State
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    questions: tuple[str, ...] = ()
    reason: str = ""


class Review(Struct, frozen=True):
    """A handler with all beliefs, in the order of the checklist."""

    handler: HandlerSeen
    beliefs: tuple[Belief, ...]

    def counts(self) -> dict[State, int]:
        """How many beliefs are in each state."""
        states: tuple[State, ...] = ("broken", "covered", "open", "not applicable")
        return {state: sum(one.state == state for one in self.beliefs) for state in states}


class Reviews:
    """The reviews of the handlers of a workspace, in their order, each made when somebody wants it."""

    def __init__(self, seen: Iterable[HandlerSeen] = (), made: Callable[[HandlerSeen], Review] | None = None) -> None:
        self._seen = tuple(seen)
        self._made = made
        self._known: dict[HandlerSeen, Review] = {}

    def __iter__(self) -> Iterator[Review]:
        return self.where(lambda seen: True)

    def where(self, wanted: Callable[[HandlerSeen], bool]) -> Iterator[Review]:
        """Those of some handlers only."""
        for one in self._seen:
            if self._made is not None and wanted(one):
                if one not in self._known:
                    self._known[one] = self._made(one)
                yield self._known[one]


def reviews(
    seen: Iterable[HandlerSeen], known: World, findings: Iterable[Finding], items: Iterable[Item], libraries: Libraries
) -> Reviews:
    """The reviews of all handlers of a workspace, given what is true of it and what the rules say."""
    items = tuple(items)
    facts = {fact.place: fact for fact in reversed(known.of("handler"))}
    concerning: dict[Place, list[Finding]] = {}
    for finding in findings:
        for place in dict.fromkeys(finding.concerns):
            concerning.setdefault(place, []).append(finding)

    def made(one: HandlerSeen) -> Review:
        layout = libraries.layouts.get(one.kind)
        own, transport = concerning.get(one.place, ()), layout.transport if layout else ""
        return review(one, facts.get(one.place), known, own, items, transport)

    return Reviews(seen, made)


def review(
    seen: HandlerSeen,
    handler: Fact | None,
    known: World,
    own: Iterable[Finding],
    items: Iterable[Item],
    transport: str = "",
) -> Review:
    """One handler, with its fact and the findings that concern it."""
    own = tuple(own)
    return Review(seen, tuple(_belief(item, handler, known, own, transport) for item in items))


def _belief(item: Item, handler: Fact | None, known: World, own: Iterable[Finding], transport: str) -> Belief:
    broken = tuple(one for one in own if item.id in one.items)
    if broken:
        return Belief(item, "broken", broken)
    if handler is not None and item.applies and not _holds(item.applies, {"handler": handler}, known, Truth.UNKNOWN):
        return Belief(item, "not applicable", reason=item.otherwise)
    found = tuple(_evidence(item, handler, known)) if handler is not None else ()
    if found and item.shows != "no":
        return Belief(item, "covered", evidence=found)
    asked = (item.question.get(key, "") for key in ("all", transport))
    return Belief(item, "open", evidence=found, questions=tuple(dict.fromkeys(filter(None, asked))))


def _evidence(item: Item, handler: Fact, known: World) -> Iterator[Evidence]:
    """Evidence for all that the item asks it for; nothing where one of them has none."""
    if not item.every:
        shown = _first(item.evidence, {"handler": handler}, known)
        if shown is not None:
            yield shown
        return
    found = [
        _first(item.evidence, {"handler": handler, item.every: one}, known) for one in _own(item.every, handler, known)
    ]
    if all(found):
        yield from dict.fromkeys(one for one in found if one is not None)


def _own(noun: str, handler: Fact, known: World) -> list[Fact]:
    """The facts of a noun that a handler has in it, or works with."""
    verb = VERBS["contains" if takes(VERBS["contains"].right, noun) else "uses"]
    near = verb.partners(known, handler, True) if verb.partners is not None else known.of(noun)
    own = (one for one in near if isinstance(one, NOUNS[noun]) and one.certain is YES)
    return [one for one in own if verb.answer(known, handler, one) is not NO]


def _first(situations: Iterable[tuple[Sentence, ...]], bound: Mapping[str, Fact], known: World) -> Evidence | None:
    """The first situation that exists for these facts."""
    for situation in situations:
        found = _holds(situation, bound, known, YES)
        if found is not None:
            return Evidence(_said(situation), _witness(situation, bound, found).place)
    return None


def _said(situation: tuple[Sentence, ...]) -> str:
    """The sentences that say something; those that only lead from the handler to its things go without saying."""
    telling = [one for one in situation if not (isinstance(one, Link) and "handler" in names(one))]
    return "; ".join(sentence.text for sentence in telling or situation)


def _witness(situation: tuple[Sentence, ...], bound: Mapping[str, Fact], found: Mapping[str, Fact]) -> Fact:
    """The fact to look at: the last new one that the sentences brought in, else the one that needs evidence."""
    said = dict.fromkeys(name for sentence in situation for name in names(sentence))
    brought = [name for name in said if name not in bound]
    return found[brought[-1] if brought else list(bound)[-1]]


def _holds(
    situation: tuple[Sentence, ...], bound: Mapping[str, Fact], known: World, at_least: Truth
) -> Mapping[str, Fact] | None:
    return next(solutions(_plan(situation, frozenset(bound)), dict(bound), known, at_least), None)


@lru_cache(maxsize=1024)
def _plan(situation: tuple[Sentence, ...], bound: frozenset[str]) -> Plan:
    """The same few situations are asked of every handler, at every keystroke."""
    return planned(situation, bound)
