"""The event graph as drawings: for Graphviz, and for Mermaid, which editors and code hosts draw by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from twice.graph import Edge, EventGraph, Kind, Node
from twice.report.lines import visible
from twice.report.terminal import Page
from twice.truth import YES

# --- Graphviz --------------------------------------------------------------------------------------------------------

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
    numbers = _numbered(graph)
    for node, number in numbers.items():
        label = _label(f"{node.sort} {node.name}".strip(), node.place.path)
        tip = _quoted(f"{node.kind}, {page.line(node.place)}")
        yield f'  {number} [shape={_SHAPES[node.kind]}, label="{label}", tooltip="{tip}"];'
    for edge in graph.edges:
        style = "solid" if edge.certain is YES else "dashed"
        colour = _COLOURS.get(edge.verb, "#222222")
        said = f'style={style}, color="{colour}", label="{_said(edge)}"'
        yield f"  {numbers[edge.one]} -> {numbers[edge.other]} [{said}];"
    yield "}"


def _label(*rows: str) -> str:
    return "\\n".join(_quoted(row) for row in rows)


def _quoted(name: str) -> str:
    """Nothing in a name may end the text, begin an escape, or be an entity."""
    return visible(name).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')


# --- Mermaid ---------------------------------------------------------------------------------------------------------

# More edges than these nobody can follow on a page.
MOST_DRAWN = 120
_FRAMES: dict[Kind, tuple[str, str]] = {
    "source": (">", "]"),
    "queue": ("[(", ")]"),
    "buffer": ("[(", ")]"),
    "function": ("[[", "]]"),
    "worker": ("[[", "]]"),
    "handler": ("[", "]"),
    "code": ("([", "])"),
    "subscription": ("[/", "/]"),
    "alarm": ("{{", "}}"),
}


def mermaid(graph: EventGraph) -> Iterator[str]:
    """The graph in the language of Mermaid; nothing when there is nothing to draw, or too much."""
    if not 0 < len(graph.edges) <= MOST_DRAWN:
        return
    yield "flowchart LR"
    numbers = _numbered(graph)
    for node, number in numbers.items():
        begin, end = _FRAMES[node.kind]
        rows = (f"{node.sort} {node.name}".strip() or node.kind, node.place.path)
        yield f'  {number}{begin}"{"<br>".join(map(_entities, rows))}"{end}'
    for edge in graph.edges:
        arrow = "-->" if edge.certain is YES else "-.->"
        yield f"  {numbers[edge.one]} {arrow}|{_said(edge)}| {numbers[edge.other]}"


def _entities(name: str) -> str:
    """A name as Mermaid shows it: everything that could mean something to it is spelled by its number."""
    return "".join(one if one.isalnum() or one in " ._-/" else f"#{ord(one)};" for one in visible(name))


# --- both ------------------------------------------------------------------------------------------------------------


def _numbered(graph: EventGraph) -> dict[Node, str]:
    """The nodes that have an edge, with short names."""
    used = {node for edge in graph.edges for node in (edge.one, edge.other)}
    return {node: f"n{number}" for number, node in enumerate(node for node in graph.nodes if node in used)}


def _said(edge: Edge) -> str:
    doubt = "" if edge.certain is YES or edge.verb == "may be" else "perhaps "
    return f"{doubt}{edge.verb}"
