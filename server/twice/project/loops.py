"""The loop around a handler, ours or the library's: what ends it, who notices, and what closing the consumer does."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twice import outline as o
from twice.facts import Handler, Loop
from twice.project import results
from twice.project.calls import meanings, meanings_of
from twice.project.contexts import calls_named
from twice.project.course import Site, catches_all
from twice.project.declared import Declared
from twice.project.given import argument
from twice.project.names import Names
from twice.project.scene import Scene, callee_place, way_to
from twice.project.starts import is_unnoticed, named_at, starts_of
from twice.project.things import Frame, Instance, Outside
from twice.text import Place
from twice.truth import NO, UNKNOWN, YES, Setting, Truth, effective

_FAILING = frozenset({"effect", "publish", "payment", "insert", "overwrite", "increment", "parse"})


class Turning(Struct, frozen=True, eq=False):
    """Where a loop turns: its statement in a function of ours, or the statement whose call runs the library's loop.

    ``aside`` is the call that runs it in a thread of the library's.
    """

    function: o.Function
    frame: Frame
    statement: o.Statement
    aside: o.Call | None = None


def turnings(names: Names, declared: Declared) -> tuple[Turning, ...]:
    """The loop of a handler, and that of the generator it takes its events from; for a callback the calls that run it."""
    if declared.spec.runs_in:
        aside = declared.spec.runs_aside
        return (*_running(names, declared.spec.runs_in, False), *(_running(names, aside, True) if aside else ()))
    if declared.loop is None:
        return ()
    if declared.rounds is None:
        return (Turning(declared.function, declared.frame, declared.loop),)
    giving = declared.frame.function
    inner = (s for s in giving.statements if isinstance(s, o.Loop) and s.body and s.body[-1] is declared.block[-1])
    return (
        Turning(declared.function, declared.rounds.frame, declared.loop),
        *(Turning(giving, declared.frame, statement) for statement in inner),
    )


def _running(names: Names, wanted: str, aside: bool) -> Iterator[Turning]:
    for site in calls_named(names, wanted.rpartition(".")[2]):
        is_module = site.function.name == "<module>"
        frame = names.frames.module_frame(site.path) if is_module else names.frames.own_frame(site.function, site.path)
        thing = names.resolve(site.call.callee, frame) or results.unmistaken(names, site.call, frame)
        if isinstance(thing, Outside) and wanted in names.spellings(thing):
            for statement in site.function.statements:
                if any(part is site.call for value in o.values_of(statement) for part in o.walk(value)):
                    yield Turning(site.function, frame, statement, site.call if aside else None)


def consume_loop(scene: Scene, declared: Declared, handler: Handler) -> Loop | None:
    """The loop as a fact; None where nothing of ours, and no call that we see, turns it."""
    turns = turnings(scene.names, declared)
    if not turns:
        return None
    first = turns[0].statement
    end = first.source.end if isinstance(first, o.Loop) else first.end
    return Loop(
        place=Place(turns[0].frame.path, first.start, end),
        name="consume loop",
        region=handler.region,
        survives_failure=_survives(scene, declared),
        end_is_noticed=_end_is_noticed(scene, turns),
    )


def is_restarted(names: Names, declared: Declared) -> bool:
    """The loop stands in a try inside another loop: a failure may bring it back."""
    for turning in turnings(names, declared):
        around = _around(turning)
        outer = next((index for index, statement in enumerate(around) if isinstance(statement, o.Loop)), len(around))
        if any(isinstance(statement, o.Try) and statement.excepts for statement in around[outer:]):
            return True
    return False


def _around(turning: Turning) -> tuple[o.Statement, ...]:
    """The statements around a loop in its function, outermost first."""

    def around(block: o.Block) -> tuple[o.Statement, ...] | None:
        for statement in block:
            if statement is turning.statement:
                return ()
            for inner in o.blocks_of(statement):
                found = around(inner)
                if found is not None:
                    return (statement, *found)
        return None

    return around(turning.function.body) or ()


# What a failure does to it


def _survives(scene: Scene, declared: Declared) -> object:
    """False with the place of the first known step that nothing shields; UNKNOWN where only a narrow except or a call nobody sees
    into leaves it open."""
    if is_restarted(scene.names, declared):
        return UNKNOWN
    shielded, doubtful = _shields(scene)
    unsure = False
    for site in scene.run.sites:
        if site.kind != "call" or site.node in shielded or site.deferred:
            continue
        failing = any(_FAILING & set(meaning.spec.nouns) for meaning in site.meanings)
        if failing and site.node not in doubtful:
            return Setting(False, place=_shown(site))
        unsure = unsure or failing or (isinstance(site.what, o.Call) and scene.unresolved(site.what, site.frame))
    return UNKNOWN if unsure else Setting(True)


def _shown(site: Site) -> Place:
    assert isinstance(site.what, o.Call)
    way = way_to(site.frame)
    return way[0] if way else callee_place(site.what, site.frame.path)


def _shields(scene: Scene) -> tuple[set[int], set[int]]:
    """The nodes whose failures certainly go no further than a broad except that goes on, and those that may."""
    shielded: set[int] = set()
    doubtful: set[int] = set()
    for site in scene.run.sites:
        if site.kind == "with" and any("swallow" in meaning.spec.nouns for meaning in site.meanings):
            shielded |= site.inside
        if site.kind != "except" or not isinstance(site.what, o.Except):
            continue
        goes_on = _goes_on(scene, site)
        if catches_all(site.what) and goes_on is YES:
            shielded |= site.inside
        elif goes_on is not NO:
            doubtful |= site.inside
        shielded |= site.then
    return shielded, doubtful


def _goes_on(scene: Scene, clause: Site) -> Truth:
    """Does the loop go on after this clause?"""
    declared = scene.declared
    own = {id(scene.run.root)}
    if declared is not None and declared.rounds is not None:
        own.add(id(declared.rounds.frame))
    ends = () if declared is not None and declared.loop is None else ("break", "return")
    ways_out = [
        s.what
        for s in scene.run.sites
        if s.kind == "leave" and s.node in clause.then and isinstance(s.what, o.Leave)
        if s.what.kind == "raise" or (s.what.kind in ends and id(s.frame) in own)
    ]
    if not ways_out:
        return YES
    return NO if clause.then_leaves and all(s.kind == "raise" for s in ways_out) else Truth.UNKNOWN


# Who notices


def _end_is_noticed(scene: Scene, turns: tuple[Turning, ...]) -> object:
    """False with the place of the start when the function runs aside and nobody looks at it."""
    watching = scene.names.libraries.settings.get("watches_threads", ())
    if scene.evaluator.is_mentioned(watching):
        return UNKNOWN
    place: Place | None = None
    for turning in turns[:1] if isinstance(turns[0].statement, o.Loop) else turns:
        if turning.aside is not None:
            if _is_told_of_its_end(scene, turning.aside, turning.frame):
                return UNKNOWN
            place = place or callee_place(turning.aside, turning.frame.path)
            continue
        starts = starts_of(scene.names, turning.function)
        if not starts or _ends_the_process(scene.names, turning):
            return UNKNOWN
        if not all(is_unnoticed(scene.names, start) for start in starts):
            return UNKNOWN
        place = place or named_at(starts[0])
    return Setting(False, place=place)


def _is_told_of_its_end(scene: Scene, aside: o.Call, frame: Frame) -> bool:
    asked = scene.declared.spec.ends_told_to if scene.declared is not None else ""
    return bool(asked) and argument(scene.names, aside, frame, asked) is not None


def _ends_the_process(names: Names, turning: Turning) -> bool:
    calls = (meaning for call in turning.function.calls for meaning in meanings(names, call, turning.frame))
    return any(meaning.spec.origin == "ends_process" for meaning in calls)


# What closing does


def commits_on_close(scene: Scene, declared: Declared, written: object) -> object:
    """``written`` says whether the consumer commits by itself: then the close that a failure passes through commits too."""
    if effective(written) is not True or declared.loop is None:
        return written
    closings = (place for turning in turnings(scene.names, declared) for place in _closings(scene, declared, turning))
    place = next(closings, None)
    return Setting(True, place=place) if place is not None else Setting(False)


def _closings(scene: Scene, declared: Declared, turning: Turning) -> Iterator[Place]:
    """Where the consumer is closed on the way of a failure: in a finally, by a with, or behind an except that catches it."""
    for statement in reversed(_around(turning)):
        if isinstance(statement, o.Try):
            yield from _closes(scene, declared, turning, statement.final)
            for clause in statement.excepts:
                if catches_all(clause):
                    yield from _closes(scene, declared, turning, clause.body)
                    yield from _closes(scene, declared, turning, _after(turning.function, statement))
        elif isinstance(statement, o.With):
            for value, _ in statement.items:
                if _closes_when_left(scene.names, declared, turning.frame, value):
                    yield Place(turning.frame.path, value.start, value.end)


def _closes_when_left(names: Names, declared: Declared, frame: Frame, value: o.Value) -> bool:
    thing = names.resolve(value, frame)
    if not isinstance(thing, Instance) or not isinstance(thing.kind, Outside) or not _is_same(declared, thing):
        return False
    left = Outside(f"{thing.kind.name}.__exit__", thing)
    empty = o.Call(value.start, value.end, value, ())
    return any("close" in meaning.spec.nouns for meaning in meanings_of(names, left, empty, frame))


def _closes(scene: Scene, declared: Declared, turning: Turning, block: o.Block) -> Iterator[Place]:
    for call in o.calls_in(block):
        for meaning in meanings(scene.names, call, turning.frame):
            if "close" in meaning.spec.nouns and _is_same(declared, meaning.receiver):
                yield callee_place(call, turning.frame.path)


def _is_same(declared: Declared, other: Instance | None) -> bool:
    receiver = declared.receiver
    return receiver is None or other is None or receiver.call is other.call


def _after(function: o.Function, statement: o.Statement) -> o.Block:
    return tuple(s for s in function.statements if s.start >= statement.end)
