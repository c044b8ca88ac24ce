"""The table of docs/lsp.md tells what the server does, of every message there is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsp_editor import PULL, PUSH, in_process
from lsprotocol import types
from twice.lsp.conformance import ROW, rewritten, supported

PAGE = (Path(__file__).parents[1] / "docs" / "lsp.md").read_text()
ROWS = {row["method"]: row for line in PAGE.split("\n") if (row := ROW.match(line)) is not None}

# What an editor reads in the capabilities, beside a method that may be asked for then.
PROVIDERS = {
    "hoverProvider": types.TEXT_DOCUMENT_HOVER,
    "completionProvider": types.TEXT_DOCUMENT_COMPLETION,
    "signatureHelpProvider": types.TEXT_DOCUMENT_SIGNATURE_HELP,
    "declarationProvider": types.TEXT_DOCUMENT_DECLARATION,
    "definitionProvider": types.TEXT_DOCUMENT_DEFINITION,
    "typeDefinitionProvider": types.TEXT_DOCUMENT_TYPE_DEFINITION,
    "implementationProvider": types.TEXT_DOCUMENT_IMPLEMENTATION,
    "referencesProvider": types.TEXT_DOCUMENT_REFERENCES,
    "documentHighlightProvider": types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT,
    "documentSymbolProvider": types.TEXT_DOCUMENT_DOCUMENT_SYMBOL,
    "codeActionProvider": types.TEXT_DOCUMENT_CODE_ACTION,
    "codeLensProvider": types.TEXT_DOCUMENT_CODE_LENS,
    "documentLinkProvider": types.TEXT_DOCUMENT_DOCUMENT_LINK,
    "colorProvider": types.TEXT_DOCUMENT_DOCUMENT_COLOR,
    "documentFormattingProvider": types.TEXT_DOCUMENT_FORMATTING,
    "documentRangeFormattingProvider": types.TEXT_DOCUMENT_RANGE_FORMATTING,
    "documentOnTypeFormattingProvider": types.TEXT_DOCUMENT_ON_TYPE_FORMATTING,
    "renameProvider": types.TEXT_DOCUMENT_RENAME,
    "foldingRangeProvider": types.TEXT_DOCUMENT_FOLDING_RANGE,
    "executeCommandProvider": types.WORKSPACE_EXECUTE_COMMAND,
    "selectionRangeProvider": types.TEXT_DOCUMENT_SELECTION_RANGE,
    "linkedEditingRangeProvider": types.TEXT_DOCUMENT_LINKED_EDITING_RANGE,
    "callHierarchyProvider": types.TEXT_DOCUMENT_PREPARE_CALL_HIERARCHY,
    "semanticTokensProvider": types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL,
    "monikerProvider": types.TEXT_DOCUMENT_MONIKER,
    "typeHierarchyProvider": types.TEXT_DOCUMENT_PREPARE_TYPE_HIERARCHY,
    "inlineValueProvider": types.TEXT_DOCUMENT_INLINE_VALUE,
    "inlayHintProvider": types.TEXT_DOCUMENT_INLAY_HINT,
    "diagnosticProvider": types.TEXT_DOCUMENT_DIAGNOSTIC,
    "workspaceSymbolProvider": types.WORKSPACE_SYMBOL,
    "notebookDocumentSync": types.NOTEBOOK_DOCUMENT_DID_OPEN,
}


def test_every_message_of_the_protocol_has_a_row() -> None:
    assert set(ROWS) == set(types.METHOD_TO_TYPES)


def test_our_column_is_what_the_server_does() -> None:
    assert rewritten(PAGE.split("\n")) == PAGE.split("\n"), "make generated"


def test_what_is_not_supported_says_why() -> None:
    silent = [method for method, row in ROWS.items() if row["ours"] == "no" and not row["note"].strip()]
    assert silent == []


@pytest.mark.asyncio
@pytest.mark.parametrize("editor", ["asks", "is sent"])
async def test_the_capabilities_name_what_the_table_says(tmp_path: Path, editor: str) -> None:
    known: dict[str, Any] = PULL if editor == "asks" else PUSH
    async with in_process() as one:
        told = await one.greet(tmp_path, capabilities=known)
    named = {PROVIDERS[name] for name in told if name in PROVIDERS and told[name]}
    expected = {method for method in PROVIDERS.values() if method in supported()}
    assert named == expected - ({types.TEXT_DOCUMENT_DIAGNOSTIC} if editor == "is sent" else set())
    assert all(ROWS[method]["ours"] == "yes" for method in named)
