"""Findings for programs: one JSON object, described in docs/json.md and docs/check.schema.json."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from twice.engine import Checked
from twice.finding import SEVERITIES, Finding, HandlerSeen, Problem
from twice.fixes import Made
from twice.text import Place, Text

VERSION = 1


def report(
    checked: Checked,
    files: Mapping[str, bytes],
    problems: Iterable[Problem],
    seconds: float,
    unsure: bool = False,
    fixed: Iterable[Made] | None = None,
) -> str:
    """The object as text, in ASCII: it survives every terminal and pipe. ``fixed`` is what was changed, if that was asked."""
    texts = _Texts(files)
    found: dict[str, Any] = {
        "version": VERSION,
        "findings": [_finding(texts, finding) for finding in checked.findings],
        "handlers": [_handler(texts, handler) for handler in checked.handlers],
        "problems": [_problem(texts, problem) for problem in problems],
        "summary": _summary(checked, len(files), seconds),
    }
    if unsure:
        found["unsure"] = [_finding(texts, finding) for finding in checked.held]
    if fixed is not None:
        found["fixed"] = [_made(one) for one in fixed]
    return json.dumps(found, indent=2)


class _Texts:
    """Lines and columns of places, counted from 1, in characters."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.known: dict[str, Text] = {}

    def at(self, path: str, offset: int) -> tuple[int, int]:
        text = self.known.get(path)
        if text is None:
            text = self.known[path] = Text(self.files.get(path, b""))
        position = text.position(offset)
        return position.line + 1, position.column + 1

    def start(self, place: Place) -> dict[str, Any]:
        line, column = self.at(place.path, place.start)
        return {"path": place.path, "line": line, "column": column}

    def whole(self, place: Place) -> dict[str, Any]:
        line, column = self.at(place.path, place.end)
        return {**self.start(place), "end_line": line, "end_column": column}


def _finding(texts: _Texts, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "items": list(finding.items),
        "severity": finding.severity,
        "confidence": finding.confidence,
        **texts.whole(finding.place),
        "message": finding.message,
        "handler": finding.handler,
        "related": [{**texts.start(related.place), "message": related.message} for related in finding.related],
        "fixes": [{"title": fix.title, "safety": fix.safety} for fix in finding.fixes],
    }


def _made(made: Made) -> dict[str, Any]:
    finding = made.finding
    return {"code": finding.code, "path": finding.place.path, "line": made.line, "title": made.fix.title}


def _handler(texts: _Texts, handler: HandlerSeen) -> dict[str, Any]:
    place = texts.start(handler.place)
    return {
        "path": place["path"],
        "line": place["line"],
        "name": handler.name,
        "kind": handler.kind,
        "trigger": handler.trigger,
    }


def _problem(texts: _Texts, problem: Problem) -> dict[str, Any]:
    """``line`` is missing when the text of the file is not at hand: the message tells it then."""
    place = problem.place
    where: dict[str, Any] = {"path": None, "line": None}
    if place is not None:
        where["path"] = place.path
        if place.path in texts.files:
            where["line"] = texts.start(place)["line"]
    return {"kind": problem.kind, **where, "message": problem.message, "expected": problem.expected}


def _summary(checked: Checked, files: int, seconds: float) -> dict[str, Any]:
    counts = Counter(finding.severity for finding in checked.findings)
    return {
        **{severity: counts[severity] for severity in SEVERITIES},
        "handlers": len(checked.handlers),
        "files": files,
        "silenced": len(checked.silenced),
        "held": len(checked.held),
        "broken": list(checked.broken),
        "seconds": round(seconds, 3),
    }
