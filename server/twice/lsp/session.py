"""Beginning and end of a session with an editor: what both can do, what the user has set, and leaving."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from lsprotocol import types
from pygls import uris

from twice.lsp import parent, publish, watching
from twice.lsp.addresses import folder_key
from twice.lsp.client import client
from twice.lsp.documents import Documents, encoding_of
from twice.lsp.logs import log_to_editor
from twice.lsp.pages import Pages
from twice.lsp.progress import Bar
from twice.lsp.protocol import Server
from twice.lsp.settings import settings
from twice.lsp.workspace import Workspace

log = logging.getLogger(__name__)

# In seconds. An editor that does not answer keeps its user waiting no longer than this.
_PATIENCE = 5.0


def begin(ls: Server, params: types.InitializeParams, pulling: Callable[[Server], None]) -> None:
    """Take over what the editor says of itself. ``pulling`` adds the requests of editors that ask for diagnostics."""
    ls.log = log_to_editor(ls)
    ls.protocol.trace = params.trace or types.TraceValue.Off
    documents = _documents(ls)
    known = client(params.capabilities, encoding_of(documents), params.initialization_options)
    if known.pulls:
        pulling(ls)
    ls.pages = Pages()
    ls.state = Workspace(known, documents, partial(publish.tell, ls), partial(Bar, ls))
    ls.state.greeted = ls.state.settings = settings(params.initialization_options)
    for uri in _folders(params):
        ls.state.add_folder(uri)
    if params.process_id:
        _in_background(ls, _leave_with(ls, params.process_id))


async def ready(ls: Server) -> None:
    """The editor takes requests: ask what the user has set, register what it shall tell, and begin to check."""
    known = ls.state.client
    wanted = [watching.registration()] if known.watches else []
    if known.follows_configuration:
        register = types.DidChangeConfigurationRegistrationOptions(section="twice")
        wanted.append(
            types.Registration("twice.settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, register_options=register)
        )
    if wanted:
        _in_background(ls, ls.client_register_capability_async(types.RegistrationParams(wanted)))
    await _ask_for_settings(ls)
    ls.state.start()


async def configured(ls: Server, sent: object) -> None:
    """The user may have changed a setting, which is then read and checked with; VS Code tells of nothing new too."""
    before = ls.state.settings, dict(ls.state.settings_of)
    if ls.state.client.configures:
        await _ask_for_settings(ls)
    else:
        ls.state.settings = settings(sent, ls.state.settings)
    if before != (ls.state.settings, ls.state.settings_of):
        ls.state.read_anew()


async def folders_changed(ls: Server, event: types.WorkspaceFoldersChangeEvent) -> None:
    for folder in event.removed:
        ls.state.remove_folder(folder.uri)
    if event.added:
        await _ask_for_settings(ls, [folder.uri for folder in event.added])
    for folder in event.added:
        ls.state.add_folder(folder.uri)


def end(ls: Server) -> None:
    """Stop all work, and leave nothing behind."""
    ls.state.stop()
    ls.pages.remove()
    ls.log.close()
    for task in ls.background:
        task.cancel()


def _documents(ls: Server) -> Documents:
    """Our documents in the place of those of pygls, before the first one is opened."""
    stock = ls.protocol.workspace
    documents = Documents(stock.root_uri, position_encoding=stock.position_encoding)
    ls.protocol.keep(documents)
    return documents


def _folders(params: types.InitializeParams) -> list[str]:
    if params.workspace_folders:
        return [folder.uri for folder in params.workspace_folders]
    root = params.root_uri or (uris.from_fs_path(params.root_path) if params.root_path else None)
    return [root] if root else []


async def _ask_for_settings(ls: Server, added: list[str] | None = None) -> None:
    """The settings of the user and of each folder, over those that came with the greeting."""
    workspace = ls.state
    if not workspace.client.configures:
        return
    folders = added if added is not None else workspace.folder_addresses()
    items = [types.ConfigurationItem(section="twice")]
    items += [types.ConfigurationItem(scope_uri=uri, section="twice") for uri in folders]
    try:
        asked = ls.workspace_configuration_async(types.ConfigurationParams(items))
        sent = await asyncio.wait_for(asked, _PATIENCE)
    except Exception as error:  # noqa: BLE001 - without an answer the other settings hold
        log.warning("the editor does not tell its settings: %s", error or type(error).__name__)
        return
    for uri, one in zip((None, *folders), sent, strict=False):
        key = folder_key(uri) if uri is not None else None
        if key is not None:
            workspace.settings_of[key] = settings(one, workspace.greeted)
        elif uri is None:
            workspace.settings = settings(one, workspace.greeted)


async def _leave_with(ls: Server, process: int) -> None:
    await parent.gone(process)
    log.info("the editor (process %d) is gone", process)
    end(ls)
    # A thread still waits for input that will never come, and would keep the process alive.
    os._exit(1)


def _in_background(ls: Server, work: Coroutine[Any, Any, Any]) -> None:
    """Work nobody waits for; what goes wrong in it is logged."""
    task = asyncio.get_running_loop().create_task(work)
    ls.background.add(task)
    task.add_done_callback(ls.background.discard)
    task.add_done_callback(_log_failure)


def _log_failure(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background work failed: %s", error, exc_info=error)
