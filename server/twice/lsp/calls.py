"""Calls along events: from a publish to its queue and on to the handlers that receive it, and all the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lsprotocol import types

from twice.graph import Edge, EventGraph, Node, Verb
from twice.lsp.client import Client
from twice.lsp.convert import location, offset_of, range_of
from twice.lsp.snapshot import Snapshot
from twice.lsp.symbols import SYMBOL_KINDS, in_words
from twice.text import Place
from twice.truth import YES

_EVENTS: tuple[Verb, ...] = ("publishes to", "feeds", "dead letters to")


def prepared(snapshot: Snapshot, path: str, position: types.Position, client: Client) -> list[types.CallHierarchyItem]:
    """What can be followed from here: the handler, queue or function of this name; at a publish, the queue it goes to."""
    offset = offset_of(snapshot.text(path), position, client.encoding)
    graph = snapshot.graph
    named = [node for node in graph.nodes if node.kind != "alarm" and _holds(node.place, path, offset)]
    sent = [
        edge.other
        for edge in graph.edges
        if edge.verb == "publishes to" and any(_holds(fact.place, path, offset) for fact in edge.facts)
    ]
    handlers_first = sorted(named, key=lambda node: node.kind != "handler")
    return [_item(node, snapshot, client) for node in dict.fromkeys((*handlers_first, *sent))]


def outgoing(
    snapshot: Snapshot, item: types.CallHierarchyItem, client: Client
) -> list[types.CallHierarchyOutgoingCall]:
    """Where events go from here."""
    node = _node(snapshot.graph, item)
    return [
        types.CallHierarchyOutgoingCall(_item(other, snapshot, client, edges), _ranges(node, edges, snapshot, client))
        for other, edges in (_by_end(_leaving, snapshot.graph, node) if node is not None else ())
        if node is not None
    ]


def incoming(
    snapshot: Snapshot, item: types.CallHierarchyItem, client: Client
) -> list[types.CallHierarchyIncomingCall]:
    """Where events come from."""
    node = _node(snapshot.graph, item)
    return [
        types.CallHierarchyIncomingCall(_item(other, snapshot, client, edges), _ranges(other, edges, snapshot, client))
        for other, edges in (_by_end(_arriving, snapshot.graph, node) if node is not None else ())
    ]


# --- the ways of events, on which a deployed function is the code that it runs -----------------------------------------

_Way = Callable[[EventGraph, Node], Iterator[tuple[Edge, Node]]]


def _leaving(graph: EventGraph, node: Node) -> Iterator[tuple[Edge, Node]]:
    for one in (node, *_deploying(graph, node)):
        for edge in graph.after(one, *_EVENTS):
            yield from ((edge, other) for other in _code(graph, edge.other))


def _arriving(graph: EventGraph, node: Node) -> Iterator[tuple[Edge, Node]]:
    for one in (node, *_deploying(graph, node)):
        for edge in graph.before(one, *_EVENTS):
            yield from ((edge, other) for other in _code(graph, edge.one))


def _by_end(way: _Way, graph: EventGraph, node: Node) -> Iterator[tuple[Node, list[Edge]]]:
    found: dict[Node, list[Edge]] = {}
    for edge, other in way(graph, node):
        found.setdefault(other, []).append(edge)
    yield from found.items()


def _deploying(graph: EventGraph, node: Node) -> list[Node]:
    return [edge.one for edge in graph.before(node, "runs")] if node.kind == "handler" else []


def _code(graph: EventGraph, node: Node) -> list[Node]:
    """The handlers of a deployed function, where they are known; else the thing itself."""
    runs = [edge.other for edge in graph.after(node, "runs")] if node.kind == "function" else []
    return runs or [node]


# --- in the words of the protocol ------------------------------------------------------------------------------------


def _item(node: Node, snapshot: Snapshot, client: Client, edges: list[Edge] | None = None) -> types.CallHierarchyItem:
    """A node; what leads to it says whether it is certain, and which are dead letters."""
    where = location(snapshot, node.place, client)
    told = [in_words(node), node.place.path]
    if edges and all(edge.verb == "dead letters to" for edge in edges):
        told.insert(0, "dead letters")
    if edges and not any(edge.certain is YES for edge in edges):
        told.insert(0, "perhaps")
    return types.CallHierarchyItem(
        name=node.name or in_words(node),
        kind=SYMBOL_KINDS.get(node.kind, types.SymbolKind.Function),
        uri=where.uri,
        range=where.range,
        selection_range=where.range,
        detail=", ".join(told),
        data={"id": node.id},
    )


def _node(graph: EventGraph, item: types.CallHierarchyItem) -> Node | None:
    """The node of an item that was made a moment ago, perhaps of an older text."""
    wanted = item.data.get("id") if isinstance(item.data, Mapping) else None
    return next((node for node in graph.nodes if node.id == wanted), None)


def _ranges(sender: Node, edges: list[Edge], snapshot: Snapshot, client: Client) -> list[types.Range]:
    """Where the file of the sender says so; else where the sender stands."""
    path = sender.place.path
    places = dict.fromkeys(fact.place for edge in edges for fact in edge.facts if fact.place.path == path)
    text = snapshot.text(path)
    return [range_of(text, place.start, place.end, client.encoding) for place in places or (sender.place,)]


def _holds(place: Place, path: str, offset: int) -> bool:
    return place.path == path and place.start <= offset <= place.end
