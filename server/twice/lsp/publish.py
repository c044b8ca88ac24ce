"""Tells the editor what has changed: pushes diagnostics, or answers and asks to be asked again. Never both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from twice.lsp.addresses import Key
from twice.lsp.diagnostics import Report, Told, changed, elsewhere, nothing, reports
from twice.lsp.protocol import Server

# ServerCancelled of the protocol: the answer could not be made; pygls has no class for it.
_CANCELLED = -32802


def tell(ls: Server, key: Key) -> None:
    """There is a new snapshot of a folder, or none any more."""
    workspace = ls.state
    snapshot, last = workspace.snapshots.get(key), workspace.told.pop(key, None)
    before = last.reports if last is not None else {}
    now = reports(snapshot, workspace.client, last) if snapshot is not None else {}
    if snapshot is not None:
        workspace.told[key] = Told(snapshot, now)
    if not workspace.client.pulls:
        for report in changed(before, now):
            ls.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(report.uri, report.items, version=report.version)
            )
    if elsewhere(before, now):
        _ask_again(ls, key)
    ls.news.set()
    ls.news.clear()


def _ask_again(ls: Server, key: Key) -> None:
    """What was asked for about texts that have not changed has another answer now."""
    client = ls.state.client
    if client.pulls:
        ls.workspace_diagnostic_refresh(None)
    if client.refreshes_lenses:
        ls.workspace_code_lens_refresh(None)
    if client.refreshes_hints and ls.state.settings_for(key).inlay_hints:
        ls.workspace_inlay_hint_refresh(None)


async def document(ls: Server, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """The diagnostics of one document, or that they are what the editor has already."""
    workspace, uri = ls.state, params.text_document.uri
    key = workspace.key_of(uri)
    if await workspace.snapshot(uri) is None and key in workspace.everything() and key not in workspace.snapshots:
        raise JsonRpcException("the check failed; the log says why", _CANCELLED, {"retriggerRequest": False})
    report = _report(ls, uri)
    if params.previous_result_id == report.result:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=report.result)
    return types.RelatedFullDocumentDiagnosticReport(items=report.items, result_id=report.result)


async def everything(ls: Server, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
    """The diagnostics of all files. An editor that can wait is answered when there is something new to tell."""
    for key in ls.state.everything():
        await ls.state.settled(key)
    known = {previous.uri: previous.value for previous in params.previous_result_ids}
    while params.partial_result_token is not None and not _news(ls, known):
        await ls.news.wait()
    return types.WorkspaceDiagnosticReport(list(_all(ls, known)))


def _report(ls: Server, uri: str) -> Report:
    found = (told.reports[uri] for told in ls.state.told.values() if uri in told.reports)
    return next(found, nothing(uri))


def _news(ls: Server, known: Mapping[str, str]) -> bool:
    return any(item.kind == "full" for item in _all(ls, known))


def _all(ls: Server, known: Mapping[str, str]) -> Iterator[types.WorkspaceDocumentDiagnosticReport]:
    """What is new in full, what is known in short, and empty reports for what is gone."""
    gone = dict(known)
    for report in (report for told in ls.state.told.values() for report in told.reports.values()):
        if gone.pop(report.uri, None) == report.result:
            yield types.WorkspaceUnchangedDocumentDiagnosticReport(report.uri, report.result, version=report.version)
        else:
            yield _in_full(report)
    yield from (_in_full(nothing(uri)) for uri, result in gone.items() if result != nothing(uri).result)


def _in_full(report: Report) -> types.WorkspaceFullDocumentDiagnosticReport:
    return types.WorkspaceFullDocumentDiagnosticReport(
        report.uri, report.items, version=report.version, result_id=report.result
    )
