"""`twice facts`: what is understood of handlers, before any rule is asked, and what is not."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from msgspec.structs import replace

from twice.cli import WrongCall
from twice.cli.opening import Project, open_project
from twice.cli.progress import Waiting
from twice.engine import understand
from twice.noun import Fact
from twice.project.link import Linked, about, handler_seen, schedules
from twice.project.runs import Told
from twice.report import fact_list, terminal
from twice.report.fact_list import Section
from twice.report.lines import width_of, write
from twice.world import World


def run(arguments: Namespace) -> int:
    _refuse(arguments)
    paths = arguments.paths or [Path()]
    project = open_project(paths, waiting := Waiting())
    for path in paths:
        if path.is_file() and project.path_of(path) not in project.workspace.files:
            raise WrongCall(f"{path} is neither Python nor a template that is understood")
    write(terminal.problems(terminal.Page({}, width_of(sys.stderr)), project.problems), sys.stderr)
    known, linked = understand(project.workspace.files, project.book, waiting, curious=not arguments.graph)
    waiting.done()
    if arguments.graph:
        from twice.cli import graph

        return graph.show(known, arguments, project)
    sections = list(_asked(list(_sections(known, linked)), arguments, project))
    page = terminal.Page(project.workspace.files, width_of(sys.stdout), project.named)
    if arguments.format == "json":
        print(json.dumps(fact_list.data(sections, page, known), indent=2))
        return 0
    write(fact_list.text(sections, page, known, detailed=arguments.all), sys.stdout)
    if not sections:
        print(_nothing(arguments, " ".join(str(path) for path in paths)))
    if arguments.handler is None and (arguments.not_understood or not sections):
        left = [one for one in linked.undeclared if _lies(one.place.path, arguments.paths, project)]
        write(fact_list.undeclared(left, page), sys.stdout)
    return 0


def _refuse(arguments: Namespace) -> None:
    """What asks for one thing only does not go with another."""
    if arguments.svg is not None:
        arguments.graph = True
    if arguments.graph and (arguments.handler is not None or arguments.not_understood or arguments.all):
        raise WrongCall("--graph shows everything: --handler, --not-understood and --all do not go with it")
    if arguments.format in ("dot", "markdown") and not arguments.graph:
        raise WrongCall(f"--format {arguments.format} is for the event graph: add --graph")


def _nothing(arguments: Namespace, where: str) -> str:
    if arguments.not_understood:
        return f"Nothing that looks as if it mattered was left over in {where}."
    return f"Nothing is known of {where}: there is no event handler, and none reaches it."


def _asked(sections: list[Section], arguments: Namespace, project: Project) -> Iterator[Section]:
    """The sections of these paths, of one handler only, or what was not understood in them only."""
    names = {one.handler.name for one in sections if one.handler is not None}
    if arguments.handler is not None and arguments.handler not in names:
        close = get_close_matches(arguments.handler, names, n=1)
        meant = f" Did you mean {close[0]}?" if close else " `twice facts` shows all."
        raise WrongCall(f"no handler is called {arguments.handler!r}.{meant}")
    for section in sections:
        if arguments.handler is not None and (section.handler is None or section.handler.name != arguments.handler):
            continue
        if section.handler is not None:
            near = {section.handler.place.path, *(fact.place.path for fact in section.facts)}
            found = section if any(_lies(path, arguments.paths, project) for path in near) else None
        else:
            own = tuple(f for f in section.facts if _lies(f.place.path, arguments.paths, project))
            found = replace(section, facts=own) if own else None
        if found is not None and arguments.not_understood:
            found = replace(found, facts=()) if found.obscure else None
        if found is not None:
            yield found


def _lies(path: str, paths: list[Path], project: Project) -> bool:
    asked = [project.path_of(one) for one in paths]
    return not asked or any(one in (path, ".") or path.startswith(f"{one}/") for one in asked)


def _sections(known: World, linked: Linked) -> Iterator[Section]:
    """The handlers with all their facts, by place, and the facts that belong to none of them."""
    told: set[Fact] = set()
    due = schedules(known.facts)
    for one in sorted((one for one in linked.tellings if one.handler is not None), key=_of_handler):
        assert one.declared is not None
        facts = about(one, one.declared, due)
        told.update(facts)
        yield Section(handler_seen(one, one.declared), tuple(sorted(facts, key=_in_source)), one.obscure)
    others = [fact for fact in known.facts if fact not in told]
    if others:
        yield Section(None, tuple(sorted(others, key=_in_source)))


def _of_handler(told: Told) -> tuple[str, int]:
    assert told.handler is not None
    return told.handler.place.path, told.handler.place.start


def _in_source(fact: Fact) -> tuple[tuple[str, int], ...]:
    """Where it happens; what a called function does stands where it is called."""
    return tuple((place.path, place.start) for place in (*fact.way, fact.place))
