"""Rows of a loop that stay as they were when their turn fails, because only the others are noted down."""

from __future__ import annotations

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene

_NOTES = ("append", "add")


def stays_marked(scene: Scene, clause: Site) -> bool:
    """Does the clause go on with the next row, past the step that notes the row for what is done behind the loop?"""
    goes_on = any(
        s.node in clause.then and isinstance(s.what, o.Leave) and s.what.kind == "continue" for s in scene.run.sites
    )
    loops = [s for s in scene.run.sites if s.kind == "loop" and clause.node in s.inside and not s.each_record]
    if not goes_on or not loops:
        return False
    loop = min(loops, key=lambda one: len(one.inside))
    passed = loop.inside - clause.then
    noted = {name for s in scene.run.sites if s.node in passed for name in _noted_on(s)}
    return any(_uses(s, noted) for s in scene.run.sites if s.frame is loop.frame and s.node not in loop.inside)


def _noted_on(site: Site) -> set[str]:
    """The name of the list that a call adds to."""
    callee = site.what.callee if isinstance(site.what, o.Call) else None
    if isinstance(callee, o.Attribute) and callee.name in _NOTES and isinstance(callee.base, o.Name):
        return {callee.base.id}
    return set()


def _uses(site: Site, names: set[str]) -> bool:
    given = site.what.arguments if isinstance(site.what, o.Call) else ()
    return any(isinstance(part, o.Name) and part.id in names for one in given for part in o.walk(one.value))
