"""What can come next in a sentence of a rule, and what its words mean: nouns, fields, verbs and origins of the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from inspect import getdoc
from typing import Literal

from msgspec import Struct

from twice.facts import NOUNS, vocabulary
from twice.lsp.offers import Offer
from twice.relations import ORIGINS, VERBS, takes
from twice.rules.grammar import SentenceError, kind_of
from twice.rules.model import Path

_TOKEN = re.compile(r"[^\s|()\[\];,]+|\|")
_WORD = re.compile(r"[a-z_.]*$")
_PATH = re.compile(r"[a-z_]+(?:\.[a-z_]+)*")
_SIGNS = {
    "is": "The field has this value, or both names mean the same thing.",
    "is not": "The field has another value, or the names mean different things.",
}
_ORDER = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}
_VALUES = {
    "true": "It holds.",
    "false": "It does not hold.",
    "none": "Nobody sets it, neither the author nor the vendor.",
    "default": "The author left it out.",
}
_BROAD: tuple[str, ...] = tuple(NOUNS)


class _Wanted(Struct, frozen=True):
    """What may come next: a path that begins with one of ``nouns``, a verb or comparison, an origin, or a value.

    ``after`` is the path in front of a verb, ``begun`` the words of a verb that are there already.
    """

    what: Literal["path", "verb", "origin", "value", "nothing"]
    nouns: tuple[str, ...] = _BROAD
    after: str = ""
    begun: tuple[str, ...] = ()
    negated: bool = False


def offers(before: str) -> Iterator[Offer]:
    """The offers at the end of a sentence that is being written."""
    typed = _last_word(before)
    wanted = _wanted(_TOKEN.findall(before[: len(before) - len(typed)]))
    if wanted.what == "origin":
        yield from (Offer(name, "origin", told, typed=len(typed)) for name, told in ORIGINS.items())
    elif "." in typed and wanted.what in ("path", "value"):
        yield from fields(typed)
    elif wanted.what == "path":
        yield from nouns(typed, wanted.nouns)
        if not before[: len(before) - len(typed)].endswith("another "):
            yield Offer("another", "word", "A different fact of the same kind.", typed=len(typed), rank=1)
    elif wanted.what == "value":
        yield from _values(wanted, typed)
    elif wanted.what == "verb":
        yield from _verbs(wanted, typed)


def path_offers(before: str) -> Iterator[Offer]:
    """The offers where a name or path stands by itself."""
    typed = _last_word(before)
    yield from fields(typed) if "." in typed else nouns(typed)


def nouns(typed: str, allowed: Iterable[str] = _BROAD) -> Iterator[Offer]:
    allowed = tuple(allowed)
    for name in NOUNS:
        if takes(allowed, name):
            yield Offer(name, "noun", _told_of_noun(name), typed=len(typed))


def fields(typed: str) -> Iterator[Offer]:
    """The fields behind the last dot of a path."""
    inside, _, begun = typed.rpartition(".")
    kind = _kind(inside)
    for name, word in vocabulary(NOUNS[kind]).items() if kind in NOUNS else ():
        yield Offer(name, "field", word.meaning, word.kind, len(begun))


def meaning(before: str, word: str, at: int) -> str | None:
    """What a word of a sentence means: ``before`` is the sentence up to it, ``at`` the place inside it that is asked about."""
    wanted = _wanted(_TOKEN.findall(before))
    if wanted.what == "origin" and word in ORIGINS:
        return f"**{word}**: origin\n\n{ORIGINS[word]}"
    if wanted.what == "verb":
        return _told_of_verb(before, word)
    return path_meaning(word, at)


def path_meaning(word: str, at: int) -> str | None:
    """What the part of a path means in which ``at`` lies."""
    parts = word.split(".")
    behind = word[:at].count(".")
    if behind == 0:
        return f"**{parts[0]}**: noun\n\n{_told_of_noun(parts[0])}" if parts[0] in NOUNS else None
    kind = _kind(".".join(parts[:behind]))
    known = vocabulary(NOUNS[kind]) if kind in NOUNS else {}
    field = known.get(parts[behind])
    return f"**{'.'.join(parts[: behind + 1])}**: {field.kind}\n\n{field.meaning}" if field is not None else None


# --- where a sentence stands -----------------------------------------------------------------------------------------


def _wanted(tokens: list[str]) -> _Wanted:
    """What may come behind these tokens."""
    left, rest = _operand(tokens)
    if left is None:
        return _Wanted("path")
    if not rest:
        return _Wanted("verb", after=left)
    if rest[0] in _ORDER:
        return _after_sign(rest[1:])
    if rest[0] == "is":
        negated = rest[1:2] == ["not"]
        behind = rest[2:] if negated else rest[1:]
        return _Wanted("value", after=left, negated=negated) if not behind else _Wanted("nothing")
    for length in (3, 2, 1):
        verb = " ".join(rest[:length])
        if verb in VERBS and len(rest) >= length:
            return _after_verb(verb, rest[length:])
    begun = " ".join(rest)
    if any(verb.startswith(f"{begun} ") for verb in VERBS):
        return _Wanted("verb", after=left, begun=tuple(rest))
    return _Wanted("nothing")


def _operand(tokens: list[str]) -> tuple[str | None, list[str]]:
    """The amount or path that the tokens begin with, and what is left; None when it is not at its end."""
    rest = list(tokens)
    while rest:
        if rest[0] == "another":
            rest = rest[1:]
            continue
        left, rest = rest[0], rest[1:]
        if not rest or rest[0] not in ("*", "+"):
            return left, rest
        rest = rest[1:]
    return None, []


def _after_sign(tokens: list[str]) -> _Wanted:
    left, _ = _operand(tokens)
    return _Wanted("path") if left is None else _Wanted("nothing")


def _after_verb(verb: str, tokens: list[str]) -> _Wanted:
    if not VERBS[verb].right:
        return _Wanted("origin") if not tokens or tokens[-1] == "|" else _Wanted("nothing")
    return _Wanted("path", VERBS[verb].right) if tokens in ([], ["another"]) else _Wanted("nothing")


# --- what there is to offer ------------------------------------------------------------------------------------------


def _values(wanted: _Wanted, typed: str) -> Iterator[Offer]:
    kind = _kind(wanted.after)
    for word in ("true", "false") if kind in ("truth", "") else ():
        yield Offer(word, "word", _VALUES[word], typed=len(typed))
    for word in ("none", "default"):
        yield Offer(word, "word", _VALUES[word], typed=len(typed))
    if not wanted.negated:
        yield Offer("not", "word", _SIGNS["is not"], typed=len(typed))
    if kind in NOUNS:
        yield from nouns(typed, (kind,))


def _verbs(wanted: _Wanted, typed: str) -> Iterator[Offer]:
    kind, begun = _kind(wanted.after), " ".join((*wanted.begun, ""))
    for name, verb in VERBS.items():
        traced = not verb.right and (kind == "value" or kind not in NOUNS)
        if name.startswith(begun) and (traced or (kind in NOUNS and takes(verb.left, kind))):
            told = getdoc(verb.answer) or ""
            yield Offer(name, "verb", told, typed=len(begun.encode()) + len(typed))
    if wanted.begun:
        return
    for sign, told in _SIGNS.items():
        yield Offer(sign, "verb", told, typed=len(typed), rank=1)
    for sign, told in _ORDER.items() if kind in ("number", "duration") else ():
        yield Offer(sign, "verb", told, typed=len(typed), rank=2)


def _told_of_noun(name: str) -> str:
    return getdoc(NOUNS[name]) or ""


def _told_of_verb(before: str, word: str) -> str | None:
    """A verb may have several words, and the cursor stands on any of them."""
    if word in _SIGNS:
        return f"**{word}**\n\n{_SIGNS[word]}"
    begun = _wanted(_TOKEN.findall(before)).begun
    said = " ".join((*begun, word))
    verb = next((name for name in sorted(VERBS, key=len) if f"{name} ".startswith(f"{said} ")), None)
    return f"**{verb}**: verb\n\n{getdoc(VERBS[verb].answer) or ''}" if verb is not None else None


def _kind(path: str) -> str:
    """The kind of what stands at a path; empty when it is none."""
    noun, *names = path.split(".")
    if noun not in NOUNS:
        return ""
    try:
        return kind_of(Path(noun, tuple(names)))
    except SentenceError:
        return ""


def _last_word(before: str) -> str:
    found = _WORD.search(before)
    return found[0] if found else ""
