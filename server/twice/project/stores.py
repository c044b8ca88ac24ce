"""What tells one record from another: the place where a check looks, and where something is written down or removed."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.columns import table_of
from twice.project.constants import literal_text
from twice.project.given import argument
from twice.project.key_parts import Parts, parts_of
from twice.project.scene import Scene
from twice.project.sources import Source
from twice.project.things import Kind
from twice.project.values import Given, follow

_STATEMENTS = ("$@0", "$query@0")


def same_record(scene: Scene, one: Meaning, other: Meaning) -> bool:
    """Do two calls speak of the same record: one store, and keys that read the same or come from the same part of the event?"""
    first, second = _record(scene, one), _record(scene, other)
    if first.model != second.model if None not in (first.model, second.model) else first.store != second.store:
        return False
    return first.key is None or second.key is None or same_value(scene, first.key, second.key)


class Record(Struct, frozen=True, eq=False):
    """What one call speaks of: its store, the class of ours whose rows lie there, and the value that names the record."""

    store: str
    model: str | None
    key: Given | None


def _record(scene: Scene, meaning: Meaning) -> Record:
    """Worked out once for each call: every check is compared with everything that is written."""
    known: Record | None = scene.names.records.get(id(meaning))
    if known is None:
        scene.names.frames.keep(meaning)
        made = Record(store_of(scene, meaning), _model(scene, meaning), _key_given(scene, meaning))
        known = scene.names.records[id(meaning)] = made
    return known


def store_of(scene: Scene, meaning: Meaning) -> str:
    """The table a statement names, else the client and type it is called on."""
    for reference in _STATEMENTS:
        given = argument(scene.names, meaning.call, meaning.frame, reference)
        text = literal_text(scene.names, given.value, given.frame) if isinstance(given, Given) else None
        table = table_of(text) if text else None
        if table is not None:
            return table
    receiver = meaning.receiver
    if receiver is not None and receiver.call is not None and receiver.frame is not None:
        return f"{receiver.frame.path}:{receiver.call.start}"
    callee = meaning.call.callee
    root = scene.text(getattr(callee, "base", callee), meaning.frame)
    return root.split(".objects")[0]


def _model(scene: Scene, meaning: Meaning) -> str | None:
    """The class of ours whose rows a call is about: ``Order.objects.filter(...)``, ``session.get(Order, 1)``, ``add(Order())``"""
    values = [meaning.call.callee, *(one.value for one in meaning.call.arguments)]
    given = [follow(scene.names, Given(value, meaning.frame)) for value in values]
    for one in given:
        for part in o.walk(one.value):
            thing = scene.names.resolve(part, one.frame) if isinstance(part, o.Name) else None
            if isinstance(thing, Kind):
                return f"{thing.path}:{thing.definition.qualified_name}"
    return None


def same_value(scene: Scene, one: Given, other: Given) -> bool:
    """Equal text with equal holes, the same expression, or the same parts of the event."""
    texts = literal_text(scene.names, one.value, one.frame), literal_text(scene.names, other.value, other.frame)
    if None not in texts:
        return texts[0] == texts[1]
    first, second = follow(scene.names, one), follow(scene.names, other)
    if first.value is second.value or scene.text(first.value, first.frame) == scene.text(second.value, second.frame):
        return True
    parts = _from_event(scene, first)
    return bool(parts) and parts == _from_event(scene, second)


def _from_event(scene: Scene, given: Given) -> frozenset[Source]:
    ways = scene.evaluator.tracer.ways(given.value, given.frame)
    return frozenset(source for way in ways for source in way if source.origin == "event")


def _key_given(scene: Scene, meaning: Meaning) -> Given | None:
    """The argument that names the record: the first part of its key, or of the row it selects."""
    for source in (meaning.spec.key, meaning.spec.fields.get("row")):
        if isinstance(source, Mapping) and "parameter" in source:
            continue
        found = parts_of(scene, meaning, source) if source is not None else None
        if isinstance(found, Parts) and found.values:
            return _first_entry(scene, found.values[0])
    return None


def _first_entry(scene: Scene, given: Given) -> Given:
    """Of a row, its first entry: by convention what it is found by."""
    built = follow(scene.names, given)
    value = built.value
    if isinstance(value, o.Mapping) and value.items:
        return Given(value.items[0][1], built.frame)
    if isinstance(value, o.Collection) and value.items:
        return Given(value.items[0], built.frame)
    return given
