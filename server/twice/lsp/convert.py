"""Places, findings and edits in the words of the protocol. Decides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lsprotocol import types

from twice.finding import Edit, Finding, Problem, Severity
from twice.fixes import written
from twice.lsp.client import Client
from twice.lsp.snapshot import Snapshot
from twice.rules.model import Rule
from twice.text import Encoding, Place, Position, Text

SOURCE = "twice"

_TextEdit = types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit

_SEVERITIES: dict[Severity, types.DiagnosticSeverity] = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
    "hint": types.DiagnosticSeverity.Hint,
}


def range_of(text: Text, start: int, end: int, encoding: Encoding) -> types.Range:
    return types.Range(_position(text, start, encoding), _position(text, end, encoding))


def offset_of(text: Text, position: types.Position, encoding: Encoding) -> int:
    """The byte at a position of the editor."""
    return text.offset(Position(position.line, position.character), encoding)


def location(snapshot: Snapshot, place: Place, client: Client) -> types.Location:
    found = range_of(snapshot.text(place.path), place.start, place.end, client.encoding)
    return types.Location(snapshot.uri(place.path), found)


def diagnostic(finding: Finding, snapshot: Snapshot, client: Client) -> types.Diagnostic:
    """A finding as the editor shows it. What the editor cannot show is left out."""
    rule, place = snapshot.folder.rule(finding.code), finding.place
    page = page_of(rule) if rule is not None else None
    return types.Diagnostic(
        range=range_of(snapshot.text(place.path), place.start, place.end, client.encoding),
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(page) if client.links and page else None,
        source=SOURCE,
        related_information=_related(finding, snapshot, client) if client.related else None,
        data={"code": finding.code, "fixes": [fix.title for fix in finding.fixes]} if client.data else None,
    )


def complaint(problem: Problem, place: Place, snapshot: Snapshot, client: Client) -> types.Diagnostic:
    """Something wrong with a file of settings, a rule or a source, in that file."""
    text = snapshot.text(place.path)
    start, end = place.start, place.end
    if start == end:
        end = max(start, text.offset(Position(text.position(start).line, len(text.data))))
    message = re.sub(rf"^{re.escape(place.path)}(:\d+)?: ", "", problem.message)
    serious = problem.kind in ("rule", "config")
    return types.Diagnostic(
        range=range_of(text, start, end, client.encoding),
        message=f"{message}\n{problem.expected}" if problem.expected else message,
        severity=types.DiagnosticSeverity.Warning if serious else types.DiagnosticSeverity.Information,
        code=problem.kind,
        source=SOURCE,
    )


def page_of(rule: Rule) -> str | None:
    """Where to read more about a rule."""
    return rule.see[0] if rule.see else None


def workspace_edit(
    edits: Iterable[Edit], snapshot: Snapshot, client: Client, annotation: types.ChangeAnnotation | None = None
) -> types.WorkspaceEdit:
    """The edits of all files; with the versions they were computed for where the editor checks them.

    The ``annotation`` tells what the edits of files other than the first are about.
    """
    by_path: dict[str, list[Edit]] = {}
    for edit in edits:
        by_path.setdefault(edit.place.path, []).append(edit)
    if not client.versioned_edits:
        changes = {snapshot.uri(path): _plain_edits(some, snapshot, client) for path, some in by_path.items()}
        return types.WorkspaceEdit(changes=changes)
    annotated = annotation if client.annotations and len(by_path) > 1 else None
    documents = [
        types.TextDocumentEdit(
            types.OptionalVersionedTextDocumentIdentifier(snapshot.uri(path), snapshot.version(path)),
            _annotated(_text_edits(some, snapshot, client), annotated if number else None),
        )
        for number, (path, some) in enumerate(by_path.items())
    ]
    return types.WorkspaceEdit(
        document_changes=documents, change_annotations={_OTHER_FILES: annotated} if annotated else None
    )


_OTHER_FILES = "other files"
# Stands in the text of an edit where the cursor belongs afterwards, for editors that can put it there.
CURSOR = "<cursor>"


def _plain_edits(edits: Iterable[Edit], snapshot: Snapshot, client: Client) -> list[types.TextEdit]:
    return [one for one in _text_edits(edits, snapshot, client) if isinstance(one, types.TextEdit)]


def _annotated(edits: Sequence[_TextEdit], annotation: types.ChangeAnnotation | None) -> Sequence[_TextEdit]:
    if annotation is None:
        return edits
    return [
        types.AnnotatedTextEdit(_OTHER_FILES, edit.range, edit.new_text) if isinstance(edit, types.TextEdit) else edit
        for edit in edits
    ]


def _text_edits(edits: Iterable[Edit], snapshot: Snapshot, client: Client) -> list[_TextEdit]:
    """In the order of the file; of edits at one place the first stays first."""
    found: list[_TextEdit] = []
    for edit in sorted(dict.fromkeys(edits), key=lambda one: (one.place.start, one.place.end)):
        text = snapshot.text(edit.place.path)
        new = edit.text if client.ends_lines else written(text, edit).decode()
        place = range_of(text, edit.place.start, edit.place.end, client.encoding)
        found.append(_snippet(place, new) if client.snippets and CURSOR in new else types.TextEdit(place, new))
    return found


def _snippet(place: types.Range, text: str) -> types.SnippetTextEdit:
    plain = re.sub(r"([\\$}])", r"\\\1", text)
    return types.SnippetTextEdit(place, types.StringValue(plain.replace(CURSOR, "$0")))


def _related(finding: Finding, snapshot: Snapshot, client: Client) -> list[types.DiagnosticRelatedInformation] | None:
    return [
        types.DiagnosticRelatedInformation(location(snapshot, one.place, client), one.message)
        for one in finding.related
    ] or None


def _position(text: Text, offset: int, encoding: Encoding) -> types.Position:
    found = text.position(offset, encoding)
    return types.Position(found.line, found.column)
