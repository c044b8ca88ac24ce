"""The sentence that silences a finding: written where it silences exactly that, in every language."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from markers import clean
from twice import fixes
from twice.allowing import allowance, file_allowance
from twice.engine import check
from twice.finding import Edit, Finding
from twice.rules.book import open_book
from twice.rules.model import Rule
from twice.text import Place

BOOK = open_book([Path(__file__).parent.parent / "rules"], examples=True)

PYTHON = """#!/usr/bin/env python
# -*- coding: utf-8 -*-
import json

@decorated(
    by=1,
)
def handle(event, context):
    if ready:
        pay(
            order=\"\"\"
{}
\"\"\".format(event["id"]),
        )
    try:
        go()
    except ValueError:
        stop()
"""


@pytest.mark.parametrize(
    ("mark", "above", "indent"),
    [
        ("event[", "pay(", "        "),
        ("pay(", "pay(", "        "),
        ("handle", "def handle", ""),
        ("by=1", "@decorated", ""),
        ("ready", "if ready", "    "),
        ("ValueError", "except", "    "),
        ("stop", "stop", "        "),
    ],
)
def test_a_comment_goes_above_the_logical_line(mark: str, above: str, indent: str) -> None:
    written = applied("app.py", PYTHON, allowance(at("app.py", PYTHON, mark), PYTHON.encode(), "DUP101"))
    lines = written.splitlines()
    number = lines.index(f"{indent}# twice: allow DUP101 because")
    assert lines[number + 1].startswith(indent + above)
    assert lines[:number] + lines[number + 1 :] == PYTHON.splitlines()


def test_a_comment_about_a_file_stands_behind_what_has_to_be_first() -> None:
    written = applied("app.py", PYTHON, file_allowance("app.py", PYTHON.encode(), "DUP101", "it pays once"))
    assert written.splitlines()[2] == "# twice: allow-file DUP101 because it pays once"


def test_a_comment_ends_as_the_lines_around_it() -> None:
    source = "def handle(event, context):\r\n    pay()\r\n"
    written = applied("app.py", source, allowance(at("app.py", source, "pay"), source.encode(), "DUP101"))
    assert written == "def handle(event, context):\r\n    # twice: allow DUP101 because\r\n    pay()\r\n"


YAML = """Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      Tags:
        - Key: a
          Value: b
"""


def test_a_comment_in_a_template_has_the_indentation_of_its_line() -> None:
    written = applied("t.yaml", YAML, allowance(at("t.yaml", YAML, "Queue"), YAML.encode(), "DLQ101"))
    assert written.splitlines()[1:3] == ["  # twice: allow DLQ101 because", "  Queue:"]
    assert applied("t.yaml", YAML, file_allowance("t.yaml", YAML.encode(), "DLQ101")).startswith("# twice: allow-file")


def test_a_template_in_json_says_it_in_its_metadata() -> None:
    source = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}, indent=2)
    written = applied("t.json", source, allowance(at("t.json", source, "Queue"), source.encode(), "DLQ101", "of tests"))
    assert json.loads(written)["Resources"]["Queue"]["Metadata"] == {"twice": {"allow": {"DLQ101": "of tests"}}}
    assert file_allowance("t.json", source.encode(), "DLQ101") is None


def test_json_outside_all_resources_cannot_say_it() -> None:
    source = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Outputs": {}})
    assert allowance(at("t.json", source, "Outputs"), source.encode(), "DLQ101") is None


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.code)
def test_what_is_written_silences_the_finding(rule: Rule) -> None:
    files, found = next(_in_words(rule))
    while found:  # where one place of a handler is silent, the finding moves on to the next
        for finding in sorted(found, key=lambda finding: -finding.place.start):
            path = finding.place.path
            files[path] = fixes.apply(files[path], allowance(finding.place, files[path], rule.code, "of a test") or ())
        after = check(files, BOOK)
        before, found = found, [finding for finding in after.findings if finding.code == rule.code]
        assert {finding.place for finding in found}.isdisjoint({finding.place for finding in before})
    assert {finding.code for finding in after.silenced} >= {rule.code}


def _in_words(rule: Rule) -> Iterator[tuple[dict[str, bytes], list[Finding]]]:
    """The bad examples in languages that have a place for it; JSON without resources has none."""
    for example in (example for example in rule.examples if example.kind == "bad"):
        files, _ = clean(dict(example.files))
        found = [finding for finding in check(files, BOOK).findings if finding.code == rule.code]
        assert found
        if all(allowance(one.place, files[one.place.path], rule.code) is not None for one in found):
            yield files, found


def at(path: str, source: str, mark: str) -> Place:
    start = source.encode().index(mark.encode())
    return Place(path, start, start + len(mark))


def applied(path: str, source: str, edits: tuple[Edit, ...] | None) -> str:
    assert edits is not None
    return fixes.apply(source.encode(), edits).decode()
