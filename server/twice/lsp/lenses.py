"""Above each handler: how many beliefs are broken, covered and open; above a queue or function of a template: its ends. A click tells more."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from twice.graph import EventGraph, Node
from twice.lsp.client import Client
from twice.lsp.convert import range_of
from twice.lsp.snapshot import Snapshot
from twice.report.resource_text import is_resource
from twice.report.review_text import counted
from twice.text import Place

REVIEW = "twice.review"
GRAPH = "twice.graph"


def lenses(snapshot: Snapshot, path: str, client: Client) -> list[types.CodeLens]:
    """One lens for each handler and each resource of a file."""
    found: list[types.CodeLens] = []
    handlers: set[Place] = set()
    for review in snapshot.checked.reviews.where(lambda seen: seen.place.path == path):
        seen = review.handler
        handlers.add(seen.place)
        found.append(_lens(snapshot, seen.place, client, counted(review), REVIEW, seen.name))
    for node in snapshot.graph.nodes:
        if node.place.path == path and node.place not in handlers and is_resource(node.fact):
            told = ", ".join(_ends(snapshot.graph, node))
            found += [_lens(snapshot, node.place, client, told, GRAPH, node.id)] if told else []
    return found


def _lens(snapshot: Snapshot, place: Place, client: Client, title: str, command: str, about: str) -> types.CodeLens:
    where = range_of(snapshot.text(place.path), place.start, place.end, client.encoding)
    return types.CodeLens(where, types.Command(title, command, arguments=[snapshot.uri(place.path), about]))


def _ends(graph: EventGraph, node: Node) -> Iterator[str]:
    """What is known of the two ends of a queue; of a function the code it runs and what starts that."""
    if node.kind == "function":
        yield from (f"runs {edge.other.name}" for edge in graph.after(node, "runs"))
        yield from _named("fed by", [edge.one for edge in graph.before(node, "feeds")])
    elif node.kind in ("queue", "buffer"):
        yield from _counted("sent by", [edge.one for edge in graph.before(node, "publishes to", "feeds")])
        yield from _counted("read by", [edge.other for edge in graph.after(node, "feeds")])
        yield from _counted("dead letters of", [edge.one for edge in graph.before(node, "dead letters to")])
    yield from _named("dead letters to", [edge.other for edge in graph.after(node, "dead letters to")])


def _counted(words: str, nodes: list[Node]) -> Iterator[str]:
    if nodes:
        yield f"{words} {len(set(nodes))}"


def _named(words: str, nodes: list[Node]) -> Iterator[str]:
    if nodes:
        yield f"{words} {', '.join(dict.fromkeys(node.name for node in nodes))}"
