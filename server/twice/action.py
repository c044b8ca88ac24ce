"""Actions: what a fix asks to be changed, in domain words. How a language writes it is for its own writer to say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from msgspec import Struct

from twice.finding import Edit
from twice.noun import Fact
from twice.text import Place

Edits = tuple[Edit, ...]

# What each action takes, as a rule file spells it. The first may stand behind the action itself.
ARGUMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "set": ("target", "to"),
        "add": ("addition", "for"),
        "point": ("target", "at"),
        "replace": ("target", "by"),
        "reword": ("target", "word", "by"),
        "insert_argument": ("call", "argument", "value"),
        "set_argument": ("call", "argument", "to"),
        "move_after": ("statement", "after"),
        "insert_after": ("after", "text"),
        "insert_behind_loops": ("after", "text"),
        "insert_before": ("before", "text"),
        "begin": ("clause", "text"),
        "end": ("clause", "text"),
        "bind": ("call",),
        "in_thread": ("call",),
        "hoist": ("target", "before"),
        "rename": ("target", "by"),
        "wrap_rounds": ("loop", "text"),
        "wrap_behind": ("test", "around", "text"),
        "wrap_from": ("statement", "around", "text"),
        "delete": ("statement",),
        "return": ("statement",),
        "raise": ("statement",),
        "call_through": ("call", "function"),
        "raise_in": ("clause",),
        "let_through": ("clause", "error"),
        "look": ("call", "text"),
        "otherwise": ("condition", "text"),
        "leave_by": ("condition", "text"),
        "call_directly": ("call",),
        "digest": ("target",),
        "pass_each": ("call", "function"),
    }
)


# What names a thing of the finding and not a text: where it stands is where the change is made.
PLACES = (
    "target",
    "call",
    "statement",
    "after",
    "before",
    "clause",
    "condition",
    "for",
    "at",
    "loop",
    "test",
    "around",
)


class Target(Struct, frozen=True):
    """A fact of a finding, or a field of it, with the place where it is written (None: nowhere)."""

    fact: Fact
    field: str = ""
    place: Place | None = None


class Action(Struct, frozen=True):
    """An action of a rule, its names resolved: targets, the new value or text, and what else it is about as ``argument``. The text may still ask for expressions of the event."""

    kind: str
    target: Target
    other: Target | None = None
    argument: str = ""
    value: object = None
    text: str = ""
    imports: str = ""


class Writer(Protocol):
    """Writes changes in one language, on the snapshot that the facts came from.

    Places and facts always lie in a file of the writer's language.
    """

    def write(self, action: Action, place: Place) -> Edits | None:
        """The edits of an action at a place. None: this language has no such action, or it cannot be written here."""

    def origin(self, place: Place, origin: str) -> str | None:
        """The expression that has this origin (``event.id``) where ``place`` stands, if the event has one there."""

    def add_import(self, place: Place, text: str) -> Edits | None:
        """Make a name available in the file of this place; no edits when it already is."""
