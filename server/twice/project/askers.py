"""Which calls a value is made of: through names, and through functions of ours. What they mean is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.calls import Meaning, meanings
from twice.project.names import Frame, Routine
from twice.project.scene import Scene
from twice.project.scopes import visible

_DEEPEST = 4


def askers(
    scene: Scene, value: o.Value, frame: Frame, depth: int = _DEEPEST
) -> Iterator[tuple[o.Call, Frame, Meaning | None]]:
    """The calls whose answers a value is made of."""
    if depth == 0:
        return
    for part in o.walk(value):
        if isinstance(part, o.Name):
            for inner, inside in _bound(scene, part, frame):
                yield from askers(scene, inner, inside, depth - 1)
        if not isinstance(part, o.Call):
            continue
        found = meanings(scene.names, part, frame)
        for meaning in found or (None,):
            yield part, frame, meaning
        thing = scene.names.resolve(part.callee, frame)
        if isinstance(thing, Routine) and not found and not frame.runs(thing.function) and frame.depth() < 8:
            inside = scene.names.enter(thing, part, frame)
            for statement in o.statements(thing.function.body):
                if isinstance(statement, o.Leave) and statement.kind == "return" and statement.value is not None:
                    yield from askers(scene, statement.value, inside, depth - 1)
                elif isinstance(statement, o.If):
                    yield from askers(scene, statement.test, inside, depth - 1)


def _bound(scene: Scene, name: o.Name, frame: Frame) -> Iterator[tuple[o.Value, Frame]]:
    for binding in visible(frame.function, name.id, name.start):
        if binding.how == "assign" and not isinstance(binding.value, o.Function | o.Class | o.Import | None):
            yield binding.value, frame
    if name.id in frame.arguments:
        yield frame.arguments[name.id]
