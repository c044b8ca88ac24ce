"""Which values of a statement an update sets, and which say what rows it meets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.columns import Placeholder, beside
from twice.project.constants import literal_text
from twice.project.given import argument, item
from twice.project.names import Names
from twice.project.values import Given, follow
from twice.truth import Missing

_NUMBERED = re.compile(r"\$\d")


def bound(names: Names, source: Mapping[str, Any], meaning: Meaning) -> Given | Missing | None:
    """``{bound: VALUES, in: STATEMENT, before: WORD}``, or ``behind``: the values for the placeholders on that side of the word.

    The statement itself where it says everything there; all values where nobody can tell which one stands where.
    """
    statement, whole = (argument(names, meaning.call, meaning.frame, str(source[key])) for key in ("in", "bound"))
    text = literal_text(names, statement.value, statement.frame) if isinstance(statement, Given) else None
    if text is None or not isinstance(statement, Given):
        return whole
    before, behind = beside(text, source.get("before") or source["behind"])
    wanted = before if "before" in source else behind
    if not wanted:
        return _in_words(names, statement)
    # Numbers count the arguments behind the statement.
    numbered = _NUMBERED.search(text) is not None
    found = list(_arguments(meaning, wanted) if numbered else _inside(names, whole, wanted))
    if len(found) != len(wanted):
        return whole
    if len(found) == 1:
        return found[0]
    values = tuple(one.value for one in found)
    together = o.Collection(min(one.start for one in values), max(one.end for one in values), values, "tuple")
    names.frames.keep(together)
    return Given(together, found[0].frame)


def _in_words(names: Names, statement: Given) -> Given:
    """The text of a statement, taken out of the call that it is given to."""
    found = follow(names, statement)
    inner = found.value.arguments[0].value if isinstance(found.value, o.Call) and found.value.arguments else None
    return Given(inner, found.frame) if isinstance(inner, o.Literal) else statement


def _arguments(meaning: Meaning, wanted: tuple[Placeholder, ...]) -> Iterator[Given]:
    given = [one for one in meaning.call.arguments if one.name is None][1:]
    for one in wanted:
        if one.position < len(given) and not any(other.star for other in given):
            yield Given(given[one.position].value, meaning.frame)


def _inside(names: Names, whole: object, wanted: tuple[Placeholder, ...]) -> Iterator[Given]:
    if not isinstance(whole, Given):
        return
    built = follow(names, whole)
    items = built.value.items if isinstance(built.value, o.Collection) else ()
    for one in wanted:
        if one.name is not None:
            found = item(names, built, one.name)
            if isinstance(found, Given):
                yield found
        elif one.position < len(items) and not any(isinstance(row, o.Collection) for row in items):
            yield Given(items[one.position], built.frame)
