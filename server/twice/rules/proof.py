"""Why a rule holds: its own sentences, in its own order, each with its answer and the places of its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from twice.facts import Fact
from twice.finding import Answer
from twice.rules.answers import Binding, answer
from twice.rules.model import Rule, Sentence, names
from twice.rules.planning import Plan, planned, solutions
from twice.text import Place
from twice.truth import NO, Truth, all_of
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
    return Answer(part, f"({text})" if len(sentences) > 1 else text, holds, _places(mentioned, binding))


def _places(mentioned: Iterable[str], binding: Mapping[str, Fact]) -> tuple[tuple[str, Place], ...]:
    return tuple((name, binding[name].place) for name in mentioned if name in binding)
