"""Every rule by its own examples: what is bad is found at its markers, what is good is not, and every sentence is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from markers import clean, differences, replaced, rewritten, seen
from msgspec.structs import replace
from twice import fixes, vocabulary
from twice.engine import understand
from twice.finding import Finding
from twice.rules.book import open_book
from twice.rules.load import compile_rules, load_rules
from twice.rules.match import match
from twice.rules.model import Example, Rule
from twice.rules.schema import schema
from twice.text import Place
from twice.world import World

ROOT = Path(__file__).parent.parent
CATEGORIES = {
    "ORD": "ordering",
    "DUP": "duplication",
    "IDM": "idempotency",
    "LOD": "load",
    "PRO": "producer",
    "CON": "consumer",
    "DLQ": "dead-letter",
    "REC": "recovery",
    "ARC": "architecture",
}

BOOK = open_book([ROOT / "rules"], examples=True)
ERRORS = frozenset(rule.code for rule in BOOK.rules if rule.severity == "error" and rule.wave == 1)

each_rule = pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.code)
each_example = pytest.mark.parametrize(
    ("rule", "number"),
    [
        pytest.param(rule, number, id=f"{rule.code}-{example.kind}-{number + 1}")
        for rule in BOOK.rules
        for number, example in enumerate(rule.examples)
    ],
)


def test_there_are_rules_and_all_can_be_read() -> None:
    assert BOOK.rules
    assert BOOK.problems == ()


# --- the files -------------------------------------------------------------------------------------------------------


@each_rule
def test_a_rule_stands_where_its_code_says(rule: Rule) -> None:
    assert rule.path == f"rules/{CATEGORIES[rule.code[:3]]}/{rule.code}-{rule.name}.yaml"
    assert rule.items[0] == f"{rule.code[:3]}-{rule.code[3]}"


@each_rule
def test_a_rule_names_beliefs_of_the_checklist(rule: Rule) -> None:
    assert set(rule.items) <= {entry["id"] for entry in _checklist()}


@each_rule
def test_a_rule_has_a_bad_and_a_good_example(rule: Rule) -> None:
    assert {example.kind for example in rule.examples} == {"bad", "good"}


@each_rule
def test_a_message_fits_on_a_line(rule: Rule) -> None:
    assert len(rule.message) <= 140


def test_no_two_rules_hide_each_other() -> None:
    hides = {(rule.code, other) for rule in BOOK.rules for other in rule.hides | rule.hides_in_handler}
    hides |= {(other, rule.code) for rule in BOOK.rules for other in rule.yields_to}
    assert [pair for pair in sorted(hides) if pair[::-1] in hides] == []


def test_the_checklist_holds_52_beliefs_with_a_question_each() -> None:
    entries = _checklist()
    assert len({entry["id"] for entry in entries}) == len(entries) == 52
    assert {entry["id"][:3] for entry in entries} == set(CATEGORIES)
    assert all(entry["belief"] and entry["question"]["all"] for entry in entries)


def test_the_schema_is_the_one_of_the_loader() -> None:
    assert (ROOT / "rules" / "rule.schema.json").read_text("utf-8") == schema(), "run: make generated"


def test_the_vocabulary_page_is_the_one_of_the_docstrings() -> None:
    assert (ROOT / "docs" / "VOCABULARY.md").read_text("utf-8") == vocabulary.page(), "run: make generated"


def test_compiled_rules_are_the_same_rules(tmp_path: Path) -> None:
    compile_rules(ROOT / "rules", tmp_path / "rules.json")
    book = load_rules([tmp_path / "rules.json"])
    assert book.problems == ()
    assert book.rules == load_rules([ROOT / "rules"]).rules
    assert open_book([tmp_path / "rules.json"]).libraries == open_book([ROOT / "rules"]).libraries


def test_compiled_rules_keep_the_examples_that_people_are_shown(tmp_path: Path) -> None:
    compile_rules(ROOT / "rules", tmp_path / "rules.json")
    compiled = load_rules([tmp_path / "rules.json"], examples=True).rules
    assert [_first_ones(rule) for rule in compiled] == [_first_ones(rule) for rule in BOOK.rules]
    assert all(len(rule.examples) == len(_first_ones(rule)) for rule in compiled)


def _first_ones(rule: Rule) -> dict[str, Example]:
    """The first example of each kind."""
    return {example.kind: example for example in reversed(rule.examples)}


# --- the examples ----------------------------------------------------------------------------------------------------


@each_example
def test_an_example_shows_what_it_says(rule: Rule, number: int, rewrite: bool) -> None:
    example = rule.examples[number]
    files = dict(example.files)
    texts, markers = clean(files)
    findings, _ = match(BOOK.rules, _understood(example))
    labels = {rule.code} if example.kind == "bad" else {rule.code} | ERRORS
    found = seen(findings, texts)
    if rewrite:
        file = ROOT / rule.path
        file.write_text(replaced(file.read_text("utf-8"), files, rewritten(files, found, labels)), "utf-8")
        return
    assert bool([marker for marker in markers if not marker.todo]) == (example.kind == "bad")
    wrong = differences(files, found, labels)
    assert not wrong, f"{rule.path}, example {number + 1} ({example.kind}):\n{wrong}"


@each_example
def test_a_fix_makes_what_the_example_says(rule: Rule, number: int, rewrite: bool) -> None:
    example = rule.examples[number]
    if example.kind == "good" or not example.fixed:
        return
    texts, _ = clean(dict(example.files))
    fixed = _fixed(texts, [one for one in match([rule], _understood(example))[0] if one.fixes])
    wanted, _ = clean(dict(example.fixed))
    if rewrite:
        file = ROOT / rule.path
        made = {path: fixed[path].decode() for path in wanted}
        file.write_text(replaced(file.read_text("utf-8"), dict(example.fixed), made), "utf-8")
        return
    assert {path: fixed[path].decode() for path in wanted} == {path: data.decode() for path, data in wanted.items()}
    assert match([rule], understand(fixed, BOOK)[0])[0] == ()


@each_rule
def test_a_rule_with_a_fix_shows_what_it_makes(rule: Rule) -> None:
    assert bool(rule.fixes) == any(example.fixed for example in rule.examples)


@each_rule
def test_every_sentence_is_needed(rule: Rule) -> None:
    worlds = [_understood(example) for example in rule.examples]
    whole = [_places(match([rule], one)[0]) for one in worlds]
    idle = [
        dropped
        for dropped, variant in _without_one(rule)
        if all(_places(match([variant], one)[0]) == places for one, places in zip(worlds, whole, strict=True))
    ]
    assert idle == [], f"{rule.path}: no example fails without these"


def _without_one(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """The rule with one sentence dropped, for each sentence, and the sentence."""
    for index, sentence in enumerate(rule.present):
        yield sentence.text, replace(rule, present=(*rule.present[:index], *rule.present[index + 1 :]))
    for index, situation in enumerate(rule.absent):
        before, after = rule.absent[:index], rule.absent[index + 1 :]
        for at, sentence in enumerate(situation):
            rest = (*situation[:at], *situation[at + 1 :])
            yield f"without {sentence.text}", replace(rule, absent=(*before, *((rest,) if rest else ()), *after))


@cache
def _understood(example: Example) -> World:
    texts, _ = clean(dict(example.files))
    return understand(texts, BOOK)[0]


def _places(findings: tuple[Finding, ...]) -> list[Place]:
    """Where the markers would have to stand."""
    return [finding.place for finding in findings]


def _fixed(texts: Mapping[str, bytes], findings: list[Finding]) -> dict[str, bytes]:
    """The files after the first fix of each finding."""
    assert findings, "no finding has a fix"
    chosen = fixes.compatible(finding.fixes[0] for finding in findings)
    edits = [edit for fix in chosen for edit in fix.edits]
    return {
        path: fixes.apply(data, [edit for edit in edits if edit.place.path == path]) for path, data in texts.items()
    }


def _checklist() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load((ROOT / "rules" / "checklist.yaml").read_bytes())
    return entries
