"""What people write beside the code for Twice, as the languages hand it over. Says nothing of what it means."""

from __future__ import annotations

from msgspec import Struct


class Comment(Struct, frozen=True):
    """A comment with the range of bytes it is about: its logical line, or what stands below it when it is ``alone``.

    ``about`` is None when nothing stands below it.
    """

    start: int
    end: int
    alone: bool
    about: tuple[int, int] | None


class Allowance(Struct, frozen=True):
    """A rule that data allows for the range ``about``: a key of a resource's metadata, with the reason as its value."""

    start: int
    end: int
    rule: str
    reason: str
    about: tuple[int, int]
