"""Statements of library files that speak of the arguments of a call: ``{owner}.delete({$name@0})`` with what is written there."""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.given import argument
from twice.project.scene import Scene
from twice.project.values import Given
from twice.truth import NONE, Setting, effective

_HOLE = re.compile(r"\{(\$[^{}]+)\}")


def retold(scene: Scene, meaning: Meaning, written: object) -> object:
    """The statement with the text of its arguments; none where one is not given, or is not the same when it is computed again."""
    form = effective(written)
    if not isinstance(form, str):
        return written
    texts = {hole: _text(scene, meaning, hole) for hole in _HOLE.findall(form)}
    if None in texts.values():
        return NONE
    return Setting(_HOLE.sub(lambda hole: texts[hole[1]] or "", form))


def _text(scene: Scene, meaning: Meaning, reference: str) -> str | None:
    given = argument(scene.names, meaning.call, meaning.frame, reference)
    if not isinstance(given, Given) or given.frame is not meaning.frame or not _is_steady(given.value):
        return None
    return scene.text(given.value, given.frame)


def _is_steady(value: o.Value) -> bool:
    """Names, parts of them, and texts made of such. A mapping with several entries says more than the key."""
    if isinstance(value, o.Mapping) and len(value.items) != 1:
        return False
    steady = (o.Literal, o.Name, o.Attribute, o.Subscript, o.Joined, o.Mapping)
    return all(isinstance(part, steady) for part in o.walk(value))
