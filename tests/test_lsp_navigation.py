"""From one end of an event to the other: hover on resources, definition, references and links, with the real process."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_editor import at, in_process, real
from lsp_shop import CODE, HANDLER, shop
from lsp_store import SENDER, STORE, ask, on, spots, store

pytestmark = pytest.mark.asyncio


async def test_a_queue_says_who_sends_who_reads_and_how_long_an_event_lives(tmp_path: Path) -> None:
    async with real() as (editor, _):
        await editor.greet(store(tmp_path))
        uri = editor.open(tmp_path / "template.yaml", language="yaml")
        told = (await ask(editor, "hover", uri, on(STORE, "Orders:")))["contents"]["value"].splitlines()
    assert told[0] == "**Orders**: sqs queue"
    sender, code, template = ((tmp_path / name).as_uri() for name in ("sender.py", "charge.py", "template.yaml"))
    assert f"- sent by: place_order, [sender.py:6]({sender}#L6)" in told
    assert f"- read by: handler, [charge.py:6]({code}#L6), deployed as Charge (up to 10 at a time)" in told
    assert f"- dead letters to: sqs Failed, [template.yaml:5]({template}#L5), after 5 tries" in told
    assert "- can wait 4 d (its retention) until it is lost unread" in told
    assert "- is tried up to 5 times, for 5 min at most (5 attempts × 1 min until it comes back)" in told
    assert (
        "- can live 14 d (the longer retention of the two, for the age of a dead letter in Failed counts from the first publish)"
        in told
    )
    assert "- retention 4 d (vendor's default)" in told
    assert any(line.startswith("- visibility timeout 1 min (default of a parameter") for line in told)
    assert f"- dead letter Failed ([template.yaml:13]({template}#L13))" in told


async def test_definition_leads_to_the_code_and_to_the_queue(tmp_path: Path) -> None:
    async with real() as (editor, _):
        await editor.greet(store(tmp_path))
        template = editor.open(tmp_path / "template.yaml", language="yaml")
        sender = editor.open(tmp_path / "sender.py")
        code = await ask(editor, "definition", template, on(STORE, "charge.handler"))
        assert [one["range"] for one in code] == [at(HANDLER[0], HANDLER[1], HANDLER[0], HANDLER[2])]
        assert spots(code) == {("charge.py", HANDLER[0])}
        queue = await ask(editor, "definition", template, on(STORE, "!GetAtt Orders"))
        assert spots(queue) == {("template.yaml", 7)}
        dead = await ask(editor, "definition", template, on(STORE, "!GetAtt Failed"))
        assert spots(dead) == {("template.yaml", 4)}
        sent = await ask(editor, "definition", sender, on(SENDER, "send_message"))
        assert spots(sent) == {("template.yaml", 7)}
        assert await ask(editor, "definition", sender, {"line": 0, "character": 0}) == []


async def test_references_of_a_handler_are_what_feeds_it_and_back(tmp_path: Path) -> None:
    async with real() as (editor, _):
        await editor.greet(store(tmp_path))
        template = editor.open(tmp_path / "template.yaml", language="yaml")
        charge = editor.open(tmp_path / "charge.py", CODE)
        context = {"includeDeclaration": False}
        feeding = await ask(editor, "references", charge, on(CODE, "handler"), context=context)
        assert {("template.yaml", 7), ("template.yaml", 13), ("template.yaml", 19)} <= spots(feeding)
        assert ("charge.py", HANDLER[0]) not in spots(feeding)
        reading = await ask(editor, "references", template, on(STORE, "Orders:"), context=context)
        assert {("charge.py", HANDLER[0]), ("sender.py", 6), ("template.yaml", 4)} <= spots(reading)
        with_own = {"includeDeclaration": True}
        assert ("template.yaml", 7) in spots(
            await ask(editor, "references", template, on(STORE, "Orders:"), context=with_own)
        )


async def test_a_handler_named_in_a_template_is_a_link(tmp_path: Path) -> None:
    async with real() as (editor, _):
        await editor.greet(store(tmp_path))
        uri = editor.open(tmp_path / "template.yaml", language="yaml")
        (link,) = await editor.ask("textDocument/documentLink", {"textDocument": {"uri": uri}})
    assert link["target"] == f"{(tmp_path / 'charge.py').as_uri()}#L{HANDLER[0] + 1}"
    assert link["range"] == at(16, 15, 16, 29)


# The queue, function and subscription of the shop in other languages: file, language, text, and where in it stand the name of
# the code, a use of the queue, and the queue itself.
JSON = """{
  "Transform": "AWS::Serverless-2016-10-31",
  "Resources": {
    "Orders": {"Type": "AWS::SQS::Queue"},
    "Charge": {
      "Type": "AWS::Lambda::Function",
      "Properties": {"Handler": "charge.handler", "Runtime": "python3.12", "Code": "."}
    },
    "Feed": {
      "Type": "AWS::Lambda::EventSourceMapping",
      "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Orders", "Arn"]}, "FunctionName": {"Ref": "Charge"}}
    }
  }
}
"""
TERRAFORM = """resource "aws_sqs_queue" "orders" {
  name = "orders"
}

resource "aws_lambda_function" "charge" {
  function_name = "charge"
  filename      = "charge.zip"
  handler       = "charge.handler"
  runtime       = "python3.12"
}

resource "aws_lambda_event_source_mapping" "feed" {
  function_name    = aws_lambda_function.charge.arn
  event_source_arn = aws_sqs_queue.orders.arn
}
"""
SERVERLESS = """service: shop
provider: {name: aws, runtime: python3.12}
functions:
  charge:
    handler: charge.handler
    events:
      - sqs:
          arn: !GetAtt Orders.Arn
resources:
  Resources:
    Orders:
      Type: AWS::SQS::Queue
"""
CDK = """from aws_cdk import App, Stack, aws_lambda, aws_sqs
from aws_cdk.aws_lambda_event_sources import SqsEventSource


class Shop(Stack):
    def __init__(self, scope, name):
        super().__init__(scope, name)
        queue = aws_sqs.Queue(self, "Orders")
        charge = aws_lambda.Function(
            self,
            "Charge",
            runtime=aws_lambda.Runtime.PYTHON_3_12,
            handler="charge.handler",
            code=aws_lambda.Code.from_asset("."),
        )
        charge.add_event_source(SqsEventSource(queue))


Shop(App(), "Shop")
"""
LANGUAGES = [
    ("stack.json", "json", JSON, "charge.handler", 'Orders", "Arn', 'Orders": {'),
    ("main.tf", "terraform", TERRAFORM, "charge.handler", "aws_sqs_queue.orders", 'orders" {'),
    ("serverless.yml", "yaml", SERVERLESS, "charge.handler", "!GetAtt Orders", "Orders:"),
    ("app.py", "python", CDK, "charge.handler", "queue))", '"Orders"'),
]


@pytest.mark.parametrize(
    ("name", "language", "text", "entry", "use", "queue"), LANGUAGES, ids=[one[0] for one in LANGUAGES]
)
async def test_every_language_leads_from_one_end_to_the_other(
    tmp_path: Path, name: str, language: str, text: str, entry: str, use: str, queue: str
) -> None:
    root = shop(tmp_path, **{name: text})
    (root / "template.yaml").unlink()
    code, declared = ("charge.py", HANDLER[0]), (name, on(text, queue)["line"])
    async with in_process() as editor:
        await editor.greet(root)
        uri, charge = editor.open(root / name, language=language), editor.open(root / "charge.py")
        assert spots(await ask(editor, "definition", uri, on(text, entry))) == {code}
        assert spots(await ask(editor, "definition", uri, on(text, use))) == {declared}
        context = {"includeDeclaration": False}
        assert code in spots(await ask(editor, "references", uri, on(text, queue), context=context))
        assert declared in spots(await ask(editor, "references", charge, on(CODE, "handler"), context=context))
        (link,) = await editor.ask("textDocument/documentLink", {"textDocument": {"uri": uri}})
        assert link["target"] == f"{charge}#L{HANDLER[0] + 1}"
        assert link["range"]["start"]["line"] == on(text, entry)["line"]
        hovered = await ask(editor, "hover", uri, on(text, queue))
        assert f"read by: handler, [charge.py:6]({charge}#L6)" in hovered["contents"]["value"]


TASKS = """from celery import Celery

app = Celery("shop")
app.config_from_object("shop.settings", namespace="CELERY")


@app.task
def report():
    print("done")
"""
SETTINGS = """CELERY_BEAT_SCHEDULE = {"nightly": {"task": "shop.tasks.report", "schedule": 3600.0}}
CELERY_TASK_ROUTES = {"shop.tasks.report": {"queue": "slow"}, "elsewhere.tasks.report": {"queue": "fast"}}
"""


async def test_a_task_named_in_settings_leads_to_its_code_and_back(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"src/shop/tasks.py": TASKS, "src/shop/settings.py": SETTINGS, "src/shop/__init__.py": ""})
    async with in_process() as editor:
        await editor.greet(root)
        settings, tasks = editor.open(root / "src/shop/settings.py"), editor.open(root / "src/shop/tasks.py")
        code = ("tasks.py", on(TASKS, "report")["line"])
        assert spots(await ask(editor, "definition", settings, on(SETTINGS, "shop.tasks.report"))) == {code}
        assert spots(await ask(editor, "definition", settings, on(SETTINGS, 'shop.tasks.report": {'))) == {code}
        assert await ask(editor, "definition", settings, on(SETTINGS, "elsewhere")) == []
        assert await ask(editor, "definition", settings, on(SETTINGS, "nightly")) == []
        context = {"includeDeclaration": False}
        naming = spots(await ask(editor, "references", tasks, on(TASKS, "report"), context=context))
        linked = await editor.ask("textDocument/documentLink", {"textDocument": {"uri": settings}})
        assert [link["target"] for link in linked] == [f"{tasks}#L{on(TASKS, 'report')['line'] + 1}"] * 2
        assert [link["range"]["start"]["line"] for link in linked] == [0, 1]
    assert {("settings.py", 0), ("settings.py", 1)} <= naming


BINDINGS = """{
  "scriptFile": "__init__.py",
  "bindings": [{"name": "order", "type": "queueTrigger", "direction": "in", "queueName": "orders", "connection": "Store"}]
}
"""
FUNCTION = """import azure.functions as func
import requests


def main(order: func.QueueMessage):
    requests.post("https://shop.example/charges", json=order.get_json(), timeout=5)
"""


async def test_a_functions_own_settings_lead_to_its_code_and_back(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge/function.json": BINDINGS, "charge/__init__.py": FUNCTION, "host.json": "{}"})
    async with in_process() as editor:
        await editor.greet(root)
        settings = editor.open(root / "charge" / "function.json", language="json")
        code = editor.open(root / "charge" / "__init__.py")
        main = ("__init__.py", on(FUNCTION, "main")["line"])
        assert spots(await ask(editor, "definition", settings, on(BINDINGS, "__init__"))) == {main}
        context = {"includeDeclaration": False}
        assert main in spots(await ask(editor, "references", settings, on(BINDINGS, '"orders'), context=context))
        feeding = spots(await ask(editor, "references", code, on(FUNCTION, "main"), context=context))
        (link,) = await editor.ask("textDocument/documentLink", {"textDocument": {"uri": settings}})
        assert link["target"] == f"{code}#L{on(FUNCTION, 'main')['line'] + 1}"
        assert link["range"]["start"]["line"] == on(BINDINGS, "__init__")["line"]
        assert ("function.json", on(BINDINGS, '"orders')["line"]) in feeding
