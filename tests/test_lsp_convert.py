"""Findings and edits in the words of the protocol, where one snapshot shows what a whole session cannot."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types
from twice.config import DEFAULT
from twice.engine import Checked
from twice.finding import Edit, Problem
from twice.lsp import convert
from twice.lsp.client import Client, client
from twice.lsp.diagnostics import changed, elsewhere, nothing, reports
from twice.lsp.explain import markup, plain
from twice.lsp.folder import Folder
from twice.lsp.snapshot import Buffer, Snapshot
from twice.rules.model import Rulebook
from twice.text import Place, Text

ROOT = Path("/shop")
FILES = {"app.py": b"a = 1\r\n", "template.yaml": b"\xc3\xa9: 1\n"}
FOLDER = Folder(ROOT, DEFAULT, Rulebook(), FILES)
BUFFER = Buffer("file:///shop/app%2Epy", 7, Text(FILES["app.py"]))
SNAPSHOT = Snapshot(FOLDER, FILES, {"app.py": BUFFER}, Checked())

EDITS = (
    Edit(Place("app.py", 4, 5), "2"),
    Edit(Place("template.yaml", 4, 5), "2\n"),
    Edit(Place("app.py", 0, 0), "b = 3\n"),
)
ANNOTATION = types.ChangeAnnotation("Change both")


def test_edits_of_several_files_name_the_version_and_spelling_of_each() -> None:
    edit = convert.workspace_edit(EDITS, SNAPSHOT, Client(versioned_edits=True), ANNOTATION)
    assert edit.document_changes == [
        types.TextDocumentEdit(
            types.OptionalVersionedTextDocumentIdentifier("file:///shop/app%2Epy", 7),
            [types.TextEdit(span(0, 0, 0), "b = 3\r\n"), types.TextEdit(span(0, 4, 5), "2")],
        ),
        types.TextDocumentEdit(
            types.OptionalVersionedTextDocumentIdentifier("file:///shop/template.yaml", None),
            [types.TextEdit(span(0, 3, 4), "2\n")],
        ),
    ]
    assert edit.change_annotations is None


def test_edits_of_other_files_are_annotated_where_the_editor_shows_it() -> None:
    edit = convert.workspace_edit(EDITS, SNAPSHOT, Client(versioned_edits=True, annotations=True), ANNOTATION)
    assert edit.document_changes is not None
    here, there = edit.document_changes
    assert isinstance(here, types.TextDocumentEdit)
    assert isinstance(there, types.TextDocumentEdit)
    assert not any(isinstance(one, types.AnnotatedTextEdit) for one in here.edits)
    assert [one.annotation_id for one in there.edits if isinstance(one, types.AnnotatedTextEdit)] == ["other files"]
    assert edit.change_annotations == {"other files": ANNOTATION}


def test_an_editor_that_ends_lines_itself_gets_them_plain() -> None:
    edit = convert.workspace_edit(EDITS[2:], SNAPSHOT, Client(ends_lines=True))
    assert edit.changes == {"file:///shop/app%2Epy": [types.TextEdit(span(0, 0, 0), "b = 3\n")]}


def test_a_problem_without_a_range_is_shown_on_its_line() -> None:
    problem = Problem("app.py:1: is odd", Place("app.py", 0, 0), "make it even", "config")
    snapshot = Snapshot(FOLDER, FILES, {}, Checked(problems=(problem,)))
    (report,) = reports(snapshot, Client()).values()
    (item,) = report.items
    assert (item.range, item.message) == (span(0, 0, 5), "is odd\nmake it even")
    assert item.severity == types.DiagnosticSeverity.Warning


def test_a_problem_in_a_file_outside_the_folder_is_not_shown() -> None:
    problem = Problem("elsewhere.py: is odd", Place("../elsewhere.py", 0, 0))
    assert reports(Snapshot(FOLDER, FILES, {}, Checked(problems=(problem,))), Client()) == {}


def test_only_what_has_changed_is_told() -> None:
    before = reports(SNAPSHOT, Client())
    assert list(changed({}, before)) == list(before.values())
    assert list(changed(before, before)) == []
    typed = reports(Snapshot(FOLDER, FILES, {"app.py": Buffer(BUFFER.uri, 8, BUFFER.text)}, Checked()), Client())
    assert [report.version for report in changed(before, typed)] == [8]
    assert not elsewhere(before, typed)


def test_a_file_that_shows_something_new_without_being_typed_in_is_elsewhere() -> None:
    problem = Problem("template.yaml: is odd", Place("template.yaml", 0, 1))
    now = reports(Snapshot(FOLDER, FILES, {"app.py": BUFFER}, Checked(problems=(problem,))), Client())
    before = reports(SNAPSHOT, Client())
    assert elsewhere(before, now)
    assert elsewhere(now, before)
    assert [report.items for report in changed(now, before)] == [()]
    assert nothing("file:///shop/app.py").result == before[BUFFER.uri].result


def test_the_editor_can_what_it_says_for_either_kind_of_diagnostics() -> None:
    known = client(
        types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(
                diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
            ),
            text_document=types.TextDocumentClientCapabilities(
                diagnostic=types.DiagnosticClientCapabilities(data_support=True),
                publish_diagnostics=types.PublishDiagnosticsClientCapabilities(related_information=True),
                hover=types.HoverClientCapabilities(
                    content_format=[types.MarkupKind.PlainText, types.MarkupKind.Markdown]
                ),
            ),
        ),
        "utf-8",
    )
    assert (known.pulls, known.data, known.related, known.links, known.markdown) == (True, True, True, False, False)


def test_plain_text_has_none_of_the_marks() -> None:
    text = "# Title\n\n**Instead:** use `key`, see [there](https://shop.example/a_b*c)"
    assert plain(text) == "Title\n\nInstead: use key, see https://shop.example/a_b*c"
    assert markup([text], Client(markdown=True)).value == text


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))
