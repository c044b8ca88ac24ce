"""Callbacks that read a name of a loop when the loop is over: all of them then see its last value."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.truth import UNKNOWN, Setting


def binds_last_value(scene: Scene, site: Site) -> object:
    """Is this step part of a callback that reads a loop's names, and runs after the loop because a transaction is around it?"""
    given = [r for r in scene.run.sites if r.deferred == "later" and r.routine is not None and site.node in r.inside]
    if not given:
        return Setting(False)
    registered = min(given, key=lambda one: len(one.inside))
    assert registered.routine is not None
    read = set(_free(registered.routine.function))
    loops = [one for one in _loops(scene, registered) if read & _bound(one.what)]
    if not loops:
        return Setting(False)
    around = [one for one, _ in scene.with_role("transaction") if registered.node in one.inside]
    if any(loop.node not in one.inside for loop in loops for one in around):
        return Setting(False)  # each round commits by itself
    return Setting(True) if around else UNKNOWN


def _loops(scene: Scene, registered: Site) -> list[Site]:
    """The loops around the place where the callback is made, in the same function."""
    assert registered.routine is not None
    at = registered.routine.function.start
    return [
        one
        for one in scene.run.sites
        if one.kind == "loop" and one.frame is registered.frame and one.what.start <= at < one.what.end
    ]


def _free(function: o.Function) -> Iterator[str]:
    """The names that a function reads and does not bind: a default value binds when the function is made."""
    own = {parameter.name for parameter in function.parameters}
    for statement in o.statements(function.body):
        for value in o.values_of(statement):
            yield from (part.id for part in o.walk(value) if isinstance(part, o.Name) and part.id not in own)


def _bound(loop: object) -> set[str]:
    """The names that each round binds anew."""
    return o.names_bound((loop,)) if isinstance(loop, o.Loop) else set()
