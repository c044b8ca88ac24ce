"""In which order the sentences of a rule are asked, so that few facts are tried.

A plan alternates two steps: bind a name, to facts that one sentence suggests, and test a sentence whose names are all bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from twice.facts import NOUNS
from twice.noun import Fact
from twice.relations import VERBS
from twice.rules.answers import Binding, answer, reading_of
from twice.rules.model import Compare, Link, Path, Sentence, names
from twice.truth import NONE, UNKNOWN, YES, Truth, effective
from twice.world import World


class Bind(Struct, frozen=True):
    """Give a name a fact: one that stands beside a bound one in ``by``, or any fact of the noun."""

    name: str
    by: Link | Compare | None = None


Plan = tuple[Bind | Sentence, ...]

# How many partners a verb tends to have: the fewer, the earlier it is asked.
_COST = {"runs": 1, "uses": 1, "watches": 1, "contains": 2, "encloses": 3, "precedes": 4, "follows": 4, "feeds": 5}
_ANY = 9


def planned(sentences: Iterable[Sentence], bound: Iterable[str]) -> Plan:
    """The order in which to ask these sentences when the names in ``bound`` have their facts."""
    known, open_sentences, plan = set(bound), list(sentences), list[Bind | Sentence]()
    while open_sentences:
        ready = [sentence for sentence in open_sentences if known.issuperset(names(sentence))]
        ready.sort(key=_price)
        plan.extend(ready)
        open_sentences = [sentence for sentence in open_sentences if sentence not in ready]
        if open_sentences:
            bind = _cheapest(open_sentences, known)
            plan.append(bind)
            known.add(bind.name)
    return tuple(plan)


def solutions(
    plan: Plan, binding: Binding, world: World, at_least: Truth, guessing: bool = False
) -> Iterator[dict[str, Fact]]:
    """The ways to bind the names of a plan so that no answer is below ``at_least``.

    Where nobody can tell what stands beside a name, nothing is tried; ``guessing``, everything is: an excuse may be anything.
    """
    for index, step in enumerate(plan):
        if isinstance(step, Bind):
            rest = plan[index + 1 :]
            for fact in _candidates(step, binding, world, guessing and at_least is not YES):
                if fact is not binding.get(_other(step.name)):
                    world.trail.facts.add(fact)
                    yield from solutions(rest, {**binding, step.name: fact}, world, at_least, guessing)
            return
        if not answer(step, binding, world).reaches(at_least):
            return
    yield dict(binding)


def _price(sentence: Sentence) -> int:
    return _COST.get(sentence.verb, _ANY) if isinstance(sentence, Link) else 0


def _cheapest(sentences: Iterable[Sentence], known: set[str]) -> Bind:
    """The binding that brings the fewest facts."""
    choices: list[tuple[int, int, Bind]] = []
    for index, sentence in enumerate(sentences):
        free = [name for name in names(sentence) if name not in known]
        by = _suggesting(sentence, known)
        cost = _price(sentence) if by else _ANY + len(free)
        choices.append((cost, index, Bind(free[0], by)))
    return min(choices, key=lambda choice: choice[:2])[2]


def _suggesting(sentence: Sentence, known: set[str]) -> Link | Compare | None:
    """The sentence itself, when one side is a free name and the other side is bound. Links are followed from bare names only."""
    sides = _sides(sentence)
    if sides is None or not isinstance(sentence, Link | Compare):
        return None
    free = [side for side in sides if side.name not in known]
    return sentence if len(free) == 1 and not (free[0].fields and isinstance(sentence, Link)) else None


def _sides(sentence: Sentence) -> tuple[Path, Path] | None:
    if isinstance(sentence, Link):
        return sentence.left, sentence.right
    if isinstance(sentence, Compare) and sentence.sign == "is":
        left, right = sentence.left.single, sentence.right.single
        return (left, right) if isinstance(left, Path) and isinstance(right, Path) else None
    return None


def _candidates(step: Bind, binding: Binding, world: World, guessing: bool) -> Iterable[Fact]:
    noun = step.name.rpartition(" ")[2]
    sides = _sides(step.by) if step.by is not None else None
    if step.by is None or sides is None:
        return world.everything(noun)
    forward = sides[1].name == step.name
    bound, free = sides if forward else sides[::-1]
    known = effective(reading_of(bound, binding).value)
    if known is NONE:
        return ()
    if not isinstance(known, Fact):  # a word is looked for among all
        return world.everything(noun) if guessing or known is not UNKNOWN else ()
    if free.fields:
        return world.having(noun, free.fields, known)
    world.trail.facts.add(known)
    near = VERBS[step.by.verb].partners if isinstance(step.by, Link) else None
    found = near(world, known, forward) if near is not None else (known,)
    return [fact for fact in found if isinstance(fact, NOUNS[noun])]


def _other(name: str) -> str:
    """`another effect` is never `effect`, and the reverse."""
    return name.rpartition(" ")[2] if " " in name else f"another {name}"
