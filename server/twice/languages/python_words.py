"""The words of a Python file that new text has to fit in with: the name of a caught error, of the logger, and names that are free; and whole
numbers."""

from __future__ import annotations

import re
from math import ceil, isfinite

from twice import outline as o
from twice.action import Edits
from twice.finding import Edit
from twice.languages.python_places import blocks
from twice.text import Place

_LOGGER = re.compile(r"(?i)(get_?)?logger")


def whole(value: object) -> str | None:
    """An amount as a whole number, rounded up; None where it is none, or has no end."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return str(ceil(value))


def error_name(outline: o.Outline, place: Place) -> tuple[str, Edits] | None:
    """What the clause around a place calls the error it caught, and how it comes to that name; None where nothing is caught by type."""
    tries = [one for block in blocks(outline, place) for one in block if isinstance(one, o.Try)]
    clauses = [c for one in tries for c in one.excepts if c.start <= place.start and place.end <= c.end]
    clause = min(clauses, key=lambda one: one.end - one.start, default=None)
    if clause is None or not clause.types:
        return None
    if clause.name:
        return clause.name, ()
    header = re.compile(rb"[\s,)]*:").match(outline.data, clause.types[-1].end)
    name = free_name(outline, "error", "failure")
    if header is None or not name:
        return None
    return name, (Edit(Place(place.path, header.end() - 1, header.end() - 1), f" as {name}"),)


def logger_name(outline: o.Outline) -> str:
    """What the file calls its own logger; nothing when it has none."""
    for statement in outline.module.body:
        if isinstance(statement, o.Assign) and isinstance(statement.value, o.Call) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, o.Name) and _LOGGER.fullmatch(o.called_name(statement.value)):
                return target.id
    return ""


def free_name(outline: o.Outline, *names: str) -> str:
    """The first of these names that the file does not know yet; nothing when it knows all."""
    return next((name for name in names if not is_word(outline, name)), "")


def is_word(outline: o.Outline, name: str) -> bool:
    return re.search(rb"\b%s\b" % name.encode(), outline.data) is not None
