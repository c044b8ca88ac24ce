"""What the server tells about a place and offers to do there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lsp_editor import PUSH, Editor, at, edit, in_process
from lsp_shop import CODE, HANDLER, PAYMENT, REPORTING, RULES, TEMPLATE, shop
from lsp_store import STORE, on, store
from pygls import uris

pytestmark = pytest.mark.asyncio

PLAIN: dict[str, Any] = {**PUSH, "textDocument": {**PUSH["textDocument"], "hover": {"contentFormat": ["plaintext"]}}}
UNVERSIONED: dict[str, Any] = {**PUSH, "workspace": {}}


# --- hover -----------------------------------------------------------------------------------------------------------


async def test_a_finding_is_explained_where_it_is_underlined(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        for column in (PAYMENT[1], PAYMENT[2]):
            found = await hovered(editor, uri, PAYMENT[0], column)
            assert found["range"] == at(PAYMENT[0], PAYMENT[1], PAYMENT[0], PAYMENT[2])
            assert found["contents"]["kind"] == "markdown"
            told = found["contents"]["value"]
            assert "**TST101** paid-twice" in told
            assert "It can run a second time." in told
            assert "The payment is made again." in told
            assert "**Instead:** Make it harmless." in told
            assert "(https://shop.example/rules/TST101)" in told
            assert "- Give it a key" in told
        assert await hovered(editor, uri, PAYMENT[0], PAYMENT[1] - 5) is None


async def test_an_editor_that_shows_the_message_itself_is_not_told_twice(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), options={"debounce": 0, "diagnosticsInHover": True})
        found = await hovered(editor, editor.open(tmp_path / "charge.py"), PAYMENT[0], PAYMENT[1])
    assert "The payment is made again." not in found["contents"]["value"]
    assert "It can run a second time." in found["contents"]["value"]


async def test_an_editor_without_markdown_is_told_plainly(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=PLAIN)
        found = await hovered(editor, editor.open(tmp_path / "charge.py"), PAYMENT[0], PAYMENT[1])
    assert found["contents"]["kind"] == "plaintext"
    assert "*" not in found["contents"]["value"]
    assert "https://shop.example/rules/TST101" in found["contents"]["value"]


async def test_a_handler_says_what_it_is_and_what_feeds_it(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"template.yaml": REPORTING})
    async with in_process() as editor:
        await editor.greet(root)
        found = await hovered(editor, editor.open(root / "charge.py"), HANDLER[0], HANDLER[1] + 1)
    assert found["range"] == at(HANDLER[0], HANDLER[1], HANDLER[0], HANDLER[2])
    told = found["contents"]["value"].splitlines()
    assert told[:7] == [
        "**handler**: sqs handler, fed by sqs Orders",
        "",
        "- duplicates: the same event can come again",
        "- order: none is promised",
        "- when it raises, the whole batch comes again after 30 s, until it succeeds or its time is over",
        "- after 3 s it is killed, as if it had raised",
        f"- fed by sqs Orders, [template.yaml:3]({(root / 'template.yaml').as_uri()}#L3)",
    ]
    assert any(line.startswith("- handler: at least once") for line in told)
    assert any("batch size 10 (default)" in line and "partial failures" in line for line in told)
    assert any(line.startswith("- function Charge: time limit 3 s (default)") for line in told)
    assert any(line.startswith("- queue Orders:") for line in told)
    assert "- effects: the payment" in told


async def test_a_code_in_an_allow_comment_is_explained(tmp_path: Path) -> None:
    comment = "# twice: allow TST201, paid-twice because they pay"
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py", f"x = 'TST101'  {comment}\ny = 'TST101'\n")
        one = await hovered(editor, uri, 0, 30)
        assert "**TST201**" in one["contents"]["value"]
        assert one["range"] == at(0, 29, 0, 35)
        assert "**TST101** paid-twice" in (await hovered(editor, uri, 0, 40))["contents"]["value"]
        assert await hovered(editor, uri, 1, 7) is None


async def test_the_hover_is_about_the_text_as_it_is_now(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        editor.change(uri, edit(0, 0, 0, 0, "\n"))
        assert await hovered(editor, uri, PAYMENT[0], PAYMENT[1]) is None
        assert await hovered(editor, uri, PAYMENT[0] + 1, PAYMENT[1]) is not None


# --- actions ---------------------------------------------------------------------------------------------------------


async def test_a_fix_is_found_by_its_range_and_applies_to_the_version_it_was_made_for(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        fix, *others = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1] + 2))
    assert (fix["title"], fix["kind"], fix["isPreferred"]) == ("Give it a key (TST101)", "quickfix", True)
    assert [one["code"] for one in fix["diagnostics"]] == ["TST101"]
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    assert "idempotency_key=order['id'])" in applied(CODE, change["edits"])
    assert [one["title"] for one in others] == [
        "Allow TST101 here, with a reason",
        "Allow TST101 in the whole file",
        "Explain TST101: paid-twice",
        "Apply all safe fixes of Twice",
    ]


async def test_an_editor_without_versions_gets_plain_changes(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=UNVERSIONED)
        uri = editor.open(tmp_path / "charge.py")
        fix, *_ = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1]))
    assert list(fix["edit"]) == ["changes"]
    assert list(fix["edit"]["changes"]) == [uri]


async def test_a_fix_can_be_made_in_a_file_that_is_not_open(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        fix, *_ = await offered(editor, uri, at(HANDLER[0], HANDLER[1]))
    assert fix["title"] == "Report single failures (TST301)"
    assert "isPreferred" not in fix
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": (tmp_path / "template.yaml").as_uri(), "version": None}
    assert applied(TEMPLATE, change["edits"]) == REPORTING


async def test_new_lines_end_as_the_lines_of_the_file(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"template.yaml": TEMPLATE.replace("\n", "\r\n")})
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        fix, *_ = await offered(editor, uri, at(HANDLER[0], HANDLER[1]))
    assert fix["edit"]["documentChanges"][0]["edits"][0]["newText"].startswith("\r\n")


async def test_silencing_writes_a_comment_that_silences(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        actions = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1]))
        for title in ("Allow TST101 here, with a reason", "Allow TST101 in the whole file"):
            (chosen,) = [one for one in actions if one["title"] == title]
            text = applied(CODE, chosen["edit"]["documentChanges"][0]["edits"])
            found = await editor.diagnostics(uri, editor.change(uri, text))
            assert [one["code"] for one in found if one["code"].startswith("TST")] == ["TST301"]


async def test_only_what_is_asked_for_is_offered(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        everywhere = at(0, 0, 20, 0)

        async def kinds(*only: str) -> set[str]:
            return {one["kind"] for one in await offered(editor, uri, everywhere, only=list(only))}

        assert await kinds("quickfix") == {"quickfix"}
        assert await kinds("source.fixAll") == {"source.fixAll.twice"}
        assert await kinds("source.fixAll.twice") == {"source.fixAll.twice"}
        assert await kinds("source") == {"source.fixAll.twice"}
        assert await kinds("source.fixAll.other", "refactor") == set()
        assert await kinds("") == {"quickfix", "source.fixAll.twice"}


async def test_fix_all_makes_the_safe_fixes_of_the_file_and_no_other(tmp_path: Path) -> None:
    second = "        stripe.Refund.create(payment_intent=order['payment'])\n"
    root = shop(tmp_path, **{"charge.py": CODE + second})
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        (every,) = await offered(editor, uri, at(0, 0), only=["source.fixAll"])
    (change,) = every["edit"]["documentChanges"]
    text = applied(CODE + second, change["edits"])
    assert text.count("idempotency_key=order['id']") == 2
    assert change["textDocument"]["uri"] == uri


SECOND = CODE[CODE.index("\n\ndef") :].replace("def handler", "def other")


async def test_the_actions_of_a_finding_come_in_the_order_of_their_use(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": CODE + SECOND})
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        actions = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1]))
        both = await offered(editor, uri, at(0, 0, 30, 0))
    assert [one["title"] for one in actions] == [
        "Give it a key (TST101)",
        "Fix all TST101 in this file",
        "Allow TST101 here, with a reason",
        "Allow TST101 in the whole file",
        "Explain TST101: paid-twice",
        "Apply all safe fixes of Twice",
    ]
    assert [one["title"] for one in both].count("Fix all TST101 in this file") == 1
    (change,) = actions[1]["edit"]["documentChanges"]
    assert applied(CODE + SECOND, change["edits"]).count("idempotency_key=order['id']") == 2


async def test_many_edits_are_made_when_they_are_chosen_where_the_editor_can_ask(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": CODE + SECOND})
    resolving = {
        **PUSH["textDocument"],
        "codeAction": {
            **PUSH["textDocument"]["codeAction"],
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    }
    async with in_process() as editor:
        await editor.greet(root, capabilities={**PUSH, "textDocument": resolving})
        assert editor.capabilities["codeActionProvider"]["resolveProvider"] is True
        uri = editor.open(root / "charge.py")
        actions = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1]))
        late = [one for one in actions if "data" in one]
        assert [one["title"] for one in late] == ["Fix all TST101 in this file", "Apply all safe fixes of Twice"]
        assert not any("edit" in one for one in late)
        editor.change(uri, edit(0, 0, 0, 0, "\n"))  # the text is another one when it is chosen
        for one in late:
            chosen = await editor.ask("codeAction/resolve", one)
            (change,) = chosen["edit"]["documentChanges"]
            assert change["textDocument"]["version"] == 2
            assert applied(f"\n{CODE}{SECOND}", change["edits"]).count("idempotency_key=order['id']") == 2
        unchanged = {"title": "Somebody else's", "kind": "quickfix"}
        assert await editor.ask("codeAction/resolve", unchanged) == unchanged


async def test_the_cursor_lands_in_the_reason_where_the_editor_can_put_it_there(tmp_path: Path) -> None:
    edits = {"documentChanges": True, "snippetEditSupport": True}
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities={**PUSH, "workspace": {"workspaceEdit": edits}})
        uri = editor.open(tmp_path / "charge.py")
        actions = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1]))
    (here,) = [one for one in actions if one["title"] == "Allow TST101 here, with a reason"]
    (change,) = here["edit"]["documentChanges"][0]["edits"]
    assert change["snippet"] == {"kind": "snippet", "value": "        # twice: allow TST101 because $0\n"}
    assert change["range"] == at(PAYMENT[0], 0)


async def test_what_stands_in_a_template_can_be_mended_in_the_handlers_file(tmp_path: Path) -> None:
    rule = RULES["TST201"].replace(
        "fix: {title: Report single failures, safety: unsafe, set: subscription.partial_failures, to: true}",
        "fix: {title: Give it a key, safety: unsafe, insert_argument: "
        "{call: payment, argument: idempotency_key, value: '1'}}",
    )
    rule = rule.replace("report: sub", "  - handler contains payment\nreport: sub")
    root = shop(tmp_path, **{".twice/rules/TST201.yaml": rule})
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "template.yaml", language="yaml")
        (found,) = await editor.diagnostics(uri, 1)
        fix, *_ = await offered(editor, uri, found["range"])
    (change,) = fix["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": (root / "charge.py").as_uri(), "version": None}
    assert "idempotency_key=1)" in applied(CODE, change["edits"])


async def test_explaining_opens_a_page_and_returns_it(tmp_path: Path) -> None:
    async with in_process() as editor:
        editor.answers["window/showDocument"] = lambda params: {"success": True}
        await editor.greet(shop(tmp_path), capabilities={**PUSH, "window": {"showDocument": {"support": True}}})
        uri = editor.open(tmp_path / "charge.py")
        actions = await offered(editor, uri, at(PAYMENT[0], PAYMENT[1]))
        (command,) = [one["command"] for one in actions if "command" in one]
        page = await editor.ask("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
        shown = await editor.wait("window/showDocument")
        file = Path(shown["uri"].removeprefix("file://"))
        assert file.read_text() == page
        assert page.startswith("# TST101 paid-twice\n")
        await editor.ask("shutdown")
        assert not file.exists()


async def test_without_documents_to_show_the_explanation_is_a_message(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)
        explained = {"command": "twice.explain", "arguments": ["TST101"]}
        assert await editor.ask("workspace/executeCommand", explained)
        assert (await editor.wait("window/showMessage"))["message"].startswith("TST101 paid-twice")
        unknown = {"command": "twice.explain", "arguments": ["XXX999"]}
        assert await editor.ask("workspace/executeCommand", unknown) is None


async def test_a_lens_tells_the_two_ends_of_a_queue_and_draws_what_is_around_it(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(store(tmp_path))
        uri = editor.open(tmp_path / "template.yaml", language="yaml")
        lenses = await editor.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
        told = {one["command"]["title"]: one for one in lenses}
        assert list(told) == [
            "dead letters of 1",
            "sent by 1, read by 1, dead letters to Failed",
            "runs handler, fed by Orders",
        ]
        orders = told["sent by 1, read by 1, dead letters to Failed"]
        assert orders["range"]["start"]["line"] == on(STORE, "Orders:")["line"]
        page = await command(editor, **orders["command"])
    assert page.startswith("# Events around Orders\n")
    assert "\n## sqs Orders\n" in page
    assert f"[sender.py:6]({(tmp_path / 'sender.py').as_uri()}#L6)" in page
    drawing = page.partition("```mermaid\n")[2].partition("```")[0]
    assert [row.strip() for row in drawing.splitlines() if "|" in row] == [
        "n1 -->|feeds| n2",
        "n1 -->|dead letters to| n0",
        "n2 -->|runs| n3",
        "n4 -->|publishes to| n1",
    ]


async def test_the_event_graph_is_shown_of_the_folder_of_a_file_or_of_all(tmp_path: Path) -> None:
    one, other = store(tmp_path / "one"), shop(tmp_path / "other")
    capabilities = {**PUSH, "window": {"showDocument": {"support": True}}}
    async with in_process() as editor:
        editor.answers["window/showDocument"] = lambda params: {"success": True}
        await editor.greet(one, other, capabilities=capabilities)
        uri = editor.open(one / "charge.py")
        page = await command(editor, "twice.graph", [uri])
        assert page.startswith("# Events of one\n")
        assert "Events of other" not in page
        shown = await editor.wait("window/showDocument")
        file = Path(uris.to_fs_path(shown["uri"]) or "")
        written = file.read_text()
        assert re.sub(r"\]\([^)]*#", "](#", written) == re.sub(r"\]\([^)]*#", "](#", page)
        linked = re.search(r"\[charge.py:6\]\((.*)#L6\)", written)
        assert linked is not None
        assert (file.parent / linked[1]).resolve() == one / "charge.py"
        everything = await command(editor, "twice.graph", [])
        assert "# Events of one\n" in everything
        assert "# Events of other\n" in everything


async def test_a_lens_counts_the_beliefs_of_a_handler_and_opens_its_review(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        [lens] = await editor.ask("textDocument/codeLens", {"textDocument": {"uri": uri}})
        assert lens["range"] == at(HANDLER[0], HANDLER[1], HANDLER[0], HANDLER[2])
        title = lens["command"]["title"]
        assert re.fullmatch(r"\d+ broken, \d+ covered, \d+ open, \d+ not applicable", title)
        page = await editor.ask("workspace/executeCommand", {k: lens["command"][k] for k in ("command", "arguments")})
        assert page.startswith("## `handler` (sqs, fed by sqs Orders)") and title in page
        assert (
            "- [ ] ❌ DUP-1 **Events won't be duplicated**" in page
            and f"  - TST101 [charge.py:10:30]({uri}#L10): The payment" in page
        )
        gone = {"command": "twice.review", "arguments": [uri, "nobody"]}
        assert await editor.ask("workspace/executeCommand", gone) is None


async def test_the_hover_on_a_handler_counts_its_beliefs_and_asks(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "charge.py")
        told = (await hovered(editor, uri, HANDLER[0], HANDLER[1]))["contents"]["value"]
        assert re.search(r"\*\*Checklist\*\*: \d+ broken, ", told)
        assert "- ORD-1: A message fails and comes back behind its successors" in told
        assert re.search(r"- and \d+ more: `twice review`", told)


async def test_the_hover_on_a_task_names_the_timetable_that_sends_it_off(tmp_path: Path) -> None:
    code = (
        'from celery import Celery\n\napp = Celery()\napp.conf.beat_schedule = {"often": {"task": "clock.ping", "schedule": 10.0}}\n'
        "\n\n@app.task\ndef ping():\n    pass\n"
    )
    async with in_process() as editor:
        await editor.greet(shop(tmp_path))
        uri = editor.open(tmp_path / "clock.py", code)
        told = (await hovered(editor, uri, 7, 5))["contents"]["value"]
        assert "- schedule often: period 10 s, expires none" in told


async def test_the_hover_shows_what_bears_on_open_questions(tmp_path: Path) -> None:
    repeating = (
        "from charge import handler\n\n\ndef test_twice(event):\n    handler(event, None)\n    handler(event, None)\n"
    )
    async with in_process() as editor:
        await editor.greet(shop(tmp_path, **{"test_charge.py": repeating}))
        told = (await hovered(editor, editor.open(tmp_path / "charge.py"), HANDLER[0], HANDLER[1]))["contents"]["value"]
        assert re.search(
            r"- IDM-5: test.repeats_event is true: \[test_charge.py:4\]\(file:///.*/test_charge.py#L4\)", told
        )


LIMITS = TEMPLATE.replace(
    "    Type: AWS::SQS::Queue\n", "    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: 30\n"
).replace("      Runtime", "      Timeout: 10\n      Runtime")
WAITING = CODE.replace("import stripe", "import requests, stripe").replace(
    "        stripe.P", "        requests.post('https://shop.example', json=order, timeout=20)\n        stripe.P"
)
HINTING: dict[str, Any] = {
    **PUSH,
    "workspace": {"inlayHint": {"refreshSupport": True}, "codeLens": {"refreshSupport": True}},
}


async def test_a_number_stands_beside_those_that_decide_with_it(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"template.yaml": LIMITS, "charge.py": WAITING})
    async with in_process() as editor:
        await editor.greet(root, options={"debounce": 0, "inlayHints": True})
        uri, template = editor.open(root / "charge.py"), editor.open(root / "template.yaml", language="yaml")
        assert await hinted(editor, uri) == {"timeout=20)": "function 10 s, queue hidden 30 s"}
        assert await hinted(editor, template) == {
            "VisibilityTimeout: 30": "function 10 s, requests.post 20 s, stripe.PaymentIntent.create 80 s (default)",
            "Timeout: 10": "queue hidden 30 s, requests.post 20 s, stripe.PaymentIntent.create 80 s (default)",
        }
        assert await hinted(editor, uri, 0, 3) == {}


async def test_a_default_of_the_vendor_is_told_as_such(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": WAITING})
    async with in_process() as editor:
        await editor.greet(root, options={"debounce": 0, "inlayHints": True})
        found = await hinted(editor, editor.open(root / "charge.py"))
    assert found == {"timeout=20)": "function 3 s (default), queue hidden 30 s (default)"}


async def test_no_number_is_told_unless_the_user_wants_it(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"template.yaml": LIMITS, "charge.py": WAITING})
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        assert await hinted(editor, uri) == {}
        editor.tell("workspace/didChangeConfiguration", {"settings": {"twice": {"inlayHints": True}}})
        assert await hinted(editor, uri) != {}


async def test_what_was_told_about_an_unchanged_text_is_asked_for_again(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": WAITING})
    async with in_process() as editor:
        await editor.greet(root, capabilities=HINTING, options={"debounce": 0, "inlayHints": True})
        uri, template = editor.open(root / "charge.py"), editor.open(root / "template.yaml", language="yaml")
        await hinted(editor, uri)
        since = len(editor.heard)
        editor.change(template, REPORTING)
        await editor.wait("workspace/codeLens/refresh", since=since)
        await editor.wait("workspace/inlayHint/refresh", since=since)


async def test_a_rescan_reads_everything_again(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        await editor.diagnostics(uri, 1)
        (root / "template.yaml").write_text(REPORTING)
        since = len(editor.heard)
        await editor.ask("workspace/executeCommand", {"command": "twice.rescan", "arguments": []})
        found = await editor.diagnostics(uri, 1, since)
        assert [one["code"] for one in found] == ["TST101"]


# --- words for the tests ---------------------------------------------------------------------------------------------


async def hovered(editor: Editor, uri: str, line: int, column: int) -> Any:
    position = {"line": line, "character": column}
    return await editor.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})


async def hinted(editor: Editor, uri: str, start: int = 0, end: int = 100) -> dict[str, str]:
    """The hints of a part of a document, by the text of the line in front of each and behind the last space."""
    params = {"textDocument": {"uri": uri}, "range": at(start, 0, end, 0)}
    found = await editor.ask("textDocument/inlayHint", params)
    lines = editor.server.state.documents.document(uri).text.data.decode().split("\n")
    told = {}
    for one in found:
        line, column = one["position"]["line"], one["position"]["character"]
        word = (
            lines[line].strip()
            if uri.endswith("yaml")
            else lines[line][:column].rpartition(" ")[2] + lines[line][column:]
        )
        told[word] = one["label"]
    return told


async def offered(editor: Editor, uri: str, place: dict[str, Any], **context: Any) -> list[dict[str, Any]]:
    """The actions for a range, asked without any diagnostics, as some editors do."""
    params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": [], **context}}
    actions: list[dict[str, Any]] = await editor.ask("textDocument/codeAction", params)
    return actions


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after these edits, made as an editor makes them: all at once, in columns of this ASCII text."""
    lines = text.splitlines(keepends=True)

    def offset(place: dict[str, int]) -> int:
        return sum(map(len, lines[: place["line"]])) + place["character"]

    for change in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        text = text[: offset(change["range"]["start"])] + change["newText"] + text[offset(change["range"]["end"]) :]
    return text


async def command(editor: Editor, command: str, arguments: list[Any], **others: Any) -> Any:
    """The answer of a command, as a lens or an action names it."""
    return await editor.ask("workspace/executeCommand", {"command": command, "arguments": arguments})
