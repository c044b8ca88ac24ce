"""Terraform files beyond what fixtures show: silences, fixes that are refused, and where an argument is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from twice import fixes
from twice.engine import check, understand
from twice.facts import Queue
from twice.rules.book import open_book
from twice.truth import effective

RULES = Path(__file__).parent.parent / "rules"
BOOK = open_book([RULES])

QUEUES = """\
resource "aws_sqs_queue" "points" {
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
}

resource "aws_sqs_queue" "dead" {
DEAD}
"""


def found(text: str) -> list[str]:
    return [one.code for one in check({"main.tf": text.encode()}, BOOK).findings]


def fixed(text: str) -> str | None:
    """What the fix of the one finding makes of the text; None when there is none."""
    (finding,) = check({"main.tf": text.encode()}, BOOK).findings
    return fixes.apply(text.encode(), finding.fixes[0].edits).decode() if finding.fixes else None


@pytest.mark.parametrize(
    "text",
    [
        QUEUES.replace('resource "aws_sqs_queue" "dead"', '# twice: allow DLQ201 because we look daily\nresource "aws_sqs_queue" "dead"'),
        QUEUES.replace('"dead" {', '"dead" { # twice: allow DLQ201 because we look daily'),
        "# twice: allow-file DLQ201 because we look daily\n" + QUEUES,
        "/* # twice */\n# twice: allow-file DLQ201 because we look daily\n" + QUEUES,
    ],
)  # fmt: skip
def test_a_comment_silences_what_stands_below_it_or_in_its_line(text: str) -> None:
    assert found(text.replace("DEAD", "")) == []


def test_a_text_that_looks_like_a_comment_silences_nothing() -> None:
    inside = '  name = "# twice: allow-file DLQ201 because it is a text"\n'
    assert found(QUEUES.replace("DEAD", inside)) == ["DLQ201"]


def test_a_comment_in_one_resource_says_nothing_about_the_next() -> None:
    first = QUEUES.replace('"points" {\n', '"points" {\n  # twice: allow DLQ201 because we look daily\n')
    assert sorted(found(first.replace("DEAD", ""))) == ["DLQ201", "TWC002"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "  message_retention_seconds = 1209600\n"),
        ("  # nothing yet\n", "  message_retention_seconds = 1209600\n  # nothing yet\n"),
        ("  message_retention_seconds = 345600 # four days\n", "  message_retention_seconds = 1209600 # four days\n"),
        (
            "  name                         = var.name\n  tags = {\n    team = 1\n  }\n",
            "  name                         = var.name\n  tags = {\n    team = 1\n  }\n  message_retention_seconds = 1209600\n",
        ),
        (
            "  kms_data_key_reuse_period_seconds = 300\n",
            "  kms_data_key_reuse_period_seconds = 300\n  message_retention_seconds         = 1209600\n",
        ),
        (
            "  name = var.name\n\n  timeouts {\n    create = 1\n  }\n",
            "  name = var.name\n\n  message_retention_seconds = 1209600\n\n  timeouts {\n    create = 1\n  }\n",
        ),
    ],
)
def test_an_argument_is_written_where_the_others_are(before: str, after: str) -> None:
    assert fixed(QUEUES.replace("DEAD", before)) == QUEUES.replace("DEAD", after)


@pytest.mark.parametrize("value", ["var.days * 86400", "local.short", "var.long ? 345600 : 86400"])
def test_an_expression_is_not_overwritten(value: str) -> None:
    declared = 'variable "days" { default = 4 }\nvariable "long" { default = true }\nlocals { short = 345600 }\n'
    text = declared + QUEUES.replace("DEAD", f"  message_retention_seconds = {value}\n")
    findings = check({"main.tf": text.encode()}, BOOK).findings
    assert all(not finding.fixes for finding in findings)


def test_one_line_is_left_alone() -> None:
    text = QUEUES.replace("{\nDEAD}", "{ name = var.name }")
    assert found(text) == ["DLQ201"]
    assert fixed(text) is None


def test_files_of_two_stacks_know_nothing_of_each_other() -> None:
    one = QUEUES.replace("DEAD", "").encode()
    other = b'resource "aws_sqs_queue_redrive_policy" "p" {\n  queue_url = aws_sqs_queue.dead.id\n}\n'
    answer = check({"a/main.tf": one, "b/main.tf": other}, BOOK)
    assert [finding.place.path for finding in answer.findings] == ["a/main.tf"]


def test_a_team_says_what_its_own_module_is(tmp_path: Path) -> None:
    file = tmp_path / "libraries" / "queue.yaml"
    file.parent.mkdir()
    file.write_text(
        "library: acme-queue\n"
        "resources:\n"
        "  git::https://git.example/modules.git//queue:\n"
        "    same_as: AWS::SQS::Queue\n"
        "    names: {hidden: VisibilityTimeout, keeps: MessageRetentionPeriod}\n"
    )
    source = (
        b'module "orders" {\n  source = "git::https://git.example/modules.git//queue?ref=v3"\n  keeps  = 86400\n}\n'
    )
    known, _ = understand({"main.tf": source}, open_book([RULES, tmp_path]))
    (queue,) = known.of("queue")
    assert isinstance(queue, Queue)
    assert (queue.name, effective(queue.retention)) == ("orders", 86400)


SINK = '"connector.class" = "io.confluent.connect.jdbc.JdbcSinkConnector"'


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (
            f'{{\n    {SINK}\n    "insert.mode"     = "insert" # now\n  }}',
            f'{{\n    {SINK}\n    "insert.mode"     = "upsert" # now\n    "pk.mode"         = "record_key"\n  }}',
        ),
        (f"{{ {SINK} }}", f'{{ {SINK}, "insert.mode" = "upsert", "pk.mode" = "record_key" }}'),
        (
            f'{{\n    {SINK}\n    topics = "a"\n  }}',
            f'{{\n    {SINK}\n    topics = "a"\n\n    "insert.mode" = "upsert"\n\n    "pk.mode" = "record_key"\n  }}',
        ),
        (f'merge(local.all, {{ {SINK}, "insert.mode" = "insert" }})', None),
    ],
)
def test_a_setting_of_a_connector_is_written_into_its_map(settings: str, wanted: str | None) -> None:
    text = 'resource "aws_mskconnect_connector" "copy" {{\n  connector_configuration = {}\n}}\n'
    before = text.format(settings)
    codes = found(before)
    assert (fixed(before) if codes == ["DUP106"] else None) == (text.format(wanted) if wanted is not None else None)
