"""What a noun is made of: fields with a definition, each UNKNOWN until an extractor can tell. The nouns themselves are in ``facts``.

A field holds a plain value, a ``Setting`` (value, default or written, place), a fact, NONE or UNKNOWN. Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, ClassVar

from msgspec import Struct, StructMeta

from twice.flow import Region, Step
from twice.text import Place
from twice.truth import UNKNOWN, YES, Truth, effective


class Word(Struct, frozen=True):
    """A field of the vocabulary: its definition, and its kind.

    Kinds: truth, number, duration, word, value (something whose origin can be asked), or the name of a noun.
    ``none`` is the amount that a missing value counts as when it is compared: no limit, or for a pause no time at all.
    ``usual`` is what holds where nobody says anything.
    """

    meaning: str
    kind: str = "truth"
    none: float = inf
    usual: object = UNKNOWN


def told(meaning: str, kind: str = "truth", none: float = inf, usual: object = UNKNOWN) -> Any:
    """A field that a rule may name; it is UNKNOWN until an extractor can tell, if nothing else is usual."""
    return Word(meaning, kind, none, usual)


class Noun(StructMeta):
    """Makes a noun: keeps the words of its fields in ``words``, with those of what it is a form of."""

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], **options: Any) -> Any:
        own = {field: value for field, value in body.items() if isinstance(value, Word)}
        usual = {field: word.usual for field, word in own.items()}
        inherited = getattr(bases[0], "words", {})
        return super().__new__(cls, name, bases, {**body, **usual, "words": inherited | own}, **options)


class Traced(Struct, frozen=True):
    """A value of the program with its possible origins.

    ``ways`` holds one set of origins for each alternative the value can take (one per branch that assigns it).
    ``complete`` is false when a part of it could not be traced.
    """

    text: str
    place: Place
    ways: tuple[frozenset[str], ...] = ()
    complete: bool = True


class Fact(Struct, metaclass=Noun, frozen=True, kw_only=True, eq=False):
    """What all facts have: a place, the user's own name for it, and how sure we are that it exists.

    ``step`` is where it happens and ``region`` what it surrounds in the flow of ``root`` (the handler's flow, or that of a function no
    handler reaches). ``frame`` says in words how it was reached: the places of the calls on the way, outermost first.
    """

    words: ClassVar[Mapping[str, Word]]

    place: Place
    name: str = ""
    certain: Truth = YES
    step: Step | None = None
    region: Region | None = None
    way: tuple[Place, ...] = ()


def value_of(fact: Fact, path: tuple[str, ...]) -> object:
    """The value at a path of fields, with its source; UNKNOWN or NONE ends the path early."""
    value: object = fact
    for name in path:
        value = effective(value)
        if not isinstance(value, Fact):
            return value if not isinstance(value, bool | int | float | str) else UNKNOWN
        value = getattr(value, name)
    return value
