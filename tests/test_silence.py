"""How people disagree with a finding, and what is said about a disagreement that does nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twice import fixes
from twice.config import DEFAULT, Config
from twice.engine import Checked, Memory, check
from twice.rules.book import open_book
from twice.rules.model import Rulebook

BOOK_FOLDER = Path(__file__).parent.parent / "rules"
BOOK = open_book([BOOK_FOLDER])

WORKER = """\
import stripe
from celery import Celery

app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)


@app.task(acks_late=True)
def refund(payment_id, cents):
    stripe.Refund.create(
        payment_intent=payment_id,
        amount=cents,
    )
"""

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
  Charge:
    Type: AWS::Serverless::Function
    Properties:
      Handler: charge.handler
      Runtime: python3.12
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
"""


def checked(source: str, config: Config = DEFAULT) -> Checked:
    return check({"worker.py": source.encode()}, BOOK, config)


def codes(found: Checked) -> list[str]:
    return [finding.code for finding in found.findings]


def with_line(after: str, line: str) -> str:
    """The worker with a line behind the one that holds this text, indented as the next one is."""
    lines = WORKER.splitlines(keepends=True)
    at = next(number for number, text in enumerate(lines) if after in text) + 1
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())] if at < len(lines) else ""
    return "".join((*lines[:at], f"{indent}{line}\n", *lines[at:]))


def test_without_a_comment_there_is_a_finding() -> None:
    assert codes(checked(WORKER)) == ["DUP101"]


@pytest.mark.parametrize(
    "source",
    [
        WORKER.replace("create(", "create(  # twice: allow DUP101 because it is a test account"),
        WORKER.replace("amount=cents,", "amount=cents,  # twice: allow DUP101 because it is a test account"),
        WORKER.replace("    )\n", "    )  # twice: allow DUP101 because it is a test account\n"),
        with_line("def refund", "# twice: allow DUP101 because it is a test account"),
        with_line("stripe.Refund", "# twice: allow DUP101 because it is a test account"),
        with_line('Celery("billing"', "# twice: allow DUP101 because it is a test account"),
        with_line("@app.task", "# twice: allow DUP101 because it is a test account"),
        "# twice: allow-file DUP101 because it is a test account\n" + WORKER,
        WORKER + "# twice: allow-file DUP101 because it is a test account\n",
        with_line("def refund", "# twice: allow payment-repeats-on-redelivery because it is a test account"),
        WORKER.replace("create(", "create(  # noqa: X1  # twice: allow DUP101 because it is tested  # pragma: no cover"),
        WORKER.replace("\n", "\r\n").replace("create(", "create(  # twice: allow DUP101 because it is a test account"),
        "\ufeff" + with_line("def refund", "# twice: allow DUP101 because it is a test account"),
    ],
    ids=["head of the line", "inside the line", "end of the line", "line above", "inside brackets", "above the decorator",
         "below the decorator", "file, top", "file, bottom", "name", "among other remarks", "windows", "mark"],
)  # fmt: skip
def test_a_comment_silences_what_it_is_about(source: str) -> None:
    found = checked(source)
    assert codes(found) == []
    assert [finding.code for finding in found.silenced] == ["DUP101"]


@pytest.mark.parametrize(
    "source",
    [
        with_line("import stripe", "# twice: allow DUP101 because it is a test account"),
        WORKER + "# twice: allow DUP101 because it is a test account\n",
        WORKER.replace("def refund(", "# twice: allow DUP101 because it is a test account\ndef other(): ...\n\n\ndef refund("),
    ],
    ids=["line far above", "end of the file", "another function"],
)  # fmt: skip
def test_a_comment_about_something_else_silences_nothing_and_is_told(source: str) -> None:
    source = source.replace("@app.task(acks_late=True)\n# twice", "# twice").replace(
        "\n\n\ndef refund", "\n\n\n@app.task(acks_late=True)\ndef refund"
    )
    assert sorted(codes(checked(source))) == ["DUP101", "TWC002"]


def test_a_comment_above_the_handler_covers_what_the_handler_does_elsewhere() -> None:
    source = """\
import stripe
from celery import Celery

app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)

# twice: allow DUP101 because it is a test account
@app.task(acks_late=True)
def refund(payment_id, cents):
    give_back(payment_id, cents)


@app.task(acks_late=True)
def correct(payment_id, cents):
    give_back(payment_id, cents)


def give_back(payment_id, cents):
    stripe.Refund.create(payment_intent=payment_id, amount=cents)
"""
    found = checked(source)
    assert [(finding.code, finding.handler) for finding in found.findings] == [("DUP101", "correct")]
    assert [(finding.code, finding.handler) for finding in found.silenced] == [("DUP101", "refund")]


def test_a_comment_silences_one_place_of_a_finding_and_not_the_others() -> None:
    first = "    stripe.Charge.create(amount=1)\n"
    source = WORKER.replace("    stripe", f"{first}    stripe")
    [both] = checked(source).findings
    assert [one.message for one in both.related].count("also here") == 1
    silenced = source.replace("(amount=1)", "(amount=1)  # twice: allow DUP101 because it is a test account")
    [second] = checked(silenced).findings
    assert "also here" not in [one.message for one in second.related]
    assert silenced.encode()[second.place.start - len("stripe.Refund.") : second.place.start] == b"stripe.Refund."


def test_a_comment_inside_a_text_is_no_comment() -> None:
    source = WORKER.replace("amount=cents,", 'amount=cents, description="# twice: allow DUP101 because it is text",')
    assert codes(checked(source)) == ["DUP101"]


def test_prose_that_begins_like_a_silence_is_left_alone() -> None:
    assert codes(checked(with_line("def refund", "# twice: once for us, once for the customer"))) == ["DUP101"]


def test_a_silence_without_reason_is_a_hint() -> None:
    found = checked(with_line("def refund", "# twice: allow DUP101"))
    assert [(one.code, one.severity) for one in found.findings] == [("TWC001", "hint")]
    assert not found.findings[0].fixes


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# twice: allow IDM301 because of nothing", ""),
        ("# twice: allow DUP101, IDM301 because it is tested", "    # twice: allow DUP101 because it is tested\n"),
        ("# twice: allow IDM301, DUP101 because it is tested", "    # twice: allow DUP101 because it is tested\n"),
        ("# twice: allow DUP999 because of a slip", ""),
        ("# twice: ignore DUP101", ""),
        ("# twice: allow", ""),
        ("# twice: allow IDM301 because of nothing  # noqa", "    # noqa\n"),
    ],
)
def test_the_fix_removes_a_silence_that_does_nothing_and_nothing_else(comment: str, left: str) -> None:
    source = with_line("def refund", comment)
    [finding] = [one for one in checked(source).findings if one.code.startswith("TWC")]
    [fix] = finding.fixes
    assert fix.safety == "safe"
    assert fixes.apply(source.encode(), fix.edits).decode() == source.replace(f"    {comment}\n", left)


def test_the_fix_of_a_trailing_silence_keeps_the_code() -> None:
    source = WORKER.replace("import stripe\n", "import stripe  # twice: allow DUP101 because of nothing\n")
    [finding] = [one for one in checked(source).findings if one.code == "TWC002"]
    assert fixes.apply(source.encode(), finding.fixes[0].edits).decode() == WORKER


def test_an_unknown_code_names_the_one_that_was_meant() -> None:
    [finding] = [
        one
        for one in checked(with_line("def refund", "# twice: allow DUP1O1 because x")).findings
        if one.code == "TWC003"
    ]
    assert "DUP101" in finding.message.partition("mean")[2]


def test_a_silence_of_a_rule_that_does_not_speak_is_left_alone() -> None:
    source = with_line("import stripe", "# twice: allow IDM301 because it is about another run")
    assert codes(checked(source, Config(select=("DUP101", "TWC")))) == ["DUP101"]
    assert "TWC002" in codes(checked(source, Config(select=("DUP101", "IDM301", "TWC"))))


def test_the_rules_about_silences_can_be_deselected_and_silenced() -> None:
    source = with_line("def refund", "# twice: allow DUP101")
    assert codes(checked(source, Config(ignore=("TWC001",)))) == []
    assert codes(checked(source, Config(ignore=("silence-without-reason",)))) == []
    assert codes(checked("# twice: allow-file TWC001 because we are new here\n" + source)) == []


def test_a_path_can_be_left_out_for_some_rules() -> None:
    found = checked(WORKER, Config(per_path_ignores=(("work*.py", ("DUP",)),)))
    assert codes(found) == [] and [one.code for one in found.silenced] == ["DUP101"]
    assert codes(checked(WORKER, Config(per_path_ignores=(("other/", ("DUP",)),)))) == ["DUP101"]


# --- templates -------------------------------------------------------------------------------------------------------

RULE = """\
id: TST901
name: queue-without-a-name
items: [DLQ-1]
severity: warning
confidence: high
find: queue
with: [queue.is_dead_letter is false]
message: "{queue} is found."
why: It is a test.
instead: Nothing.
"""


@pytest.fixture
def about_queues(tmp_path: Path) -> Rulebook:
    """A rule that finds every queue."""
    (tmp_path / "TST901.yaml").write_text(RULE, "utf-8")
    return open_book([BOOK_FOLDER, tmp_path])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  Orders:\n", "  # twice: allow TST901 because it is a test\n  Orders:\n"),
        ("  Orders:\n", "  Orders:  # twice: allow queue-without-a-name because it is a test\n"),
        ("Resources:\n", "# twice: allow TST901 because it is a test\nResources:\n"),
        ("Resources:\n", "# twice: allow-file TST901 because it is a test\nResources:\n"),
        ("::Queue\n", "::Queue\n    Metadata: {twice: {allow: {TST901: it is a test}}}\n"),
    ],
    ids=["above", "beside", "above all", "file", "metadata"],
)
def test_a_silence_in_a_template_is_about_the_line_or_the_entry_below(
    old: str, new: str, about_queues: Rulebook
) -> None:
    config = Config(select=("TST", "TWC"))
    template = TEMPLATE.replace(old, new, 1)
    assert codes(check({"template.yaml": TEMPLATE.encode()}, about_queues, config)) == ["TST901"]
    found = check({"template.yaml": template.encode()}, about_queues, config)
    assert codes(found) == [] and [one.code for one in found.silenced] == ["TST901"]


def test_a_silence_above_another_resource_is_told(about_queues: Rulebook) -> None:
    template = TEMPLATE.replace("  Charge:\n", "  # twice: allow TST901 because it is a test\n  Charge:\n")
    found = check({"template.yaml": template.encode()}, about_queues, Config(select=("TST", "TWC")))
    assert codes(found) == ["TST901", "TWC002"]
    fixed = fixes.apply(template.encode(), found.findings[1].fixes[0].edits)
    assert fixed.decode() == TEMPLATE


def test_a_silence_in_json_metadata_is_read_like_a_comment() -> None:
    resource = {"Type": "AWS::SQS::Queue", "Metadata": {"twice": {"allow": {"DUP999": "a slip", "DUP101": ""}}}}
    data = json.dumps({"Resources": {"Orders": resource}}).encode()
    found = check({"stack.template.json": data}, BOOK, Config(select=("TWC",))).findings
    assert [one.code for one in found] == ["TWC003", "TWC001"]
    assert all(not one.fixes for one in found)
    assert data[found[0].place.start : found[0].place.end].strip(b'"') == b"DUP999"


def test_silences_are_read_once_for_the_same_bytes() -> None:
    memory = Memory()
    files = {"worker.py": with_line("def refund", "# twice: allow DUP101 because it is tested").encode()}
    assert check(files, BOOK, memory=memory).findings == ()
    assert len(memory.silences) == 1
    assert check(files, BOOK, memory=memory).findings == ()
    assert check({"worker.py": WORKER.encode()}, BOOK, memory=memory).findings
    assert memory.silences == {}
