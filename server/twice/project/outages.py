"""Does a retry, or a clause, answer to a service that is out of reach: a time-out, a lost connection? Or to everything?"""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.names import Names
from twice.project.things import Frame, Outside
from twice.project.values import Given, follow
from twice.truth import UNKNOWN, Missing, Setting

EVERYTHING = frozenset({"builtins.Exception", "builtins.BaseException"})
_REVERSED = re.compile(r"(?i)\bnot_|_not_|unless|_result")


def names_outage(names: Names, given: Given | Missing | None) -> object:
    """What is written as the errors to answer to; nothing written means all of them."""
    if not isinstance(given, Given):
        return UNKNOWN if given is UNKNOWN else Setting(True, default=True)
    found = follow(names, given)
    if _REVERSED.search(_text(names, found)):
        return UNKNOWN
    return Setting(True) if any(is_outage(names, part, found.frame) for part in written_errors(found)) else UNKNOWN


def names_any_error(names: Names, given: Given | Missing | None) -> object:
    """Are the errors to answer to all that there are, those of bad data too? Nothing written means all of them."""
    if not isinstance(given, Given):
        return UNKNOWN if given is UNKNOWN else Setting(True, default=True)
    found = follow(names, given)
    errors = [one for one in written_errors(found) if isinstance(one, o.Name | o.Attribute)]
    if not errors or _REVERSED.search(_text(names, found)):
        return UNKNOWN
    things = [names.resolve(one, found.frame) for one in errors]
    return Setting(any(isinstance(thing, Outside) and thing.name in EVERYTHING for thing in things))


def _text(names: Names, given: Given) -> str:
    data = names.outlines[given.frame.path].data
    return data[given.value.start : given.value.end].decode("utf-8", "replace")


def written_errors(found: Given) -> list[o.Value]:
    """One error, or the parts of a tuple or call that holds several."""
    return [found.value] if isinstance(found.value, o.Name | o.Attribute) else list(o.walk(found.value))


def is_outage(names: Names, error: o.Value, frame: Frame) -> bool:
    """An error that says no more than that no answer came, or that something failed."""
    thing = names.resolve(error, frame) if isinstance(error, o.Name | o.Attribute) else None
    broad = names.libraries.settings.get("broad_errors", ())
    return isinstance(thing, Outside) and (thing.name in EVERYTHING or thing.name in broad)
