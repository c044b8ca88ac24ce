"""The event graph: who sends what to whom, in text, as data and as a drawing."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest
from twice.__main__ import main
from twice.config import DEFAULT
from twice.engine import understand
from twice.files import read_workspace
from twice.graph import EventGraph, event_graph
from twice.report import event_drawing
from twice.rules.book import open_book
from twice.truth import YES, Truth

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "docs" / "demo"
BOOK = open_book([ROOT / "rules"])
SCHEMA = json.loads((ROOT / "docs" / "graph.schema.json").read_text("utf-8"))

SENDER = """import os

import boto3

sqs = boto3.client("sqs")


def send(event, context):
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=record["body"])


def place_order(order):
    sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/orders", MessageBody=order)


def elsewhere(url, order):
    sqs.send_message(QueueUrl=url, MessageBody=order)
"""
READER = """def read(event, context):
    for record in event["Records"]:
        print(record["body"])
"""
TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Resources:
  Topic:
    Type: AWS::SNS::Topic
  Failed:
    Type: AWS::SQS::Queue
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 3}
  Unused:
    Type: AWS::SQS::Queue
  Inbox:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Orders.Arn}
  Nightly:
    Type: AWS::Serverless::Function
    Properties:
      Handler: sender.send
      Runtime: python3.12
      Environment: {Variables: {QUEUE_URL: !Ref Orders}}
      Events:
        Night: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
  Reader:
    Type: AWS::Serverless::Function
    Properties:
      Handler: reader.read
      Runtime: python3.12
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}
  Elsewhere:
    Type: AWS::Serverless::Function
    Properties:
      Handler: gone.read
      Runtime: python3.12
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Failed.Arn}}
  Deep:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt Failed.QueueName}]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("sender.py", SENDER), ("reader.py", READER), ("template.yaml", TEMPLATE)):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def graph_of(files: dict[str, str]) -> EventGraph:
    return event_graph(understand({path: text.encode() for path, text in files.items()}, BOOK)[0])


def told(graph: EventGraph) -> set[str]:
    """Every edge in one line."""
    return {
        f"{edge.one.kind} {edge.one.name} {'' if edge.certain is YES else 'perhaps '}{edge.verb} {edge.other.kind} {edge.other.name}"
        for edge in graph.edges
    }


def test_every_way_of_an_event_is_an_edge() -> None:
    graph = graph_of({"sender.py": SENDER, "reader.py": READER, "template.yaml": TEMPLATE})
    assert told(graph) == {
        "source Night feeds function Nightly",
        "function Nightly runs handler send",
        "handler send publishes to queue Orders",
        "code place_order publishes to queue Orders",
        "queue Topic feeds queue Orders",
        "queue Orders feeds function Reader",
        "function Reader runs handler read",
        "queue Orders dead letters to queue Failed",
        "queue Failed feeds function Elsewhere",
        "queue Failed watched by alarm Deep",
    }
    assert [(node.name, sent.place.path) for node, sent in graph.adrift] == [("elsewhere", "sender.py")]


def test_the_order_of_files_and_facts_does_not_matter() -> None:
    files = {"sender.py": SENDER, "reader.py": READER, "template.yaml": TEMPLATE}
    one, other = graph_of(files), graph_of(dict(reversed(files.items())))
    assert [node.id for node in one.nodes] == [node.id for node in other.nodes]
    assert [(e.one.id, e.verb, e.other.id) for e in one.edges] == [(e.one.id, e.verb, e.other.id) for e in other.edges]


def test_a_node_keeps_its_id_while_lines_move() -> None:
    moved = {"sender.py": f"# one line more\n{SENDER}", "reader.py": READER, "template.yaml": f"\n{TEMPLATE}"}
    before = graph_of({"sender.py": SENDER, "reader.py": READER, "template.yaml": TEMPLATE})
    assert [node.id for node in graph_of(moved).nodes] == [node.id for node in before.nodes]
    assert len({node.id for node in before.nodes}) == len(before.nodes)


def test_a_table_is_no_queue_where_nobody_reads_its_changes() -> None:
    code = """import boto3
table = boto3.resource("dynamodb").Table("orders")
def write(event, context):
    table.put_item(Item={"id": event["id"], "total": 1})
def read(event, context):
    for record in event["Records"]:
        print(record["dynamodb"])
"""
    table = """Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties: {TableName: orders, StreamSpecification: {StreamViewType: NEW_IMAGE}}
  Write: {Type: AWS::Serverless::Function, Properties: {Handler: app.write, Runtime: python3.12}}
"""
    reading = """  Read:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.read
      Runtime: python3.12
      Events:
        Changes: {Type: DynamoDB, Properties: {Stream: !GetAtt Orders.StreamArn, StartingPosition: LATEST}}
"""
    alone = told(graph_of({"app.py": code, "template.yaml": table}))
    assert alone == {"function Write runs handler write"}
    read = told(graph_of({"app.py": code, "template.yaml": table + reading}))
    assert "queue Orders feeds function Read" in read
    assert "handler write perhaps publishes to queue Orders" in read  # the second time nothing changes


def test_queues_that_may_be_the_same_are_told_so_once() -> None:
    code = 'import os\nimport boto3\nsns = boto3.client("sns")\ndef handler(event, context):\n    sns.publish(TopicArn=os.environ["TOPIC"], Message="x")\n'
    template = """Transform: AWS::Serverless-2016-10-31
Resources:
  One: {Type: AWS::Serverless::Function, Properties: {Handler: one.handler, Runtime: python3.12}}
  Other: {Type: AWS::Serverless::Function, Properties: {Handler: other.handler, Runtime: python3.12}}
"""
    graph = graph_of({"one.py": code, "other.py": code, "template.yaml": template})
    twins = [edge for edge in graph.edges if edge.verb == "may be"]
    assert len(twins) == 1
    assert twins[0].certain is Truth.UNKNOWN
    assert not [edge for edge in graph.edges if edge.verb == "feeds"]


# --- the command -----------------------------------------------------------------------------------------------------


def test_people_read_who_sends_who_reads_and_where_failures_go(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "--graph"]) == 0
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= 80
    assert (
        """sqs Orders  template.yaml:7
  sent by          sns Topic, template.yaml:3
                   send, sender.py:8
                   place_order, sender.py:13
  read by          read, reader.py:1, deployed as Reader (up to 10 at a time)
  dead letters to  sqs Failed, template.yaml:5, after 3 tries
"""
        in printed
    )
    assert (
        """sns Topic  template.yaml:3
  sent by          nobody that was seen
  read by          sqs Orders, template.yaml:7

sqs Failed  template.yaml:5
  dead letters of  sqs Orders, template.yaml:7
  read by          function Elsewhere, template.yaml:32, whose code is not
                     known (up to 10 at a time)
  watched by       alarm Deep, template.yaml:39
"""
        in printed
    )
    assert (
        """Started without a queue that is known
  schedule
    Night: send, sender.py:8, deployed as Nightly
"""
        in printed
    )
    assert (
        "Queues, topics, tables and buckets that nothing here was seen to use\n  sqs Unused, template.yaml:12"
        in printed
    )
    assert "Sent to a place that is not known here\n  sender.py:18  the message, by elsewhere" in printed


def test_programs_read_what_the_schema_says(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for paths in ([], [str(DEMO)]):
        assert main(["facts", "--graph", "--format", "json", *paths]) == 0
        answer = json.loads(capsys.readouterr().out)
        jsonschema.validate(answer, SCHEMA)
        known = {node["id"] for node in answer["nodes"]}
        assert all(edge["from"] in known and edge["to"] in known for edge in answer["edges"])
        assert {edge["verb"] for edge in answer["edges"]} >= {"publishes to", "feeds", "runs", "dead letters to"}


def test_a_path_asks_for_what_is_near_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "--graph", "--format", "json", "reader.py"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {(node["kind"], node["name"]) for node in answer["nodes"]} == {("function", "Reader"), ("handler", "read")}


def test_nothing_is_said_to_be_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "plain.py").write_text("x = 1\n")
    assert main(["facts", "--graph", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("No event graph: ")


def test_what_does_not_go_together_is_refused(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "--graph", "--handler", "send"]) == 2
    assert "--graph shows everything" in capsys.readouterr().err
    for drawing in ("dot", "markdown"):
        assert main(["facts", "--format", drawing]) == 2
        assert "add --graph" in capsys.readouterr().err


STRANGE = """Resources:
  "a\\"b\\\\n&amp; <x>":
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 3}
  Failed: {Type: AWS::SQS::Queue}
"""


def test_no_name_ends_the_text_it_stands_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "template.yaml").write_text(STRANGE)
    assert main(["facts", "--graph", "--format", "dot", str(tmp_path)]) == 0
    drawn = capsys.readouterr().out
    assert r'label="sqs a\"b\\n&amp;amp; <x>\n' in drawn
    assert drawn.count("->") == 1

    assert main(["facts", "--graph", "--format", "markdown", str(tmp_path)]) == 0
    page = capsys.readouterr().out
    assert r'## sqs a"b\\n\&amp; \<x\>' in page
    assert 'n0[("sqs a#34;b#92;n#38;amp#59; #60;x#62;<br>template.yaml")]' in page


def test_a_timetable_sends_to_the_queue_of_its_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clock.py").write_text(
        "from celery import Celery\n\napp = Celery()\n"
        'app.conf.beat_schedule = {"often": {"task": "clock.ping", "schedule": 10.0}}\n\n\n'
        "@app.task\ndef ping():\n    pass\n"
    )
    assert main(["facts", "--graph"]) == 0
    text = capsys.readouterr().out
    assert "sent by          schedule often, clock.py:4" in text
    assert "Started without a queue" not in text


def test_a_page_draws_the_graph_and_lists_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "--graph", "--format", "markdown"]) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"# Events of {shop.name}\n")
    drawing, text = page.partition("```mermaid\n")[2].split("```\n", 1)
    known = event_graph(understand(read_workspace(shop, DEFAULT).files, BOOK)[0])
    assert sum("|" in row for row in drawing.splitlines()) == len(known.edges)
    assert "\n## sqs Orders\n\ntemplate.yaml:7\n" in text
    assert "- **dead letters to** sqs Failed, template.yaml:5, after 3 tries\n" in text
    assert "\n## Started without a queue that is known\n\n- **schedule** Night: send, sender.py:8" in text
    assert "\n## Sent to a place that is not known here\n\n- sender.py:18  the message, by elsewhere\n" in text


def test_a_graph_that_nobody_could_follow_is_not_drawn(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_drawing, "MOST_DRAWN", 2)
    assert main(["facts", "--graph", "--format", "markdown"]) == 0
    page = capsys.readouterr().out
    assert "mermaid" not in page
    assert "## sqs Orders" in page


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
def test_graphviz_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "template.yaml").write_text(STRANGE)
    for path in (DEMO, tmp_path):
        drawing = tmp_path / "graph.svg"
        assert main(["facts", "--svg", str(drawing), str(path)]) == 0
        assert "</svg>" in drawing.read_text("utf-8")
    assert "a&quot;b\\n&amp;amp; &lt;x&gt;" in drawing.read_text("utf-8")


def test_without_graphviz_the_next_step_is_told(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert main(["facts", "--svg", "graph.svg"]) == 2
    said = capsys.readouterr().err
    assert "graphviz.org/download" in said
    assert "--format dot" in said
    assert not (shop / "graph.svg").exists()


def test_a_drawing_that_fails_says_why(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)

    def fails(*words: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess([], 1, b"", b"out of paper")

    monkeypatch.setattr(subprocess, "run", fails)
    assert main(["facts", "--svg", "graph.svg"]) == 2
    assert "Graphviz: out of paper" in capsys.readouterr().err
