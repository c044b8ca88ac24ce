"""Reads a workspace from disk: which files belong to it, and their bytes. Knows paths and limits, no language.

Nothing outside the root is read: links are never followed. What they lead to inside the root is read under its own name.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from twice import config as settings
from twice.config import OWN_FILE, SHARED_FILE, Config
from twice.finding import Problem
from twice.languages.prose import is_runbook
from twice.languages.templates import READ_HIDDEN, is_named
from twice.project.versions import is_pinning
from twice.text import Place

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

# Python written by people stays far below; a template above it cannot be deployed.
LARGEST = 1024 * 1024
LARGEST_LOCK = 16 * LARGEST
# A home directory instead of a project: better a word about it than a minute of reading.
MOST_FILES = 50_000

_TEMPLATES = (".yaml", ".yml", ".json", ".template", ".tf", ".tfvars", "terragrunt.hcl", ".properties")
# `sam package` writes a template once more, with the addresses of what it has uploaded.
_PACKAGED = re.compile(r"packaged[\w.-]*\.(ya?ml|json|template)$")
# What tools put there, not people; hidden directories (.git, .venv, caches) are skipped by their dot.
_SKIPPED = re.compile(
    rf"\.(?!{READ_HIDDEN}$).*|venv|node_modules|bower_components|site-packages|__pycache__|__pypackages__|build|_build|dist|cdk\.out|asset\.[0-9a-f]{{32,}}"
)
_TABLE = re.compile(rb"^\s*\[\s*tool\s*\.\s*twice\s*[\].]", re.MULTILINE)

Progress = Callable[[str, int, int], None]


class Workspace(Struct, frozen=True):
    """The relevant files under one root by their path with forward slashes, and what could not be read.

    ``config`` are the settings they were read with, and those of the directories inside.
    """

    root: Path
    files: dict[str, bytes]
    problems: tuple[Problem, ...] = ()
    config: Config = settings.DEFAULT


def root_of(paths: Sequence[Path]) -> Path:
    """The directory of the project that holds these paths: the nearest that says so, else their common parent.

    What lies in a directory that is skipped (an environment, a cache) is no part of the project around that.
    """
    resolved = [path.resolve() for path in paths] or [Path.cwd()]
    parents = [path if path.is_dir() else path.parent for path in resolved]
    common = Path(os.path.commonpath(parents))
    for directory in (common, *common.parents):
        if is_root(directory):
            return directory
        if _SKIPPED.fullmatch(directory.name):
            break
    return common


def is_relevant(path: str) -> bool:
    """May a file of this path say something: Python, a template, the pin of a library, a runbook?"""
    name = path.rpartition("/")[2]
    is_template = (name.endswith(_TEMPLATES) and not _PACKAGED.match(name)) or is_named(name)
    return name.endswith(".py") or is_template or is_pinning(path) or is_runbook(path)


def read_workspace(
    root: Path,
    config: Config,
    named: Sequence[Path] = (),
    matters: Callable[[str, bytes], bool] = lambda path, data: True,
    progress: Progress | None = None,
    inside: Callable[[Config], Config] = lambda config: config,
) -> Workspace:
    """The relevant files under a root that no ignore file and no setting excludes.

    ``named`` files and directories are read although they are excluded. What does not matter is not kept in memory.
    ``inside`` is what holds in a directory that has settings of its own, made of these.
    """
    root = root.resolve()
    walk = _Walk(root, inside)
    walk.exclude(config)
    files: dict[str, bytes] = {}
    for path in dict.fromkeys((*walk.files(), *walk.named(named))):
        if len(files) == MOST_FILES:
            walk.stop()
            break
        data = walk.read(path)
        if data is not None and matters(path, data):
            files[path] = data
        if progress is not None:
            progress("reading files", len(files), 0)
    return Workspace(root, dict(sorted(files.items())), tuple(walk.problems), replace(config, inner=walk.inner))


def reread(
    root: Path,
    config: Config,
    paths: Iterable[str],
    matters: Callable[[str, bytes], bool] = lambda path, data: True,
) -> dict[str, bytes | None]:
    """These files as ``read_workspace`` reads them now; None for those that are gone, excluded or do not matter."""
    walk = _Walk(root.resolve())
    walk.exclude(config)
    found: dict[str, bytes | None] = {}
    for path in paths:
        data = walk.read(path) if (walk.root / path).is_file() and walk.reaches(path) else None
        found[path] = data if data is not None and matters(path, data) else None
    return found


def belongs(root: Path, config: Config, path: str) -> bool:
    """Would ``read_workspace`` read a file of this path, if it were there?"""
    walk = _Walk(root.resolve())
    walk.exclude(config)
    return walk.reaches(path)


# --- the root --------------------------------------------------------------------------------------------------------


def is_root(directory: Path) -> bool:
    """Does anything here say that this is the directory of a project?"""
    return (directory / OWN_FILE).is_file() or (directory / ".git").exists() or _has_table(directory / SHARED_FILE)


def _has_table(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return _TABLE.search(opened.read(LARGEST)) is not None
    except OSError:
        return False


# --- the walk --------------------------------------------------------------------------------------------------------


class _Ignores(Struct, frozen=True):
    """One ignore file: its patterns hold below its directory (a path with a slash at its end, or empty), which may lie ``above`` ours."""

    below: str
    patterns: GitIgnoreSpec
    above: str = ""


class _Walk(Struct):
    """One pass over the directories of a root; notes what could not be read."""

    root: Path
    inside: Callable[[Config], Config] = lambda config: config
    excluded: dict[str, tuple[_Ignores, ...]] = field(default_factory=dict)
    inner: dict[str, Config] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    entered: set[str] = field(default_factory=set)

    def exclude(self, config: Config) -> None:
        """Take over what is excluded, here and where directories inside say so themselves."""
        for one in config.all():
            self.excluded[one.below] = self._spec(OWN_FILE, one.below, one.exclude, one.above)

    def files(self, start: str = "") -> Iterator[str]:
        """The relevant files, directory by directory, without recursion: depth costs nothing."""
        waiting: list[tuple[str, tuple[_Ignores, ...]]] = [(start, ())]
        while waiting:
            below, ignores = waiting.pop()
            self.entered.add(below)
            entries = self._entries(below)
            if below != start and any(entry.name == "pyvenv.cfg" for entry in entries):
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                ignores = (*ignores, *self._ignore_file(below))
            if below and any(settings.holds_settings(entry.name) for entry in entries):
                self._take_over(below)
            kept = [
                entry
                for entry in entries
                if not entry.is_symlink() and self._belongs(entry.name, entry.is_dir(), below, ignores)
            ]
            waiting += [(f"{below}{entry.name}/", ignores) for entry in reversed(kept) if entry.is_dir()]
            yield from (below + entry.name for entry in kept if entry.is_file())

    def reaches(self, path: str) -> bool:
        """Does ``files`` lead to this path, or would it if the file were there?"""
        ignores: tuple[_Ignores, ...] = ()
        below = ""
        *directories, name = path.split("/")
        for directory in (*directories, None):
            if below and (self.root / below / "pyvenv.cfg").is_file():
                return False
            ignores = (*ignores, *self._ignore_file(below))
            if directory is None:
                break
            if not self._belongs(directory, True, below, ignores) or (self.root / below / directory).is_symlink():
                return False
            below += f"{directory}/"
        return self._belongs(name, False, below, ignores) and not (self.root / path).is_symlink()

    def named(self, paths: Sequence[Path]) -> Iterator[str]:
        """The files that were asked for by name, and those below directories which the walk would not enter."""
        for path in (path.resolve() for path in paths):
            if not path.is_relative_to(self.root):
                continue
            below = path.relative_to(self.root).as_posix()
            if path.is_file():
                yield from [below] if is_relevant(below) else []
            elif path != self.root and f"{below}/" not in self.entered:
                yield from self.files(f"{below}/")

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None, and a word about it where a person would miss it, when it cannot be had."""
        largest = LARGEST_LOCK if is_pinning(path) else LARGEST
        try:
            with (self.root / path).open("rb") as opened:
                data = opened.read(largest + 1)
        except OSError as error:
            self._complain(path, f"cannot be read: {error.strerror}", "check its permissions, or exclude it")
            return None
        if len(data) <= largest:
            return data
        if path.endswith(".py"):
            self._complain(path, "is not read: larger than 1 MiB", "split it, or exclude it if it is generated")
        return None

    def stop(self) -> None:
        complaint = f"has more than {MOST_FILES:,} files; the others are not read"
        self._complain(
            str(self.root), complaint, f"put a {OWN_FILE} where the project begins, or name exclude paths in it"
        )

    def _entries(self, below: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / below) as found:
                return sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            self._complain(below or ".", f"cannot be read: {error.strerror}", "check its permissions, or exclude it")
            return []

    def _belongs(self, name: str, is_directory: bool, below: str, ignores: tuple[_Ignores, ...]) -> bool:
        path = f"{below}{name}/" if is_directory else below + name
        skipped = _SKIPPED.fullmatch(name) if is_directory else not is_relevant(path)
        if skipped or _ignored(path, self._excluded(below)) or _ignored(path, ignores):
            return False
        if not path.isprintable():
            self._complain(ascii(path), "has a name that nobody can read", "rename it, or exclude it")
        return path.isprintable()

    def _excluded(self, below: str) -> tuple[_Ignores, ...]:
        """What the settings nearest to a directory exclude."""
        around = [one for one in self.excluded if below.startswith(one)]
        return self.excluded[max(around, key=len)] if around else ()

    def _take_over(self, below: str) -> None:
        """The settings of a directory inside, if it has any."""
        found = settings.find(self.root, below)
        if found is not None:
            self.inner[below] = self.inside(found[0])
            self.problems += found[1]
            self.exclude(self.inner[below])

    def _ignore_file(self, below: str) -> tuple[_Ignores, ...]:
        path = f"{below}.gitignore"
        file = self.root / path
        data = None if file.is_symlink() or not file.is_file() else self.read(path)
        return self._spec(path, below, data.decode("utf-8", "replace").splitlines()) if data else ()

    def _spec(self, path: str, below: str, lines: Sequence[str], above: str = "") -> tuple[_Ignores, ...]:
        """The patterns of an ignore file. The library is imported only when there is one: it costs 15 ms."""
        if not lines:
            return ()
        from pathspec import GitIgnoreSpec

        try:
            return (_Ignores(below, GitIgnoreSpec.from_lines(lines), above),)
        except ValueError:
            return self._spec(path, below, [line for line in lines if self._is_pattern(path, line)], above)

    def _is_pattern(self, path: str, line: str) -> bool:
        from pathspec import GitIgnoreSpec

        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            complaint = f"'{line}' is no pattern"
            self._complain(path, complaint, "write it in the syntax of .gitignore; the others are honoured")
            return False
        return True

    def _complain(self, path: str, complaint: str, expected: str) -> None:
        self.problems.append(Problem(f"{path}: {complaint}", Place(path, 0, 0), expected))


# --- what is ignored -------------------------------------------------------------------------------------------------


def _ignored(path: str, ignores: tuple[_Ignores, ...]) -> bool:
    """Does the last pattern that speaks of a path ignore it? An inner ignore file has the last word, as git has it."""
    for one in reversed(ignores):
        verdict = one.patterns.check_file(one.above + path[len(one.below) :]).include
        if verdict is not None:
            return verdict
    return False
