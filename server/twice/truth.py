"""Three-valued truth, and the three ways a value can be missing. No facts, no rules.

Every question Twice asks is answered YES, NO or UNKNOWN; a rule speaks only when all its answers are YES.
A setting is told apart as well: written by the author, left to the vendor's ``default``, set by nobody (``none``),
or not to be known (``UNKNOWN``).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct

from twice.text import Place


class Truth(Enum):
    """YES, NO or UNKNOWN; combines as Kleene's strong logic."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def __and__(self, other: Truth) -> Truth:
        return other if self is YES or other is NO else self

    def __or__(self, other: Truth) -> Truth:
        return other if self is NO or other is YES else self

    def __invert__(self) -> Truth:
        if self is YES:
            return NO
        return YES if self is NO else self

    def reaches(self, at_least: Truth) -> bool:
        """Is it at least as true as this?"""
        return self is YES or self is at_least or at_least is NO


YES, NO = Truth.YES, Truth.NO


def truth(answer: bool) -> Truth:
    return YES if answer else NO


def all_of(answers: Iterable[Truth]) -> Truth:
    """NO when one is NO, YES when all are YES (also when there are none)."""
    result = YES
    for answer in answers:
        result = result & answer
        if result is NO:
            break
    return result


def any_of(answers: Iterable[Truth]) -> Truth:
    """YES when one is YES, NO when all are NO (also when there are none)."""
    result = NO
    for answer in answers:
        result = result | answer
        if result is YES:
            break
    return result


class Missing(Enum):
    """Why there is no value: nobody set it (NONE), or nobody can tell from here (UNKNOWN)."""

    NONE = "none"
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return self.value


NONE, UNKNOWN = Missing.NONE, Missing.UNKNOWN


class Setting(Struct, frozen=True):
    """An effective value with its source.

    ``value`` is a number (durations are seconds), a truth value, a word, a fact, NONE or UNKNOWN.
    ``default`` says that the author left it out and the vendor's default was filled in.
    ``place`` is where it is written, when it is; ``assumed`` that a parameter's default stands there, which a deployment may replace.
    """

    value: object
    default: bool = False
    place: Place | None = None
    assumed: bool = False


def effective(value: object) -> object:
    """The value without its source."""
    return value.value if isinstance(value, Setting) else value


def is_default(value: object) -> Truth:
    """Did the author leave it out?"""
    if isinstance(value, Setting):
        return Truth.UNKNOWN if value.value is UNKNOWN and not value.default else truth(value.default)
    return Truth.UNKNOWN if value is UNKNOWN else truth(value is NONE)
