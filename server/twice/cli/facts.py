"""`twice facts`: what is understood of one file, before any rule is asked."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator

from twice.cli import WrongCall
from twice.cli.opening import open_project
from twice.engine import understand
from twice.noun import Fact
from twice.project.link import Linked
from twice.report import fact_list, terminal
from twice.report.fact_list import Section
from twice.report.lines import width_of, write
from twice.world import World


def run(arguments: Namespace) -> int:
    project = open_project([arguments.file])
    path = project.path_of(arguments.file)
    if path not in project.workspace.files:
        raise WrongCall(f"{arguments.file} is neither Python nor a template that is understood")
    known, linked = understand(project.workspace.files, project.book)
    sections = tuple(_sections(known, linked, path))
    page = terminal.Page(project.workspace.files, width_of(sys.stdout), project.named)
    if arguments.format == "json":
        print(json.dumps(fact_list.data(sections, page, path), indent=2))
        return 0
    write(fact_list.text(sections, page), sys.stdout)
    if not sections:
        print(f"Nothing is known of {arguments.file}: it has no event handler, and none reaches it.")
    return 0


def _sections(known: World, linked: Linked, path: str) -> Iterator[Section]:
    """The handlers of a file with all their facts, and the facts of the file that belong to none of them."""
    seen = {handler.place: handler for handler in linked.handlers}
    told: set[Fact] = set()
    for one in linked.tellings:
        if one.handler is not None and one.handler.place.path == path:
            told.update(one.facts)
            yield Section(seen.get(one.handler.place), tuple(sorted(one.facts, key=_in_source)))
    others = [fact for fact in known.facts if fact.place.path == path and fact not in told]
    if others:
        yield Section(None, tuple(sorted(others, key=_in_source)))


def _in_source(fact: Fact) -> tuple[tuple[str, int], ...]:
    """Where it happens; what a called function does stands where it is called."""
    return tuple((place.path, place.start) for place in (*fact.way, fact.place))
