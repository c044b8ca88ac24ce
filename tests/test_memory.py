"""What the server keeps between two checks changes the speed only: after any edit it finds what a fresh check finds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from markers import clean
from test_facts import CASES, Case
from twice.config import DEFAULT
from twice.engine import EVERYTHING, FINDINGS_ONLY, Checked, Memory, Wanted, check, checking
from twice.rules.book import open_book, shipped
from twice.steps import finished

BOOK = open_book([shipped()])
RULES = open_book([Path(__file__).parent.parent / "rules"], examples=True).rules

# As many examples of rules side by side, and as many edits of their files, as fit into a few seconds.
EXAMPLES, EDITS = 14, 8


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("wanted", [EVERYTHING, FINDINGS_ONLY], ids=["everything", "findings"])
def test_an_edit_is_checked_as_if_nothing_were_known(seed: int, wanted: Wanted) -> None:
    dice, memory = random.Random(f"{seed} {wanted.held}"), Memory()
    files = _workspace(dice)
    for step in range(EDITS):
        kept = finished(checking(files, BOOK, DEFAULT, memory, wanted))
        assert _told(kept) == _told(finished(checking(files, BOOK, DEFAULT, Memory(), wanted))), (seed, step)
        files = _edited(files, dice)


# Code beside what deploys, starts or configures it: every join has such a case among the fixtures of facts.
JOINS = [case for case in CASES if len({path.endswith(".py") for path in case.shared | case.files}) == 2]


@pytest.mark.parametrize("case", JOINS, ids=lambda case: f"{case.fixture.stem}: {case.title}")
def test_a_join_ends_and_comes_back_with_each_of_its_files(case: Case) -> None:
    whole, memory = clean(case.shared | case.files)[0], Memory()
    finished(checking(whole, BOOK, DEFAULT, memory))
    for path in whole:
        without = {other: data for other, data in whole.items() if other != path}
        for files in (without, whole | {path: whole[path][: len(whole[path]) // 2]}, whole):
            kept = finished(checking(files, BOOK, DEFAULT, memory))
            assert _told(kept) == _told(finished(checking(files, BOOK, DEFAULT, Memory()))), path


def test_a_template_edit_tells_no_other_handler_again() -> None:
    files = {**_service("one"), **_service("two")}
    memory = Memory()
    before = check(files, BOOK, memory=memory)
    files["one/template.yaml"] = files["one/template.yaml"].replace(b"Timeout: 30", b"Timeout: 3")
    after = check(files, BOOK, memory=memory)
    own = {path: dict.fromkeys(one.about) for path, one in (("before", before), ("after", after))}
    kept = {place.path for place in own["before"] if before.about[place] == after.about.get(place)}
    assert kept == {"two/app.py"}


def _service(name: str) -> dict[str, bytes]:
    code = "import boto3\n\ndef handler(event, context):\n    for record in event['Records']:\n        boto3.client('ses').send_email()\n"
    template = f"""
Resources:
  Orders: {{Type: AWS::SQS::Queue, Properties: {{QueueName: {name}}}}}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      CodeUri: .
      Timeout: 30
      Events: {{Messages: {{Type: SQS, Properties: {{Queue: !GetAtt Orders.Arn}}}}}}
"""
    return {f"{name}/app.py": code.encode(), f"{name}/template.yaml": template.encode()}


def _workspace(dice: random.Random) -> dict[str, bytes]:
    """Examples of rules in folders of their own, some of them in the root, where they meet."""
    examples = [example for rule in RULES for example in rule.examples]
    found: dict[str, bytes] = {}
    for number, example in enumerate(dice.sample(examples, EXAMPLES)):
        texts, _ = clean(dict(example.files))
        folder = f"part{number}/" if number % 4 else ""
        found |= {f"{folder}{path}": data for path, data in texts.items()}
    return found


def _edited(files: dict[str, bytes], dice: random.Random) -> dict[str, bytes]:
    """One file without a line, with a line twice, with another number, gone, or in two places."""
    path = dice.choice(sorted(files))
    lines = files[path].splitlines(keepends=True)
    at = dice.randrange(len(lines)) if lines else 0
    found = dict(files)
    match dice.randrange(6):
        case 0:
            found[path] = b"".join(lines[:at] + lines[at + 1 :])
        case 1:
            found[path] = b"".join(lines[:at] + lines[at : at + 1] + lines[at:])
        case 2:
            found[path] = files[path].replace(b"30", b"31").replace(b"true", b"false").replace(b"True", b"False")
        case 3:
            del found[path]
        case 4:
            found[f"other/{path}"] = files[path]
        case _:
            found[path] = b"\n# twice: allow everything because it is a test\n" + files[path]
    return found


def _told(checked: Checked) -> tuple[object, ...]:
    return (
        checked.findings,
        checked.held,
        checked.silenced,
        checked.handlers,
        sorted(checked.problems, key=repr),
        checked.broken,
    )
