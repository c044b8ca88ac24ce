"""From one end of an event to the other: hover on resources, definition, references and links, with the real process."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_editor import at, real
from lsp_shop import CODE, HANDLER
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
