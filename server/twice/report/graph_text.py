"""The event graph for people, for programs, and for Graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from twice.facts import Queue, Subscription
from twice.graph import Edge, EventGraph, Node
from twice.noun import Fact
from twice.report.lines import Line, Span, line, wrapped
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.truth import NONE, UNKNOWN, Setting, effective

if TYPE_CHECKING:
    from graphviz import Digraph

VERSION = 1

# What a subscription says beside its name, where it is known: field, words around the value, kind.
_SAID = (
    ("batch_size", "up to {} at once", "number"),
    ("max_concurrency", "at most {} runs at a time", "number"),
    ("redelivery_after", "again after {}", "duration"),
    ("max_attempts", "given up after {} deliveries", "number"),
)
_SHAPES = {"queue": "cylinder", "handler": "box", "function": "box", "trigger": "ellipse", "code": "note"}


def text(graph: EventGraph, page: Page) -> Iterator[Line]:
    """Queue by queue: who sends to it, what it starts, where its failed events end; then what no queue starts."""
    queues = [node for node in graph.nodes if node.kind == "queue"]
    for queue in queues:
        if _passes(graph, queue):
            yield _title(queue, page)
            yield from _of_queue(graph, queue, page)
            yield ()
    others = [node for node in graph.nodes if node.kind in ("handler", "function") and not _is_fed(graph, node)]
    if others:
        yield line(Span("started by no queue in sight", "strong"))
    for node in others:
        starts = [edge.one.what for edge in graph.into(node) if edge.verb == "starts"]
        by = ", ".join(dict.fromkeys(filter(None, starts or (node.what,))))
        yield line(f"  {_called(node)}", f" ({by})" if by else "", Span(f"  {page.where(node.place)}", "quiet"))
    yield from _aside(
        "written to, and read by nobody as events", [one for one in queues if _is_store(graph, one)], page
    )
    alone = [one for one in queues if not (_passes(graph, one) or _is_store(graph, one))]
    yield from _aside("nobody in sight sends to or reads", alone, page)
    if others or len(queues) > sum(_passes(graph, queue) for queue in queues):
        yield ()
    yield from wrapped(_summary(graph), page.width)


def _passes(graph: EventGraph, queue: Node) -> bool:
    """Do events pass through it? A table that is only written to is no place where events wait."""
    return any(edge.verb not in ("writes to", "may be") for edge in (*graph.into(queue), *graph.out_of(queue)))


def _is_store(graph: EventGraph, queue: Node) -> bool:
    return not _passes(graph, queue) and any(edge.verb == "writes to" for edge in graph.into(queue))


def _aside(title: str, queues: list[Node], page: Page) -> Iterator[Line]:
    if queues:
        yield line(Span(title, "strong"))
    for queue in queues:
        yield line(f"  {queue.name} ({queue.what})", Span(f"  {page.where(queue.place)}", "quiet"))


def _title(node: Node, page: Page) -> Line:
    return line(Span(node.name, "strong"), f" ({node.what})", Span(f"  {page.where(node.place)}", "path"))


def _of_queue(graph: EventGraph, queue: Node, page: Page) -> Iterator[Line]:
    into, out = list(graph.into(queue)), list(graph.out_of(queue))
    sent = [edge for edge in into if edge.verb in ("sends to", "writes to", "feeds")]
    dead = [edge for edge in into if edge.verb == "dead letters to"]
    for edge in sent:
        yield from _end("from", edge, edge.one, page)
    for edge in dead:
        yield from _end("dead letters of", edge, edge.one, page)
    if not sent and not dead:
        yield _nobody("from")
    read = [edge for edge in out if edge.verb in ("starts", "feeds")]
    for edge in read:
        yield from _end("to", edge, edge.other, page)
    if not read:
        yield _nobody("to")
    for verb, word, edges in (("dead letters to", "dead letters to", out), ("watches", "watched by", into)):
        for edge in edges:
            if edge.verb == verb:
                yield from _end(word, edge, edge.other if edge.one is queue else edge.one, page)
    for edge in out:
        if edge.verb == "may be":
            yield from _end("perhaps", edge, edge.other, page)


def _nobody(word: str) -> Line:
    return line(Span(f"  {word:<16}nobody in sight", "quiet"))


def _end(word: str, edge: Edge, node: Node, page: Page) -> Iterator[Line]:
    doubt = "perhaps " if not edge.certain and word != "perhaps" else ""
    place = node.place if edge.place is None or node.kind == "queue" else edge.place
    yield line(Span(f"  {word:<16}", "quiet"), f"{doubt}{_called(node)}", Span(f"  {page.where(place)}", "quiet"))
    told = _said(edge.via, node) if edge.via is not None and edge.verb == "starts" else ""
    if told:
        yield from wrapped(told, page.width, (Span(" " * 18),), "quiet")


def _called(node: Node) -> str:
    """Handlers are often called ``handler``: their file says which one is meant. Code outside of handlers is its file."""
    kind = "" if node.kind in ("handler", "queue", "alarm") else f"{node.kind} "
    return "code outside of handlers" if node.kind == "code" else f"{kind}{node.name}"


def _said(one: Subscription, node: Node) -> str:
    """The settings that decide how often and how fast, each marked where nobody has written it."""
    found: list[str] = []
    for name, words, kind in _SAID:
        value = getattr(one, name)
        if effective(value) in (UNKNOWN, NONE):
            continue
        default = " (default)" if isinstance(value, Setting) and value.default else ""
        found.append(words.format(in_words(value, kind)) + default)
    via = f"via {one.name}: " if one.name != node.name and found else ""
    return via + ", ".join(found)


def _is_fed(graph: EventGraph, node: Node) -> bool:
    return any(edge.verb == "starts" and edge.one.kind == "queue" for edge in graph.into(node))


def _summary(graph: EventGraph) -> str:
    queues = [node for node in graph.nodes if node.kind == "queue" and _passes(graph, node)]
    handlers = sum(node.kind == "handler" for node in graph.nodes)
    unread = sum(not any(edge.verb in ("starts", "feeds") for edge in graph.out_of(node)) for node in queues)
    senders = ("sends to", "writes to", "feeds", "dead letters to")
    unsent = sum(not any(edge.verb in senders for edge in graph.into(node)) for node in queues)
    counted = f"Events pass through {_count(len(queues), 'queue')} and {_count(handlers, 'handler')}."
    told = f"{counted} Queues without a reader in sight: {unread:,}; without a sender: {unsent:,}."
    return told if queues else f"No queue is known; {_count(handlers, 'handler')}."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def data(graph: EventGraph, page: Page) -> dict[str, Any]:
    """The same for programs: edges name their nodes by number."""
    numbers = {id(node): number for number, node in enumerate(graph.nodes)}
    return {
        "version": VERSION,
        "nodes": [
            {
                "kind": node.kind,
                "name": node.name,
                "what": node.what,
                **_place(node, page),
                "settings": _settings(node.fact),
            }
            for node in graph.nodes
        ],
        "edges": [
            {
                "from": numbers[id(edge.one)],
                "verb": edge.verb,
                "to": numbers[id(edge.other)],
                "certain": edge.certain,
                "via": edge.via.name if edge.via is not None else None,
                "settings": _settings(edge.via),
            }
            for edge in graph.edges
        ],
    }


def _settings(fact: Fact | None) -> dict[str, Any]:
    """What is known of a queue or of a subscription, with whether the vendor's default counts."""
    if not isinstance(fact, Queue | Subscription):
        return {}
    from twice.report.fact_list import as_settings

    return as_settings(fact)


def _place(node: Node, page: Page) -> dict[str, Any]:
    if node.place.path not in page.files:
        return {"path": node.place.path, "line": None, "column": None}
    position = page.text(node.place.path).position(node.place.start)
    return {"path": node.place.path, "line": position.line + 1, "column": position.column + 1}


def digraph(graph: EventGraph) -> Digraph:
    """The graph as Graphviz draws it: queues as cylinders, code as boxes; what is only possible is dashed."""
    import graphviz  # only who asks for a drawing pays for it

    drawn = graphviz.Digraph("events", graph_attr={"rankdir": "LR"}, node_attr={"fontname": "sans-serif"})
    numbers = {id(node): f"n{number}" for number, node in enumerate(graph.nodes)}
    met = {id(node) for edge in graph.edges for node in (edge.one, edge.other)}
    for node in (node for node in graph.nodes if id(node) in met or node.kind == "handler"):
        label = graphviz.escape(f"{node.name}\n{node.what or node.kind}")
        drawn.node(
            numbers[id(node)], label, shape=_SHAPES.get(node.kind, "octagon"), tooltip=graphviz.escape(node.place.path)
        )
    for edge in graph.edges:
        style = "solid" if edge.certain else "dashed"
        colour = {"dead letters to": "red", "watches": "gray"}.get(edge.verb, "black")
        label = "" if edge.verb in ("sends to", "starts") else edge.verb
        drawn.edge(numbers[id(edge.one)], numbers[id(edge.other)], label, style=style, color=colour)
    return drawn
