"""Timetables: settings or rows that name the tasks which a framework runs at set times."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice.project.declared import Declared
from twice.project.names import Names

_TEXT = re.compile(rb"""["']([\w.-]+)["']""")


def may_recur(names: Names, declared: Declared) -> bool:
    """Is the handler named, by itself or by the place it stands in, where the workspace sets up a timetable of its kind? Or does it
    find out by itself what there is to do, being told nothing: then what the timetable names may send it off."""
    if declared.kind not in names.timetables:
        names.timetables[declared.kind] = frozenset(_named(names, declared.kind))
    known = names.timetables[declared.kind]
    own = [one for one in declared.function.parameters if one.name not in ("self", "cls")]
    return declared.function.name in known or (bool(known) and all(one.default is not None for one in own))


def _named(names: Names, kind: str) -> Iterator[str]:
    """The last part of every name in the files that speak of such a timetable."""
    words = names.libraries.settings.get("timetables", {}).get(kind)
    for outline in names.code.values() if words else ():
        if re.search(str(words).encode(), outline.data):
            yield from (found[1].decode().rpartition(".")[2] for found in _TEXT.finditer(outline.data))
