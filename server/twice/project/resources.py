"""What the properties of a deployed resource mean, by the words of a library file. No vendor is named here.

A source says where a field's value comes from:

- ``$A.B.0.[]``: a property of the resource, of an element or of all elements (``{}``: of all entries); ``$^A``: of the resource around an item;
- ``$A->B``: the property ``B`` of the resource that ``$A`` names, and so on: ``$A->B->C``;
- ``queue.field`` or ``function.field``: a field of a fact it joins; ``queue.$A``: a property of its resource;
- a list: the first that is written; any other constant: the vendor's default (``none``, ``unknown``, ``30s``);
- ``{of: SOURCE, ...}``: that value changed, in this order: ``unless`` (this value counts as left out), ``holds`` (the
  list has it), ``first`` (the item of the list that matches, left out without one), ``matches`` (a text does), ``words`` and ``else`` (translated), ``times``, ``plus``, ``not``. ``as``
  reads it as ``truth``, ``number``, ``period`` (of a schedule), ``text``, ``list``, ``entries`` (of a mapping, as ``name=text``) or ``any`` (true when it is there at all);
- ``{given: SOURCE, then: CONSTANT, else: CONSTANT}``: what follows from its being written;
- ``{named: PATTERN, then: CONSTANT, else: CONSTANT}``: what the resource's own name gives away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice.languages.template import (
    Absent,
    Alternatives,
    Items,
    Literal,
    Record,
    Reference,
    Resource,
    Unknown,
    Value,
    moved,
    written,
)
from twice.libraries import amount
from twice.noun import Fact
from twice.project.periods import of_text
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting, effective

_CLOCK = re.compile(r"(?:(\d+)\.)?(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_UNITS = re.compile(r"(?i)p?(?:(\d+)d)?t?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?")

_RATE = re.compile(r"\s*rate\((\d+) (minute|hour|day)s?\)\s*")
_RATES = {"minute": 60, "hour": 3600, "day": 86400}
_CRON = re.compile(r"\s*(?:cron\()?([^()]+)\)?\s*")


class Owned(Struct, frozen=True):
    """Properties with the template and the file they stand in; None when the resource is not to be known."""

    scope: str
    path: str
    properties: Value | None


class View(Struct, frozen=True):
    """What the sources of one entry can see: the properties of an item and of its resource, and what they join.

    ``scope`` is the template, ``path`` the file of it, ``around`` are its resources. ``target`` answers which fact a value
    means: a fact, or UNKNOWN.
    """

    scope: str
    path: str
    name: str
    properties: Value
    outer: Value
    around: Mapping[str, Resource]
    target: Callable[[str, Value, str], object]
    joined: Mapping[str, object] = field(default_factory=dict)
    resources: Mapping[str, Owned] = field(default_factory=dict)


def evaluate(source: Any, view: View, kind: str) -> Setting | None:
    """The value of a field of this kind; None when the source is not written."""
    if isinstance(source, list):
        found = (evaluate(one, view, kind) for one in source)
        return next((one for one in found if one is not None), None)
    if isinstance(source, Mapping):
        return _derived(source, view, kind)
    if not isinstance(source, str):
        return Setting(source, default=True)
    owner, _, rest = source.partition(".")
    if source.startswith("$"):
        return _read(Owned(view.scope, view.path, None), value_at(view, source), view, kind)
    if rest and owner in view.joined:
        return _of_joined(owner, rest, view, kind)
    if source == "self":
        return Setting(view.joined.get("self", UNKNOWN))
    return constant(source)


def constant(source: object) -> Setting:
    """A vendor's default."""
    found = amount(source)
    return Setting(found, default=found is not UNKNOWN)


def value_at(view: View, source: str) -> Value | None:
    """The value of a property as the template gives it; None when it is left out."""
    first, *rest = source.split("->")
    if first.startswith("$^"):
        found = _at(view.outer, first[2:].split("."))
    else:
        found = _at(view.properties, first[1:].split("."))
    for keys in rest:
        found = _of_named(found, keys, view) if found is not None else None
    return found


def _of_named(found: Value, keys: str, view: View) -> Value | None:
    """The property of the resource that a value names, as if it stood where that is named."""
    resource = view.around.get(found.target) if isinstance(found, Reference) else None
    if resource is None:
        return Unknown(found.start, found.end)
    other = _at(resource.properties, keys.split("."))
    return moved(other, found.start, found.end) if other is not None else None


def all_at(found: Value | None, keys: list[str]) -> list[Value]:
    """The values at a path in which ``[]`` stands for each element."""
    index = next((index for index, key in enumerate(keys) if key in ("[]", "{}")), None)
    if index is None:
        at = _at(found, keys) if found is not None else None
        return [at] if at is not None else []
    items = _at(found, keys[:index]) if found is not None and index else found
    inner = keys[index + 1 :]
    each = elements(items) if keys[index] == "[]" else _entries(items)
    return [one for item in each for one in (all_at(item, inner) if inner else [item])]


def _entries(found: Value | None) -> tuple[Value, ...]:
    """The values of a mapping; itself where it is decided elsewhere."""
    if isinstance(found, Alternatives):
        return tuple(one for option in found.options for one in _entries(option))
    return tuple(found.fields.values()) if isinstance(found, Record) else (found,) if found is not None else ()


def elements(found: Value | None) -> tuple[Value, ...]:
    """The items of a list, in all the forms that a template can give it."""
    if isinstance(found, Items):
        return tuple(one for item in found.items for one in (elements(item) if isinstance(item, Items) else (item,)))
    if isinstance(found, Alternatives):
        return tuple(one for option in found.options for one in elements(option))
    return (found,) if isinstance(found, Record) else ()


def value_below(found: Value, key: str) -> Value | None:
    """The value of one property; None when it is left out."""
    return _at(found, [key])


def reading(found: Value, path: str, kind: str) -> Setting:
    """A value that stands in a file, as a field of this kind."""
    place = Place(path, found.start, found.end)
    if isinstance(found, Unknown | Alternatives):
        return Setting(UNKNOWN, place=place)
    return Setting(_READINGS.get(kind, _as_text)(found), place=place)


# --- walking properties ----------------------------------------------------------------------------------------------


def _at(found: Value | None, keys: list[str]) -> Value | None:
    for index, key in enumerate(keys):
        if found is None:
            return None
        if index < len(keys) - 1 and isinstance(found, Record) and (name := ".".join(keys[index:])) in found.fields:
            found = found.fields[name]  # a name that has dots of its own
            break
        found = _get(found, key)
    return None if isinstance(found, Absent) else found


def _get(found: Value, key: str) -> Value | None:
    if isinstance(found, Record):
        missing = None if found.whole else Unknown(found.start, found.end)
        return found.fields.get(key, missing)
    if isinstance(found, Items) and key.isdigit():
        missing = None if found.whole else Unknown(found.start, found.end)
        return found.items[int(key)] if int(key) < len(found.items) else missing
    if isinstance(found, Alternatives):
        return _get_each(found, key)
    if isinstance(found, Absent | Literal):
        return None
    return Unknown(found.start, found.end)


def _get_each(found: Alternatives, key: str) -> Value | None:
    options = [_get(option, key) for option in found.options]
    if all(option is None for option in options):
        return None
    filled = tuple(Absent(found.start, found.end) if option is None else option for option in options)
    return Alternatives(filled, found.start, found.end)


# --- reading a value as a field --------------------------------------------------------------------------------------


def _read(owned: Owned, found: Value | None, view: View, kind: str) -> Setting | None:
    if found is None or isinstance(found, Absent):
        return None
    if isinstance(found, Literal) and found.unwritten:
        return Setting(_READINGS.get(kind, _as_text)(found), default=True)
    place = Place(owned.path, found.start, found.end)
    if isinstance(found, Alternatives):
        return _agreed([_read(owned, option, view, kind) for option in found.options], place)
    if isinstance(found, Unknown):
        return Setting(UNKNOWN, place=place)
    if kind in ("queue", "function"):
        return Setting(view.target(owned.scope, found, kind), place=place)
    assumed = isinstance(found, Literal) and found.assumed
    return Setting(_READINGS.get(kind, _as_text)(found), place=place, assumed=assumed)


def _agreed(options: list[Setting | None], place: Place) -> Setting:
    """What all alternatives say; UNKNOWN where they differ, or where one of them leaves it out."""
    values = [option.value if option is not None else UNKNOWN for option in options]
    same = all(one is values[0] or (not isinstance(one, Fact) and one == values[0]) for one in values)
    return Setting(values[0] if same else UNKNOWN, place=place)


def _as_number(found: Value) -> object:
    given = found.value if isinstance(found, Literal) else None
    if isinstance(given, int | float) and not isinstance(given, bool):
        return given
    try:
        return float(str(given)) if "." in str(given) else int(str(given))
    except ValueError:
        return UNKNOWN


def _as_duration(found: Value) -> object:
    """Seconds; or a clock: ``1.00:05:00`` is a day and five minutes, as ``1d5m`` and ``P1DT5M`` are."""
    text = str(found.value) if isinstance(found, Literal) else ""
    clock = _CLOCK.fullmatch(text) or (_UNITS.fullmatch(text) if text[-1:].isalpha() else None)
    if clock is None or not any(clock.groups()):
        return _as_number(found)
    days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _as_period(found: Value) -> object:
    """Seconds between two runs: ``rate(5 minutes)``, ``cron(0/5 * * * ? *)``."""
    text = str(found.value) if isinstance(found, Literal) else ""
    rate = _RATE.fullmatch(text)
    if rate is not None:
        return int(rate[1]) * _RATES[rate[2]]
    cron = _CRON.fullmatch(text)
    return of_text(cron[1]) if cron is not None else UNKNOWN


def _as_truth(found: Value) -> object:
    given = found.value if isinstance(found, Literal) else None
    return given if isinstance(given, bool) else {"true": True, "false": False}.get(str(given).lower(), UNKNOWN)


def _as_text(found: Value) -> object:
    return found.value if isinstance(found, Literal) else written(found) or UNKNOWN


def _as_list(found: Value) -> object:
    if not isinstance(found, Items):
        return (_as_text(found),)
    known = tuple(_as_text(item) for item in found.items)
    return known if found.whole else (*known, UNKNOWN)


def _as_entries(found: Value) -> object:
    """All of a mapping, as lines of text; UNKNOWN when there may be more, and ``name=`` where a value is decided elsewhere."""
    if not isinstance(found, Record) or not found.whole:
        return UNKNOWN
    texts = ((name, _as_text(one)) for name, one in found.fields.items())
    return "\n".join(f"{name}={'' if text is UNKNOWN else text}" for name, text in texts)


_READINGS: Mapping[str, Callable[[Value], object]] = {
    "entries": _as_entries,
    "number": _as_number,
    "duration": _as_duration,
    "period": _as_period,
    "truth": _as_truth,
    "list": _as_list,
    "any": lambda found: True,
}


# --- values of other facts -------------------------------------------------------------------------------------------


def _of_joined(owner: str, rest: str, view: View, kind: str) -> Setting | None:
    fact = view.joined[owner]
    if not isinstance(fact, Fact):
        return Setting(fact)
    if rest.startswith("$"):
        owned = view.resources.get(owner)
        if owned is None or owned.properties is None:
            return Setting(UNKNOWN)
        return _read(owned, _at(owned.properties, rest[1:].split(".")), view, kind)
    found = getattr(fact, rest, UNKNOWN)
    if not isinstance(found, Setting):
        return Setting(found)
    # What is not written would be written there.
    return found if found.place is not None else replace(found, place=fact.place)


# --- derived values --------------------------------------------------------------------------------------------------


def _derived(source: Mapping[str, Any], view: View, kind: str) -> Setting | None:
    if "named" in source:
        return constant(source["then" if re.search(source["named"], view.name) else "else"])
    if "given" in source:
        return _given(source, view, kind)
    found = evaluate(source["of"], view, source.get("as", kind))
    for word, change in _CHANGES.items():
        if word not in source:
            continue
        if found is None or (word != "unless" and found.value in (NONE, UNKNOWN)):
            return found
        found = change(found, source[word], source)
    return found


def _given(source: Mapping[str, Any], view: View, kind: str) -> Setting | None:
    found = evaluate(source["given"], view, "value")
    if found is None:
        return constant(source["else"]) if "else" in source else None
    if found.value is UNKNOWN:
        return Setting(UNKNOWN, place=found.place)
    return Setting(amount(source["then"]), place=found.place)


def _unless(found: Setting, wanted: Any, source: Mapping[str, Any]) -> Setting | None:
    return None if found.value == amount(wanted) else found


def _holds(found: Setting, wanted: Any, source: Mapping[str, Any]) -> Setting:
    items = found.value if isinstance(found.value, tuple) else ()
    answer = True if wanted in items else UNKNOWN if UNKNOWN in items else False
    return Setting(answer, place=found.place)


def _first(found: Setting, pattern: Any, source: Mapping[str, Any]) -> Setting | None:
    items = found.value if isinstance(found.value, tuple) else ()
    fitting = next((one for one in items if isinstance(one, str) and re.search(pattern, one)), None)
    if fitting is not None:
        return Setting(fitting, place=found.place)
    return Setting(UNKNOWN, place=found.place) if UNKNOWN in items else None


def _words(found: Setting, words: Any, source: Mapping[str, Any]) -> Setting:
    given: Any = found.value
    return Setting(amount(words.get(given, source.get("else", given))), found.default, found.place)


_CHANGES: Mapping[str, Callable[[Setting, Any, Mapping[str, Any]], Setting | None]] = {
    "unless": _unless,
    "holds": _holds,
    "first": _first,
    "matches": lambda found, pattern, _: Setting(bool(re.search(pattern, str(found.value))), place=found.place),
    "words": _words,
    "times": lambda found, factor, _: _calculated(found, lambda number: number * factor),
    "plus": lambda found, term, _: _calculated(found, lambda number: number + term),
    "not": lambda found, wanted, _: Setting(not found.value, found.default, found.place) if wanted else found,
}


def _calculated(found: Setting, change: Callable[[Any], Any]) -> Setting:
    return Setting(change(effective(found)), found.default, found.place)
