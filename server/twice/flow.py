"""Order inside one run of a handler: a graph of steps that answers what comes before what.

A node is one step (a call, a test, a way out). ``successors`` are the steps that may come next, failures included.
``again`` edges lead to the next event of a batch or of a consume loop: they belong to another event and are left out of
every question about this one.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field

from twice.reachability import Nodes, dominators, reachability, spans
from twice.truth import NO, YES, Truth


class Graph(Struct, eq=False):
    """The steps of one run, entered at node 0. ``whole`` is false when it was cut short (too large, too deep).

    Questions are for the finished graph: what they need is worked out once.
    """

    successors: list[set[int]] = field(default_factory=list)
    whole: bool = True
    _after: list[Nodes] | None = None
    _dominated: list[tuple[int, int]] | None = None
    _before: list[int] | None = None

    def add(self) -> int:
        self.successors.append(set())
        return len(self.successors) - 1

    def link(self, before: Iterable[int], after: int) -> None:
        for node in before:
            self.successors[node].add(after)

    def reach(self, start: int) -> Nodes:
        """The nodes that can come after ``start``: itself only when it is on a cycle."""
        if self._after is None:
            self._after = reachability(self.successors)
        return self._after[start]

    def dominates(self, first: int, second: int) -> bool:
        """Does every path from the entry to ``second`` pass ``first``? True as well when there is no path at all."""
        (start, end), (at, _) = self._spans[first], self._spans[second]
        return at < 0 or start <= at <= end

    def led_to(self, node: int) -> Nodes:
        """The nodes that can be come to by way of ``node`` alone, with itself; none when several steps lead to that."""
        if self._before is None:
            self._before = [0] * len(self.successors)
            for following in self.successors:
                for one in following:
                    self._before[one] += 1
        if self._before[node] != 1:
            return Nodes()
        start, end = self._spans[node]
        return Nodes.of(one for one, (at, _) in enumerate(self._spans) if start <= at <= end)

    @property
    def _spans(self) -> list[tuple[int, int]]:
        if self._dominated is None:
            self._dominated = spans(dominators(self.successors))
        return self._dominated


class Step(Struct, frozen=True):
    """A node of a graph: where a fact happens."""

    graph: Graph
    node: int


class Region(Struct, frozen=True):
    """The nodes inside a transaction, a lock, a retry, an except's try, a loop or a handover."""

    graph: Graph
    nodes: Nodes


def precedes(first: Step | None, second: Step | None) -> Truth:
    """YES when ``first`` lies on every path to ``second``, NO when on none, else UNKNOWN."""
    if first is None or second is None or first.graph is not second.graph:
        return NO
    graph, a, b = first.graph, first.node, second.node
    if a == b:
        return NO
    if b not in graph.reach(a):
        return NO if graph.whole else Truth.UNKNOWN
    return YES if graph.dominates(a, b) else Truth.UNKNOWN


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
