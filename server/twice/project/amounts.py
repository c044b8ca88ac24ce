"""What a written value amounts to: the smallest of several limits, the time from now to a moment, the scheme of an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.project.constants import constant
from twice.project.names import Names
from twice.project.trace import Tracer
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Setting, effective

_SCHEME = re.compile(r"^([a-z][a-z0-9+.-]*)://")
_HOST = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/@]*@)?([\w.-]+)")
_DEEPEST = 4


def least(limits: list[object | None]) -> object:
    """The limit that is reached first; one that cannot be told may be that. NONE is no limit."""
    amounts = [NONE if one is None else effective(one) for one in limits]
    if UNKNOWN in amounts or not limits:
        return UNKNOWN
    numbers = [(float(str(value)), one) for value, one in zip(amounts, limits, strict=True) if value is not NONE]
    return min(numbers, key=lambda pair: pair[0])[1] if numbers else Setting(NONE, default=True)


def from_now(tracer: Tracer, given: Given) -> object:
    """The seconds in ``now() + timedelta(hours=2)``, on whichever side they stand; UNKNOWN for any other moment."""
    found = follow(tracer.names, given)
    if not (isinstance(found.value, o.Operation) and found.value.operator == "+"):
        return UNKNOWN
    parts = found.value.operands
    clocks = [part for part in parts if _is_now(tracer, Given(part, found.frame))]
    rest = [constant(tracer.names, part, found.frame) for part in parts if part not in clocks]
    if len(clocks) != 1 or not all(isinstance(one, int | float) for one in rest):
        return UNKNOWN
    return sum(float(str(one)) for one in rest)


def _is_now(tracer: Tracer, given: Given) -> bool:
    ways = tracer.ways(given.value, given.frame)
    return bool(ways) and all({source.origin for source in way} == {"clock"} for way in ways)


def scheme(names: Names, given: Given) -> object:
    """The first part of the address that is written, in the value itself or as its fallback; UNKNOWN when there are two."""
    return _only(_SCHEME, names, given)


def host(names: Names, given: Given) -> object:
    """The server that an address leads to, told as the scheme is."""
    return _only(_HOST, names, given)


def _only(pattern: re.Pattern[str], names: Names, given: Given) -> object:
    found = set(_written(pattern, names, given, _DEEPEST))
    return found.pop() if len(found) == 1 else UNKNOWN


def _written(pattern: re.Pattern[str], names: Names, given: Given, depth: int) -> Iterator[str]:
    found = follow(names, given)
    for part in o.walk(found.value):
        if isinstance(part, o.Literal) and isinstance(part.value, str):
            match = pattern.match(part.value)
            if match is not None:
                yield match[1]
        elif isinstance(part, o.Name | o.Attribute) and depth and part is not found.value:
            yield from _written(pattern, names, Given(part, found.frame), depth - 1)
