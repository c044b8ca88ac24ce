"""The shop of ``lsp_shop`` with somebody who sends and a place for what fails: two ends of an event, for the tests that go from one to the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsp_editor import Editor
from lsp_shop import TEMPLATE, shop

SENDER = """import boto3

sqs = boto3.client("sqs")


def place_order(order):
    sqs.send_message(QueueUrl="https://sqs.eu-west-1.amazonaws.com/123456789012/orders", MessageBody=order)
"""
STORE = TEMPLATE.replace(
    """Resources:
  Orders:
    Type: AWS::SQS::Queue
""",
    """Parameters:
  Hidden: {Type: Number, Default: 60}
Resources:
  Failed:
    Type: AWS::SQS::Queue
    Properties: {MessageRetentionPeriod: 1209600}
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: orders
      VisibilityTimeout: !Ref Hidden
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 5}
""",
)


def store(root: Path, **others: str) -> Path:
    """Write it into a directory; ``others`` are further files, or other texts for these."""
    return shop(root, **{"template.yaml": STORE, "sender.py": SENDER, **others})


def on(text: str, words: str) -> dict[str, int]:
    """The position behind the first letter of these words, where they stand first."""
    before = text[: text.index(words) + 1]
    return {"line": before.count("\n"), "character": len(before.rpartition("\n")[2])}


async def ask(editor: Editor, what: str, uri: str, position: dict[str, int], **others: Any) -> Any:
    """Ask about a place of an open document: its ``hover``, ``definition`` ..."""
    params = {"textDocument": {"uri": uri}, "position": position, **others}
    return await editor.ask(f"textDocument/{what}", params)


def spots(locations: list[Any]) -> set[tuple[str, int]]:
    """File and line of each."""
    return {(one["uri"].rpartition("/")[2], one["range"]["start"]["line"]) for one in locations}
