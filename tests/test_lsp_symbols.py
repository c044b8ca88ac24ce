"""What is found by name, and calls along events: from a publish to the handlers that receive it, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsp_editor import PUSH, Editor, at, in_process
from lsp_shop import CODE, HANDLER
from lsp_store import SENDER, STORE, ask, on, store

pytestmark = pytest.mark.asyncio

NESTING = {**PUSH, "textDocument": {"documentSymbol": {"hierarchicalDocumentSymbolSupport": True}}}
TASKS = """from celery import shared_task


@shared_task
def welcome(member):
    print(member)


def join(member):
    welcome.delay(member)
"""


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    async with in_process() as editor:
        await editor.greet(store(tmp_path, **{"tasks.py": TASKS}), capabilities=NESTING)
        yield editor


async def test_a_template_has_its_queues_functions_and_subscriptions(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "template.yaml", language="yaml")
    found = await editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert [(one["name"], one["detail"]) for one in found] == [
        ("Failed", "sqs queue"),
        ("Orders", "sqs queue"),
        ("Charge", "function"),
        ("Orders → Charge", "sqs subscription, runs handler"),
    ]
    assert [one["selectionRange"]["start"]["line"] for one in found] == [
        STORE[: STORE.index(words)].count("\n") for words in ("  Failed:", "  Orders:", "  Charge:", "  Order:")
    ]
    assert all(one["range"] == one["selectionRange"] for one in found)


async def test_a_file_of_code_has_its_handlers(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "charge.py")
    (found,) = await editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert (found["name"], found["detail"], found["kind"]) == ("handler", "sqs handler", 12)
    assert found["range"] == at(HANDLER[0], HANDLER[1], HANDLER[0], HANDLER[2])
    sender = editor.open(tmp_path / "sender.py")
    assert await editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": sender}}) == []


async def test_an_editor_without_nested_symbols_gets_the_older_form(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(store(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        (found,) = await editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
    assert (found["name"], found["containerName"], found["location"]["uri"]) == ("handler", "sqs handler", uri)


async def test_a_queue_is_found_by_name_with_who_reads_it(editor: Editor, tmp_path: Path) -> None:
    assert await named(editor, "orders") == {"Orders": "template.yaml", "Orders → Charge": "template.yaml"}
    assert await named(editor, "ORD CHA") == {"Orders → Charge": "template.yaml"}
    assert await named(editor, "handler") == {"handler": "charge.py"}
    assert await named(editor, "welcome") == {"welcome": "tasks.py"}
    assert await named(editor, "nobody") == {}
    assert {"Failed", "Orders", "Charge", "handler", "welcome"} <= (await named(editor, "")).keys()


async def test_what_is_typed_is_found_before_it_is_saved(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "template.yaml", language="yaml")
    editor.change(uri, STORE.replace("Orders", "Purchases"))
    assert (await named(editor, "purchases")).keys() == {"Purchases", "Purchases → Charge"}
    assert await named(editor, "orders") == {}


async def test_a_publish_leads_to_the_handlers_that_receive_it(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "sender.py")
    (queue,) = await ask(editor, "prepareCallHierarchy", uri, on(SENDER, "send_message"))
    assert (queue["name"], queue["detail"]) == ("Orders", "sqs queue, template.yaml")
    received, dead = await calls(editor, "outgoing", queue)
    assert (received["to"]["name"], received["to"]["detail"]) == ("handler", "sqs handler, charge.py")
    assert received["to"]["selectionRange"] == at(HANDLER[0], HANDLER[1], HANDLER[0], HANDLER[2])
    assert [one["start"]["line"] for one in received["fromRanges"]] == [on(STORE, "  Order:\n")["line"]]
    assert (dead["to"]["name"], dead["to"]["detail"]) == ("Failed", "dead letters, sqs queue, template.yaml")


async def test_a_handler_leads_back_to_who_sends_to_it(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "charge.py")
    (handler,) = await ask(editor, "prepareCallHierarchy", uri, on(CODE, "handler"))
    (fed,) = await calls(editor, "incoming", handler)
    assert fed["from"]["name"] == "Orders"
    (sent,) = await calls(editor, "incoming", fed["from"])
    assert (sent["from"]["name"], sent["from"]["uri"]) == ("place_order", (tmp_path / "sender.py").as_uri())
    assert [one["start"]["line"] for one in sent["fromRanges"]] == [on(SENDER, "send_message")["line"]]
    assert await calls(editor, "incoming", sent["from"]) == []
    assert await calls(editor, "outgoing", handler) == []


async def test_a_task_is_its_own_queue(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "tasks.py")
    found = await ask(editor, "prepareCallHierarchy", uri, on(TASKS, "delay"))
    assert [(one["name"], one["detail"]) for one in found] == [("welcome", "celery queue, tasks.py")]
    handler, queue = await ask(editor, "prepareCallHierarchy", uri, on(TASKS, "welcome"))
    assert [one["from"]["name"] for one in await calls(editor, "incoming", handler)] == ["welcome"]
    assert [one["from"]["name"] for one in await calls(editor, "incoming", queue)] == ["join"]


async def test_where_nothing_is_sent_or_received_no_call_begins(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "sender.py")
    assert await ask(editor, "prepareCallHierarchy", uri, on(SENDER, "import")) == []
    (queue,) = await ask(editor, "prepareCallHierarchy", uri, on(SENDER, "send_message"))
    for strange in ({**queue, "data": {"id": "queue:gone.yaml#Gone"}}, {**queue, "data": None}):
        assert await calls(editor, "outgoing", strange) == []
        assert await calls(editor, "incoming", strange) == []


async def named(editor: Editor, query: str) -> dict[str, str]:
    """The files of the symbols that a query finds, by name."""
    found = await editor.ask("workspace/symbol", {"query": query})
    return {one["name"]: one["location"]["uri"].rpartition("/")[2] for one in found}


async def calls(editor: Editor, way: str, item: dict[str, Any]) -> list[Any]:
    found: list[Any] = await editor.ask(f"callHierarchy/{way}Calls", {"item": item})
    return found
