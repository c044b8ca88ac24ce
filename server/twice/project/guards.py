"""Guards: claims and checks that recognise an event seen before, and the tests that may be one.

A call that claims (atomic, named by a library file) is a guard when its answer decides something or it raises on a
conflict. A look-up whose *found* branch leaves, or whose *missing* branch does the work, is a check; it is a guard for
certain when the same run also records. Anything that nobody can see into, asked about the event and deciding a branch,
is a possible guard: it excuses, and never accuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from twice import outline as o
from twice.facts import Fact, Guard, Key, vocabulary
from twice.project.calls import Given, Meaning, argument, literal_text, meanings
from twice.project.effects import key, key_of
from twice.project.lift import Site
from twice.project.names import Frame, Instance, Kind, Outside, Routine
from twice.project.scene import Scene, callee_place, callee_text, way_to
from twice.project.scopes import visible
from twice.text import Place
from twice.truth import NO, UNKNOWN, YES, Setting, Truth, effective

_DEEPEST = 4


def guards(scene: Scene) -> Iterator[Fact]:
    """All guards of a run, with their keys."""
    for site, meaning in scene.with_role("guard"):
        guard = _claim(scene, site, meaning)
        if guard is not None:
            yield from _with_key(guard)
    for site in scene.run.sites:
        if site.kind == "test" and isinstance(site.what, o.If):
            for guard in _deciding(scene, site, site.what):
                yield from _with_key(guard)
        elif site.kind == "except" and isinstance(site.what, o.Except) and expected_error(scene, site.what):
            yield from _refused_inserts(scene, site)


def _with_key(guard: Guard) -> Iterator[Fact]:
    yield guard
    if isinstance(guard.key, Key):
        yield guard.key


# Claims


def _claim(scene: Scene, site: Site, meaning: Meaning) -> Guard | None:
    certain = YES if meaning.spec.raises or site.kind in ("decorated", "with") or _answer_is_tested(scene, site) else NO
    if certain is NO:
        return None
    known = vocabulary(Guard)
    fields: dict[str, Any] = {"atomic": True, "durable": True, "claims": True, "has_state": False}
    fields.update(
        {
            name: scene.evaluator.field(source, meaning, known[name][0])
            for name, source in meaning.spec.fields.items()
            if name in known
        }
    )
    if "released_on_failure" not in fields:
        fields["released_on_failure"] = _released(scene, site)
    found = key_of(scene, site, meaning)
    data = scene.names.outlines[site.frame.path].data
    return Guard(
        place=_place(site),
        name=meaning.spec.title or (callee_text(site.what, data) if isinstance(site.what, o.Call) else "guard"),
        step=scene.step(site),
        region=scene.region(site.inside) if site.inside else None,
        way=way_to(site.frame),
        certain=certain,
        key=found if isinstance(found, Key) else None,
        **fields,
    )


def _place(site: Site) -> Place:
    if isinstance(site.what, o.Call):
        return callee_place(site.what, site.frame.path)
    return Place(site.frame.path, site.what.start, site.what.end)


def _answer_is_tested(scene: Scene, site: Site) -> bool:
    """The answer of the call reaches a test: directly, through a name, or as the answer of a function of ours."""
    for test in scene.run.sites:
        if test.kind == "test" and isinstance(test.what, o.If):
            if any(call is site.what for call, _, _ in _askers(scene, test.what.test, test.frame)):
                return True
    return False


def _released(scene: Scene, claim: Site) -> object:
    """Is the claim given back when the work behind it fails?"""
    forgets = {site.node for site, _ in scene.with_role("forget")}
    unsure = False
    for site in scene.run.sites:
        if site.kind == "except" and site.node in scene.run.graph.reach(claim.node):
            if forgets & site.then:
                return Setting(True)
            unsure = unsure or any(
                other.kind == "call"
                and other.node in site.then
                and isinstance(other.what, o.Call)
                and scene.unresolved(other.what, other.frame)
                and any(scene.from_event(one.value, other.frame) for one in other.what.arguments)
                for other in scene.run.sites
            )
    return UNKNOWN if unsure else Setting(False)


# Checks


@dataclass(frozen=True, slots=True)
class _Asked:
    """One thing a test asks: a look-up, a collection in memory, the state of a row, or something unknown."""

    what: str
    value: o.Value
    frame: Frame
    meaning: Meaning | None = None


def _deciding(scene: Scene, site: Site, statement: o.If) -> Iterator[Guard]:
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
    calls = {other.node for other in scene.run.sites if other.kind == "call"}
    return site.then_leaves or site.otherwise_leaves or bool(calls & site.then)


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
    for call, inside, meaning in _askers(scene, test, frame):
        if meaning is not None:
            if {"lookup"} & set(meaning.spec.nouns):
                yield _Asked("lookup", call, inside, meaning)
        elif scene.unresolved(call, inside) and _asks_about_event(scene, call, inside):
            yield _Asked("unknown", call, inside)


def _asks_about_event(scene: Scene, call: o.Call, frame: Frame) -> bool:
    if any(scene.from_event(one.value, frame) for one in call.arguments):
        return True
    return isinstance(call.callee, o.Attribute) and scene.from_event(call.callee.base, frame) and bool(call.arguments)


def _askers(
    scene: Scene, value: o.Value, frame: Frame, depth: int = _DEEPEST
) -> Iterator[tuple[o.Call, Frame, Meaning | None]]:
    """The calls whose answers a value is made of."""
    if depth == 0:
        return
    for part in o.walk(value):
        if isinstance(part, o.Name):
            for inner, inside in _bound(scene, part, frame):
                yield from _askers(scene, inner, inside, depth - 1)
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
                    yield from _askers(scene, statement.value, inside, depth - 1)
                elif isinstance(statement, o.If):
                    yield from _askers(scene, statement.test, inside, depth - 1)


def _bound(scene: Scene, name: o.Name, frame: Frame) -> Iterator[tuple[o.Value, Frame]]:
    for binding in visible(frame.function, name.id, name.start):
        if binding.how == "assign" and not isinstance(binding.value, o.Function | o.Class | o.Import | None):
            yield binding.value, frame
    if name.id in frame.arguments:
        yield frame.arguments[name.id]


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
    store = _store(scene, asked.meaning)
    for _, meaning in scene.with_role("record", "insert", "overwrite", "guard"):
        if _store(scene, meaning) == store and store:
            return True
    return False


def _store(scene: Scene, meaning: Meaning) -> str:
    """What tells one store from another: the table a statement names, else the client and type it is called on."""
    for reference in ("$@0", "$query@0"):
        given = argument(scene.names, meaning.call, meaning.frame, reference)
        if isinstance(given, Given):
            text = literal_text(scene.names, given.value, given.frame)
            table = _TABLE.search(text) if text else None
            if table is not None:
                return table[1].lower()
    receiver = meaning.receiver
    if receiver is not None and receiver.call is not None and receiver.frame is not None:
        return f"{receiver.frame.path}:{receiver.call.start}"
    callee = meaning.call.callee
    data = scene.names.outlines[meaning.frame.path].data
    base = getattr(callee, "base", callee)
    root = data[base.start : base.end].decode("utf-8", "replace")
    return root.split(".objects")[0]


_TABLE = re.compile(r"(?i)\b(?:from|into|update|join)\s+[\"`\[]?([a-z_][\w.]*)")


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


# Inserts whose conflict is caught


def expected_error(scene: Scene, clause: o.Except) -> bool:
    """Does the clause catch only the error that says `already done`?"""
    data_of = scene.names.libraries.settings.get("already_done_errors", ())
    names = {_last_name(kind) for kind in clause.types}
    return bool(names) and all(any(re.search(pattern, name) for pattern in data_of) for name in names)


def _last_name(value: o.Value) -> str:
    return value.name if isinstance(value, o.Attribute) else value.id if isinstance(value, o.Name) else ""


def _refused_inserts(scene: Scene, clause: Site) -> Iterator[Guard]:
    for site, meaning in scene.with_role("insert", "record"):
        if site.node in clause.inside:
            found = key_of(scene, site, meaning)
            yield Guard(
                place=_place(site),
                name="insert that refuses a copy",
                step=scene.step(site),
                way=way_to(site.frame),
                key=found if isinstance(found, Key) else None,
                durable=True,
                atomic=True,
                claims=UNKNOWN,
                has_state=UNKNOWN,
                released_on_failure=UNKNOWN,
            )
