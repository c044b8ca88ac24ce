"""What people look for by name: handlers and what deploys them, queues, and who reads them."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types
from msgspec import Struct

from twice.facts import Subscription
from twice.graph import EventGraph, Kind, Node
from twice.lsp.client import Client
from twice.lsp.convert import location
from twice.lsp.snapshot import Snapshot
from twice.text import Place

# In the order in which they are told where several stand at one place: a task is its own queue.
SYMBOL_KINDS: dict[Kind, types.SymbolKind] = {
    "handler": types.SymbolKind.Function,
    "function": types.SymbolKind.Module,
    "worker": types.SymbolKind.Module,
    "queue": types.SymbolKind.Array,
    "buffer": types.SymbolKind.Array,
    "source": types.SymbolKind.Event,
    "subscription": types.SymbolKind.Event,
}


class Symbol(Struct, frozen=True):
    """Something with a name; ``detail`` says what it is."""

    name: str
    kind: types.SymbolKind
    detail: str
    place: Place


def of_document(
    snapshot: Snapshot, path: str, client: Client
) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
    """The symbols of a file in its order; in the older form for editors that know no other."""
    found = sorted((one for one in _symbols(snapshot.graph) if one.place.path == path), key=lambda one: one.place.start)
    if not client.nests_symbols:
        return [
            types.SymbolInformation(
                location(snapshot, one.place, client), one.name, one.kind, container_name=one.detail
            )
            for one in found
        ]
    ranges = [location(snapshot, one.place, client).range for one in found]
    return [
        types.DocumentSymbol(one.name, one.kind, where, where, one.detail)
        for one, where in zip(found, ranges, strict=True)
    ]


def of_workspace(snapshot: Snapshot, query: str, client: Client) -> list[types.WorkspaceSymbol]:
    """The symbols whose names contain the letters of the query in their order, as editors understand a query."""
    return [
        types.WorkspaceSymbol(location(snapshot, one.place, client), one.name, one.kind, container_name=one.detail)
        for one in _symbols(snapshot.graph)
        if _fits(query, one.name)
    ]


def in_words(node: Node) -> str:
    """What it is, behind its transport or framework, in two or three words."""
    return " ".join(filter(None, (node.sort, node.kind)))


def _symbols(graph: EventGraph) -> Iterator[Symbol]:
    """One for each place."""
    found: dict[Place, Symbol] = {}
    for kind in SYMBOL_KINDS:
        for node in graph.nodes:
            if node.kind == kind and node.name:
                symbol = Symbol(node.name, SYMBOL_KINDS[kind], in_words(node), node.place)
                found.setdefault(node.place, symbol)
    for symbol in _subscriptions(graph):
        found.setdefault(symbol.place, symbol)
    yield from found.values()


def _subscriptions(graph: EventGraph) -> Iterator[Symbol]:
    """Who reads what: found by the name of either. What is its own queue, as a task is, needs none."""
    for edge in graph.edges:
        one, other = edge.one, edge.other
        own = (one.name, one.place.path) == (other.name, other.place.path)
        if edge.verb != "feeds" or one.kind == "source" or own:
            continue
        for fact in edge.facts:
            if isinstance(fact, Subscription):
                runs = "".join(f", runs {run.other.name}" for run in graph.after(other, "runs"))
                name = f"{one.name} → {other.name}"
                yield Symbol(name, types.SymbolKind.Event, f"{fact.kind} subscription{runs}".lstrip(), fact.place)


def _fits(query: str, name: str) -> bool:
    letters = iter(name.lower())
    return all(letter in letters for letter in query.lower() if not letter.isspace())
