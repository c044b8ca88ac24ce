"""The application of a task framework: one fact for each call that makes one, with the settings that hold for all its tasks."""

from __future__ import annotations

import re
from typing import Any

from twice import outline as o
from twice.facts import App, vocabulary
from twice.project.declared import Declared
from twice.project.scene import Scene, callee_place
from twice.text import Place
from twice.truth import UNKNOWN, Setting

_FOR_TESTS = re.compile(
    r"(?i)(^|[/_.])(dev|develop(ment|er)?|local|tests?|testing|ci|debug|demo|examples?|samples?)([/_.]|$)"
)


def app_of(scene: Scene, declared: Declared) -> App:
    """The application of a handler. Where it cannot be told which one it is, the handler has one of its own, of which only that is
    known which holds for all of them."""
    evaluator, spec, used = scene.evaluator, declared.spec, declared.declaration
    made = evaluator.applications.made(spec.app, used.receiver if used is not None else None)
    if made is None or used is None:
        always: dict[str, Any] = {
            name: Setting(source) for name, source in spec.app_fields.items() if isinstance(source, bool)
        }
        return App(place=declared.place, name=spec.library, kind=spec.app, **always)
    known = evaluator.applications.facts
    if made not in known:
        words = vocabulary(App)
        fields: dict[str, Any] = {
            name: evaluator.field(source, used, words[name].kind) for name, source in spec.app_fields.items()
        }
        for name in ("runs_inline", "executes_code"):
            fields[name] = _always(scene, fields.get(name, UNKNOWN), _place(scene, *made))
        if _FOR_TESTS.search(made[0]):
            fields["keeps_failures"] = UNKNOWN
        known[made] = App(place=_place(scene, *made), name=spec.library, kind=spec.app, **fields)
    return known[made]


def _always(scene: Scene, found: object, made: Place) -> object:
    """A setting behind a condition, or of a file that only tests and developers use, says nothing about what is deployed.

    One that comes with the class of the application is as true as that this is made.
    """
    if not isinstance(found, Setting):
        return found
    place = found.place or made
    outline = scene.names.outlines[place.path]
    statements = (one for function in (outline.module, *outline.functions) for one in function.statements)
    conditional = any(isinstance(one, o.If) and one.start <= place.start < one.end for one in statements)
    return UNKNOWN if conditional or _FOR_TESTS.search(place.path) else found


def _place(scene: Scene, path: str, start: int) -> Place:
    outline = scene.names.outlines[path]
    for function in (outline.module, *outline.functions):
        for call in function.calls:
            if isinstance(call, o.Call) and call.start == start:
                return callee_place(call, path)
    return Place(path, start, start)
