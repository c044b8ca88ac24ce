"""Every extractor by its own fixtures: ``tests/facts/*.md``, prose with files and markers for the facts they hold.

The text before the first ``##`` names the facts that are compared, with all their forms: ``facts: handler, subscription``.
Each ``##`` is a case: its fenced blocks are files, named behind the language, beside those above the first case.

    pytest tests/test_facts.py -k NAME              check one fixture
    pytest tests/test_facts.py -k NAME --rewrite    accept what was found
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from fact_words import says, with_forms
from markers import clean, differences, rewritten, seen_facts
from twice.engine import understand
from twice.facts import NOUNS
from twice.rules.book import open_book

ROOT = Path(__file__).parent.parent
BOOK = open_book([ROOT / "rules"])

_FENCE = re.compile(r"^```(?P<language>\w+) (?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADER = re.compile(r"^facts: (?P<nouns>.+)$", re.MULTILINE)
_CASE = re.compile(r"^## ", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One case of a fixture: the nouns that are compared, its own files, and those it shares with the other cases."""

    fixture: Path
    title: str
    nouns: tuple[str, ...]
    files: dict[str, str]
    shared: dict[str, str]


def _cases(fixture: Path) -> list[Case]:
    head, *parts = _CASE.split(fixture.read_text("utf-8"))
    header = _HEADER.search(head)
    nouns = re.split(r",\s*", header["nouns"]) if header is not None else []
    shared = _files(head)
    return [Case(fixture, part.partition("\n")[0], tuple(nouns), _files(part), shared) for part in parts or [head]]


def _files(text: str) -> dict[str, str]:
    return {found["path"]: found["text"] for found in _FENCE.finditer(text)}


FIXTURES = sorted((ROOT / "tests" / "facts").glob("*.md"))
CASES = [case for fixture in FIXTURES for case in _cases(fixture)]


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.stem)
def test_a_fixture_says_which_facts_it_is_about(fixture: Path) -> None:
    cases = _cases(fixture)
    assert all(case.nouns and set(case.nouns) <= set(NOUNS) for case in cases), "write: facts: handler, queue"
    assert all(case.files or case.shared for case in cases), "a case needs a fenced file: ```python app.py"
    assert all(any(clean(case.files | case.shared)) for case in cases)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.fixture.stem}: {case.title}")
def test_the_facts_are_those_that_are_marked(case: Case, rewrite: bool) -> None:
    files = case.shared | case.files
    texts, _ = clean(files)
    known, linked = understand(texts, BOOK)
    assert linked.problems == ()
    labels = with_forms(list(case.nouns))
    found = seen_facts(known.facts, texts, partial(says, known))
    if rewrite:
        _rewrite(case, rewritten(files, found, labels))
        return
    wrong = differences(files, found, labels)
    assert not wrong, f"{case.fixture.name}, {case.title}:\n{wrong}"


def _rewrite(case: Case, after: dict[str, str]) -> None:
    text = case.fixture.read_text("utf-8")
    for path, old in (case.shared | case.files).items():
        start = 0 if path not in case.files else text.index(f"## {case.title}\n")
        head, rest = text[:start], text[start:]
        text = head + rest.replace(f" {path}\n{old}```", f" {path}\n{after[path]}```", 1)
    case.fixture.write_text(text, "utf-8")
