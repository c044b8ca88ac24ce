"""The event graph of a workspace: who sends what to whom, what runs it, and where it goes when it fails. Plain frozen data.

Made of the facts of a ``World``; no rule and no file is asked. A subscription is an edge from its queue to what it starts; one that
reads no queue we know, as a schedule or a route, is a node itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct, field

from twice.facts import Alarm, Buffer, Effect, Function, Handler, Handover, Publish, Queue, Subscription, Worker
from twice.flow import encloses
from twice.noun import Fact
from twice.text import Place
from twice.truth import NO, YES, Truth, effective
from twice.world import World, graph_of

# What may be one and the same queue feeds in both directions, perhaps: that is told once, as "may be".
# "code" is a function of the workspace that sends events and that no handler reaches; "source" starts code without a queue we know, or
# is the entry of a timetable.
Kind = Literal["source", "queue", "buffer", "function", "worker", "handler", "code", "subscription", "alarm"]
Verb = Literal["publishes to", "feeds", "runs", "dead letters to", "watched by", "may be"]

KINDS: tuple[Kind, ...] = (
    *("source", "queue", "buffer", "function", "worker", "handler", "code", "subscription", "alarm"),
)
VERBS: tuple[Verb, ...] = ("publishes to", "feeds", "runs", "dead letters to", "watched by", "may be")


class Node(Struct, frozen=True):
    """Something events come from, wait in or go to. ``id`` stays the same while lines move; ``sort`` is the transport or framework."""

    id: str
    kind: Kind
    sort: str
    name: str
    place: Place
    fact: Fact | None = None


class Edge(Struct, frozen=True):
    """One node has to do with another. ``facts`` are what says so: the publishes, the subscription.

    ``certain`` is YES, or UNKNOWN for what is possible: a write that may change nothing, a step that may not be one.
    """

    one: Node
    verb: Verb
    other: Node
    certain: Truth
    facts: tuple[Fact, ...] = ()


class EventGraph(Struct, frozen=True, eq=False):
    """Nodes by kind and place, edges in the order of their ends. ``adrift`` are publishes whose queue is not known, by sender."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    adrift: tuple[tuple[Node, Publish], ...] = ()
    _leaving: dict[str, list[Edge]] = field(default_factory=dict)
    _arriving: dict[str, list[Edge]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for edge in self.edges:
            self._leaving.setdefault(edge.one.id, []).append(edge)
            self._arriving.setdefault(edge.other.id, []).append(edge)

    def after(self, node: Node, *verbs: Verb) -> tuple[Edge, ...]:
        """The edges that begin here."""
        return tuple(edge for edge in self._leaving.get(node.id, ()) if edge.verb in verbs)

    def before(self, node: Node, *verbs: Verb) -> tuple[Edge, ...]:
        """The edges that end here."""
        return tuple(edge for edge in self._arriving.get(node.id, ()) if edge.verb in verbs)

    def near(self, nodes: Iterable[Node]) -> EventGraph:
        """The part about these nodes: all their edges, and what stands at the other ends."""
        asked = set(nodes)
        edges = tuple(edge for edge in self.edges if edge.one in asked or edge.other in asked)
        kept = asked.union(*((edge.one, edge.other) for edge in edges))
        adrift = tuple(one for one in self.adrift if one[0] in asked)
        return EventGraph(tuple(node for node in self.nodes if node in kept), edges, adrift)


def event_graph(world: World) -> EventGraph:
    """The event graph of everything that is known."""
    return _Drawing(world).finished()


class _Drawing:
    """Nodes by the place they stand at, so that a fact that several runs tell is one node; edges by their ends."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.nodes: dict[tuple[Kind, str, Place], Node] = {}
        self.edges: dict[tuple[Node, Verb, Node], tuple[Truth, dict[Fact, None]]] = {}
        self.ids: dict[str, int] = {}
        self.adrift: dict[tuple[Node, Place], tuple[Node, Publish]] = {}

    def finished(self) -> EventGraph:
        shown = [fact for fact in self.world.facts if type(fact) in _KIND_OF]
        for fact in sorted(shown, key=_in_source):
            self.node(_KIND_OF[type(fact)], fact)
        self._receiving()
        self._sending()
        self._failing()
        self._running()
        self._watching()
        nodes = sorted(self.nodes.values(), key=_in_order)
        edges = [Edge(one, verb, other, sure, tuple(facts)) for (one, verb, other), (sure, facts) in self.edges.items()]
        edges.sort(key=lambda edge: (_in_order(edge.one), VERBS.index(edge.verb), _in_order(edge.other)))
        adrift = sorted(self.adrift.values(), key=lambda one: (_in_order(one[0]), _in_source(one[1])))
        return EventGraph(tuple(nodes), tuple(edges), tuple(adrift))

    # --- nodes

    def node(self, kind: Kind, fact: Fact) -> Node:
        return self._at(kind, _sort(fact), fact.name, fact.place, fact)

    def _at(self, kind: Kind, sort: str, name: str, place: Place, fact: Fact | None) -> Node:
        known = self.nodes.get((kind, name, place))
        if known is not None:
            return known
        plain = f"{kind}:{place.path}#{name}"
        count = self.ids[plain] = self.ids.get(plain, 0) + 1
        made = Node(plain if count == 1 else f"{plain}~{count}", kind, sort, name, place, fact)
        self.nodes[(kind, name, place)] = made
        return made

    def queue(self, value: object) -> Node | None:
        fact = effective(value)
        return self.node(_kind_of_queue(fact), fact) if isinstance(fact, Queue) else None

    def edge(self, one: Node, verb: Verb, other: Node, certain: Truth, *facts: Fact) -> None:
        """What one fact says for certain and another perhaps is certain."""
        if certain is not NO:
            known, told = self.edges.get((one, verb, other), (NO, {}))
            self.edges[(one, verb, other)] = known | certain, told | dict.fromkeys(facts)

    # --- edges

    def _receiving(self) -> None:
        """From queue to queue, and from each queue, or what stands for one, to what its subscription starts."""
        feeds = self.world.feeds
        for (one, other), certain in feeds.pairs.items():
            if isinstance(one, Queue) and isinstance(other, Queue):
                first, second = self._known(one), self._known(other)
                if certain is YES or feeds.pairs.get((other, one)) is not certain:
                    self.edge(first, "feeds", second, certain)
                elif _in_order(first) < _in_order(second):
                    self.edge(first, "may be", second, certain)
        for fact in self.world.of("subscription"):
            assert isinstance(fact, Subscription)
            queues = [(one, feeds.pairs[(one, fact)]) for one in feeds.before.get(fact, ()) if isinstance(one, Queue)]
            ends = [(self._known(one), certain) for one, certain in queues]
            if not ends:
                sort = fact.kind or "event"
                ends = [(self._at("source", sort, fact.name or sort, fact.place, fact), YES)]
            for end, certain in ends:
                for target, sure in self._started(fact):
                    self.edge(end, "feeds", target, certain & sure & fact.certain, fact)

    def _known(self, queue: Queue) -> Node:
        return self.node(_kind_of_queue(queue), queue)

    def _started(self, fact: Subscription) -> Iterator[tuple[Node, Truth]]:
        """The deployed function, else the handlers; else the subscription, whose code nobody knows."""
        function = effective(fact.function)
        if isinstance(function, Function):
            yield self.node("function", function), function.certain
            return
        runs = self.world.runs
        handlers = [one for one in runs.after.get(fact, ()) if isinstance(one, Handler)]
        for handler in handlers:
            yield self.node("handler", handler), runs.pairs[(fact, handler)]
        if not handlers and isinstance(effective(fact.queue), Queue):
            yield self.node("subscription", fact), YES

    def _sending(self) -> None:
        """A write to a table or bucket is an event only where somebody is told of the changes."""
        for fact in self.world.of("schedule"):
            queue = self.queue(getattr(fact, "queue", None))
            if queue is not None:
                self.edge(
                    self._at("source", "schedule", fact.name, fact.place, fact), "feeds", queue, fact.certain, fact
                )
        read = {edge[0] for edge in self.edges}
        for (one, other), certain in self.world.feeds.pairs.items():
            if isinstance(one, Effect | Handover) and isinstance(other, Queue):
                queue = self._known(other)
                if isinstance(one, Publish | Handover) or queue in read:
                    for sender, sure in self._senders(one):
                        self.edge(sender, "publishes to", queue, certain & sure & one.certain, one)
        for fact in self.world.of("publish"):
            if isinstance(fact, Publish) and not self.world.feeds.after.get(fact):
                for sender, _ in self._senders(fact):
                    self.adrift.setdefault((sender, fact.place), (sender, fact))

    def _senders(self, fact: Fact) -> Iterator[tuple[Node, Truth]]:
        """The handlers in whose run it is done; else the function that does it."""
        flow = graph_of(fact)
        if flow is None:
            return
        found = [
            (self.node("handler", one), encloses(one.region, fact.step) if fact.step is not None else YES)
            for one in self.world.by_graph.get(flow, ())
            if isinstance(one, Handler)
        ]
        found = [(node, certain) for node, certain in found if certain is not NO]
        root = self.world.roots.get(flow)
        if not found and root is not None:
            found = [(self._at("code", "", root.name, root.place, None), YES)]
        yield from found

    def _failing(self) -> None:
        """Where a queue's own failures go is not said again for each of its readers."""
        for fact in self.world.of("queue"):
            target = self.queue(getattr(fact, "dead_letter", None))
            if target is not None and isinstance(fact, Queue):
                self.edge(self._known(fact), "dead letters to", target, fact.certain, fact)
        for fact in (*self.world.of("subscription"), *self.world.of("function")):
            target = self.queue(getattr(fact, "dead_letter", None))
            own = self.queue(getattr(fact, "queue", None))
            if target is None or (own is not None and (own, "dead letters to", target) in self.edges):
                continue
            receivers = self._started(fact) if isinstance(fact, Subscription) else [(self.node("function", fact), YES)]
            for receiver, certain in receivers:
                self.edge(receiver, "dead letters to", target, certain & fact.certain, fact)

    def _running(self) -> None:
        for (one, other), certain in self.world.runs.pairs.items():
            may_only = (
                isinstance(one, Worker) and certain is not YES
            )  # so may every worker whose module is not in sight
            if isinstance(one, Function | Worker) and isinstance(other, Handler) and not may_only:
                kind: Kind = "function" if isinstance(one, Function) else "worker"
                self.edge(self.node(kind, one), "runs", self.node("handler", other), certain, one)

    def _watching(self) -> None:
        """An alarm about something decided elsewhere could be about everything, which says nothing: it gets no edge."""
        for (alarm, watched), certain in self.world.watches.pairs.items():
            if certain is YES and isinstance(alarm, Alarm):
                for node in self._watched(watched):
                    self.edge(node, "watched by", self.node("alarm", alarm), certain, alarm)

    def _watched(self, fact: Fact) -> Iterator[Node]:
        if isinstance(fact, Queue):
            yield self._known(fact)
        elif isinstance(fact, Function):
            yield self.node("function", fact)
        elif isinstance(fact, Subscription):
            yield from (node for node, _ in self._started(fact))


_KIND_OF: dict[type[Fact], Kind] = {
    Queue: "queue",
    Buffer: "buffer",
    Function: "function",
    Handler: "handler",
    Worker: "worker",
    Alarm: "alarm",
}


def _kind_of_queue(fact: Queue) -> Kind:
    return "buffer" if isinstance(fact, Buffer) else "queue"


def _sort(fact: Fact) -> str:
    return fact.kind if isinstance(fact, Queue | Handler | Subscription) else ""


def _in_source(fact: Fact) -> tuple[str, int, str]:
    return fact.place.path, fact.place.start, fact.name


def _in_order(node: Node) -> tuple[int, str, int, str]:
    return KINDS.index(node.kind), node.place.path, node.place.start, node.name
