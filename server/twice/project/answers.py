"""Origins of what a call answers: as its library says, as our own function returns, or as far as a method's name tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.calls import meanings
from twice.project.constants import literal_text
from twice.project.given import argument
from twice.project.sources import (
    CONSTANT,
    ELEMENT,
    UNSEEN,
    UNTRACED,
    Source,
    Way,
    Ways,
    limited,
    mixed,
    periods,
    taken,
)  # fmt: skip
from twice.project.things import Frame, Kind, Outside, Routine, is_context_manager
from twice.project.values import Given
from twice.truth import Missing

if TYPE_CHECKING:
    from twice.project.trace import Tracer

_DEEPEST_CALL = 10


def ways_of(tracer: Tracer, call: o.Call, frame: Frame) -> Ways:
    """The origins of the answer of a call."""
    for meaning in meanings(tracer.names, call, frame):
        spec = meaning.spec
        if spec.passes or spec.origin:
            parts = [_passed(tracer, call, frame, reference) for reference in spec.passes]
            own: list[Ways] = [(frozenset({Source(spec.origin)}),)] if spec.origin else []
            return mixed([*own, *parts])
        if "receive" in spec.nouns:
            return (frozenset({Source("event", spec.kind)}),)
        if "read" in spec.nouns or "lookup" in spec.nouns:
            return (frozenset({Source("store")}),)
    thing = tracer.names.resolve(call.callee, frame)
    if isinstance(thing, Routine):
        return _returned(tracer, thing, call, frame)
    if isinstance(call.callee, o.Attribute):
        return _method(tracer, call, call.callee, frame)
    return _made(tracer, call, frame, isinstance(thing, Kind) or _is_class(thing))


def entries_of(tracer: Tracer, value: o.Value, index: int, frame: Frame) -> Ways | None:
    """The entry at an index of a tuple that is written here, or that a function of ours returns; None for anything else."""
    if isinstance(value, o.Await):
        return entries_of(tracer, value.value, index, frame)
    if isinstance(value, o.Collection):
        return tracer.ways(value.items[index], frame) if index < len(value.items) else None
    thing = tracer.names.resolve(value.callee, frame) if isinstance(value, o.Call) else None
    if not isinstance(thing, Routine) or not isinstance(value, o.Call) or _too_deep(thing, frame):
        return None
    inside = tracer.names.frames.enter(thing, value, frame)
    found = [entries_of(tracer, returned, index, inside) for returned in _returns(thing)]
    known = [ways for ways in found if ways is not None]
    return limited(way for ways in known for way in ways) if known and len(known) == len(found) else None


def _passed(tracer: Tracer, call: o.Call, frame: Frame, reference: str) -> Ways:
    """The origins of an argument that is handed on, or of the part of it that is named behind it: ``$event@0/detail``."""
    reference, *keys = reference.split("/")
    ways = _handed_on(tracer, call, frame, reference)
    for key in keys:
        ways = taken(ways, key)
    return ways


def _handed_on(tracer: Tracer, call: o.Call, frame: Frame, reference: str) -> Ways:
    if reference == "receiver":
        return tracer.ways(call.callee.base, frame) if isinstance(call.callee, o.Attribute) else UNTRACED
    if reference == "*":
        return mixed(tracer.ways(one.value, frame) for one in call.arguments)
    given = argument(tracer.names, call, frame, reference)
    if isinstance(given, Given):
        return tracer.ways(given.value, given.frame)
    return UNTRACED if isinstance(given, Missing) else CONSTANT


def _returned(tracer: Tracer, routine: Routine, call: o.Call, frame: Frame) -> Ways:
    if _too_deep(routine, frame):
        return UNTRACED
    inside = tracer.names.frames.enter(routine, call, frame)
    found: list[Way] = []
    for value in _returns(routine):
        found.extend(tracer.ways(value, inside))
    return limited(found) or UNTRACED


def _returns(routine: Routine) -> list[o.Value]:
    if is_context_manager(routine.function):
        return [given.value for given in routine.function.yields if given.value is not None]
    statements = routine.function.statements
    return [s.value for s in statements if isinstance(s, o.Leave) and s.kind == "return" and s.value is not None]


def _too_deep(routine: Routine, frame: Frame) -> bool:
    return frame.runs(routine.function) or frame.depth() > _DEEPEST_CALL


def _method(tracer: Tracer, call: o.Call, callee: o.Attribute, frame: Frame) -> Ways:
    """A method of a value: taking a part (``get``), passing it on (``strip``), or reading it (``timestamp()``)."""
    libraries = tracer.names.libraries
    base = tracer.ways(callee.base, frame)
    if callee.name in ("get", "pop", "setdefault", "getlist") and call.arguments and call.arguments[0].name is None:
        return _got(tracer, call, callee, base, frame)
    arguments = [tracer.ways(one.value, frame) for one in call.arguments]
    if callee.name in libraries.settings.get("builders", ()) and isinstance(
        tracer.names.resolve(callee.base, frame), Kind | Outside
    ):
        return mixed(arguments)
    if _to_period(tracer, call, callee, frame):
        return periods(libraries, base)
    if callee.name in libraries.passing:
        return mixed([base, *arguments])
    if any(source.origin == "event" for way in base for source in way):
        return mixed([unseen(base), *map(unseen, arguments)]) if arguments else taken(base, f"{callee.name}()")
    known = all(source.origin not in ("unknown", "error") for way in base for source in way)
    if known and base != CONSTANT:
        return mixed([base, *arguments])
    return mixed([UNTRACED, *map(unseen, arguments)])


def _got(tracer: Tracer, call: o.Call, callee: o.Attribute, base: Ways, frame: Frame) -> Ways:
    """An entry, or what stands in for it when it is missing."""
    key = call.arguments[0].value
    name = str(key.value) if isinstance(key, o.Literal) and isinstance(key.value, str | int) else None
    found = tracer.part(callee.base, name, frame) if name is not None else taken(base, ELEMENT)
    other = [tracer.ways(one.value, frame) for one in call.arguments[1:2] if not is_empty(one.value)]
    return limited((*found, *(way for ways in other for way in ways)))


def _to_period(tracer: Tracer, call: o.Call, callee: o.Attribute, frame: Frame) -> bool:
    """``.date()``, ``.replace(minute=0, ...)``, ``.strftime("%Y-%m-%d")``: what is left is no moment any more."""
    if callee.name in tracer.names.libraries.settings.get("period_methods", ()):
        return True
    if callee.name == "replace":
        return any(one.name in ("hour", "minute", "day") for one in call.arguments)
    if callee.name != "strftime" or not call.arguments:
        return False
    pattern = literal_text(tracer.names, call.arguments[0].value, frame)
    return pattern is not None and not any(code in pattern for code in ("%S", "%s", "%f", "%c", "%X", "%T"))


def _made(tracer: Tracer, call: o.Call, frame: Frame, carries: bool) -> Ways:
    """An object carries its arguments; what a function nobody sees into makes of them, we cannot tell."""
    arguments = [tracer.ways(one.value, frame) for one in call.arguments]
    return mixed(arguments if carries and arguments else [UNTRACED, *map(unseen, arguments)])


def unseen(ways: Ways) -> Ways:
    """Something that was made of this value, nobody knows how."""
    return taken(ways, UNSEEN)


def _is_class(thing: object) -> bool:
    return isinstance(thing, Outside) and thing.name.rpartition(".")[2][:1].isupper()


def is_empty(value: o.Value) -> bool:
    """What stands in for something that is missing, and holds nothing itself."""
    if isinstance(value, o.Collection | o.Mapping):
        return not value.items
    return isinstance(value, o.Literal) and value.value in (None, "", 0, False)
