"""How a handler treats the records of a batch: fields of ``Handler``. What becomes of a single failure: ``failures``."""

from __future__ import annotations

from typing import Any

from twice import outline as o
from twice.project.calls import Given, follow, meanings
from twice.project.lift import Site
from twice.project.scene import Scene
from twice.text import Place
from twice.truth import UNKNOWN, YES, Setting, Truth


def batch_fields(scene: Scene) -> dict[str, Any]:
    """How the handler treats the records of a batch: fields of ``Handler``."""
    loops = [s for s in scene.run.sites if s.kind == "loop" and s.each_record]
    each = [s for s in scene.run.sites if any(m.spec.how == "each" for m in s.meanings)]
    reports = reports_partial_failures(scene)
    return {
        "reports_partial_failures": reports,
        "goes_on_after_failure": _goes_on(scene, loops) if not each else Setting(_each_goes_on(each)),
        "failure_fails_batch": _fails_batch(scene, loops) if not each else Setting(False),
        "reads_first_only": _reads_first_only(scene, loops, each),
    }


def _each_goes_on(sites: list[Site]) -> bool:
    return any("stops_at_first" not in m.spec.kind for s in sites for m in s.meanings)


def reports_partial_failures(scene: Scene) -> object:
    """True when every answer carries the list of failed records, False when none does, else UNKNOWN."""
    answers = scene.names.libraries.settings.get("partial_failure_answers", ())
    returned = [
        s
        for s in scene.run.sites
        if s.kind == "leave" and isinstance(s.what, o.Leave) and s.what.kind == "return" and s.frame is scene.run.root
    ]
    if not returned:
        return Setting(False)
    found = [_carries_failures(scene, s, answers) for s in returned]
    if all(found_one is YES for found_one in found):
        return Setting(True)
    return Setting(False) if all(found_one is Truth.NO for found_one in found) else UNKNOWN


def _carries_failures(scene: Scene, site: Site, answers: tuple[str, ...]) -> Truth:
    assert isinstance(site.what, o.Leave)
    value = site.what.value
    if value is None or isinstance(value, o.Literal):
        return Truth.NO
    given = follow(scene.names, Given(value, site.frame))
    called = given.value.value if isinstance(given.value, o.Await) else given.value
    if isinstance(called, o.Mapping):
        keys = {key.value for key, _ in called.items if isinstance(key, o.Literal)}
        if keys & set(answers):
            return YES
        return Truth.NO if all(key is not None for key, _ in called.items) else Truth.UNKNOWN
    if isinstance(called, o.Call):
        if any("reports" in m.spec.kind for m in meanings(scene.names, called, given.frame)):
            return YES
        return Truth.UNKNOWN
    return Truth.NO if isinstance(called, o.Joined | o.Collection | o.Literal) else Truth.UNKNOWN


def _goes_on(scene: Scene, loops: list[Site]) -> object:
    for loop in loops:
        for clause in scene.run.sites:
            if (
                clause.kind == "except"
                and clause.node in loop.inside
                and clause.inside <= loop.inside
                and not clause.then_leaves
            ):
                return Setting(True)
            if (
                clause.kind == "except"
                and clause.node in loop.inside
                and any(
                    s.kind == "leave"
                    and isinstance(s.what, o.Leave)
                    and s.what.kind == "continue"
                    and s.node in clause.then
                    for s in scene.run.sites
                )
            ):
                return Setting(True)
    return Setting(False)


def _fails_batch(scene: Scene, loops: list[Site]) -> object:
    """Some step of the record loop can fail, and no broad except inside the loop stands around it."""
    if not loops:
        return Setting(False)
    caught: set[int] = set()
    for clause in scene.run.sites:
        if (
            clause.kind == "except"
            and isinstance(clause.what, o.Except)
            and any(clause.node in loop.inside for loop in loops)
        ):
            caught |= clause.inside
    for loop in loops:
        for site in scene.run.sites:
            if site.kind == "call" and site.node in loop.inside - caught and _can_fail(site):
                return Setting(True)
    return Setting(False)


def _can_fail(site: Site) -> bool:
    failing = {"effect", "publish", "payment", "insert", "overwrite", "increment", "wait", "parse"}
    return any(failing & set(meaning.spec.nouns) for meaning in site.meanings)


def _reads_first_only(scene: Scene, loops: list[Site], each: list[Site]) -> object:
    declared = scene.declared
    if declared is None or loops or each:
        return Setting(False)
    layout = scene.names.libraries.layouts.get(declared.kind)
    if layout is None or not layout.batch:
        return UNKNOWN
    first, other = _batch_reads(scene, layout.batch[0])
    if other:
        return UNKNOWN if first else Setting(False)
    return Setting(first is not None, place=first) if first is not None else Setting(False)


def _batch_reads(scene: Scene, batch: str) -> tuple[Place | None, bool]:
    """Where ``event[batch][0]`` is read, and whether the batch is used in any other way."""
    frame = scene.run.root
    first: Place | None = None
    other = False
    for statement in o.statements(frame.function.body):
        for value in o.values_of(statement):
            taken: set[int] = set()
            for part in reversed(list(o.walk(value))):
                if isinstance(part, o.Subscript) and _is_batch(scene, part.base, batch):
                    taken.add(id(part.base))
                    if isinstance(part.key, o.Literal) and part.key.value == 0:
                        first = first or Place(frame.path, part.start, part.end)
                        continue
                    other = True
                elif id(part) not in taken and isinstance(part, o.Subscript | o.Name) and _is_batch(scene, part, batch):
                    other = other or not isinstance(statement, o.Assign)
    return first, other


def _is_batch(scene: Scene, value: o.Value, batch: str) -> bool:
    ways = scene.evaluator.tracer.ways(value, scene.run.root)
    return bool(ways) and all(len(way) == 1 and next(iter(way)).path == (batch,) for way in ways)
