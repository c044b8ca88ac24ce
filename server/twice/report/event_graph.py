"""The event graph as text for people, as data, and as a drawing that Graphviz makes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from twice.facts import Queue, Subscription
from twice.graph import KINDS, Edge, EventGraph, Kind, Node
from twice.report.fact_list import as_place
from twice.report.lines import Line, Span, line, visible, wrapped
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.truth import NONE, YES, effective

VERSION = 1

_WIDTH = 80
_INDENT = 19

# One of a kind, and several.
_WORDS: dict[Kind, tuple[str, str]] = {
    "source": ("source without a queue", "sources without a queue"),
    "queue": ("queue or topic", "queues and topics"),
    "buffer": ("buffer in memory", "buffers in memory"),
    "function": ("deployed function", "deployed functions"),
    "worker": ("worker", "workers"),
    "handler": ("handler", "handlers"),
    "code": ("other function that sends", "other functions that send"),
    "subscription": ("subscription of unknown code", "subscriptions of unknown code"),
    "alarm": ("alarm", "alarms"),
}


# --- for people ------------------------------------------------------------------------------------------------------


def text(graph: EventGraph, page: Page) -> Iterator[Line]:
    """Each queue with who sends to it and who reads it, then what starts code without a queue, and what is left over."""
    if not graph.nodes:
        yield from wrapped("No event graph: no queue, handler or deployed function is known here.", _WIDTH)
        return
    counts = {kind: sum(node.kind == kind for node in graph.nodes) for kind in KINDS}
    told = ", ".join(f"{count:,} {_WORDS[kind][count > 1]}" for kind, count in counts.items() if count)
    yield from wrapped(f"{told}.", _WIDTH)
    yield ()
    lonely: list[Node] = []
    for node in graph.nodes:
        if node.kind in ("queue", "buffer"):
            if _is_lonely(graph, node):
                lonely.append(node)
            else:
                yield from _queue(graph, node, page)
                yield ()
    yield from _sources(graph, page)
    yield from _idle(graph, page)
    yield from _left(lonely, "Queues, topics, tables and buckets that nothing here was seen to use", page)
    yield from _adrift(graph, page)


def _is_lonely(graph: EventGraph, node: Node) -> bool:
    return not any(node in (edge.one, edge.other) for edge in graph.edges)


def _queue(graph: EventGraph, node: Node, page: Page) -> Iterator[Line]:
    yield _title(node, page)
    yield from _rows(connections(graph, node, page))


def connections(graph: EventGraph, node: Node, page: Page) -> list[tuple[str, list[str]]]:
    """Who sends to a queue, who reads it, where its dead letters go and what watches it: a title and its rows."""
    sent = graph.before(node, "publishes to", "feeds")
    read = graph.after(node, "feeds")
    buried = graph.before(node, "dead letters to")
    return [
        (
            "sent by",
            [_doubt(edge) + _end(edge.one, page) for edge in sent] or ([] if buried else ["nobody that was seen"]),
        ),
        ("dead letters of", [_doubt(edge) + _end(edge.one, page) for edge in buried]),
        ("read by", [row for edge in read for row in _reader(graph, edge, page)] or ["nobody that was seen"]),
        ("dead letters to", _dead_letters(graph, node, read, page)),
        ("may also be", [_end(node, page) for node in _twins(graph, node)]),
        ("watched by", [_doubt(edge) + _end(edge.other, page) for edge in graph.after(node, "watched by")]),
    ]


def _title(node: Node, page: Page) -> Line:
    sort = node.sort or {"buffer": "buffer"}.get(node.kind, node.kind)
    return line(Span(f"{sort} {_named(node)}", "strong"), Span(f"  {_place(node, page)}", "quiet"))


def _rows(told: Iterable[tuple[str, list[str]]]) -> Iterator[Line]:
    for title, rows in told:
        for number, row in enumerate(rows):
            yield from _hanging(row, f"  {title if number == 0 else '':<{_INDENT - 2}}")


def _hanging(row: str, before: str) -> Iterator[Line]:
    """A row behind some words; what does not fit into its line stands a little further to the right."""
    first, *rest = wrapped(row, _WIDTH - 2, (Span(before),))
    yield first
    yield from ((Span("  "), *spans) for spans in rest)


def _twins(graph: EventGraph, node: Node) -> Iterator[Node]:
    """Queues that may be the same as this one: their name is only known when the code runs."""
    yield from (edge.other for edge in graph.after(node, "may be"))
    yield from (edge.one for edge in graph.before(node, "may be"))


def _doubt(edge: Edge) -> str:
    return "" if edge.certain is YES else "perhaps "


def _end(node: Node, page: Page) -> str:
    how = {"handler": "", "code": "", "queue": f"{node.sort} ", "buffer": "buffer "}.get(node.kind, f"{node.kind} ")
    return f"{how}{_named(node)}, {_place(node, page)}"


def _reader(graph: EventGraph, edge: Edge, page: Page) -> Iterator[str]:
    """What a queue starts; a deployed function with the code it runs."""
    runs = graph.after(edge.other, "runs") if edge.other.kind == "function" else ()
    settings = _settings(edge)
    for ran in runs:
        yield f"{_doubt(edge)}{_end(ran.other, page)}, deployed as {_named(edge.other)}{settings}"
    if not runs:
        unseen = ", whose code is not known" if edge.other.kind in ("function", "subscription") else ""
        yield f"{_doubt(edge)}{_end(edge.other, page)}{unseen}{settings}"


def _settings(edge: Edge) -> str:
    """How many events come at a time, where that is known and more than one."""
    sizes = {effective(fact.batch_size) for fact in edge.facts if isinstance(fact, Subscription)}
    size = sizes.pop() if len(sizes) == 1 else None
    return f" (up to {in_words(size, 'number')} at a time)" if isinstance(size, int | float) and size > 1 else ""


def _dead_letters(graph: EventGraph, node: Node, read: tuple[Edge, ...], page: Page) -> list[str]:
    """Where they go, or why nobody can say."""
    readers = [node, *(edge.other for edge in read if edge.facts)]
    found = [edge for one in readers for edge in graph.after(one, "dead letters to")]
    if found:
        return list(dict.fromkeys(_doubt(edge) + _end(edge.other, page) + _tries(edge, read) for edge in found))
    known = [effective(fact.dead_letter) for edge in read for fact in edge.facts if isinstance(fact, Subscription)]
    if not known or not isinstance(node.fact, Queue) or effective(node.fact.is_dead_letter) is True:
        return []
    if all(one is NONE for one in (effective(node.fact.dead_letter), *known)):
        return ["nowhere"]
    return ["not known"] if NONE in known else []


def _tries(edge: Edge, read: tuple[Edge, ...]) -> str:
    told = {effective(fact.max_attempts) for one in read for fact in one.facts if isinstance(fact, Subscription)}
    known = {one for one in told if isinstance(one, int | float)}
    if len(told) != 1 or not known:
        return ""
    count = known.pop()
    return f", after {in_words(count, 'number')} {'try' if count == 1 else 'tries'}"


def _sources(graph: EventGraph, page: Page) -> Iterator[Line]:
    """Routes, schedules and rules: events that wait in no queue that is known."""
    edges = [edge for edge in graph.edges if edge.one.kind == "source"]
    if not edges:
        return
    yield line(Span("Started without a queue that is known", "strong"))
    by_sort: dict[str, list[str]] = {}
    for edge in edges:
        rows = by_sort.setdefault(edge.one.sort or "event", [])
        name = f"{_named(edge.one)}: " if edge.one.name not in (edge.other.name, edge.one.sort, "") else ""
        rows += [name + row for row in _reader(graph, edge, page)]
        for dead in graph.after(edge.other, "dead letters to"):
            rows.append(f"  dead letters to {_doubt(dead)}{_end(dead.other, page)}")
    for sort, rows in by_sort.items():
        yield line(f"  {sort}")
        for row in dict.fromkeys(rows):
            yield from _hanging(row.lstrip(), "      " if row.startswith(" ") else "    ")
    yield ()


def _idle(graph: EventGraph, page: Page) -> Iterator[Line]:
    """Handlers and functions of which nobody knows what starts them."""
    started = {edge.other for edge in graph.edges if edge.verb in ("feeds", "runs")}
    fed = {edge.other for edge in graph.edges if edge.verb == "feeds"}
    nodes = [
        node
        for node in graph.nodes
        if (node.kind == "handler" and node not in started)
        or (node.kind == "function" and node not in fed and graph.after(node, "runs"))
    ]
    rows = []
    for node in nodes:
        runs = graph.after(node, "runs") if node.kind == "function" else ()
        code = f", runs {_named(runs[0].other)} in {runs[0].other.place.path}" if runs else ""
        rows.append(f"{node.kind} {_named(node)}, {_place(node, page)}{code}")
    yield from _listed("Started by something that is not known here", rows)


def _left(nodes: list[Node], title: str, page: Page) -> Iterator[Line]:
    yield from _listed(title, [f"{node.sort} {_named(node)}, {_place(node, page)}".lstrip() for node in nodes])


def _adrift(graph: EventGraph, page: Page) -> Iterator[Line]:
    """What is sent, with all who send it there: a function that many handlers call is one place."""
    by_place: dict[str, dict[str, None]] = {}
    for node, sent in graph.adrift:
        by_place.setdefault(f"{page.where(sent.place)}  {sent.name}", {})[_named(node)] = None
    rows = [f"{sent}, by {', '.join(senders)}" for sent, senders in by_place.items()]
    yield from _listed("Sent to a place that is not known here", rows)


def _listed(title: str, rows: list[str]) -> Iterator[Line]:
    if not rows:
        return
    yield line(Span(title, "strong"))
    for row in rows:
        yield from _hanging(row, "  ")
    yield ()


def _named(node: Node) -> str:
    return visible(node.name) or "without a name"


def _place(node: Node, page: Page) -> str:
    return page.where(node.place).rpartition(":")[0] or page.where(node.place)


# --- for programs ----------------------------------------------------------------------------------------------------


def data(graph: EventGraph, page: Page) -> dict[str, Any]:
    """Nodes and edges as `docs/graph.schema.json` says."""
    return {
        "version": VERSION,
        "nodes": [
            {"id": node.id, "kind": node.kind, "sort": node.sort, "name": node.name, **as_place(node.place, page)}
            for node in graph.nodes
        ],
        "edges": [
            {
                "from": edge.one.id,
                "verb": edge.verb,
                "to": edge.other.id,
                "certain": edge.certain is YES,
                "said_by": [
                    {"noun": type(fact).__name__.lower(), "name": fact.name, **as_place(fact.place, page)}
                    for fact in sorted(edge.facts, key=lambda fact: (fact.place.path, fact.place.start, fact.name))
                ],
            }
            for edge in graph.edges
        ],
        "adrift": [{"from": node.id, "name": sent.name, **as_place(sent.place, page)} for node, sent in graph.adrift],
    }


# --- for Graphviz ----------------------------------------------------------------------------------------------------

_SHAPES = {
    "source": "cds",
    "queue": "cylinder",
    "buffer": "cylinder",
    "function": "component",
    "worker": "component",
    "handler": "box",
    "code": "plaintext",
    "subscription": "note",
    "alarm": "octagon",
}
_COLOURS = {"dead letters to": "#b3261e", "watched by": "#777777", "runs": "#777777", "may be": "#777777"}


def dot(graph: EventGraph, page: Page) -> Iterator[str]:
    """The graph in the language of Graphviz, from left to right; what is only possible is dashed. Unused nodes are left out."""
    yield "digraph events {"
    yield '  graph [rankdir=LR, fontname="sans-serif", nodesep=0.25, ranksep=0.6];'
    yield '  node [fontname="sans-serif", fontsize=11, style=filled, fillcolor=white];'
    yield '  edge [fontname="sans-serif", fontsize=9];'
    used = {node for edge in graph.edges for node in (edge.one, edge.other)}
    numbers = {node: f"n{number}" for number, node in enumerate(node for node in graph.nodes if node in used)}
    for node, number in numbers.items():
        label = _label(f"{node.sort} {node.name}".strip(), node.place.path)
        tip = _quoted(f"{node.kind}, {_place(node, page)}")
        yield f'  {number} [shape={_SHAPES[node.kind]}, label="{label}", tooltip="{tip}"];'
    for edge in graph.edges:
        style = "solid" if edge.certain is YES else "dashed"
        doubt = "" if edge.verb == "may be" else _doubt(edge)
        colour = _COLOURS.get(edge.verb, "#222222")
        said = f'style={style}, color="{colour}", label="{doubt}{edge.verb}"'
        yield f"  {numbers[edge.one]} -> {numbers[edge.other]} [{said}];"
    yield "}"


def _label(*rows: str) -> str:
    return "\\n".join(_quoted(row) for row in rows)


def _quoted(name: str) -> str:
    """Nothing in a name may end the text, begin an escape, or be an entity."""
    return visible(name).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
