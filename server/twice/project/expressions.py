"""The other way round: the expression that has an origin where a place stands. What fixes write into the code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from twice import outline as o
from twice.project.scopes import bindings, certain
from twice.project.things import Frame
from twice.project.trace import Tracer
from twice.text import Place


def expression_of(tracer: Tracer, frames: Mapping[str, Sequence[Frame]], place: Place, origin: str) -> str | None:
    """How this origin is written where ``place`` stands, from the names that are bound there for certain.

    A name that holds it, else an expression that reads it nearby, else the event's own field. None when the event has none.
    ``frames`` are the runs that reach a file, by its path.
    """
    frame = _around(frames.get(place.path, ()), place)
    if frame is None:
        return None
    for found in (_names(tracer, frame, place, origin), _reads(tracer, frame, place, origin)):
        if (text := next(found, None)) is not None:
            return text
    return _own_field(tracer, frame, place, origin) or next(_fields_beside(tracer, frame, place, origin), None)


def _around(frames: Sequence[Frame], place: Place) -> Frame | None:
    """The run of the innermost function around a place."""
    holding = [f for f in frames if f.function.start <= place.start and place.end <= f.function.end]
    return min(holding, key=lambda frame: frame.function.end - frame.function.start, default=None)


def _names(tracer: Tracer, frame: Frame, place: Place, origin: str) -> Iterator[str]:
    parameters = [parameter.name for parameter in frame.function.parameters if not parameter.star]
    for name in (*parameters, *bindings(frame.function)):
        if name.isidentifier() and _holds(frame, name, place):
            if _is(tracer, o.Name(place.start, place.start, name), frame, origin):
                yield name


def _reads(tracer: Tracer, frame: Frame, place: Place, origin: str) -> Iterator[str]:
    """Expressions that read it, the nearest before the place first."""
    data = tracer.names.outlines[frame.path].data
    found = [value for value in _values(frame.function.body) if not _contains(value, place)]
    for value in sorted(found, key=lambda value: (value.start > place.start, abs(value.start - place.start))):
        if _is_read(value) and _is(tracer, value, frame, origin) and _holds(frame, _root(value), place):
            yield data[value.start : value.end].decode("utf-8", "replace")


def _values(block: o.Block) -> Iterator[o.Value]:
    for statement in o.statements(block):
        for value in o.values_of(statement):
            yield from o.walk(value)


def _contains(value: o.Value, place: Place) -> bool:
    return value.start <= place.start and place.end <= value.end


def _is_read(value: o.Value) -> bool:
    if isinstance(value, o.Call):
        plain = len(value.arguments) == 1 and isinstance(value.arguments[0].value, o.Literal)
        return plain and isinstance(value.callee, o.Attribute) and value.callee.name == "get" and bool(_root(value))
    return isinstance(value, o.Attribute | o.Subscript) and bool(_root(value))


def _root(value: o.Value) -> str:
    """The name an expression starts from; nothing when it starts from something else."""
    while not isinstance(value, o.Name):
        inner = value.callee if isinstance(value, o.Call) else getattr(value, "base", None)
        if inner is None or (isinstance(value, o.Subscript) and not isinstance(value.key, o.Literal)):
            return ""
        value = inner
    return value.id


def _holds(frame: Frame, name: str, place: Place) -> bool:
    """Is the name bound for certain where the place stands, in just one way, and anew in each round of the loop around it?"""
    if not name:
        return False
    loop = _innermost_loop(frame, place)
    if name not in bindings(frame.function):
        return loop is None and any(parameter.name == name for parameter in frame.function.parameters)
    found = certain(frame.function, name, place.start)
    return found is not None and (loop is None or loop.start <= found.start < loop.end)


def _innermost_loop(frame: Frame, place: Place) -> o.Loop | None:
    """What names the event does not tell apart what is done in several rounds for one event."""
    loops = (one for one in frame.function.statements if isinstance(one, o.Loop) and one.body)
    around = [one for one in loops if one.body[0].start <= place.start and place.end <= one.body[-1].end]
    return min(around, key=lambda one: one.end - one.start, default=None)


def _is(tracer: Tracer, value: o.Value, frame: Frame, origin: str) -> bool:
    ways = tracer.ways(value, frame)
    return bool(ways) and all(way and all(tracer.words(s) == {origin} for s in way) for way in ways)


def _own_field(tracer: Tracer, frame: Frame, place: Place, origin: str) -> str | None:
    """The field that every event of this kind has, read from the parameter that carries the whole event, in the function's own
    way of reading it."""
    for parameter, kind in frame.event.items():
        layout = tracer.names.libraries.layouts.get(kind)
        if layout is None or layout.batch or not layout.payload or not _holds(frame, parameter, place):
            continue
        field = next((name for name, word in layout.fields.items() if word == origin and name.isidentifier()), None)
        if field is None:
            continue
        for value in _values(frame.function.body):
            if isinstance(getattr(value, "base", None), o.Name) and _root(value) == parameter:
                return f"{parameter}.{field}" if isinstance(value, o.Attribute) else f'{parameter}["{field}"]'
    return None


def _fields_beside(tracer: Tracer, frame: Frame, place: Place, origin: str) -> Iterator[str]:
    """A field of the record whose payload the function reads, in its own way of reading it: ``record["messageId"]``."""
    known = (tracer.names.libraries.layouts.get(kind) for kind in frame.event.values())
    for layout in (one for one in known if one is not None and one.batch):
        field = next((name for name, word in layout.fields.items() if word == origin and name in layout.keys), None)
        for value in _values(frame.function.body) if field is not None else ():
            base = value.base if isinstance(value, o.Subscript | o.Attribute) else None
            if isinstance(base, o.Name) and _key_of(value) in layout.payload and _holds(frame, base.id, place):
                if _is(tracer, value, frame, "event.payload"):
                    yield f"{base.id}.{field}" if isinstance(value, o.Attribute) else f'{base.id}["{field}"]'


def _key_of(value: o.Value) -> object:
    if isinstance(value, o.Attribute):
        return value.name
    return value.key.value if isinstance(value, o.Subscript) and isinstance(value.key, o.Literal) else None
