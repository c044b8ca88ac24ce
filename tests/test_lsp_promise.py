"""Whatever happens in a session: what the editor shows in the end is what a fresh check of the same texts finds."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from lsp_editor import Editor, edit, in_process
from lsp_shop import CODE, REPORTING, TEMPLATE, shop
from twice.config import load
from twice.engine import check
from twice.lsp.diagnostics import reports
from twice.rules.book import book_of
from twice.text import Text

TEXTS = {
    "charge.py": (
        CODE,
        "",
        f"# 😋\u2028\n\n{CODE}",
        CODE.replace("stripe.P", "striped.P"),
        CODE.replace("handler(", "other("),
    ),
    "template.yaml": (TEMPLATE, "", REPORTING, TEMPLATE.replace("charge.handler", "more.other")),
    "more.py": (CODE.replace("def handler", "def other"), "import charge\n"),
}
# A rest lets the check under way come to its end; without one it is overtaken.
happenings = st.sampled_from(["open", "type", "insert", "close", "write", "delete", "save", "rest"])
events = st.lists(st.tuples(happenings, st.sampled_from(sorted(TEXTS)), st.integers(0, 4)), min_size=6, max_size=14)


@settings(max_examples=25, deadline=None)
@given(events=events)
def test_the_editor_shows_what_a_fresh_check_finds(events: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_session(Path(directory).resolve(), events))


async def _session(root: Path, events: list[tuple[str, str, int]]) -> None:
    shop(root, **{"more.py": ""})
    texts: dict[str, str] = {}
    async with in_process() as editor:
        await editor.greet(root)
        for happening, path, number in events:
            if happening == "rest":
                await _rest(editor, root)
            _happen(editor, root, texts, happening, path, TEXTS[path][number % len(TEXTS[path])])
        await _rest(editor, root)
        disk = {path: (root / path).read_bytes() for path in TEXTS if (root / path).is_file()}
        assert _shown(editor, root) == _found(root, disk | {path: text.encode() for path, text in texts.items()})
        for told in editor.server.state.told.values():  # much of it was told before, and kept
            assert told.reports == reports(told.snapshot, editor.server.state.client)


async def _rest(editor: Editor, root: Path) -> None:
    """A request is answered when no check is under way; there is nothing to say about a document that is not open."""
    place = {"textDocument": {"uri": (root / "nothing.py").as_uri()}, "position": {"line": 0, "character": 0}}
    assert await editor.ask("textDocument/hover", place) is None


def _happen(editor: Editor, root: Path, texts: dict[str, str], happening: str, path: str, text: str) -> None:
    file = root / path
    if happening == "open" and path not in texts and file.is_file():
        texts[path] = file.read_bytes().decode()
        editor.open(file, texts[path], "python" if path.endswith(".py") else "yaml")
    elif happening == "type" and path in texts:
        texts[path] = text
        editor.change(file.as_uri(), text)
    elif happening == "insert" and path in texts:
        texts[path] = "# new\n" + texts[path]
        editor.change(file.as_uri(), edit(0, 0, 0, 0, "# new\n"))
    elif happening == "close" and path in texts:
        del texts[path]
        editor.close_document(file.as_uri())
    elif happening == "save" and path in texts:
        file.write_bytes(texts[path].encode())
        editor.save(file.as_uri())
    elif happening == "write":
        kind = 2 if file.is_file() else 1
        file.write_bytes(text.encode())
        editor.touched(file, kind=kind)
    elif happening == "delete" and file.is_file():
        file.unlink()
        editor.touched(file, kind=3)


Shown = dict[str, list[tuple[str, int, int]]]


def _shown(editor: Editor, root: Path) -> Shown:
    """What was published last for each file: code, line and column."""
    last = {
        one["params"]["uri"]: one["params"]["diagnostics"]
        for one in editor.heard
        if one["method"] == "textDocument/publishDiagnostics"
    }
    shown = {
        uri.removeprefix(f"{root.as_uri()}/"): [
            (one["code"], one["range"]["start"]["line"], one["range"]["start"]["character"]) for one in found
        ]
        for uri, found in last.items()
    }
    return {path: sorted(found) for path, found in shown.items() if found}


def _found(root: Path, files: dict[str, bytes]) -> Shown:
    found: Shown = {}
    for one in check(files, book_of(root), load(root)[0]).findings:
        position = Text(files[one.place.path]).position(one.place.start, "utf-16")
        found.setdefault(one.place.path, []).append((one.code, position.line, position.column))
    return {path: sorted(places) for path, places in found.items()}
