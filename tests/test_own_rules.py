"""A team's own rules and library files: read like ours, and a mistake in one costs nothing but itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from twice.finding import Problem
from twice.libraries import Libraries
from twice.rules.book import open_book
from twice.rules.model import Rulebook

GOOD = "library: acme\ncalls:\n  acme.send: {is: publish}\n"


def test_libraries_beside_the_rules_of_a_workspace_are_read(tmp_path: Path) -> None:
    assert "acme.send" in libraries_of(own(tmp_path, "acme.yaml", GOOD)).calls


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("library: acme\ncalz: {}\n", 2, "'calz' is not a section"),
        ("library: acme\ncalls:\n  - acme.send\n", 1, "cannot be understood"),
        ("library: acme\nnames: {event.id: '('}\n", 1, "cannot be understood"),
        ("library: acme\ncalls: [\n", 3, "cannot be read"),
        ("- acme\n", 1, "is not a mapping"),
    ],
)
def test_a_bad_library_file_is_a_problem_at_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    book = own(tmp_path, "bad.yaml", text, "good.yaml", GOOD)
    (problem,) = book.problems
    assert words in problem.message
    assert where(problem, text) == (".twice/libraries/bad.yaml", line)
    assert "acme.send" in libraries_of(book).calls


def own(root: Path, *files: str) -> Rulebook:
    folder = root / ".twice" / "libraries"
    folder.mkdir(parents=True)
    for name, text in zip(files[::2], files[1::2], strict=True):
        (folder / name).write_text(text)
    return open_book([root / ".twice" / "rules"])


def libraries_of(book: Rulebook) -> Libraries:
    return book.libraries


def where(problem: Problem, text: str) -> tuple[str, int]:
    assert problem.place is not None
    return problem.place.path, text.encode()[: problem.place.start].count(b"\n") + 1
