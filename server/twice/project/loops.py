"""The loop around a handler: what ends it, who notices, and what closing the consumer does."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Handler, Loop
from twice.project.calls import meanings, meanings_of
from twice.project.course import Site, catches_all
from twice.project.declared import Declared
from twice.project.names import Instance, Outside
from twice.project.scene import Scene, callee_place, way_to
from twice.project.starts import is_unnoticed, named_at, starts_of
from twice.text import Place
from twice.truth import NO, UNKNOWN, YES, Setting, Truth, effective

_FAILING = frozenset({"effect", "publish", "payment", "insert", "overwrite", "increment", "parse"})


def consume_loop(scene: Scene, declared: Declared, loop: o.Loop, handler: Handler) -> Loop:
    """The loop as a fact."""
    return Loop(
        place=Place(declared.path, loop.start, loop.source.end),
        name="consume loop",
        region=handler.region,
        survives_failure=_survives(scene, declared, loop),
        end_is_noticed=_end_is_noticed(scene, declared),
    )


def blocks_around(function: o.Function, loop: o.Loop) -> tuple[o.Statement, ...]:
    """The statements around a loop in its function, outermost first."""

    def around(block: o.Block) -> tuple[o.Statement, ...] | None:
        for statement in block:
            if statement is loop:
                return ()
            for inner in o.blocks_of(statement):
                found = around(inner)
                if found is not None:
                    return (statement, *found)
        return None

    return around(function.body) or ()


def is_restarted(declared: Declared) -> bool:
    """The loop stands in a try inside another loop: a failure may bring it back."""
    if declared.loop is None:
        return False
    around = blocks_around(declared.function, declared.loop)
    outer = next((index for index, statement in enumerate(around) if isinstance(statement, o.Loop)), len(around))
    return any(isinstance(statement, o.Try) and statement.excepts for statement in around[outer:])


# What a failure does to it


def _survives(scene: Scene, declared: Declared, loop: o.Loop) -> object:
    """False with the place of the first known step that nothing shields; UNKNOWN where only a narrow except or a call nobody sees
    into leaves it open."""
    if is_restarted(declared):
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
    ways_out = [
        s.what
        for s in scene.run.sites
        if s.kind == "leave" and s.node in clause.then and isinstance(s.what, o.Leave)
        if s.what.kind == "raise" or (s.what.kind in ("break", "return") and s.frame is scene.run.root)
    ]
    if not ways_out:
        return YES
    return NO if clause.then_leaves and all(s.kind == "raise" for s in ways_out) else Truth.UNKNOWN


# Who notices


def _end_is_noticed(scene: Scene, declared: Declared) -> object:
    """False with the place of the start when the function runs aside and nobody looks at it."""
    starts = starts_of(scene.names, declared.function)
    if not starts or _ends_the_process(scene, declared):
        return UNKNOWN
    watching = scene.names.libraries.settings.get("watches_threads", ())
    if scene.evaluator.is_mentioned(watching) or not all(is_unnoticed(scene.names, start) for start in starts):
        return UNKNOWN
    return Setting(False, place=named_at(starts[0]))


def _ends_the_process(scene: Scene, declared: Declared) -> bool:
    frame = declared.frame
    calls = (meaning for call in declared.function.calls for meaning in meanings(scene.names, call, frame))
    return any(meaning.spec.origin == "ends_process" for meaning in calls)


# What closing does


def commits_on_close(scene: Scene, declared: Declared, written: object) -> object:
    """``written`` says whether the consumer commits by itself: then the close that a failure passes through commits too."""
    if effective(written) is not True or declared.loop is None:
        return written
    place = next(_closings(scene, declared), None)
    return Setting(True, place=place) if place is not None else Setting(False)


def _closings(scene: Scene, declared: Declared) -> Iterator[Place]:
    """Where the consumer is closed on the way of a failure: in a finally, by a with, or behind an except that catches it."""
    assert declared.loop is not None
    around = blocks_around(declared.function, declared.loop)
    for statement in reversed(around):
        if isinstance(statement, o.Try):
            yield from _closes(scene, declared, statement.final)
            for clause in statement.excepts:
                if catches_all(clause):
                    yield from _closes(scene, declared, clause.body)
                    yield from _closes(scene, declared, _after(declared.function, statement))
        elif isinstance(statement, o.With):
            for value, _ in statement.items:
                thing = scene.names.resolve(value, declared.frame)
                if isinstance(thing, Instance) and isinstance(thing.kind, Outside) and _is_same(declared, thing):
                    left = Outside(f"{thing.kind.name}.__exit__", thing)
                    empty = o.Call(value.start, value.end, value, ())
                    if any("close" in m.spec.nouns for m in meanings_of(scene.names, left, empty, declared.frame)):
                        yield Place(declared.path, value.start, value.end)


def _closes(scene: Scene, declared: Declared, block: o.Block) -> Iterator[Place]:
    for call in o.calls_in(block):
        for meaning in meanings(scene.names, call, declared.frame):
            if "close" in meaning.spec.nouns and _is_same(declared, meaning.receiver):
                yield callee_place(call, declared.path)


def _is_same(declared: Declared, other: Instance | None) -> bool:
    receiver = declared.receiver
    return receiver is None or other is None or receiver.call is other.call


def _after(function: o.Function, statement: o.Statement) -> o.Block:
    return tuple(s for s in function.statements if s.start >= statement.end)
