"""Writes the large workspace the benchmarks measure: many services, each with handlers and the template that deploys them.

    python benchmarks/workspace.py DIRECTORY [TEMPLATES] [HANDLERS]

Deterministic, and with what real ones have: a package of their own that services import, Celery tasks beside functions, and
templates of three languages in turn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

SHARED = '''"""What all services use."""

import json
import os

import boto3
import requests

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
sqs = boto3.client("sqs")


def seen(message_id):
    """Remember a message; was it here before?"""
    try:
        table.put_item(Item={"id": message_id}, ConditionExpression="attribute_not_exists(id)")
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return True
    return False


def charge(order):
    """Take the money of an order."""
    answer = requests.post("https://service.example/charges", json={"order": order["id"], "total": order["total"]}, timeout=5)
    answer.raise_for_status()
    return answer.json()


def tell(queue, body):
    """Send a message on."""
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))
'''

SERVICE = '''"""Handlers of the {service} service."""

import json
import logging
import os

from celery import shared_task

from shared.common import charge, seen, tell

logger = logging.getLogger(__name__)
'''

FUNCTION = '''

def {name}_total(order):
    """The amount of an order in cents."""
    total = sum(line["price"] * line["quantity"] for line in order.get("lines", []))
    if order.get("voucher"):
        total -= min(total, order["voucher"]["cents"])
    return total


def {name}_handler(event, context):
    """Handle a batch of {name} messages."""
    for record in event["Records"]:
        order = json.loads(record["body"])
        if seen(record["messageId"]):
            continue
        order["total"] = {name}_total(order)
        charge(order)
        tell(os.environ["NEXT_QUEUE"], order)
    return {{"done": len(event["Records"])}}
'''

TASK = '''

@shared_task(bind=True, acks_late=True, max_retries=5)
def {name}_task(self, order_id, email):
    """Charge an order, and tell the customer afterwards."""
    try:
        charge({{"id": order_id, "total": 1}})
    except OSError as problem:
        raise self.retry(exc=problem, countdown=30)
    tell(os.environ["MAIL_QUEUE"], {{"order": order_id, "to": email}})
    logger.info("done", extra={{"order": order_id}})
'''

SAM_HEAD = """AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Outbox:
    Type: AWS::SQS::Queue
"""

SAM = """  {title}Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
  {title}Function:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.{name}_handler
      CodeUri: .
      Timeout: 30
      Environment:
        Variables:
          NEXT_QUEUE: !Ref Outbox
      Events:
        Messages:
          Type: SQS
          Properties:
            Queue: !GetAtt {title}Queue.Arn
            BatchSize: 10
"""

TERRAFORM = """
resource "aws_sqs_queue" "{name}" {{
  name                       = "{name}"
  visibility_timeout_seconds = 60
}}

resource "aws_lambda_function" "{name}" {{
  function_name = "{name}"
  filename      = data.archive_file.code.output_path
  handler       = "app.{name}_handler"
  runtime       = "python3.12"
  timeout       = 30
  environment {{
    variables = {{
      NEXT_QUEUE = aws_sqs_queue.outbox.url
    }}
  }}
}}

resource "aws_lambda_event_source_mapping" "{name}" {{
  event_source_arn = aws_sqs_queue.{name}.arn
  function_name    = aws_lambda_function.{name}.arn
  batch_size       = 10
}}
"""

TERRAFORM_HEAD = """data "archive_file" "code" {
  type        = "zip"
  source_dir  = "${path.module}"
  output_path = "${path.module}/code.zip"
}

resource "aws_sqs_queue" "outbox" {
  name = "outbox"
}
"""

SERVERLESS_HEAD = """service: {service}
provider:
  name: aws
  runtime: python3.12
  timeout: 30
functions:
"""

SERVERLESS = """  {name}:
    handler: app.{name}_handler
    environment:
      NEXT_QUEUE: !Ref Outbox
    events:
      - sqs:
          arn: !GetAtt {title}Queue.Arn
          batchSize: 10
"""

SERVERLESS_OUTBOX = """resources:
  Resources:
    Outbox:
      Type: AWS::SQS::Queue
"""

SERVERLESS_QUEUE = """    {title}Queue:
      Type: AWS::SQS::Queue
      Properties:
        VisibilityTimeout: 60
"""


def files(templates: int = 300, handlers: int = 1000) -> Iterator[tuple[str, str]]:
    """The paths and texts of a workspace: a template a service, every third handler a Celery task."""
    yield "shared/__init__.py", ""
    yield "shared/common.py", SHARED
    for number in range(templates):
        service = f"service_{number:03d}"
        mine = [f"order_{count:04d}" for count in range(number, handlers, templates)]
        functions = [name for count, name in enumerate(mine) if count % 3 != 2]
        text = SERVICE.format(service=service)
        for name in mine:
            text += (FUNCTION if name in functions else TASK).format(name=name)
        yield f"services/{service}/app.py", text
        path, deployed = (_sam, _terraform, _serverless)[number % 3](service, functions)
        yield f"services/{service}/{path}", deployed


def write(root: Path, templates: int = 300, handlers: int = 1000) -> None:
    """Write that workspace into a directory."""
    for path, text in files(templates, handlers):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _sam(service: str, names: list[str]) -> tuple[str, str]:
    return "template.yaml", SAM_HEAD + "".join(SAM.format(name=name, title=_title(name)) for name in names)


def _terraform(service: str, names: list[str]) -> tuple[str, str]:
    return "main.tf", TERRAFORM_HEAD + "".join(TERRAFORM.format(name=name) for name in names)


def _serverless(service: str, names: list[str]) -> tuple[str, str]:
    functions = "".join(SERVERLESS.format(name=name, title=_title(name)) for name in names)
    queues = "".join(SERVERLESS_QUEUE.format(title=_title(name)) for name in names)
    return "serverless.yml", f"{SERVERLESS_HEAD.format(service=service)}{functions}{SERVERLESS_OUTBOX}{queues}"


def _title(name: str) -> str:
    return name.title().replace("_", "")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
