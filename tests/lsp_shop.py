"""A small workspace for the tests of the server, with rules of its own: what ours say may change, what these say does not."""

from __future__ import annotations

from pathlib import Path

CODE = '''import json

import stripe


def handler(event, context):
    """Charge the orders of a batch."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        stripe.PaymentIntent.create(amount=order["cents"], customer=order["customer"], confirm=True)
'''
# Where `create` stands in it.
PAYMENT = (9, 29, 35)
HANDLER = (5, 4, 11)

TEMPLATE = """Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::SQS::Queue
  Charge:
    Type: AWS::Serverless::Function
    Properties:
      Handler: charge.handler
      Runtime: python3.12
      Events:
        Order:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
"""
REPORTING = f"{TEMPLATE}            FunctionResponseTypes: [ReportBatchItemFailures]\n"

_RULE = """id: {code}
name: {name}
items: [DUP-1]
severity: {severity}
confidence: high
find: {find}
with:
{sentences}
report: {find}
related:
  - handler: "{{handler}} is what runs."
message: "{message}"
why: It can run a second time.
instead: Make it harmless.
fix: {{title: {title}, safety: {safety}, {action}}}
see: [https://shop.example/rules/{code}]
examples:
  - bad: {{a.py: ""}}
"""


def _rule(
    code: str, name: str, severity: str, find: str, sentences: tuple[str, ...], message: str, fix: tuple[str, str, str]
) -> str:
    listed = "\n".join(f"  - {sentence}" for sentence in sentences)
    title, safety, action = fix
    return _RULE.format(
        code=code, name=name, severity=severity, find=find, sentences=listed, message=message,
        title=title, safety=safety, action=action,
    )  # fmt: skip


RULES = {
    "TST101": _rule(
        "TST101", "paid-twice", "error", "payment", ("handler contains payment", "payment.key is none"),
        "{payment} is made again.",
        ("Give it a key", "safe", "insert_argument: {call: payment, argument: idempotency_key, value: \"order['id']\"}"),
    ),
    "TST201": _rule(
        "TST201", "whole-batch-again", "warning", "subscription",
        ("subscription.function runs handler", "subscription.partial_failures is false"),
        "One failure brings the whole batch back.",
        ("Report single failures", "unsafe", "set: subscription.partial_failures, to: true"),
    ),
    "TST301": _rule(
        "TST301", "runs-in-batches", "hint", "handler",
        ("subscription.function runs handler", "subscription.partial_failures is false"),
        "{handler} sees the whole batch again.",
        ("Report single failures", "unsafe", "set: subscription.partial_failures, to: true"),
    ),
}  # fmt: skip

ONLY_OURS = 'select = ["TST"]\n'


def shop(root: Path, **others: str) -> Path:
    """Write the workspace into a directory; ``others`` are further files, or other texts for these."""
    files = {
        "charge.py": CODE,
        "template.yaml": TEMPLATE,
        "twice.toml": ONLY_OURS,
        **{f".twice/rules/{code}.yaml": text for code, text in RULES.items()},
        **others,
    }
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return root
