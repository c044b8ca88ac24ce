"""What a library file does to a value that was found: turn it round, reckon with it, put it into words; and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twice.libraries import amount
from twice.truth import NONE, UNKNOWN, Setting


def changed(found: object | None, source: Mapping[Any, Any]) -> object | None:
    """A value with what its source does to it: ``not``, ``times``, ``plus``, ``is``, ``among``, ``words``."""
    if not isinstance(found, Setting):
        return found
    value = found.value
    if source.get("not") and isinstance(value, bool):
        value = not value
    elif source.get("not") and value is NONE:
        value = True
    if "times" in source and isinstance(value, int | float) and not isinstance(value, bool):
        value = value * source["times"]
    if "plus" in source and isinstance(value, int | float) and not isinstance(value, bool):
        value = value + source["plus"]
    if "is" in source:
        value = value == source["is"] if value is not UNKNOWN else UNKNOWN
    if "among" in source:
        value = value in source["among"] if value is not UNKNOWN else UNKNOWN
    if "words" in source and value is not UNKNOWN:
        word = "none" if value is NONE else value
        said = source["words"].get(word, source["words"].get("else", "unknown"))
        value = value if said == "given" else amount(said)
    return Setting(value, found.default, found.place)


def matches(installed: tuple[int, ...], sign: str, wanted: str) -> bool:
    """Does an installed version satisfy ``>=1.44``?"""
    limit = tuple(int(part) for part in wanted.split("."))
    width = max(len(installed), len(limit))
    left = installed + (0,) * (width - len(installed))
    right = limit + (0,) * (width - len(limit))
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "==": left == right}[sign]
