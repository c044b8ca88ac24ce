"""What every editor is asked to do: a copy of the demo, two findings in it, and a change of its template.

Which words a rule uses stands in the rule, and is read from there.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "docs" / "demo"
FILE = "src/payments.py"
TEMPLATE = "template.yaml"


def prepare(folder: Path) -> Path:
    """Copies the demo into a fresh ``folder/workspace`` and writes what to expect there; returns that JSON file."""
    workspace = folder / "workspace"
    shutil.copytree(DEMO, workspace, ignore=shutil.ignore_patterns("__pycache__"))
    (workspace / ".git").mkdir()  # what editors take for the root of a project
    file = folder / "scenario.json"
    file.write_text(json.dumps(_scenario(workspace), indent=2), encoding="utf-8")
    return file


def _scenario(workspace: Path) -> dict[str, Any]:
    python, template = workspace / FILE, workspace / TEMPLATE
    return {
        "workspace": str(workspace),
        "file": str(python),
        "template": str(template),
        # A payment that a redelivered message repeats; a person allows it.
        "payment": {
            **_finding("DUP101", severity=1),
            **_place(python, "PaymentIntent.create(", "create"),
            "title": "Allow DUP101 here",
            "written": "# twice: allow DUP101 because",
        },
        # A dead letter queue that forgets too early; a quick fix mends it.
        "queue": {
            **_finding("DLQ201", severity=2),
            **_place(template, "  OrdersDeadLetters:", "OrdersDeadLetters"),
            "title": _rule("DLQ201")["fix"]["title"],
            "written": '-orders-dead-letters"\n      MessageRetentionPeriod: 1209600',
        },
        # Fed by an HTTP API instead of a queue, the payment's handler gets no event twice.
        "source": {**_place(template, "          Type: SQS", "SQS"), "instead": "Api"},
    }


def _finding(code: str, severity: int) -> dict[str, Any]:
    rule = _rule(code)
    return {
        "code": code,
        "severity": severity,
        "message": max(re.split(r"\{[^}]*\}", rule["message"]), key=len),
        "reason": " ".join(rule["why"].split()[:6]),
    }


def _rule(code: str) -> dict[str, Any]:
    [file] = (ROOT / "rules").rglob(f"{code}-*.yaml")
    rule: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return rule


def _place(file: Path, text: str, word: str) -> dict[str, Any]:
    """Line and columns, from zero, of a word in the first line that holds this text."""
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next(number for number, one in enumerate(lines) if text in one)
    start = lines[line].index(text) + text.index(word)
    return {"line": line, "start": start, "end": start + len(word), "word": word}
