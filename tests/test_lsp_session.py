"""A session from its beginning to its end: what goes wrong on the way costs nothing but itself."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from lsp_editor import PATIENCE, PULL, PUSH, Failure, codes, connected, edit, in_process, real
from lsp_shop import CODE, HANDLER, shop
from lsprotocol import types
from twice.lsp import server

pytestmark = pytest.mark.asyncio

PROGRESS: dict[str, Any] = {**PUSH, "window": {"workDoneProgress": True}}
WATCHING: dict[str, Any] = {**PUSH, "workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}


# --- a process of its own --------------------------------------------------------------------------------------------


async def test_a_process_serves_an_editor_and_ends_well(tmp_path: Path) -> None:
    async with real() as (editor, process):
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST301", "TST101"]
        version = editor.change(uri, edit(9, 0, 9, 8, "        \u2028# \x0c\n        "))
        assert codes(await editor.diagnostics(uri, version)) == ["TST301", "TST101"]
        await editor.leave()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def test_leaving_without_a_word_is_an_error(tmp_path: Path) -> None:
    async with real() as (editor, process):
        await editor.greet(shop(tmp_path))
        editor.tell("exit", None)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1


async def test_nothing_is_left_behind_when_the_editor_leaves_without_a_word(tmp_path: Path) -> None:
    async with real() as (editor, process):
        editor.answers["window/showDocument"] = lambda params: {"success": True}
        await editor.greet(shop(tmp_path), capabilities={**PUSH, "window": {"showDocument": {"support": True}}})
        await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)
        await editor.ask("workspace/executeCommand", {"command": "twice.explain", "arguments": ["TST101"]})
        page = Path((await editor.wait("window/showDocument"))["uri"].removeprefix("file://"))
        assert page.is_file()
        editor.tell("exit", None)
        await asyncio.wait_for(process.wait(), PATIENCE)
    assert not page.parent.exists()


async def test_a_closed_input_ends_the_process(tmp_path: Path) -> None:
    async with real() as (editor, process):
        await editor.greet(shop(tmp_path))
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1


async def test_the_server_ends_with_its_editor(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    async with real() as (editor, process):
        await editor.greet(shop(tmp_path), processId=gone.pid)
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 1


async def test_a_server_on_a_port_serves_one_editor(tmp_path: Path, unused_tcp_port: int) -> None:
    async with real("--tcp", str(unused_tcp_port)) as (_, process):
        editor = await connected(unused_tcp_port)
        await editor.greet(shop(tmp_path))
        assert codes(await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)) == ["TST301", "TST101"]
        await editor.leave()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


# --- what goes wrong -------------------------------------------------------------------------------------------------


async def test_a_request_that_cannot_be_read_is_answered_and_the_next_one_works(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        with pytest.raises(Failure) as failure:
            await editor.ask("textDocument/hover", {"textDocument": {"uri": 3}})
        assert failure.value.code == -32602
        editor.send_raw(b"{not json")
        editor.tell("textDocument/didChange", {"nonsense": True})
        assert codes(await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)) == ["TST301", "TST101"]


async def test_a_request_that_fails_is_logged_with_its_stack_and_answered(tmp_path: Path) -> None:
    def fail(params: None) -> None:
        raise ZeroDivisionError("so it is")

    async with in_process() as editor:
        editor.server.feature("test/fails")(fail)
        await editor.greet(shop(tmp_path))
        with pytest.raises(Failure, match="so it is"):
            await editor.ask("test/fails")
        told = await editor.wait("window/logMessage", lambda params: params["type"] == 1)
        assert "Traceback" in told["message"]
        assert "ZeroDivisionError" in told["message"]
        since = len(editor.heard)
        editor.tell("test/fails", None)
        told = await editor.wait("window/logMessage", lambda params: params["type"] == 1, since)
        assert "ZeroDivisionError" in told["message"]
        assert "window/showMessage" not in {one["method"] for one in editor.heard}
        assert codes(await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)) == ["TST301", "TST101"]


async def test_an_editor_that_traces_is_told_what_is_done_and_no_other(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        await editor.diagnostics(uri, 1)
        assert "$/logTrace" not in {one["method"] for one in editor.heard}
        editor.tell("$/setTrace", {"value": "messages"})
        await editor.diagnostics(uri, editor.change(uri, CODE + "\n"))
        told = await editor.wait("$/logTrace")
        assert "checked 2 files in" in told["message"]
        assert "verbose" not in told
        editor.tell("$/setTrace", {"value": "verbose"})
        await editor.diagnostics(uri, editor.change(uri, CODE + "\n\n"))
        assert (await editor.wait("$/logTrace", lambda params: "verbose" in params))["verbose"] == "open: charge.py (3)"
        editor.tell("$/setTrace", {"value": "off"})
        since = len(editor.heard)
        await editor.diagnostics(uri, editor.change(uri, CODE))
        assert "$/logTrace" not in {one["method"] for one in editor.heard[since:]}


async def test_an_editor_may_trace_from_the_beginning(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), trace="messages")
        assert "read 2 files" in (await editor.wait("$/logTrace"))["message"]


async def test_unknown_requests_and_documents_do_no_harm(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        with pytest.raises(Failure) as failure:
            await editor.ask("twice/unheardOf", {})
        assert failure.value.code == -32601
        unknown = {"uri": (tmp_path / "never_opened.py").as_uri()}
        change = {"textDocument": {**unknown, "version": 2}, "contentChanges": [{"text": ""}]}
        editor.tell("textDocument/didChange", change)
        editor.tell("textDocument/didClose", {"textDocument": unknown})
        hover = {"textDocument": unknown, "position": {"line": 0, "character": 0}}
        assert await editor.ask("textDocument/hover", hover) is None


async def test_before_the_greeting_and_after_the_goodbye_requests_are_refused(tmp_path: Path) -> None:
    hover = {"textDocument": {"uri": tmp_path.as_uri()}, "position": {"line": 0, "character": 0}}
    async with in_process() as editor:
        editor.open(tmp_path / "early.py", "")
        with pytest.raises(Failure) as failure:
            await editor.ask("textDocument/hover", hover)
        assert failure.value.code == -32002
        await editor.greet(tmp_path)
        await editor.ask("shutdown")
        with pytest.raises(Failure) as failure:
            await editor.ask("textDocument/hover", hover)
        assert failure.value.code == -32600


async def test_a_folder_that_is_not_there_costs_only_itself(tmp_path: Path) -> None:
    root = shop(tmp_path / "shop")
    async with in_process() as editor:
        await editor.greet(tmp_path / "nothing", root)
        assert codes(await editor.diagnostics(editor.open(root / "charge.py"), 1)) == ["TST301", "TST101"]


# --- long work -------------------------------------------------------------------------------------------------------


async def test_a_request_can_be_given_up_and_others_are_answered_meanwhile(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), options={"debounce": 10_000})
        uri = editor.open(tmp_path / "charge.py")
        await editor.diagnostics(uri, 1)
        editor.change(uri, edit(0, 0, 0, 0, "\n"))
        position = {"line": 0, "character": 0}
        waiting = editor.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})
        other = (tmp_path / "other.py").as_uri()
        unknown = {"command": "twice.explain", "arguments": ["XXX999"]}
        assert await editor.ask("workspace/executeCommand", unknown) is None
        assert other not in editor.versions
        editor.cancel(waiting)
        with pytest.raises(Failure) as failure:
            await editor.answer(waiting)
        assert failure.value.code == -32800


async def test_every_request_can_be_given_up_and_the_next_one_works(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=PULL, options={"debounce": 10_000, "inlayHints": True})
        uri = editor.open(tmp_path / "charge.py")
        requests = asked_about(uri)
        answered = {method for method in server.everything().protocol.fm.features if method in REQUESTS}
        assert set(requests) == answered - {"initialize", "shutdown"} | {"workspace/executeCommand"}
        await editor.ask("textDocument/hover", requests["textDocument/hover"])
        for method, params in requests.items():
            editor.change(uri, edit(0, 0, 0, 0, "\n"))
            waiting = editor.request(method, params)
            editor.cancel(waiting)
            with pytest.raises(Failure) as failure:
                await editor.answer(waiting)
            assert failure.value.code == -32800, method
        editor.tell("workspace/didChangeConfiguration", {"settings": {"debounce": 0}})
        line = HANDLER[0] + len(requests)
        told = await editor.ask("textDocument/hover", asked_about(uri, line, HANDLER[1])["textDocument/hover"])
        assert "handler" in told["contents"]["value"]


REQUESTS = {method for method in types.METHOD_TO_TYPES if types.METHOD_TO_TYPES[method][1] is not None}


def asked_about(uri: str, line: int = 0, column: int = 0) -> dict[str, Any]:
    """The parameters of every request that the server answers, about one place."""
    document, position = {"uri": uri}, {"line": line, "character": column}
    here = {"textDocument": document, "position": position}
    span = {"start": position, "end": position}
    item = {"name": "handler", "kind": 12, "uri": uri, "range": span, "selectionRange": span, "data": {"id": "x"}}
    return {
        "textDocument/hover": here,
        "textDocument/definition": here,
        "textDocument/references": {**here, "context": {"includeDeclaration": False}},
        "textDocument/documentLink": {"textDocument": document},
        "textDocument/documentSymbol": {"textDocument": document},
        "workspace/symbol": {"query": ""},
        "textDocument/prepareCallHierarchy": here,
        "callHierarchy/incomingCalls": {"item": item},
        "callHierarchy/outgoingCalls": {"item": item},
        "textDocument/completion": here,
        "textDocument/inlayHint": {"textDocument": document, "range": span},
        "textDocument/codeLens": {"textDocument": document},
        "textDocument/codeAction": {"textDocument": document, "range": span, "context": {"diagnostics": []}},
        "codeAction/resolve": {"title": "Fix all", "data": {"uri": uri, "code": ""}},
        "textDocument/diagnostic": {"textDocument": document},
        "workspace/diagnostic": {"previousResultIds": []},
        "workspace/executeCommand": {"command": "twice.review", "arguments": [uri, "handler"]},
    }


async def test_the_first_scan_shows_how_far_it_is(tmp_path: Path) -> None:
    root = large(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PROGRESS)
        token = (await editor.wait("window/workDoneProgress/create"))["token"]
        end = await editor.wait("$/progress", lambda params: params["value"]["kind"] == "end")
        values = [one["params"]["value"] for one in editor.heard if one["method"] == "$/progress"]
    assert end["token"] == token
    assert values[0]["kind"] == "begin"
    assert values[0]["cancellable"] is True
    percentages = [value["percentage"] for value in values[1:-1]]
    assert percentages == sorted(percentages)
    assert all(0 <= one <= 100 for one in percentages)


async def test_a_scan_that_begins_again_goes_on_with_its_bar(tmp_path: Path) -> None:
    root = large(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PROGRESS)
        begun = await editor.wait("$/progress", lambda params: params["value"]["kind"] == "begin")
        editor.tell("workspace/didChangeConfiguration", {"settings": {"twice": {"confidence": "high"}}})
        ended = await editor.wait("$/progress", lambda params: params["value"]["kind"] == "end")
        assert ended["token"] == begun["token"]


async def test_a_scan_that_is_stopped_leaves_the_open_files_and_can_be_started_again(tmp_path: Path) -> None:
    root = large(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PROGRESS)
        begun = await editor.wait("$/progress", lambda params: params["value"]["kind"] == "begin")
        editor.tell("window/workDoneProgress/cancel", {"token": begun["token"]})
        ended = await editor.wait("$/progress", lambda params: params["value"]["kind"] == "end")
        assert ended["value"]["message"] == "stopped"
        uri = editor.open(root / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST101"]
        since = len(editor.heard)
        await editor.ask("workspace/executeCommand", {"command": "twice.rescan", "arguments": []})
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST301", "TST101"]


async def test_an_editor_that_refuses_a_bar_is_served_without(tmp_path: Path) -> None:
    def refuse(params: object) -> object:
        raise Failure({"code": -32603, "message": "no bar today"})

    async with in_process() as editor:
        editor.answers["window/workDoneProgress/create"] = refuse
        await editor.greet(shop(tmp_path), capabilities=PROGRESS)
        assert codes(await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)) == ["TST301", "TST101"]
        assert "$/progress" not in {one["method"] for one in editor.heard}


async def test_the_files_that_matter_are_watched_where_the_editor_can(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=WATCHING)
        (registered,) = (await editor.wait("client/registerCapability"))["registrations"]
    assert registered["method"] == "workspace/didChangeWatchedFiles"
    watchers = registered["registerOptions"]["watchers"]
    assert {"globPattern": "**/*.py"} in watchers
    assert {"globPattern": "**/*", "kind": 4} in watchers


async def test_a_file_that_takes_too_long_is_checked_in_part_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twice.lsp.workspace._LONGEST_FILE", 1e-9)
    slow = CODE + CODE[CODE.index("\n\ndef") :].replace("def handler", "def other")
    async with in_process() as editor:
        await editor.greet(shop(tmp_path, **{"charge.py": slow}))
        found = await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)
        assert codes(found)[-1] == "file"
        assert "checked in part: after 1e-09 s, 1 of its functions were left out" in found[-1]["message"]
        assert found[-1]["severity"] == 3
        assert "TST101" in codes(found)  # of the handler that was looked at
        monkeypatch.setattr("twice.lsp.workspace._LONGEST_FILE", 60.0)
        uri = (tmp_path / "charge.py").as_uri()
        assert "file" not in codes(await editor.diagnostics(uri, editor.change(uri, f"{slow}\n")))


async def test_what_is_known_of_closed_and_deleted_files_is_dropped(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        for number in range(20):
            uri = editor.open(root / f"part_{number}.py", CODE)
            await editor.diagnostics(uri, editor.change(uri, f"{CODE}# {number}\n"))
            editor.close_document(uri)
        await editor.diagnostics(editor.open(root / "charge.py"), 1)
        [memory] = editor.server.state._memories.values()
        assert {path for path, _ in memory.outlines} == {"charge.py"}
        assert {path for path, _ in memory.templates.templates} == {"template.yaml"}
        [snapshot] = editor.server.state.snapshots.values()
        assert set(snapshot.buffers) == {"charge.py"}


def large(root: Path) -> Path:
    """The shop with enough files that a scan has steps to tell of."""
    return shop(root, **{f"more/part_{number}.py": CODE for number in range(60)})
