"""The review of a handler: which state each belief is in, and how that is told."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from twice.__main__ import main
from twice.engine import Wanted, checking
from twice.review import Belief
from twice.rules.book import open_book
from twice.rules.checklist import checklist
from twice.steps import finished

ROOT = Path(__file__).parent.parent
BOOK = open_book([ROOT / "rules"])
ITEMS, _ = checklist(ROOT / "rules")
SCHEMA = json.loads((ROOT / "docs" / "review.schema.json").read_text("utf-8"))

WORKER = """\
import requests
import stripe
from celery import Celery

app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)


@app.task(acks_late=True)
def refund(payment_id, cents):
    stripe.Refund.create(payment_intent=payment_id, amount=cents{key})
    requests.post("https://mail.example", json={{"refund": payment_id}}, timeout=5{headers})
"""
KEY = {"key": ", idempotency_key=payment_id", "headers": ', headers={"Idempotency-Key": payment_id}'}
TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}
  Dead:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.work
      Runtime: python3.12
      Timeout: 60
      Events:
        Order:
          Type: SQS
          Properties: {Queue: !GetAtt Orders.Arn}
"""
APP = """\
import json


def work(event, context):
    for record in event["Records"]:
        print(json.loads(record["body"]))
"""


def reviewed(files: dict[str, str], handler: str) -> dict[str, Belief]:
    found = finished(
        checking({path: text.encode() for path, text in files.items()}, BOOK, wanted=Wanted(items=ITEMS))
    ).reviews
    return next({b.item.id: b for b in one.beliefs} for one in found if one.handler.name == handler)


def test_a_finding_breaks_the_beliefs_of_its_rule() -> None:
    found = reviewed({"tasks.py": WORKER.format(key="", headers="")}, "refund")
    assert found["DUP-1"].state == "broken"
    assert [one.code for one in found["DUP-1"].findings] == ["DUP101", "DUP102"]
    assert found["DUP-1"].questions == ()


def test_evidence_is_needed_for_every_effect() -> None:
    both = reviewed({"tasks.py": WORKER.format(**KEY)}, "refund")
    assert both["DUP-1"].state == "covered"
    assert [one.text for one in both["DUP-1"].evidence] == ["effect.key comes from event.id | event.entity"] * 2
    one = reviewed({"tasks.py": WORKER.format(key=KEY["key"], headers="")}, "refund")
    assert one["DUP-1"].state != "covered"


def test_a_template_that_feeds_a_handler_breaks_and_covers_its_beliefs() -> None:
    found = reviewed({"app.py": APP, "template.yaml": TEMPLATE}, "work")
    assert [one.code for one in found["LOD-4"].findings] == ["LOD401"]
    assert found["DLQ-1"].state == "covered"
    assert found["DLQ-2"].evidence[0].place.path == "template.yaml"


def test_what_a_handler_does_not_do_does_not_apply() -> None:
    found = reviewed({"app.py": APP, "template.yaml": TEMPLATE}, "work")
    assert (found["IDM-6"].state, found["IDM-6"].reason) == ("not applicable", "no lock is taken here")


def test_the_question_is_put_to_the_transport() -> None:
    queue = reviewed({"app.py": APP, "template.yaml": TEMPLATE}, "work")["ORD-1"]
    task = reviewed({"tasks.py": WORKER.format(**KEY)}, "refund")["ORD-1"]
    assert queue.state == task.state == "open"
    assert queue.questions[0] == task.questions[0] and queue.questions[1] != task.questions[1]


def test_what_only_people_can_tell_stays_open_beside_its_evidence() -> None:
    limited = TEMPLATE.replace(
        "{Queue: !GetAtt Orders.Arn}", "{Queue: !GetAtt Orders.Arn, ScalingConfig: {MaximumConcurrency: 4}}"
    )
    found = reviewed({"app.py": APP, "template.yaml": limited}, "work")["LOD-8"]
    assert found.state == "open" and found.evidence and found.questions


CONTRACT = """\
asyncapi: 3.0.0
servers: {main: {host: aws, protocol: PROTOCOL}}
channels:
  placed:
    address: ADDRESS
    messages:
      Placed: {payload: {properties: {event_id: {type: string}}}}
"""


@pytest.mark.parametrize(
    ("protocol", "address", "named"),
    [
        ("sqs", "orders-eu", True),
        ("sqs", "orders-{region}", True),
        ("ws", "orders-eu", True),
        ("sqs", "orders", False),
        ("sqs", "orders-{region}-{stage}", False),
        ("kafka", "orders-eu", False),
    ],
)
def test_a_contract_of_the_queue_is_evidence(protocol: str, address: str, named: bool) -> None:
    template = TEMPLATE.replace("VisibilityTimeout: 60", "VisibilityTimeout: 60\n      QueueName: orders-eu")
    contract = CONTRACT.replace("PROTOCOL", protocol).replace("ADDRESS", address)
    found = reviewed({"app.py": APP, "template.yaml": template, "asyncapi.yaml": contract}, "work")
    places = [one.place.path for item in ("DUP-3", "PRO-3", "ARC-2") for one in found[item].evidence]
    assert places == (["asyncapi.yaml"] * 3 if named else [])
    assert not found["ORD-5"].evidence, "it promises no order"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Start the redrive of orders-dead-eu, ten at a time.", True),
        ("Start the redrive of `OrdersDead`.", True),
        ("Stop the consumer of the Orders queue.", True),
        ("Orders are late and somebody is dead.", False),
        ("Start the redrive of orders-dead-us.", False),
    ],
)
def test_a_runbook_that_names_the_queue_or_its_dead_letters_is_evidence(text: str, named: bool) -> None:
    template = TEMPLATE.replace("Dead:", "OrdersDead:").replace("!GetAtt Dead.", "!GetAtt OrdersDead.")
    template = template.replace("MessageRetentionPeriod:", "QueueName: orders-dead-eu, MessageRetentionPeriod:")
    files = {"app.py": APP, "template.yaml": template, "docs/runbooks/orders.md": f"# When orders fail\n\n{text}\n"}
    found = reviewed(files, "work")
    places = [one.place for item in ("REC-1", "REC-4", "REC-5") for one in found[item].evidence]
    told = [(one.path, one.start, one.end) for one in places if one.path != "template.yaml"]
    assert told == [("docs/runbooks/orders.md", 2, 18)] * 3 * named
    assert found["REC-4"].state == found["REC-5"].state == "open", "only people can tell"


@pytest.mark.parametrize(("limit", "shown"), [(", MaxNumberOfMessagesPerSecond=5", True), ("", False)])
def test_a_redrive_of_its_dead_letters_with_a_limit_is_evidence(limit: str, shown: bool) -> None:
    template = TEMPLATE.replace("MessageRetentionPeriod:", "QueueName: orders-dead, MessageRetentionPeriod:")
    redrive = f"""\
import boto3


def main():
    source = "arn:aws:sqs:eu-west-1:123456789012:orders-dead"
    boto3.client("sqs").start_message_move_task(SourceArn=source{limit})
"""
    found = reviewed({"app.py": APP, "template.yaml": template, "tools/redrive.py": redrive}, "work")
    assert [one.place.path for one in found["REC-1"].evidence] == ["tools/redrive.py"]
    assert bool(found["REC-4"].evidence) is shown


EDITING = """\
import json
import os

import boto3

sqs = boto3.client("sqs")


def mend(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        {change}
        sqs.send_message(QueueUrl=os.environ["ORDERS"], MessageBody={body})
"""
MENDING = """\
  Mend:
    Type: AWS::Serverless::Function
    Properties:
      Handler: mend.mend
      Environment: {Variables: {ORDERS: !Ref Orders}}
      Events: {Letter: {Type: SQS, Properties: {Queue: !GetAtt Dead.Arn}}}
"""


@pytest.mark.parametrize(
    ("change", "body", "edited"),
    [
        ('order["currency"] = "EUR"', "json.dumps(order)", True),
        ('order.setdefault("currency", "EUR")', "json.dumps(order)", True),
        ('text = json.dumps({**order, "currency": "EUR"})', "text", True),
        ('print(order["currency"])', "json.dumps(order)", False),
        ('order["seen"] = True', 'record["body"]', False),
    ],
)
def test_dead_letters_that_are_sent_back_with_a_change_are_evidence(change: str, body: str, edited: bool) -> None:
    files = {"app.py": APP, "template.yaml": TEMPLATE + MENDING, "mend.py": EDITING.format(change=change, body=body)}
    found = reviewed(files, "work")["REC-2"]
    assert [one.place.path for one in found.evidence] == ["mend.py"] * edited
    assert found.state == ("covered" if edited else "open")


FLOW = """\
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Work
        States:
          Work: {Type: Task, Resource: !GetAtt Work.Arn, End: true%s}
"""


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        (", Catch: [{ErrorEquals: [States.ALL], Next: Repair}]", ["step.has_error_path is true"]),
        (", TimeoutSeconds: 30", ["step.time_limit is not none"]),
        ("", []),
    ],
)
def test_what_a_workflow_does_when_its_step_fails_is_evidence(more: str, shown: list[str]) -> None:
    found = reviewed({"app.py": APP, "template.yaml": TEMPLATE + FLOW % more}, "work")["ARC-1"]
    assert [one.text for one in found.evidence] == shown
    assert found.state == "open", "who repairs a half-finished process only people can tell"


REPEATING = """\
from tasks import refund


def test_a_refund_is_made_once():
    refund("p-1", 500)
    refund("p-1", {cents})
"""


@pytest.mark.parametrize(("cents", "repeats"), [("500", True), ("501", False)])
def test_a_test_that_sends_an_event_twice_is_evidence(cents: str, repeats: bool) -> None:
    files = {"tasks.py": WORKER.format(**KEY), "tests/test_tasks.py": REPEATING.format(cents=cents)}
    found = reviewed(files, "refund")
    assert [one.place.path for one in found["IDM-5"].evidence] == ["tests/test_tasks.py"] * repeats
    assert found["IDM-5"].state == "open" and found["IDM-4"].state == ("covered" if repeats else "open")
    broken = reviewed({**files, "tasks.py": WORKER.format(key="", headers="")}, "refund")
    assert broken["DUP-1"].state == "broken", "a finding outweighs a test"


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "twice.toml").touch()
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "tasks.py").write_text(WORKER.format(key="", headers=""))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["review", *arguments]) == 0
    return capsys.readouterr().out


def test_json_is_as_its_schema_says(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(said(capsys, "--format", "json"))
    jsonschema.validate(answer, SCHEMA)
    assert [one["name"] for one in answer["handlers"]] == ["work", "refund"]
    assert all(sum(one["counts"].values()) == len(one["beliefs"]) == 52 for one in answer["handlers"])


def test_text_tells_state_place_and_question_on_80_columns(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twice.cli.review.width_of", lambda stream: 80)
    told = said(capsys, "tasks.py")
    assert max(len(line) for line in told.splitlines()) <= 80
    assert "broken   DUP-1  Events won't be duplicated" in told
    assert "DUP101 tasks.py:10:19: A redelivered event makes the payment again" in " ".join(told.split())
    assert "DUP101 as under DUP-1" in told and "work" not in told.splitlines()[0]


def test_items_and_categories_can_be_chosen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "--item", "dlq-2,REC", "work")
    assert "DLQ-2" in told and "REC-8" in told and "DLQ-1 " not in told
    assert "A dead letter queue that was never used is a guess." in " ".join(told.split())


def test_only_the_open_ones_can_be_shown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = json.loads(said(capsys, "--open", "--format", "json"))
    assert {belief["state"] for one in answer["handlers"] for belief in one["beliefs"]} == {"open"}


def test_markdown_is_a_list_of_tasks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "--format", "markdown", "work")
    assert "## `work` (sqs, fed by sqs Orders)" in told
    assert "- [x] DLQ-1 **Dead letter queues are not necessary**" in told
    assert "- [ ] ORD-5 **Events can always be ordered**" in told


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--item", "DLQ-9"), "'DLQ-9' is no item of the checklist. Did you mean DLQ-"),
        (("wrok",), "wrok is neither a file nor a handler of this project. Did you mean work?"),
    ],
)
def test_a_wrong_call_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    assert main(["review", *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_a_project_without_handlers_has_nothing_to_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "twice.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert said(capsys) == "There is nothing to review: no event handler is known in .\n"
