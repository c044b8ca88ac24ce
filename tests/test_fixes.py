"""Every fix that the examples of the rules are offered: what has to be true of it, whatever it is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from fix_properties import complaints, fixed
from markers import clean
from twice.cli.opening import open_project
from twice.engine import Checked, check
from twice.finding import Edit, Finding, Fix
from twice.rules.book import open_book
from twice.rules.model import Example
from twice.text import Place

ROOT = Path(__file__).parent.parent
BOOK = open_book([ROOT / "rules"], examples=True)

each_example = pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=f"{rule.code}-{example.kind}-{number}")
        for rule in BOOK.rules
        for number, example in enumerate(rule.examples, 1)
    ],
)


@each_example
def test_a_fix_silences_its_finding_and_spoils_nothing(example: Example) -> None:
    files = clean(dict(example.files))[0]
    checked = check(files, BOOK)
    wrong = [
        f"{finding.code}, {fix.title}: {complaint}"
        for finding, fix in _offered(checked)
        for complaint in complaints(files, BOOK, checked, finding, fix)
    ]
    assert wrong == []


def test_the_fixes_of_the_demo_silence_what_they_are_for() -> None:
    files = open_project([ROOT / "docs" / "demo"]).workspace.files
    checked = check(files, BOOK)
    wrong = [
        f"{finding.code}, {fix.title}: {complaint}"
        for finding, fix in _offered(checked)
        for complaint in complaints(files, BOOK, checked, finding, fix)
    ]
    assert wrong == [] and _offered(checked)


@each_example
def test_a_fix_is_the_same_where_lines_end_with_two_characters(example: Example) -> None:
    files = clean(dict(example.files))[0]
    theirs = {path: data.replace(b"\n", b"\r\n") for path, data in files.items()}
    ours = [fixed(files, fix) for _, fix in _offered(check(files, BOOK))]
    made = [fixed(theirs, fix) for _, fix in _offered(check(theirs, BOOK))]
    assert made == [{path: data.replace(b"\n", b"\r\n") for path, data in one.items()} for one in ours]


_TEMPLATE = b"""
Transform: AWS::Serverless-2016-10-31
Resources:
  Mail:
    Type: AWS::Serverless::Function
    Properties:
      Handler: handle.handle
      Runtime: python3.12
      Timeout: 60
      Events: {Mail: {Type: SQS, Properties: {Queue: !ImportValue mails, BatchSize: 1}}}
"""
_CODE = b"""
import requests


def handle(event, context):
    for record in event["Records"]:
        requests.post("https://mail.example/send", json=record).raise_for_status()
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("json=record)", "json=record, timeout=10)", []),
        ("json=record)", "json=record )", ["LOD601 still speaks"]),
        ("json=record)", "json=record", ["handle.py cannot be read", "handle.py has a syntax error"]),
        ("json=record).raise_for_status()", "json=record, timeout=10)", ["CON102 speaks now"]),
    ],
)
def test_what_is_wrong_with_a_fix_is_told(old: str, new: str, said: list[str]) -> None:
    files = {"handle.py": _CODE, "template.yaml": _TEMPLATE}
    checked = check(files, BOOK)
    [finding] = [one for one in checked.findings if one.code == "LOD601"]
    start = _CODE.index(old.encode())
    fix = Fix("Try it", "unsafe", (Edit(Place("handle.py", start, start + len(old)), new),))
    assert [one for one in complaints(files, BOOK, checked, finding, fix) if one in said or not said] == said


def _offered(checked: Checked) -> list[tuple[Finding, Fix]]:
    return [(finding, fix) for finding in checked.findings for fix in finding.fixes]
