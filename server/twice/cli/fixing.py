"""`twice check --fix` and `--diff`: makes fixes until nothing changes, and writes or shows the result."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import unified_diff

from msgspec import Struct

from twice.cli.check import Asked, within
from twice.engine import Checked, Memory, check
from twice.finding import Finding, Fix, Problem
from twice.fixes import Made, apply, compatible
from twice.report.lines import Line, Span, Style, line, write
from twice.text import Place, Text

# A rule and a file.
_Kind = tuple[str, str]

# One fix may make room for the next; fixes that undo each other must not go on for ever.
_ROUNDS = 5


class Fixed(Struct, frozen=True):
    """The files after all fixes, what is still found in them, and what was done."""

    files: Mapping[str, bytes]
    checked: Checked
    made: tuple[Made, ...]


def fixed(asked: Asked, checked: Checked, memory: Memory, unsafe: bool) -> Fixed:
    """The files with all fixes made that can be made together, round after round."""
    files, made, idle = dict(asked.files), list[Made](), set[_Kind]()
    for _ in range(_ROUNDS):
        chosen = [one for one in _chosen(checked, unsafe) if _kind(one[0]) not in idle]
        changed = {path: data for path, data in _applied(files, chosen) if data != files[path]}
        after = check(files | changed, asked.project.book, asked.config, memory)
        spoiled = set(after.broken) - set(checked.broken)
        if not changed or spoiled & set(changed):
            break
        made += [Made(finding, fix, _line(files, finding.place)) for finding, fix in chosen]
        files |= changed
        again = within(after, asked.below)
        idle |= _no_fewer(checked, again) & {_kind(finding) for finding, _ in chosen}
        checked = again
    return Fixed(files, checked, tuple(made))


def save(asked: Asked, done: Fixed) -> list[Problem]:
    """Write the changed files, and say what was done. A file that changed meanwhile, or cannot be written, is told."""
    problems = []
    for path, data in done.files.items():
        file = asked.project.root / path
        try:
            if data == asked.files[path]:
                continue
            if file.read_bytes() != asked.files[path]:
                problems.append(Problem(f"{path}: is not written: it was changed meanwhile", None, "run --fix again"))
                continue
            file.write_bytes(data)
        except OSError as error:
            problems.append(Problem(f"{path}: cannot be written: {error.strerror}", None, "check its permissions"))
    write((_told(asked, one, "fixed") for one in done.made), sys.stderr)
    return problems


def show(asked: Asked, done: Fixed) -> bool:
    """Print the changes as a unified diff, and say whether there are any."""
    changed = [path for path, data in done.files.items() if data != asked.files[path]]
    write((one for path in changed for one in _difference(path, asked.files[path], done.files[path])), sys.stdout)
    write((_told(asked, one, "would fix") for one in done.made), sys.stderr)
    return bool(changed)


# --- choosing --------------------------------------------------------------------------------------------------------


def _chosen(checked: Checked, unsafe: bool) -> list[tuple[Finding, Fix]]:
    """One fix for each finding that has one: a safe one first. Those that touch the bytes of another one wait."""
    wanted = {}
    for finding in checked.findings:
        fixes = sorted(finding.fixes, key=lambda fix: fix.safety != "safe")
        if fixes and (unsafe or fixes[0].safety == "safe"):
            wanted[fixes[0]] = finding
    return [(wanted[fix], fix) for fix in compatible(wanted)]


def _no_fewer(before: Checked, after: Checked) -> set[_Kind]:
    """What is found as often as before: a fix that did not help is not made again."""
    found, again = (Counter(map(_kind, checked.findings)) for checked in (before, after))
    return {kind for kind in again if again[kind] >= found[kind]}


def _kind(finding: Finding) -> _Kind:
    return finding.code, finding.place.path


def _applied(files: Mapping[str, bytes], chosen: list[tuple[Finding, Fix]]) -> Iterator[tuple[str, bytes]]:
    edits = [edit for _, fix in chosen for edit in fix.edits]
    for path in dict.fromkeys(edit.place.path for edit in edits):
        yield path, apply(files[path], [edit for edit in edits if edit.place.path == path])


def _line(files: Mapping[str, bytes], place: Place) -> int:
    return Text(files[place.path]).position(place.start).line + 1


# --- telling ---------------------------------------------------------------------------------------------------------


def _told(asked: Asked, made: Made, word: str) -> Line:
    where = f"{asked.project.named(made.finding.place.path)}:{made.line}"
    return line(Span(f"{word} ", "good"), Span(where, "path"), f" {made.finding.code}: {made.fix.title}")


def _difference(path: str, before: bytes, after: bytes) -> Iterator[Line]:
    old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    for row in unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm=""):
        style: Style = (
            "good"
            if row.startswith("+")
            else "error"
            if row.startswith("-")
            else "quiet"
            if row.startswith("@")
            else ""
        )
        yield line(Span(row, style))
