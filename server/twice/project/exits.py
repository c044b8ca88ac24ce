"""The ways out of a handler, and whether one of them answers an error instead of raising it."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Exit
from twice.project.constants import constant
from twice.project.given import item
from twice.project.scene import Scene
from twice.project.unsettled import settled_by, settles_nothing
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import UNKNOWN, Setting

_ERRORS = range(400, 600)
_TUPLES = ("tuple", "expression_list")


def exits(scene: Scene) -> Iterator[Exit]:
    """The returns of a handler's own function, and the rounds of a batch that are cut short."""
    for site in scene.run.sites:
        leave = site.what
        if isinstance(leave, o.Leave) and leave.kind == "return" and site.frame is scene.run.root:
            value = leave.value or leave
            place = Place(site.frame.path, value.start, value.end)
            answer = Setting(False) if leave.value is None else _is_error(scene, Given(leave.value, site.frame))
            lost = (
                settles_nothing(scene, site) if scene.declared is not None and scene.declared.loop is None else UNKNOWN
            )
            yield Exit(
                place=place,
                name="return",
                step=scene.step(site),
                is_error=answer,
                settles_nothing=lost,
                settled_by=settled_by(scene, site),
            )
        elif isinstance(leave, o.Leave) and leave.kind == "continue" and site.frame is scene.run.root:
            records = (loop for loop in scene.run.sites if loop.kind == "loop" and loop.each_record)
            if any(site.node in loop.inside for loop in records) or _ends_round(scene, leave):
                place, lost = Place(site.frame.path, leave.start, leave.end), settles_nothing(scene, site)
                yield Exit(
                    place=place,
                    name="continue",
                    step=scene.step(site),
                    is_error=Setting(False),
                    settles_nothing=lost,
                    settled_by=settled_by(scene, site),
                )


def _ends_round(scene: Scene, leave: o.Leave) -> bool:
    """Does it lead to the next event, in a loop over an object that hands them out?"""
    declared = scene.declared
    if declared is None or not declared.spec.over or not isinstance(declared.loop, o.Loop):
        return False
    loops = (s for s in declared.function.statements if isinstance(s, o.Loop))
    around = [loop for loop in loops if loop.start <= leave.start < loop.end]
    return around[-1:] == [declared.loop]


def _is_error(scene: Scene, answer: Given) -> object:
    """A status of 400 or more, as a web answer holds it; UNKNOWN where the answer is made by somebody we do not see."""
    given = follow(scene.names, answer)
    status: Given | object | None = None
    if isinstance(given.value, o.Mapping):
        names = scene.names.libraries.settings.get("error_answers", ())
        status = next((found for name in names if (found := item(scene.names, answer, name)) is not None), None)
    elif isinstance(given.value, o.Collection) and given.value.kind in _TUPLES and len(given.value.items) > 1:
        status = Given(given.value.items[1], given.frame)
    elif isinstance(given.value, o.Literal):
        return Setting(False)
    else:
        return UNKNOWN
    if not isinstance(status, Given):
        return Setting(False) if status is None else UNKNOWN
    code = constant(scene.names, status.value, status.frame)
    if code is UNKNOWN:
        return UNKNOWN
    shown = follow(scene.names, status)
    at = shown if shown.frame.path == answer.frame.path else answer
    place = Place(at.frame.path, at.value.start, at.value.end)
    return Setting(isinstance(code, int) and code in _ERRORS, place=place)
