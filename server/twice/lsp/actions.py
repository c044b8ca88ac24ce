"""What can be done at a place: the fixes of findings, silencing them with a reason, reading about their rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from lsprotocol import types

from twice.allowing import allowance, file_allowance
from twice.finding import Edit, Finding, Fix
from twice.fixes import compatible
from twice.lsp.client import Client
from twice.lsp.convert import diagnostic, offset_of, workspace_edit
from twice.lsp.snapshot import Snapshot

EXPLAIN = "twice.explain"
FIX_ALL = "source.fixAll.twice"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)


def actions(snapshot: Snapshot, path: str, params: types.CodeActionParams, client: Client) -> list[types.CodeAction]:
    """The actions for a range, best first. Findings are found by the range: some editors send no diagnostics along.

    An editor that takes commands instead of actions could not apply them.
    """
    if not client.actions:
        return []
    text = snapshot.text(path)
    start, end = (offset_of(text, at, client.encoding) for at in (params.range.start, params.range.end))
    found: list[types.CodeAction] = []
    if _asked("quickfix", params.context.only):
        here = sorted(snapshot.findings_at(path, start, end), key=lambda one: one.place.end - one.place.start)
        for offered in (_fixes, _silences, _explanations):
            for finding in here:
                found.extend(offered(finding, snapshot, client))
    if _asked(FIX_ALL, params.context.only):
        found.extend(_fix_all(snapshot, path, client))
    return found


def _asked(kind: str, only: Sequence[str] | None) -> bool:
    """An editor that asks for a kind means the kinds below it as well."""
    return only is None or any(not wanted or f"{kind}.".startswith(f"{wanted}.") for wanted in map(_plain, only))


def _plain(kind: types.CodeActionKind | str) -> str:
    return kind.value if isinstance(kind, types.CodeActionKind) else kind


def _fixes(finding: Finding, snapshot: Snapshot, client: Client) -> Iterator[types.CodeAction]:
    for fix in finding.fixes:
        yield types.CodeAction(
            title=f"{fix.title} ({finding.code})",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(finding, snapshot, client)],
            is_preferred=True if client.prefers and fix.safety == "safe" else None,
            edit=workspace_edit(fix.edits, snapshot, client, _elsewhere(fix)),
        )


def _elsewhere(fix: Fix) -> types.ChangeAnnotation:
    files = sorted({PurePosixPath(edit.place.path).name for edit in fix.edits[1:]})
    return types.ChangeAnnotation(label=fix.title, description=f"also in {', '.join(files)}")


def _silences(finding: Finding, snapshot: Snapshot, client: Client) -> Iterator[types.CodeAction]:
    path = finding.place.path
    data = snapshot.text(path).data
    offered = (
        (f"Allow {finding.code} here, with a reason", allowance(finding.place, data, finding.code)),
        (f"Allow {finding.code} in the whole file", file_allowance(path, data, finding.code)),
    )
    for title, edits in offered:
        if edits and not finding.code.startswith("TWC"):
            yield _edited(title, finding, edits, snapshot, client)


def _edited(
    title: str, finding: Finding, edits: Sequence[Edit], snapshot: Snapshot, client: Client
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(finding, snapshot, client)],
        edit=workspace_edit(edits, snapshot, client),
    )


def _explanations(finding: Finding, snapshot: Snapshot, client: Client) -> Iterator[types.CodeAction]:
    if snapshot.folder.rule(finding.code) is not None:
        title = f"Explain {finding.code}: {finding.name}"
        yield types.CodeAction(
            title=title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(finding, snapshot, client)],
            command=types.Command(title=title, command=EXPLAIN, arguments=[finding.code]),
        )


def _fix_all(snapshot: Snapshot, path: str, client: Client) -> Iterator[types.CodeAction]:
    """All safe fixes of a file that can be made together; the others come with the next run."""
    safe = [
        fix
        for finding in snapshot.checked.findings
        if finding.place.path == path
        for fix in finding.fixes[:1]
        if fix.safety == "safe"
    ]
    edits = [edit for fix in compatible(safe) for edit in fix.edits]
    if edits:
        yield types.CodeAction(
            title="Apply all safe fixes of Twice",
            kind=FIX_ALL,
            edit=workspace_edit(edits, snapshot, client),
        )
