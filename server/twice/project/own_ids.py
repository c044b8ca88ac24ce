"""The id of what is published by which copies can be told apart, and whether each attempt makes another one."""

from __future__ import annotations

import re

from twice import outline as o
from twice.noun import Traced
from twice.project.course import Site
from twice.project.entities import entries
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.truth import NONE, UNKNOWN

_NEW = frozenset({"random", "clock"})


def renewed_id(scene: Scene, site: Site, deduplicated_by: object) -> object:
    """The id by which the broker drops copies, or else one among what is sent, where it is drawn or read from the clock for each
    attempt; NONE where it is made before."""
    if isinstance(deduplicated_by, Traced):
        return _of_argument(site, deduplicated_by)
    if deduplicated_by is not NONE:
        return UNKNOWN
    pattern = scene.names.libraries.settings.get("own_ids", r"(?!)")
    for name, value, frame in entries(scene, site):
        if re.search(pattern, name):
            told = scene.evaluator.tracer.traced(value, frame)
            return told if _is_new(told) and _is_made_here(site, value, frame) else NONE
    return NONE


def _is_new(told: Traced) -> bool:
    return bool(told.ways) and all(way & _NEW for way in told.ways)


def _is_made_here(site: Site, value: o.Value, frame: Frame) -> bool:
    """In the function that sends it, and in its innermost loop, if it has one, by a call that stands there."""
    if frame is not site.frame or not any(isinstance(part, o.Call) for part in o.walk(value)):
        return False
    loop = _loop_around(frame.function, site.what.start)
    return loop is None or loop.start <= value.start < loop.end


def _of_argument(site: Site, given: Traced) -> object:
    """Of a name, when a statement of the innermost loop, or of the function where there is no loop, assigns it."""
    if not _is_new(given):
        return UNKNOWN if any("unknown" in way for way in given.ways) else NONE
    if not isinstance(site.what, o.Call):
        return UNKNOWN
    values = [part for one in site.what.arguments for part in o.walk(one.value)]
    own = max((v for v in values if v.start == given.place.start), key=lambda v: v.end, default=None)
    if own is None or any(isinstance(part, o.Call) for part in o.walk(own)):
        return UNKNOWN if own is None else given
    function = site.frame.function
    loop = _loop_around(function, own.start)
    block = o.statements(loop.body) if loop is not None else function.statements
    assigned = [target for one in block if isinstance(one, o.Assign) for target in one.targets]
    is_assigned = any(isinstance(t, o.Name) and isinstance(own, o.Name) and t.id == own.id for t in assigned)
    return given if is_assigned else NONE


def _loop_around(function: o.Function, start: int) -> o.Loop | None:
    loops = [one for one in function.statements if isinstance(one, o.Loop) and one.start <= start < one.end]
    return min(loops, key=lambda one: one.end - one.start, default=None)
