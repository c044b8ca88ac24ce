"""`twice facts --graph`: the event graph as text, as data, and as a drawing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from twice.cli import WrongCall
from twice.cli.opening import Project
from twice.graph import EventGraph, event_graph
from twice.report import event_drawing
from twice.report import event_graph as told
from twice.report.lines import width_of, write
from twice.report.terminal import Page
from twice.world import World

# In seconds: a graph that takes longer to lay out is too large to be looked at.
_PATIENCE = 120


def show(known: World, arguments: Namespace, project: Project) -> int:
    """Print the graph of these paths, or of everything; with ``--svg``, draw it into a file instead."""
    graph = _asked(event_graph(known), arguments, project)
    page = Page(project.workspace.files, width_of(sys.stdout), project.named)
    if arguments.svg is not None:
        _draw("\n".join(event_drawing.dot(graph, page)), arguments.svg)
        print(f"{arguments.svg}: {len(graph.nodes)} nodes, {len(graph.edges)} edges")
    elif arguments.format == "json":
        print(json.dumps(told.data(graph, page), indent=2))
    elif arguments.format == "dot":
        for row in event_drawing.dot(graph, page):
            print(row)
    elif arguments.format == "markdown":
        print(told.markdown(graph, page, f"Events of {project.root.name}"), end="")
    else:
        write(told.text(graph, page), sys.stdout)
    return 0


def _asked(graph: EventGraph, arguments: Namespace, project: Project) -> EventGraph:
    asked = [project.path_of(one) for one in arguments.paths]
    if not asked or "." in asked:
        return graph
    return graph.near(
        node
        for node in graph.nodes
        if any(node.place.path == one or node.place.path.startswith(f"{one}/") for one in asked)
    )


def _draw(source: str, file: Path) -> None:
    program = shutil.which("dot")
    if program is None:
        raise WrongCall(
            "--svg needs Graphviz, and there is no program `dot` on the PATH. "
            "Install it (https://graphviz.org/download/), or print the graph with --format dot"
        )
    try:
        made = subprocess.run(
            [program, "-Tsvg"], input=source.encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise WrongCall(f"Graphviz took longer than {_PATIENCE} s: name a directory to draw a part") from error
    if made.returncode != 0:
        raise WrongCall(f"Graphviz: {made.stderr.decode(errors='replace').strip()}")
    try:
        file.write_bytes(made.stdout)
    except OSError as error:
        raise WrongCall(f"{file} cannot be written: {error.strerror}") from error
