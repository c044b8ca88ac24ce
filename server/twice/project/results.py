"""What a call gives: an object of a class, what a function of ours returns, or a library's type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.project import contents
from twice.project.constants import literal_text
from twice.project.given import argument
from twice.project.iterated import given_out
from twice.project.things import Frame, Instance, Kind, Outside, Routine, Thing, is_context_manager
from twice.project.values import Given

if TYPE_CHECKING:
    from twice.project.names import Names


def unmistaken(names: Names, call: o.Call, frame: Frame) -> Outside | None:
    """A method that only one library has: known by its name, by the arguments it is given, and by a word of its file."""
    if not isinstance(call.callee, o.Attribute):
        return None
    entry = names.libraries.unmistakable.get(call.callee.name)
    known = {"of": entry} if isinstance(entry, str) else entry or {}
    given = {argument.name for argument in call.arguments}
    if not known or not given.issuperset(known.get("given", ())):
        return None
    if str(known.get("where", "")).encode() not in names.outlines[frame.path].data:
        return None
    return Outside(f"{known['of']}.{call.callee.name}")


def called(names: Names, value: o.Call, frame: Frame) -> Thing | None:
    callee = names.resolve(value.callee, frame) or unmistaken(names, value, frame)
    match callee:
        case Outside(name="builtins.super"):
            return _super(names, frame)
        case Outside(name="functools.partial") if value.arguments:
            return names.resolve(value.arguments[0].value, frame)
        case Outside():
            made = _made_outside(names, callee, value, frame)
            told = unmistaken(names, value, frame) if made is None else None
            return _made_outside(names, told, value, frame) if told is not None else made
        case Kind():
            return Instance(callee, value, frame)
        case Routine():
            return returned(names, callee, value, frame)
        case Instance(kind=Outside() as kind):
            return _made_outside(names, Outside(f"{kind.name}.__call__", callee), value, frame)
        case Instance(kind=Kind()):
            method = names.member(callee, "__call__")
            return returned(names, method, value, frame) if isinstance(method, Routine) else None
    return None


def _super(names: Names, frame: Frame) -> Thing | None:
    inside: Frame | None = frame
    while inside is not None and inside.function.owner is None:
        inside = inside.closure
    owner = inside.function.owner if inside is not None else None
    if owner is None:
        return None
    for ancestor in list(names.ancestors(Kind(owner, frame.path)))[1:]:
        return Instance(ancestor) if isinstance(ancestor, Kind) else Instance(ancestor, None, None)
    return None


def _made_outside(names: Names, callee: Outside, call: o.Call, frame: Frame) -> Thing | None:
    parent, _, member = callee.name.rpartition(".")
    for ancestor in (callee.name, *(f"{name}.{member}" for name in names.lineage(parent))):
        if ancestor in names.libraries.worded and (word := _first_word(names, call, frame)) is not None:
            if (typed := names.libraries.types.get(f'{ancestor}("{word}")')) is not None:
                return Instance(Outside(typed), call, frame)
        if (typed := names.libraries.types.get(f"{ancestor}()")) is not None:
            return _typed(names, typed, callee.receiver, call, frame)
    return Instance(Outside(callee.name), call, frame) if member[:1].isupper() else None


def _first_word(names: Names, call: o.Call, frame: Frame) -> str | None:
    """The text that a call is given first: written there, given to a partial of it, or handed down to the function around it."""
    given = argument(names, call, frame, "$service_name@0")
    return literal_text(names, given.value, given.frame) if isinstance(given, Given) else None


def _typed(names: Names, typed: str, receiver: Instance | None, call: o.Call, frame: Frame) -> Thing | None:
    """What a library's call answers: ``names``, ``element`` (an object in it), ``$0`` (its first argument), ``$0[]`` (an object of
    that, a class or a collection), or a type."""
    element = receiver.element if receiver is not None else None
    if typed == "names":
        return receiver
    if typed == "element":
        return Instance(element, call, frame) if element is not None else None
    if typed.startswith("$") and typed.endswith("()"):
        return _answer_of(names, typed[1:-2], call, frame)
    if typed == "$0.__enter__":
        return entered(names, names.resolve(call.arguments[0].value, frame)) if call.arguments else None
    if typed == "$0":
        return names.resolve(call.arguments[0].value, frame) if call.arguments else None
    if typed == "$0[]":
        return _one_of(names.resolve(call.arguments[0].value, frame) if call.arguments else None, call, frame)
    return Instance(Outside(typed), call, frame, element)


def _answer_of(names: Names, which: str, call: o.Call, frame: Frame) -> Thing | None:
    """What a function that is given to a call answers: ``field(default_factory=make)``"""
    given = argument(names, call, frame, f"$@{which}" if which.isdecimal() else f"${which}")
    if not isinstance(given, Given):
        return None
    return called(names, o.Call(given.value.start, given.value.end, given.value, ()), given.frame)


def _one_of(thing: Thing | None, call: o.Call, frame: Frame) -> Instance | None:
    kind = thing if isinstance(thing, Kind) else thing.element if isinstance(thing, Instance) else None
    return Instance(kind, call, frame) if kind is not None else None


def returned(names: Names, routine: Routine, call: o.Call | None, caller: Frame | None) -> Thing | None:
    if caller is not None and (caller.runs(routine.function) or caller.depth() > 12):
        return None
    frame = names.frames.enter(routine, call, caller)
    for statement in routine.function.statements:
        if isinstance(statement, o.Leave) and statement.kind == "return" and statement.value is not None:
            if (thing := names.resolve(statement.value, frame)) is not None:
                return thing
    if is_context_manager(routine.function):
        for given in routine.function.yields:
            if (thing := names.resolve(given.value, frame)) is not None:
                return thing
    return names.annotated(routine.function.returns, names.frames.module_frame(routine.path))


def element(names: Names, source: Thing | None, value: o.Value, frame: Frame, key: o.Value | None) -> Thing | None:
    called = value.value if isinstance(value, o.Await) else value
    if isinstance(called, o.Call):
        callee = names.resolve(called.callee, frame)
        spellings = names.spellings(callee) if isinstance(callee, Outside) else ()
        typed = next((t for name in spellings if (t := names.libraries.types.get(f"{name}()[]"))), None)
        if typed is not None:
            return Instance(Outside(typed), called, frame)
    if key is not None and (thing := contents.entry(names, value, frame, key)) is not None:
        return thing
    if key is None:
        for given, inside in (
            *given_out(names, value, frame),
            *((one.value, one.frame) for one in contents.each(names, value, frame)),
        ):
            if (thing := names.resolve(given, inside)) is not None:
                return thing
    element = source.element if isinstance(source, Instance) else None
    for name in names.type_names(source):
        if (typed := names.libraries.types.get(f"{name}[]")) == "element":
            return Instance(element) if element is not None else None
        if typed is not None:
            return Instance(Outside(typed))
    return None


def joined(names: Names, first: Thing | None) -> Thing | None:
    """What an object of a library becomes that is joined with another one: ``first | second``."""
    if not isinstance(first, Instance):
        return None
    typed = (names.libraries.types.get(f"{name}|") for name in names.type_names(first))
    return next((Instance(Outside(one), first.call, first.frame) for one in typed if one is not None), None)


def entered(names: Names, thing: Thing | None) -> Thing | None:
    for name in names.type_names(thing):
        if (typed := names.libraries.types.get(f"{name}.__enter__()")) is not None:
            return Instance(Outside(typed))
    if isinstance(thing, Instance) and isinstance(thing.kind, Kind):
        method = names.member(thing, "__enter__") or names.member(thing, "__aenter__")
        return (returned(names, method, None, None) or thing) if isinstance(method, Routine) else thing
    return thing
