"""What a user sets in the editor: read from any of the shapes editors send, and laid over the settings of a project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice.config import KEYS, Config
from twice.config import settings as config_of
from twice.finding import Problem

# Long enough to wait for the end of a word, short enough not to be noticed.
DEBOUNCE = 0.15
_LONGEST_DEBOUNCE = 10.0


class Settings(Struct, frozen=True):
    """The user's settings. ``debounce`` is in seconds; ``project`` has the keys of twice.toml that are set at all."""

    debounce: float = DEBOUNCE
    inlay_hints: bool = False
    project: Mapping[str, Any] = field(default_factory=dict)


UNSET = Settings()


def settings(sent: object, before: Settings = UNSET) -> Settings:
    """The settings of what an editor sent: our section, or all sections with ours in it.

    Nothing, null and an empty list mean *not set*: what ``before`` says goes on to hold. Keys that are not ours are the
    editor's own and nobody's mistake.
    """
    section = _section(sent)
    written = {_hyphenated(key): value for key, value in section.items() if value not in (None, [], {}, "")}
    project = {**before.project, **{key: value for key, value in written.items() if key in KEYS}}
    hints = written.get("inlay-hints", before.inlay_hints)
    return Settings(_seconds(written.get("debounce"), before.debounce), hints is True, project)


def laid_over(user: Settings, project: Config) -> tuple[Config, tuple[Problem, ...]]:
    """The settings of a project with those of the user over them: a key that the user has set replaces the project's."""
    theirs, problems = config_of(user.project)
    spoiled = {problem.message for problem in problems}
    chosen = {
        KEYS[key]: getattr(theirs, KEYS[key])
        for key in user.project
        if not any(f"'{key}'" in message for message in spoiled)
    }
    told = tuple(replace(problem, place=None) for problem in problems)  # they stand in no file of the project
    return replace(project, **chosen, written=project.written), told


def _section(sent: object) -> Mapping[str, Any]:
    """``{...}``, ``{"twice": {...}}`` and ``{"settings": {"twice": {...}}}`` are all seen in the wild."""
    for name in ("settings", "twice"):
        if isinstance(sent, Mapping) and isinstance(sent.get(name), Mapping):
            sent = sent[name]
    return sent if isinstance(sent, Mapping) else {}


def _hyphenated(key: object) -> str:
    """perPathIgnores, per_path_ignores and per-path-ignores are one key."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", str(key)).replace("_", "-").lower()


def _seconds(milliseconds: object, otherwise: float) -> float:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float):
        return otherwise
    return min(max(0.0, milliseconds / 1000), _LONGEST_DEBOUNCE)
