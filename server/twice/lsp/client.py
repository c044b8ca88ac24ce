"""What the editor can do: read once from what it says of itself, asked by everybody else. Holds no state of the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lsprotocol import types
from msgspec import Struct
from pygls.capabilities import get_capability

from twice.text import Encoding


class Client(Struct, frozen=True):
    """The editor. Every capability is off until it is announced; ``repeats_messages`` says that its hover shows the messages of the
    diagnostics of a place by itself, which no capability tells."""

    encoding: Encoding = "utf-16"
    pulls: bool = False
    related: bool = False
    links: bool = False
    data: bool = False
    markdown: bool = False
    labels: bool = False
    documents_words: bool = False
    documents_markdown: bool = False
    actions: bool = False
    prefers: bool = False
    resolves: bool = False
    snippets: bool = False
    versioned_edits: bool = False
    annotations: bool = False
    ends_lines: bool = False
    watches: bool = False
    configures: bool = False
    follows_configuration: bool = False
    progress: bool = False
    shows_documents: bool = False
    refreshes_lenses: bool = False
    refreshes_hints: bool = False
    nests_symbols: bool = False
    repeats_messages: bool = False


def client(capabilities: types.ClientCapabilities, encoding: Encoding, options: object = None) -> Client:
    """The editor that announces these capabilities, and greets with these options."""

    def can(name: str) -> bool:
        return bool(get_capability(capabilities, name))

    pulls = get_capability(capabilities, "text_document.diagnostic") is not None
    # Both kinds of diagnostics know these; a client that pulls may name them at either.
    of_diagnostics = ("text_document.publish_diagnostics", *(("text_document.diagnostic",) if pulls else ()))

    def shows(name: str) -> bool:
        return any(can(f"{kind}.{name}") for kind in of_diagnostics)

    formats = get_capability(capabilities, "text_document.completion.completion_item.documentation_format")
    return Client(
        encoding=encoding,
        # Neovim asks about the text that was changed and about no other, and cannot be told to ask again: a change of a
        # template would never reach its handlers. An editor like this is sent everything.
        pulls=pulls and can("workspace.diagnostics.refresh_support"),
        related=shows("related_information"),
        links=shows("code_description_support"),
        data=shows("data_support"),
        markdown=_prefers_markdown(get_capability(capabilities, "text_document.hover.content_format")),
        labels=can("text_document.completion.completion_item.label_details_support"),
        documents_words=bool(formats),
        documents_markdown=_prefers_markdown(formats),
        actions=can("text_document.code_action.code_action_literal_support"),
        prefers=can("text_document.code_action.is_preferred_support"),
        resolves=can("text_document.code_action.data_support")
        and "edit" in (get_capability(capabilities, "text_document.code_action.resolve_support.properties") or ()),
        snippets=can("workspace.workspace_edit.document_changes")
        and can("workspace.workspace_edit.snippet_edit_support"),
        versioned_edits=can("workspace.workspace_edit.document_changes"),
        annotations=can("workspace.workspace_edit.change_annotation_support"),
        ends_lines=can("workspace.workspace_edit.normalizes_line_endings"),
        watches=can("workspace.did_change_watched_files.dynamic_registration"),
        configures=can("workspace.configuration"),
        follows_configuration=can("workspace.did_change_configuration.dynamic_registration"),
        progress=can("window.work_done_progress"),
        shows_documents=can("window.show_document.support"),
        refreshes_lenses=can("workspace.code_lens.refresh_support"),
        refreshes_hints=can("workspace.inlay_hint.refresh_support"),
        nests_symbols=can("text_document.document_symbol.hierarchical_document_symbol_support"),
        repeats_messages=isinstance(options, Mapping) and options.get("diagnosticsInHover") is True,
    )


def _prefers_markdown(formats: Any) -> bool:
    """The first of the two formats that an editor names is the one it wants."""
    known = [kind for kind in formats or () if kind in (types.MarkupKind.Markdown, types.MarkupKind.PlainText)]
    return known[:1] == [types.MarkupKind.Markdown]
