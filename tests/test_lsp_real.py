"""The server as a process of its own, driven by pytest-lsp with what VS Code, Neovim and Emacs say of themselves.

The client checks every answer against what its editor has announced; what the answers hold in every case is for the other
tests of the server to say.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsp_editor import PATIENCE
from lsp_shop import CODE, HANDLER, PAYMENT
from lsp_store import SENDER, STORE, on, store
from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

pytestmark = [pytest.mark.asyncio, pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")]

ROOT = Path(__file__).parents[1]
SERVER = ClientServerConfig(
    [sys.executable, "-m", "twice", "serve"], server_env={**os.environ, "PYTHONPATH": str(ROOT / "server")}
)
# Recorded by ``make editors`` from the newest VS Code that it drives; pytest-lsp knows an old one.
VSCODE = json.loads((Path(__file__).parent / "editors" / "vscode" / "greeting.json").read_text())
EDITORS = ("vscode", "neovim", "emacs")
ANSWERED_WITH_NOTHING = (
    types.CLIENT_REGISTER_CAPABILITY,
    types.WORKSPACE_CODE_LENS_REFRESH,
    types.WORKSPACE_INLAY_HINT_REFRESH,
)
SETTINGS = {"debounce": 0, "inlayHints": True}


def capabilities(editor: str) -> types.ClientCapabilities:
    if editor == "vscode":
        return get_converter().structure(VSCODE["capabilities"], types.ClientCapabilities)
    return client_capabilities(editor)


class Session:
    """One editor with a process, and the demo shop open in it."""

    def __init__(self, client: LanguageClient, editor: str, root: Path) -> None:
        self.client, self.editor, self.root = client, editor, root
        self.uri = (root / "charge.py").as_uri()
        self.document = types.TextDocumentIdentifier(self.uri)
        self.server: types.ServerCapabilities

    async def begin(self) -> None:
        self.client.set_configuration(SETTINGS, section="twice")
        folders = [types.WorkspaceFolder(self.root.as_uri(), self.root.name)]
        known = capabilities(self.editor)
        params = types.InitializeParams(known, workspace_folders=folders, initialization_options=SETTINGS)
        params.root_uri = self.root.as_uri()
        self.server = (await self.client.initialize_session(params)).capabilities
        self.open(self.uri, CODE)

    def open(self, uri: str, text: str, language: str = "python") -> types.TextDocumentIdentifier:
        document = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        return types.TextDocumentIdentifier(uri)

    def change(self, version: int, *changes: types.TextDocumentContentChangeEvent) -> None:
        document = types.VersionedTextDocumentIdentifier(version, self.uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, list(changes)))

    async def findings(self) -> list[types.Diagnostic]:
        """The diagnostics of the handler's file, asked for or waited for as the two have agreed."""
        if self.server.diagnostic_provider is not None:
            report = await self.pulled()
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            return list(report.items)
        while not self.client.diagnostics.get(self.uri):
            await asyncio.wait_for(self.client.wait_for_notification("textDocument/publishDiagnostics"), PATIENCE)
        return list(self.client.diagnostics[self.uri])

    async def pulled(self, known: str | None = None) -> types.DocumentDiagnosticReport:
        params = types.DocumentDiagnosticParams(self.document, previous_result_id=known)
        return await self.client.text_document_diagnostic_async(params)

    async def hovered(self, position: types.Position) -> str:
        told = await self.client.text_document_hover_async(types.HoverParams(self.document, position))
        assert told is not None
        assert isinstance(told.contents, types.MarkupContent)
        return told.contents.value

    def at(self, line: int, column: int) -> types.Position:
        return types.Position(line, column)

    async def configure(self, settings: dict[str, Any]) -> None:
        """Set something in the editor, and wait until the server has taken it over."""
        self.client.set_configuration(settings, section="twice")
        self.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"twice": settings}))
        await self.command("twice.explain", "TST101")

    async def command(self, command: str, *arguments: Any) -> Any:
        params = types.ExecuteCommandParams(command, arguments=list(arguments))
        return await self.client.workspace_execute_command_async(params)


@pytest_asyncio.fixture(params=EDITORS)
async def session(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Session]:
    client = await SERVER.start()
    assert isinstance(client, LanguageClient)
    for method in ANSWERED_WITH_NOTHING:
        client.feature(method)(lambda params: None)
    one = Session(client, request.param, store(tmp_path))
    await one.begin()
    yield one
    await asyncio.wait_for(client.shutdown_session(), PATIENCE)
    await client.stop()


async def test_findings_come_in_one_of_the_two_ways_and_never_in_both(session: Session) -> None:
    found = await session.findings()
    assert [one.code for one in found] == ["TST301", "TST101"]
    pulls = session.server.diagnostic_provider is not None
    assert pulls == (session.editor == "vscode")
    if not pulls:
        return
    assert session.client.diagnostics == {}
    first = await session.pulled()
    assert first.result_id is not None
    again = await session.pulled(first.result_id)
    assert again.kind == "unchanged"
    params = types.WorkspaceDiagnosticParams(previous_result_ids=[types.PreviousResultId(session.uri, first.result_id)])
    everything = await session.client.workspace_diagnostic_async(params)
    kinds = {item.uri.rpartition("/")[2]: item.kind for item in everything.items}
    assert kinds == {"charge.py": "unchanged", "template.yaml": "full"}
    before = session.client.diagnostic_refresh_count
    (session.root / "template.yaml").unlink()
    deleted = types.FileEvent((session.root / "template.yaml").as_uri(), types.FileChangeType.Deleted)
    session.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([deleted]))
    while session.client.diagnostic_refresh_count == before:
        await asyncio.sleep(0.02)
    assert [one.code for one in await session.findings()] == ["TST101"]


async def test_columns_are_counted_in_the_unit_that_the_editor_wants(session: Session) -> None:
    expected = {"vscode": "utf-16", "neovim": "utf-8", "emacs": "utf-32"}[session.editor]
    assert session.server.position_encoding == expected
    await session.findings()
    lines = CODE.split("\n")
    lines[PAYMENT[0]] = lines[PAYMENT[0]].replace("stripe", "'😋é'; stripe")
    session.client.diagnostics.pop(session.uri, None)
    session.change(2, types.TextDocumentContentChangeWholeDocument("\n".join(lines)))
    found = (await session.findings())[1]
    width = {"utf-16": 3, "utf-8": 6, "utf-32": 2}[expected]
    assert found.range.start == types.Position(PAYMENT[0], PAYMENT[1] + width + 4)


async def test_a_place_explains_itself_and_offers_what_can_be_done(session: Session) -> None:
    found = (await session.findings())[1]
    assert "TST101" in await session.hovered(found.range.start)
    assert "sqs handler, fed by sqs Orders" in await session.hovered(session.at(HANDLER[0], HANDLER[1]))
    context = types.CodeActionContext([found], only=None)
    actions = await session.client.text_document_code_action_async(
        types.CodeActionParams(session.document, found.range, context)
    )
    assert actions is not None
    assert [one.title for one in actions] == [
        "Give it a key (TST101)",
        "Allow TST101 here, with a reason",
        "Allow TST101 in the whole file",
        "Explain TST101: paid-twice",
        "Apply all safe fixes of Twice",
    ]
    late = actions[-1]
    assert isinstance(late, types.CodeAction)
    chosen = late if late.edit else await session.client.code_action_resolve_async(late)
    assert chosen.edit is not None


async def test_one_end_of_an_event_leads_to_the_other(session: Session) -> None:
    await session.findings()
    client = session.client
    template = session.open((session.root / "template.yaml").as_uri(), STORE, "yaml")
    entry = types.Position(**on(STORE, "charge.handler"))
    code = await client.text_document_definition_async(types.DefinitionParams(template, entry))
    assert isinstance(code, list)
    assert [one.uri for one in code if isinstance(one, types.Location)] == [session.uri]
    context = types.ReferenceContext(include_declaration=False)
    queue = types.ReferenceParams(context, template, types.Position(**on(STORE, "Orders:")))
    used = await client.text_document_references_async(queue)
    assert used is not None
    assert {one.uri.rpartition("/")[2] for one in used} == {"charge.py", "sender.py", "template.yaml"}
    links = await client.text_document_document_link_async(types.DocumentLinkParams(template))
    assert links is not None
    assert [one.target for one in links] == [f"{session.uri}#L{HANDLER[0] + 1}"]


async def test_queues_and_handlers_are_found_by_name(session: Session) -> None:
    await session.findings()
    client = session.client
    template = session.open((session.root / "template.yaml").as_uri(), STORE, "yaml")
    inside = await client.text_document_document_symbol_async(types.DocumentSymbolParams(template))
    assert inside is not None
    assert [one.name for one in inside] == ["Failed", "Orders", "Charge", "Orders → Charge"]
    anywhere = await client.workspace_symbol_async(types.WorkspaceSymbolParams("orders"))
    assert anywhere is not None
    assert [one.name for one in anywhere] == ["Orders", "Orders → Charge"]


async def test_calls_are_followed_along_events(session: Session) -> None:
    await session.findings()
    client = session.client
    sender = session.open((session.root / "sender.py").as_uri(), SENDER)
    sent = types.Position(**on(SENDER, "send_message"))
    found = await client.text_document_prepare_call_hierarchy_async(types.CallHierarchyPrepareParams(sender, sent))
    assert found is not None
    (queue,) = found
    going = await client.call_hierarchy_outgoing_calls_async(types.CallHierarchyOutgoingCallsParams(queue))
    assert going is not None
    assert [one.to.name for one in going] == ["handler", "Failed"]
    coming = await client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(queue))
    assert coming is not None
    assert [one.from_.name for one in coming] == ["place_order"]


async def test_words_are_offered_where_twice_is_spoken_to(session: Session) -> None:
    await session.findings()
    session.change(2, types.TextDocumentContentChangeWholeDocument(f"# twice: allow \n{CODE}"))
    params = types.CompletionParams(session.document, session.at(0, 15))
    offered = await session.client.text_document_completion_async(params)
    assert isinstance(offered, types.CompletionList)
    assert {"TST101", "TST301"} == {one.label for one in offered.items[:2]}
    settings = session.open((session.root / "twice.toml").as_uri(), "con", "toml")
    offered = await session.client.text_document_completion_async(types.CompletionParams(settings, session.at(0, 3)))
    assert isinstance(offered, types.CompletionList)
    assert "confidence" in [one.label for one in offered.items]


async def test_a_lens_leads_to_the_review_and_a_rule_has_a_page(session: Session) -> None:
    await session.findings()
    lenses = await session.client.text_document_code_lens_async(types.CodeLensParams(session.document))
    assert lenses is not None
    command = lenses[0].command
    assert command is not None
    page = await session.command(command.command, *(command.arguments or ()))
    assert page.startswith("## `handler`")
    assert (await session.command("twice.explain", "TST101")).startswith("# TST101 paid-twice")
    assert session.client.shown_documents or session.client.messages


async def test_any_request_can_be_given_up_and_the_next_one_works(session: Session) -> None:
    await session.findings()
    client, document, start = session.client, session.document, types.Position(0, 0)
    await session.configure({**SETTINGS, "debounce": 10_000})
    session.change(2, types.TextDocumentContentChangeWholeDocument(f"{CODE}\n"))
    everywhere, context = types.Range(start, start), types.ReferenceContext(include_declaration=False)
    pulling = session.server.diagnostic_provider is not None
    requests = (
        client.text_document_definition_async(types.DefinitionParams(document, start)),
        client.text_document_references_async(types.ReferenceParams(context, document, start)),
        client.text_document_document_link_async(types.DocumentLinkParams(document)),
        client.text_document_document_symbol_async(types.DocumentSymbolParams(document)),
        client.workspace_symbol_async(types.WorkspaceSymbolParams("")),
        client.text_document_prepare_call_hierarchy_async(types.CallHierarchyPrepareParams(document, start)),
        *((session.pulled(),) if pulling else ()),
        client.text_document_hover_async(types.HoverParams(document, start)),
        client.text_document_code_lens_async(types.CodeLensParams(document)),
        client.text_document_inlay_hint_async(types.InlayHintParams(document, everywhere)),
        client.text_document_code_action_async(
            types.CodeActionParams(document, everywhere, types.CodeActionContext([]))
        ),
    )
    for request in requests:
        waiting = asyncio.create_task(request)
        await asyncio.sleep(0)
        client.cancel_request(types.CancelParams(next(reversed(client.protocol._request_futures))))
        with pytest.raises(JsonRpcException) as error:
            await asyncio.wait_for(waiting, PATIENCE)
        assert error.value.code == types.LSPErrorCodes.RequestCancelled
    await session.configure(SETTINGS)
    told = await client.text_document_hover_async(types.HoverParams(document, types.Position(HANDLER[0], HANDLER[1])))
    assert told is not None
