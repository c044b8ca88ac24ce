"""Objects that a task takes along although they belong to a database."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.facts import Queue
from twice.noun import Traced
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.things import Instance
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting

_REMOVAL = re.compile(r"(?i)delet|remov")
_COLLECTED = frozenset({"args", "kwargs"})


def carried_row(scene: Scene, site: Site, queue: object) -> dict[str, object]:
    """The first argument of a task that is a row as an object, and how it is named instead; a message of our own making may hold what it likes."""
    layout = scene.names.libraries.layouts.get(queue.kind) if isinstance(queue, Queue) else None
    if layout is None or layout.transport != "task" or not isinstance(site.what, o.Call) or _tells_of_removal(scene):
        return {"carries_row": UNKNOWN, "row_key": UNKNOWN}
    for value in _given(site.what):
        key = _key_of_row(scene, site, value)
        if key is not None:
            text = scene.text(value, site.frame)
            place = Place(site.frame.path, value.start, value.end)
            return {
                "carries_row": Traced(text, place, (frozenset({"store"}),)),
                "row_key": Setting(f"{text}.{key}") if key else NONE,
            }
    return {"carries_row": NONE, "row_key": NONE}


def _tells_of_removal(scene: Scene) -> bool:
    """What tells that a row is gone has to take along what it was: nobody can read it any more."""
    declaration = scene.declared.declaration if scene.declared is not None else None
    return declaration is not None and _REMOVAL.search(scene.text(declaration.call, declaration.frame)) is not None


def _given(call: o.Call) -> Iterator[o.Value]:
    """The arguments of the task: those of the call, and what stands in its lists of arguments."""
    for one in call.arguments:
        if one.star:
            continue
        if isinstance(one.value, o.Collection) and (one.name in _COLLECTED or one.name is None):
            yield from one.value.items
        elif isinstance(one.value, o.Mapping) and one.name in _COLLECTED:
            yield from (value for _, value in one.value.items)
        else:
            yield one.value


def _key_of_row(scene: Scene, site: Site, value: o.Value) -> str | None:
    """The name of the key of such an object, empty where it has no usual one; None when the value is no such object."""
    thing = scene.names.resolve(value, site.frame)
    if not isinstance(thing, Instance):
        return None
    rows = scene.names.libraries.settings.get("row_types", {})
    return next((rows[name] for name in scene.names.type_names(thing) if name in rows), None)
