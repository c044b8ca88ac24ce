"""The language server: one function for each message, and no logic. Start here to see what it can do."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lsprotocol import types

from twice.lsp import (
    actions,
    calls,
    completion,
    draft_hover,
    hints,
    hover,
    lenses,
    logs,
    navigation,
    pages,
    publish,
    session,
    symbols,
)
from twice.lsp.protocol import Server


def serve(port: int | None = None) -> int:
    """Serve one editor over standard input and output, or over a port of this machine. Returns the exit code.

    The protocol wants 1 when the editor leaves without saying ``shutdown`` first.
    """
    logs.log_to_stderr()
    # Outlines live long and are many: looking at them less often for garbage saves a fifth of a check of 5,000 lines.
    gc.set_threshold(20_000, 10, 10)
    ls = build()
    output, sys.stdout = sys.stdout, sys.stderr  # nobody may print between two messages
    with contextlib.suppress(SystemExit, KeyboardInterrupt):
        if port is None:
            ls.start_io(sys.stdin.buffer, output.buffer)
        else:
            ls.start_tcp("127.0.0.1", port)
    return 0 if ls.protocol.was_shut_down else 1


def build() -> Server:
    """A server that answers the messages below."""
    ls = Server(_version())
    _answer(ls, MESSAGES)
    for name, function in COMMANDS.items():
        ls.command(name)(function)
    return ls


def everything() -> Server:
    """A server that answers whatever any editor may ask: no editor asks for all of it."""
    ls = build()
    _answer(ls, PULLING)
    return ls


# --- the session -----------------------------------------------------------------------------------------------------


def initialize(ls: Server, params: types.InitializeParams) -> None:
    session.begin(ls, params, lambda _: _answer(ls, PULLING))


async def initialized(ls: Server, params: types.InitializedParams) -> None:
    await session.ready(ls)


def shutdown(ls: Server, params: None) -> None:
    session.end(ls)


async def did_change_configuration(ls: Server, params: types.DidChangeConfigurationParams) -> None:
    await session.configured(ls, params.settings)


async def did_change_workspace_folders(ls: Server, params: types.DidChangeWorkspaceFoldersParams) -> None:
    await session.folders_changed(ls, params.event)


# --- documents and files ---------------------------------------------------------------------------------------------


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    ls.state.opened(params.text_document.uri)


def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    ls.state.changed(params.text_document.uri)


def did_save(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
    ls.state.saved(params.text_document.uri)


def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.state.closed(params.text_document.uri)


def did_change_watched_files(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    ls.state.changed_on_disk(change.uri for change in params.changes)


# --- features --------------------------------------------------------------------------------------------------------


async def document_diagnostic(ls: Server, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    return await publish.document(ls, params)


async def workspace_diagnostic(ls: Server, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
    return await publish.everything(ls, params)


async def text_hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    typed = await ls.state.typed(params.text_document.uri)
    told = draft_hover.hover(typed, params.position, ls.state.client) if typed is not None else None
    if told is not None:
        return told
    found = await ls.state.snapshot(params.text_document.uri)
    return hover.hover(*found, params.position, ls.state.client) if found else None


async def complete(ls: Server, params: types.CompletionParams) -> types.CompletionList | None:
    typed = await ls.state.typed(params.text_document.uri)
    return completion.completion(typed, params.position, ls.state.client) if typed is not None else None


async def definition(ls: Server, params: types.DefinitionParams) -> list[types.Location]:
    found = await ls.state.snapshot(params.text_document.uri)
    return navigation.definition(*found, params.position, ls.state.client) if found else []


async def references(ls: Server, params: types.ReferenceParams) -> list[types.Location]:
    found = await ls.state.snapshot(params.text_document.uri)
    declaration = params.context.include_declaration
    return navigation.references(*found, params.position, declaration, ls.state.client) if found else []


async def document_link(ls: Server, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
    found = await ls.state.snapshot(params.text_document.uri)
    return navigation.links(*found, ls.state.client) if found else []


async def document_symbol(
    ls: Server, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | list[types.SymbolInformation]:
    found = await ls.state.snapshot(params.text_document.uri)
    return symbols.of_document(*found, ls.state.client) if found else []


async def workspace_symbol(ls: Server, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    everything = await ls.state.all_snapshots()
    return [one for found in everything for one in symbols.of_workspace(found, params.query, ls.state.client)]


async def prepare_calls(ls: Server, params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem]:
    found = await ls.state.snapshot(params.text_document.uri)
    return calls.prepared(*found, params.position, ls.state.client) if found else []


async def incoming_calls(
    ls: Server, params: types.CallHierarchyIncomingCallsParams
) -> list[types.CallHierarchyIncomingCall]:
    found = await ls.state.around(params.item.uri)
    return calls.incoming(found, params.item, ls.state.client) if found else []


async def outgoing_calls(
    ls: Server, params: types.CallHierarchyOutgoingCallsParams
) -> list[types.CallHierarchyOutgoingCall]:
    found = await ls.state.around(params.item.uri)
    return calls.outgoing(found, params.item, ls.state.client) if found else []


async def code_action(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    found = await ls.state.snapshot(params.text_document.uri)
    return actions.actions(*found, params, ls.state.client) if found else []


async def resolve_action(ls: Server, action: types.CodeAction) -> types.CodeAction:
    wanted = actions.left_out(action)
    found = await ls.state.snapshot(wanted.uri) if wanted is not None else None
    return actions.resolved(action, wanted, *found, ls.state.client) if wanted and found else action


async def code_lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    found = await ls.state.snapshot(params.text_document.uri)
    return lenses.lenses(*found, ls.state.client) if found else []


async def inlay_hint(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    key = ls.state.key_of(params.text_document.uri)
    if key is None or not ls.state.settings_for(key).inlay_hints:
        return []
    found = await ls.state.snapshot(params.text_document.uri)
    return hints.hints(*found, params.range, ls.state.client) if found else []


# --- commands --------------------------------------------------------------------------------------------------------


async def explain(ls: Server, code: str) -> str | None:
    return await pages.show(ls, code)


async def review(ls: Server, uri: str, handler: str) -> str | None:
    return await pages.show_review(ls, uri, handler)


async def graph(ls: Server, *about: str | None) -> str | None:
    return await pages.show_graph(ls, *about)  # pygls wants every argument that has a name


def rescan(ls: Server) -> None:
    ls.state.read_anew()


# --- which function answers which message ----------------------------------------------------------------------------

Answers = Sequence[tuple[str, Callable[..., Any], Any]]

MESSAGES: Answers = (
    (types.INITIALIZE, initialize, None),
    (types.INITIALIZED, initialized, None),
    (types.SHUTDOWN, shutdown, None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, did_change_configuration, None),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, did_change_workspace_folders, None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, did_change_watched_files, None),
    (types.TEXT_DOCUMENT_DID_OPEN, did_open, None),
    (types.TEXT_DOCUMENT_DID_CHANGE, did_change, None),
    (types.TEXT_DOCUMENT_DID_SAVE, did_save, None),
    (types.TEXT_DOCUMENT_DID_CLOSE, did_close, None),
    (types.TEXT_DOCUMENT_HOVER, text_hover, None),
    (types.TEXT_DOCUMENT_DEFINITION, definition, None),
    (types.TEXT_DOCUMENT_REFERENCES, references, None),
    (types.TEXT_DOCUMENT_DOCUMENT_LINK, document_link, types.DocumentLinkOptions()),
    (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, document_symbol, types.DocumentSymbolOptions(label="Twice")),
    (types.WORKSPACE_SYMBOL, workspace_symbol, None),
    (types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY, prepare_calls, None),
    (types.CALL_HIERARCHY_INCOMING_CALLS, incoming_calls, None),
    (types.CALL_HIERARCHY_OUTGOING_CALLS, outgoing_calls, None),
    (types.TEXT_DOCUMENT_COMPLETION, complete, types.CompletionOptions(trigger_characters=completion.TRIGGERS)),
    (types.TEXT_DOCUMENT_INLAY_HINT, inlay_hint, types.InlayHintOptions()),
    (types.TEXT_DOCUMENT_CODE_LENS, code_lens, types.CodeLensOptions()),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        code_action,
        types.CodeActionOptions(code_action_kinds=actions.KINDS, resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, resolve_action, None),
)

# For editors that ask for diagnostics instead of being sent them.
PULLING: Answers = (
    (
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        document_diagnostic,
        types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier="twice"),
    ),
    (types.WORKSPACE_DIAGNOSTIC, workspace_diagnostic, None),
)

COMMANDS: dict[str, Callable[..., Any]] = {
    actions.EXPLAIN: explain,
    lenses.REVIEW: review,
    lenses.GRAPH: graph,
    "twice.rescan": rescan,
}


def _answer(ls: Server, answers: Answers) -> None:
    for message, function, options in answers:
        ls.feature(message, options)(function)


def _version() -> str:
    try:
        return version("twice")
    except PackageNotFoundError:
        return "0"
