"""Constants of the program: numbers, durations and texts that are the same whenever it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.libraries import amount
from twice.project.given import argument
from twice.project.periods import of_fields
from twice.project.things import Frame, Outside
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Missing

if TYPE_CHECKING:
    from twice.project.names import Names

_ARITHMETIC = {"+", "-", "*", "/", "//", "**"}
_UNITS = {"days": 86400, "seconds": 1, "minutes": 60, "hours": 3600, "weeks": 604800, "milliseconds": 0.001}


def constant(names: Names, value: o.Value, frame: Frame, depth: int = 12) -> object:
    """The constant a value has whenever the program runs; UNKNOWN when it has none. None of the program is NONE.

    Durations given as an interval object are seconds.
    """
    if depth == 0:  # a number that grows in a loop is made of itself
        return UNKNOWN
    given = follow(names, Given(value, frame))
    value, frame = given.value, given.frame
    match value:
        case o.Literal():
            return NONE if value.value is None else value.value
        case o.Operation(operands=(left, right)) if value.operator in _ARITHMETIC:
            parts = [constant(names, part, frame, depth - 1) for part in (left, right)]
            return _computed(value.operator, *parts)
        case o.Call():
            known = measured(names, value, frame)
            return _interval(names, value, frame) if known is UNKNOWN else known
        case o.Name() | o.Attribute() if names.libraries.amounts:
            thing = names.resolve(value, frame)
            return amount(names.libraries.amounts.get(thing.name, UNKNOWN)) if isinstance(thing, Outside) else UNKNOWN
    return UNKNOWN


def literal_text(names: Names, value: o.Value, frame: Frame, depth: int = 12) -> str | None:
    """The text of a value as far as it is written in the source; holes of a template read ``{}``."""
    if depth == 0:  # a text that grows in a loop is made of itself
        return None
    given = follow(names, Given(value, frame))
    match given.value:
        case o.Literal(value=str() as text):
            return text
        case o.Joined():
            inner = [literal_text(names, part, given.frame, depth - 1) for part in given.value.parts]
            return "".join("{}" if text is None else text for text in inner)
        case o.Call() if given.value.arguments:
            callee = names.resolve(given.value.callee, given.frame)
            if isinstance(callee, Outside) and callee.name in names.libraries.settings.get("wrapped_texts", ()):
                return literal_text(names, given.value.arguments[0].value, given.frame, depth - 1)
            if isinstance(given.value.callee, o.Attribute) and given.value.callee.name == "format":
                return literal_text(names, given.value.callee.base, given.frame, depth - 1)
    return None


def _computed(operator: str, left: object, right: object) -> object:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return UNKNOWN
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "//":
                return left // right
            case "**" if abs(right) < 64:
                return left**right
    except (ArithmeticError, ValueError):
        return UNKNOWN
    return UNKNOWN


def measured(names: Names, call: o.Call, frame: Frame) -> object:
    """The amount that an object of a library stands for, by the argument that holds it; UNKNOWN when it stands for none."""
    callee = names.resolve(call.callee, frame)
    specs = names.libraries.calls.get(callee.name, ()) if isinstance(callee, Outside) else ()
    timetable = next((spec.cron for spec in specs if spec.cron), ())
    if timetable:
        return of_fields(*(_cron_field(names, argument(names, call, frame, one)) for one in timetable))
    source, unit = next(((spec.amount, spec.unit) for spec in specs if spec.amount is not None), ((), 1))
    for reference in source:
        if not str(reference).startswith("$"):
            return amount(reference)
        given = argument(names, call, frame, str(reference))
        if isinstance(given, Given):
            number = constant(names, given.value, given.frame)
            return _computed("*", number, unit) if unit != 1 else number
        if given is not None:
            return UNKNOWN
    return UNKNOWN


def _cron_field(names: Names, given: Given | Missing | None) -> str:
    """``*/5``, ``5`` or ``5,10``; of a list its elements, and of what nobody gives, or knows, what stands for any or for none of them."""
    if not isinstance(given, Given):
        return "*" if given is None else "?"
    found = follow(names, given)
    parts = found.value.items if isinstance(found.value, o.Collection) else (found.value,)
    known = [constant(names, one, found.frame) for one in parts]
    return ",".join(str(one).replace(" ", "") if isinstance(one, int | str) else "?" for one in known)


def _interval(names: Names, call: o.Call, frame: Frame) -> object:
    callee = names.resolve(call.callee, frame)
    if not (isinstance(callee, Outside) and callee.name == "datetime.timedelta"):
        return UNKNOWN
    total = 0.0
    positions = ("days", "seconds")
    for index, one in enumerate(call.arguments):
        unit = one.name or (positions[index] if index < len(positions) else "")
        amount = constant(names, one.value, frame)
        if unit not in _UNITS or not isinstance(amount, int | float):
            return UNKNOWN
        total += amount * _UNITS[unit]
    return total
