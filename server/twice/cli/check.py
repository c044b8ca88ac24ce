"""`twice check`: reads a project, asks the rules, and prints what they find in the given paths."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from twice.cli import WrongCall
from twice.cli.opening import Project, open_project
from twice.cli.progress import Waiting
from twice.config import Config, unknown_selectors
from twice.engine import Checked, Memory, Wanted, checking
from twice.finding import Finding, Problem
from twice.fixes import Made
from twice.steps import finished
from twice.text import Place

NOTHING, FINDINGS, WRONG, INTERNAL = 0, 1, 2, 3


class Asked(Struct, frozen=True):
    """What is to be checked: a project, the files as they are now, and the paths that findings are wanted of."""

    project: Project
    config: Config
    files: Mapping[str, bytes]
    below: tuple[str, ...]


def run(arguments: Namespace) -> int:
    begin = time.perf_counter()
    waiting = Waiting()
    asked = _asked(arguments, waiting)
    memory = Memory()
    work = checking(asked.files, asked.project.book, asked.config, memory, Wanted(proofs=arguments.unsure))
    checked = within(finished(work, waiting), asked.below)
    problems = [*asked.project.problems, *_unknown(asked)]
    made = None
    if arguments.fix or arguments.diff:
        from twice.cli import fixing

        fixed = fixing.fixed(asked, checked, memory, unsafe=arguments.unsafe_fixes)
        waiting.done()
        if arguments.diff:
            changes = fixing.show(asked, fixed)
            _print_problems(asked, problems)
            return exit_code(asked.config, Checked(), problems) or (FINDINGS if changes else NOTHING)
        problems += fixing.save(asked, fixed)
        made = fixed.made
        asked, checked = replace(asked, files=fixed.files), fixed.checked
    waiting.done()
    problems += checked.problems
    _print(arguments, asked, checked, problems, made, time.perf_counter() - begin)
    return exit_code(asked.config, checked, problems)


def within(checked: Checked, below: Sequence[str]) -> Checked:
    """What was found in these paths: a finding counts when its place or a related one lies there."""
    if "." in below:
        return checked

    def lies(path: str) -> bool:
        return any(path == one or path.startswith(f"{one}/") for one in below)

    def kept(findings: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(finding for finding in findings if any(lies(place.path) for place in _places(finding)))

    return replace(
        checked,
        findings=kept(checked.findings),
        held=kept(checked.held),
        silenced=kept(checked.silenced),
        handlers=tuple(handler for handler in checked.handlers if lies(handler.place.path)),
        deployed=tuple(place for place in checked.deployed if lies(place.path)),
        broken=tuple(path for path in checked.broken if lies(path)),
    )


def exit_code(config: Config, checked: Checked, problems: Iterable[Problem]) -> int:
    """What the caller is told: a fault of ours, then a mistake in what we were given, then the findings."""
    kinds = {problem.kind for problem in problems}
    if "internal" in kinds:
        return INTERNAL
    if kinds & {"rule", "config"}:
        return WRONG
    return FINDINGS if any(config.at(one.place.path).fails(one.severity) for one in checked.findings) else NOTHING


def _places(finding: Finding) -> Iterable[Place]:
    return (finding.place, *(related.place for related in finding.related))


# --- what is asked ---------------------------------------------------------------------------------------------------


def _asked(arguments: Namespace, waiting: Waiting) -> Asked:
    if arguments.unsafe_fixes and not (arguments.fix or arguments.diff):
        raise WrongCall("--unsafe-fixes goes with --fix or --diff")
    if arguments.stdin_filename is not None:
        return _from_stdin(arguments, waiting)
    paths: list[Path] = arguments.paths or [Path()]
    project = open_project(paths, waiting)
    below = tuple(project.path_of(path) for path in paths)
    return Asked(project, _configured(project.config, arguments), project.workspace.files, below)


def _from_stdin(arguments: Namespace, waiting: Waiting) -> Asked:
    """One file as an editor has it, in the surrounding of the others as they are on disk."""
    name: Path = arguments.stdin_filename
    if arguments.paths or arguments.fix or arguments.diff:
        raise WrongCall("--stdin-filename reads one file and changes none: leave out PATH, --fix and --diff")
    project = open_project([name.parent], waiting)
    path = project.path_of(name)
    files = {**project.workspace.files, path: sys.stdin.buffer.read()}
    return Asked(project, _configured(project.config, arguments), files, (path,))


def _configured(config: Config, arguments: Namespace) -> Config:
    """The settings of the project, and what the call says instead."""

    def told(one: Config) -> Config:
        return replace(
            one,
            select=tuple(arguments.select or one.select),
            ignore=(*one.ignore, *(arguments.ignore or ())),
            confidence=arguments.confidence or one.confidence,
            fail_on=arguments.fail_on or one.fail_on,
        )

    return config.each(told)


def _unknown(asked: Asked) -> tuple[Problem, ...]:
    """Selectors of the call that mean no rule; those of the settings have been told."""
    told = asked.project.config.selectors()
    rules = ((rule.code, rule.name) for rule in asked.project.book.rules)
    own = tuple(selector for selector in (*asked.config.select, *asked.config.ignore) if selector not in told)
    return unknown_selectors(Config(select=own), rules)


# --- printing --------------------------------------------------------------------------------------------------------


def _print(
    arguments: Namespace,
    asked: Asked,
    checked: Checked,
    problems: Sequence[Problem],
    made: Sequence[Made] | None,
    seconds: float,
) -> None:
    if arguments.format == "json":
        from twice.report import json

        print(json.report(checked, asked.files, problems, seconds, arguments.unsure, made))
        return
    from twice.report import terminal
    from twice.report.lines import width_of, write
    from twice.report.summary import summary

    _print_problems(asked, problems)
    page = terminal.Page(asked.files, width_of(sys.stdout), asked.project.named)
    shown = [*terminal.findings(page, checked.findings)]
    if arguments.unsure:
        shown += terminal.findings(page, checked.held, held=True)
    write((*shown, *summary(checked, len(asked.files), seconds, arguments.unsure)), sys.stdout)


def _print_problems(asked: Asked, problems: Sequence[Problem]) -> None:
    if not problems:
        return
    from twice.report import terminal
    from twice.report.lines import width_of, write

    page = terminal.Page(asked.files, width_of(sys.stderr), asked.project.named)
    write(terminal.problems(page, problems), sys.stderr)
