"""YAML text as a tree with byte offsets. Knows nothing of what the text is about."""

from __future__ import annotations

from msgspec import Struct


class Scalar(Struct, frozen=True):
    """One value as text; ``quoted`` when it cannot be anything but text."""

    value: str
    start: int
    end: int
    tag: str = ""
    quoted: bool = False


class Entry(Struct, frozen=True):
    """A key with its value. ``at`` is where the value is written here: for an alias, the alias.

    ``merged`` entries come from a merge key and are written elsewhere.
    """

    key: Scalar
    value: Node
    at: tuple[int, int]
    merged: bool = False


class Mapping(Struct, frozen=True):
    """Keys with values. Not ``whole`` when lines inside it could not be read, so that a missing key means nothing."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    tag: str = ""
    flow: bool = False
    whole: bool = True

    def entry(self, name: str) -> Entry | None:
        """The entry of a key; the last one when it is written twice."""
        return next((entry for entry in reversed(self.entries) if entry.key.value == name), None)

    def get(self, name: str) -> Node | None:
        entry = self.entry(name)
        return entry.value if entry is not None else None


class Sequence(Struct, frozen=True):
    """Values in order."""

    items: tuple[Node, ...]
    start: int
    end: int
    tag: str = ""
    flow: bool = False
    whole: bool = True


class Broken(Struct, frozen=True):
    """A value that cannot be known: nested too deep, an alias of nothing, or one that expands without end."""

    start: int
    end: int


Node = Scalar | Mapping | Sequence | Broken


def documents(data: bytes) -> tuple[Node, ...]:
    """The documents of a file. Never fails: lines that are no YAML are left out, what holds them is not ``whole``."""
    from twice.languages.yaml_reading import read  # only when there is a file to read: the parser costs 30 ms

    return read(data)


def first(data: bytes) -> Node | None:
    """The first document of a file."""
    return next(iter(documents(data)), None)
