"""The event graph of a workspace: who sends what to whom, what starts which code, and where failed events end.

Made of facts alone; how it looks is decided in ``report/graph_text.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from twice.facts import Alarm, Buffer, Effect, Function, Handler, Publish, Queue, Subscription, Worker
from twice.noun import Fact
from twice.relations import contains
from twice.text import Place
from twice.truth import NO, YES, Truth, effective
from twice.world import World, graph_of

Kind = Literal["queue", "handler", "function", "trigger", "code", "alarm", "worker"]
Verb = Literal["sends to", "writes to", "feeds", "starts", "dead letters to", "watches", "runs", "may be"]


class Node(Struct, frozen=True, eq=False):
    """One end of events. ``what`` is the kind of queue, handler or trigger; ``code`` is a file that sends outside of handlers.

    ``place`` is None for what stands nowhere in the workspace.
    """

    kind: Kind
    name: str
    what: str
    place: Place
    fact: Fact | None = None


class Edge(Struct, frozen=True, eq=False):
    """What passes from one node to another. ``via`` is the subscription that joins them; not ``certain``: it may be so."""

    one: Node
    verb: Verb
    other: Node
    certain: bool = True
    via: Subscription | None = None
    place: Place | None = None


class EventGraph(Struct, frozen=True, eq=False):
    """All nodes and edges, in the order of the files."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def out_of(self, node: Node) -> Iterator[Edge]:
        return (edge for edge in self.edges if edge.one is node)

    def around(self, lies: Callable[[str], bool]) -> EventGraph:
        """The nodes of some files, with what they meet."""
        edges = tuple(edge for edge in self.edges if lies(edge.one.place.path) or lies(edge.other.place.path))
        met = {id(node) for edge in edges for node in (edge.one, edge.other)}
        nodes = tuple(node for node in self.nodes if id(node) in met or lies(node.place.path))
        return EventGraph(nodes, edges)

    def into(self, node: Node) -> Iterator[Edge]:
        return (edge for edge in self.edges if edge.other is node)


def event_graph(world: World) -> EventGraph:
    """The graph of everything that is known; buffers in process memory are left out."""
    return _Drawing(world).graph()


class _Drawing:
    """Makes each node once, when the first edge or fact asks for it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.nodes: dict[object, Node] = {}
        self.edges: dict[tuple[int, str, int], Edge] = {}

    def graph(self) -> EventGraph:
        for fact in self.world.facts:
            if isinstance(fact, Handler | Function | Queue) and not isinstance(fact, Buffer):
                self._node(fact)
        self._sent()
        self._hops()
        self._started()
        self._dead_letters()
        for alarm, watched in self.world.watches.pairs:
            self._edge(alarm, "watches", watched, YES)
        joined = self._with_code()
        edges = [edge for edge in self.edges.values() if edge.one not in joined and edge.other not in joined]
        nodes = [node for node in self.nodes.values() if node not in joined]
        return EventGraph(
            tuple(sorted(nodes, key=_in_files)),
            tuple(sorted(edges, key=lambda edge: (_in_files(edge.one), edge.verb, _in_files(edge.other)))),
        )

    # --- edges

    def _sent(self) -> None:
        for fact in self.world.of("effect"):
            queue = effective(fact.queue) if isinstance(fact, Effect) else None
            if isinstance(queue, Queue):
                verb: Verb = "sends to" if isinstance(fact, Publish) else "writes to"
                for sender, certain in self._senders(fact):
                    self._edge(sender, verb, queue, certain & fact.certain, place=fact.place)

    def _senders(self, fact: Fact) -> Iterator[tuple[Fact | Node, Truth]]:
        graph = graph_of(fact)
        run = self.world.by_graph.get(graph, ()) if graph is not None else ()
        handlers: list[tuple[Fact | Node, Truth]] = [
            (one, contains(self.world, one, fact)) for one in run if isinstance(one, Handler)
        ]
        own = [(one, certain) for one, certain in handlers if certain is not NO]
        yield from own or [(self._code(fact), YES)]

    def _hops(self) -> None:
        for (one, other), certain in self.world.feeds.pairs.items():
            if isinstance(one, Queue) and isinstance(other, Queue):
                self._edge(one, "feeds" if certain is YES else "may be", other, certain)

    def _started(self) -> None:
        for starter, handler in self.world.runs.pairs:
            certain = self.world.runs.pairs[(starter, handler)] & starter.certain
            if isinstance(starter, Subscription):
                for source in self._sources(starter):
                    self._edge(source, "starts", handler, certain, starter)
            elif isinstance(starter, Worker):
                self._edge(starter, "runs", handler, certain)
        for one in self.world.of("subscription"):
            function = effective(one.function) if isinstance(one, Subscription) else None
            if isinstance(one, Subscription) and isinstance(function, Function) and not self._code_of(function):
                for source in self._sources(one):
                    self._edge(source, "starts", function, one.certain, one)

    def _sources(self, subscription: Subscription) -> list[Fact | Node]:
        """The queues it reads, or what else starts a run: a schedule, a request."""
        found = effective(subscription.queue)
        queues = [found] if isinstance(found, Queue) else []
        queues += [one for one in self.world.feeds.before.get(subscription, ()) if isinstance(one, Queue)]
        trigger = Node(
            "trigger", subscription.name or subscription.kind, subscription.kind, subscription.place, subscription
        )
        return list(dict.fromkeys(queues)) or [self.nodes.setdefault(subscription, trigger)]

    def _dead_letters(self) -> None:
        for fact in (*self.world.of("queue"), *self.world.of("subscription"), *self.world.of("function")):
            target = effective(getattr(fact, "dead_letter", None))
            if not isinstance(target, Queue):
                continue
            if not isinstance(fact, Subscription):
                self._edge(fact, "dead letters to", target, YES)
            elif not any(
                target is effective(getattr(effective(one), "dead_letter", None)) for one in (fact.queue, fact.function)
            ):
                for source in self._sources(fact):
                    self._edge(source, "dead letters to", target, YES, fact)

    def _with_code(self) -> set[Node]:
        """Functions that stand in the graph as the handlers they run."""
        return {node for fact, node in self.nodes.items() if isinstance(fact, Function) and self._code_of(fact)}

    def _code_of(self, function: Function) -> bool:
        return any(isinstance(one, Handler) for one in self.world.runs.after.get(function, ()))

    # --- nodes

    def _edge(
        self,
        one: Fact | Node,
        verb: Verb,
        other: Fact,
        certain: Truth,
        via: Subscription | None = None,
        place: Place | None = None,
    ) -> None:
        if isinstance(one, Buffer) or isinstance(other, Buffer):
            return
        for first in self._standing_for(one):
            for last in self._standing_for(other):
                key = (id(first), verb, id(last))
                if key not in self.edges or (certain is YES and not self.edges[key].certain):
                    self.edges[key] = Edge(first, verb, last, certain is YES, via, place)

    def _standing_for(self, one: Fact | Node) -> list[Node]:
        if isinstance(one, Node):
            return [one]
        handlers = self.world.runs.after.get(one, ()) if isinstance(one, Function | Subscription) else ()
        return [self._node(handler) for handler in handlers if isinstance(handler, Handler)] or [self._node(one)]

    def _node(self, fact: Fact) -> Node:
        if fact not in self.nodes:
            self.nodes[fact] = Node(_kind(fact), fact.name, getattr(fact, "kind", ""), fact.place, fact)
        return self.nodes[fact]

    def _code(self, fact: Fact) -> Node:
        path = (fact.way[0] if fact.way else fact.place).path
        return self.nodes.setdefault(path, Node("code", path, "", Place(path, 0, 0)))


def _kind(fact: Fact) -> Kind:
    kinds: Iterable[tuple[type[Fact], Kind]] = (
        (Queue, "queue"),
        (Handler, "handler"),
        (Function, "function"),
        (Alarm, "alarm"),
        (Worker, "worker"),
    )
    return next((kind for noun, kind in kinds if isinstance(fact, noun)), "trigger")


def _in_files(node: Node) -> tuple[str, int, str, str]:
    return node.place.path, node.place.start, node.kind, node.name
