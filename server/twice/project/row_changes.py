"""Rows that a function reads, changes and saves: what they were looked up by, and what is set on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twice import outline as o
from twice.noun import Traced
from twice.project.calls import Meaning, meanings
from twice.project.names import Names
from twice.project.set_attributes import Change, receiver_in, set_before
from twice.project.things import Frame
from twice.project.trace import Tracer
from twice.project.values import Given, follow
from twice.truth import UNKNOWN

# A query that is put together in a loop refers to itself.
_LONGEST_CHAIN = 24


def look_up(names: Names, row: o.Value, frame: Frame) -> tuple[Meaning, Given] | None:
    """The look-up that answered a row, and the whole call it ends in: ``session.scalars(...).one()``."""
    given = follow(names, Given(row, frame))
    for call in _chain(names, given):
        found = next((one for one in meanings(names, call, given.frame) if "lookup" in one.spec.nouns), None)
        if found is not None:
            return found, given
    return None


def found_by(tracer: Tracer, row: o.Value | None, frame: Frame) -> Traced | None:
    """What a row was looked up by: the arguments of its look-up and of the calls this is made on. The row itself where nobody sees that."""
    if row is None:
        return None
    found = look_up(tracer.names, row, frame)
    if found is None:
        return tracer.traced(row, frame)
    given = found[1]
    asked = [one for call in _chain(tracer.names, given) for one in call.arguments]
    values = [
        one.value for one in asked if one.name or not isinstance(one.value, o.Literal)
    ]  # not what is read with it
    return _together(tracer, values or [one.value for one in asked], given.frame) or tracer.traced(row, frame)


def value_set(tracer: Tracer, changes: list[Change], frame: Frame) -> Traced | object:
    """All values that a row is given, as one; UNKNOWN where they are set elsewhere."""
    return _together(tracer, [one.value for one in changes], frame) or UNKNOWN


def of_receiver(tracer: Tracer, source: Mapping[str, Any], meaning: Meaning) -> object:
    """``{found_by: receiver}`` and ``{set_on: receiver}`` of a call that saves the row it is made on."""
    if "found_by" in source:
        return found_by(tracer, receiver_in(meaning.call), meaning.frame)
    return value_set(tracer, list(saved(meaning)), meaning.frame)


def saved(meaning: Meaning) -> Iterator[Change]:
    """What the function has set on the object that this call is made on."""
    return set_before(receiver_in(meaning.call), meaning.frame.function, meaning.call.start)


def _chain(names: Names, given: Given) -> Iterator[o.Call]:
    """A call and those it is made on, through names and ``await``."""
    value: o.Value | None = given.value
    for _ in range(_LONGEST_CHAIN):
        if value is None:
            break
        value = o.awaited(value)
        if isinstance(value, o.Name):
            inner = follow(names, Given(value, given.frame))
            value = inner.value if inner.value is not value and inner.frame is given.frame else None
            continue
        if isinstance(value, o.Call):
            yield value
            value = value.callee
        value = value.base if isinstance(value, o.Attribute | o.Subscript) else None


def _together(tracer: Tracer, values: list[o.Value], frame: Frame) -> Traced | None:
    if not values:
        return None
    if len(values) == 1:
        return tracer.traced(values[0], frame)
    start, end = min(one.start for one in values), max(one.end for one in values)
    whole = o.Collection(start, end, tuple(values), "tuple")
    tracer.names.frames.keep(whole)
    return tracer.traced(whole, frame)
