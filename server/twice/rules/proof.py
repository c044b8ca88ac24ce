"""Why a rule holds: its own sentences, in its own order, each with its answer and the places of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec.structs import replace

from twice.finding import Answer
from twice.noun import Fact
from twice.rules import wording
from twice.rules.answers import Binding, answer
from twice.rules.model import Rule, Sentence, names, paths
from twice.rules.planning import Plan, planned, solutions
from twice.text import Place
from twice.truth import NO, YES, Truth, all_of
from twice.world import World


def proof(rule: Rule, binding: Binding, world: World) -> tuple[Answer, ...]:
    """The rule's own sentences, in its own order, each with its answer and the places of its facts."""
    found = binding[rule.find]
    lines = [Answer("find", rule.find, found.certain, _places((rule.find,), binding))]
    for sentence in rule.present:
        lines.append(_line("with", (sentence,), answer(sentence, binding, world), binding))
    bound = set(binding)
    for situation in rule.absent:
        lines.append(_absence(situation, planned(situation, bound), binding, world))
    return tuple(lines)


def attempt(rule: Rule, found: Fact, world: World) -> tuple[Answer, ...]:
    """How far a rule comes with this fact: its sentences up to the first of ``with`` that does not hold for it."""
    for count in range(len(rule.present), -1, -1):
        present = rule.present[:count]
        binding = _first(planned(present, {rule.find}), rule.find, found, world)
        if binding is None:
            continue
        if count == len(rule.present):
            return proof(rule, binding, world)
        holding = proof(replace(rule, present=present, absent=()), binding, world)
        return (*holding, _line("with", rule.present[count : count + 1], NO, binding))
    return ()


def _first(plan: Plan, find: str, found: Fact, world: World) -> Binding | None:
    """The first way to bind the names so that all holds: for certain if there is one, else possibly."""
    for at_least in (YES, Truth.UNKNOWN):
        for binding in solutions(plan, {find: found}, world, at_least):
            return binding
    return None


def _absence(situation: tuple[Sentence, ...], plan: Plan, binding: Binding, world: World) -> Answer:
    """How near the situation is to existing: UNKNOWN names the facts that may make it so."""
    possible = next(solutions(plan, binding, world, Truth.UNKNOWN), None)
    if possible is None:
        return _line("without", situation, NO, binding)
    certain = all_of(answer(sentence, possible, world) for sentence in situation)
    return _line("without", situation, certain, possible)


def _line(
    part: Literal["with", "without"], sentences: tuple[Sentence, ...], holds: Truth, binding: Mapping[str, Fact]
) -> Answer:
    text = "; ".join(sentence.text for sentence in sentences)
    mentioned = dict.fromkeys(name for sentence in sentences for name in names(sentence))
    written = dict.fromkeys(path for sentence in sentences for path in paths(sentence) if path.fields)
    values = tuple((str(path), wording.value_at(path, binding)) for path in written if path.name in binding)
    return Answer(part, f"({text})" if len(sentences) > 1 else text, holds, _places(mentioned, binding), values)


def _places(mentioned: Iterable[str], binding: Mapping[str, Fact]) -> tuple[tuple[str, Place], ...]:
    return tuple((name, binding[name].place) for name in mentioned if name in binding)
