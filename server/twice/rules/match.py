"""Rules against facts: which rules hold for which facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from twice.finding import Finding, Problem
from twice.noun import Fact
from twice.rules import grouping
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
    proofs: bool = True,
) -> Steps[Matched]:
    """All that rules find, in small steps: one for each rule. ``silent`` is asked about every place they would speak of.

    A mistake of ours in one rule becomes one of ``problems``, if they are wanted, and costs only the findings of that rule.
    """
    chosen = [rule for rule in rules if selection is None or is_selected(rule.code, rule.name, selection)]
    found: list[grouping.Hit] = []
    for count, rule in enumerate(chosen):
        yield "asking the rules", count, len(chosen)
        found.extend(hits(rule, world) if problems is None else _attempt(rule, world, problems))
    return grouping.findings(found, world, silent, proofs)


def hits(rule: Rule, world: World) -> Iterator[grouping.Hit]:
    """The facts for which a rule holds, or may hold: one hit for each."""
    case = _case(rule)
    if any(not world.of(noun) for noun in case.nouns):
        return
    for found in world.of(rule.find):
        # What holds for certain also holds possibly, and most facts do not even that: they are asked once.
        possible = _hit(case, found, world, Truth.UNKNOWN)
        if possible is not None:
            yield _hit(case, found, world, YES) or possible


def _attempt(rule: Rule, world: World, problems: list[Problem]) -> list[grouping.Hit]:
    try:
        return list(hits(rule, world))
    except Exception as error:  # noqa: BLE001
        message = f"{rule.code} could not be asked ({type(error).__name__}: {error})"
        problems.append(
            Problem(message, None, "this is a fault of Twice; the findings of other rules stand", "internal")
        )
        return []


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
    return next(solutions(situation, binding, world, enough), None) is not None


def _means(selector: str, code: str, name: str) -> bool:
    return selector == name or code.startswith(selector)
