"""Events that are sent on with a part of them changed."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.project.values import Given, follow
from twice.truth import UNKNOWN, Setting

_CHANGES = frozenset({"update", "setdefault", "pop", "__setitem__"})


def edits_event(scene: Scene, site: Site) -> object:
    """UNKNOWN where nothing is seen to change: a function that nobody looks into may do it."""
    call = site.what
    if scene.declared is None or not isinstance(call, o.Call):
        return UNKNOWN
    parts = (part for one in call.arguments for part in _made_of(scene, Given(one.value, site.frame)))
    return Setting(True) if any(_is_edited(scene, part) for part in parts) else UNKNOWN


def _made_of(scene: Scene, given: Given, depth: int = 8) -> Iterator[Given]:
    """A value with all that it is put together from, through names and calls; what is only taken out of something is less than that."""
    value = given.value
    yield given
    if isinstance(value, o.Subscript | o.Attribute) or not depth:
        return
    inner = o.parts(value)
    if isinstance(value, o.Call):
        inner = (*(one.value for one in value.arguments), *o.parts(value.callee))
    for part in inner:
        yield from _made_of(scene, Given(part, given.frame), depth - 1)
    found = follow(scene.names, given) if isinstance(value, o.Name) else given
    if found.value is not value:
        yield from _made_of(scene, found, depth - 1)


def _is_edited(scene: Scene, given: Given) -> bool:
    """A part of the event that is changed where it stands, or put into a new mapping beside something else."""
    value, frame = given.value, given.frame
    if isinstance(value, o.Mapping) and len(value.items) > 1:
        return any(key is None and _is_of_event(scene, inner, frame) for key, inner in value.items)
    if not isinstance(value, o.Name) or not _is_changed(value, frame):
        return False
    is_made_here = isinstance(follow(scene.names, given).value, o.Mapping)
    return not is_made_here and _is_of_event(scene, value, frame)


def _is_changed(name: o.Name, frame: Frame) -> bool:
    before = (one for one in frame.function.statements if one.start < name.start)
    roots = (o.root(changed) for one in before for changed in _changed_by(one))
    return any(isinstance(one, o.Name) and one.id == name.id for one in roots)


def _changed_by(statement: o.Statement) -> Iterator[o.Value]:
    """What a statement gives another content."""
    if isinstance(statement, o.Assign):
        yield from (target for target in statement.targets if isinstance(target, o.Subscript | o.Attribute))
    call = o.awaited(statement.value) if isinstance(statement, o.Do) else None
    if isinstance(call, o.Call) and isinstance(call.callee, o.Attribute) and call.callee.name in _CHANGES:
        yield call.callee.base


def _is_of_event(scene: Scene, value: o.Value, frame: Frame) -> bool:
    found = scene.evaluator.tracer.traced(value, frame)
    return any(origin.startswith("event.") for way in found.ways for origin in way)
