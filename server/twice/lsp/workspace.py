"""The one thing in the server that changes: folders, open documents, and the newest snapshot of each folder.

Everything runs on the message loop, so nothing here is ever seen half changed. A check is a task; a newer one takes its place,
and the result of a replaced check is never seen by anybody.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pygls import uris

from twice.engine import Checked, Memory, checking
from twice.files import belongs
from twice.lsp.addresses import Key, folder_key, inside, key_of, path_alone, path_in
from twice.lsp.client import Client
from twice.lsp.diagnostics import Reports
from twice.lsp.documents import Document, Documents
from twice.lsp.folder import Folder, configured, decides, filled, nowhere, touched
from twice.lsp.progress import Bar, Stopped
from twice.lsp.settings import Settings
from twice.lsp.slices import in_slices
from twice.lsp.snapshot import Buffer, Snapshot
from twice.rules.model import Rule

log = logging.getLogger(__name__)

# Folders up to this many files are read again on every save when nobody tells which ones have changed: 0.2 s at most.
_FEW = 1000
# In seconds: what a folder that takes long to check may add to the user's debounce.
_LONGEST_PAUSE = 1.0


class Workspace:
    """Folders by key, and what was found in them. ``told`` is called with the key of every new snapshot."""

    def __init__(
        self, client: Client, documents: Documents, told: Callable[[Key], None], bar: Callable[[str], Bar]
    ) -> None:
        self.client = client
        self.documents = documents
        self.greeted = self.settings = Settings()
        self.settings_of: dict[Key, Settings] = {}
        self.snapshots: dict[Key, Snapshot] = {}
        self.reports: dict[Key, Reports] = {}
        self._told = told
        self._bar = bar
        self._folders: dict[Key, Folder] = {}
        self._memories: dict[Key, Memory] = {}
        self._checks: dict[Key, asyncio.Task[None]] = {}
        self._readings: dict[Key, asyncio.Task[None]] = {}
        self._bars: dict[Key, Bar] = {}
        # What has changed on disk since it was read; None means that everything has to be read.
        self._unread: dict[Key, set[str] | None] = {}
        self._belonging: dict[tuple[Key, str], bool] = {}
        self._took: dict[Key, float] = {}
        self._started = asyncio.Event()

    # --- what the editor tells

    def start(self) -> None:
        """The settings are known: what has been asked for is checked from now on."""
        self._started.set()

    def add_folder(self, uri: str) -> None:
        """Take a folder in; it is read when it is first checked."""
        key = folder_key(uri)
        if key is None:
            log.info("%s is no folder on this machine: it is not read", uri)
            return
        self._unread[key] = None
        self._move_documents()
        self.check(key)

    def remove_folder(self, uri: str) -> None:
        """Forget a folder and what was found in it; its open documents are looked at elsewhere."""
        key = folder_key(uri)
        if key is not None and key in self._unread:
            self._forget(key)
            self._move_documents()

    def opened(self, uri: str) -> None:
        self._document_changed(uri, 0.0)

    def changed(self, uri: str) -> None:
        self._document_changed(uri, None)

    def saved(self, uri: str) -> None:
        """The file is what the buffer was. Where the editor watches no files, others may have changed as well."""
        key = self.key_of(uri)
        if not self.client.watches and key in self._folders and len(self._folders[key].files) <= _FEW:
            self._unread[key] = None
        self.changed_on_disk([uri])

    def closed(self, uri: str) -> None:
        """From now on the file on disk counts; a document without a file is gone."""
        key = self.key_of(uri)
        if key in self._unread:
            self.changed_on_disk([uri])
        elif key is not None:
            self._forget(key)

    def changed_on_disk(self, addresses: Iterable[str]) -> None:
        """Files have changed, appeared or gone; a gone directory stands for all files in it."""
        changed: dict[Key, set[str]] = {}
        for uri in addresses:
            key, path = self.key_of(uri), uris.to_fs_path(uri)
            if key in self._unread and key is not None and path is not None:
                changed.setdefault(key, set()).add(inside(key, path))
        for key, paths in changed.items():
            unread = self._unread[key]
            if unread is not None:
                wholly = any(decides(path) for path in paths)
                self._unread[key] = None if wholly else unread | paths
            self.check(key)

    def read_anew(self) -> None:
        """Read all folders from disk again, with their settings and rules."""
        for key in list(self._unread):
            self._unread[key] = None
            self.check(key, 0.0)
        for key in [key for key in self._folders if key not in self._unread]:
            self._folders[key] = nowhere(self.settings)
            self.check(key, 0.0)

    def stop(self) -> None:
        """End all work: nobody will look at its results."""
        for key in list(self._bars):
            self._bars[key].stop()
        for task in (*self._checks.values(), *self._readings.values()):
            task.cancel()

    # --- what the features ask

    def key_of(self, uri: str) -> Key | None:
        """What a document is checked with; None if it is not checked."""
        return key_of(uri, self._unread)

    async def snapshot(self, uri: str) -> tuple[Snapshot, str] | None:
        """The snapshot in which an open document is as it is now, and its path there; waits for the check under way.

        None for a document that is not checked, or whose check failed.
        """
        key = self.key_of(uri)
        if key is None:
            return None
        await self.settled(key)
        snapshot, document = self.snapshots.get(key), self.documents.document(uri)
        path = self._path(key, document) if document is not None else None
        if snapshot is None or document is None or path not in snapshot.buffers:
            return None
        return (snapshot, path) if path and snapshot.buffers[path].text is document.text else None

    async def settled(self, key: Key) -> None:
        """Wait until no check of this folder is under way."""
        while (task := self._checks.get(key)) is not None and not task.done():
            await asyncio.wait({task})

    def folder_addresses(self) -> list[str]:
        return [Path(key).as_uri() for key in self._unread]

    def rule(self, code: str) -> Rule | None:
        """The rule of a code or name, in any folder."""
        folders = (*self._folders.values(), nowhere(self.settings))
        return next((rule for folder in folders if (rule := folder.rule(code)) is not None), None)

    def everything(self) -> list[Key]:
        """All that is checked."""
        return list(dict.fromkeys((*self._unread, *self._folders)))

    # --- checking

    def check(self, key: Key, delay: float | None = None) -> None:
        """Check again after a pause: the user's debounce, or ``delay``. A check under way is given up.

        The longer checks take, the longer is the pause: nobody is served by half a check after every word.
        """
        running = self._checks.get(key)
        if running is not None:
            running.cancel()
        pause = self._settings(key).debounce if delay is None else delay
        if pause > 0:
            pause = max(pause, min(self._took.get(key, 0.0) / 4, _LONGEST_PAUSE))
        self._checks[key] = asyncio.create_task(self._check(key, pause))

    async def _check(self, key: Key, pause: float) -> None:
        try:
            await self._started.wait()
            if pause > 0 and key in self.snapshots:
                await asyncio.sleep(pause)
            await self._read(key)
            self.snapshots[key] = await self._checked(key)
            self._end_bar(key, "done")
            self._told(key)
        except Stopped:
            self._abandon(key)
        except Exception:
            log.exception("the check of %s failed", key)
            self.snapshots.pop(key, None)
            self._end_bar(key, "failed")

    async def _checked(self, key: Key) -> Snapshot:
        folder, before = self._folders[key], self.snapshots.get(key)
        buffers = self._buffers(key)
        files = self._without_inner(key, folder.files)
        files.update((path, buffer.text.data) for path, buffer in buffers.items())
        if before is not None and before.asks_the_same(folder, files):
            return Snapshot(folder, files, buffers, before.checked)
        bar = self._bars.get(key)
        memory = self._memories.setdefault(key, Memory())
        work = checking(files, folder.book, folder.config, memory, proofs=False)
        began = time.monotonic()
        checked: Checked = await in_slices(work, bar.step if bar is not None else lambda step: None)
        self._took[key] = time.monotonic() - began
        return Snapshot(folder, files, buffers, checked)

    # --- reading

    async def _read(self, key: Key) -> None:
        """Bring a folder up to date with the disk. Reading all of it goes on even when the check that asked is given up."""
        if key not in self._unread:
            return
        if self._unread[key] is None and key not in self._readings:
            self._unread[key] = set()
            self._readings[key] = asyncio.create_task(self._read_wholly(key))
        if (reading := self._readings.get(key)) is not None:
            await asyncio.wait({reading})
        paths = self._unread[key]
        if paths is None:
            await self._read(key)
        elif paths:
            self._unread[key] = set()
            self._folders[key] = touched(self._folders[key], paths)

    async def _read_wholly(self, key: Key) -> None:
        root, user = Path(key), self._settings(key)
        first = key not in self._folders
        bar = self._bar(f"Twice: {root.name}") if first else None
        folder = nowhere(user)
        try:
            if bar is not None:
                self._bars[key] = bar
                await bar.begin()
            folder = await asyncio.to_thread(configured, root, user)
            folder = await asyncio.to_thread(filled, folder, bar.report if bar is not None else None)
        except Stopped:
            self._abandon(key)
        except Exception:
            log.exception("%s cannot be read", root)
        finally:
            self._readings.pop(key, None)
        if key in self._unread:
            self._folders[key] = folder
            self._belonging.clear()
            _log_problems(folder)

    def _abandon(self, key: Key) -> None:
        """The user has stopped the first scan: only open documents are checked, until the folder is read anew."""
        log.warning("%s: the scan was stopped; only open files are checked until `twice.rescan`", key)
        self._end_bar(key, "stopped")
        if key in self._folders:
            folder = self._folders[key]
            self._folders[key] = Folder(folder.root, folder.config, folder.book)
            self.check(key, 0.0)

    # --- keeping the books

    def _document_changed(self, uri: str, delay: float | None) -> None:
        key, document = self.key_of(uri), self.documents.document(uri)
        if key is None or document is None or self._path(key, document) is None:
            return
        if key not in self._unread:
            self._folders.setdefault(key, nowhere(self.settings))
        self.check(key, delay)

    def _move_documents(self) -> None:
        """Folders have come or gone: everything is checked where it is now."""
        for key in [key for key in self._folders if key not in self._unread and self.key_of(key) != key]:
            self._forget(key)
        for document in self.documents.open_documents:
            self._document_changed(document.uri, 0.0)
        for key in [key for key in self._unread if self._inner(key)]:
            self.check(key, 0.0)

    def _forget(self, key: Key) -> None:
        for tasks in (self._checks, self._readings):
            if (task := tasks.pop(key, None)) is not None:
                task.cancel()
        if key in self._bars:
            self._bars[key].stop()
            self._end_bar(key, "closed")
        self._unread.pop(key, None)
        for known in (self._folders, self._memories, self._took, self.snapshots, self.settings_of):
            known.pop(key, None)
        self._told(key)

    def _buffers(self, key: Key) -> dict[str, Buffer]:
        """The open documents of a folder that would be read if they were closed."""
        buffers: dict[str, Buffer] = {}
        for document in self.documents.open_documents:
            path = self._path(key, document) if self.key_of(document.uri) == key else None
            if path is not None and self._belongs(key, path):
                buffers[path] = Buffer(document.uri, document.version, document.text)
        return buffers

    def _belongs(self, key: Key, path: str) -> bool:
        folder = self._folders[key]
        if folder.root is None or path in folder.files:
            return True
        if (key, path) not in self._belonging:
            self._belonging[key, path] = belongs(folder.root, folder.config, path)
        return self._belonging[key, path]

    def _path(self, key: Key, document: Document) -> str | None:
        if key in self._unread:
            return path_in(key, document.uri)
        return path_alone(document.uri, document.language)

    def _inner(self, key: Key) -> list[Key]:
        """The folders of the editor that lie inside this one: what is in them is theirs."""
        return [other for other in self._unread if other != key and other.startswith(key)]

    def _without_inner(self, key: Key, files: Mapping[str, bytes]) -> dict[str, bytes]:
        inner = tuple(inside(key, other) + "/" for other in self._inner(key))
        return {path: data for path, data in files.items() if not path.startswith(inner)} if inner else dict(files)

    def _settings(self, key: Key) -> Settings:
        return self.settings_of.get(key, self.settings)

    def _end_bar(self, key: Key, message: str) -> None:
        if (bar := self._bars.pop(key, None)) is not None:
            bar.end(message)


def _log_problems(folder: Folder) -> None:
    for problem in folder.problems:
        if problem.place is None:
            log.warning("%s; %s", problem.message, problem.expected)
