"""`twice explain`: the page of a rule, or the proof of what it says about a line."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

from twice.cli import WrongCall
from twice.cli.opening import Project, open_project
from twice.cli.progress import Waiting
from twice.engine import Checked, check, understand
from twice.facts import Fact
from twice.files import root_of
from twice.finding import Answer, Finding
from twice.report import explanation, terminal
from twice.report.explanation import Proof
from twice.report.lines import Style, width_of, write
from twice.rules.book import beliefs, book_of, shipped
from twice.rules.match import is_selected
from twice.rules.model import Rule
from twice.rules.proof import attempt
from twice.silence import RULES
from twice.text import Place, Text
from twice.truth import NO, YES
from twice.world import World


def run(arguments: Namespace) -> int:
    if arguments.at is None:
        book = book_of(root_of([Path()]), examples=True)
        rule = _named(arguments.rule, (*book.rules, *RULES))
        width = width_of(sys.stdout)
        write(terminal.problems(terminal.Page({}, width), book.problems), sys.stderr)
        write(explanation.page(rule, beliefs(shipped()), width), sys.stdout)
        return 0
    file, number = arguments.at
    waiting = Waiting()
    project = open_project([file], waiting)
    rule = _named(arguments.rule, (*project.book.rules, *RULES))
    proofs = _proofs(project, rule, project.path_of(file), number - 1, waiting)
    waiting.done()
    page = terminal.Page(project.workspace.files, width_of(sys.stdout), project.named)
    write((one for proof in proofs for one in (*explanation.proof(proof, page), ())), sys.stdout)
    return 0


def _named(name: str, rules: Iterable[Rule]) -> Rule:
    """The rule of a code or name. Raises WrongCall, which tells what comes near."""
    rules = tuple(rules)
    found = next((rule for rule in rules if name.casefold() in (rule.code.casefold(), rule.name)), None)
    if found is not None:
        return found
    words = [word for rule in rules for word in (rule.code, rule.name)]
    close = get_close_matches(name.upper(), words, n=1) or get_close_matches(name, words, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    raise WrongCall(f"{name!r} is no rule.{meant} `twice rules` lists all.")


# --- what a rule says about a line -----------------------------------------------------------------------------------


def _proofs(project: Project, rule: Rule, path: str, number: int, waiting: Waiting) -> list[Proof]:
    """What was found on the line; when nothing was, why not."""
    files = project.workspace.files
    config = replace(project.config, select=(), ignore=(), confidence="low")
    checked = check(files, project.book, config, progress=waiting)
    at = _Line(files, path, number)
    proofs = [
        Proof(f"{_named_at(rule, project, path, number)}: {verdict}", finding.proof, style)
        for findings, verdict, style in _kinds(checked)
        for finding in findings
        if finding.code == rule.code and at.holds(finding)
    ]
    if not proofs and rule.present:
        proofs = [_nearest(project, rule, at, checked)]
    if not proofs:
        proofs = [Proof(f"{_named_at(rule, project, path, number)}: there is nothing of the kind")]
    if not is_selected(rule.code, rule.name, project.config):
        proofs.append(
            Proof(f"{rule.code} is not selected in the settings of this project: `twice check` does not ask it.")
        )
    return proofs


def _kinds(checked: Checked) -> Iterator[tuple[tuple[Finding, ...], str, Style]]:
    yield checked.findings, "found", "strong"
    yield checked.held, "held back, because an answer is UNKNOWN", "warning"
    yield checked.silenced, "found, and silenced by a comment or a setting", "quiet"


class _Line:
    """A line of a file, counted from 0."""

    def __init__(self, files: dict[str, bytes], path: str, number: int) -> None:
        self.path, self.number = path, number
        self.text = Text(files.get(path, b""))

    def distance(self, place: Place) -> int:
        """Lines between this one and a place of the file."""
        first, last = self.text.position(place.start).line, self.text.position(place.end).line
        return max(first - self.number, self.number - last, 0)

    def holds(self, finding: Finding) -> bool:
        places = (finding.place, *(related.place for related in finding.related))
        return any(place.path == self.path and self.distance(place) == 0 for place in places)


def _nearest(project: Project, rule: Rule, at: _Line, checked: Checked) -> Proof:
    """How far the rule comes with the nearest fact that it could be about."""
    known, _ = understand(project.workspace.files, project.book)
    near = _candidates(known, rule, at)
    title = _named_at(rule, project, at.path, at.number)
    if not near:
        return Proof(f"{title}: not found. The rule looks for a {rule.find}, and none is known in this file.")
    answers = max((attempt(rule, fact, known) for fact in near), key=len)
    where = "" if at.distance(near[0].place) == 0 else f" The nearest {rule.find} is on line {_line(at, near[0])}."
    failed = next((answer for answer in answers if _fails(answer)), None)
    if failed is not None:
        return Proof(f"{title}: not found, because of `{failed.sentence}`.{where}", answers)
    sharper = _hider(rule, project.book.rules, checked)
    because = f"{sharper} says the same more sharply" if sharper else "another finding says the same more sharply"
    return Proof(f"{title}: it holds, but {because}.{where}", answers)


def _candidates(known: World, rule: Rule, at: _Line) -> list[Fact]:
    """The facts at the nearest place that the rule could be about; code that two handlers reach has several."""
    facts = [fact for fact in known.of(rule.find) if fact.place.path == at.path]
    nearest = min((at.distance(fact.place) for fact in facts), default=0)
    return [fact for fact in facts if at.distance(fact.place) == nearest]


def _fails(answer: Answer) -> bool:
    return answer.truth is not NO if answer.part == "without" else answer.truth is not YES


def _hider(rule: Rule, rules: Iterable[Rule], checked: Checked) -> str:
    spoken = {finding.code for finding in (*checked.findings, *checked.silenced)}
    hiding = (
        other.code
        for other in rules
        if rule.code in other.hides | other.hides_in_handler or other.code in rule.yields_to
    )
    return next((code for code in hiding if code in spoken), "")


def _line(at: _Line, fact: Fact) -> int:
    return at.text.position(fact.place.start).line + 1


def _named_at(rule: Rule, project: Project, path: str, number: int) -> str:
    return f"{rule.code} at {project.named(path)}:{number + 1}"
