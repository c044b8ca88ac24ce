"""The configurations of docs/EDITORS.md, as the page has them: what a reader copies is what is driven here."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "EDITORS.md"
_BLOCK = re.compile(r"^<!-- driven: (?P<name>[\w.-]+) -->\n+```\w*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> dict[str, str]:
    """The blocks of the page below a line ``<!-- driven: NAME -->``, by name."""
    return {found["name"]: found["text"] for found in _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}


def block(name: str) -> str:
    """One block. Raises LookupError when the page has none of this name."""
    try:
        return blocks()[name]
    except KeyError:
        raise LookupError(f"docs/EDITORS.md has no block below '<!-- driven: {name} -->'") from None
