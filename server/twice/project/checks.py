"""Checks: look-ups, memberships and states that decide a branch, and calls nobody sees into that may be one.

A look-up whose *found* branch leaves, or whose *missing* branch does the work, is a check; it is a guard for certain
when the same run also records what it looks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.facts import Guard, Key
from twice.flow import Step
from twice.project.asking import Question, Test
from twice.project.copies import decided_at
from twice.project.course import Site
from twice.project.keys import key, key_of
from twice.project.memory import adds_to, is_cache, is_memory
from twice.project.retold import retold
from twice.project.scene import Scene, callee_place, way_to
from twice.project.stores import same_record
from twice.project.things import Frame
from twice.project.values import Given
from twice.reachability import Nodes
from twice.text import Place
from twice.truth import NONE, UNKNOWN, YES, Setting, Truth, effective


def checks(scene: Scene, test: Test) -> Iterator[Guard]:
    """The checks that a branch of the run is decided by."""
    assert isinstance(test.site.what, o.If)
    if not _decides(scene, test.site):
        return
    value, frame = test.site.what.test, test.site.frame
    yield from _memberships(scene, test, value, frame)
    of_fields = [asked for asked in test.questions if asked.field]
    if _is_state(scene, value, frame) or any(_asks_state(scene, asked) for asked in of_fields):
        yield _possible(scene, test, Place(frame.path, value.start, value.end), frame)
    for asked in test.questions:
        if asked.field:
            continue
        if asked.meaning is None:
            if _may_look_up(scene, asked):
                place = Place(asked.frame.path, asked.call.start, asked.call.end)
                yield _possible(scene, test, place, asked.frame)
        elif "lookup" in asked.meaning.spec.nouns:
            step = decided_at(scene, test, asked.agrees)
            if step is not None:
                yield _look_up(scene, test, asked, step)


def _decides(scene: Scene, site: Site) -> bool:
    """Some branch leaves, or holds steps that the other way around the test does not take."""
    branches = site.then | site.otherwise
    return site.then_leaves or site.otherwise_leaves or not scene.run.calls.isdisjoint(branches)


def _look_up(scene: Scene, test: Test, asked: Question, step: Step) -> Guard:
    meaning = asked.meaning
    assert meaning is not None
    found = key_of(scene, replace(test.site, frame=asked.frame), meaning)
    writing = scene.with_role("record", "insert", "overwrite", "guard") if asked.agrees is not None else ()
    records = [site for site, record in writing if same_record(scene, meaning, record)]
    made = _Check(callee_place(asked.call, asked.frame.path), meaning.spec.title or "check", asked.frame, step)
    # Whether others see a file of this machine, nobody here can tell.
    durable = UNKNOWN if meaning.spec.kept == "on_disk" else True
    guard = _guard(scene, made, found, records, durable, bool(meaning.spec.fields.get("atomic", False)))
    lock = scene.evaluator.field(meaning.spec.fields.get("lock", "none"), meaning, "word")
    return replace(guard, recorded=_recorded(records, asked.frame), lock=retold(scene, meaning, lock))


def _recorded(records: list[Site], frame: Frame) -> object:
    """The record, where the function that checks makes it, at one place."""
    own = [Place(frame.path, one.what.start, one.what.end) for one in records if one.frame is frame]
    return Setting(True, place=own[0]) if len(own) == len(records) == 1 else NONE


def _memberships(scene: Scene, test: Test, value: o.Value, frame: Frame) -> Iterator[Guard]:
    """``if event_id in seen``, where the collection lives as long as the process."""
    for part in o.walk(value):
        if not isinstance(part, o.Operation) or part.operator not in ("in", "not in") or len(part.operands) != 2:
            continue
        asked, collection = part.operands
        if scene.from_event(asked, frame) and _may_be_stored(scene, collection, frame):
            yield _possible(scene, test, Place(frame.path, part.start, part.end), frame)
        elif scene.from_event(asked, frame) and is_memory(scene, collection, frame):
            negated = isinstance(value, o.Operation) and value.operator == "not"
            tells = (part.operator == "in") is not negated
            step = decided_at(scene, test, tells)
            if step is not None:
                name = scene.text(collection, frame)
                # What is added for those alone that are known already recognises none.
                copies = test.site.then if tells else test.site.otherwise
                records = [s for s in scene.run.sites if s.node not in copies and adds_to(scene, s, name)]
                made = _Check(Place(frame.path, part.start, part.end), name, frame, step)
                found = key(scene, test.site, Given(asked, frame))
                yield _guard(scene, made, found, [] if is_cache(scene, name) else records, durable=False)


def _may_be_stored(scene: Scene, collection: o.Value, frame: Frame) -> bool:
    """What was read from somewhere, and is neither the event's own nor written here."""
    if is_memory(scene, collection, frame):
        return False
    ways = scene.evaluator.tracer.ways(collection, frame)
    origins = {source.origin for way in ways for source in way}
    return bool(origins & {"store", "unknown"}) and "event" not in origins


class _Check(Struct, frozen=True):
    """Where a check stands, what it is called, and where a copy is told apart."""

    place: Place
    name: str
    frame: Frame
    step: Step


def _guard(
    scene: Scene, made: _Check, found: object, records: list[Site], durable: object = True, atomic: bool = False
) -> Guard:
    """A guard for certain when what it looks for is recorded, under a key of the event."""
    certain = YES if records and _keyed_by_event(found) else Truth.UNKNOWN
    return Guard(
        place=made.place,
        name=made.name,
        step=made.step,
        way=way_to(made.frame),
        certain=certain,
        key=replace(found, certain=certain) if isinstance(found, Key) else None,
        durable=durable,
        atomic=atomic,
        claims=False,
        has_state=UNKNOWN,
        released_on_failure=UNKNOWN if _work_follows(scene, records) else Setting(True),
        settles_copies=UNKNOWN,
        recorded=NONE,
        lock=NONE,
    )


def _work_follows(scene: Scene, records: list[Site]) -> bool:
    """Is something done behind the record? Then a failure there leaves it standing."""
    effects = Nodes.of(site.node for site, _ in scene.with_role("effect", "publish", "payment"))
    return any(effects & scene.run.graph.reach(record.node) for record in records)


def _keyed_by_event(found: object) -> bool:
    value = effective(found.value) if isinstance(found, Key) else None
    ways = getattr(value, "ways", ())
    return bool(ways) and all(any(origin.startswith("event.") or origin == "digest" for origin in way) for way in ways)


# What may be a check


def _possible(scene: Scene, test: Test, place: Place, frame: Frame) -> Guard:
    site = test.site
    if not site.then_leaves and not site.otherwise_leaves and site.then:
        site = replace(site, node=min(site.then))
    return Guard(place=place, name="possible check", step=scene.step(site), way=way_to(frame), certain=Truth.UNKNOWN)


def _may_look_up(scene: Scene, asked: Question) -> bool:
    """A call nobody sees into that gets something of the event, on whatever it is called."""
    call, frame = asked.call, asked.frame
    if not scene.unresolved(call, frame):
        return False
    if any(scene.from_event(one.value, frame) for one in call.arguments):
        return True
    if not isinstance(call.callee, o.Attribute) or not scene.from_event(call.callee.base, frame):
        return False
    if call.callee.name == "get":  # a part of the event
        return False
    return bool(call.arguments) or call.callee.name in scene.names.libraries.settings.get("asking_methods", ())


def _asks_state(scene: Scene, asked: Question) -> bool:
    """Is a field tested that tells the state of what was looked up, or may have been?"""
    stored = asked.meaning is not None and {"lookup", "read"} & set(asked.meaning.spec.nouns)
    may_be = asked.meaning is None and _may_look_up(scene, asked)
    return bool(stored or may_be) and _tells_state(scene, asked.field)


def _is_state(scene: Scene, test: o.Value, frame: Frame) -> bool:
    """A test of a stored row's own state: ``order.status == "paid"``, ``order.is_paid``, or of a field that the run sets."""
    for part in o.walk(test):
        base = getattr(part, "base", None)
        if base is not None and _tells_state(scene, o.part_name(part)):
            if any(s.origin == "store" for way in scene.evaluator.tracer.ways(base, frame) for s in way):
                return True
    return False


def _tells_state(scene: Scene, field: str) -> bool:
    """Is this the name of a field that changes when the work is done?"""
    said = scene.names.libraries.settings
    if not field or field in said.get("answer_fields", ()):
        return False
    return any(re.search(pattern, field) for pattern in said.get("state_fields", ())) or field in scene.run.written
