"""Checks: look-ups, memberships and states that decide a branch, and calls nobody sees into that may be one.

A look-up whose *found* branch leaves, or whose *missing* branch does the work, is a check; it is a guard for certain
when the same run also records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from twice import outline as o
from twice.facts import Guard, Key
from twice.project.askers import askers
from twice.project.calls import Given, Meaning
from twice.project.keys import key, key_of
from twice.project.lift import Site
from twice.project.names import Frame, Instance, Kind, Outside
from twice.project.scene import Scene, callee_place, way_to
from twice.project.scopes import visible
from twice.project.stores import store_of
from twice.text import Place
from twice.truth import UNKNOWN, YES, Truth, effective


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing a test asks: a look-up, a collection in memory, the state of a row, or something unknown."""

    what: str
    value: o.Value
    frame: Frame
    meaning: Meaning | None = None


def deciding(scene: Scene, site: Site, statement: o.If) -> Iterator[Guard]:
    if not _decides(scene, site):
        return
    found_when = _found_when(statement.test)
    leaves_when = site.then_leaves
    if not site.then_leaves and not site.otherwise_leaves:
        site = replace(site, node=min(site.then))
    for asked in _asked(scene, statement.test, site.frame):
        if asked.what == "state" or asked.what == "unknown":
            yield _possible(scene, site, asked)
        elif found_when is None or found_when == leaves_when:
            yield _check(scene, site, asked)


def _decides(scene: Scene, site: Site) -> bool:
    """Some branch leaves, or a branch holds steps that the other way around the test does not take."""
    return site.then_leaves or site.otherwise_leaves or not scene.run.calls.isdisjoint(site.then)


def _found_when(test: o.Value) -> bool | None:
    """Does the test hold when the thing is found (True), when it is missing (False), or can that not be told?"""
    match test:
        case o.Operation(operator="not"):
            inner = _found_when(test.operands[0])
            return None if inner is None else not inner
        case o.Operation(operator="is" | "==", operands=(_, o.Literal(value=None))):
            return False
        case o.Operation(operator="is not" | "!=", operands=(_, o.Literal(value=None))):
            return True
        case o.Operation(operator="not in"):
            return False
        case o.Operation(operator="in"):
            return True
        case o.Operation(operator=">" | "!=" | ">=", operands=(_, o.Literal(value=0 | 1))):
            return True
        case o.Operation(operator="==" | "<", operands=(_, o.Literal(value=0 | 1))):
            return False
        case o.Operation(operator="and" | "or"):
            answers = {_found_when(part) for part in test.operands}
            return answers.pop() if len(answers) == 1 else None
        case o.Operation():
            return None
    return True


def _asked(scene: Scene, test: o.Value, frame: Frame) -> Iterator[_Asked]:
    """What a test asks about the event, through names and through functions of ours."""
    for part in o.walk(test):
        if isinstance(part, o.Operation) and part.operator in ("in", "not in") and len(part.operands) == 2:
            if scene.from_event(part.operands[0], frame) and _is_memory(scene, part.operands[1], frame):
                yield _Asked("memory", part, frame)
    if _is_state(scene, test, frame):
        yield _Asked("state", test, frame)
    for call, inside, meaning in askers(scene, test, frame):
        if meaning is not None:
            if {"lookup"} & set(meaning.spec.nouns):
                yield _Asked("lookup", call, inside, meaning)
        elif scene.unresolved(call, inside) and _asks_about_event(scene, call, inside):
            yield _Asked("unknown", call, inside)


def _asks_about_event(scene: Scene, call: o.Call, frame: Frame) -> bool:
    if any(scene.from_event(one.value, frame) for one in call.arguments):
        return True
    return isinstance(call.callee, o.Attribute) and scene.from_event(call.callee.base, frame) and bool(call.arguments)


def _is_memory(scene: Scene, value: o.Value, frame: Frame) -> bool:
    """A set, list or mapping that lives as long as the process: a module's, or an object's."""
    if isinstance(value, o.Attribute):
        base = scene.names.resolve(value.base, frame)
        if isinstance(base, Instance) and isinstance(base.kind, Kind):
            values = [v for v, _, _ in scene.names.self_values(base.kind, value.name)]
            return bool(values) and all(_is_container(scene, v, frame) for v in values)
        return False
    if not isinstance(value, o.Name) or visible(frame.function, value.id, value.start):
        return False
    module = scene.names.outlines[frame.path].module
    found = visible(module, value.id, module.end)
    return bool(found) and all(
        not isinstance(b.value, o.Function | o.Class | o.Import)
        and _is_container(scene, b.value, scene.names.module_frame(frame.path))
        for b in found
    )


def _is_container(scene: Scene, value: o.Value | None, frame: Frame) -> bool:
    if isinstance(value, o.Mapping):
        return not value.items
    if isinstance(value, o.Collection):
        return not value.items
    if isinstance(value, o.Call):
        thing = scene.names.resolve(value.callee, frame)
        return isinstance(thing, Outside) and thing.name in scene.names.libraries.settings.get("process_memory", ())
    return False


def _is_state(scene: Scene, test: o.Value, frame: Frame) -> bool:
    """A test of a stored row's own fields: ``order.status == "paid"``, ``order.is_paid``."""
    for part in o.walk(test):
        base = getattr(part, "base", None)
        if base is None or not isinstance(part, o.Attribute | o.Subscript):
            continue
        if any(s.origin == "store" for way in scene.evaluator.tracer.ways(base, frame) for s in way):
            if isinstance(part, o.Attribute) or not _is_answer_field(scene, part):
                return True
    return False


def _is_answer_field(scene: Scene, part: o.Subscript) -> bool:
    fields = scene.names.libraries.settings.get("answer_fields", ())
    return isinstance(part.key, o.Literal) and part.key.value in fields


def _check(scene: Scene, site: Site, asked: _Asked) -> Guard:
    recorded = _recorded(scene, asked)
    memory = asked.what == "memory"
    atomic = asked.meaning.spec.fields.get("atomic", False) if asked.meaning is not None else False
    key_fact: object = None
    if asked.meaning is not None:
        key_fact = key_of(scene, site, asked.meaning)
    elif isinstance(asked.value, o.Operation):
        key_fact = key(scene, site, Given(asked.value.operands[0], asked.frame))
    place = (
        callee_place(asked.value, asked.frame.path)
        if isinstance(asked.value, o.Call)
        else Place(asked.frame.path, asked.value.start, asked.value.end)
    )
    certain = YES if recorded and _keyed_by_event(key_fact) else Truth.UNKNOWN
    return Guard(
        place=place,
        name=asked.meaning.spec.title if asked.meaning is not None and asked.meaning.spec.title else "check",
        step=scene.step(site),
        way=way_to(asked.frame),
        certain=certain,
        key=key_fact if isinstance(key_fact, Key) else None,
        durable=not memory,
        atomic=bool(atomic),
        claims=UNKNOWN,
        has_state=UNKNOWN,
        released_on_failure=UNKNOWN,
    )


def _keyed_by_event(found: object) -> bool:
    value = effective(found.value) if isinstance(found, Key) else None
    ways = getattr(value, "ways", ())
    return bool(ways) and all(
        any(origin.startswith("event.") or origin in ("digest", "random", "clock") for origin in way) for way in ways
    )


def _recorded(scene: Scene, asked: _Asked) -> bool:
    """Does the run also write down what the check looks for?"""
    if asked.what == "memory":
        name = _collection_text(scene, asked)
        return any(_adds_to(scene, site, name) for site in scene.run.sites)
    assert asked.meaning is not None
    store = store_of(scene, asked.meaning)
    for _, meaning in scene.with_role("record", "insert", "overwrite", "guard"):
        if store_of(scene, meaning) == store and store:
            return True
    return False


def _collection_text(scene: Scene, asked: _Asked) -> str:
    assert isinstance(asked.value, o.Operation)
    part = asked.value.operands[1]
    return scene.names.outlines[asked.frame.path].data[part.start : part.end].decode("utf-8", "replace")


def _adds_to(scene: Scene, site: Site, name: str) -> bool:
    data = scene.names.outlines[site.frame.path].data
    what = site.what
    if (
        isinstance(what, o.Call)
        and isinstance(what.callee, o.Attribute)
        and what.callee.name in ("add", "append", "update", "setdefault")
    ):
        return data[what.callee.base.start : what.callee.base.end].decode("utf-8", "replace") == name
    if isinstance(what, o.Assign):
        bases = [t.base for t in what.targets if isinstance(t, o.Subscript)]
        return any(data[b.start : b.end].decode("utf-8", "replace") == name for b in bases)
    return False


def _possible(scene: Scene, site: Site, asked: _Asked) -> Guard:
    return Guard(
        place=Place(asked.frame.path, asked.value.start, asked.value.end),
        name="possible check",
        step=scene.step(site),
        way=way_to(asked.frame),
        certain=Truth.UNKNOWN,
    )
