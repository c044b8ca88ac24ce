"""The table of docs/lsp.md: its column about Twice follows what the server can do.

``python -m twice.lsp.conformance docs/lsp.md`` writes that column anew; what stands in the other columns is written by people.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types

from twice.lsp import server

# A row: the method, our column, and the rest, which begins with the columns of other servers and ends with a note.
ROW = re.compile(r"^\| `(?P<method>[$\w/]+)` \| (?P<ours>\S*) \|(?P<others>.*) \| ?(?P<note>[^|]*)\|$")

# What pygls says and hears by itself, and what hides behind helpers of it.
_BY_ITSELF = frozenset({types.CANCEL_REQUEST, types.PROGRESS, types.WINDOW_WORK_DONE_PROGRESS_CREATE})
# pygls knows notebooks, and only a server that says so is told of them.
_NOTEBOOKS = "notebookDocument/"


def supported() -> frozenset[str]:
    """The methods that the server answers, and those that it sends."""
    features = server.everything().protocol.fm
    heard = {*features.features, *features.builtin_features}
    return frozenset(
        method
        for method in types.METHOD_TO_TYPES
        if method in _BY_ITSELF
        or (method in heard and not method.startswith(_NOTEBOOKS))
        or (types.message_direction(method) == "serverToClient" and _is_sent(method))
    )


def rewritten(lines: Iterable[str]) -> list[str]:
    """The lines of the page with our column as it has to be; the note of a row that changes is about what was, and goes."""
    known, found = supported(), []
    for line in lines:
        row = ROW.match(line)
        if row is not None:
            ours = "yes" if row["method"] in known else "no"
            note = row["note"] if row["ours"] == ours else ""
            line = f"| `{row['method']}` | {ours} |{row['others']} | {note}|"
        found.append(line)
    return found


def _is_sent(method: str) -> bool:
    """Does a module of the server call what pygls has for this message?"""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method.removeprefix("$/")).replace("/", "_").lower()
    call = re.compile(rf"\.{name}(?:_async)?\(")
    return any(call.search(file.read_text(encoding="utf-8")) for file in Path(__file__).parent.glob("*.py"))


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text("\n".join(rewritten(page.read_text(encoding="utf-8").split("\n"))), encoding="utf-8")
