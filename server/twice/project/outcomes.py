"""Does the program look at what a call answered?"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.given import argument
from twice.project.looks import Answer, looked_at
from twice.project.scene import Scene
from twice.project.things import Routine
from twice.project.values import Given
from twice.truth import UNKNOWN, Setting, effective


def outcome_checked(scene: Scene, site: Site, meaning: Meaning) -> object:
    """False when the answer is dropped, or only such parts of it are read that tell nothing of a failure. True when a telling
    part is read, UNKNOWN when it is passed on and we do not see what becomes of it."""
    if meaning.spec.reported_to is not None:
        return _reported(scene, site, meaning)
    if not isinstance(site.what, o.Call):
        return UNKNOWN
    later = effective(meaning.spec.fields.get("outcome_comes_later")) is True
    answer = Answer(
        scene.names, site.frame, _telling(meaning), meaning.spec.may_tell, later, int(meaning.spec.coroutine)
    )
    found = looked_at(answer, site.what)
    if found is False and later:
        return _after_flush(scene, site)
    return UNKNOWN if found is None else Setting(found)


def _telling(meaning: Meaning) -> tuple[str, ...]:
    """The parts of the answer that tell a failure."""
    named = effective(meaning.spec.fields.get("partial_failure"))
    return meaning.spec.told_by or ((named,) if isinstance(named, str) else ())


# --- callbacks -------------------------------------------------------------------------------------------------------


def _reported(scene: Scene, site: Site, meaning: Meaning) -> object:
    """The outcome goes to a callback: True when one is given that reads its first parameter, UNKNOWN when it cannot be seen."""
    for reference in meaning.spec.reported_to:
        if not str(reference).startswith("$"):
            if effective(scene.evaluator.field(reference, meaning, "truth")) is not False:
                return UNKNOWN
            continue
        given = argument(scene.names, meaning.call, meaning.frame, str(reference))
        if isinstance(given, Given):
            return _reads_error(scene, given)
        if given is not None:
            return UNKNOWN
    return _after_flush(scene, site)


def _reads_error(scene: Scene, given: Given) -> object:
    thing = scene.names.resolve(given.value, given.frame)
    if not isinstance(thing, Routine):
        return UNKNOWN
    parameters = [p.name for p in thing.function.parameters if p.name not in ("self", "cls")]
    return Setting(bool(parameters) and any(_mentions(thing.function, parameters[0])))


def _mentions(function: o.Function, name: str) -> Iterator[bool]:
    for statement in function.statements:
        for value in o.values_of(statement):
            yield any(isinstance(part, o.Name) and part.id == name for part in o.walk(value))


def _after_flush(scene: Scene, site: Site) -> object:
    """A flush waits until nothing is left to send; whether it arrived, only one that raises says, and one whose answer is looked
    at may."""
    reached = scene.run.graph.reach(site.node)
    behind = [(other, meaning) for other, meaning in scene.with_role("flush") if other.node in reached]
    if any(meaning.spec.raises for _, meaning in behind):
        return Setting(True)
    looks = [
        looked_at(Answer(scene.names, other.frame, (), (), False), other.what)
        for other, _ in behind
        if isinstance(other.what, o.Call)
    ]
    return Setting(False) if all(look is False for look in looks) else UNKNOWN
