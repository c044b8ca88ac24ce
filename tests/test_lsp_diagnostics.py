"""What the editor is shown: at every version, of the whole workspace, with code and templates joined, and nothing stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsp_editor import PULL, PUSH, Editor, codes, edit, in_process
from lsp_shop import CODE, HANDLER, ONLY_OURS, PAYMENT, REPORTING, RULES, TEMPLATE, shop

pytestmark = pytest.mark.asyncio

PUBLISH = "textDocument/publishDiagnostics"


# The same shop in other languages: what stands in the place of the comment when failures are reported one by one.
OTHER_TEMPLATES = [
    (
        "infra/main.tf",
        "terraform",
        """resource "aws_lambda_function" "charge" {
  function_name = "charge"
  filename      = "charge.zip"
  handler       = "charge.handler"
  runtime       = "python3.12"
}

resource "aws_lambda_event_source_mapping" "orders" {
  function_name    = aws_lambda_function.charge.arn
  event_source_arn = data.aws_sqs_queue.orders.arn
  # reports nothing
}
""",
        'function_response_types = ["ReportBatchItemFailures"]',
    ),
    (
        "serverless.yml",
        "yaml",
        """service: shop
provider: {name: aws, runtime: python3.12}
functions:
  charge:
    handler: charge.handler
    events:
      - sqs:
          arn: arn:aws:sqs:eu-west-1:1:orders
          # reports nothing
""",
        "functionResponseType: ReportBatchItemFailures",
    ),
]


async def test_an_opened_file_shows_its_findings_where_they_are(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        handler, payment = await editor.diagnostics(uri, 1)
    assert handler["range"] == placed(*HANDLER)
    assert payment["range"] == placed(*PAYMENT)
    assert (payment["code"], payment["severity"], payment["source"]) == ("TST101", 1, "twice")
    assert (handler["code"], handler["severity"]) == ("TST301", 4)
    assert payment["message"] == "The payment is made again."
    assert payment["data"] == {"code": "TST101", "fixes": ["Give it a key"]}
    assert payment["relatedInformation"] == [
        {"location": {"uri": uri, "range": placed(*HANDLER)}, "message": "handler is what runs."}
    ]


async def test_what_the_editor_cannot_show_is_left_out(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities={})
        _, payment = await editor.diagnostics(editor.open(root / "charge.py"), 1)
    assert set(payment) == {"range", "message", "severity", "code", "source"}


async def test_a_link_to_more_goes_where_the_editor_shows_links(tmp_path: Path) -> None:
    capabilities = {"textDocument": {"publishDiagnostics": {"codeDescriptionSupport": True}}}
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=capabilities)
        _, payment = await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)
    assert payment["codeDescription"] == {"href": "https://shop.example/rules/TST101"}


async def test_files_nobody_has_opened_show_their_findings(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        assert codes(await editor.diagnostics((root / "charge.py").as_uri())) == ["TST301", "TST101"]
        assert codes(await editor.diagnostics((root / "template.yaml").as_uri())) == ["TST201"]
        assert "version" not in (await editor.wait(PUBLISH))


async def test_typing_moves_and_removes_findings(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        moved = await editor.diagnostics(uri, editor.change(uri, edit(0, 0, 0, 0, "\n\n")))
        assert [one["range"]["start"]["line"] for one in moved] == [HANDLER[0] + 2, PAYMENT[0] + 2]
        line = PAYMENT[0] + 2
        assert codes(await editor.diagnostics(uri, editor.change(uri, edit(line, 0, line, 200, "")))) == ["TST301"]
        assert await editor.diagnostics(uri, editor.change(uri, "")) == []


async def test_what_is_told_beside_a_finding_moves_with_the_file_it_stands_in(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": f"#  \n{CODE}"})
    async with in_process() as editor:
        await editor.greet(root)
        uri, template = editor.open(root / "charge.py"), (root / "template.yaml").as_uri()
        (before,) = await editor.diagnostics(template)
        heard = len(editor.heard)
        editor.change(uri, edit(0, 1, 0, 2, "\n"))  # another line, and the same byte
        (after,) = await editor.diagnostics(template, since=heard)
    lines = [one["relatedInformation"][0]["location"]["range"]["start"]["line"] for one in (before, after)]
    assert lines == [HANDLER[0] + 1, HANDLER[0] + 2]


async def test_columns_are_counted_in_the_unit_both_agreed_on(tmp_path: Path) -> None:
    line = CODE.splitlines()[PAYMENT[0]].replace("stripe.", '"😋é"; stripe.', 1)
    root = shop(tmp_path, **{"charge.py": CODE.replace(CODE.splitlines()[PAYMENT[0]], line)})
    for encoding, width in (("utf-8", 6), ("utf-16", 3), ("utf-32", 2)):
        async with in_process() as editor:
            general = {"positionEncodings": ["ucs-2", encoding, "utf-16"]}
            capabilities = await editor.greet(root, capabilities={**PUSH, "general": general})
            assert capabilities["positionEncoding"] == encoding
            uri = editor.open(root / "charge.py")
            _, payment = await editor.diagnostics(uri, 1)
            shift = width + len('""; ')
            assert payment["range"] == placed(PAYMENT[0], PAYMENT[1] + shift, PAYMENT[2] + shift)
            start = PAYMENT[1] + shift
            version = editor.change(uri, edit(PAYMENT[0], start, PAYMENT[0], start, "re"))
            assert codes(await editor.diagnostics(uri, version)) == ["TST301"]


# --- joined ----------------------------------------------------------------------------------------------------------


async def test_a_template_on_disk_changes_what_the_code_shows(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        await editor.diagnostics(uri, 1)
        since = len(editor.heard)
        (root / "template.yaml").write_text(REPORTING)
        editor.touched(root / "template.yaml")
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST101"]
        assert await editor.diagnostics((root / "template.yaml").as_uri(), None, since) == []


async def test_an_unsaved_template_wins_over_the_one_on_disk(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        code = editor.open(root / "charge.py")
        await editor.diagnostics(code, 1)
        template = editor.open(root / "template.yaml", language="yaml")
        assert codes(await editor.diagnostics(template, 1)) == ["TST201"]
        since = len(editor.heard)
        assert await editor.diagnostics(template, editor.change(template, REPORTING)) == []
        assert codes(await editor.diagnostics(code, 1, since)) == ["TST101"]
        since = len(editor.heard)
        editor.close_document(template)
        assert codes(await editor.diagnostics(code, 1, since)) == ["TST301", "TST101"]
        assert codes(await editor.diagnostics(template, None, since)) == ["TST201"]


@pytest.mark.parametrize(("path", "language", "text", "line"), OTHER_TEMPLATES)
async def test_unsaved_infrastructure_in_any_language_is_joined_with_code(
    tmp_path: Path, path: str, language: str, text: str, line: str
) -> None:
    root = shop(tmp_path, **{"template.yaml": "", path: text})
    async with in_process() as editor:
        await editor.greet(root)
        code = editor.open(root / "charge.py")
        assert codes(await editor.diagnostics(code, 1)) == ["TST301", "TST101"]
        template = editor.open(root / path, language=language)
        assert codes(await editor.diagnostics(template, 1)) == ["TST201"]
        since = len(editor.heard)
        reporting = text.replace("# reports nothing", line)
        assert await editor.diagnostics(template, editor.change(template, reporting)) == []
        assert codes(await editor.diagnostics(code, 1, since)) == ["TST101"]


async def test_code_changes_what_the_template_shows(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        template = (root / "template.yaml").as_uri()
        assert codes(await editor.diagnostics(template)) == ["TST201"]
        code = editor.open(root / "charge.py")
        await editor.diagnostics(code, 1)
        since = len(editor.heard)
        editor.change(code, CODE.replace("def handler", "def other"))
        assert await editor.diagnostics(template, None, since) == []


async def test_a_new_file_that_is_not_saved_yet_takes_part(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"template.yaml": TEMPLATE.replace("charge.handler", "later.handler")})
    async with in_process() as editor:
        await editor.greet(root)
        assert codes(await editor.diagnostics(editor.open(root / "later.py", CODE), 1)) == ["TST301", "TST101"]


# --- files that come and go ------------------------------------------------------------------------------------------


async def test_a_deleted_file_shows_nothing_any_more(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        file = root / "charge.py"
        await editor.diagnostics(file.as_uri())
        since = len(editor.heard)
        file.unlink()
        editor.touched(file, kind=3)
        assert await editor.diagnostics(file.as_uri(), None, since) == []


async def test_a_deleted_directory_takes_its_files_with_it(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": "", "old/charge.py": CODE, "template.yaml": ""})
    (root / "old" / "template.yaml").write_text(TEMPLATE)
    async with in_process() as editor:
        await editor.greet(root)
        file = root / "old" / "charge.py"
        assert codes(await editor.diagnostics(file.as_uri())) == ["TST301", "TST101"]
        since = len(editor.heard)
        for gone in (file, root / "old" / "template.yaml"):
            gone.unlink()
        (root / "old").rmdir()
        editor.touched(root / "old", kind=3)
        assert await editor.diagnostics(file.as_uri(), None, since) == []


async def test_a_created_file_is_read(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"charge.py": ""})
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "template.yaml", language="yaml")
        assert await editor.diagnostics(uri, 1) == []
        (root / "charge.py").write_text(CODE)
        editor.touched(root / "charge.py", kind=1)
        assert codes(await editor.diagnostics((root / "charge.py").as_uri())) == ["TST301", "TST101"]


async def test_a_save_finds_other_changes_where_the_editor_watches_no_files(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        await editor.diagnostics(uri, 1)
        (root / "template.yaml").write_text(REPORTING)
        since = len(editor.heard)
        editor.save(uri)
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST101"]


async def test_an_ignored_file_shows_nothing_even_when_it_is_open(tmp_path: Path) -> None:
    root = shop(tmp_path, **{".gitignore": "charge.py\n"})
    async with in_process() as editor:
        await editor.greet(root)
        ignored = editor.open(root / "charge.py")
        other = editor.open(root / "other.py", "")
        assert await editor.diagnostics(other, 1) == []
        assert ignored not in {one["params"]["uri"] for one in editor.heard if one["method"] == PUBLISH}
        (root / ".gitignore").write_text("")
        editor.touched(root / ".gitignore")
        assert codes(await editor.diagnostics(ignored, 1)) == ["TST301", "TST101"]


# --- settings and rules ----------------------------------------------------------------------------------------------


async def test_a_mistake_in_the_settings_is_shown_in_their_file(tmp_path: Path) -> None:
    root = shop(tmp_path, **{"twice.toml": f"{ONLY_OURS}ignored = []\n"})
    async with in_process() as editor:
        await editor.greet(root)
        (mistake,) = await editor.diagnostics((root / "twice.toml").as_uri())
        assert mistake["range"] == placed(1, 0, 7)
        assert mistake["message"].startswith("'ignored' is no setting")
        assert mistake["severity"] == 2
        since = len(editor.heard)
        (root / "twice.toml").write_text('select = ["TST1"]\n')
        editor.touched(root / "twice.toml")
        assert await editor.diagnostics((root / "twice.toml").as_uri(), None, since) == []
        assert codes(await editor.diagnostics((root / "charge.py").as_uri(), None, since)) == ["TST101"]


async def test_a_rule_of_the_workspace_is_read_again_when_it_changes(tmp_path: Path) -> None:
    root = shop(tmp_path)
    rule = root / ".twice" / "rules" / "TST101.yaml"
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py")
        await editor.diagnostics(uri, 1)
        since = len(editor.heard)
        rule.write_text(RULES["TST101"].replace("payment.key is none", "payment.kee is none"))
        editor.touched(rule)
        (mistake,) = await editor.diagnostics(rule.as_uri(), None, since)
        assert (mistake["code"], mistake["range"]["start"]["line"]) == ("rule", 8)
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST301"]
        since = len(editor.heard)
        rule.write_text(RULES["TST101"].replace("is made again", "is made once more"))
        editor.touched(rule)
        assert await editor.diagnostics(rule.as_uri(), None, since) == []
        assert (await editor.diagnostics(uri, 1, since))[1]["message"] == "The payment is made once more."


async def test_a_library_file_of_the_workspace_is_read_again_when_it_changes(tmp_path: Path) -> None:
    root = shop(tmp_path, **{".twice/libraries/acme.yaml": "library: acme\ncalz: {}\n"})
    library = root / ".twice" / "libraries" / "acme.yaml"
    async with in_process() as editor:
        await editor.greet(root)
        (mistake,) = await editor.diagnostics(library.as_uri())
        assert mistake["range"] == placed(1, 0, 8)
        uri = editor.open(root / "charge.py", CODE.replace("stripe", "acme"))
        assert codes(await editor.diagnostics(uri, 1)) == ["TST301"]
        since = len(editor.heard)
        library.write_text("library: acme\ncalls:\n  acme.PaymentIntent.create: {is: payment, key: $key}\n")
        editor.touched(library)
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST301", "TST101"]


# --- several folders, and none ---------------------------------------------------------------------------------------


async def test_each_folder_has_its_own_settings(tmp_path: Path) -> None:
    one = shop(tmp_path / "one")
    other = shop(tmp_path / "other", **{"twice.toml": 'select = ["TST1"]\n'})
    async with in_process() as editor:
        await editor.greet(one, other)
        assert codes(await editor.diagnostics((one / "charge.py").as_uri())) == ["TST301", "TST101"]
        assert codes(await editor.diagnostics((other / "charge.py").as_uri())) == ["TST101"]


async def test_folders_are_not_joined_with_each_other(tmp_path: Path) -> None:
    code = shop(tmp_path / "code", **{"template.yaml": ""})
    shop(tmp_path / "infrastructure", **{"charge.py": ""})
    async with in_process() as editor:
        await editor.greet(code, tmp_path / "infrastructure")
        assert "TST301" not in codes(await editor.diagnostics(editor.open(code / "charge.py"), 1))


async def test_a_file_belongs_to_the_innermost_folder(tmp_path: Path) -> None:
    outer = shop(tmp_path)
    inner = shop(tmp_path / "inner", **{"twice.toml": 'select = ["TST1", "TST2"]\n'})
    (inner / ".twice" / "rules" / "TST201.yaml").unlink()
    async with in_process() as editor:
        await editor.greet(outer, inner)
        assert codes(await editor.diagnostics(editor.open(outer / "charge.py"), 1)) == ["TST301", "TST101"]
        uri = editor.open(inner / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST101"]
        since = len(editor.heard)
        editor.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder(inner)]}})
        assert codes(await editor.diagnostics((inner / "template.yaml").as_uri(), None, since)) == ["TST201"]
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST101"]


@pytest.mark.parametrize("through_a_link", ["folder", "document"])
async def test_a_document_is_found_in_its_folder_through_a_link(tmp_path: Path, through_a_link: str) -> None:
    shop(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    folder, document = ("link", "real") if through_a_link == "folder" else ("real", "link")
    async with in_process() as editor:
        await editor.greet(tmp_path / folder)
        uri = editor.open(tmp_path / document / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST301", "TST101"]
        editor.open(tmp_path / document / "template.yaml", REPORTING, "yaml")
        since = len(editor.heard)
        assert codes(await editor.diagnostics(uri, editor.change(uri, f"{CODE}\n"), since)) == ["TST101"]


async def test_folders_come_and_go(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(options={"debounce": 0, "select": ["TST"]})
        uri = editor.open(root / "charge.py")
        assert await editor.diagnostics(uri, 1) == []
        editor.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder(root)], "removed": []}})
        assert codes(await editor.diagnostics((root / "template.yaml").as_uri())) == ["TST201"]
        since = len(editor.heard)
        editor.tell("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder(root)]}})
        assert await editor.diagnostics(uri, 1, since) == []
        assert await editor.diagnostics((root / "template.yaml").as_uri(), None, since) == []


@pytest.mark.parametrize("language", ["python", "plaintext"])
async def test_a_document_without_a_file_is_checked_alone(tmp_path: Path, language: str) -> None:
    silenced = "def f():\n    pass  # twice: allow\n"
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), options={"debounce": 0, "select": ["TWC"]})
        uri = editor.open("untitled:Untitled-1", silenced, language)
        other = editor.open("untitled:Untitled-2", silenced, "python")
        assert codes(await editor.diagnostics(other, 1)) == ["TWC003"]
        shown = [one["params"]["uri"] for one in editor.heard if one["method"] == PUBLISH]
        assert (uri in shown) == (language == "python")
        since = len(editor.heard)
        editor.close_document(other)
        assert await editor.diagnostics(other, None, since) == []


async def test_copies_that_an_editor_makes_up_are_not_checked(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        copy = editor.open((root / "charge.py").as_uri().replace("file:", "git:"), CODE)
        await editor.diagnostics(editor.open(root / "charge.py"), 1)
        assert copy not in {one["params"]["uri"] for one in editor.heard if one["method"] == PUBLISH}


# --- nothing stale ---------------------------------------------------------------------------------------------------


async def test_only_the_newest_version_is_ever_published(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, options={"debounce": 20})
        uri = editor.open(root / "charge.py")
        await editor.diagnostics(uri, 1)
        since = len(editor.heard)
        for number in range(20):
            last = editor.change(uri, edit(0, 0, 0, 0, f"# {number}\n"))
        await editor.diagnostics(uri, last)
        published = [one["params"] for one in editor.heard[since:] if one["method"] == PUBLISH]
        assert [params["version"] for params in published if params["uri"] == uri] == [last]


async def test_a_closed_document_gets_no_version_any_more(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root)
        uri = editor.open(root / "charge.py", "")
        assert await editor.diagnostics(uri, 1) == []
        since = len(editor.heard)
        editor.change(uri, "x = 1\n")
        editor.close_document(uri)
        found = await editor.wait(PUBLISH, lambda params: params["uri"] == uri and "version" not in params, since)
        assert codes(found["diagnostics"]) == ["TST301", "TST101"]


# --- pull ------------------------------------------------------------------------------------------------------------


async def test_an_editor_that_asks_is_never_sent_diagnostics(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        capabilities = await editor.greet(root, capabilities=PULL)
        assert capabilities["diagnosticProvider"] == {
            "identifier": "twice",
            "interFileDependencies": True,
            "workspaceDiagnostics": True,
        }
        uri = editor.open(root / "charge.py")
        report = await pulled(editor, uri)
        assert (report["kind"], codes(report["items"])) == ("full", ["TST301", "TST101"])
        editor.change(uri, CODE.replace("stripe.", "string."))
        assert codes((await pulled(editor, uri))["items"]) == ["TST301"]
        assert PUBLISH not in {one["method"] for one in editor.heard}


async def test_an_editor_that_is_sent_diagnostics_is_not_offered_to_ask(tmp_path: Path) -> None:
    async with in_process() as editor:
        assert "diagnosticProvider" not in await editor.greet(tmp_path)


async def test_an_editor_that_asks_but_cannot_be_told_to_ask_again_is_sent_everything(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        assert "diagnosticProvider" not in await editor.greet(root, capabilities={**PULL, "workspace": {}})
        uri = editor.open(root / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST301", "TST101"]


async def test_a_document_that_shows_the_same_is_unchanged(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PULL)
        uri = editor.open(root / "charge.py")
        first = await pulled(editor, uri)
        editor.change(uri, f"{CODE}\n")
        assert await pulled(editor, uri, first["resultId"]) == {"kind": "unchanged", "resultId": first["resultId"]}
        editor.change(uri, f"\n{CODE}")
        assert (await pulled(editor, uri, first["resultId"]))["kind"] == "full"


async def test_a_document_that_says_nothing_has_an_empty_report(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=PULL)
        report = await pulled(editor, editor.open(tmp_path / "README.md", "# Shop\n", "markdown"))
        assert (report["kind"], report["items"]) == ("full", [])


async def test_other_files_that_look_different_are_asked_for_again(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PULL)
        uri = editor.open(root / "charge.py")
        await pulled(editor, uri)
        await editor.wait("workspace/diagnostic/refresh")
        since = len(editor.heard)
        (root / "template.yaml").write_text(REPORTING)
        editor.touched(root / "template.yaml")
        await editor.wait("workspace/diagnostic/refresh", since=since)
        assert codes((await pulled(editor, uri))["items"]) == ["TST101"]


async def test_the_whole_workspace_is_reported_and_then_only_what_changes(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PULL)
        code, template = (root / "charge.py").as_uri(), (root / "template.yaml").as_uri()
        first = await whole(editor, {})
        assert {uri: codes(item["items"]) for uri, item in first.items()} == {
            code: ["TST301", "TST101"],
            template: ["TST201"],
        }
        known = {uri: item["resultId"] for uri, item in first.items()}
        again = await whole(editor, known)
        assert {uri: item["kind"] for uri, item in again.items()} == {code: "unchanged", template: "unchanged"}
        (root / "template.yaml").write_text(REPORTING)
        editor.touched(root / "template.yaml")
        last = await whole(editor, known)
        assert {uri: codes(item["items"]) for uri, item in last.items()} == {code: ["TST101"], template: []}


async def test_an_editor_that_can_wait_is_answered_when_there_is_news(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, capabilities=PULL)
        known = {uri: item["resultId"] for uri, item in (await whole(editor, {})).items()}
        waiting = editor.request("workspace/diagnostic", whole_of(known, partialResultToken="w"))
        assert await editor.ask("textDocument/hover", {**of(root / "charge.py"), "position": place(0, 0)}) is None
        (root / "template.yaml").write_text(REPORTING)
        editor.touched(root / "template.yaml")
        answered = await editor.answer(waiting)
        assert {item["kind"] for item in answered["items"]} == {"full"}


# --- words for the tests ---------------------------------------------------------------------------------------------


def placed(line: int, start: int, end: int) -> dict[str, dict[str, int]]:
    return {"start": place(line, start), "end": place(line, end)}


def place(line: int, column: int) -> dict[str, int]:
    return {"line": line, "character": column}


def folder(root: Path) -> dict[str, str]:
    return {"uri": root.as_uri(), "name": root.name}


def of(file: Path) -> dict[str, dict[str, str]]:
    return {"textDocument": {"uri": file.as_uri()}}


async def pulled(editor: Editor, uri: str, previous: str | None = None) -> dict[str, object]:
    params = {"textDocument": {"uri": uri}, **({"previousResultId": previous} if previous is not None else {})}
    found: dict[str, object] = await editor.ask("textDocument/diagnostic", params)
    return found


def whole_of(known: dict[str, str], **others: str) -> dict[str, object]:
    return {"previousResultIds": [{"uri": uri, "value": value} for uri, value in known.items()], **others}


async def whole(editor: Editor, known: dict[str, str]) -> dict[str, dict[str, object]]:
    report = await editor.ask("workspace/diagnostic", whole_of(known))
    return {item["uri"]: item for item in report["items"]}
