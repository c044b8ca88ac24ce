"""`twice explain`: the page of a rule, or the proof of what it says about a line."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path

from twice.cli import WrongCall
from twice.cli.opening import Project, open_project
from twice.cli.progress import Waiting
from twice.files import is_root, root_of
from twice.report import explanation, terminal
from twice.report.explanation import Proof
from twice.report.lines import Style, width_of, write
from twice.rules.book import book_of, shipped
from twice.rules.checklist import checklist
from twice.rules.match import is_selected
from twice.rules.model import Rule
from twice.silence import RULES
from twice.text import Text
from twice.verdict import Line, Verdict, verdicts


def run(arguments: Namespace) -> int:
    if arguments.at is None:
        book = book_of(root_of([Path()]), examples=True)
        rule = _named(arguments.rule, (*book.rules, *RULES))
        width = width_of(sys.stdout)
        write(terminal.problems(terminal.Page({}, width), book.problems), sys.stderr)
        items, _ = checklist(shipped())
        write(explanation.page(rule, {item.id: item.belief for item in items}, width), sys.stdout)
        return 0
    file, number = arguments.at
    waiting = Waiting()
    project = open_project(_seen_from_here(file), waiting)
    rule = _named(arguments.rule, (*project.book.rules, *RULES))
    proofs = _proofs(project, rule, project.path_of(file), number - 1, waiting)
    waiting.done()
    page = terminal.Page(project.workspace.files, width_of(sys.stdout), project.named)
    write((one for proof in proofs for one in (*explanation.proof(proof, page), ())), sys.stdout)
    return 0


def _seen_from_here(file: Path) -> list[Path]:
    """The file; where nothing says which project it belongs to, as part of what `twice check` reads in this directory."""
    here = Path.cwd()
    alone = not file.exists() or here not in file.resolve().parents or is_root(root_of([file]))
    return [file] if alone else [file, here]


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
    """The verdicts in words."""
    files = project.workspace.files
    line = Line(files, path, number)
    found = verdicts(files, project.book, project.config, rule, line, waiting)
    title = f"{rule.code} at {project.named(path)}:{number + 1}"
    proofs = [Proof(f"{title}: {_in_words(project, rule, line, one)}", one.answers, _STYLES[one.kind]) for one in found]
    if not is_selected(rule.code, rule.name, project.config.at(path)):
        proofs.append(
            Proof(f"{rule.code} is not selected in the settings of this file: `twice check` does not ask it.")
        )
    return proofs


_STYLES: Mapping[str, Style] = {
    **dict.fromkeys(("found", "failed", "hidden", "nothing"), "strong"),
    "held": "warning",
    "silenced": "quiet",
}


def _in_words(project: Project, rule: Rule, line: Line, verdict: Verdict) -> str:
    where = _where(project, rule, line, verdict)
    if verdict.kind == "found":
        return f"found.{where}"
    if verdict.kind == "held":
        return f"held back, because an answer is UNKNOWN.{where}"
    if verdict.kind == "silenced":
        return f"found, and silenced by a comment or a setting.{where}"
    if verdict.kind == "failed":
        return f"not found, because of `{verdict.because}`.{where}"
    if verdict.kind == "hidden":
        return f"it holds, but {verdict.because or 'another finding'} says the same more sharply.{where}"
    return f"not found. The rule looks for a {rule.find}, and none is known in this file."


def _where(project: Project, rule: Rule, line: Line, verdict: Verdict) -> str:
    place = verdict.place
    if place is None or line.meets([place]):
        return ""
    number = Text(project.workspace.files[place.path]).position(place.start).line + 1
    nearest = verdict.kind in ("failed", "hidden")
    return f" {'The nearest ' + rule.find if nearest else 'It'} is at {project.named(place.path)}:{number}."
