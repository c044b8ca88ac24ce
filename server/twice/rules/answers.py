"""The answer to one sentence about bound facts: YES, NO or UNKNOWN."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import NamedTuple, cast

from twice.noun import Fact
from twice.relations import VERBS
from twice.rules.model import Amount, Compare, Factor, Inverse, Link, Literal, Path, Sentence, Source
from twice.truth import NO, NONE, UNKNOWN, YES, Truth, effective, is_default, truth
from twice.world import Reading, World, read

Binding = Mapping[str, Fact]


def answer(sentence: Sentence, binding: Binding, world: World) -> Truth:
    """Does the sentence hold? A fact that only may exist makes every YES about it an UNKNOWN."""
    if isinstance(sentence, Link):
        return _linked(sentence, binding, world)
    if isinstance(sentence, Source):
        reading = reading_of(sentence.left, binding)
        return VERBS[sentence.verb].answer(reading.value, sentence.origins) & reading.certain
    return _compared(sentence, binding)


def reading_of(path: Path, binding: Binding) -> Reading:
    """What stands at a path of the rule."""
    return read(binding[path.name], path.fields)


def amount_of(amount: Amount, binding: Binding) -> object:
    """The value of an amount: a number, NONE, UNKNOWN, a truth value, or what a path holds."""
    factor = amount.single
    if isinstance(factor, Literal):
        return factor.value
    if isinstance(factor, Path):
        return effective(reading_of(factor, binding).value)
    total = _sum(amount, binding)
    return total.number if total.number is not None else UNKNOWN


def _linked(sentence: Link, binding: Binding, world: World) -> Truth:
    left, right = reading_of(sentence.left, binding), reading_of(sentence.right, binding)
    ends = [effective(left.value), effective(right.value)]
    if NONE in ends:
        return NO
    if not all(isinstance(end, Fact) for end in ends):
        return Truth.UNKNOWN
    one, other = cast("list[Fact]", ends)
    world.trail.facts.update((one, other))
    certain = left.certain & right.certain & one.certain & other.certain
    return VERBS[sentence.verb].answer(world, one, other) & certain


# --- comparisons -----------------------------------------------------------------------------------------------------


def _compared(sentence: Compare, binding: Binding) -> Truth:
    if sentence.sign in ("is", "is not"):
        return _same(sentence, binding)
    left, right = _sum(sentence.left, binding), _sum(sentence.right, binding)
    return _ordered(left, sentence.sign, right) & left.certain & right.certain


def _same(sentence: Compare, binding: Binding) -> Truth:
    """`is` and `is not`. Of a thing that does not exist nothing can be said but that it is none."""
    one, other = _standing(sentence.left, binding), _standing(sentence.right, binding)
    asked = sentence.right.single.kind if isinstance(sentence.right.single, Literal) else ""
    if not (one.reached and other.reached) and asked != "none":
        return NO
    same = is_default(one.value) if asked == "default" else _equal(effective(one.value), effective(other.value))
    return (same if sentence.sign == "is" else ~same) & one.certain & other.certain


def _standing(amount: Amount, binding: Binding) -> Reading:
    factor = amount.single
    if isinstance(factor, Path):
        return reading_of(factor, binding)
    if isinstance(factor, Literal):
        return Reading(factor.value, YES, inf)
    total = _sum(amount, binding)
    return Reading(UNKNOWN if total.number is None else total.number, total.certain, inf, total.reached)


def _equal(one: object, other: object) -> Truth:
    if one is UNKNOWN or other is UNKNOWN:
        return Truth.UNKNOWN
    if one is NONE or other is NONE or isinstance(one, Fact) or isinstance(other, Fact):
        return truth(one is other)
    if isinstance(one, bool) or isinstance(other, bool):
        return truth(one is other)
    return truth(one == other)


# --- amounts ---------------------------------------------------------------------------------------------------------


class _Sum(NamedTuple):
    """A number, or None when it cannot be told. Not ``reached``: a thing it is a property of does not exist."""

    number: float | None
    certain: Truth = YES
    reached: bool = True


def _ordered(left: _Sum, sign: str, right: _Sum) -> Truth:
    if not (left.reached and right.reached):
        return NO
    if (sign == ">" and (left.number == 0 or right.number == inf)) or (
        sign == "<" and (right.number == 0 or left.number == inf)
    ):
        return NO  # no amount is less than nothing, nor more than what has no limit
    if left.number is None or right.number is None:
        return Truth.UNKNOWN
    if sign == "<":
        return truth(left.number < right.number)
    if sign == "<=":
        return truth(left.number <= right.number)
    if sign == ">":
        return truth(left.number > right.number)
    return truth(left.number >= right.number)


def _sum(amount: Amount, binding: Binding) -> _Sum:
    total = _Sum(0.0)
    for term in amount.terms:
        product = _Sum(1.0)
        for factor in term:
            product = _joined(product, _number(factor, binding), times=True)
        total = _joined(total, product, times=False)
    return total


def _joined(one: _Sum, other: _Sum, times: bool) -> _Sum:
    certain, reached = one.certain & other.certain, one.reached and other.reached
    if one.number is None or other.number is None:
        return _Sum(None, certain, reached)
    if not times:
        return _Sum(one.number + other.number, certain, reached)
    nothing = 0.0 in (one.number, other.number)  # nothing times no limit is nothing
    return _Sum(0.0 if nothing else one.number * other.number, certain, reached)


def _number(factor: Factor, binding: Binding) -> _Sum:
    """A factor as a number: a missing limit is infinite, a missing pause is zero, as its field says."""
    if isinstance(factor, Inverse):
        below = _number(factor.of, binding)
        return below._replace(number=1 / below.number if below.number else None)
    if isinstance(factor, Literal):
        return _Sum(cast(float, factor.value))
    reading = reading_of(factor, binding)
    value = effective(reading.value)
    if value is NONE:
        return _Sum(reading.none, reading.certain, reading.reached)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _Sum(None, reading.certain, reading.reached)
    return _Sum(float(value), reading.certain, reading.reached)
