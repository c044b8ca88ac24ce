"""How often a timetable is due, by the expressions that cron and its relatives share. No vendor is named here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice.truth import UNKNOWN, Missing

_DAY, _HOUR = 24 * 60, 60
# A shortest gap says how often something is due where it is usual: for the length of a working day.
_USUAL = 8 * _HOUR
_PART = re.compile(r"(?:(\*)|(\d+)(?:-(\d+))?)(?:/(\d+))?")
_FIELDS = 5


def of_text(text: str) -> float | Missing:
    """Seconds between two runs of ``minute hour day month weekday``, with or without a sixth field behind them."""
    fields = text.split()
    return of_fields(*fields[:2]) if len(fields) in (_FIELDS, _FIELDS + 1) else UNKNOWN


def of_fields(minute: str, hour: str) -> float | Missing:
    """Seconds between two runs, on the days on which there are any: the shortest gap, where that is the usual one.

    UNKNOWN where it happens now and then.
    """
    minutes, hours = _numbers(minute, _HOUR), _numbers(hour, _DAY // _HOUR)
    due = [_HOUR * one + other for one in sorted(hours or ()) for other in sorted(minutes or ())]
    if not due:
        return UNKNOWN
    gaps = [later - one for one, later in zip(due, [*due[1:], due[0] + _DAY], strict=True)]
    shortest = min(gaps)
    return 60.0 * shortest if shortest * gaps.count(shortest) >= _USUAL else UNKNOWN


def _numbers(field: str, end: int) -> set[int] | None:
    """The minutes or hours that a field names; None where it is in other words."""
    found: set[int] = set()
    for part in field.split(","):
        numbers = _named(part.strip(), end)
        if numbers is None:
            return None
        found.update(numbers)
    return found


def _named(part: str, end: int) -> Iterator[int] | None:
    told = _PART.fullmatch(part)
    if told is None:
        return None
    first, step = int(told[2] or 0), int(told[4] or 1)
    last = int(told[3]) if told[3] else end - 1 if told[1] or told[4] else first
    return iter(range(first, min(last, end - 1) + 1, step)) if step else None
