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
    ("text", "line", "words", "expected"),
    [
        ("library: acme\ncalz: {}\n", 2, "'calz' is not a key here", "did you mean 'calls'?"),
        ("library: acme\ncalls:\n  - acme.get\n", 2, "'calls' is a list", "expected a mapping"),
        ("library: acme\ncalls:\n  acme.get: publish\n", 3, "is the text 'publish'", "as in {is: publish}"),
        ("library: acme\ncalls:\n  acme.get: {iz: publish}\n", 3, "'iz' is not a key here", "expected one of is, "),
        ("library: acme\ncalls:\n  acme.get: {is: publsh}\n", 3, "'publsh' is neither a noun nor a role", "'publish'?"),
        (
            "library: acme\ncalls:\n  acme.get:\n    is: publish\n    dealy: $at\n",
            5,
            "'dealy'",
            "did you mean 'delay'?",
        ),
        ("library: acme\ncalls:\n  acme.get: {runs: $f, how: soon}\n", 3, "'soon' is no word of 'how'", "now, aside"),
        ("library: acme\nhandlers:\n  - {decorator: acme.task}\n", 3, "'kind' is missing", "events"),
        ("library: acme\nhandlers:\n  - kind: acme\n    decoratr: acme.task\n", 4, "'decoratr'", "'decorator'?"),
        ("library: acme\nhandlers:\n  - {kind: acme, fields: {x: 1}}\n", 3, "'x' is not a key here", "at_least_once"),
        ("library: acme\nhandlers:\n  - {kind: acme, settles: later}\n", 3, "no word of 'settles'", "return, ack"),
        ("library: acme\nevents:\n  acme: {evident: maybe}\n", 3, "'evident' is the text 'maybe'", "true or false"),
        ("library: acme\nnames: {event.id: '('}\n", 2, "is no pattern", "a regular expression"),
        (
            "library: acme\ncalls:\n  acme.send: {is: publish, delay: {mentioned: ['(?i)x'], then: 1s, else: unknown}}\n",
            3,
            "is no pattern",
            "(?i:...)",
        ),
        ("library: acme\ncalls: [\n", 3, "cannot be read", "a YAML mapping"),
        ("- acme\n", 1, "is not a mapping", "README"),
    ],
)
def test_a_bad_entry_of_a_library_file_is_a_problem_at_its_line(
    tmp_path: Path, text: str, line: int, words: str, expected: str
) -> None:
    book = own(tmp_path, "bad.yaml", text, "good.yaml", GOOD)
    (problem,) = book.problems
    assert words in problem.message
    assert expected in problem.expected
    assert where(problem, text) == (".twice/libraries/bad.yaml", line)
    assert "acme.send" in libraries_of(book).calls


def test_a_bad_entry_costs_nothing_but_itself(tmp_path: Path) -> None:
    text = (
        GOOD + "  acme.get: {iz: publish}\nhandlers:\n  - {kind: acme, decorator: acme.task}\n  - {kind: acme, x: 1}\n"
    )
    book = own(tmp_path, "acme.yaml", text)
    assert len(book.problems) == 2
    assert set(libraries_of(book).calls) == {"acme.send"}
    assert [spec.decorator for spec in libraries_of(book).handlers] == ["acme.task"]


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
