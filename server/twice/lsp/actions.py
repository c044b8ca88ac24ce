"""What can be done at a place: the fixes of findings, silencing them with a reason, reading about their rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from lsprotocol import types
from msgspec import Struct

from twice.allowing import allowance, file_allowance
from twice.finding import Edit, Finding, Fix
from twice.fixes import compatible
from twice.lsp.client import Client
from twice.lsp.convert import CURSOR, diagnostic, offset_of, workspace_edit
from twice.lsp.snapshot import Snapshot

EXPLAIN = "twice.explain"
FIX_ALL = "source.fixAll.twice"


class AllFixes(Struct, frozen=True):
    """What an action is about whose edits are made when it is chosen: the fixes of one rule in a file, or all safe ones."""

    uri: str
    code: str = ""


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
        for offered in (_fixes, _fix_alike, _silences, _explanations):
            for finding in here:
                found.extend(one for one in offered(finding, snapshot, client) if one not in found)
    if _asked(FIX_ALL, params.context.only):
        found.extend(_fix_all(snapshot, path, client))
    return found


def left_out(action: types.CodeAction) -> AllFixes | None:
    """What an action that was offered without its edits is about; None for one that has them."""
    data = action.data
    if not isinstance(data, Mapping) or not isinstance(data.get("uri"), str):
        return None
    return AllFixes(data["uri"], str(data.get("code", "")))


def resolved(
    action: types.CodeAction, wanted: AllFixes, snapshot: Snapshot, path: str, client: Client
) -> types.CodeAction:
    """The action with the edits that were left out when it was offered, for the text as it is now."""
    action.edit = workspace_edit(_edits_of_all(snapshot, path, wanted.code), snapshot, client)
    return action


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


def _fix_alike(finding: Finding, snapshot: Snapshot, client: Client) -> Iterator[types.CodeAction]:
    """The same mistake elsewhere in the file, mended in one go; offered once, however many of them are here."""
    path, code = finding.place.path, finding.code
    alike = [one for one in snapshot.checked.findings if one.place.path == path and one.code == code and one.fixes]
    if len(alike) > 1 and finding.fixes:
        yield _in_one_go(f"Fix all {code} in this file", types.CodeActionKind.QuickFix, code, snapshot, path, client)


def _silences(finding: Finding, snapshot: Snapshot, client: Client) -> Iterator[types.CodeAction]:
    path, code = finding.place.path, finding.code
    data, reason = snapshot.text(path).data, CURSOR if client.snippets else ""
    offered = (
        (f"Allow {code} here, with a reason", allowance(finding.place, data, code, reason)),
        (f"Allow {code} in the whole file", file_allowance(path, data, code, reason)),
    )
    for title, edits in offered:
        if edits and not code.startswith("TWC"):
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
    if any(True for _ in _all_fixes(snapshot, path, "")):
        yield _in_one_go("Apply all safe fixes of Twice", FIX_ALL, "", snapshot, path, client)


def _in_one_go(
    title: str, kind: types.CodeActionKind | str, code: str, snapshot: Snapshot, path: str, client: Client
) -> types.CodeAction:
    """Many edits, which are made when they are chosen where the editor asks for them then."""
    action = types.CodeAction(title=title, kind=kind)
    if client.resolves:
        action.data = {"uri": snapshot.uri(path), "code": code}
    else:
        action.edit = workspace_edit(_edits_of_all(snapshot, path, code), snapshot, client)
    return action


def _edits_of_all(snapshot: Snapshot, path: str, code: str) -> list[Edit]:
    return [edit for fix in compatible(list(_all_fixes(snapshot, path, code))) for edit in fix.edits]


def _all_fixes(snapshot: Snapshot, path: str, code: str) -> Iterator[Fix]:
    """The first fix of each finding of a rule in a file, or the safe ones of all rules."""
    for finding in snapshot.checked.findings:
        if finding.place.path == path and (not code or finding.code == code):
            yield from (fix for fix in finding.fixes[:1] if code or fix.safety == "safe")
