"""The event graph: who sends what to whom, what that starts, where failed events end; as text, data and drawing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema
import pytest
from twice.__main__ import main
from twice.engine import understand
from twice.graph import EventGraph, event_graph
from twice.rules.book import open_book, shipped

ROOT = Path(__file__).parent.parent
BOOK = open_book([shipped()])

TEMPLATE = """
Resources:
  Orders:
    Type: AWS::SQS::Queue
    Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
  Dead: {Type: AWS::SQS::Queue}
  Watch:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Dead.QueueName}]
  Charge:
    Type: AWS::Serverless::Function
    Properties:
      Handler: charge.handler
      CodeUri: .
      Environment: {Variables: {DONE: !Ref Done}}
      Events: {Incoming: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 5}}}
  Done: {Type: AWS::SNS::Topic}
  Foreign:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs20.x
      Events: {Told: {Type: SNS, Properties: {Topic: !Ref Done}}}
  Idle: {Type: AWS::SQS::Queue}
"""
CHARGE = """
import os
import boto3

def handler(event, context):
    for record in event["Records"]:
        boto3.client("sns").publish(TopicArn=os.environ["DONE"], Message=record["body"])
"""
FILES = {"template.yaml": TEMPLATE, "charge.py": CHARGE}


def _graph(files: dict[str, str]) -> EventGraph:
    return event_graph(understand({path: text.encode() for path, text in files.items()}, BOOK)[0])


def _edges(graph: EventGraph) -> set[tuple[str, str, str]]:
    return {(edge.one.name, edge.verb, edge.other.name) for edge in graph.edges}


def test_events_are_followed_from_the_sender_over_the_queue_to_what_it_starts() -> None:
    assert _edges(_graph(FILES)) == {
        ("Orders", "starts", "handler"),
        ("Orders", "dead letters to", "Dead"),
        ("Watch", "watches", "Dead"),
        ("handler", "sends to", "Done"),
        ("Done", "starts", "Foreign"),
    }


def test_code_outside_of_handlers_that_sends_is_a_sender_too() -> None:
    tasks = "from celery import shared_task\n\n@shared_task\ndef mail(to):\n    print(to)\n"
    views = "from tasks import mail\n\ndef view(request):\n    mail.delay('x')\n"
    graph = _graph({"tasks.py": tasks, "views.py": views})
    assert ("views.py", "sends to", "mail") in _edges(graph)
    [sender] = [node for node in graph.nodes if node.kind == "code"]
    assert sender.place.path == "views.py"


def test_what_is_not_certain_is_said_to_be_so() -> None:
    alarm = "Any: {Type: AWS::CloudWatch::Alarm, Properties: {Dimensions: [{Name: QueueName, Value: !ImportValue x}]}}"
    code = CHARGE.replace('os.environ["DONE"]', "os.environ.get('TOPIC', 'done-events')")
    graph = _graph({"template.yaml": f"{TEMPLATE}  {alarm}\n", "charge.py": code})
    doubtful = {(edge.one.name, edge.verb) for edge in graph.edges if not edge.certain}
    assert ("TOPIC", "may be") in doubtful
    assert not any(edge.one.name == "Any" for edge in graph.edges), (
        "an alarm on something unknown watches nothing for certain"
    )


def test_files_are_shown_with_what_they_meet() -> None:
    graph = _graph({**FILES, "other.yaml": "Resources:\n  Far: {Type: AWS::SQS::Queue}\n"})
    near = graph.around(lambda path: path == "charge.py")
    assert {node.name for node in near.nodes} == {"handler", "Orders", "Done"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path, text in FILES.items():
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_text_tells_of_each_queue_and_of_what_nobody_reads(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["facts", "--graph"]) == 0
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "Orders (sqs) template.yaml:3:3" in lines
    assert "to handler charge.py:5:5" in lines
    assert any(line.startswith("via Incoming: up to 5 at once, ") for line in lines)
    assert "dead letters to Dead template.yaml:6:3" in lines
    assert "watched by Watch template.yaml:7:3" in lines
    assert lines[lines.index("nobody in sight sends to or reads") + 1].startswith("Idle (sqs)")
    assert (
        "Events pass through 3 queues and 1 handler. Queues without a reader in sight: 1; without a sender: 1."
        in " ".join(lines)
    )
    assert max(map(len, out.splitlines())) <= 100


def test_the_data_follows_its_schema(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "--graph", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, json.loads((ROOT / "docs" / "graph.schema.json").read_text("utf-8")))
    [started] = [edge for edge in answer["edges"] if edge["via"] == "Incoming"]
    names = [node["name"] for node in answer["nodes"]]
    assert (names[started["from"]], names[started["to"]]) == ("Orders", "handler")
    assert started["settings"]["batch_size"] == {"value": 5, "default": False}


def test_the_drawing_quotes_every_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = 'say \\"hi\\" \\\\n <b>'
    template = tmp_path / "template.yaml"
    template.write_text(
        f'Resources:\n  "{name}": {{Type: AWS::SQS::Queue}}\n'
        + TEMPLATE.partition("Resources:\n")[2].replace("!GetAtt Dead.Arn", f'!GetAtt ["{name}", Arn]')
    )
    assert main(["facts", "--graph", "--format", "dot", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("digraph events {")
    assert '\\"hi\\"' in out
    assert out.count("{") == out.count("}")


def test_a_drawing_is_written_where_graphviz_is_and_told_where_it_is_not(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = project / "events.svg"
    if shutil.which("dot"):
        assert main(["facts", "--graph", "--svg", str(file)]) == 0
        assert "<svg" in file.read_text()
    monkeypatch.setenv("PATH", str(project))
    assert main(["facts", "--graph", "--svg", str(file)]) == 2
    assert "needs Graphviz" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    "wrong", [["--svg", "x.svg"], ["--format", "dot"], ["--graph", "--all"], ["--graph", "--handler", "x"]]
)
def test_options_that_do_not_go_together_are_refused(
    wrong: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["facts", *wrong]) == 2
    assert "--graph" in capsys.readouterr().err
