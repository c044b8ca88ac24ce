"""Opens the project around some paths: its root, settings, rules and files, and what is wrong with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from twice import config as settings
from twice.cli import WrongCall
from twice.config import Config
from twice.files import Progress, Workspace, read_workspace, root_of
from twice.finding import Problem
from twice.languages.templates import matters
from twice.rules.book import book_of
from twice.rules.model import Rulebook


class Project(Struct, frozen=True):
    """A project with all that a check needs; ``problems`` are those of settings, rules and files."""

    root: Path
    config: Config
    book: Rulebook
    workspace: Workspace
    problems: tuple[Problem, ...]

    def named(self, path: str) -> str:
        """A path of the project as it is called from the current directory."""
        try:
            return Path(os.path.relpath(self.root / path)).as_posix()
        except ValueError:  # on another drive
            return (self.root / path).as_posix()

    def path_of(self, file: Path) -> str:
        """A path of the file system as the project calls it; ``.`` is the project itself."""
        return file.resolve().relative_to(self.root).as_posix()


def open_project(paths: Sequence[Path], progress: Progress | None = None, *, examples: bool = False) -> Project:
    """The project that holds these paths. Raises WrongCall when one does not exist."""
    for path in paths:
        if not path.exists():
            raise WrongCall(f"{path} does not exist")
    try:
        root = root_of(paths)
    except ValueError as error:
        raise WrongCall("the paths lie on different drives: check them one after the other") from error
    config, mistakes = settings.load(root)
    book = book_of(root, examples=examples)
    workspace = read_workspace(root, config, paths, matters, progress)
    config = workspace.config
    rules = ((rule.code, rule.name) for rule in book.rules)
    problems = (*mistakes, *settings.unknown_selectors(config, rules), *book.problems, *workspace.problems)
    return Project(root, config, book, workspace, problems)
