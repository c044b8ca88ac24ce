"""The one thing in the server that changes: folders, open documents, and the newest snapshot of each folder.

Everything runs on the message loop, so nothing here is ever seen half changed. A check is a task; a newer one takes its place,
and the result of a replaced check is never seen by anybody.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from msgspec.structs import replace
from pygls import uris

from twice import config
from twice.engine import FINDINGS_ONLY, Checked, Memory, checking
from twice.files import is_relevant
from twice.lsp.addresses import Key, folder_key, inside, key_of, path_alone, path_in
from twice.lsp.client import Client
from twice.lsp.diagnostics import Told
from twice.lsp.documents import Document, Documents
from twice.lsp.drafts import drafted, kind_of
from twice.lsp.folder import Folder, nowhere
from twice.lsp.folders import Folders
from twice.lsp.progress import Bar, Stopped
from twice.lsp.settings import Settings
from twice.lsp.slices import in_slices
from twice.lsp.snapshot import Buffer, Snapshot, Typed
from twice.rules.model import Rule
from twice.steps import Patience

log = logging.getLogger(__name__)

# Folders up to this many files are read again on every save when nobody tells which ones have changed: 0.2 s at most.
_FEW = 1000
# In seconds: what a folder that takes long to check may add to the user's debounce.
_LONGEST_PAUSE = 1.0
# In seconds: what a check may spend on the handlers of a single file, while a person waits for those of the others.
_LONGEST_FILE = 10.0


def _patience() -> Patience:
    return Patience(_LONGEST_FILE, time.monotonic)


class Workspace:
    """Folders and lone documents by key, and what was found in them. ``tell`` is called with the key of every new snapshot."""

    def __init__(
        self, client: Client, documents: Documents, tell: Callable[[Key], None], bar: Callable[[str, bool], Bar]
    ) -> None:
        self.client = client
        self.documents = documents
        self.greeted = self.settings = Settings()
        self.settings_of: dict[Key, Settings] = {}
        self.folders = Folders(self.settings_for, lambda title, first: bar(title, first and client.progress))
        self.snapshots: dict[Key, Snapshot] = {}
        self.told: dict[Key, Told] = {}
        self._tell = tell
        self._alone: set[Key] = set()
        self._memories: dict[Key, Memory] = {}
        self._checks: dict[Key, asyncio.Task[None]] = {}
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
        self.folders.mark(key)
        self._move_documents()
        self.check(key)

    def remove_folder(self, uri: str) -> None:
        """Forget a folder and what was found in it; its open documents are looked at elsewhere."""
        key = folder_key(uri)
        if key is not None and key in self.folders:
            self._forget(key)
            self._move_documents()

    def opened(self, uri: str) -> None:
        self._document_changed(uri, 0.0)

    def changed(self, uri: str) -> None:
        self._document_changed(uri, None)

    def saved(self, uri: str) -> None:
        """The file is what the buffer was. Where the editor watches no files, others may have changed as well."""
        key = self.key_of(uri)
        if key not in self.folders and config.holds_settings(uri):  # of the user, or of a project around a folder
            self.read_anew()
            return
        folder = self.folders.get(key) if key is not None else None
        if key is not None and folder is not None and not self.client.watches and len(folder.files) <= _FEW:
            self.folders.mark(key)
        self.changed_on_disk([uri])

    def closed(self, uri: str) -> None:
        """From now on the file on disk counts; a document without a file is gone."""
        key = self.key_of(uri)
        if key in self.folders:
            self.changed_on_disk([uri])
        elif key is not None:
            self._forget(key)

    def changed_on_disk(self, addresses: Iterable[str]) -> None:
        """Files have changed, appeared or gone; a gone directory stands for all files in it."""
        changed: dict[Key, set[str]] = {}
        for uri in addresses:
            key, path = self.key_of(uri), uris.to_fs_path(uri)
            if key is not None and key in self.folders and path is not None:
                changed.setdefault(key, set()).add(inside(key, path))
        for key, paths in changed.items():
            self.folders.mark(key, paths)
            self.check(key)

    def read_anew(self) -> None:
        """Read all folders from disk again, with their settings and rules."""
        for key in self.folders:
            self.folders.mark(key)
        for key in self.everything():
            self.check(key, 0.0)

    def stop(self) -> None:
        """End all work: nobody will look at its results."""
        self.folders.stop()
        for task in self._checks.values():
            task.cancel()

    # --- what the features ask

    def key_of(self, uri: str) -> Key | None:
        """What a document is checked with; None if it is not checked."""
        return key_of(uri, self.folders)

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
        buffer = snapshot.open(path) if snapshot is not None and path is not None else None
        if snapshot is None or path is None or document is None or buffer is None:
            return None
        return (snapshot, path) if buffer.text is document.text else None

    async def typed(self, uri: str) -> Typed | None:
        """An open document as it is now, for answers that must not wait for a check; None for one that is not looked at.

        The rules of a folder are read first, which takes a moment once.
        """
        key = self.key_of(uri)
        if key is not None and key in self.folders and self.folders.get(key) is None:
            await self._started.wait()
            await self.folders.current(key)
        document = self.documents.document(uri)
        path = self._path(key, document) if key is not None and document is not None else None
        if key is None or document is None or path is None:
            return None
        folder = self.folders.get(key) or nowhere(self.settings_for(key))
        return Typed(path, document.text, folder, self.snapshots.get(key))

    async def around(self, uri: str) -> Snapshot | None:
        """The newest snapshot of what a file belongs to, open or not."""
        key = self.key_of(uri)
        if key is None:
            return None
        await self.settled(key)
        return self.snapshots.get(key)

    async def all_snapshots(self) -> list[Snapshot]:
        """The newest snapshot of everything that is checked."""
        for key in self.everything():
            await self.settled(key)
        return list(self.snapshots.values())

    async def settled(self, key: Key) -> None:
        """Wait until no check of this folder is under way."""
        while (task := self._checks.get(key)) is not None and not task.done():
            await asyncio.wait({task})

    def everything(self) -> list[Key]:
        """All that is checked."""
        return [*self.folders, *self._alone]

    def folder_addresses(self) -> list[str]:
        return [Path(key).as_uri() for key in self.folders]

    def rule(self, code: str) -> Rule | None:
        """The rule of a code or name, in any folder."""
        known = [folder for key in self.folders if (folder := self.folders.get(key)) is not None]
        found = (folder.rule(code) for folder in (*known, nowhere(self.settings)))
        return next((rule for rule in found if rule is not None), None)

    # --- checking

    def check(self, key: Key, delay: float | None = None) -> None:
        """Check again after a pause: the user's debounce, or ``delay``. A check under way is given up.

        The longer checks take, the longer is the pause: nobody is served by half a check after every word.
        """
        running = self._checks.get(key)
        if running is not None:
            running.cancel()
        pause = self.settings_for(key).debounce if delay is None else delay
        if pause > 0:
            pause = max(pause, min(self._took.get(key, 0.0) / 4, _LONGEST_PAUSE))
        self._checks[key] = asyncio.create_task(self._check(key, pause))

    async def _check(self, key: Key, pause: float) -> None:
        try:
            await self._started.wait()
            if pause > 0 and key in self.snapshots:
                await asyncio.sleep(pause)
            folder = nowhere(self.settings) if key in self._alone else await self.folders.current(key)
            first = key not in self.snapshots
            self.snapshots[key] = await self._checked(key, folder)
            self.folders.done(key, "done")
            self._tell(key)
            if first:
                # What is known of a folder goes when nobody holds it, and hardly anything of it holds itself: to look
                # for garbage in it costs a pause of half a second in a large one, between two keystrokes, for nothing.
                gc.freeze()
        except Stopped:
            self.folders.empty(key)
            self.check(key, 0.0)
        except Exception:
            log.exception("the check of %s failed", key)
            self.snapshots.pop(key, None)
            self.folders.done(key, "failed")

    async def _checked(self, key: Key, folder: Folder) -> Snapshot:
        before, (buffers, drafts) = self.snapshots.get(key), self._buffers(key)
        files = dict(self.folders.own_files(key)) if key in self.folders else {}
        files.update((path, buffer.text.data) for path, buffer in buffers.items())
        folder = drafted(folder, {path: draft.text for path, draft in drafts.items()})
        if before is not None and before.asks_the_same(folder, files):
            return Snapshot(folder, files, buffers, before.checked, drafts)
        memory = self._memories.setdefault(key, Memory(patience=_patience))
        work = checking(files, folder.book, folder.config, memory, replace(FINDINGS_ONLY, items=folder.items))
        began = time.monotonic()
        checked: Checked = await in_slices(work, partial(self.folders.step, key))
        self._took[key] = time.monotonic() - began
        told = len(files), self._took[key], len(checked.findings)
        open_ones = ", ".join(f"{path} ({buffer.version})" for path, buffer in buffers.items())
        log.debug("%s: checked %d files in %.2f s: %d findings", key, *told, extra={"details": f"open: {open_ones}"})
        return Snapshot(folder, files, buffers, checked, drafts)

    # --- keeping the books

    def _document_changed(self, uri: str, delay: float | None) -> None:
        key, document = self.key_of(uri), self.documents.document(uri)
        if key is None or document is None or self._path(key, document) is None:
            return
        if key not in self.folders:
            self._alone.add(key)
        self.check(key, delay)

    def _move_documents(self) -> None:
        """Folders have come or gone: everything is checked where it is now."""
        for key in [key for key in self._alone if self.key_of(key) != key]:
            self._forget(key)
        for document in self.documents.open_documents:
            self._document_changed(document.uri, 0.0)
        for key in [key for key in self.folders if self.folders.inner(key)]:
            self.check(key, 0.0)

    def _forget(self, key: Key) -> None:
        if (task := self._checks.pop(key, None)) is not None:
            task.cancel()
        self.folders.forget(key)
        self._alone.discard(key)
        for known in (self._memories, self._took, self.snapshots, self.settings_of):
            known.pop(key, None)
        self._tell(key)

    def _buffers(self, key: Key) -> tuple[dict[str, Buffer], dict[str, Buffer]]:
        """The open documents of a folder that would be read if they were closed, and those written for Twice itself."""
        buffers: dict[str, Buffer] = {}
        drafts: dict[str, Buffer] = {}
        for document in self.documents.open_documents:
            path = self._path(key, document) if self.key_of(document.uri) == key else None
            if path is None:
                continue
            buffer = Buffer(document.uri, document.version, document.text)
            if key in self.folders and kind_of(path) is not None:
                drafts[path] = buffer
            if is_relevant(path) and (key in self._alone or self.folders.belongs(key, path)):
                buffers[path] = buffer
        return buffers, drafts

    def _path(self, key: Key, document: Document) -> str | None:
        """What a document is called where it is checked; None when it cannot say anything."""
        if key in self.folders:
            return path_in(key, document.uri)
        return path_alone(document.uri, document.language)

    def settings_for(self, key: Key) -> Settings:
        """What the user has set for a folder or a lone document."""
        return self.settings_of.get(key, self.settings)
