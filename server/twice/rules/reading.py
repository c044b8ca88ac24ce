"""The values of a mapping that was written by hand: texts, codes, sentences, names, and the complaint when one is not right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

from msgspec import Struct

from twice.facts import NOUNS
from twice.rules import grammar
from twice.rules.grammar import SentenceError
from twice.rules.model import Path, Sentence

CODE = re.compile(r"[A-Z]{2,5}\d{2,4}")
ITEM = re.compile(r"[A-Z]{3}-\d{1,2}")
HOLE = re.compile(r"\{([^{}]*)\}")

At = tuple[str | int, ...]


class RuleError(Exception):
    """What is wrong with a rule: the complaint, what would be right, and the keys that lead to the place."""

    def __init__(self, complaint: str, expected: str = "", at: At = ()) -> None:
        super().__init__(complaint)
        self.complaint, self.expected, self.at = complaint, expected, at


class Key(Struct, frozen=True):
    """A key of a rule file: what it holds, in words for the schema and for people."""

    meaning: str
    shape: str
    required: bool = False


class Reader:
    """The plain values of a mapping; each method raises RuleError with the key."""

    __slots__ = ("mapping",)

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.mapping = mapping

    def text(self, key: str) -> str:
        value = self.mapping.get(key, "")
        if not isinstance(value, str):
            raise RuleError(f"'{key}' is {shown(value)}", "expected text; quote it", (key,))
        return " ".join(value.split())

    def truth(self, key: str) -> bool:
        value = self.mapping.get(key, False)
        if not isinstance(value, bool):
            raise RuleError(f"'{key}' is {shown(value)}", "expected true or false", (key,))
        return value

    def matching(self, key: str, shape: re.Pattern[str], expected: str) -> str:
        value = self.text(key)
        if not shape.fullmatch(value):
            raise RuleError(f"'{value}' is not a {key}", f"expected {expected}", (key,))
        return value

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise RuleError(f"'{value}' is not a {key}", f"expected one of {', '.join(allowed)}", (key,))
        return value

    def texts(self, key: str, shape: re.Pattern[str], expected: str) -> tuple[str, ...]:
        values = listed(self.mapping.get(key, ()), key)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not shape.fullmatch(value):
                raise RuleError(f"{shown(value)} in '{key}' is not right", f"expected {expected}", (key, index))
        return values

    def sentences(self, key: str) -> tuple[Sentence, ...]:
        values = listed(self.mapping.get(key, ()), key)
        return tuple(said(grammar.sentence, value, (key, index)) for index, value in enumerate(values))

    def situations(self, key: str) -> tuple[tuple[Sentence, ...], ...]:
        values = listed(self.mapping.get(key, ()), key)
        return tuple(situation(value, (key, index)) for index, value in enumerate(values))


# --- sentences and names ---------------------------------------------------------------------------------------------


def said(read: Callable[[str], Any], value: object, at: At) -> Any:
    if not isinstance(value, str):
        raise RuleError(f"{shown(value)} is not a sentence", "expected text such as: guard precedes effect", at)
    try:
        return read(value)
    except SentenceError as error:
        raise RuleError(error.complaint, error.expected, at) from error


def situation(value: object, at: At) -> tuple[Sentence, ...]:
    """Sentences that hold together. Raises RuleError."""
    if isinstance(value, list):
        return tuple(said(grammar.sentence, part, (*at, index)) for index, part in enumerate(value))
    return cast("tuple[Sentence, ...]", said(grammar.situation, value, at))


def noun(value: object, key: str = "find") -> str:
    """A word for a kind of fact. Raises RuleError."""
    if not isinstance(value, str) or value not in NOUNS:
        close = get_close_matches(str(value), NOUNS, n=1)
        meant = f"; did you mean '{close[0]}'?" if close else ""
        raise RuleError(f"{shown(value)} is not a noun", f"expected one of {', '.join(NOUNS)}{meant}", (key,))
    return value


def bound_path(value: object, bound: Iterable[str], at: At) -> Path:
    path = cast(Path, said(grammar.path, value, at))
    if path.name not in bound:
        raise RuleError(f"'{path.name}' is not in find or with", f"expected one of {', '.join(sorted(bound))}", at)
    return path


def template(text: str, bound: Iterable[str], at: At) -> str:
    for hole in HOLE.findall(text):
        bound_path(hole, bound, at)
    return text


# --- small things ----------------------------------------------------------------------------------------------------


def listed(value: object, key: str) -> tuple[Any, ...]:
    if value is None or isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        raise RuleError(f"'{key}' is {shown(value)}", "expected a list, one entry to a line with - before it", (key,))
    return tuple(value)


def known_keys(mapping: Mapping[Any, Any], known: Iterable[str], at: At) -> None:
    """Refuses keys that mean nothing. Raises RuleError."""
    for key in mapping:
        if key not in known:
            close = get_close_matches(str(key), tuple(known), n=1)
            meant = f"; did you mean '{close[0]}'?" if close else ""
            raise RuleError(f"'{key}' is not a key here", f"expected one of {', '.join(known)}{meant}", (*at, key))


def shown(value: object) -> str:
    if value is None:
        return "empty"
    return f"'{value}'" if isinstance(value, str) else f"'{str(value)[:40]}'"


def known_patterns(value: Any, at: At) -> None:
    """Are the patterns of text that is ``mentioned`` somewhere, or ``deployed``, such that they can be looked for? Raises RuleError.

    Those of code are looked for all at once.
    """
    if isinstance(value, Mapping):
        for key, one in value.items():
            for pattern in (one if isinstance(one, list) else [one]) if key in ("mentioned", "deployed") else ():
                _known_pattern(str(pattern), (*at, key), beside=key == "mentioned")
            known_patterns(one, (*at, key))
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            known_patterns(one, (*at, index))


def _known_pattern(text: str, at: At, beside: bool) -> None:
    try:
        re.compile(f"|(?:{text})" if beside else text)
    except re.error as error:
        wanted = "expected a regular expression, whose flags hold for a part of it: (?i:...)"
        raise RuleError(f"{text!r} is no pattern: {error}", wanted, at) from error
