"""What stands in a call as a whole: its arguments together, and the words of one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from twice import outline as o
from twice.noun import Traced
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.given import argument
from twice.project.names import Names
from twice.project.trace import Tracer
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Missing, Setting


def asks_for_state(names: Names, source: Mapping[str, Any], meaning: Meaning) -> object:
    """``given`` when the text at ``words_in`` asks a row for its age or state, ``behind`` a word of it if one is named; else NONE."""
    found = _named(names, str(source["words_in"]), meaning)
    if not isinstance(found, Given):
        return UNKNOWN if found is UNKNOWN else NONE
    asked = _text(names, found)
    if "behind" in source:
        behind = re.search(source["behind"], asked)
        asked = asked[behind.end() :] if behind is not None else ""
    words = names.libraries.settings.get("row_conditions", r"(?!)")
    return Setting("given") if re.search(words, asked) else NONE


def _named(names: Names, reference: str, meaning: Meaning) -> Given | Missing | None:
    if reference != "receiver":
        return argument(names, meaning.call, meaning.frame, reference)
    callee = meaning.call.callee
    return Given(callee.base, meaning.frame) if isinstance(callee, o.Attribute) else None


def _text(names: Names, found: Given) -> str:
    """The text of a value as the program holds it, else as it is written."""
    text = literal_text(names, found.value, found.frame)
    if text is not None:
        return text
    given = follow(names, found)
    return names.outlines[given.frame.path].data[given.value.start : given.value.end].decode("utf-8", "replace")


def together(tracer: Tracer, source: str, meaning: Meaning) -> Traced | None:
    """All arguments of a call as one value; with ``chain`` those of the calls that it is made on, up to the first."""
    calls = [meaning.call] if source == "$*" else list(_chain(tracer.names, meaning))
    values = tuple(one.value for call in calls for one in call.arguments)
    if not values:
        return None
    whole = o.Collection(min(value.start for value in values), max(value.end for value in values), values, "tuple")
    tracer.names.frames.keep(whole)
    return tracer.traced(whole, meaning.frame)


def built_with(tracer: Tracer, source: Mapping[str, Any], meaning: Meaning) -> object | None:
    """``{built: $@0, by: [where]}``: what these methods were given when the value of the argument was built, all as one."""
    given = argument(tracer.names, meaning.call, meaning.frame, str(source["built"]))
    if not isinstance(given, Given):
        return given
    found = follow(tracer.names, given)
    inside = Meaning(meaning.spec, found.value, found.frame) if isinstance(found.value, o.Call) else None
    calls = [found.value, *_chain(tracer.names, inside)] if inside is not None else []
    values = tuple(
        one.value
        for call in calls
        if isinstance(call, o.Call) and o.called_name(call) in source["by"]
        for one in call.arguments
    )
    if not values:
        return UNKNOWN
    whole = o.Collection(min(value.start for value in values), max(value.end for value in values), values, "tuple")
    tracer.names.frames.keep(whole)
    return tracer.traced(whole, found.frame)


def _chain(names: Names, meaning: Meaning) -> Iterator[o.Call]:
    value: o.Value | None = meaning.call
    while isinstance(value, o.Call) and isinstance(value.callee, o.Attribute):
        value = follow(names, Given(value.callee.base, meaning.frame)).value
        if isinstance(value, o.Call):
            yield value


def drawn(tracer: Tracer, given: Given | Missing | None) -> object:
    """Has a value a part that is drawn anew, or read from the clock, wherever it comes from?"""
    if not isinstance(given, Given):
        return UNKNOWN if given is UNKNOWN else Setting(False, default=True)
    traced = tracer.traced(given.value, given.frame)
    anew = [bool(way & {"random", "clock"}) for way in traced.ways]
    if any(anew) and not all(anew):
        return UNKNOWN
    return Setting(True, place=traced.place) if any(anew) else Setting(False) if traced.complete else UNKNOWN
