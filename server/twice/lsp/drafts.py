"""What people write for Twice itself in a folder, as it is typed: settings, rules and libraries of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from twice import config
from twice.config import OWN_FILE, SHARED_FILE, holds_settings
from twice.finding import Problem
from twice.lsp.folder import OWN_RULES, Folder
from twice.rules.book import complaints_about
from twice.rules.load import complaint_about
from twice.silence import RULES
from twice.text import Text

Kind = Literal["settings", "rule", "library"]


def kind_of(path: str) -> Kind | None:
    """What a file of this path is to Twice; None for all files that it only reads."""
    if holds_settings(path):
        return "settings"
    if not path.endswith((".yaml", ".yml")):
        return None
    if path.startswith(f"{OWN_RULES}/libraries/"):
        return "library"
    return "rule" if path.startswith(f"{OWN_RULES}/rules/") else None


def drafted(folder: Folder, drafts: Mapping[str, Text]) -> Folder:
    """The folder with complaints about what is typed in the place of those about what is saved."""
    if not drafts:
        return folder
    kept = tuple(one for one in folder.problems if one.place is None or one.place.path not in drafts)
    typed = (problem for path, text in drafts.items() for problem in _problems(folder, path, text.data))
    return replace(folder, problems=(*kept, *typed))


def _problems(folder: Folder, path: str, data: bytes) -> tuple[Problem, ...]:
    kind = kind_of(path)
    if kind == "rule":
        problem = complaint_about(path, data)
        return (problem,) if problem is not None else ()
    if kind == "library":
        return complaints_about(path, data) if data.strip() else ()
    directory, _, name = path.rpartition("/")
    if name == SHARED_FILE and folder.root is not None and (folder.root / directory / OWN_FILE).is_file():
        return ()  # its table does not count
    settings, problems = config.written_in(path, data)
    known = ((rule.code, rule.name) for rule in (*folder.book.rules, *RULES))
    return (*problems, *config.unknown_selectors(settings, known))
