"""Finds the functions that code registers as handlers: given to a library's call, assigned to an attribute, or named in a class that stands for a call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from twice import outline as o
from twice.libraries import HandlerSpec
from twice.project import contents, imports, results
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.contexts import contexts
from twice.project.declared import declaration
from twice.project.given import argument
from twice.project.names import Names
from twice.project.scopes import bindings, visible
from twice.project.things import Frame, Instance, Kind, Outside, Routine
from twice.project.values import Given, follow
from twice.project.words import any_of

# How many handlers one helper may register: a wrapper around the framework is called once for each of them.
_MOST_REGISTERED = 200
# How deep lists of handlers may be joined from others.
_DEEPEST = 4

Callbacks = Mapping[str, tuple[HandlerSpec, ...]]


class Registered(Struct, frozen=True, eq=False):
    """A function that is registered, with the call that does so. ``bound`` leading parameters are filled already."""

    spec: HandlerSpec
    routine: Routine
    used: Meaning
    bound: int


def callbacks(names: Names) -> Callbacks:
    """The calls that register handlers; one may take several kinds of them, each in an argument of its own."""
    found: dict[str, tuple[HandlerSpec, ...]] = {}
    for spec in names.libraries.handlers:
        if spec.callback:
            found[spec.callback] = (*found.get(spec.callback, ()), spec)
    return found


def registrations(names: Names, path: str, known: Callbacks, reached: frozenset[str]) -> Iterator[Registered]:
    """What the functions of a file register, in which these trigger words were found."""
    outline = names.outlines[path]
    known = _near(known, reached)
    called = frozenset(name.rpartition(".")[2] for name in known)
    words = any_of(called | _other_names(outline, called))
    objects = any(library in outline.data for library in _called_as_objects(known))
    for function in (outline.module, *outline.everywhere()):
        # Reading a body costs more than looking whether there is anything in it.
        if not objects and words.search(outline.data, function.start, function.end) is None:
            continue
        calls = [call for call in (*function.calls, *_assigned(function, called)) if _may_be(call, called)]
        for frame in _frames(names, function, path, calls, known) if calls else ():
            for call in calls:
                if (outside := _registering(names, call, frame)) is not None:
                    yield from _by_call(names, known, call, frame, outside)


def _other_names(outline: o.Outline, wanted: frozenset[str]) -> frozenset[str]:
    """The names that a module gives to what may be one of these."""
    found = set[str]()
    for name, several in bindings(outline.module).items():
        for value in (binding.value for binding in several):
            match value:
                case o.Import(member=own) | o.Attribute(name=own) | o.Name(id=own) if own in wanted:
                    found.add(name)
    return frozenset(found)


def _called_as_objects(known: Callbacks) -> set[bytes]:
    """The libraries whose objects are called by themselves: those go by any name."""
    return {name.partition(".")[0].encode() for name in known if name.endswith(".__call__")}


def _near(known: Callbacks, words: frozenset[str]) -> Callbacks:
    """Those that can be in a file with these trigger words: some names count only in files that are known by a mark."""
    found = {name: tuple(s for s in specs if s.is_known_by(words)) for name, specs in known.items()}
    return {name: specs for name, specs in found.items() if specs}


def _assigned(function: o.Function, wanted: frozenset[str]) -> Iterator[o.Call]:
    """``client.on_message = handle`` as the call it stands for."""
    for statement in function.statements:
        if isinstance(statement, o.Assign) and statement.value is not None and statement.operator == "":
            for target in statement.targets:
                if isinstance(target, o.Attribute) and target.name in wanted:
                    given = o.Argument(statement.value.start, statement.value.end, None, statement.value)
                    yield o.Call(statement.start, statement.end, target, (given,))


def by_settings(names: Names, path: str, known: Callbacks) -> Iterator[Registered]:
    """What the classes of a file register whose attributes a framework takes as the arguments of a call."""
    outline = names.outlines[path]
    for callback, spec in names.libraries.settings_classes.items():
        if str(spec["where"]).encode() not in outline.data:
            continue
        for definition in outline.classes:
            if re.search(str(spec["named"]), definition.name):
                frame = names.frames.around(definition, path)
                yield from _by_call(names, known, _as_call(definition), frame, Outside(callback))


def _as_call(definition: o.Class) -> o.Call:
    """The class as if it were a call, with its attributes as arguments."""
    start, end = definition.name_start, definition.name_start + len(definition.name.encode())
    arguments = tuple(
        o.Argument(assign.start, assign.end, target.id, assign.value)
        for assign in definition.assigns
        for target in assign.targets
        if isinstance(target, o.Name) and assign.value is not None
    )
    return o.Call(start, end, o.Name(start, end, definition.name), arguments)


def _by_call(names: Names, known: Callbacks, call: o.Call, frame: Frame, outside: Outside) -> Iterator[Registered]:
    for spec in (spec for name in names.spellings(outside) for spec in known.get(name, ())):
        for reference in spec.argument.split():
            found = [
                one
                for given in _given(names, call, frame, reference)
                for one in _registered(names, spec, known, given, declaration(spec, call, frame, outside))
            ]
            if found:
                yield from found
                break


def _given(names: Names, call: o.Call, frame: Frame, reference: str) -> Iterator[Given]:
    """What stands at an argument: one thing, or with ``:[*]`` all elements of a list or mapping; ``$**`` is every keyword's."""
    if reference == "$**":
        for one in call.arguments:
            yield from _elements(names, Given(one.value, frame)) if one.star == "**" else ()
            if one.name is not None:
                yield Given(one.value, frame)
        return
    given = argument(names, call, frame, reference.removesuffix(":[*]"))
    if isinstance(given, Given):
        yield from _elements(names, given) if reference.endswith(":[*]") else _in_rounds(names, given)


def _in_rounds(names: Names, given: Given) -> Iterator[Given]:
    """What a loop over a list gives to it, round by round: ``for task in (ship, bill): app.task(task)``"""
    value, frame = given.value, given.frame
    seen = visible(frame.function, value.id, value.start) if isinstance(value, o.Name) else []
    over = seen[0].value if len(seen) == 1 and seen[0].how == "element" and not seen[0].path else None
    rounds: list[Given] = []
    if over is not None and not isinstance(over, o.Function | o.Class | o.Import):
        rounds = list(contents.each(names, over, frame))
    yield from rounds or (given,)


def _registered(names: Names, spec: HandlerSpec, known: Callbacks, given: Given, used: Meaning) -> Iterator[Registered]:
    """A function; or, in the place of one, a call that registers one with options of its own."""
    routine = _function(names, given)
    if routine is not None:
        yield Registered(spec, routine, used, _already_bound(names, given.value, given.frame))
    elif isinstance(given.value, o.Call) and _registers(names, given.value, given.frame, known):
        outside = _registering(names, given.value, given.frame)
        assert outside is not None
        yield from _by_call(names, known, given.value, given.frame, outside)


def _function(names: Names, given: Given) -> Routine | None:
    thing = names.resolve(given.value, given.frame)
    if thing is None and (text := literal_text(names, given.value, given.frame)):
        thing = imports.written_out(names, text, given.frame.path)
    if isinstance(thing, Instance) and isinstance(thing.kind, Kind):
        thing = names.member(thing, "__call__")
    return thing if isinstance(thing, Routine) else None


def _elements(names: Names, given: Given, deeper: int = _DEEPEST) -> Iterator[Given]:
    """The elements of a list, the values of a mapping; of several that are joined, those of each."""
    found = follow(names, given)
    match found.value:
        case o.Collection():
            yield from (Given(one, found.frame) for one in found.value.items)
        case o.Mapping():
            yield from (Given(value, found.frame) for _, value in found.value.items)
        case o.Operation(operator="+" | "|") if deeper:
            for operand in found.value.operands:
                yield from _elements(names, Given(operand, found.frame), deeper - 1)


# Which call, and in which contexts


def _registering(names: Names, call: o.Call, frame: Frame) -> Outside | None:
    """What of a library is called here; an object that is called is asked for its ``__call__``."""
    thing = names.resolve(call.callee, frame) or results.unmistaken(names, call, frame)
    if isinstance(thing, Instance) and isinstance(thing.kind, Outside):
        return Outside(f"{thing.kind.name}.__call__", thing)
    return thing if isinstance(thing, Outside) else None


def _may_be(call: o.Call, wanted: frozenset[str]) -> bool:
    """A call by attribute keeps the last name of what it calls; a plain name may be an alias of anything."""
    return call.callee.name in wanted if isinstance(call.callee, o.Attribute) else isinstance(call.callee, o.Name)


def _frames(names: Names, function: o.Function, path: str, calls: list[o.Call], known: Callbacks) -> tuple[Frame, ...]:
    """The contexts of a function that registers something which only they tell."""
    if function.name == "<module>":
        return (names.frames.module_frame(path),)
    given = {parameter.name for parameter in function.parameters}
    alone = names.frames.own_frame(function, path)
    registering = (c for c in calls if isinstance(c.callee, o.Attribute) or _registers(names, c, alone, known))
    values = (value for call in registering for value in (call.callee, *(one.value for one in call.arguments)))
    open_ended = any(isinstance(name, o.Name) and name.id in given for name in map(o.root, values))
    return contexts(names, function, path, most=_MOST_REGISTERED) if open_ended else (alone,)


def _registers(names: Names, call: o.Call, frame: Frame, known: Callbacks) -> bool:
    thing = _registering(names, call, frame)
    return thing is not None and any(name in known for name in names.spellings(thing))


def _already_bound(names: Names, value: o.Value, frame: Frame) -> int:
    """How many leading parameters a partial application has filled."""
    given = follow(names, Given(value, frame)).value
    if not isinstance(given, o.Call) or len(given.arguments) < 2:
        return 0
    callee = names.resolve(given.callee, frame)
    partial = isinstance(callee, Outside) and callee.name == "functools.partial"
    return sum(1 for one in given.arguments[1:] if one.name is None and not one.star) if partial else 0
