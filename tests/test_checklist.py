"""The checklist: 52 beliefs, each with what is true instead, a question, and rules or a reason why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from twice.pages import pages
from twice.rules.book import open_book
from twice.rules.checklist import TRANSPORTS, Item, checklist, item
from twice.rules.load import compile_rules
from twice.rules.reading import RuleError
from twice.rules.schema import checklist_schema

ROOT = Path(__file__).parent.parent
ITEMS, PROBLEMS = checklist(ROOT / "rules")
BOOK = open_book([ROOT / "rules"])
COUNTS = {"ORD": 5, "DUP": 4, "IDM": 6, "LOD": 8, "PRO": 8, "CON": 4, "DLQ": 5, "REC": 8, "ARC": 4}

each_item = pytest.mark.parametrize("one", ITEMS, ids=lambda one: one.id)


def test_there_are_52_and_no_complaint() -> None:
    assert PROBLEMS == ()
    assert [one.id for one in ITEMS] == [f"{word}-{n}" for word, count in COUNTS.items() for n in range(1, count + 1)]


@each_item
def test_a_rule_is_about_it_or_it_is_said_why_none_is(one: Item) -> None:
    codes = [rule.code for rule in BOOK.rules if one.id in rule.items]
    assert bool(codes) != bool(one.no_rule), f"{one.id}: {codes or 'say in no_rule why no rule is about it'}"


@each_item
def test_it_tells_what_is_true_instead(one: Item) -> None:
    sentences = one.reality.count(". ") + one.reality.count("? ") + 1
    assert 2 <= sentences <= 6 and one.reality.endswith((".", "?")) and one.question["all"].endswith(("?", "."))


@each_item
def test_it_has_a_question_and_an_evidence(one: Item) -> None:
    assert one.question and one.evidence, f"{one.id}: what in a repository shows that somebody has thought of it?"
    assert bool(one.applies) == bool(one.otherwise)


def test_no_code_is_given_to_two_rules() -> None:
    codes = [rule.code for rule in BOOK.rules]
    assert len(codes) == len(set(codes)) and all(rule.items[0][:3] == rule.code[:3] for rule in BOOK.rules)


def test_the_compiled_checklist_is_the_same(tmp_path: Path) -> None:
    compile_rules(ROOT / "rules", tmp_path / "rules.json")
    assert checklist(tmp_path / "rules.json") == (ITEMS, ())


def test_the_schema_is_the_one_of_the_loader() -> None:
    text = (ROOT / "rules" / "checklist.schema.json").read_text("utf-8")
    assert text == checklist_schema(), "run: make generated"
    jsonschema.validate(yaml.safe_load((ROOT / "rules" / "checklist.yaml").read_bytes()), yaml.safe_load(text))


def test_every_kind_of_event_has_a_transport_that_can_be_asked() -> None:
    layouts = BOOK.libraries.layouts
    said = {kind: layout.transport for kind, layout in layouts.items() if layout.transport}
    assert {"sqs", "celery", "kafka", "sns", "rabbitmq"} <= set(said)
    assert set(said.values()) <= set(TRANSPORTS)


ENTRY = {"id": "DUP-1", "belief": "x", "reality": "y", "shows": "part", "question": {"all": "z?"}}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"evidense": []}, "'evidense' is not a key here"),
        ({"shows": "maybe"}, "'maybe' is not a shows"),
        ({"every": "guards"}, "'guards' is not a noun"),
        ({"evidence": ["guard precedes effect"]}, "nothing ties it to a handler"),
        ({"evidence": ["handler contains gard"]}, "'gard' is not a noun"),
        ({"question": {"queue": "z?"}}, "'question' asks nobody"),
        ({"question": {"all": "z?", "pigeon": "z?"}}, "'pigeon' is no transport or asks nothing"),
        ({"id": "DUP1"}, "'DUP1' is not a id"),
    ],
)
def test_a_slip_is_told(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RuleError) as found:
        item({**ENTRY, **change})
    assert found.value.complaint == complaint and found.value.expected


def test_a_slip_in_the_file_is_told_with_its_line_and_costs_only_its_item(tmp_path: Path) -> None:
    entries = [ENTRY, {**ENTRY, "id": "DUP-2", "shows": "maybe"}]
    (tmp_path / "checklist.yaml").write_text(yaml.safe_dump(entries, sort_keys=False))
    items, [problem] = checklist(tmp_path)
    assert [one.id for one in items] == ["DUP-1"]
    assert problem.message == "rules/checklist.yaml:10: 'maybe' is not a shows"


def test_the_pages_are_those_of_the_rules() -> None:
    made = pages(open_book([ROOT / "rules"], examples=True).rules, ITEMS)
    kept = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert kept | {"checklist.md"} == set(made), "run: make generated"
    stale = [path for path, text in made.items() if (ROOT / "docs" / path).read_text("utf-8") != text]
    assert stale == [], "run: make generated"
