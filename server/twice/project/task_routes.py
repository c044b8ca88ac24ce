"""Which queue the routes of a task framework send a task to: a table from names, or patterns of names, to queues."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from twice import outline as o
from twice.project.constants import literal_text
from twice.project.given import item
from twice.project.names import Names
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import UNKNOWN, Missing, Setting


def route(names: Names, tables: tuple[Given | Missing, ...], tasks: tuple[str, ...], key: str) -> object | None:
    """The queue by the first table that has a route for one of the names of a task; None where nobody routes it.

    A name that is written out counts more than a pattern. UNKNOWN where a program decides, or where the tables do not agree.
    """
    found = [_in_table(names, one, tasks, key) if isinstance(one, Given) else UNKNOWN for one in tables]
    told = {one.value if isinstance(one, Setting) else one for one in found}
    return (found[0] if len(told) == 1 else UNKNOWN) if found else None


def _in_table(names: Names, table: Given, tasks: tuple[str, ...], key: str) -> object | None:
    shown = follow(names, table)
    value = shown.value
    if isinstance(value, o.Collection):  # several tables, or pairs of a pattern and its route
        pairs = [one for one in value.items if isinstance(one, o.Collection) and len(one.items) == 2]
        if len(pairs) == len(value.items):
            return _first(names, [(one.items[0], one.items[1]) for one in pairs], shown, tasks, key)
        return _in_table(names, Given(value.items[0], shown.frame), tasks, key) if len(value.items) == 1 else UNKNOWN
    if not isinstance(value, o.Mapping):
        return UNKNOWN
    return _first(names, list(value.items), shown, tasks, key)


def _first(
    names: Names, entries: list[tuple[o.Value | None, o.Value]], table: Given, tasks: tuple[str, ...], key: str
) -> object | None:
    written = [(literal_text(names, name, table.frame) if name is not None else None, one) for name, one in entries]
    if any(name is None for name, _ in written):
        return UNKNOWN
    exact = [one for name, one in written if name in tasks]
    fitting = exact or [one for name, one in written if name is not None and _fits(name, tasks)]
    return _queue(names, Given(fitting[0], table.frame), key) if fitting else None


def _fits(pattern: str, tasks: tuple[str, ...]) -> bool:
    return "*" in pattern and any(fnmatchcase(task, pattern) for task in tasks)


def _queue(names: Names, given: Given, key: str) -> object:
    """A route is the name of a queue, or has it beside other things."""
    shown = follow(names, given)
    named = item(names, shown, key) if isinstance(shown.value, o.Mapping | o.Call) else shown
    text = literal_text(names, named.value, named.frame) if isinstance(named, Given) else None
    if not isinstance(named, Given) or text is None or "{}" in text:
        return UNKNOWN
    return Setting(text, place=Place(named.frame.path, named.value.start, named.value.end))


def dotted(path: str, name: str) -> Iterator[str]:
    """The names under which a function of a module can be known: ``shop.tasks.charge``, ``tasks.charge``."""
    parts = [*path.removesuffix(".py").removesuffix("/__init__").split("/"), name]
    for start in range(len(parts) - 1):
        yield ".".join(parts[start:])
