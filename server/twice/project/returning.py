"""Does the failure of a step bring the event back? Some frameworks try again for some errors only."""

from __future__ import annotations

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.names import Names
from twice.project.outages import EVERYTHING, written_errors
from twice.project.scene import Scene
from twice.project.things import Outside
from twice.project.values import Given, follow
from twice.truth import UNKNOWN, Setting

# What a connection that breaks raises by itself.
_OF_A_CONNECTION = frozenset({"builtins.OSError", "builtins.ConnectionError", "builtins.TimeoutError"})


def failure_returns_event(scene: Scene, site: Site, meaning: Meaning) -> object:
    declared = scene.declared
    if declared is None:
        return UNKNOWN
    if not declared.spec.tried_again_for or declared.declaration is None:
        return Setting(True, default=True)
    if _given_back_behind(scene, site):
        return Setting(True)
    written = [
        one for text in declared.spec.tried_again_for for one in scene.evaluator.written(text, declared.declaration)
    ]
    if not written:
        return Setting(False, default=True)
    found = [_are_raised_by(scene.names, one, meaning) if isinstance(one, Given) else UNKNOWN for one in written]
    return Setting(True) if True in found else UNKNOWN


def _given_back_behind(scene: Scene, site: Site) -> bool:
    """It stands in a try, and the clause behind it gives the event back."""
    clauses = [one for one in scene.run.sites if one.kind == "except" and site.node in one.inside]
    return any(
        "requeue" in meaning.spec.nouns
        for clause in clauses
        for other in scene.run.sites
        if other.node in clause.then
        for meaning in other.meanings
    )


def _are_raised_by(names: Names, given: Given, meaning: Meaning) -> object:
    """Is one of these errors its library's own, or one for all?"""
    found = follow(names, given)
    named = [part for part in written_errors(found) if isinstance(part, o.Name | o.Attribute)]
    things = [names.resolve(part, found.frame) for part in named]
    errors = {thing.name for thing in things if isinstance(thing, Outside)}
    if errors & EVERYTHING or (errors & _OF_A_CONNECTION and meaning.spec.fields.get("external")):
        return True
    library = meaning.spec.name.partition(".")[0]
    return True if any(error.partition(".")[0] == library for error in errors) else UNKNOWN
