"""From one end of an event to the other: definition and references between templates, settings and code, and links in templates."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from posixpath import dirname, join, normpath

from lsprotocol import types

from twice.facts import Effect, Function, Queue, Subscription
from twice.graph import Edge, Node
from twice.lsp.client import Client
from twice.lsp.convert import location, offset_of, range_of
from twice.lsp.snapshot import Snapshot
from twice.noun import Fact
from twice.text import Place
from twice.truth import Setting, effective


def definition(snapshot: Snapshot, path: str, position: types.Position, client: Client) -> list[types.Location]:
    """From a handler's name in a template to its code, from a queue that is named to where it stands, from a publish to its queue."""
    offset = offset_of(snapshot.text(path), position, client.encoding)
    found = dict.fromkeys(other for place, other in _links(snapshot) if _holds(place, path, offset) and other != place)
    named = found or dict.fromkeys(_handlers_named_at(snapshot, path, offset))
    return [location(snapshot, place, client) for place in named]


def references(
    snapshot: Snapshot, path: str, position: types.Position, declaration: bool, client: Client
) -> list[types.Location]:
    """Of a handler all that starts and feeds it; of a queue who sends to it and who reads it."""
    offset = offset_of(snapshot.text(path), position, client.encoding)
    asked = [node for node in snapshot.graph.nodes if _holds(node.place, path, offset)]
    found: dict[Place, None] = {}
    for node in asked:
        for edge in _around(snapshot, node):
            found.update(dict.fromkeys(_places(edge)))
        found.update(dict.fromkeys(_naming(snapshot, node)))
    own = {node.place for node in asked}
    places = [place for place in found if place not in own]
    shown = [*sorted(own, key=_in_order), *places] if declaration else places
    return [location(snapshot, place, client) for place in shown]


def links(snapshot: Snapshot, path: str, client: Client) -> list[types.DocumentLink]:
    """The names of handlers in templates and settings, and of files that hold some, as links to their code."""
    named: dict[Place, Place] = {}
    for node in snapshot.graph.nodes:
        place, code = _entry(node), _code(snapshot, node)
        if place is not None and place.path == path and code:
            named[place] = code[0]
    entries = tuple(named)
    for quoted, handler in _quoted(snapshot, path):
        if not any(one.start <= quoted.start and quoted.end <= one.end for one in entries):
            named.setdefault(quoted, handler)
    return [_link(snapshot, place, code, client) for place, code in named.items()]


def _link(snapshot: Snapshot, place: Place, code: Place, client: Client) -> types.DocumentLink:
    line = snapshot.text(code.path).position(code.start).line + 1
    where = range_of(snapshot.text(place.path), place.start, place.end, client.encoding)
    return types.DocumentLink(where, target=f"{snapshot.uri(code.path)}#L{line}")


def _links(snapshot: Snapshot) -> Iterator[tuple[Place, Place]]:
    """What names something, with where that stands."""
    graph = snapshot.graph
    for node in graph.nodes:
        for code in _code(snapshot, node):
            yield from ((place, code) for place in (_entry(node), node.place) if place is not None)
        yield from _named(node.fact)
    for edge in graph.edges:
        for fact in edge.facts:
            yield from _named(fact)
            if edge.verb == "publishes to" and isinstance(fact, Effect):
                yield fact.place, edge.other.place


# --- handlers that are named by a text: tasks in schedules, routes and calls, files of code in settings --------------

_QUOTED = re.compile(rb"""(["'])((?:\w+\.)+\w+)\1""")
_FILE = re.compile(rb"""(["'])([^"'\n]+\.py)\1""")


def _handlers_named_at(snapshot: Snapshot, path: str, offset: int) -> Iterator[Place]:
    """The handlers whose dotted name stands in quotes here, or the file they are in."""
    text = snapshot.text(path)
    number = text.position(offset).line
    start = text.starts[number]
    on_line = _quoted(snapshot, path, start, start + len(text.line(number).encode()))
    yield from (code for place, code in on_line if place.start <= offset <= place.end)


def _quoted(snapshot: Snapshot, path: str, start: int = 0, end: int | None = None) -> Iterator[tuple[Place, Place]]:
    """The dotted names of handlers in quotes, and the files that hold some, each with the places of the handlers."""
    data = snapshot.text(path).data
    end = len(data) if end is None else end
    handlers = [node for node in snapshot.graph.nodes if node.kind == "handler"]
    by_last = defaultdict[str, list[Node]](list)
    for node in handlers:
        by_last[node.name.rpartition(".")[2]].append(node)
    for quoted in _QUOTED.finditer(data, start, end):
        name = quoted[2].decode("utf-8", "replace")
        alike = by_last.get(name.rpartition(".")[2], ())
        yield from ((Place(path, *quoted.span(2)), node.place) for node in alike if _is_named(node, name))
    for quoted in _FILE.finditer(data, start, end):
        beside = normpath(join(dirname(path), quoted[2].decode("utf-8", "replace")))
        yield from ((Place(path, *quoted.span(2)), node.place) for node in handlers if node.place.path == beside)


def _naming(snapshot: Snapshot, node: Node) -> Iterator[Place]:
    """Where the dotted name of a handler stands in quotes."""
    if node.kind != "handler":
        return
    end = ".".join(_dotted(node).split(".")[-2:]).encode()
    for path, data in snapshot.files.items():
        for quoted in _QUOTED.finditer(data) if end in data else ():
            if _is_named(node, quoted[2].decode("utf-8", "replace")):
                yield Place(path, *quoted.span(2))


def _is_named(node: Node, name: str) -> bool:
    """Is this the dotted name of a handler, from wherever its modules are imported?"""
    return f".{_dotted(node)}".endswith(f".{name}")


def _dotted(node: Node) -> str:
    module = node.place.path.removesuffix(".py").removesuffix("/__init__")
    return f"{module}.{node.name}".replace("/", ".")


# --- what is named ---------------------------------------------------------------------------------------------------


def _named(fact: Fact | None) -> Iterator[tuple[Place, Place]]:
    """The queues and functions that a resource names."""
    for name in ("queue", "function", "dead_letter"):
        value = getattr(fact, name, None)
        other = effective(value)
        if isinstance(value, Setting) and value.place is not None and isinstance(other, Queue | Function):
            yield value.place, other.place


def _entry(node: Node) -> Place | None:
    """Where a deployed function names its code."""
    value = node.fact.entry if isinstance(node.fact, Function) else None
    return value.place if isinstance(value, Setting) else None


def _code(snapshot: Snapshot, node: Node) -> list[Place]:
    return [edge.other.place for edge in snapshot.graph.after(node, "runs")] if node.kind == "function" else []


def _around(snapshot: Snapshot, node: Node) -> list[Edge]:
    """The edges of a node; of a handler also those of the functions that deploy it, and of a function those of its code."""
    graph = snapshot.graph
    deployed = [edge.one for edge in graph.before(node, "runs")] if node.kind == "handler" else []
    code = [edge.other for edge in graph.after(node, "runs")] if node.kind == "function" else []
    read = [edge.other for edge in graph.after(node, "feeds") if edge.other.kind == "function"]
    nodes = {node, *deployed, *code}
    runs = [edge for one in read for edge in graph.after(one, "runs")]
    return [*(edge for edge in graph.edges if edge.one in nodes or edge.other in nodes), *runs]


def _places(edge: Edge) -> Iterator[Place]:
    yield edge.one.place
    yield edge.other.place
    for fact in edge.facts:
        yield fact.place
        if isinstance(fact, Subscription) and isinstance(fact.queue, Setting) and fact.queue.place is not None:
            yield fact.queue.place


def _in_order(place: Place) -> tuple[str, int]:
    return place.path, place.start


def _holds(place: Place, path: str, offset: int) -> bool:
    return place.path == path and place.start <= offset <= place.end
