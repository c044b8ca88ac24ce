"""What a call means: its entries in the library files, its arguments, and constants of the program."""

from __future__ import annotations

import re

from msgspec import Struct

from twice import outline as o
from twice.libraries import CallSpec, amount
from twice.project import decorators, members, results
from twice.project.names import Names
from twice.project.scopes import visible
from twice.project.things import Frame, Instance, Kind, Outside, Routine, Thing
from twice.truth import NONE, UNKNOWN, Missing

_REFERENCE = re.compile(r"^\$(?P<name>[A-Za-z_]\w*)?(?:@(?P<index>\d+))?(?::(?P<key>.+))?$")


class Meaning(Struct, frozen=True, eq=False):
    """One meaning of one call in one frame."""

    spec: CallSpec
    call: o.Call
    frame: Frame
    receiver: Instance | None = None


class Given(Struct, frozen=True):
    """An argument: its value and the frame in which it is to be read."""

    value: o.Value
    frame: Frame


def meanings(names: Names, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    """What the libraries say about a call; empty when it is not theirs or not known."""
    key = (id(call), id(frame))
    known: tuple[Meaning, ...] | None = names.meant.get(key)
    if known is None:
        names.frames.keep(call)
        known = names.meant[key] = _meanings(names, call, frame)
    return known


def _meanings(names: Names, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    thing = names.resolve(call.callee, frame)
    found = meanings_of(names, thing, call, frame)
    if found or not isinstance(call.callee, o.Attribute) or isinstance(thing, Routine | Kind):
        return found
    return meanings_of(names, results.unmistaken(names, call, frame), call, frame)


def meanings_of(names: Names, thing: Thing | None, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    if isinstance(thing, Routine):
        made = decorators.decorated(names, thing.function, thing.path)
        thing = Outside(f"{made.kind.name}.__call__") if made and isinstance(made.kind, Outside) else None
    if isinstance(thing, Instance) and isinstance(thing.kind, Outside):
        thing = Outside(f"{thing.kind.name}.__call__", thing)
    if isinstance(thing, Kind):
        thing = next((base for base in names.ancestors(thing) if isinstance(base, Outside)), None)
    if not isinstance(thing, Outside):
        return ()
    for name in names.spellings(thing):
        found = names.libraries.calls.get(name)
        if found:
            receiver = thing.receiver
            return tuple(
                Meaning(spec, call, frame, receiver) for spec in found if _applies(names, spec, call, frame, receiver)
            )
    return ()


def _applies(names: Names, spec: CallSpec, call: o.Call, frame: Frame, receiver: Instance | None) -> bool:
    """Do all conditions hold for certain, and can none of the exceptions?"""
    return all(_holds(names, call, frame, receiver, ref, wanted, False) for ref, wanted in spec.when) and not any(
        _holds(names, call, frame, receiver, ref, wanted, True) for ref, wanted in spec.unless
    )


def _holds(
    names: Names,
    call: o.Call,
    frame: Frame,
    receiver: Instance | None,
    reference: str,
    wanted: object,
    may_hide: bool,
) -> bool:
    """``may_hide``: does an argument count as given that may hide in an unpacked one?"""
    if reference == "receiver":
        return _is_made_here(names, receiver)
    if reference == "$*":
        return re.search(str(wanted), _text(names, call.opens, call.end, frame)) is not None
    found = argument(names, call, frame, reference if reference.startswith("$") else f"${reference}")
    if wanted == "given":
        return isinstance(found, Given) or (may_hide and found is UNKNOWN)
    if found is None or found is UNKNOWN:
        return False
    assert isinstance(found, Given)
    if isinstance(wanted, str) and wanted.startswith("~"):
        text = literal_text(names, found.value, found.frame) or _library_name(names, found)
        return text is not None and re.search(wanted[1:], text) is not None
    if isinstance(wanted, str) and wanted.startswith("=~"):
        written = follow(names, found)
        return re.search(wanted[2:], _text(names, written.value.start, written.value.end, written.frame)) is not None
    return constant(names, found.value, found.frame) == amount(wanted)


def _is_made_here(names: Names, receiver: Instance | None) -> bool:
    """An object that its class was called for in sight, rather than one that was handed out."""
    if receiver is None or receiver.call is None or receiver.frame is None:
        return False
    return isinstance(names.resolve(receiver.call.callee, receiver.frame), Kind)


def _text(names: Names, start: int, end: int, frame: Frame) -> str:
    return names.outlines[frame.path].data[start:end].decode("utf-8", "replace")


def _library_name(names: Names, given: Given) -> str | None:
    thing = names.resolve(given.value, given.frame)
    return thing.name if isinstance(thing, Outside) else None


def argument(names: Names, call: o.Call, frame: Frame, reference: str) -> Given | Missing | None:
    """An argument by ``$name``, ``$@0`` or ``$name@0``; with ``:key`` an entry of the mapping it is, with ``:[]`` one element.

    None when it is not given, UNKNOWN when it may hide in an unpacked one.
    """
    parts = _REFERENCE.match(reference)
    if parts is None:
        raise ValueError(f"'{reference}' is not an argument reference")
    given = _plain(names, call, frame, parts["name"], int(parts["index"]) if parts["index"] else None)
    if given is None and parts["name"] and isinstance(call.callee, o.Name | o.Attribute):
        given = _filled_before(names, call.callee, frame, parts["name"])
    for key in (parts["key"] or "").split(":"):
        if key and isinstance(given, Given):
            given = element(names, given) if key == "[]" else item(names, given, key)
    return given


def _filled_before(names: Names, callee: o.Value, frame: Frame, name: str) -> Given | None:
    """What a partial application has given already: ``fetch = partial(requests.get, timeout=5)``"""
    made = follow(names, Given(callee, frame))
    if made.value is callee or not isinstance(made.value, o.Call):
        return None
    outer = names.resolve(made.value.callee, made.frame)
    if not isinstance(outer, Outside) or outer.name != "functools.partial":
        return None
    return next((Given(one.value, made.frame) for one in made.value.arguments if one.name == name), None)


def _plain(
    names: Names, call: o.Call, frame: Frame, name: str | None, index: int | None, depth: int = 8
) -> Given | Missing | None:
    hidden = False
    position = 0
    for one in call.arguments:
        if one.star == "**":
            found = item(names, Given(one.value, frame), name, depth - 1) if name else None
            if isinstance(found, Given):
                return found
            hidden = hidden or (found is UNKNOWN)
        elif one.star:
            hidden = hidden or index is not None
        elif one.name is not None:
            if one.name == name:
                return Given(one.value, frame)
        else:
            if index is not None and position == index:
                return Given(one.value, frame)
            position += 1
    return UNKNOWN if hidden else None


def item(names: Names, given: Given, key: str, depth: int = 8) -> Given | Missing | None:
    """An entry of a mapping the program builds: a display, ``dict(...)`` or another object that is made, and keys set later;
    or an attribute of a class."""
    thing = names.resolve(given.value, given.frame) if isinstance(given.value, o.Name | o.Attribute) else None
    if isinstance(thing, Kind):
        return _class_attribute(names, thing, key)
    if isinstance(thing, Outside) and thing.name in names.libraries.bases:
        return None
    mapping = follow(names, given)
    value = mapping.value
    if depth == 0:
        return UNKNOWN
    if isinstance(value, o.Operation) and value.operator == "|":
        merged = [item(names, Given(part, mapping.frame), key, depth - 1) for part in value.operands]
        return next((one for one in reversed(merged) if one is not None), None)
    if isinstance(value, o.Call):
        made = _makes(names, value, mapping.frame)
        return _plain(names, value, mapping.frame, key, None, depth) if made else UNKNOWN
    if not isinstance(value, o.Mapping):
        return UNKNOWN
    later = _set_later(names, given, key)
    if later is not None:
        return later
    hidden = False
    for name, entry in reversed(value.items):
        if name is None:
            found = item(names, Given(entry, mapping.frame), key, depth - 1)
            if isinstance(found, Given):
                return found
            hidden = hidden or found is UNKNOWN
        elif isinstance(name, o.Literal):
            if name.value == key:
                return Given(entry, mapping.frame)
        else:
            hidden = True
    return UNKNOWN if hidden else None


def _makes(names: Names, call: o.Call, frame: Frame) -> bool:
    """Does the call make an object of its keyword arguments?"""
    callee = names.resolve(call.callee, frame)
    if not isinstance(callee, Outside):
        return isinstance(callee, Kind)
    return callee.name == "builtins.dict" or callee.name.rpartition(".")[2][:1].isupper()


def _class_attribute(names: Names, kind: Kind, name: str) -> Given | Missing | None:
    """What a class, or one it extends, assigns in its body; UNKNOWN when one of them is not in sight."""
    for ancestor in names.ancestors(kind):
        if not isinstance(ancestor, Kind):
            continue
        for assign in ancestor.definition.assigns:
            if assign.value is not None and any(isinstance(t, o.Name) and t.id == name for t in assign.targets):
                return Given(assign.value, names.frames.module_frame(ancestor.path))
        if any(
            names.resolve(base, names.frames.module_frame(ancestor.path)) is None for base in ancestor.definition.bases
        ):
            return UNKNOWN
    return None


def element(names: Names, given: Given) -> Given | Missing:
    """What the elements of a collection that the program builds look like: its first one, or what is appended later."""
    found = follow(names, given)
    match found.value:
        case o.Comprehension():
            return Given(found.value.element, found.frame)
        case o.Collection(items=(first, *_)):
            return Given(first, found.frame)
        case o.Collection():
            return _appended(given) or UNKNOWN
    return UNKNOWN


def _appended(given: Given) -> Given | None:
    """``entries.append({...})`` to a list that was made empty, in the same function."""
    for call in given.frame.function.calls if isinstance(given.value, o.Name) else ():
        callee = call.callee
        if isinstance(callee, o.Attribute) and callee.name == "append" and len(call.arguments) == 1:
            if isinstance(callee.base, o.Name) and callee.base.id == given.value.id:  # type: ignore[union-attr]
                return Given(call.arguments[0].value, given.frame)
    return None


def _set_later(names: Names, given: Given, key: str) -> Given | None:
    """``conf["key"] = value`` after the mapping was made: where it is used, or where the name of it was given its value."""
    if not isinstance(given.value, o.Name):
        return None
    for frame in dict.fromkeys((given.frame, names.frames.module_frame(given.frame.path))):
        for statement in frame.function.statements:
            if isinstance(statement, o.Assign) and statement.value is not None:
                if any(_is_entry(target, given.value.id, key) for target in statement.targets):
                    return Given(statement.value, frame)
    return None


def _is_entry(target: o.Value, name: str, key: str) -> bool:
    named = isinstance(target, o.Subscript) and isinstance(target.base, o.Name) and target.base.id == name
    return named and o.part_name(target) == key


def follow(names: Names, given: Given, depth: int = 12) -> Given:
    """The value a name was given, through names and parameters, as far as there is exactly one."""
    value, frame = given.value, given.frame
    if depth == 0:
        return given
    if isinstance(value, o.Name):
        found = _named(names, value, frame)
        return follow(names, found, depth - 1) if found is not None else given
    if isinstance(value, o.Attribute):
        found = _attribute(names, value, frame)
        return follow(names, found, depth - 1) if found is not None else given
    if isinstance(value, o.Await | o.Bind):
        return follow(names, Given(value.value, frame), depth - 1)
    if isinstance(value, o.Call):
        callee = names.resolve(value.callee, frame)
        if isinstance(callee, Routine) and not frame.runs(callee.function) and frame.depth() < 12:
            returned = [s.value for s in callee.function.statements if isinstance(s, o.Leave) and s.kind == "return"]
            if len(returned) == 1 and returned[0] is not None:
                return follow(names, Given(returned[0], names.frames.enter(callee, value, frame)), depth - 1)
    return given


def _named(names: Names, value: o.Name, frame: Frame) -> Given | None:
    scope: o.Function | None = frame.function
    at = value.start
    current: Frame | None = frame
    while scope is not None:
        inside = (
            current if current is not None and current.function is scope else names.frames.own_frame(scope, frame.path)
        )
        if scope.name == "<module>":
            inside = names.frames.module_frame(frame.path)
        found = visible(scope, value.id, at if scope is frame.function else scope.end)
        if len(found) == 1 and found[0].how == "assign" and not found[0].path:
            bound = found[0].value
            return Given(bound, inside) if not isinstance(bound, o.Function | o.Class | o.Import | None) else None
        if len(found) == 1 and isinstance(found[0].value, o.Import):
            return _imported(names, found[0].value, frame.path)
        if found:
            return None
        for parameter in scope.parameters:
            if parameter.name == value.id:
                if value.id in inside.arguments:
                    return Given(*inside.arguments[value.id])
                known = not inside.event and inside.caller is not None and parameter.default is not None
                return (
                    Given(parameter.default, names.frames.module_frame(frame.path))
                    if known and parameter.default
                    else None
                )
        if scope.name == "<module>":
            return None
        current = inside.closure
        outer = scope.outer if current is None else current.function
        scope = outer if outer is not None else names.outlines[frame.path].module
    return None


def _imported(names: Names, statement: o.Import, path: str) -> Given | None:
    if statement.member is None:
        return None
    target = names.modules.find(statement.module, path)
    return _global(names, target, statement.member) if target is not None else None


def _global(names: Names, path: str, name: str) -> Given | None:
    module = names.outlines[path].module
    found = visible(module, name, module.end)
    if len(found) != 1:
        return None
    bound = found[0].value
    if isinstance(bound, o.Import):
        return _imported(names, bound, path)
    if found[0].how != "assign" or found[0].path or isinstance(bound, o.Function | o.Class | None):
        return None
    return Given(bound, names.frames.module_frame(path))


def _attribute(names: Names, value: o.Attribute, frame: Frame) -> Given | None:
    from twice.project.things import File

    base = names.resolve(value.base, frame)
    if isinstance(base, File):
        return _global(names, base.path, value.name)
    kind = base.kind if isinstance(base, Instance) else base
    if not isinstance(kind, Kind):
        return None
    for ancestor in names.ancestors(kind):
        if isinstance(ancestor, Kind):
            found = list(_class_values(names, ancestor, value.name, base if isinstance(base, Instance) else None))
            if found:
                return found[0] if len(found) == 1 else None
    return None


def _class_values(names: Names, kind: Kind, name: str, receiver: Instance | None) -> list[Given]:
    result = [
        Given(assign.value, names.frames.module_frame(kind.path))
        for assign in kind.definition.assigns
        if assign.value is not None and any(isinstance(t, o.Name) and t.id == name for t in assign.targets)
    ]
    for value, _, method in members.self_values(names, kind, name):
        if value is not None:
            result.append(Given(value, names.frames.method_frame(method, kind, receiver)))
    return result


def constant(names: Names, value: o.Value, frame: Frame) -> object:
    """The constant a value has whenever the program runs; UNKNOWN when it has none. None of the program is NONE.

    Durations given as an interval object are seconds.
    """
    given = follow(names, Given(value, frame))
    value, frame = given.value, given.frame
    match value:
        case o.Literal():
            return NONE if value.value is None else value.value
        case o.Operation(operands=(left, right)) if value.operator in _ARITHMETIC:
            return _computed(value.operator, constant(names, left, frame), constant(names, right, frame))
        case o.Call():
            known = measured(names, value, frame)
            return _interval(names, value, frame) if known is UNKNOWN else known
        case o.Name() | o.Attribute() if names.libraries.amounts:
            thing = names.resolve(value, frame)
            return amount(names.libraries.amounts.get(thing.name, UNKNOWN)) if isinstance(thing, Outside) else UNKNOWN
    return UNKNOWN


def literal_text(names: Names, value: o.Value, frame: Frame, depth: int = 12) -> str | None:
    """The text of a value as far as it is written in the source; holes of a template read ``{}``."""
    if depth == 0:  # a text that grows in a loop is made of itself
        return None
    given = follow(names, Given(value, frame))
    match given.value:
        case o.Literal(value=str() as text):
            return text
        case o.Joined():
            inner = [literal_text(names, part, given.frame, depth - 1) for part in given.value.parts]
            return "".join("{}" if text is None else text for text in inner)
        case o.Call() if given.value.arguments:
            callee = names.resolve(given.value.callee, given.frame)
            if isinstance(callee, Outside) and callee.name in names.libraries.settings.get("wrapped_texts", ()):
                return literal_text(names, given.value.arguments[0].value, given.frame, depth - 1)
            if isinstance(given.value.callee, o.Attribute) and given.value.callee.name == "format":
                return literal_text(names, given.value.callee.base, given.frame, depth - 1)
    return None


_ARITHMETIC = {"+", "-", "*", "/", "//", "**"}
_UNITS = {"days": 86400, "seconds": 1, "minutes": 60, "hours": 3600, "weeks": 604800, "milliseconds": 0.001}


def _computed(operator: str, left: object, right: object) -> object:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return UNKNOWN
    try:
        match operator:
            case "+":
                return left + right
            case "-":
                return left - right
            case "*":
                return left * right
            case "/":
                return left / right
            case "//":
                return left // right
            case "**" if abs(right) < 64:
                return left**right
    except (ArithmeticError, ValueError):
        return UNKNOWN
    return UNKNOWN


def measured(names: Names, call: o.Call, frame: Frame) -> object:
    """The amount that an object of a library stands for, by the argument that holds it; UNKNOWN when it stands for none."""
    callee = names.resolve(call.callee, frame)
    specs = names.libraries.calls.get(callee.name, ()) if isinstance(callee, Outside) else ()
    source = next((spec.amount for spec in specs if spec.amount is not None), None)
    for reference in source or ():
        if not str(reference).startswith("$"):
            return amount(reference)
        given = argument(names, call, frame, str(reference))
        if isinstance(given, Given):
            return constant(names, given.value, given.frame)
        if given is not None:
            return UNKNOWN
    return UNKNOWN


def _interval(names: Names, call: o.Call, frame: Frame) -> object:
    callee = names.resolve(call.callee, frame)
    if not (isinstance(callee, Outside) and callee.name == "datetime.timedelta"):
        return UNKNOWN
    total = 0.0
    positions = ("days", "seconds")
    for index, one in enumerate(call.arguments):
        unit = one.name or (positions[index] if index < len(positions) else "")
        amount = constant(names, one.value, frame)
        if unit not in _UNITS or not isinstance(amount, int | float):
            return UNKNOWN
        total += amount * _UNITS[unit]
    return total
