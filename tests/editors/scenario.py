"""What every editor is asked to do: a copy of the demo, one finding in it, and a change of its template.

The finding is the payment of ``docs/demo/src/payments.py``. Its reason stands in its rule; nothing of it is repeated here.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "docs" / "demo"
CODE = "DUP101"
FILE = "src/payments.py"
TEMPLATE = "template.yaml"
CALL = "PaymentIntent.create("
HANDLER = "orders.handler"


def prepare(folder: Path) -> Path:
    """Copies the demo into a fresh ``folder/workspace`` and writes what to expect there; returns that JSON file."""
    workspace = folder / "workspace"
    shutil.copytree(DEMO, workspace, ignore=shutil.ignore_patterns("__pycache__"))
    (workspace / ".git").mkdir()  # what editors take for the root of a project
    file = folder / "scenario.json"
    file.write_text(json.dumps(_scenario(workspace), indent=2), encoding="utf-8")
    return file


def _scenario(workspace: Path) -> dict[str, Any]:
    [rule] = [yaml.safe_load(file.read_text()) for file in (ROOT / "rules").rglob(f"{CODE}-*.yaml")]
    line, start = _place(workspace / FILE, CALL)
    word = CALL.rpartition(".")[2].rstrip("(")
    start += CALL.index(word)
    handler_line, _ = _place(workspace / TEMPLATE, f"Handler: {HANDLER}")
    return {
        "workspace": str(workspace),
        "file": str(workspace / FILE),
        "template": str(workspace / TEMPLATE),
        "finding": {
            "code": CODE,
            "line": line,
            "start": start,
            "end": start + len(word),
            "word": word,
            "severity": 1,
            "message": rule["message"].partition("{")[0],
            "reason": " ".join(rule["why"].split()[:6]),
            "silence": {"title": f"Allow {CODE} here", "written": f"# twice: allow {CODE}"},
        },
        "handler": {"line": handler_line, "text": HANDLER, "instead": "nothing.handler"},
    }


def _place(file: Path, text: str) -> tuple[int, int]:
    """Line and column, from zero, of the only occurrence of a text."""
    [found] = [(number, line.index(text)) for number, line in enumerate(file.read_text().splitlines()) if text in line]
    return found
