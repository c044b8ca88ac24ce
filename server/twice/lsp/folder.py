"""One folder of the editor's workspace as it is on disk: its files, settings and rules. Knows nothing of the editor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from twice import config
from twice.config import Config
from twice.files import read_workspace, reread, root_of
from twice.finding import Problem
from twice.languages.templates import matters
from twice.lsp.settings import Settings, laid_over
from twice.rules.book import book_of, open_book, shipped
from twice.rules.checklist import Item, checklist
from twice.rules.model import Rule, Rulebook
from twice.silence import RULES
from twice.steps import Progress

OWN_RULES = ".twice"
_BOM = b"\xef\xbb\xbf"
_LARGEST = 1024 * 1024


class Folder(Struct, frozen=True):
    """What is known of a folder. Without a ``root`` it is the empty surrounding of a document that belongs nowhere.

    ``files`` are the files that can say anything, without byte order marks: editors do not count them. ``spoken_of`` are
    the other files that a problem is about.
    """

    root: Path | None
    config: Config
    book: Rulebook
    files: Mapping[str, bytes] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    spoken_of: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def items(self) -> tuple[Item, ...]:
        """The checklist of this installation."""
        return _items()

    def rule(self, code: str) -> Rule | None:
        """The rule of a code, or of a name."""
        return next((rule for rule in (*self.book.rules, *RULES) if code in (rule.code, rule.name)), None)


def nowhere(user: Settings) -> Folder:
    """The surrounding of a document outside all folders: our rules, the user's settings, no other file."""
    own, complaints = _of_the_user()
    settings, others = laid_over(user, own)
    problems = (*complaints, *others)
    return Folder(None, settings, _shipped_book(), problems=problems)


def configured(root: Path, user: Settings) -> Folder:
    """A folder with its settings and rules, and no file read yet."""
    project, complaints = config.find(root) or _from_above(root) or _of_the_user()
    settings, others = laid_over(user, project)
    book = _book(root)
    problems = (*complaints, *others, *_unknown(settings, book), *book.problems)
    return Folder(root, settings, book, {}, problems, _spoken_of(root, problems))


def filled(folder: Folder, user: Settings, progress: Progress | None = None) -> Folder:
    """The folder with all its files, and the settings of the directories inside, read anew."""
    if folder.root is None:
        return folder
    found = read_workspace(
        folder.root,
        folder.config,
        matters=matters,
        progress=progress,
        inside=lambda own: laid_over(user, own)[0],
    )
    files = {path: _unmarked(data) for path, data in found.files.items()}
    wrong = (problem for one in found.config.inner.values() for problem in _unknown(one, folder.book))
    problems = (*folder.problems, *found.problems, *wrong)
    spoken_of = _spoken_of(folder.root, problems)
    return replace(folder, config=found.config, files=files, problems=problems, spoken_of=spoken_of)


def touched(folder: Folder, paths: Iterable[str]) -> Folder:
    """The folder after these of its files have changed on disk, appeared or gone. Reads no other.

    A path that is gone may have been a directory: then all files in it are gone.
    """
    if folder.root is None:
        return folder
    paths = list(paths)
    gone = tuple(f"{path}/" for path in paths if not (folder.root / path).exists())
    files = {path: data for path, data in folder.files.items() if not path.startswith(gone)}
    for path, data in reread(folder.root, folder.config, paths, matters).items():
        if data is None:
            files.pop(path, None)
        elif files.get(path) != _unmarked(data):
            files[path] = _unmarked(data)
    return folder if files == folder.files else replace(folder, files=files)


def decides(path: str) -> bool:
    """Does this file decide which files and rules count, so that the whole folder has to be read again?"""
    name = path.rpartition("/")[2]
    return config.holds_settings(path) or name == ".gitignore" or path.startswith(f"{OWN_RULES}/")


def _from_above(root: Path) -> tuple[Config, tuple[Problem, ...]] | None:
    """The settings of the project that a folder is a part of, as the command line finds them. Its mistakes stand in no file of the folder."""
    project = root_of([root])
    found = config.find(project) if project != root.resolve() else None
    if found is None:
        return None
    settings, problems = found
    above = f"{root.resolve().relative_to(project).as_posix()}/"
    return replace(settings, written={}, above=above), tuple(replace(problem, place=None) for problem in problems)


def _unknown(settings: Config, book: Rulebook) -> tuple[Problem, ...]:
    """Selectors that mean no rule."""
    return config.unknown_selectors(settings, ((rule.code, rule.name) for rule in (*book.rules, *RULES)))


def _of_the_user() -> tuple[Config, tuple[Problem, ...]]:
    """What a person has written for all projects that have no settings. Its mistakes stand in no file of the folder."""
    settings, problems = config.load(config.of_the_user())
    return replace(settings, written={}), tuple(replace(problem, place=None) for problem in problems)


def _book(root: Path) -> Rulebook:
    """Our rules, and those of the folder; when it has none of its own the book is shared with other folders."""
    return book_of(root) if (root / OWN_RULES).is_dir() else _shipped_book()


@lru_cache(maxsize=1)
def _shipped_book() -> Rulebook:
    return open_book([shipped()])


@lru_cache(maxsize=1)
def _items() -> tuple[Item, ...]:
    return checklist(shipped())[0]


def _spoken_of(root: Path, problems: Iterable[Problem]) -> dict[str, bytes]:
    """The bytes of the files in which problems stand, as far as they lie inside the root."""
    found: dict[str, bytes] = {}
    for path in {problem.place.path for problem in problems if problem.place is not None}:
        file = root / path
        if not file.is_file() or not file.resolve().is_relative_to(root.resolve()):
            continue
        with file.open("rb") as opened:
            found[path] = _unmarked(opened.read(_LARGEST))
    return found


def _unmarked(data: bytes) -> bytes:
    return data.removeprefix(_BOM)
