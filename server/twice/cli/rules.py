"""`twice rules`: all rules of this installation and of the project around the current directory."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path

from twice import config as settings
from twice.files import root_of
from twice.report.lines import Line, Span, line, width_of, write
from twice.rules.book import book_of
from twice.rules.match import is_selected
from twice.rules.model import Rule
from twice.silence import RULES

WRONG = 2


def run(arguments: Namespace) -> int:
    root = root_of([Path()])
    config, mistakes = settings.load(root)
    book = book_of(root)
    rules = (*book.rules, *RULES)
    if arguments.format == "json":
        print(json.dumps([_as_data(rule, is_selected(rule.code, rule.name, config)) for rule in rules], indent=2))
    else:
        write((_row(rule, is_selected(rule.code, rule.name, config)) for rule in rules), sys.stdout)
    problems = (*mistakes, *book.problems)
    if problems:
        from twice.report import terminal

        write(terminal.problems(terminal.Page({}, width_of(sys.stderr)), problems), sys.stderr)
    return WRONG if problems else 0


def _row(rule: Rule, selected: bool) -> Line:
    state = "" if selected else "  (not selected here)"
    confidence = "" if rule.confidence == "high" else f", {rule.confidence} confidence"
    return line(Span(rule.code, "strong"), f"  {rule.severity:<11}  {rule.name}", Span(f"{confidence}{state}", "quiet"))


def _as_data(rule: Rule, selected: bool) -> dict[str, object]:
    return {
        "code": rule.code,
        "name": rule.name,
        "items": list(rule.items),
        "severity": rule.severity,
        "confidence": rule.confidence,
        "message": rule.message,
        "why": rule.why,
        "instead": rule.instead,
        "fixes": [{"title": fix.title, "safety": fix.safety} for fix in rule.fixes],
        "see": list(rule.see),
        "selected": selected,
    }
