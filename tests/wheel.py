"""Checks the demo with an installed wheel and with this checkout, and compares: `make wheel`. Not part of the quick tests."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "docs" / "demo"


def main() -> int:
    installed, checkout = sys.argv[1], sys.executable
    with tempfile.TemporaryDirectory() as elsewhere:  # so that nothing of the checkout is on the path
        wheel, here = (_answer(python, Path(elsewhere)) for python in (installed, checkout))
        page = _twice(installed, Path(elsewhere), "explain", "DUP101")
        import_of_yaml = "import sys; from twice.rules.book import book_of; book_of(__import__('pathlib').Path('.'))"
        loaded = _run([installed, "-c", f"{import_of_yaml}; print('yaml' in sys.modules)"], Path(elsewhere))
    complaints = [
        complaint
        for complaint, wrong in {
            "the wheel finds something else than the checkout": wheel["findings"] != here["findings"],
            "the wheel finds nothing": not wheel["findings"],
            "the wheel has a problem": wheel["problems"],
            "the page of DUP101 has no example": "Example" not in page.stdout,
            "the wheel reads YAML to know its rules": loaded.stdout.strip() != "False",
        }.items()
        if wrong
    ]
    for complaint in complaints:
        print(f"wheel: {complaint}", file=sys.stderr)
    if not complaints:
        print(f"The wheel finds the same {len(wheel['findings'])} mistakes in the demo as the checkout.")
    return 1 if complaints else 0


def _answer(python: str, folder: Path) -> Any:
    return json.loads(_twice(python, folder, "check", "--format", "json", str(DEMO)).stdout)


def _twice(python: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run([python, "-m", "twice", *arguments], folder)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command[0] = str(Path(command[0]).absolute())
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
