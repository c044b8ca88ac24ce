"""Writes the handler files the benchmarks measure: realistic, deterministic, of a wished length. Measures nothing."""

from __future__ import annotations

HEAD = '''"""Handlers of the {shop} shop."""

import json
import logging
import os

import boto3
import requests
from celery import shared_task

logger = logging.getLogger(__name__)
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sqs = boto3.client("sqs")
SERVICE = os.environ.get("SERVICE_URL", "https://service.example")
'''

QUEUE_HANDLER = '''

def {name}_total(order):
    """The amount of an order in cents."""
    lines = order.get("lines", [])
    total = sum(line["price"] * line["quantity"] for line in lines)
    if order.get("voucher"):
        total -= min(total, order["voucher"]["cents"])
    return total


def {name}_save(order, total):
    """Keep an order in the table."""
    table.put_item(
        Item={{
            "id": order["order_id"],
            "customer": order["customer"]["id"],
            "total": total,
            "version": order["version"],
        }}
    )


def {name}_handler(event, context):
    """Handle a batch of {name} messages and report the ones that failed."""
    failures = []
    for record in event["Records"]:
        try:
            order = json.loads(record["body"])
            if table.get_item(Key={{"id": order["order_id"]}}).get("Item"):
                continue
            total = {name}_total(order)
            answer = requests.post(f"{{SERVICE}}/{name}", json={{"order": order["order_id"], "total": total}})
            answer.raise_for_status()
            {name}_save(order, total)
        except Exception:
            logger.exception("{name} failed", extra={{"message_id": record["messageId"]}})
            failures.append({{"itemIdentifier": record["messageId"]}})
    return {{"batchItemFailures": failures}}
'''

TASK = '''

@shared_task(bind=True, acks_late=True, max_retries=5)
def {name}_task(self, order_id, email):
    """Tell the service about an order, and the customer afterwards."""
    key = f"{name}-{{order_id}}"
    try:
        answer = requests.put(f"{{SERVICE}}/{name}/{{order_id}}", headers={{"Idempotency-Key": key}}, timeout=5)
        answer.raise_for_status()
    except requests.RequestException as problem:
        raise self.retry(exc=problem, countdown=30)
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps({{"order": order_id, "to": email}}))
    with open(f"/tmp/{{order_id}}.log", "a") as log:
        for number, word in enumerate(email.split("@"), 1):
            if number > 1 and not word:
                log.write("empty part\\n")
            elif number == 1:
                log.write(f"{{number}} {{word}}\\n")
            else:
                log.write(word)
'''

TEMPLATE_HEAD = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
"""

TEMPLATE_FUNCTION = """  {title}Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
  {title}Function:
    Type: AWS::Serverless::Function
    Properties:
      Handler: {module}.{name}_handler
      CodeUri: .
      Timeout: 30
      Events:
        Messages:
          Type: SQS
          Properties:
            Queue: !GetAtt {title}Queue.Arn
            FunctionResponseTypes: [ReportBatchItemFailures]
"""


def source(lines: int) -> str:
    """A module of about that many lines: helpers, queue handlers and Celery tasks in turn."""
    text = HEAD.format(shop="tea")
    for number, name in enumerate(_names(lines)):
        text += (TASK if number % 3 == 2 else QUEUE_HANDLER).format(name=name)
    return text


def template(lines: int, module: str) -> str:
    """A SAM template that deploys the first twenty queue handlers of ``source(lines)``."""
    handlers = [name for number, name in enumerate(_names(lines)) if number % 3 != 2][:20]
    blocks = (TEMPLATE_FUNCTION.format(title=_title(name), name=name, module=module) for name in handlers)
    return TEMPLATE_HEAD + "".join(blocks)


def middle(text: str) -> int:
    """The zero-based number of a line inside a handler near the middle: where the benchmarks type."""
    lines = text.splitlines()
    return next(n for n in range(len(lines) // 2, len(lines)) if lines[n].endswith('json.loads(record["body"])'))


def _names(lines: int) -> list[str]:
    names: list[str] = []
    written = HEAD.count("\n")
    while written < lines:
        names.append(f"order_{len(names):03d}")
        written += (TASK if len(names) % 3 == 0 else QUEUE_HANDLER).count("\n")
    return names


def _title(name: str) -> str:
    return name.title().replace("_", "")
