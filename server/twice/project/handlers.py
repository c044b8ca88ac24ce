"""Finds the handlers of a workspace: what the library files and the templates say is run because an event arrived."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from twice import outline as o
from twice.libraries import CallSpec, HandlerSpec, Layout
from twice.project.calls import Given, Meaning, argument, constant, follow
from twice.project.names import Frame, Instance, Kind, Names, Outside, Routine
from twice.project.starts import starts_of
from twice.text import Place


@dataclass(frozen=True, slots=True, eq=False)
class Declared:
    """A handler as it is declared: its code, the frame to run it in, and the call that declares its options."""

    spec: HandlerSpec
    kind: str
    path: str
    function: o.Function
    frame: Frame
    block: o.Block
    place: Place
    declaration: Meaning | None = None
    loop: o.Loop | None = None
    receiver: Instance | None = None
    deployed: tuple[object, ...] = ()

    @property
    def name(self) -> str:
        return self.function.qualified_name


@dataclass(frozen=True, slots=True)
class Deployed:
    """Code that a template deploys: a function by file and name, and the kinds of source that feed it."""

    path: str
    function: str
    kinds: frozenset[str]
    facts: tuple[object, ...] = field(default=())


def handlers(names: Names, deployed: Iterable[Deployed], reached: Mapping[str, frozenset[str]]) -> list[Declared]:
    """All handlers. ``reached`` are the files whose bodies are worth reading, with the trigger words found in them."""
    found: dict[tuple[str, int], Declared] = {}
    for made in (*_by_template(names, deployed), *_by_code(names, reached), *_by_signature(names)):
        key = (made.path, made.loop.start if made.loop is not None else made.function.start)
        found.setdefault(key, made)
    inner = {key for key, made in found.items() if made.loop is None and _has_own_loop(made, found.values())}
    return [made for key, made in sorted(found.items()) if key not in inner]


def _has_own_loop(made: Declared, others: Iterable[Declared]) -> bool:
    """A function that only starts a consume loop is not a handler besides it."""
    return any(other.loop is not None and other.function is made.function and not made.deployed for other in others)


# Reading a body costs more than looking whether there is anything in it.
_DEFINES = re.compile(rb"\bdef[ \t]")


def functions_of(outline: o.Outline, inside: bool) -> Iterator[o.Function]:
    """The functions of a file; with ``inside`` those defined in other functions too."""
    for function in outline.functions:
        yield function
        if inside and _DEFINES.search(outline.data, function.name_start, function.end):
            yield from _nested(function)


def _nested(function: o.Function) -> Iterator[o.Function]:
    for statement in function.statements:
        if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
            yield statement.what
            yield from _nested(statement.what)


# By template


def _by_template(names: Names, deployed: Iterable[Deployed]) -> Iterator[Declared]:
    specs = [spec for spec in names.libraries.handlers if spec.signature]
    for one in deployed:
        outline = names.outlines.get(one.path)
        if outline is None or not specs:
            continue
        thing = names.global_name(one.path, one.function)
        if not isinstance(thing, Routine):
            continue
        made = _declared(names, specs[0], thing, _kind_of(names, one, outline, thing.function, specs[0]), None)
        yield replace(made, deployed=one.facts)


def _kind_of(names: Names, one: Deployed, outline: o.Outline, function: o.Function, spec: HandlerSpec) -> str:
    """What the template joins it to; where that is nothing, or several things, what it does with its event."""
    known = [kind for kind in sorted(one.kinds) if kind in names.libraries.layouts]
    if len(known) == 1:
        return known[0]
    marked = _kind_by_marks(names, outline, function)
    if marked is not None and (not known or marked in known):
        return marked
    return "mixed" if known else next(iter(one.kinds), spec.kind)


# By decorators, callbacks, loops, base classes


def _by_code(names: Names, reached: Mapping[str, frozenset[str]]) -> Iterator[Declared]:
    decorators = _by_name(names, "decorator")
    callbacks, loops, over = _by_name(names, "callback"), _by_name(names, "loop"), _by_name(names, "over")
    for path in names.outlines:
        outline = names.outlines[path]
        for function in functions_of(outline, path in reached):
            if function.decorators:
                yield from _decorated(names, function, path, decorators)
        if path in reached:
            yield from _inside(names, path, outline, callbacks, loops, over)
        for definition in outline.classes:
            yield from _based(names, definition, path)


def _by_name(names: Names, attribute: str) -> dict[str, HandlerSpec]:
    return {getattr(spec, attribute): spec for spec in names.libraries.handlers if getattr(spec, attribute)}


def _decorated(names: Names, function: o.Function, path: str, specs: Mapping[str, HandlerSpec]) -> Iterator[Declared]:
    frame = names.module_frame(path)
    if function.outer is not None and function.outer.name != "<module>":
        frame = names.own_frame(function.outer, path)
    for decorator in function.decorators:
        call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())
        for outside, inner, inside in names.decorations(names.resolve(call.callee, frame)):
            spec = next((specs[name] for name in names.spellings(outside) if name in specs), None)
            if spec is None:
                continue
            routine = Routine(function, path, Instance(Kind(function.owner, path)) if function.owner else None)
            used = _declaration(spec, inner or call, inside or frame, outside)
            yield _declared(names, spec, routine, spec.kind, used)
            return


def _declaration(spec: HandlerSpec, call: o.Call, frame: Frame, outside: Outside | None) -> Meaning:
    return Meaning(
        CallSpec(spec.kind, (), {}, library=spec.library), call, frame, outside.receiver if outside else None
    )


def _inside(
    names: Names,
    path: str,
    outline: o.Outline,
    callbacks: Mapping[str, HandlerSpec],
    loops: Mapping[str, HandlerSpec],
    over: Mapping[str, HandlerSpec],
) -> Iterator[Declared]:
    called = _last_names(callbacks)
    for function in (outline.module, *functions_of(outline, True)):
        frame = names.module_frame(path) if function is outline.module else names.own_frame(function, path)
        for call in function.calls:
            outside = names.resolve(call.callee, frame) if _may_be(call, called) else None
            if isinstance(outside, Outside):
                for name in names.spellings(outside):
                    if name in callbacks:
                        yield from _callback(names, callbacks[name], call, frame, outside)
        yield from _loops(names, function, frame, loops, over)


def _last_names(specs: Iterable[str]) -> frozenset[str]:
    return frozenset(name.rpartition(".")[2] for name in specs)


def _may_be(call: o.Call, wanted: frozenset[str]) -> bool:
    """A call by attribute keeps the last name of what it calls; a plain name may be an alias of anything."""
    return call.callee.name in wanted if isinstance(call.callee, o.Attribute) else isinstance(call.callee, o.Name)


def _callback(names: Names, spec: HandlerSpec, call: o.Call, frame: Frame, outside: Outside) -> Iterator[Declared]:
    for reference in spec.argument.split():
        given = argument(names, call, frame, reference)
        thing = names.resolve(given.value, given.frame) if isinstance(given, Given) else None
        if isinstance(thing, Instance) and isinstance(thing.kind, Kind):
            thing = names.member(thing, "__call__")
        if isinstance(thing, Routine) and isinstance(given, Given):
            used = _declaration(spec, call, frame, outside)
            yield _declared(names, spec, thing, spec.kind, used, _already_bound(names, given.value, given.frame))
            return


def _already_bound(names: Names, value: o.Value, frame: Frame) -> int:
    """How many leading parameters a partial application has filled."""
    given = follow(names, Given(value, frame)).value
    if not isinstance(given, o.Call) or len(given.arguments) < 2:
        return 0
    callee = names.resolve(given.callee, frame)
    partial = isinstance(callee, Outside) and callee.name == "functools.partial"
    return sum(1 for one in given.arguments[1:] if one.name is None and not one.star) if partial else 0


def _loops(
    names: Names, function: o.Function, frame: Frame, loops: Mapping[str, HandlerSpec], over: Mapping[str, HandlerSpec]
) -> Iterator[Declared]:
    called = _last_names(loops)
    for statement, stack in _with_loops(function.body, ()):
        if isinstance(statement, o.Loop) and statement.target is not None:
            thing = names.resolve(statement.source, frame)
            spec = next((over[n] for n in names.type_names(thing) if n in over), None)
            if spec is not None:
                yield _loop_over(spec, function, frame, statement, thing if isinstance(thing, Instance) else None)
                continue
        for value in o.values_of(statement):
            for part in o.walk(value):
                if not isinstance(part, o.Call) or not _may_be(part, called):
                    continue
                outside = names.resolve(part.callee, frame)
                if not isinstance(outside, Outside):
                    continue
                spec = next((loops[name] for name in names.spellings(outside) if name in loops), None)
                around = _around(statement, stack) if spec is not None else None
                if spec is not None and around is not None and _consumes(names, spec, function, frame, around):
                    yield _loop_handler(spec, function, frame, around, part, outside)


def _consumes(names: Names, spec: HandlerSpec, function: o.Function, frame: Frame, loop: o.Loop) -> bool:
    """Does the loop wait for events, rather than work off what lies there, and where such loops run?"""
    if spec.started == "aside" and not starts_of(names, function):
        return False
    asked = [names.resolve(p.callee, frame) for p in o.walk(loop.source) if isinstance(p, o.Call)]
    return not any(isinstance(a, Outside) and set(names.spellings(a)) & set(spec.until) for a in asked)


def _with_loops(block: o.Block, stack: tuple[o.Loop, ...]) -> Iterator[tuple[o.Statement, tuple[o.Loop, ...]]]:
    for statement in block:
        yield statement, stack
        deeper = (*stack, statement) if isinstance(statement, o.Loop) else stack
        for inner in o.blocks_of(statement):
            yield from _with_loops(inner, deeper)


def _around(statement: o.Statement, stack: tuple[o.Loop, ...]) -> o.Loop | None:
    """The loop that consumes: the innermost while around the call, else the for over the answer itself."""
    if isinstance(statement, o.Loop) and statement.target is None:
        return statement
    inner = next((loop for loop in reversed(stack) if loop.target is None), None)
    return inner or (statement if isinstance(statement, o.Loop) else None)


def _loop_handler(
    spec: HandlerSpec, function: o.Function, frame: Frame, loop: o.Loop, call: o.Value, outside: Outside | None
) -> Declared:
    block: o.Block = (loop,) if loop.target is not None and outside is not None else loop.body
    if loop.target is None and not isinstance(loop.source, o.Literal):
        block = (o.Do(loop.source.start, loop.source.end, loop.source), *loop.body)
    place = Place(frame.path, function.name_start, function.name_start + len(function.name.encode()))
    if function.name == "<module>":
        place = Place(frame.path, loop.start, loop.source.end)
    used = (
        _declaration(spec, call, frame, outside)
        if isinstance(call, o.Call)
        else _declaration(spec, o.Call(call.start, call.end, call, ()), frame, None)
    )
    receiver = outside.receiver if outside is not None else None
    return Declared(spec, spec.kind, frame.path, function, frame, block, place, used, loop, receiver)


def _loop_over(
    spec: HandlerSpec, function: o.Function, frame: Frame, loop: o.Loop, receiver: Instance | None
) -> Declared:
    """The loop over a consumer object itself: each round is one event."""
    made = _loop_handler(spec, function, frame, loop, loop.source, None)
    assert made.declaration is not None
    return replace(made, receiver=receiver, declaration=replace(made.declaration, receiver=receiver))


def _based(names: Names, definition: o.Class, path: str) -> Iterator[Declared]:
    """A class that extends a library's base class and implements its method."""
    if not definition.bases:
        return
    for spec in names.libraries.handlers:
        method = definition.methods.get(spec.method) if spec.base else None
        if method is not None and spec.base in set(names.type_names(Kind(definition, path))):
            routine = Routine(method, path, Instance(Kind(definition, path)))
            call = o.Call(
                definition.start,
                definition.name_start + len(definition.name.encode()),
                o.Name(definition.start, definition.start, ""),
                (),
            )
            yield _declared(names, spec, routine, spec.kind, _declaration(spec, call, names.module_frame(path), None))


# By signature and what is done with the event


def _by_signature(names: Names) -> Iterator[Declared]:
    specs = [spec for spec in names.libraries.handlers if spec.signature]
    for path, outline in names.outlines.items():
        for function in outline.functions:
            spec = next((spec for spec in specs if _fits(function, spec)), None)
            kind = _kind_by_marks(names, outline, function) if spec is not None else None
            if spec is not None and kind is not None:
                receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
                yield _declared(names, spec, Routine(function, path, receiver), kind, None)


def _fits(function: o.Function, spec: HandlerSpec) -> bool:
    parameters = [p for p in function.parameters if p.name not in ("self", "cls")]
    if len(parameters) < len(spec.signature) or any(p.star for p in parameters[: len(spec.signature)]):
        return False
    if any(p.default is None for p in parameters[len(spec.signature) :] if not p.star):
        return False
    return all(re.fullmatch(pattern, p.name) for pattern, p in zip(spec.signature, parameters, strict=False))


def _kind_by_marks(names: Names, outline: o.Outline, function: o.Function) -> str | None:
    """The kind of event by what the function reads of it; None when nothing gives it away, or two kinds do."""
    own = outline.data[function.start : function.end].decode("utf-8", "replace")
    decorators = "".join(outline.data[d.start : d.end].decode("utf-8", "replace") + "\n" for d in function.decorators)
    for text in (decorators + own, _head(outline)):
        kinds = {layout.kind for layout in names.libraries.layouts.values() if _marked(layout, text)}
        if len(kinds) == 1:
            return kinds.pop()
        if kinds:
            return None
        if "record" not in own and "event" not in own:
            return None
    return None


def _head(outline: o.Outline) -> str:
    """The file without its functions' bodies is too little, the whole file is what marks are looked for in last."""
    return outline.data.decode("utf-8", "replace")


def _marked(layout: Layout, text: str) -> bool:
    return layout.evident and any(re.search(mark, text) for mark in layout.marks)


# The frame of a handler


def _declared(
    names: Names, spec: HandlerSpec, routine: Routine, kind: str, declaration: Meaning | None, bound: int = 0
) -> Declared:
    function = routine.function
    frame = Frame(function, routine.path, receiver=routine.receiver, closure=routine.closure)
    parameters = [p for p in function.parameters if not p.star]
    if function.owner is not None and parameters and parameters[0].name in ("self", "cls"):
        parameters = parameters[1:]
    parameters = parameters[bound:]
    given: dict[str, str] = {}
    if spec.bound and declaration is not None and parameters:
        option = argument(names, declaration.call, declaration.frame, spec.bound)
        if isinstance(option, Given) and constant(names, option.value, option.frame) is True:
            given[parameters[0].name] = spec.parameters[0]
            parameters = parameters[1:]
    elif spec.parameters:
        given = {p.name: typed for p, typed in zip(parameters, spec.parameters, strict=False) if typed}
    frame.given = given
    frame.event = _carried(spec, kind, parameters)
    names.keep(frame)
    place = Place(routine.path, function.name_start, function.name_start + len(function.name.encode()))
    return Declared(spec, kind, routine.path, function, frame, function.body, place, declaration)


def _carried(spec: HandlerSpec, kind: str, parameters: list[o.Parameter]) -> dict[str, str]:
    if spec.event == "all":
        return {p.name: f"{kind}:{p.name}" for p in parameters}
    if isinstance(spec.event, tuple):
        return {p.name: f"{kind}:{part}" for p, part in zip(parameters, spec.event, strict=False) if part}
    index = int(spec.event)
    return {parameters[index].name: kind} if index < len(parameters) else {}
