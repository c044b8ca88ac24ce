"""The event graph as text for people, as a page of Markdown, and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.facts import Queue, Subscription
from twice.graph import KINDS, Edge, EventGraph, Kind, Node
from twice.report.event_drawing import mermaid
from twice.report.fact_list import as_place
from twice.report.lines import Line, Span, in_markdown, line, wrapped
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.truth import NONE, YES, effective

VERSION = 1

_WIDTH = 80
_INDENT = 19

# One of a kind, and several.
_WORDS: dict[Kind, tuple[str, str]] = {
    "source": ("source", "sources"),
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


class Section(Struct, frozen=True):
    """A part of the page: a queue with its ends, or a list of what has none. ``groups`` are rows with what they have in common."""

    title: str
    place: str
    groups: tuple[tuple[str, tuple[str, ...]], ...]


def text(graph: EventGraph, page: Page) -> Iterator[Line]:
    """Each queue with who sends to it and who reads it, then what starts code without a queue, and what is left over."""
    yield from wrapped(counted(graph), _WIDTH)
    if graph.nodes:
        yield ()
    for section in sections(graph, page):
        place = (Span(f"  {section.place}", "quiet"),) if section.place else ()
        yield line(Span(section.title, "strong"), *place)
        yield from _beside(section) if section.place else _below(section)
        yield ()


def counted(graph: EventGraph) -> str:
    """How many nodes of each kind there are."""
    if not graph.nodes:
        return "No event graph: no queue, handler or deployed function is known here."
    counts = {kind: sum(node.kind == kind for node in graph.nodes) for kind in KINDS}
    return f"{', '.join(f'{count:,} {_WORDS[kind][count > 1]}' for kind, count in counts.items() if count)}."


def sections(graph: EventGraph, page: Page) -> Iterator[Section]:
    """The parts of the page, in their order."""
    lonely: list[Node] = []
    for node in graph.nodes:
        if node.kind in ("queue", "buffer"):
            if _is_lonely(graph, node):
                lonely.append(node)
            else:
                ends = tuple((title, tuple(rows)) for title, rows in connections(graph, node, page) if rows)
                yield Section(_title(node, page), _place(node, page), ends)
    rest = (
        ("Started without a queue that is known", _sources(graph, page)),
        ("Started by something that is not known here", (("", _idle(graph, page)),)),
        ("Queues, topics, tables and buckets that nothing here was seen to use", (("", _left(lonely, page)),)),
        ("Sent to a place that is not known here", (("", _adrift(graph, page)),)),
    )
    yield from (Section(title, "", groups) for title, groups in rest if any(rows for _, rows in groups))


def _beside(section: Section) -> Iterator[Line]:
    """The rows of a queue, behind what they have in common."""
    for title, rows in section.groups:
        for number, row in enumerate(rows):
            yield from _hanging(row, f"  {title if number == 0 else '':<{_INDENT - 2}}")


def _below(section: Section) -> Iterator[Line]:
    for title, rows in section.groups:
        if title:
            yield line(f"  {title}")
        for row in rows:
            deep = len(row) - len(row.lstrip())
            yield from _hanging(row.lstrip(), f"{'    ' if title else '  '}{' ' * deep}")


def _is_lonely(graph: EventGraph, node: Node) -> bool:
    return not any(node in (edge.one, edge.other) for edge in graph.edges)


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


def _title(node: Node, page: Page) -> str:
    return f"{node.sort or {'buffer': 'buffer'}.get(node.kind, node.kind)} {_named(node, page)}"


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
    called = {"handler": "", "code": "", "queue": node.sort, "source": node.sort}.get(node.kind, node.kind)
    how = f"{called} " if called else ""
    return f"{how}{_named(node, page)}, {_place(node, page)}"


def _reader(graph: EventGraph, edge: Edge, page: Page) -> Iterator[str]:
    """What a queue starts; a deployed function with the code it runs."""
    runs = graph.after(edge.other, "runs") if edge.other.kind == "function" else ()
    settings = _settings(edge)
    for ran in runs:
        yield f"{_doubt(edge)}{_end(ran.other, page)}, deployed as {_named(edge.other, page)}{settings}"
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


def _sources(graph: EventGraph, page: Page) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Routes, schedules and rules: events that wait in no queue that is known. What belongs to a row stands deeper."""
    by_sort: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.one.kind != "source" or edge.other.kind == "queue":
            continue
        rows = by_sort.setdefault(edge.one.sort or "event", [])
        name = f"{_named(edge.one, page)}: " if edge.one.name not in (edge.other.name, edge.one.sort, "") else ""
        rows += [name + row for row in _reader(graph, edge, page)]
        for dead in graph.after(edge.other, "dead letters to"):
            rows.append(f"  dead letters to {_doubt(dead)}{_end(dead.other, page)}")
    return tuple((sort, tuple(dict.fromkeys(rows))) for sort, rows in by_sort.items())


def _idle(graph: EventGraph, page: Page) -> tuple[str, ...]:
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
        code = f", runs {_named(runs[0].other, page)} in {runs[0].other.place.path}" if runs else ""
        rows.append(f"{node.kind} {_named(node, page)}, {_place(node, page)}{code}")
    return tuple(rows)


def _left(nodes: list[Node], page: Page) -> tuple[str, ...]:
    return tuple(f"{node.sort} {_named(node, page)}, {_place(node, page)}".lstrip() for node in nodes)


def _adrift(graph: EventGraph, page: Page) -> tuple[str, ...]:
    """What is sent, with all who send it there: a function that many handlers call is one place."""
    by_place: dict[str, dict[str, None]] = {}
    for node, sent in graph.adrift:
        by_place.setdefault(f"{page.line(sent.place)}  {sent.name}", {})[_named(node, page)] = None
    return tuple(f"{sent}, by {', '.join(senders)}" for sent, senders in by_place.items())


def _named(node: Node, page: Page) -> str:
    return page.written(node.name) or "without a name"


def _place(node: Node, page: Page) -> str:
    return page.line(node.place)


# --- as Markdown ------------------------------------------------------------------------------------------------------


def markdown(graph: EventGraph, page: Page, title: str) -> str:
    """The same as a page, with a drawing where that is small enough to be looked at."""
    page = replace(page, written=in_markdown)
    parts = [f"# {title}", "", counted(graph), ""]
    drawing = list(mermaid(graph))
    if drawing:
        parts += ["```mermaid", *drawing, "```", ""]
    for section in sections(graph, page):
        parts += [f"## {section.title}", ""]
        parts += [section.place, ""] if section.place else []
        for common, rows in section.groups:
            parts += _listed(common, rows)
        parts.append("")
    return "\n".join(parts)


def _listed(common: str, rows: tuple[str, ...]) -> Iterator[str]:
    if common:
        yield f"- **{common}**" + (f" {rows[0]}" if len(rows) == 1 else "")
    if len(rows) > 1 or not common:
        yield from (f"{'  ' if common else ''}{row[: len(row) - len(row.lstrip())]}- {row.lstrip()}" for row in rows)


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
