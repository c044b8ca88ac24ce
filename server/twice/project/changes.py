"""How a template is changed so that a field of a fact has another value."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor, isfinite
from typing import Any

from msgspec import Struct, field

from twice.languages.template_edit import Change
from twice.libraries import amount
from twice.noun import Fact
from twice.project.sites import Site
from twice.project.spellings import Own, own_name
from twice.text import Place
from twice.truth import effective


class Written(Struct, frozen=True, eq=False):
    """The resource that a fact stands for: the place of its logical id, and how its fields are written.

    ``names`` are those that properties have in the words of its template; None where these are the library file's own.
    ``places`` are those of what is around it, by the fields that are written there.
    ``site`` is the resource itself, and ``joined`` are the facts of what it joins, or where these are said, by the names for them.
    ``within`` is said where properties stand right below the name at this place: the first part of their path that this name
    stands for, or nothing.
    """

    place: Place
    fields: Mapping[str, Any]
    joined: Mapping[str, object]
    names: Mapping[str, Any] | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    within: str | None = None
    site: Site | None = None


def changed_at(written: Mapping[Fact, Written], fact: Fact, name: str) -> Place | None:
    """The place of the resource that says, or would say, a field of a fact."""
    where = owner(written, fact, name)
    return where.place if where is not None else None


def owner(written: Mapping[Fact, Written], fact: Fact, name: str) -> Written | None:
    """The resource that says a field of a fact: its own, or that of what it joins. A reader that nobody deploys says it of its queue."""
    where = written.get(fact)
    if where is None:
        queue = effective(getattr(fact, "queue", None))
        return written.get(queue) if isinstance(queue, Fact) else None
    joined = (
        where.joined.get(str(where.fields[name]["of"]).partition(".")[0])
        if "of" in where.fields.get(name, {})
        else None
    )
    if isinstance(joined, Written):
        return joined
    return owner(written, joined, name) if isinstance(joined, Fact) else where


def change(written: Mapping[Fact, Written], fact: Fact, name: str, value: object) -> Change | None:
    """How a template says that a field of a fact has this value; None when it cannot."""
    where = written.get(fact)
    rule = where.fields.get(name) if where is not None else None
    if where is None or rule is None:
        return None
    if "of" in rule:
        owner, _, other = str(rule["of"]).partition(".")
        joined = where.joined.get(owner)
        return change(written, joined, other, value) if isinstance(joined, Fact) else None
    found = _in_template(rule, value)
    keys = (*rule["property"].split("."), *([rule["key"].format(name=fact.name)] if "key" in rule else ()))
    blocks = (*(True for _ in keys[1:]), False)
    if "at" in rule:
        around = where.places.get(name)
        return Change(around, keys, found, blocks, True) if around is not None and found is not None else None
    if found is not None and where.within is not None:
        return Change(where.place, keys[1:] if keys[0] == where.within else keys, found, spelled=True)
    if found is None or where.names is None:
        return Change(where.place, keys, found, blocks) if found is not None else None
    if "key" in rule:  # an entry of a map; a property that goes by no other name has its own
        named = own_name(where.names, keys[:-1]) or Own(keys[:-1], (False,) * len(keys[:-1]))
        return Change(where.place, (*named.keys, keys[-1]), found, (*named.blocks, False))
    own = own_name(where.names, keys)
    if own is None:
        return None
    if own.flag and found != list(own.flag):
        return None
    single = found[0] if own.is_one and isinstance(found, list) and len(found) == 1 else found
    if own.unit > 1:
        single = single // own.unit if isinstance(single, int) and single % own.unit == 0 else None
    given = True if own.flag else single
    return Change(where.place, own.keys, given, own.blocks, True, own.made_by) if given is not None else None


def _in_template(rule: Mapping[str, Any], value: object) -> object:
    if "values" in rule:
        return next((text for word, text in rule["values"].items() if amount(word) == value), None)
    if isinstance(value, bool | str):
        return value
    if not isinstance(value, int | float) or not isfinite(value):
        return None
    exact = value * rule.get("times", 1) + rule.get("plus", 0)
    number = floor(exact) if rule.get("down") else round(exact)
    if not rule.get("at_least", number) <= number <= rule.get("at_most", number):
        return None
    return f"{number}{rule['unit']}" if "unit" in rule else number
