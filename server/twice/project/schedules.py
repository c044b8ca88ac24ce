"""The entries of timetables: in a setting of a framework, each written like the arguments of a call, or made by calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from twice import outline as o
from twice.facts import Schedule, vocabulary
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.destinations import Queues
from twice.project.fields import Evaluator
from twice.project.given import entries_of, put_later
from twice.project.names import Names
from twice.project.settings import Applications
from twice.project.things import Frame
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting, effective

_HOUR = 3600
_SETTING = "setting."


def schedules_in_settings(evaluator: Evaluator, queues: Queues) -> Iterator[Schedule]:
    """The entries of each setting that a library file tells as a timetable: ``calls: {setting.TYPE:name: {is: schedule}}``"""
    names = evaluator.tracer.names
    seen: set[Place] = set()
    for source in [one for one in names.libraries.calls if one.startswith(_SETTING)]:
        for entry in _entries(names, evaluator.applications, source):
            if entry.place not in seen:
                seen.add(entry.place)
                for spec in names.libraries.calls[source]:
                    yield _told(evaluator, queues, Meaning(spec, entry.call, entry.frame), entry.place)


def _told(evaluator: Evaluator, queues: Queues, meaning: Meaning, place: Place) -> Schedule:
    known = vocabulary(Schedule)
    fields: dict[str, Any] = {
        name: evaluator.field(source, meaning, known[name].kind)
        for name, source in meaning.spec.fields.items()
        if name in known and known[name].kind != "queue"
    }
    called = meaning.call.callee
    name = str(called.value) if isinstance(called, o.Literal) else ""
    queue = queues.destination(None, meaning, False)
    return Schedule(place=place, name=name, queue=queue, **fields, **backlog(fields))


def backlog(fields: dict[str, Any]) -> dict[str, Any]:
    """What follows of how often a run is due and how long it keeps."""
    period, expires = effective(fields.get("period", UNKNOWN)), effective(fields.get("expires", NONE))
    if not isinstance(period, int | float) or period <= 0 or expires is not NONE:
        return {"runs_in_an_hour": UNKNOWN}
    return {"runs_in_an_hour": Setting(int(_HOUR // period))}


# --- the entries of a setting -----------------------------------------------------------------------------------------


class _Entry(Struct, frozen=True):
    """An entry as a call: named by its key, with what stands in it as the arguments."""

    call: o.Call
    frame: Frame
    place: Place


def _entries(names: Names, applications: Applications, source: str) -> Iterator[_Entry]:
    app, _, called = source.removeprefix(_SETTING).partition(":")
    for settings in applications.of(app, None):
        for name in called.split("|"):
            for given in settings.written.get(name, ()):
                if isinstance(given, Given):
                    yield from _of_mapping(names, given)


def _of_mapping(names: Names, given: Given, around: tuple[o.Value, ...] = ()) -> Iterator[_Entry]:
    """The entries of a mapping, and of those that are put into it; ``around`` are the ones that it is put into itself."""
    found = follow(names, given)
    if found.value in around:
        return
    later = put_later(given.frame.function, given.value.id) if isinstance(given.value, o.Name) else ()
    for key, value in (*_entries_of(found.value), *later):
        if key is None:
            yield from _of_mapping(names, Given(value, found.frame), (*around, found.value))
            continue
        text, entry = literal_text(names, key, found.frame), follow(names, Given(value, found.frame))
        arguments = tuple(_arguments(entry.value))
        if text is not None and arguments:
            call = o.Call(key.start, key.end, o.Literal(key.start, key.end, text), arguments)
            yield _Entry(call, entry.frame, Place(found.frame.path, key.start, key.end))


def _entries_of(value: o.Value) -> Iterator[tuple[o.Value | None, o.Value]]:
    """Those of a display or of several that are joined; of a call, only where it makes a mapping."""
    if not isinstance(value, o.Call) or (isinstance(value.callee, o.Name) and value.callee.id == "dict"):
        yield from entries_of(value)


def _arguments(value: o.Value) -> Iterator[o.Argument]:
    """What stands in an entry, as the arguments of a call."""
    for key, one in _entries_of(value):
        if key is None:
            yield o.Argument(one.start, one.end, None, one, "**")
        elif isinstance(key, o.Literal) and isinstance(key.value, str):
            yield o.Argument(key.start, one.end, key.value, one)
