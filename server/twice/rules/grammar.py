"""The language of the sentences: text to ``Sentence``, with every word checked against the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal as OneOf

from msgspec import Struct

from twice.facts import NOUNS, vocabulary
from twice.relations import ORIGINS, VERBS, takes
from twice.rules.model import Amount, Compare, Factor, Inverse, Link, Literal, Path, Sentence, Source
from twice.truth import NONE

UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_ORDERED = ("<", "<=", ">", ">=")
_TOKEN = re.compile(r"\d+(?:\.\d+)?[a-z]*|[a-z_]+(?:\.[a-z_]+)*|<=|>=|[<>*/+|]|\S+")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)([a-z]*)")
_WORD = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")
_SHAPE = "a sentence: name VERB name, amount COMPARISON amount, or name comes from origin"


class SentenceError(Exception):
    """A sentence that cannot be understood: the complaint, and what would be right."""

    def __init__(self, complaint: str, expected: str = "") -> None:
        super().__init__(complaint)
        self.complaint, self.expected = complaint, expected


def sentence(text: str) -> Sentence:
    """One sentence, its words checked. Raises SentenceError."""
    words = _Words(_TOKEN.findall(text))
    text = " ".join(text.split())
    left = _amount(words)
    path = left.single
    if words.peek() in ("<", "<=", ">", ">=", "is"):
        result: Sentence = _comparison(text, left, words)
    elif isinstance(path, Path):
        result = _said(text, path, words)
    else:
        raise SentenceError(f"'{words.peek() or text}' is not a comparison", "expected one of < <= > >= is, is not")
    if words.peek():
        raise SentenceError(f"'{words.peek()}' is left over after '{' '.join(words.read)}'", f"expected {_SHAPE}")
    return result


def situation(text: str) -> tuple[Sentence, ...]:
    """One sentence, or several in parentheses: ``(a; b)``."""
    stripped = text.strip()
    if not stripped.startswith("("):
        return (sentence(text),)
    if not stripped.endswith(")"):
        raise SentenceError(f"'{stripped}' has no closing parenthesis", "expected (sentence; sentence)")
    return tuple(sentence(part) for part in stripped[1:-1].split(";"))


def amount(text: str) -> Amount:
    """An amount by itself. Raises SentenceError."""
    words = _Words(_TOKEN.findall(text))
    result = _amount(words)
    if words.peek():
        raise SentenceError(f"'{words.peek()}' is left over after '{' '.join(words.read)}'", "expected an amount")
    return result


def path(text: str) -> Path:
    """A name with its fields by itself. Raises SentenceError."""
    words = _Words(_TOKEN.findall(text))
    result = _path(words)
    if words.peek():
        raise SentenceError(f"'{words.peek()}' is left over after '{result}'", "expected a name or a path")
    return result


def kind_of(path: Path) -> str:
    """The kind of what stands at a path: a noun, or the kind of its last field. Raises SentenceError."""
    kind = path.noun
    for field in path.fields:
        if kind not in NOUNS:
            raise SentenceError(f"'{path}' goes on after a {kind}", f"expected the path to end before '.{field}'")
        known = vocabulary(NOUNS[kind])
        if field not in known:
            raise SentenceError(f"'{kind}' has no '{field}'", _it_has(field, known))
        kind = known[field].kind
    return kind


class _Words(Struct):
    """The tokens of a sentence, read from left to right."""

    tokens: list[str]
    at: int = 0

    @property
    def read(self) -> list[str]:
        return self.tokens[: self.at]

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]


# --- parts of a sentence ---------------------------------------------------------------------------------------------


def _said(text: str, left: Path, words: _Words) -> Sentence:
    verb = _verb(words)
    nouns = VERBS[verb]
    if not nouns.right:
        _takes_value(verb, left)
        return Source(text, left, verb, _origins(words))
    _takes_noun(verb, left, nouns.left)
    right = _path(words)
    _takes_noun(verb, right, nouns.right)
    return Link(text, left, verb, right)


def _verb(words: _Words) -> str:
    for length in (3, 2, 1):
        verb = " ".join(filter(None, (words.peek(ahead) for ahead in range(length))))
        if verb in VERBS:
            words.at += length
            return verb
    complaint = f"'{words.peek()}' is not a verb" if words.peek() else f"'{' '.join(words.read)}' says nothing"
    raise SentenceError(complaint, f"expected one of {', '.join(VERBS)}, < <= > >= is, is not")


def _takes_noun(verb: str, path: Path, nouns: tuple[str, ...]) -> None:
    kind = kind_of(path)
    if kind not in NOUNS or not takes(nouns, kind):
        allowed = ", ".join(noun for noun in nouns if noun in NOUNS)
        raise SentenceError(f"'{verb}' does not take '{path}' here", f"it takes {allowed}")


def _takes_value(verb: str, path: Path) -> None:
    kind = kind_of(path)
    traced = tuple(noun for noun in VERBS[verb].left if noun in NOUNS and "value" in vocabulary(NOUNS[noun]))
    if kind != "value" and not (kind in NOUNS and takes(traced, kind)):
        allowed = ", ".join(("a field that holds a value", *traced))
        raise SentenceError(f"'{verb}' does not take '{path}' here", f"it takes {allowed}")


def _origins(words: _Words) -> tuple[str, ...]:
    origins = [_origin(words)]
    while words.peek() == "|":
        words.take()
        origins.append(_origin(words))
    return tuple(origins)


def _origin(words: _Words) -> str:
    word = words.peek()
    if word not in ORIGINS:
        raise SentenceError(f"'{word}' is not an origin" if word else "an origin is missing", _one_of(word, ORIGINS))
    return words.take()


def _comparison(text: str, left: Amount, words: _Words) -> Compare:
    sign = words.take()
    if sign == "is" and words.peek() == "not":
        sign = f"is {words.take()}"
    right = _amount(words)
    _comparable(left, sign, right)
    return Compare(text, left, sign, right)


def _amount(words: _Words) -> Amount:
    terms = [_term(words)]
    while words.peek() == "+":
        words.take()
        terms.append(_term(words))
    return Amount(tuple(terms))


def _term(words: _Words) -> tuple[Factor, ...]:
    factors: list[Factor] = [_factor(words)]
    while words.peek() in ("*", "/"):
        divided = words.take() == "/"
        factor = _factor(words)
        factors.append(Inverse(factor) if divided else factor)
    return tuple(factors)


def _factor(words: _Words) -> Path | Literal:
    word = words.peek()
    number = _NUMBER.fullmatch(word)
    if number:
        words.take()
        return _number(word, float(number[1]), number[2])
    if word in ("true", "false"):
        return Literal("truth", words.take() == "true", word)
    if word == "none":
        return Literal("none", NONE, words.take())
    if word == "default":
        return Literal("default", "default", words.take())
    return _path(words)


def _number(word: str, number: float, unit: str) -> Literal:
    if not unit:
        return Literal("number", number, word)
    if unit not in UNITS:
        raise SentenceError(f"'{word}' has no unit of time that is known", f"expected one of {', '.join(UNITS)}")
    return Literal("duration", number * UNITS[unit], word)


def _path(words: _Words) -> Path:
    another = words.peek() == "another"
    if another:
        words.take()
    word = words.peek()
    if not _WORD.fullmatch(word):
        raise SentenceError(f"'{word}' is not a name" if word else "a name is missing", "expected a noun, or a path")
    noun, *fields = words.take().split(".")
    if noun not in NOUNS:
        raise SentenceError(f"'{noun}' is not a noun", _one_of(noun, NOUNS))
    result = Path(f"another {noun}" if another else noun, tuple(fields))
    kind_of(result)
    return result


# --- what can be compared --------------------------------------------------------------------------------------------

_Dimension = OneOf["number", "duration"]


def _comparable(left: Amount, sign: str, right: Amount) -> None:
    if sign in _ORDERED:
        one, other = _dimension(left), _dimension(right)
        if one != other:
            raise SentenceError(
                f"'{sign}' compares a {one} with a {other}", "a duration has a unit, as in 5s 10min 24h 4d"
            )
        return
    one_kind, other_kind = _kind(left), _kind(right)
    if one_kind in ("none", "default"):
        raise SentenceError(f"'{one_kind}' stands on the left of '{sign}'", "expected a path there")
    if other_kind in ("none", "default"):
        if not isinstance(left.single, Path) or (other_kind == "default" and not left.single.fields):
            raise SentenceError(f"'{sign} {other_kind}' asks about no field", "expected a path to its left")
        return
    if one_kind != other_kind and not _related(one_kind, other_kind):
        raise SentenceError(f"'{sign}' compares a {one_kind} with a {other_kind}", _fitting(one_kind))


def _kind(amount: Amount) -> str:
    factor = amount.single
    if factor is None or isinstance(factor, Inverse):
        return _dimension(amount)
    return factor.kind if isinstance(factor, Literal) else kind_of(factor)


def _dimension(amount: Amount) -> _Dimension:
    dimensions = {_product(term) for term in amount.terms}
    if len(dimensions) > 1:
        raise SentenceError("'+' adds a number to a duration", "a duration has a unit, as in 5s 10min 24h 4d")
    return dimensions.pop()


def _product(term: tuple[Factor, ...]) -> _Dimension:
    durations = 0
    for one in term:
        factor = one.of if isinstance(one, Inverse) else one
        kind = factor.kind if isinstance(factor, Literal) else kind_of(factor)
        if kind not in ("number", "duration"):
            shown = factor.text if isinstance(factor, Literal) else str(factor)
            raise SentenceError(f"'{shown}' is a {kind}, no amount", "expected a number or a duration")
        durations += (kind == "duration") * (-1 if isinstance(one, Inverse) else 1)
    if durations > 1:
        raise SentenceError("'*' multiplies two durations", "expected a number on one side")
    if durations < 0:
        raise SentenceError("'/' divides a number by a duration", "expected a duration to its left")
    return "duration" if durations else "number"


def _related(one: str, other: str) -> bool:
    return one in NOUNS and other in NOUNS and (takes((one,), other) or takes((other,), one))


def _fitting(kind: str) -> str:
    words = {"truth": "expected true, false, none or default", "duration": "expected a duration such as 10min"}
    return words.get(kind, f"expected a {kind}, none or default")


def _it_has(word: str, known: Iterable[str]) -> str:
    return f"it has {', '.join(known) or 'no fields'}{_meant(word, known)}"


def _one_of(word: str, known: Iterable[str]) -> str:
    return f"expected one of {', '.join(known)}{_meant(word, known)}"


def _meant(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, tuple(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
