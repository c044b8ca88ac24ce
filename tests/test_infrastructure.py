"""Templates become facts: what is written, what the vendor fills in, what stays unknown, and how a fix is written back."""

from __future__ import annotations

import difflib
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml
from twice import fixes
from twice.action import Action, Target
from twice.facts import Alarm, Function, Queue, Subscription
from twice.languages import yaml_tree
from twice.languages.cloudformation import template
from twice.languages.template import Literal, Template
from twice.languages.template_edit import Changes, TemplateWriter
from twice.languages.yaml_edit import change as write
from twice.languages.yaml_edit import set_property
from twice.noun import Fact
from twice.project.changes import change
from twice.project.deployments import deployed
from twice.project.infrastructure import Infrastructure, InfrastructureMemory, infrastructure
from twice.relations import watches
from twice.truth import NONE, UNKNOWN, Setting, Truth, effective
from twice.world import world

_LIBRARY = Path(__file__).parent.parent / "rules" / "libraries" / "aws-resources.yaml"
RESOURCES: dict[str, Any] = yaml.safe_load(_LIBRARY.read_text(encoding="utf-8"))["resources"]

SHOP = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Hidden: {Type: Number, Default: 90}
  Stage: {Type: String}
Globals:
  Function:
    Timeout: 30
    Runtime: python3.12
    Environment: {Variables: {STAGE: !Ref Stage}}
Resources:
  OrdersDlq:
    Type: AWS::SQS::Queue
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "orders-${Stage}"
      VisibilityTimeout: !Ref Hidden
      RedrivePolicy: {deadLetterTargetArn: !GetAtt OrdersDlq.Arn, maxReceiveCount: 5}
  Clicks: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  News: {Type: AWS::SNS::Topic}
  Book:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: shop.orders.handler
      ReservedConcurrentExecutions: 5
      Environment:
        Variables:
          QUEUE_URL: !Ref Orders
          BY_NAME: !Sub "https://sqs.${AWS::Region}.amazonaws.com/${AWS::AccountId}/orders-${Stage}"
          LEVEL: INFO
      Events:
        Incoming:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
            BatchSize: 5
        Dead: {Type: SQS, Properties: {Queue: !GetAtt OrdersDlq.Arn}}
        Off: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn, Enabled: false}}
  Count:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: shop.clicks.handler
      Timeout: 10
      Events:
        Stream: {Type: Kinesis, Properties: {Stream: !GetAtt Clicks.Arn, StartingPosition: LATEST}}
        Told: {Type: SNS, Properties: {Topic: !Ref News, SqsSubscription: true}}
  Bell:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [{Name: QueueName, Value: !GetAtt OrdersDlq.QueueName}]
"""


def read(text: str, path: str = "template.yaml") -> Infrastructure:
    found = template(textwrap.dedent(text).encode())
    assert found is not None
    return infrastructure({path: found}, RESOURCES)


def resources(text: str) -> Infrastructure:
    """The facts of some resources, written one level below ``Resources``."""
    return read("Resources:\n" + textwrap.indent(textwrap.dedent(text), "  "))


def only(known: Infrastructure, kind: type[Any], name: str = "") -> Any:
    found = [fact for fact in known.facts if isinstance(fact, kind) and name in ("", fact.name)]
    assert len(found) == 1, [fact.name for fact in known.facts]
    return found[0]


@pytest.fixture(scope="module")
def shop() -> Infrastructure:
    return read(SHOP, "infra/template.yaml")


def value(fact: Fact, name: str) -> object:
    return effective(getattr(fact, name))


def text_at(source: str, setting: Setting) -> str:
    assert setting.place is not None
    return source.encode()[setting.place.start : setting.place.end].decode()


# --- queues ----------------------------------------------------------------------------------------------------------


def test_what_the_author_leaves_out_is_the_vendors_default(shop: Infrastructure) -> None:
    queue = only(shop, Queue, "OrdersDlq")
    assert queue.visibility_timeout == Setting(30.0, default=True)
    assert queue.retention == Setting(345600.0, default=True)
    assert queue.dead_letter == Setting(NONE, default=True)
    assert (queue.kind, value(queue, "ordered"), value(queue, "clock_keeps_running")) == ("sqs", False, True)


def test_a_parameter_counts_as_its_default_and_points_at_it(shop: Infrastructure) -> None:
    timeout = only(shop, Queue, "Orders").visibility_timeout
    assert (timeout.value, timeout.default, text_at(SHOP, timeout)) == (90, False, "90")


def test_a_parameter_without_default_is_unknown() -> None:
    known = read(
        """
        Parameters: {Hidden: {Type: Number}}
        Resources:
          Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: !Ref Hidden}}
        """
    )
    assert value(only(known, Queue), "visibility_timeout") is UNKNOWN


def test_a_dead_letter_queue_is_known_by_who_names_it(shop: Infrastructure) -> None:
    orders, dead = only(shop, Queue, "Orders"), only(shop, Queue, "OrdersDlq")
    assert orders.dead_letter.value is dead
    assert text_at(SHOP, orders.dead_letter) == "!GetAtt OrdersDlq.Arn"
    assert value(dead, "is_dead_letter") is True
    assert value(orders, "is_dead_letter") is False


def test_a_queue_that_only_sounds_like_one_may_belong_to_another_stack() -> None:
    known = resources("PaymentsDlq: {Type: AWS::SQS::Queue}")
    assert value(only(known, Queue), "is_dead_letter") is UNKNOWN


def test_a_circle_of_dead_letter_queues_ends() -> None:
    known = resources(
        """
        A: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt B.Arn}}}
        B: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt A.Arn}}}
        """
    )
    assert {fact.name for fact in known.facts} == {"A", "B"}


def test_a_fifo_queue_orders_and_deduplicates() -> None:
    queue = only(resources("Q: {Type: AWS::SQS::Queue, Properties: {FifoQueue: 'true'}}"), Queue)
    assert (queue.kind, value(queue, "ordered"), value(queue, "deduplicates")) == ("sqs-fifo", True, True)
    assert value(queue, "clock_keeps_running") is False


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!If [Big, 60, 60]", 60),
        ("!If [Big, 60, 30]", UNKNOWN),
        ("!If [Big, 60, !Ref AWS::NoValue]", UNKNOWN),
        ("!If [Never, 60, 45]", 45),
        ("!Ref AWS::NoValue", 30.0),
        ("!FindInMap [Times, here, short]", 15),
        ("!ImportValue shared-timeout", UNKNOWN),
        ("!Mystery 5", UNKNOWN),
        ("'120'", 120),
        ("{'Fn::If': [Never, 60, 45]}", 45),
    ],
)
def test_functions_of_a_template_are_worked_out(written: str, expected: object) -> None:
    known = read(
        f"""
        Parameters: {{Stage: {{Type: String}}}}
        Mappings: {{Times: {{here: {{short: 15}}}}}}
        Conditions:
          Big: !Equals [!Ref Stage, prod]
          Never: !Equals [a, b]
        Resources:
          Q: {{Type: AWS::SQS::Queue, Properties: {{VisibilityTimeout: {written}}}}}
        """
    )
    assert value(only(known, Queue), "visibility_timeout") == expected


def test_a_resource_under_a_false_condition_does_not_exist() -> None:
    known = read(
        """
        Conditions: {Never: !Not [!Equals [a, a]]}
        Resources:
          Q: {Type: AWS::SQS::Queue, Condition: Never}
          R: {Type: AWS::SQS::Queue}
        """
    )
    assert [fact.name for fact in known.facts] == ["R"]


# --- functions and the code they run ---------------------------------------------------------------------------------


def test_globals_fill_in_what_a_function_leaves_out(shop: Infrastructure) -> None:
    book, count = only(shop, Function, "Book"), only(shop, Function, "Count")
    assert (value(book, "time_limit"), value(count, "time_limit")) == (30, 10)
    assert value(book, "max_concurrency") == 5
    assert dict(count.environment) == {"STAGE": UNKNOWN}


def test_the_environment_leads_to_queues_by_reference_and_by_name(shop: Infrastructure) -> None:
    variables = dict(only(shop, Function, "Book").environment)
    orders = only(shop, Queue, "Orders")
    assert variables["QUEUE_URL"] is orders
    assert variables["BY_NAME"] is orders
    assert variables["LEVEL"] == "INFO"


def test_code_is_looked_for_beside_the_template_and_above_it(shop: Infrastructure) -> None:
    near = deployed(shop.deployments, {"infra/src/shop/orders.py", "src/shop/orders.py"})
    above = deployed(shop.deployments, {"src/shop/orders.py", "other.py"})
    assert [(one.path, one.function, one.kinds) for one in near] == [
        ("infra/src/shop/orders.py", "handler", frozenset({"sqs"}))
    ]
    assert [one.path for one in above] == ["src/shop/orders.py"]
    assert [type(fact).__name__ for fact in above[0].facts] == ["Function", "Subscription", "Subscription"]


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ("{Handler: app.handler}", "app.py"),
        ("{Handler: src/app.handler, CodeUri: .}", "src/app.py"),
        ("{Handler: app.handler, CodeUri: ./src}", "src/app.py"),
        ("{Handler: app.handler, CodeUri: s3://builds/app.zip}", "backend/app.py"),
        ("{Handler: app.handler, CodeUri: ../../../../etc}", None),
        ("{Handler: app.handler, Runtime: nodejs20.x}", None),
        ("{Handler: app.handler, InlineCode: 'x = 1'}", None),
        ("{PackageType: Image, ImageConfig: {Command: [app.handler]}}", "app.py"),
    ],
)
def test_a_handler_string_names_a_file(properties: str, path: str | None) -> None:
    known = resources(f"F: {{Type: AWS::Serverless::Function, Properties: {properties}}}")
    found = deployed(known.deployments, {path or "app.py", "unrelated.py"})
    assert [one.path for one in found] == ([path] if path else [])


def test_code_put_together_elsewhere_is_not_guessed_between_two_files() -> None:
    known = resources("F: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler, Code: {S3Bucket: b}}}")
    assert deployed(known.deployments, {"one/app.py", "two/app.py"}) == ()
    assert [one.path for one in deployed(known.deployments, {"one/app.py"})] == ["one/app.py"]


# --- subscriptions ---------------------------------------------------------------------------------------------------


def test_a_queue_mapping_takes_its_failure_path_from_the_queue(shop: Infrastructure) -> None:
    one = only(shop, Subscription, "Incoming")
    assert (one.kind, value(one, "batch_size"), value(one, "max_attempts")) == ("sqs", 5, 5)
    assert value(one, "dead_letter") is only(shop, Queue, "OrdersDlq")
    assert (value(one, "redelivery_after"), value(one, "counts_throttles")) == (90, True)
    assert one.partial_failures == Setting(False, default=True)
    assert SHOP.encode()[one.place.start : one.place.end] == b"Incoming"


def test_a_consumer_of_dead_letters_is_known_as_one(shop: Infrastructure) -> None:
    assert value(only(shop, Subscription, "Dead"), "reads_dead_letters") is True


def test_an_event_that_is_switched_off_is_left_out(shop: Infrastructure) -> None:
    assert not [fact for fact in shop.facts if fact.name == "Off"]


def test_a_stream_without_limits_is_repeated_for_ever(shop: Infrastructure) -> None:
    one = only(shop, Subscription, "Stream")
    assert (value(one, "redelivers_forever"), value(one, "rewinds_on_failure")) == (True, True)
    assert one.max_attempts == Setting(NONE, default=True)
    assert (value(one, "batch_size"), value(one, "ordered")) == (100, True)


@pytest.mark.parametrize(
    ("properties", "attempts", "is_default", "forever"),
    [
        ("MaximumRetryAttempts: 3", 4, False, False),
        ("MaximumRetryAttempts: -1", NONE, True, True),
        ("MaximumRecordAgeInSeconds: 3600", NONE, False, False),
    ],
)
def test_limits_of_a_stream(properties: str, attempts: object, is_default: bool, forever: bool) -> None:
    known = resources(
        f"""
        S: {{Type: AWS::Kinesis::Stream}}
        F: {{Type: AWS::Lambda::Function, Properties: {{Handler: app.handler}}}}
        M:
          Type: AWS::Lambda::EventSourceMapping
          Properties:
            EventSourceArn: !GetAtt S.Arn
            FunctionName: !Ref F
            {properties}
        """
    )
    one = only(known, Subscription)
    assert (one.kind, one.max_attempts.value, one.max_attempts.default) == ("kinesis", attempts, is_default)
    assert value(one, "redelivers_forever") is forever


def test_a_topic_behind_a_generated_queue(shop: Infrastructure) -> None:
    one = only(shop, Subscription, "Told")
    queue = one.queue.value
    assert isinstance(queue, Queue)
    assert (one.kind, value(one, "dead_letter"), value(one, "partial_failures")) == ("sqs", NONE, False)
    assert (only(shop, Queue, "News"), queue) in shop.feeds
    assert value(one, "shape") == "sns in sqs"


def test_asynchronous_failures_go_where_the_function_says() -> None:
    known = resources(
        """
        Failed: {Type: AWS::SQS::Queue}
        Images: {Type: AWS::S3::Bucket}
        Resize:
          Type: AWS::Serverless::Function
          Properties:
            Handler: app.handler
            EventInvokeConfig:
              MaximumRetryAttempts: 1
              DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
            Events:
              Upload: {Type: S3, Properties: {Bucket: !Ref Images, Events: "s3:ObjectCreated:*"}}
              Nightly: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        """
    )
    upload = only(known, Subscription, "Upload")
    assert (upload.kind, value(upload, "max_attempts"), value(upload, "is_polled")) == ("s3", 2, False)
    assert upload.dead_letter.value is only(known, Queue, "Failed")
    assert value(only(known, Subscription, "Nightly"), "queue") is NONE


def test_a_failure_destination_may_be_a_resource_of_its_own() -> None:
    known = resources(
        """
        Failed: {Type: AWS::SQS::Queue}
        F: {Type: AWS::Lambda::Function, Properties: {Handler: app.handler}}
        Async:
          Type: AWS::Lambda::EventInvokeConfig
          Properties:
            FunctionName: !Ref F
            DestinationConfig: {OnFailure: {Destination: !GetAtt Failed.Arn}}
        Rule:
          Type: AWS::Events::Rule
          Properties: {EventPattern: {source: [shop]}, Targets: [{Id: f, Arn: !GetAtt F.Arn}]}
        """
    )
    rule = only(known, Subscription)
    assert (rule.kind, rule.name) == ("eventbridge", "Rule")
    assert rule.dead_letter.value is only(known, Queue, "Failed")


def test_a_rule_that_starts_something_else_is_no_subscription() -> None:
    known = resources(
        """
        Flow: {Type: AWS::StepFunctions::StateMachine}
        Rule: {Type: AWS::Events::Rule, Properties: {Targets: [{Id: f, Arn: !Ref Flow}]}}
        """
    )
    assert known.facts == ()


def test_a_mapping_of_an_unknown_queue_stays_unknown() -> None:
    known = read(
        """
        Parameters: {QueueArn: {Type: String}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              Handler: app.handler
              Events: {In: {Type: SQS, Properties: {Queue: !Ref QueueArn}}}
        """
    )
    one = only(known, Subscription)
    assert one.kind == "sqs"
    for name in ("dead_letter", "redelivery_after", "ordered", "max_attempts"):
        assert value(one, name) is UNKNOWN, name


# --- alarms ----------------------------------------------------------------------------------------------------------


def test_an_alarm_watches_the_queue_of_its_dimension(shop: Infrastructure) -> None:
    alarm = only(shop, Alarm)
    assert (alarm.watched, alarm.is_open) == ((only(shop, Queue, "OrdersDlq"),), False)


def test_an_alarm_on_something_unknown_may_watch_anything() -> None:
    known = resources(
        """
        Q: {Type: AWS::SQS::Queue}
        A: {Type: AWS::CloudWatch::Alarm, Properties: {Dimensions: [{Name: QueueName, Value: !ImportValue x}]}}
        """
    )
    assert watches(world(known.facts), only(known, Alarm), only(known, Queue)) is Truth.UNKNOWN


# --- what is told again ----------------------------------------------------------------------------------------------


def _template(text: str) -> Template:
    found = template(f"Resources:\n{textwrap.indent(textwrap.dedent(text), '  ')}".encode())
    assert found is not None
    return found


def test_only_templates_that_speak_of_a_changed_one_are_told_again() -> None:
    queue = "Dead: {{Type: AWS::SQS::Queue, Properties: {{QueueName: dead, MessageRetentionPeriod: {}}}}}"
    orders = """
        Orders:
          Type: AWS::SQS::Queue
          Properties: {RedrivePolicy: {deadLetterTargetArn: "arn:aws:sqs:eu-west-1:1:dead", maxReceiveCount: 3}}
        """
    alone = "Other: {Type: AWS::SQS::Queue}"
    memory = InfrastructureMemory()

    def told(retention: int) -> dict[str, Queue]:
        texts = {"dead.yaml": queue.format(retention), "orders.yaml": orders, "other.yaml": alone}
        known = infrastructure({path: _template(text) for path, text in texts.items()}, RESOURCES, memory=memory)
        return {fact.name: fact for fact in known.facts if isinstance(fact, Queue)}

    first, same, changed = told(60), told(60), told(70)
    assert first == same
    assert changed["Other"] is first["Other"]
    assert changed["Orders"] is not first["Orders"]
    assert effective(changed["Orders"].dead_letter) is changed["Dead"]
    assert value(changed["Dead"], "retention") == 70


# --- bad input -------------------------------------------------------------------------------------------------------


def test_other_yaml_is_no_template() -> None:
    assert template(b"version: 3\nservices: {web: {image: x}}\n") is None
    assert template(b"") is None
    assert template(b"\x00\xff\xfe") is None
    assert template(b"# AWS::SQS::Queue\nResources: 5\n") is None


@pytest.mark.parametrize("cut", range(40, len(SHOP), 97))
def test_a_template_that_is_being_typed_gives_fewer_facts(cut: int) -> None:
    found = template(SHOP[:cut].encode())
    if found is not None:
        names = {fact.name for fact in infrastructure({"t.yaml": found}, RESOURCES).facts}
        assert names <= {fact.name for fact in read(SHOP).facts}


def test_what_cannot_be_read_may_hold_what_is_missing() -> None:
    known = resources(
        """
        Q:
          Type: AWS::SQS::Queue
          Properties:
            QueueName: orders
            Visib
        R: {Type: AWS::SQS::Queue}
        """
    )
    assert value(only(known, Queue, "Q"), "visibility_timeout") is UNKNOWN
    assert value(only(known, Queue, "R"), "visibility_timeout") == 30


def test_places_count_bytes_after_a_byte_order_mark_and_wide_characters() -> None:
    data = "\ufeff# ünïcödé ✓\r\nResources:\r\n  Q:\r\n    Type: AWS::SQS::Queue\r\n".encode()
    found = template(data)
    assert found is not None
    resource = found.resources["Q"]
    assert data[resource.start : resource.end] == b"Q"


def test_an_alias_bomb_and_deep_nesting_end() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    bomb = "\n".join([*lines, "Resources:", "  Q: {Type: AWS::SQS::Queue, Properties: {Tags: *a29}}", ""])
    known = read(bomb)
    assert value(only(known, Queue), "visibility_timeout") == 30
    deep = "Resources:\n  Q: {Type: AWS::SQS::Queue}\n  R: {Type: AWS::SQS::Queue, Properties: {Tags: " + "[" * 3000
    assert template(deep.encode()) is not None
    steps = b"".join(b" " * depth + b"a:\n" for depth in range(1500))
    assert len(yaml_tree.documents(steps)) == 1


def test_aliases_and_merge_keys_are_followed() -> None:
    known = read(
        """
        shared: &slow {VisibilityTimeout: 600, MessageRetentionPeriod: 60}
        Resources:
          Q: {Type: AWS::SQS::Queue, Properties: *slow}
          R: {Type: AWS::SQS::Queue, Properties: {<<: *slow, MessageRetentionPeriod: 120}}
        """
    )
    assert value(only(known, Queue, "Q"), "visibility_timeout") == 600
    assert (value(only(known, Queue, "R"), "visibility_timeout"), value(only(known, Queue, "R"), "retention")) == (
        600,
        120,
    )


def test_a_key_that_is_written_twice_counts_as_the_last_one() -> None:
    found = template(b"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: a, QueueName: b}\n")
    assert found is not None
    name = found.resources["Q"].properties.fields["QueueName"]
    assert isinstance(name, Literal) and name.value == "b"


# --- writing ---------------------------------------------------------------------------------------------------------


def written(text: str, fact: str, field: str, new: object, kind: type[Fact] = Subscription) -> str | None:
    """The template after a fix has given a field of a fact this value."""
    data = text.encode()
    found = template(data)
    assert found is not None
    known = infrastructure({"t.yaml": found}, RESOURCES)
    writer = TemplateWriter({"t.yaml": data}, Changes(lambda *asked: change(known.written, *asked)), write)
    target = Target(only(known, kind, fact), field)
    edits = writer.write(Action("set", target, value=new), target.fact.place)
    return fixes.apply(data, edits).decode() if edits else None


def changed(before: str, after: str | None) -> list[str]:
    """The lines that a fix writes."""
    assert after is not None
    lines = list(difflib.ndiff(before.splitlines(keepends=True), after.splitlines(keepends=True)))
    return [line[2:] for line in lines if line.startswith("+ ")]


def test_a_property_is_added_below_its_neighbours() -> None:
    after = written(SHOP, "Incoming", "partial_failures", True)
    assert changed(SHOP, after) == ["            FunctionResponseTypes: [ReportBatchItemFailures]\n"]
    assert after is not None and value(only(read(after), Subscription, "Incoming"), "partial_failures") is True


def test_a_nested_property_is_added_as_a_whole() -> None:
    after = written(SHOP, "Incoming", "max_concurrency", 5)
    assert changed(SHOP, after) == ["            ScalingConfig: {MaximumConcurrency: 5}\n"]


def test_a_value_that_the_vendor_refuses_is_not_written() -> None:
    assert written(SHOP, "Incoming", "max_concurrency", 1) is None


def test_properties_are_made_where_there_are_none() -> None:
    after = written(SHOP, "OrdersDlq", "retention", 1209600.0, Queue)
    assert changed(SHOP, after) == ["    Properties:\n", "      MessageRetentionPeriod: 1209600\n"]


def test_flow_style_stays_flow_style() -> None:
    after = written(SHOP, "Stream", "partial_failures", True)
    assert after is not None
    assert "StartingPosition: LATEST, FunctionResponseTypes: [ReportBatchItemFailures]}}" in after
    after = written(SHOP, "Dead", "batch_size", 1)
    assert after is not None and "Queue: !GetAtt OrdersDlq.Arn, BatchSize: 1}}" in after


def test_the_visibility_timeout_of_a_subscription_is_written_at_its_queue() -> None:
    after = written(SHOP, "Dead", "redelivery_after", 180)
    assert changed(SHOP, after) == ["    Properties:\n", "      VisibilityTimeout: 180\n"]


def test_what_a_function_of_the_template_decides_is_not_overwritten() -> None:
    assert written(SHOP, "Incoming", "redelivery_after", 180) is None


def test_what_stands_nowhere_is_not_written() -> None:
    assert written(SHOP, "Told", "partial_failures", True) is None
    assert written(SHOP, "Told", "redelivery_after", 180) is None


def test_a_value_the_vendor_does_not_take_is_not_offered() -> None:
    assert written(SHOP, "OrdersDlq", "visibility_timeout", 50000, Queue) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "  Q:\n    Type: T\n    Properties:\n      A: 1 # why\n",
            "  Q:\n    Type: T\n    Properties:\n      A: 2 # why\n",
        ),
        ("  Q:\n    Type: T\n    Properties:\n", "  Q:\n    Type: T\n    Properties:\n      A: 2\n"),
        ("  Q:\n    Properties: {}\n    Type: T\n", "  Q:\n    Properties: {A: 2}\n    Type: T\n"),
        ("  Q:\n    Type: T\n    Properties:\n      A:\n", "  Q:\n    Type: T\n    Properties:\n      A: 2\n"),
        ("  Q:\r\n      Type: T\r\n", "  Q:\r\n      Type: T\r\n      Properties:\r\n          A: 2\r\n"),
        ("  Q:\n    Type: T", "  Q:\n    Type: T\n    Properties:\n      A: 2"),
        (
            "  Q:\n    Type: T\n    Properties:\n      B: |\n        x\n\n  R: 1\n",
            "  Q:\n    Type: T\n    Properties:\n      B: |\n        x\n      A: 2\n\n  R: 1\n",
        ),
        (
            "  Q:\n    Type: T\n    Properties:\n      A:\n      - x\n      B: 1\n",
            "  Q:\n    Type: T\n    Properties:\n      A: 2\n      B: 1\n",
        ),
    ],
)
def test_a_property_is_written_in_the_style_of_the_place(before: str, after: str) -> None:
    ending = "\r\n" if "\r\n" in before else "\n"
    data = f"Resources:{ending}{before}".encode()
    spans = set_property(data, data.index(b"Q"), ("A",), 2)
    assert spans is not None
    for start, end, text in spans:
        data = data[:start] + text.replace("\n", ending).encode() + data[end:]
    assert data.decode() == f"Resources:{ending}{after}"


def test_json_stays_json() -> None:
    data = b'{\n  "Resources": {\n    "Q": {\n      "Type": "AWS::SQS::Queue"\n    }\n  }\n}\n'
    spans = set_property(data, data.index(b'"Q"'), ("VisibilityTimeout",), 60)
    assert spans == ((61, 61, ',\n      "Properties": {"VisibilityTimeout": 60}'),)


@pytest.mark.parametrize("body", ["*shared", "!If [A, {Type: T}, {Type: U}]", "&a {Properties: *b}"])
def test_a_place_that_stands_for_something_else_is_left_alone(body: str) -> None:
    data = f"shared: &shared {{Type: T}}\nb: &b {{A: 1}}\nResources:\n  Q: {body}\n".encode()
    assert set_property(data, data.index(b"Q"), ("A",), 2) is None
