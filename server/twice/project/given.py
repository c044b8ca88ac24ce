"""What a call is given: its arguments, and the entries and elements of the collections they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.things import Frame, Kind, Outside
from twice.project.values import Given, follow
from twice.truth import UNKNOWN, Missing

if TYPE_CHECKING:
    from twice.project.names import Names

_REFERENCE = re.compile(r"^\$(?P<name>[A-Za-z_]\w*)?(?:@(?P<index>\d+))?(?::(?P<key>.+))?$")


def names_argument(reference: object) -> bool:
    """Is it ``$name`` or ``$@0``? ``$*`` is all of them, ``receiver`` none."""
    return _REFERENCE.match(str(reference)) is not None


def argument(names: Names, call: o.Call, frame: Frame, reference: str) -> Given | Missing | None:
    """An argument by ``$name``, ``$@0`` or ``$name@0``; with ``:key`` an entry of the mapping it is, with ``:[]`` one element.

    None when it is not given, UNKNOWN when it may hide in an unpacked one.
    """
    parts = _REFERENCE.match(reference)
    if parts is None:
        raise ValueError(f"'{reference}' is not an argument reference")
    index = int(parts["index"]) if parts["index"] else None
    filled, inside = _filled_before(names, call, frame)
    before = [one for one in filled if one.name is None]
    if index is not None and index < len(before):
        given: Given | Missing | None = Given(before[index].value, inside)
    else:
        given = _plain(names, call, frame, parts["name"], None if index is None else index - len(before))
    if given is None:
        given = next((Given(one.value, inside) for one in filled if one.name and one.name == parts["name"]), None)
    if given is None and parts["key"] and parts["key"] != "[]":
        return _unpacked_entry(names, call, frame, parts["key"])
    for key in (parts["key"] or "").split(":"):
        if key and isinstance(given, Given):
            given = element(names, given) if key == "[]" else item(names, given, key)
    return given


def _unpacked_entry(names: Names, call: o.Call, frame: Frame, key: str) -> Given | Missing | None:
    """``Producer(**settings)``: an entry of the mapping that is unpacked where the mapping itself may stand."""
    for one in call.arguments:
        if one.star == "**":
            found = item(names, Given(one.value, frame), key)
            if found is not None:
                return found
    return None


def _filled_before(names: Names, call: o.Call, frame: Frame) -> tuple[tuple[o.Argument, ...], Frame]:
    """What a partial application has given already: ``fetch = partial(requests.get, timeout=5)``"""
    if not isinstance(call.callee, o.Name | o.Attribute):
        return (), frame
    made = follow(names, Given(call.callee, frame))
    if made.value is call.callee or not isinstance(made.value, o.Call):
        return (), frame
    outer = names.resolve(made.value.callee, made.frame)
    if not isinstance(outer, Outside) or outer.name != "functools.partial":
        return (), frame
    given = made.value.arguments[1:]
    return (given, made.frame) if not any(one.star for one in given) else ((), frame)


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
    later = _set_later(names, given, key, depth)
    if later is not None:
        return later
    if isinstance(value, o.Call):
        return _made_with(names, value, mapping.frame, key, depth)
    if not isinstance(value, o.Mapping):
        return UNKNOWN
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


def _made_with(names: Names, call: o.Call, frame: Frame, key: str, depth: int) -> Given | Missing | None:
    """A keyword argument of a call that makes an object of them; ``dict(others, key=value)`` has those of others as well."""
    callee = names.resolve(call.callee, frame)
    copies = isinstance(callee, Outside) and callee.name == "builtins.dict"
    made = isinstance(callee, Kind) or (isinstance(callee, Outside) and callee.name.rpartition(".")[2][:1].isupper())
    if not (copies or made):
        return UNKNOWN
    given = _plain(names, call, frame, key, None, depth)
    others = next((one.value for one in call.arguments if one.name is None and not one.star), None)
    if given is None and copies and others is not None:
        return item(names, Given(others, frame), key, depth - 1)
    return given


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
    made = given.value
    for call in given.frame.function.calls if isinstance(made, o.Name) else ():
        callee = call.callee
        if isinstance(callee, o.Attribute) and callee.name == "append" and len(call.arguments) == 1:
            if isinstance(callee.base, o.Name) and isinstance(made, o.Name) and callee.base.id == made.id:
                return Given(call.arguments[0].value, given.frame)
    return None


def _set_later(names: Names, given: Given, key: str, depth: int) -> Given | Missing | None:
    """``conf["key"] = value`` after the mapping was made: where it is used, or where the name of it was given its value.

    UNKNOWN when it may be set by a name of the key, or by an ``update`` with a mapping that cannot be read.
    """
    if not isinstance(given.value, o.Name):
        return None
    hidden = False
    for frame in dict.fromkeys((given.frame, names.frames.module_frame(given.frame.path))):
        for entry, value in put_later(frame.function, given.value.id):
            found = _change(names, Given(value, frame), entry, key, depth)
            if isinstance(found, Given):
                return found
            hidden = hidden or found is UNKNOWN
    return UNKNOWN if hidden else None


def put_later(function: o.Function, name: str) -> Iterator[tuple[o.Value | None, o.Value]]:
    """What a function puts into the mapping of this name, for sure or in some case: ``conf["key"] = value``, ``conf.update(...)``.

    The key, and what stands under it; None for a mapping that is put into it as a whole.
    """
    for statement in function.statements:
        if isinstance(statement, o.Assign) and statement.value is not None:
            for target in statement.targets:
                if isinstance(target, o.Subscript) and isinstance(target.base, o.Name) and target.base.id == name:
                    yield target.key, statement.value
        elif isinstance(statement, o.Do) and isinstance(statement.value, o.Call):
            callee = statement.value.callee
            if isinstance(callee, o.Attribute) and callee.name == "update" and isinstance(callee.base, o.Name):
                if callee.base.id == name:
                    yield from entries_of(statement.value)


def entries_of(value: o.Value) -> Iterator[tuple[o.Value | None, o.Value]]:
    """The keys and values of a display, of the arguments of a call, and of mappings that are joined: None for the key of a whole one.

    A name that is no text in the code stands where its value does.
    """
    if isinstance(value, o.Mapping):
        yield from value.items
    elif isinstance(value, o.Operation) and value.operator == "|":
        yield from ((None, one) for one in value.operands)
    elif isinstance(value, o.Call):
        for one in value.arguments:
            shown = one.value.callee if isinstance(one.value, o.Call) else one.value
            yield o.Literal(shown.start, shown.end, one.name) if one.name else None, one.value


def _change(names: Names, given: Given, entry: o.Value | None, key: str, depth: int) -> Given | Missing | None:
    """What the entry of this key is after such a change; UNKNOWN where the key that is changed is decided elsewhere."""
    if entry is None:
        return item(names, given, key, depth - 1)
    if not isinstance(entry, o.Literal):
        return UNKNOWN
    return given if entry.value == key else None
