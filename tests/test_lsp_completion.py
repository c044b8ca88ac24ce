"""What can be written in comments to Twice, in its settings, and in rules and libraries; what is wrong there, and what words mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsp_editor import PUSH, Editor, in_process
from lsp_shop import CODE, ONLY_OURS, RULES, shop

pytestmark = pytest.mark.asyncio

# Where the cursor stands in a text of these tests; it is not written.
CURSOR = "¦"

LIBRARY = "library: acme\ncalls:\n  acme.pay: {is: payment}\n"


@pytest_asyncio.fixture
async def editor(tmp_path: Path) -> AsyncIterator[Editor]:
    async with in_process() as one:
        await one.greet(shop(tmp_path))
        yield one


# --- comments --------------------------------------------------------------------------------------------------------


async def test_a_comment_to_twice_begins_with_one_of_two_words(editor: Editor, tmp_path: Path) -> None:
    offered = await completed(editor, tmp_path / "charge.py", f"x = 1  # twice: {CURSOR}\n")
    assert [one["label"] for one in offered] == ["allow", "allow-file"]
    assert after(f"# twice: {CURSOR}", offered[0]) == "# twice: allow "


async def test_the_codes_of_this_file_come_first_with_their_names_and_the_word_for_the_reason(
    editor: Editor, tmp_path: Path
) -> None:
    uri = editor.open(tmp_path / "charge.py")
    await editor.diagnostics(uri, 1)
    before = CODE.replace("    for record", f"    # twice: allow {CURSOR}\n    for record")
    offered = await completed(editor, uri, before)
    first = offered[0]
    assert {one["label"] for one in offered[:2]} == {"TST101", "TST301"}
    assert sorted(one["sortText"] for one in offered) == [one["sortText"] for one in offered]
    paid = next(one for one in offered if one["label"] == "TST101")
    assert paid["detail"] == "paid-twice"
    assert "paid-twice" in paid["filterText"]
    assert "It can run a second time." in paid["documentation"]
    assert first["textEdit"]["newText"].endswith(" because ")
    assert any(one["label"].startswith("DUP") for one in offered)


async def test_a_second_code_and_a_reason_that_is_there_need_no_because(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "charge.py"
    for text in (f"# twice: allow TST101, TS{CURSOR}", f"# twice: allow TS{CURSOR} because they pay"):
        offered = await completed(editor, file, f"x = 1  {text}\n")
        code = next(one for one in offered if one["label"] == "TST201")
        assert after(text, code) == text.replace(f"TS{CURSOR}", "TST201")
    offered = await completed(editor, file, f"x = 1  # twice: allow TST101 b{CURSOR}\n")
    assert [one["textEdit"]["newText"] for one in offered] == ["because "]


@pytest.mark.parametrize("text", ["# allow {}", "x = 'twice: allow {}'", "# twice: allow TST101 because {}", "{}"])
async def test_elsewhere_nothing_is_offered(editor: Editor, tmp_path: Path, text: str) -> None:
    assert await completed(editor, tmp_path / "charge.py", text.format(CURSOR)) == []


async def test_a_template_is_commented_in_the_same_words(editor: Editor, tmp_path: Path) -> None:
    offered = await completed(editor, tmp_path / "template.yaml", f"Resources:  # twice: allow {CURSOR}\n")
    assert "TST101" in labels(offered)


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{CURSOR}", "fail-on"),
        (f'select = ["TST"]\nig{CURSOR}', "ignore"),
        (f'select = ["{CURSOR}"]', "TST101"),
        (f'select = [\n  "TST101",\n  "{CURSOR}"\n]', "TST201"),
        (f'ignore = ["TST{CURSOR}"]', "TST"),
        (f'confidence = "{CURSOR}"', "medium"),
        (f"fail-on = {CURSOR}", "never"),
        (f'[per-path-ignores]\n"tests/" = ["{CURSOR}"]', "TST101"),
        (f'per-path-ignores = {{ "tests/" = ["{CURSOR}"] }}', "TST101"),
    ],
)
async def test_keys_codes_and_words_of_the_settings(editor: Editor, tmp_path: Path, text: str, expected: str) -> None:
    assert expected in labels(await completed(editor, tmp_path / "twice.toml", text, "toml"))


async def test_a_word_is_quoted_where_it_is_not_yet(editor: Editor, tmp_path: Path) -> None:
    bare = await completed(editor, tmp_path / "twice.toml", f"fail-on = {CURSOR}", "toml")
    assert bare[0]["textEdit"]["newText"] == '"error"'
    inside = await completed(editor, tmp_path / "twice.toml", f'fail-on = "{CURSOR}"', "toml")
    assert inside[0]["textEdit"]["newText"] == "error"


async def test_only_our_table_of_a_shared_file_is_completed(editor: Editor, tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    assert "confidence" in labels(await completed(editor, file, f"[tool.twice]\n{CURSOR}", "toml"))
    assert "TST101" in labels(
        await completed(editor, file, f'[tool.twice.per-path-ignores]\n"tests/" = ["{CURSOR}"]', "toml")
    )
    for text in (f"{CURSOR}", f"[project]\n{CURSOR}", f"[tool.twice]\n[tool.ruff]\n{CURSOR}"):
        assert await completed(editor, file, text, "toml") == []


async def test_a_wrong_setting_is_told_on_its_line_while_it_is_typed(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "twice.toml", language="toml")
    assert await editor.diagnostics(uri, 1) == []
    version = editor.change(uri, f'{ONLY_OURS}confidence = "lots"\nignore = ["NOPE1"]\n')
    found = await editor.diagnostics(uri, version)
    assert [(one["range"]["start"]["line"], one["code"]) for one in found] == [(1, "config"), (2, "config")]
    assert "'confidence' is 'lots'" in found[0]["message"]
    assert await editor.diagnostics(uri, editor.change(uri, ONLY_OURS)) == []


async def test_a_wrong_setting_of_a_shared_file_counts_where_there_is_no_file_of_our_own(
    editor: Editor, tmp_path: Path
) -> None:
    text = '[tool.twice]\nconfidence = "lots"\n'
    uri = editor.open(tmp_path / "pyproject.toml", text, "toml")
    assert await editor.diagnostics(uri, 1) == []
    (tmp_path / "twice.toml").unlink()
    editor.touched(tmp_path / "twice.toml", kind=3)
    found = await editor.diagnostics(uri, editor.change(uri, f"{text}\n"))
    assert [(one["range"]["start"]["line"], one["code"]) for one in found] == [(1, "config")]


async def test_settings_explain_themselves(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / "twice.toml", 'confidence = "high"\nselect = ["TST101"]\n', "toml")
    assert "The lowest confidence" in await hovered(editor, uri, 0, 3)
    assert "`high`" in await hovered(editor, uri, 0, 3)
    assert "**TST101** paid-twice" in await hovered(editor, uri, 1, 13)


# --- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "find"),
        ("id: TST101\nsev{}", "severity"),
        ("severity: {}", "warning"),
        ("confidence: h{}", "high"),
        ("find: {}", "payment"),
        ("items: [{}", "DUP-1"),
        ("hides: [T{}", "TST201"),
        ("with:\n  - {}", "handler"),
        ("with:\n- {}", "handler"),
        ("with:\n  - another {}", "effect"),
        ("with:\n  - subscription.{}", "partial_failures"),
        ("with:\n  - subscription.function.time{}", "time_limit"),
        ("with:\n  - handler {}", "contains"),
        ("with:\n  - handler contains {}", "payment"),
        ("without:\n  - (handler contains payment; guard {}", "precedes"),
        ("with:\n  - key comes {}", "comes from"),
        ("with:\n  - key comes from {}", "event.id"),
        ("with:\n  - key comes from event.id | event.t{}", "event.timestamp"),
        ("with:\n  - payment.key is {}", "none"),
        ("with:\n  - subscription.partial_failures is {}", "false"),
        ("with:\n  - queue.retention {}", "<="),
        ("with:\n  - queue.retention < 6 * {}", "subscription"),
        ("report: payment.{}", "key"),
        ('message: "Two {key.{}', "value"),
        ("fix: {title: x, safety: {}", "unsafe"),
        ("fix: {title: x, {}", "insert_argument"),
        ("related:\n  - {}", "handler"),
    ],
)
async def test_a_rule_is_written_in_the_words_of_the_vocabulary(
    editor: Editor, tmp_path: Path, text: str, expected: str
) -> None:
    before = text.replace("{}", CURSOR)
    offered = await completed(editor, tmp_path / ".twice/rules/own.yaml", before, "yaml")
    assert expected in labels(offered)
    chosen = next(one for one in offered if one["label"] == expected)
    assert after(before, chosen).rstrip(": ").endswith(expected)


@pytest.mark.parametrize(
    ("text", "unexpected"),
    [
        ("with:\n  - handler {}", "watches"),
        ("with:\n  - alarm watches {}", "payment"),
        ("with:\n  - subscription.partial_failures is not {}", "not"),
        ("with:\n  - payment.key is none {}", "handler"),
        ("with:\n  - queue.ordered {}", "<"),
        ("why: the handler {}", "contains"),
    ],
)
async def test_what_would_be_wrong_is_not_offered(editor: Editor, tmp_path: Path, text: str, unexpected: str) -> None:
    before = text.replace("{}", CURSOR)
    offered = await completed(editor, tmp_path / ".twice/rules/own.yaml", before, "yaml")
    assert unexpected not in labels(offered)


async def test_every_sentence_of_our_rules_can_be_written_from_what_is_offered(editor: Editor, tmp_path: Path) -> None:
    """At the beginning of each word of each sentence, that word is among the offers."""
    sentences = ["handler contains payment", "subscription.function runs handler", "guard precedes another effect",
                 "key comes only from event.id | digest", "lock.expiry is not none", "payment.key is default"]  # fmt: skip
    for sentence in sentences:
        words = sentence.split(" ")
        for number, word in enumerate(words):
            if word == "|":
                continue
            before = f"with:\n  - {' '.join(words[:number])}{' ' if number else ''}{CURSOR}"
            offered = labels(await completed(editor, tmp_path / ".twice/rules/own.yaml", before, "yaml"))
            wanted = word if word == "event.id" else word.partition(".")[0]
            assert any(wanted in label.split(" ") for label in offered), before


async def test_a_mistake_in_a_rule_is_told_while_it_is_typed_and_the_saved_rule_goes_on(
    editor: Editor, tmp_path: Path
) -> None:
    code = editor.open(tmp_path / "charge.py")
    assert "TST101" in [one["code"] for one in await editor.diagnostics(code, 1)]
    uri = editor.open(tmp_path / ".twice/rules/TST101.yaml", language="yaml")
    assert await editor.diagnostics(uri, 1) == []
    wrong = RULES["TST101"].replace("handler contains payment", "handler contains paiment")
    (found,) = await editor.diagnostics(uri, editor.change(uri, wrong))
    line = wrong.split("\n").index("  - handler contains paiment")
    assert (found["code"], found["range"]["start"]["line"]) == ("rule", line)
    assert "'paiment' is not a noun" in found["message"]
    assert "did you mean 'payment'?" in found["message"]
    since = len(editor.heard)
    assert "TST101" in [one["code"] for one in await editor.diagnostics(code, editor.change(code, f"{CODE}\n"), since)]
    editor.close_document(uri)
    await editor.wait("textDocument/publishDiagnostics", lambda params: params["uri"] == uri, since)


async def test_a_saved_rule_is_read_without_a_watcher(editor: Editor, tmp_path: Path) -> None:
    code = editor.open(tmp_path / "charge.py")
    await editor.diagnostics(code, 1)
    file = tmp_path / ".twice/rules/TST101.yaml"
    uri = editor.open(file, language="yaml")
    text = RULES["TST101"].replace("is made again.", "is made once more.")
    editor.change(uri, text)
    file.write_text(text)
    editor.save(uri)
    found = await editor.wait(
        "textDocument/publishDiagnostics",
        lambda params: params["uri"] == code and any("once more" in one["message"] for one in params["diagnostics"]),
    )
    assert found["version"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fi¦nd: payment\n", "The noun to look for."),
        ("find: pay¦ment\n", "**payment**: noun"),
        ("with:\n  - han¦dler contains payment\n", "**handler**: noun"),
        ("with:\n  - handler con¦tains payment\n", "**contains**: verb"),
        ("with:\n  - payment.ke¦y is none\n", "**payment.key**"),
        ("with:\n  - subscription.function.time_¦limit < 5s\n", "**subscription.function.time_limit**: duration"),
        ("with:\n  - key comes from event.i¦d\n", "The producer's event id."),
        ("with:\n  - key comes on¦ly from event.id\n", "**comes only from**: verb"),
        ("hides: [TST2¦01]\n", "**TST201** whole-batch-again"),
        ('message: "{payment.k¦ey} is made"\n', "**payment.key**"),
    ],
)
async def test_the_words_of_a_rule_explain_themselves(editor: Editor, tmp_path: Path, text: str, expected: str) -> None:
    before, _, behind = text.partition(CURSOR)
    uri = editor.open(tmp_path / ".twice/rules/own.yaml", before + behind, "yaml")
    line = before.rpartition("\n")[2]
    assert expected in await hovered(editor, uri, before.count("\n"), len(line))


# --- libraries -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", "calls"),
        ("library: acme\nha{}", "handlers"),
        ("calls:\n  acme.pay: {{}", "is"),
        ("calls:\n  acme.pay: {is: pay{}", "payment"),
        ("calls:\n  acme.pay: {is: {}", "heartbeat"),
        ("calls:\n  acme.pay: {is: payment, ke{}", "key"),
        ("calls:\n  acme.pay:\n    ti{}", "title"),
        ("calls:\n  acme.run: {how: {}", "later"),
        ("handlers:\n  - ki{}", "kind"),
        ("handlers:\n  - kind: acme\n    deco{}", "decorator"),
        ("handlers:\n  - kind: acme\n    settles: {}", "ack"),
        ("events:\n  acme:\n    pay{}", "payload"),
    ],
)
async def test_a_library_is_written_with_the_keys_that_are_known(
    editor: Editor, tmp_path: Path, text: str, expected: str
) -> None:
    file = tmp_path / ".twice/libraries/acme.yaml"
    assert expected in labels(await completed(editor, file, text.replace("{}", CURSOR), "yaml"))


async def test_a_mistake_in_a_library_is_told_while_it_is_typed(editor: Editor, tmp_path: Path) -> None:
    uri = editor.open(tmp_path / ".twice/libraries/acme.yaml", LIBRARY, "yaml")
    assert await editor.diagnostics(uri, 1) == []
    (found,) = await editor.diagnostics(uri, editor.change(uri, LIBRARY.replace("payment", "paiment")))
    assert (found["code"], found["range"]["start"]["line"]) == ("rule", 2)
    assert "did you mean 'payment'?" in found["message"]
    assert "What calls mean." in await hovered(editor, uri, 1, 2)
    editor.change(uri, LIBRARY)
    assert "**payment**: noun" in await hovered(editor, uri, 2, 18)


@pytest.mark.parametrize(
    ("formats", "kind"), [(None, None), (["plaintext"], "plaintext"), (["markdown", "plaintext"], "markdown")]
)
async def test_the_meaning_of_a_word_comes_in_the_form_that_the_editor_shows(
    tmp_path: Path, formats: list[str] | None, kind: str | None
) -> None:
    item = {"completionItem": {"documentationFormat": formats, "labelDetailsSupport": True}} if formats else {}
    capabilities: dict[str, Any] = {**PUSH, "textDocument": {**PUSH["textDocument"], "completion": item}}
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=capabilities)
        offered = await completed(editor, tmp_path / "charge.py", f"x = 1  # twice: allow {CURSOR}")
    offer = next(one for one in offered if one["label"] == "TST101")
    paid = offer["documentation"]
    assert offer.get("labelDetails") == ({"description": "paid-twice"} if formats else None)
    assert (paid["kind"] if isinstance(paid, dict) else None) == kind
    told = paid["value"] if isinstance(paid, dict) else paid
    assert ("**Instead:**" in told) == (kind == "markdown")


# --- words for the tests ---------------------------------------------------------------------------------------------


async def completed(editor: Editor, file: Path | str, marked: str, language: str = "python") -> list[dict[str, Any]]:
    """What is offered at the cursor of a text, in an open document or one that is opened here."""
    before, _, behind = marked.partition(CURSOR)
    uri = file if isinstance(file, str) else file.as_uri()
    if uri in editor.versions:
        editor.change(uri, before + behind)
    else:
        editor.open(uri, before + behind, language)
    line = before.rpartition("\n")[2]
    position = {"line": before.count("\n"), "character": len(line)}
    found = await editor.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
    items: list[dict[str, Any]] = found["items"] if found else []
    return items


def labels(offered: list[dict[str, Any]]) -> list[str]:
    return [one["label"] for one in offered]


def after(marked: str, item: dict[str, Any]) -> str:
    """The line after the item is taken; the mark stands for the cursor, and what is replaced lies before it."""
    before, _, behind = marked.partition(CURSOR)
    edit = item["textEdit"]
    length = edit["range"]["end"]["character"] - edit["range"]["start"]["character"]
    return before[: len(before) - length] + edit["newText"] + behind


async def hovered(editor: Editor, uri: str, line: int, column: int) -> str:
    position = {"line": line, "character": column}
    found = await editor.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": position})
    told: str = found["contents"]["value"]
    return told
