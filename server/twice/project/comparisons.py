"""Tests that decide what happens to an event: what they ask, and the steps that depend on their answer."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Comparison
from twice.flow import Graph
from twice.project.course import Site
from twice.project.discarding import discards
from twice.project.dispatching import silent_default
from twice.project.scene import Scene, way_to
from twice.project.sources import Source, Ways, mixed
from twice.project.things import Frame
from twice.project.winners import picks_winner, puts_in_order, sorted_batches
from twice.reachability import Nodes
from twice.text import Place
from twice.truth import NONE, YES, Truth


def comparisons(scene: Scene) -> Iterator[Comparison]:
    """The tests that ask something of the event, or of what is known about it elsewhere, and the failures that are caught.

    One whose question nobody can see into may do so. One that asks whether there is anything at all decides nothing.
    """
    yield from sorted_batches(scene)
    for site in scene.run.sites:
        if site.kind == "except":
            yield _failure(scene, site)
        if site.kind != "test" or not isinstance(site.what, o.If):
            continue
        certain = _asks_about_event(scene, site, site.what.test)
        if certain is not Truth.NO:
            yield _comparison(scene, site, site.what.test, certain)


def _comparison(scene: Scene, site: Site, test: o.Value, certain: Truth) -> Comparison:
    value = scene.evaluator.tracer.told(test, site.frame, _asked(scene, test, site.frame))
    return Comparison(
        place=Place(site.frame.path, test.start, test.end),
        name=value.text,
        certain=certain,
        step=scene.step(site),
        region=scene.region(_deciding(scene.run.graph, site)),
        way=way_to(site.frame),
        value=value,
        discards=discards(scene, site),
        silent_default=silent_default(scene, site),
        picks_winner=picks_winner(scene, site),
        puts_in_order=puts_in_order(scene, site),
    )


def _failure(scene: Scene, site: Site) -> Comparison:
    """What is done in an except clause, a failure has decided."""
    return Comparison(
        place=Place(site.frame.path, site.what.start, site.what.start + len("except")),
        name="except",
        step=scene.step(site),
        region=scene.region(site.then),
        way=way_to(site.frame),
        value=NONE,
    )


def _asks_about_event(scene: Scene, site: Site, test: o.Value) -> Truth:
    asked = (test, *_behind_flags(test, site.frame))
    sources = {source for one in asked for way in _asked(scene, one, site.frame) for source in way}
    if any(source.origin == "store" or _is_part(scene, source) for source in sources):
        return YES
    return Truth.UNKNOWN if any(source.origin == "unknown" for source in sources) else Truth.NO


def _behind_flags(test: o.Value, frame: Frame) -> Iterator[o.Value]:
    """The tests that have decided what a flag in this one is: ``if order.paid: wanted = False`` before ``if wanted``."""
    flags = {part.id for part in o.walk(test) if isinstance(part, o.Name)}
    for statement in frame.function.statements if flags else ():
        if isinstance(statement, o.If) and statement.end <= test.start:
            if any(_sets(inner, flags) for inner in o.statements((statement,))):
                yield statement.test


def _sets(statement: o.Statement, flags: set[str]) -> bool:
    if not isinstance(statement, o.Assign) or not isinstance(statement.value, o.Literal):
        return False
    return any(isinstance(target, o.Name) and target.id in flags for target in statement.targets)


def _asked(scene: Scene, test: o.Value, frame: Frame) -> Ways:
    """What flows into the answer: of ``and`` and ``or``, which give one of their operands, all of them."""
    if isinstance(test, o.Operation) and test.operator in ("and", "or", "not"):
        return mixed(_asked(scene, part, frame) for part in test.operands)
    return scene.evaluator.tracer.ways(test, frame)


def _is_part(scene: Scene, source: Source) -> bool:
    """Something of one event: not the batch it came in, nor the event as a whole."""
    layout = scene.names.libraries.layouts.get(source.kind)
    if source.origin != "event":
        return False
    whole = {"[]", "0", *(layout.batch if layout is not None else ())}
    return any(key not in whole for key in source.path)


def _deciding(graph: Graph, site: Site) -> Nodes:
    """The steps that one answer of the test leads to, and the other does not before the test is made again, in a next round."""
    one, other, alone = Nodes(), Nodes(), Nodes()
    again = site.node in graph.reach(site.node)
    for first in graph.successors[site.node]:
        found = graph.reach(first) | Nodes.of([first])
        if again:
            alone |= graph.led_to(first)
        if first in site.then:
            one |= found
        else:
            other |= found
    return one ^ other | alone
