"""New resources that a fix puts into a template: where they stand, how they are written, what they are called."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest
import yaml
from twice import fixes
from twice.engine import check
from twice.libraries import Libraries
from twice.rules.book import open_book
from twice.rules.library_files import libraries
from twice.rules.reading import RuleError

BOOK = open_book([Path(__file__).parent.parent / "rules"])
CODE = b"def handler(event, context):\n    print(event['Records'][0]['body'])\n"


def fixed(files: Mapping[str, str], code: str = "DLQ101") -> dict[str, str] | None:
    """The files after the first fix of each finding of a rule; None where none is offered."""
    texts = {"app.py": CODE} | {path: dedent(text).encode() for path, text in files.items()}
    found = [one for one in check(texts, BOOK).findings if one.code == code]
    assert found, "the rule says nothing"
    edits = [edit for fix in fixes.compatible(fix for one in found for fix in one.fixes[:1]) for edit in fix.edits]
    if not edits:
        return None
    after = {
        path: fixes.apply(data, [edit for edit in edits if edit.place.path == path]) for path, data in texts.items()
    }
    assert [one.code for one in check(after, BOOK).findings if one.code == code] == []
    return {path: after[path].decode() for path in files}


def template(text: str) -> str | None:
    after = fixed({"template.yaml": text})
    return after["template.yaml"] if after is not None else None


READER = """\
  Book:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      Timeout: 5
      Events:
        Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, BatchSize: 1}}
"""


def test_it_stands_behind_its_resource_with_the_empty_lines_of_the_file() -> None:
    before = f"Resources:\n\n  Orders:\n    Type: AWS::SQS::Queue  # for now\n\n  # reads them\n{READER}"
    properties = (
        "    Properties:\n      RedrivePolicy:\n        deadLetterTargetArn: !GetAtt OrdersDeadLetters.Arn\n"
        "        maxReceiveCount: 5\n"
    )
    made = "  OrdersDeadLetters:\n    Type: AWS::SQS::Queue\n    Properties:\n      MessageRetentionPeriod: 1209600\n"
    at = before.index("\n\n  # reads") + 1
    assert template(before) == f"{before[:at]}{properties}\n{made}{before[at:]}"


def test_it_has_the_indentation_and_the_line_ends_of_the_file() -> None:
    before = "Resources:\n    Orders:\n        Type: AWS::SQS::Queue\n" + indent(READER, "  ")
    after = template(before.replace("\n", "\r\n"))
    assert after is not None
    assert (
        "\r\n    OrdersDeadLetters:\r\n        Type: AWS::SQS::Queue\r\n        Properties:\r\n            Message"
        in after
    )
    assert after.count("\n") == after.count("\r\n")


def test_in_flow_style_it_is_an_entry_beside_the_others() -> None:
    before = (
        "Resources: {Orders: {Type: AWS::SQS::Queue}, Book: {Type: AWS::Serverless::Function, Properties: {Handler: app.handler,"
        " Runtime: python3.12, Timeout: 5, Events: {Order: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}}}}\n"
    )
    after = template(before)
    assert after is not None
    assert (
        ", OrdersDeadLetters: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}, Book: {" in after
    )


@pytest.mark.parametrize("spaces", [2, None])
def test_in_json_it_is_json(spaces: int | None) -> None:
    before = {
        "Resources": {
            "Orders": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}},
            "Book": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Handler": "app.handler",
                    "Runtime": "python3.12",
                    "Timeout": 5,
                    "Events": {"Order": {"Type": "SQS", "Properties": {"Queue": {"Fn::GetAtt": ["Orders", "Arn"]}}}},
                },
            },
        }
    }
    text = json.dumps(before, indent=spaces)
    after = fixed({"template.json": text})
    assert after is not None
    made = json.loads(after["template.json"])["Resources"]
    assert made["OrdersDeadLetters"] == {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}}
    assert made["Orders"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"] == {
        "Fn::GetAtt": ["OrdersDeadLetters", "Arn"]
    }
    assert len(after["template.json"].splitlines()) == (text.count("\n") + 8 if spaces else 1)


def test_it_exists_where_its_resource_does_and_takes_no_name_that_is_taken() -> None:
    queue = "  Orders:\n    Type: AWS::SQS::Queue\n    Condition: IsLarge\n"
    taken = "  OrdersDeadLetters: {Type: AWS::SNS::Topic}\n"
    head = "Parameters: {Size: {Type: String}}\nConditions: {IsLarge: !Equals [!Ref Size, large]}\n"
    after = template(f"{head}Resources:\n{queue}{taken}{READER}")
    assert after is not None
    assert "  OrdersDeadLetters2:\n    Type: AWS::SQS::Queue\n    Condition: IsLarge\n    Properties:\n" in after
    assert "!GetAtt OrdersDeadLetters2.Arn" in after


def test_who_is_alarmed_by_others_is_alarmed_by_it() -> None:
    alarm = (
        "  Slow:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      MetricName: ApproximateAgeOfOldestMessage\n"
        "      Dimensions: [{Name: QueueName, Value: !GetAtt Orders.QueueName}]\n      AlarmActions:\n        - !Ref OnCall\n"
        "        - Fn::ImportValue: the-boss\n"
    )
    after = template(
        f"Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n  OnCall: {{Type: AWS::SNS::Topic}}\n{alarm}{READER}"
    )
    assert after is not None
    assert after.count("- !Ref OnCall\n        - ") == 2
    assert "        - !ImportValue the-boss\n" in after
    assert [one.code for one in check({"template.yaml": after.encode()}, BOOK).findings if one.code == "DLQ301"] == []


def test_nothing_is_added_where_nothing_tells_it_apart_from_what_comes_next() -> None:
    assert template(f"Resources:\n{READER}  Orders:\n    Type: AWS::SQS::Queue") is None


def test_two_functions_of_a_service_share_a_new_section() -> None:
    service = """\
        service: shop
        provider: {name: aws, runtime: python3.12}
        functions:
          book:
            handler: app.handler
            events:
              - s3: {bucket: orders, event: "s3:ObjectCreated:*"}
          file:
            handler: app.handler
            events:
              - s3: {bucket: papers, event: "s3:ObjectCreated:*"}
    """
    after = fixed({"serverless.yml": service})
    assert after is not None
    made: Any = yaml.load(after["serverless.yml"].replace("!GetAtt", ""), yaml.SafeLoader)
    assert list(made["resources"]["Resources"]) == ["BookLambdaFunctionDeadLetters", "FileLambdaFunctionDeadLetters"]


QUEUE = 'resource "aws_sqs_queue" "orders" {\n  name = "orders"\n%s}\n'
MAPPING = """
resource "aws_lambda_function" "book" {
  filename = "book.zip"
  handler  = "app.handler"
  runtime  = "python3.12"
  timeout  = 5
}

resource "aws_lambda_event_source_mapping" "book" {
  event_source_arn = aws_sqs_queue.orders%s.arn
  function_name    = aws_lambda_function.book.arn
  batch_size       = 1
}
"""


def test_in_terraform_it_is_a_block_behind_the_block() -> None:
    after = fixed({"main.tf": QUEUE % "" + MAPPING % ""})
    assert after is not None
    assert after["main.tf"].startswith(
        QUEUE
        % "  redrive_policy = jsonencode({\n    deadLetterTargetArn = aws_sqs_queue.orders_dead_letters.arn\n    maxReceiveCount     = 5\n  })\n"
        + '\nresource "aws_sqs_queue" "orders_dead_letters" {\n  name                      = "orders-dead-letters"\n'
        + "  message_retention_seconds = 1209600\n}\n\nresource"
    )


def test_a_block_that_is_there_several_times_gets_nothing() -> None:
    assert fixed({"main.tf": QUEUE % "  count = 2\n" + MAPPING % "[0]"}) is None


def test_a_role_of_the_template_is_let_send_there_and_without_one_nothing_is_offered() -> None:
    function = (
        "  Resize:\n    Type: AWS::Lambda::Function\n"
        "    Properties: {Handler: app.handler, Runtime: python3.12, Role: %s, Code: .}\n"
        "  Asked: {Type: AWS::SNS::Topic, Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt Resize.Arn}]}}\n"
    )
    after = template("Resources:\n  May: {Type: AWS::IAM::Role}\n" + function % "!GetAtt May.Arn")
    assert after is not None
    assert "      Roles:\n        - !Ref May\n" in after
    assert template("Resources:\n" + function % "!ImportValue may") is None


STREAM = (
    "  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}\n"
    "  Count:\n    Type: AWS::Lambda::Function\n"
    "    Properties: {Handler: app.handler, Runtime: python3.12, Role: %s, Code: .}\n"
    "  Counting:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      EventSourceArn: !GetAtt Clicks.Arn\n"
    "      FunctionName: !Ref Count\n      StartingPosition: TRIM_HORIZON\n      MaximumRetryAttempts: 3\n"
)


def test_the_role_of_the_function_behind_a_mapping_may_write_what_failed() -> None:
    may = "  May: {Type: AWS::IAM::Role}\n"
    after = fixed({"template.yaml": "Resources:\n" + STREAM % "!GetAtt May.Arn" + may}, "DLQ102")
    assert after is not None
    assert (
        "      DestinationConfig: {OnFailure: {Destination: !GetAtt CountingFailures.Arn}}\n" in after["template.yaml"]
    )
    assert "    DependsOn: CountingFailuresPolicy\n" in after["template.yaml"]
    assert "      Roles:\n        - !Ref May\n" in after["template.yaml"]
    assert 'Resource: !Sub "${CountingFailures.Arn}/*"\n' in after["template.yaml"]
    assert fixed({"template.yaml": "Resources:\n" + STREAM % "!ImportValue may"}, "DLQ102") is None


def test_an_expression_in_terraform_gives_way_to_another_destination() -> None:
    stream = """\
resource "aws_kinesis_stream" "clicks" {
  name = "clicks"
}

resource "aws_sqs_queue" "lost" {
  name = "lost"
}

resource "aws_iam_role" "count" {
  name = "count"
}

resource "aws_lambda_function" "count" {
  filename = "count.zip"
  handler  = "app.handler"
  runtime  = "python3.12"
  role     = aws_iam_role.count.arn
}

resource "aws_lambda_event_source_mapping" "count" {
  event_source_arn = aws_kinesis_stream.clicks.arn
  function_name    = aws_lambda_function.count.arn

  destination_config {
    on_failure {
      destination_arn = aws_sqs_queue.lost.arn
    }
  }
}
"""
    after = fixed({"main.tf": stream}, "REC301")
    assert after is not None
    assert "      destination_arn = aws_s3_bucket.count_failures.arn\n" in after["main.tf"]
    assert "  role = aws_iam_role.count.id\n" in after["main.tf"]


def test_a_resource_waits_for_a_permission_unless_it_waits_for_something_else() -> None:
    function = (
        "  Resize:\n    Type: AWS::Serverless::Function\n%s"
        "    Properties:\n      Handler: app.handler\n      Runtime: python3.12\n      Role: !GetAtt May.Arn\n"
        "      Events: {Asked: {Type: SNS, Properties: {Topic: !Ref Asked}}}\n  May: {Type: AWS::IAM::Role}\n  Asked: {Type: AWS::SNS::Topic}\n"
    )
    after = template("Resources:\n" + function % "")
    assert after is not None
    assert "    DependsOn: ResizeDeadLettersPolicy\n" in after
    assert template("Resources:\n" + function % "    DependsOn: May\n") is None


def test_a_name_with_dashes_gets_more_of_them() -> None:
    after = fixed({"main.tf": (QUEUE % "" + MAPPING % "").replace("orders", "new-orders")})
    assert after is not None
    assert 'resource "aws_sqs_queue" "new-orders-dead-letters" {\n  name ' in after["main.tf"]


def _watched(alarm: str) -> str:
    """Two queues with dead letters, of which an alarm in another file looks at neither."""
    queues = "".join(
        f"  {name}: {{Type: AWS::SQS::Queue, Properties: {{RedrivePolicy: {{deadLetterTargetArn: !GetAtt {name}Dead.Arn, maxReceiveCount: 5}}}}}}\n"
        f"  {name}Dead: {{Type: AWS::SQS::Queue, Properties: {{MessageRetentionPeriod: 1209600}}}}\n"
        for name in ("Orders", "Mails")
    )
    return f"Resources:\n{queues}  Slow:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {{Dimensions: [{{Name: QueueName, Value: !GetAtt Orders.QueueName}}]{alarm}}}\n"


def test_where_no_alarm_says_who_is_told_the_template_asks_once() -> None:
    after = fixed({"template.yaml": _watched("")}, "DLQ301")
    assert after is not None
    assert after["template.yaml"].startswith(
        'Parameters:\n  AlarmTopicArn:\n    Type: String\n    Description: "The topic that is told of alarms"\n\nResources:\n'
    )
    assert after["template.yaml"].count("AlarmActions:\n        - !Ref AlarmTopicArn\n") == 2
    assert after["template.yaml"].count("  AlarmTopicArn:\n") == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "Parameters:\n  Stage: {Type: String}\n",
            "Parameters:\n  Stage: {Type: String}\n  AlarmTopicArn:\n    Type: String\n",
        ),
        ("Parameters: {Stage: {Type: String}}\n", "Parameters: {Stage: {Type: String}, AlarmTopicArn: {Type: String, "),
        ("Parameters: {AlarmTopicArn: {Type: String}}\n", "Parameters: {AlarmTopicArn: {Type: String}}\nResources"),
    ],
)
def test_a_parameter_stands_behind_the_others(before: str, after: str) -> None:
    made = fixed({"template.yaml": before + _watched("")}, "DLQ301")
    assert made is not None and made["template.yaml"].startswith(after)


@pytest.mark.parametrize("spaces", [2, None])
def test_parameters_in_json_are_json(spaces: int | None) -> None:
    document = yaml.safe_load(_watched("").replace("!GetAtt ", "")) | {"Description": "b"}
    text = json.dumps({name: document[name] for name in ("Description", "Resources")}, indent=spaces)
    text = re.sub(r'"(\w+)\.(Arn|QueueName)"', r'{"Fn::GetAtt": ["\1", "\2"]}', text)
    made = fixed({"template.json": text}, "DLQ301")
    assert made is not None
    assert json.loads(made["template.json"])["Parameters"]["AlarmTopicArn"]["Type"] == "String"


def test_a_variable_is_declared_once_in_a_directory() -> None:
    queues = "".join(
        f'resource "aws_sqs_queue" "{name}" {{\n  redrive_policy = jsonencode({{ deadLetterTargetArn = aws_sqs_queue.{name}_dead.arn }})\n}}\n\n'
        f'resource "aws_sqs_queue" "{name}_dead" {{\n  name = "{name}"\n}}\n\n'
        for name in ("orders", "mails")
    )
    alarm = (
        'resource "aws_cloudwatch_metric_alarm" "slow" {\n  dimensions = { QueueName = aws_sqs_queue.orders.name }\n}\n'
    )
    after = fixed({"main.tf": queues + alarm}, "DLQ301")
    assert after is not None
    assert after["main.tf"].count('variable "alarm_topic_arn" {\n') == 1
    assert after["main.tf"].count("alarm_actions       = [var.alarm_topic_arn]\n") == 2
    declared = {"main.tf": queues + alarm, "variables.tf": 'variable "alarm_topic_arn" {\n  type = string\n}\n'}
    again = fixed(declared, "DLQ301")
    assert again is not None and "variable" not in again["main.tf"]


def test_a_stream_of_a_table_is_watched_where_it_is_read() -> None:
    table = (
        "Resources:\n  Places: {Type: AWS::DynamoDB::Table}\n  Mails: {Type: AWS::SQS::Queue}\n"
        "  Slow:\n    Type: AWS::CloudWatch::Alarm\n    Properties: {Dimensions: [{Name: QueueName, Value: !GetAtt Mails.QueueName}], AlarmActions: [!Ref X]}\n"
        "  X: {Type: AWS::SNS::Topic}\n  Show:\n    Type: AWS::Serverless::Function\n    Properties:\n      Handler: app.handler\n      Runtime: python3.12\n"
        "      Events:\n        Change:\n          Type: DynamoDB\n          Properties: {Stream: !GetAtt Places.StreamArn, StartingPosition: LATEST}\n"
    )
    after = fixed({"template.yaml": table}, "LOD102")
    assert after is not None
    assert "  ShowChangeLateAlarm:\n" in after["template.yaml"]
    assert "          Value: !Ref Show\n" in after["template.yaml"]


CDK = """\
from aws_cdk import App, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from aws_cdk.aws_sns_subscriptions import SqsSubscription


class Shop(Stack):
    def __init__(self, scope, construct_id):
        super().__init__(scope, construct_id)
        orders = sqs.Queue(
            self,
            "new-orders",
        )
        topic = sns.Topic(self, "Changes")
        topic.add_subscription(SqsSubscription(orders))
        book = lambda_.Function(
            self, "Book", runtime=lambda_.Runtime.PYTHON_3_12, handler="app.handler", code=lambda_.Code.from_asset(".")
        )
        book.add_event_source(SqsEventSource(orders, batch_size=1))


Shop(App(), "Shop")
"""


def test_what_a_call_makes_gets_an_argument() -> None:
    after = fixed({"stack.py": CDK})
    assert after is not None
    assert "from aws_cdk import App, Duration, Stack\n" in after["stack.py"]
    assert (
        '            "new-orders",\n            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=5, '
        'queue=sqs.Queue(self, "new-orders-DeadLetters", retention_period=Duration.days(14))),\n        )\n'
    ) in after["stack.py"]


def test_a_subscription_that_is_added_by_a_call_loses_its_envelope() -> None:
    code = "import json\n\n\ndef handler(event, context):\n    for record in event['Records']:\n        print(json.loads(record['body'])['order_id'])\n"
    after = fixed({"stack.py": CDK, "app.py": code}, "PRO802")
    assert after is not None
    assert "SqsSubscription(orders, raw_message_delivery=True)" in after["stack.py"]


# --- library files ---------------------------------------------------------------------------------------------------


def _read(section: object) -> tuple[Libraries, list[RuleError]]:
    told: list[RuleError] = []
    return libraries([("a.yaml", {"additions": section})], lambda path, error: told.append(error)), told


def test_a_mistake_costs_one_way_and_is_told_at_its_place() -> None:
    read, told = _read({"more": {"A B": [{"makes": {"X": {}}}, {"make": {}}, {}], "C": "text"}, "less": []})
    assert {word: {kind: len(ways) for kind, ways in kinds.items()} for word, kinds in read.additions.items()} == {
        "more": {"A": 1, "B": 1, "C": 0}
    }
    assert [error.at for error in told] == [
        ("additions", "more", "A B", 1, "make"),
        ("additions", "more", "A B", 2),
        ("additions", "more", "C", 0),
        ("additions", "less"),
    ]


def test_the_ways_of_several_files_are_put_together() -> None:
    documents = [(f"{kind}.yaml", {"additions": {"more": {kind: {"sets": {"X": 1}}}}}) for kind in ("A", "B")]
    assert set(libraries(documents, lambda *_: None).additions["more"]) == {"A", "B"}
