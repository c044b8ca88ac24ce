"""Finds the loops that consume: around a call that takes events, over a consumer, and over a generator that hands them out.

The call may stand in a function that the loop calls, and the generator in another file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.libraries import HandlerSpec
from twice.project import iterated, results
from twice.project.calls import Meaning, meanings
from twice.project.contexts import callers, contexts, heirs
from twice.project.course import Rounds
from twice.project.declared import Declared, declaration, named_place
from twice.project.names import Names
from twice.project.rounds import of_event
from twice.project.starts import starts_of
from twice.project.things import Frame, Instance, Kind, Outside, Routine
from twice.project.words import any_of
from twice.text import Place

# The methods by which a loop over an object gets what it goes over, and those that answer with one element each time.
_ANSWERING = ("__next__", "__anext__")
_ITERATING = ("__iter__", "__aiter__", *_ANSWERING)
# How many functions may lie between a loop and the call that takes its events.
_MOST_HELPERS = 2


class Takers(Struct, frozen=True, eq=False):
    """The calls that take events, the objects that hand them out, and the last names of the calls."""

    loops: Mapping[str, HandlerSpec]
    over: Mapping[str, HandlerSpec]
    last_names: frozenset[str]

    def within(self, words: frozenset[str]) -> Takers:
        """Those that can be in a file with these trigger words: some calls count only in files that are known by a mark."""
        loops = {name: spec for name, spec in self.loops.items() if spec.is_known_by(words)}
        over = {name: spec for name, spec in self.over.items() if spec.is_known_by(words)}
        return Takers(loops, over, frozenset(name.rpartition(".")[2] for name in loops))


def takers(names: Names) -> Takers:
    loops = {spec.loop: spec for spec in names.libraries.handlers if spec.loop}
    over = {spec.over: spec for spec in names.libraries.handlers if spec.over and _is_named(names, spec.over)}
    return Takers(loops, over, frozenset(name.rpartition(".")[2] for name in loops))


def _is_named(names: Names, kind: str) -> bool:
    """Does the workspace ever speak of this type, or of a method that answers with one? Then anything that is looped over may be one."""
    package = kind.partition(".")[0].encode()
    makers = (name.partition("(")[0] for name, typed in names.libraries.types.items() if typed == kind)
    words = {name.rpartition(".")[2].encode() for name in (kind, *makers)}
    return any(package in outline.data and any(w in outline.data for w in words) for outline in names.code.values())


def consume_loops(names: Names, function: o.Function, path: str, takers: Takers) -> Iterator[Declared]:
    """The consume loops of a function, and those of others that take their events through it."""
    text = names.outlines[path].data
    # Reading a body costs more than looking whether there is anything in it.
    if not takers.over and any_of(takers.last_names).search(text, function.start, function.end) is None:
        return
    calls = any(o.called_name(call) in takers.last_names for call in function.calls)
    loops = [s for s in function.statements if isinstance(s, o.Loop) and s.target is not None]
    if not calls and not loops:
        return
    for frame in _frames(names, function, path, takers):
        for loop in loops:
            yield from _over(names, _Place(function, frame), loop, takers)
        for taken in _taken(names, _Place(function, frame), takers):
            yield from _around_call(names, taken)


# In which contexts


def _frames(names: Names, function: o.Function, path: str, takers: Takers) -> tuple[Frame, ...]:
    """The function by itself where that says everything, else in the contexts in which the workspace runs it."""
    alone = names.frames.module_frame(path) if function.name == "<module>" else names.frames.own_frame(function, path)
    is_clear = _finds(names, _Place(function, alone), takers)
    if is_clear and not _runs_a_parameter(function) and not _is_inherited(names, function, path):
        return (alone,)
    return contexts(names, function, path) if is_clear or _depends(function, takers) else ()


def _finds(names: Names, place: _Place, takers: Takers) -> bool:
    loops = (s for s in place.function.statements if isinstance(s, o.Loop) and s.target is not None)
    return any(_consumer(names, loop, place.frame, takers) for loop in loops) or any(
        True for _ in _taken(names, place, takers)
    )


def _depends(function: o.Function, takers: Takers) -> bool:
    """Is something taken, or looped over, that the function was given, or that its object holds?"""
    objects = [c.callee for c in function.calls if o.called_name(c) in takers.last_names]
    if takers.over:
        objects += [s.source for s in function.statements if isinstance(s, o.Loop) and s.target is not None]
    given = {parameter.name for parameter in function.parameters}
    return any(isinstance(name, o.Name) and name.id in given for name in map(o.root, objects))


def _runs_a_parameter(function: o.Function) -> bool:
    given = {parameter.name for parameter in function.parameters}
    return any(isinstance(call.callee, o.Name) and call.callee.id in given for call in function.calls)


def _is_inherited(names: Names, function: o.Function, path: str) -> bool:
    return function.owner is not None and len(list(heirs(names, Kind(function.owner, path)))) > 1


# Loops over a consumer, and over what a generator hands out


class _Place(Struct, frozen=True, eq=False):
    """A function in one of its contexts."""

    function: o.Function
    frame: Frame


def _over(names: Names, place: _Place, loop: o.Loop, takers: Takers) -> Iterator[Declared]:
    found = _consumer(names, loop, place.frame, takers)
    if found is not None:
        spec, consumer = found
        call = o.Call(loop.source.start, loop.source.end, loop.source, ())
        used = replace(declaration(spec, call, place.frame, None), receiver=consumer)
        yield from _handled(names, place, loop, loop.body, used, spec)


def _consumer(names: Names, loop: o.Loop, frame: Frame, takers: Takers) -> tuple[HandlerSpec, Instance] | None:
    """The consumer a loop goes over: each round is one event."""
    thing = names.resolve(loop.source, frame)
    spec = next((takers.over[n] for n in names.type_names(thing) if n in takers.over), None)
    return (spec, thing) if spec is not None and isinstance(thing, Instance) else None


def _handled(
    names: Names, place: _Place, loop: o.Loop, block: o.Block, used: Meaning, spec: HandlerSpec
) -> Iterator[Declared]:
    """The rounds of a loop as a handler: its own, or those of the loops that take what it gives out."""
    gives = any(
        isinstance(part, o.Yield) for s in o.statements(loop.body) for v in o.values_of(s) for part in o.walk(v)
    )
    if not gives:
        yield _made(place, loop, block, used, spec)
        return
    for around, statement in _loops_over(names, place.function):
        found = iterated.generator(names, statement.source, around.frame)
        if found is not None and found[0].function is place.function:
            inside = names.frames.enter(*found, around.frame)
            made = _made(around, statement, block, used, spec)
            yield replace(made, frame=inside, rounds=Rounds(statement, around.frame))


def _answering(names: Names, taken: _Taken) -> Iterator[Declared]:
    """The loops over an object that takes an event whenever it is asked for its next element: each round has one."""
    for around, statement in _loops_over(names, taken.place.function):
        if taken.spec.started and (taken.spec.started != "aside" or not starts_of(names, around.function)):
            continue
        found = iterated.follower(names, statement.source, around.frame)
        if found is not None and found.function is taken.place.function:
            yield _made(around, statement, statement.body, taken.used, taken.spec)


def _loops_over(names: Names, function: o.Function) -> Iterator[tuple[_Place, o.Loop]]:
    """The loops over what a generator, or an object with this method, gives out."""
    for site in callers(names, function):
        for statement in site.function.statements:
            if isinstance(statement, o.Loop) and o.awaited(statement.source) is site.call:
                for frame in contexts(names, site.function, site.path):
                    yield _Place(site.function, frame), statement
    if function.owner is None or function.name not in _ITERATING:
        return
    for path, outline in names.code.items():
        if function.owner.name.encode() not in outline.data:
            continue
        for other in (outline.module, *outline.everywhere()):
            loops = [s for s in other.statements if isinstance(s, o.Loop) and s.target is not None]
            for frame in contexts(names, other, path) if loops else ():
                yield from ((_Place(other, frame), loop) for loop in loops)


def _made(place: _Place, loop: o.Loop | None, block: o.Block, used: Meaning, spec: HandlerSpec) -> Declared:
    function, path = place.function, place.frame.path
    named = named_place(function, path)
    if function.name == "<module>" and loop is not None:
        named = Place(path, loop.start, loop.source.end)
    return Declared(spec, spec.kind, path, function, place.frame, block, named, used, loop, used.receiver)


# Loops around a call


class _Taken(Struct, frozen=True, eq=False):
    """A call that takes events: the statement it stands in, and the loops around that, outermost first."""

    place: _Place
    spec: HandlerSpec
    used: Meaning
    statement: o.Statement
    loops: tuple[o.Loop, ...]


def _taken(names: Names, place: _Place, takers: Takers) -> Iterator[_Taken]:
    for statement, loops in _with_loops(place.function.body, ()):
        for value in o.values_of(statement):
            for part in o.walk(value):
                outside = _named(names, part, place.frame, takers)
                spec = outside and next((takers.loops[n] for n in names.spellings(outside) if n in takers.loops), None)
                if outside and spec and isinstance(part, o.Call):
                    used = declaration(spec, part, place.frame, outside)
                    yield _Taken(place, spec, used, statement, loops)


def _named(names: Names, value: o.Value, frame: Frame, takers: Takers) -> Outside | None:
    """What is called, where it may be one of these. An attribute keeps its last name, a plain name may be any alias."""
    if not isinstance(value, o.Call) or (
        isinstance(value.callee, o.Attribute) and value.callee.name not in takers.last_names
    ):
        return None
    thing = names.resolve(value.callee, frame) if isinstance(value.callee, o.Attribute | o.Name) else None
    if isinstance(thing, Outside) and any(name in takers.loops for name in names.spellings(thing)):
        return thing
    return None if isinstance(thing, Routine | Kind) else results.unmistaken(names, value, frame)


def _with_loops(block: o.Block, loops: tuple[o.Loop, ...]) -> Iterator[tuple[o.Statement, tuple[o.Loop, ...]]]:
    for statement in block:
        yield statement, loops
        deeper = (*loops, statement) if isinstance(statement, o.Loop) else loops
        for inner in o.blocks_of(statement):
            yield from _with_loops(inner, deeper)


def _around_call(names: Names, taken: _Taken) -> Iterator[Declared]:
    if taken.place.function.name in _ANSWERING:
        yield from _answering(names, taken)
        return
    loop = _loop_around(names, taken)
    if loop is None:
        if not taken.spec.started:
            yield from _through_helpers(names, taken, _MOST_HELPERS)
    elif _consumes(names, taken, loop):
        yield from _handled(names, taken.place, loop, _round(names, taken, loop), taken.used, taken.spec)


def _loop_around(names: Names, taken: _Taken) -> o.Loop | None:
    """The loop that consumes: the innermost endless one around the call, else the ``for`` over its answer."""
    if isinstance(taken.statement, o.Loop) and taken.statement.target is None:
        return taken.statement
    endless = (loop for loop in reversed(taken.loops) if _has_no_end(names, loop, taken.place.frame))
    return next(endless, taken.statement if isinstance(taken.statement, o.Loop) else None)


def _has_no_end(names: Names, loop: o.Loop, frame: Frame) -> bool:
    """A ``while``, or a ``for`` over something that never ends."""
    source = loop.source
    return loop.target is None or (
        isinstance(source, o.Call) and any("endless" in m.spec.nouns for m in meanings(names, source, frame))
    )


def _round(names: Names, taken: _Taken, loop: o.Loop) -> o.Block:
    """One round, with the test of a ``while``; of a ``for`` over the answer of the call all its rounds."""
    if loop.target is not None:
        return (loop,) if loop is taken.statement else of_event(names, taken.spec, taken.statement, loop.body)
    test = o.Do(loop.source.start, loop.source.end, loop.source)
    return (
        of_event(names, taken.spec, taken.statement, loop.body)
        if isinstance(loop.source, o.Literal)
        else (test, *of_event(names, taken.spec, taken.statement, loop.body))
    )


def _consumes(names: Names, taken: _Taken, loop: o.Loop) -> bool:
    """Does the loop wait for events, rather than work off what lies there, look at what it gets, and stand where such loops run?"""
    if isinstance(taken.statement, o.Do) and o.awaited(taken.statement.value) is taken.used.call:
        return False
    if taken.spec.started == "endless" and not isinstance(loop.source, o.Literal):
        return False
    if taken.spec.started == "aside" and not starts_of(names, taken.place.function):
        return False
    asked = (_asked(names, part, taken.place.frame) for part in o.walk(loop.source))
    return not any(one is not None and set(names.spellings(one)) & set(taken.spec.until) for one in asked)


def _asked(names: Names, part: o.Value, frame: Frame) -> Outside | None:
    """What a part of the test of a loop asks: a call, or of an object by itself, as in ``while waiting``, its length."""
    thing = names.resolve(part.callee if isinstance(part, o.Call) else part, frame)
    if isinstance(thing, Instance) and isinstance(thing.kind, Outside) and not isinstance(part, o.Call):
        return Outside(f"{thing.kind.name}.__len__", thing)
    return thing if isinstance(thing, Outside) and isinstance(part, o.Call) else None


# Calls in helpers


def _through_helpers(names: Names, taken: _Taken, deeper: int) -> Iterator[Declared]:
    """The loops that call the function in which events are taken."""
    for site in callers(names, taken.place.function):
        for frame in contexts(names, site.function, site.path):
            for statement, loops in _with_loops(site.function.body, ()):
                if not any(part is site.call for value in o.values_of(statement) for part in o.walk(value)):
                    continue
                above = _Taken(_Place(site.function, frame), taken.spec, taken.used, statement, loops)
                loop = _loop_around(names, above)
                if loop is not None:
                    yield from _handled(names, above.place, loop, _round(names, above, loop), taken.used, taken.spec)
                elif deeper > 1:
                    yield from _through_helpers(names, above, deeper - 1)
