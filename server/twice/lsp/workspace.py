"""The one thing in the server that changes: folders, open documents, and the newest snapshot of each folder.

Everything runs on the message loop, so nothing here is ever seen half changed. A check is a task; a newer one takes its place,
and the result of a replaced check is never seen by anybody.
"""

from __future__ import annotations

import asyncio
import logging
import posixpath
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from pygls import uris

from twice.engine import Checked, Memory, checking
from twice.files import belongs, is_relevant
from twice.lsp.client import Client
from twice.lsp.diagnostics import Reports
from twice.lsp.documents import Document, Documents
from twice.lsp.folder import Folder, configured, decides, filled, nowhere, touched
from twice.lsp.settings import Settings
from twice.lsp.slices import in_slices
from twice.lsp.snapshot import Buffer, Snapshot
from twice.steps import Step

log = logging.getLogger(__name__)

Key = str
"""What is checked together: the path of a folder with a slash at its end, or the address of a document outside all folders."""

_SUFFIXES = {"python": ".py", "yaml": ".yaml", "json": ".json"}


class Workspace:
    """Folders by key, what the user has set, and the results. ``told`` is called whenever a snapshot is new."""

    def __init__(self, client: Client, documents: Documents, told: Callable[[Key], None]) -> None:
        self.client = client
        self.documents = documents
        self.settings: dict[Key, Settings] = {}
        self.folders: dict[Key, Folder] = {}
        self.snapshots: dict[Key, Snapshot] = {}
        self.reports: dict[Key, Reports] = {}
        self._told = told
        self._memories: dict[Key, Memory] = {}
        self._checks: dict[Key, asyncio.Task[None]] = {}
        self._readings: dict[Key, asyncio.Task[None]] = {}
        self._belonging: dict[tuple[Key, str], bool] = {}
