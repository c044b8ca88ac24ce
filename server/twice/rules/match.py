"""Rules against facts: which rules hold for which facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from msgspec import Struct, field

from twice.finding import Finding, Problem
from twice.noun import Fact
from twice.rules import grouping
from twice.rules.again import Asked, MatchMemory
from twice.rules.answers import Binding
from twice.rules.grouping import Matched, Silent
from twice.rules.model import Rule, names
from twice.rules.planning import Plan, planned, solutions
from twice.steps import Steps, finished
from twice.truth import YES, Truth
from twice.world import World


class Selected(Protocol):
    """Selectors: codes, beginnings of codes, names of rules; the longer one wins. Nothing selected means all."""

    @property
    def select(self) -> tuple[str, ...]: ...
    @property
    def ignore(self) -> tuple[str, ...]: ...


class How(Struct, frozen=True):
    """What is wanted beside the findings, which takes time, and what is remembered of the last time.

    ``proofs`` and ``held`` as ``grouping.findings`` says. ``files`` are those that fixes would change.
    """

    proofs: bool = True
    held: bool = True
    memory: MatchMemory | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)


EVERYTHING = How()


def match(
    rules: Iterable[Rule], world: World, selection: Selected | None = None
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings, and those that were held back because an answer was UNKNOWN."""
    found = finished(matching(rules, world, selection))
    return found.findings, found.held


def matching(
    rules: Iterable[Rule],
    world: World,
    selection: Selected | None = None,
    silent: Silent | None = None,
    problems: list[Problem] | None = None,
    how: How = EVERYTHING,
) -> Steps[Matched]:
    """All that rules find, in small steps: one for each rule. ``silent`` is asked about every place they would speak of.

    A mistake of ours in one rule becomes one of ``problems``, if they are wanted, and costs only the findings of that rule.
    """
    chosen = tuple(rule for rule in rules if selection is None or is_selected(rule.code, rule.name, selection))
    memory = how.memory if how.memory is not None else MatchMemory()
    asked = memory.standing(world) if memory.asks_the_same(chosen, how.held, world) else {}
    new = {fact: Asked() for fact in world.facts if fact not in asked}
    memory.world = None  # nothing to go by, until all rules have been asked
    wrong = len(problems or ())
    for count, rule in enumerate(chosen):
        yield "asking the rules", count, len(chosen)
        _ask(rule, world, new, how.held, problems)
    asked |= new
    if len(problems or ()) == wrong:
        memory.rules, memory.held, memory.world, memory.asked = chosen, how.held, world, asked
    in_order = (hit for fact in dict.fromkeys(world.facts) for hit in asked[fact].hits)
    found = sorted(in_order, key=lambda hit: hit.rule.code)
    return grouping.findings(found, world, silent, how.proofs, how.held, memory.findings, how.files)


def _ask(rule: Rule, world: World, new: Mapping[Fact, Asked], held: bool, problems: list[Problem] | None) -> None:
    """Note what a rule says of the facts that are new, and what it looked at."""
    facts = [fact for fact in world.of(rule.find) if fact in new]
    try:
        for fact, hit in _hits(rule, world, facts, held):
            asked, trail = new[fact], world.trail
            asked.facts |= trail.facts
            asked.listings |= trail.listings
            if hit is not None:
                asked.hits.append(hit)
    except Exception as error:
        if problems is None:
            raise
        for asked in new.values():
            asked.hits = [hit for hit in asked.hits if hit.rule is not rule]
        message = f"{rule.code} could not be asked ({type(error).__name__}: {error})"
        expected = "this is a fault of Twice; the findings of other rules stand"
        problems.append(Problem(message, None, expected, "internal"))


def hits(rule: Rule, world: World) -> Iterator[grouping.Hit]:
    """The facts for which a rule holds, or may hold: one hit for each."""
    yield from (hit for _, hit in _hits(rule, world, world.of(rule.find), held=True) if hit is not None)


def _hits(rule: Rule, world: World, facts: Iterable[Fact], held: bool) -> Iterator[tuple[Fact, grouping.Hit | None]]:
    """Each fact with its hit; the trail of the world is what was looked at for it."""
    case = _case(rule)
    if any(not world.of(noun) for noun in case.nouns):
        return
    for found in facts:
        world.trail.facts.clear()
        world.trail.listings.clear()
        # What holds for certain also holds possibly, and most facts do not even that: they are asked once.
        possible = _hit(case, found, world, Truth.UNKNOWN) if held else None
        certain = _hit(case, found, world, YES) if possible is not None or not held else None
        yield found, certain or possible


def is_selected(code: str, name: str, selection: Selected) -> bool:
    """Does this rule speak?"""
    ignored = selects(code, name, selection.ignore)
    if not selection.select:
        return ignored < 0
    return selects(code, name, selection.select) > ignored


def selects(code: str, name: str, selectors: Iterable[str]) -> int:
    """How exactly the best of these selectors means a rule: the length of the code it shares, -1 when none means it."""
    lengths = (
        len(code) if selector == name else len(selector) for selector in selectors if _means(selector, code, name)
    )
    return max(lengths, default=-1)


class _Case(Struct, frozen=True):
    """A rule with the order in which its sentences are asked, and the nouns without which it cannot hold."""

    rule: Rule
    nouns: frozenset[str]
    present: Plan
    absent: tuple[Plan, ...]


# Plans of the rules asked before: a server asks the same ones at every keystroke. Rules are told apart by identity.
_cases: dict[int, _Case] = {}
_MOST_CASES = 2000


def _case(rule: Rule) -> _Case:
    known = _cases.get(id(rule))
    if known is not None and known.rule is rule:
        return known
    if len(_cases) >= _MOST_CASES:
        _cases.clear()
    named = {name for sentence in rule.present for name in names(sentence)}
    bound = {rule.find, *named}
    nouns = frozenset(name.rpartition(" ")[2] for name in named)
    situations = tuple(planned(situation, bound) for situation in rule.absent)
    _cases[id(rule)] = case = _Case(rule, nouns, planned(rule.present, {rule.find}), situations)
    return case


def _hit(case: _Case, found: Fact, world: World, at_least: Truth) -> grouping.Hit | None:
    """The first way to bind the names so that the rule holds: for certain, or at least possibly."""
    if not found.certain.reaches(at_least):
        return None
    for binding in solutions(case.present, {case.rule.find: found}, world, at_least):
        if not any(_exists(situation, binding, world, at_least) for situation in case.absent):
            return grouping.Hit(case.rule, found, binding, at_least)
    return None


def _exists(situation: Plan, binding: Binding, world: World, at_least: Truth) -> bool:
    """Does the situation spoil a finding of this certainty? A possible one excuses a certain finding."""
    enough = Truth.UNKNOWN if at_least is YES else YES
    return next(solutions(situation, binding, world, enough, guessing=True), None) is not None


def _means(selector: str, code: str, name: str) -> bool:
    return selector == name or code.startswith(selector)
