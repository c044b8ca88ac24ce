"""Order inside one run of a handler: a graph of steps that answers what comes before what.

A node is one step (a call, a test, a way out). ``successors`` are the steps that may come next, failures included.
``again`` edges lead to the next event of a batch or of a consume loop: they belong to another event and are left out of
every question about this one.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from twice.truth import NO, YES, Truth


class Graph(Struct, eq=False):
    """The steps of one run, entered at node 0. ``whole`` is false when it was cut short (too large, too deep)."""

    successors: list[set[int]] = field(default_factory=list)
    whole: bool = True
    _reach: dict[tuple[int, int], frozenset[int]] = field(default_factory=dict)

    def add(self) -> int:
        self.successors.append(set())
        return len(self.successors) - 1

    def link(self, before: Iterable[int], after: int) -> None:
        for node in before:
            self.successors[node].add(after)

    def reach(self, start: int, without: int = -1) -> frozenset[int]:
        """The nodes that can come after ``start`` (itself only when on a cycle) without passing ``without``."""
        known = self._reach.get((start, without))
        if known is not None:
            return known
        seen: set[int] = set()
        waiting = [start]
        while waiting:
            for node in self.successors[waiting.pop()]:
                if node != without and node not in seen:
                    seen.add(node)
                    waiting.append(node)
        self._reach[(start, without)] = result = frozenset(seen)
        return result


class Step(Struct, frozen=True):
    """A node of a graph: where a fact happens."""

    graph: Graph
    node: int


class Region(Struct, frozen=True):
    """The nodes inside a transaction, a lock, a retry, an except's try, a loop or a handover."""

    graph: Graph
    nodes: frozenset[int]


def precedes(first: Step | None, second: Step | None) -> Truth:
    """YES when ``first`` lies on every path to ``second``, NO when on none, else UNKNOWN."""
    if first is None or second is None or first.graph is not second.graph:
        return NO
    graph, a, b = first.graph, first.node, second.node
    if a == b:
        return NO
    if b not in graph.reach(a):
        return NO if graph.whole else Truth.UNKNOWN
    if a == 0 or b not in graph.reach(0, without=a):
        return YES
    return Truth.UNKNOWN


def follows(second: Step | None, first: Step | None) -> Truth:
    """YES when ``second`` can come after ``first`` while the same event is handled: one path is enough."""
    if first is None or second is None or first.graph is not second.graph:
        return NO
    if second.node in first.graph.reach(first.node):
        return YES
    return NO if first.graph.whole else Truth.UNKNOWN


def encloses(region: Region | None, step: Step | None) -> Truth:
    """Does the step lie inside the region?"""
    if region is None or step is None or region.graph is not step.graph:
        return NO
    return YES if step.node in region.nodes else NO
