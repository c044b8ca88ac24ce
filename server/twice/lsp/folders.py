"""The folders of the editor as they were last read, what has changed on disk since, and who reads them now.

A part of ``Workspace``, which alone holds one. Reading is done by threads, one at a time for a folder: it waits for the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from twice.files import belongs
from twice.lsp.addresses import Key, inside
from twice.lsp.folder import Folder, configured, decides, filled, nowhere, touched
from twice.lsp.progress import Bar, Stopped
from twice.lsp.settings import Settings
from twice.steps import Step

log = logging.getLogger(__name__)


class Folders:
    """Folders by key. ``settings`` are those of a folder, ``bar`` makes a bar with a title that may be shown or not."""

    def __init__(self, settings: Callable[[Key], Settings], bar: Callable[[str, bool], Bar]) -> None:
        self._settings = settings
        self._bar = bar
        self._read: dict[Key, Folder] = {}
        # What has changed on disk since it was read; None means that everything has to be read.
        self._unread: dict[Key, set[str] | None] = {}
        self._readings: dict[Key, asyncio.Task[None]] = {}
        self._bars: dict[Key, Bar] = {}
        self._belonging: dict[tuple[Key, str], bool] = {}

    def __iter__(self) -> Iterator[Key]:
        return iter(self._unread)

    def __contains__(self, key: object) -> bool:
        return key in self._unread

    def get(self, key: Key) -> Folder | None:
        """A folder as it was last read; None before that."""
        return self._read.get(key)

    def mark(self, key: Key, paths: Iterable[str] | None = None) -> None:
        """These files have changed, or anything may have: a folder that is new is marked as a whole."""
        paths = None if paths is None else set(paths)
        unread = self._unread.get(key)
        if paths is None or unread is None or any(decides(path) for path in paths):
            self._unread[key] = None
        else:
            self._unread[key] = unread | paths

    def forget(self, key: Key) -> None:
        if (reading := self._readings.pop(key, None)) is not None:
            reading.cancel()
        if key in self._bars:
            self._bars[key].stop()
            self.done(key, "closed")
        self._unread.pop(key, None)
        self._read.pop(key, None)

    def stop(self) -> None:
        """Give up all reading."""
        for bar in self._bars.values():
            bar.stop()
        for reading in self._readings.values():
            reading.cancel()

    # --- reading

    async def current(self, key: Key) -> Folder:
        """A folder brought up to date with the disk. Reading all of it goes on even when the caller gives up."""
        while True:
            if self._unread[key] is None and key not in self._readings:
                self._unread[key] = set()
                self._readings[key] = asyncio.create_task(self._read_wholly(key))
            if (reading := self._readings.get(key)) is not None:
                await asyncio.wait({reading})
            elif paths := self._unread[key]:
                await self._read_again(key, paths)
            else:
                return self._read[key]

    async def _read_again(self, key: Key, paths: set[str]) -> None:
        self._unread[key] = set()
        try:
            self._read[key] = await asyncio.to_thread(touched, self._read[key], paths)
        except BaseException:  # what has not been taken over is still to be read
            if key in self._unread:
                self.mark(key, paths)
            raise

    async def _read_wholly(self, key: Key) -> None:
        root, user = Path(key), self._settings(key)
        folder = nowhere(user)
        # A folder that is read again before its first check is done goes on with its bar: nobody would end the other one.
        goes_on = key in self._bars
        bar = self._bars.setdefault(key, self._bar(f"Twice: {root.name}", key not in self._read))
        try:
            if not goes_on:
                await bar.begin()
            folder = await asyncio.to_thread(configured, root, user)
            folder = await asyncio.to_thread(filled, folder, user, bar.report)
        except Stopped:
            self.empty(key)
        except Exception:
            log.exception("%s cannot be read", root)
        finally:
            self._readings.pop(key, None)
        if key in self._unread:
            self._read[key] = folder
            self._belonging.clear()
            log.debug("%s: read %d files that can say something", root, len(folder.files))
            _log_problems(folder)

    # --- the bar of the first scan, which goes on until the first check is done

    def step(self, key: Key, step: Step) -> None:
        if key in self._bars:
            self._bars[key].step(step)

    def done(self, key: Key, message: str) -> None:
        if (bar := self._bars.pop(key, None)) is not None:
            bar.end(message)

    def empty(self, key: Key) -> None:
        """The user has stopped the scan: only open documents are checked, until the folder is read anew."""
        log.warning("%s: the scan was stopped; only open files are checked until `twice.rescan`", key)
        self.done(key, "stopped")
        if key in self._read:
            folder = self._read[key]
            self._read[key] = Folder(folder.root, folder.config, folder.book)

    # --- what is in them

    def belongs(self, key: Key, path: str) -> bool:
        """Is a file of this folder read, or would it be if it were there?"""
        folder = self._read[key]
        if folder.root is None or path in folder.files:
            return True
        if (key, path) not in self._belonging:
            self._belonging[key, path] = belongs(folder.root, folder.config, path)
        return self._belonging[key, path]

    def inner(self, key: Key) -> list[Key]:
        """The folders that lie inside this one."""
        return [other for other in self._unread if other != key and other.startswith(key)]

    def own_files(self, key: Key) -> Mapping[str, bytes]:
        """The files of a folder without those of folders inside it: what is there is theirs."""
        files = self._read[key].files
        inner = tuple(f"{inside(key, other)}/" for other in self.inner(key))
        return {path: data for path, data in files.items() if not path.startswith(inner)} if inner else files


def _log_problems(folder: Folder) -> None:
    for problem in folder.problems:
        if problem.place is None:
            log.warning("%s; %s", problem.message, problem.expected)
