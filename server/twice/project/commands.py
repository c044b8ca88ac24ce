"""The command of a process: its words with their places, the simple commands that a shell makes of them, and what their options say.

No vendor is named here: which options a program has is told by the section ``workers`` of the library files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import basename
from typing import Any

from msgspec import Struct

from twice.languages.template import Items, Literal, Value
from twice.libraries import amount
from twice.text import Place
from twice.truth import UNKNOWN, Setting

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})
# What starts with the next word of its last argument, and in what these stand.
_SCRIPT = re.compile(r"-\w*c")
_OPERATORS = ";&|()<>\n"
_ENDS = re.compile(r"(?:&&|\|\||;|\||&)?\n*|;")
_NAME = re.compile(r"^[^\s$`{}]+$")
_VARIABLE = re.compile(r"[A-Za-z_]\w*=")


class Term(Struct, frozen=True):
    """A word of a command, and where it stands."""

    text: str
    place: Place


class Started(Struct, frozen=True):
    """A simple command. ``asked_to_stop``: does the request to stop the process reach it? None: as far as the shell hands it on."""

    terms: tuple[Term, ...]
    asked_to_stop: object = True

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(one.text for one in self.terms)


def terms(parts: Iterable[Value | None], path: str) -> tuple[Term, ...]:
    """The words of a command; none when some of it is decided elsewhere."""
    found: list[Term] = []
    for part in parts:
        if part is None:
            continue
        given = part.items if isinstance(part, Items) and part.whole else (part,)
        if not all(isinstance(one, Literal) for one in given):
            return ()
        for one in given:
            if isinstance(one, Literal):
                term = Term(str(one.value), Place(path, one.start, one.end))
                found += [term] if isinstance(part, Items) else _placed(_split(term.text), term)
    return tuple(found)


def started(command: Sequence[Term]) -> Iterator[Started]:
    """The simple commands: the command itself; or, of a shell, those of the script that it is given."""
    for index, term in enumerate(command):
        script = _script(command[index + 1 :]) if basename(term.text) in _SHELLS else None
        if script is not None:
            for one in _of_script(script, basename(term.text)):
                yield Started(one.terms, one.asked_to_stop if index == 0 else UNKNOWN)
            return
    if command:
        yield Started(tuple(command))


def option(given: Sequence[Term], names: Sequence[str]) -> tuple[Term, ...] | None:
    """The words that an option is given, the first of which it takes by itself; None when it is not written."""
    for index, term in enumerate(given):
        if term.text in names:
            return tuple(given[index + 1 :])
        for name in names:
            long = term.text.startswith(f"{name}=")
            if long or (len(name) == 2 and term.text.startswith(name) and not term.text.startswith("--")):
                return (Term(term.text[len(name) + long :], term.place),)
    return None


def told(spec: Any, given: Sequence[Term], kind: str) -> Setting:
    """What an option says: ``[-c, --long]``, or ``{of: [...], times: 0.001, words: {...}, else: 4, many: true}``."""
    rule: Mapping[str, Any] = spec if isinstance(spec, Mapping) else {"of": spec}
    values = option(given, rule["of"])
    if values is None:
        found = amount(rule.get("else", "none"))
        return Setting(found, default=found is not UNKNOWN)
    taken = _many(values) if rule.get("many") else values[:1]
    if not taken:
        return Setting(UNKNOWN)
    return Setting(_value(taken, rule, kind), place=taken[0].place)


def _many(values: Sequence[Term]) -> tuple[Term, ...]:
    end = next((index for index, one in enumerate(values) if one.text.startswith("-")), len(values))
    return tuple(values[:end])


def _value(taken: Sequence[Term], rule: Mapping[str, Any], kind: str) -> object:
    text = ",".join(one.text for one in taken)
    if kind == "word":
        return text if _NAME.match(text) else UNKNOWN
    try:
        number = float(text) if "." in text else int(text)
    except ValueError:
        return UNKNOWN
    words = rule.get("words", {})
    if number in words:
        return amount(words[number])
    return number * rule.get("times", 1)


# --- shells ----------------------------------------------------------------------------------------------------------


def _script(given: Sequence[Term]) -> Term | None:
    """The script behind ``-c``: its flags come first."""
    for index, term in enumerate(given):
        if not term.text.startswith("-"):
            return None
        if _SCRIPT.fullmatch(term.text):
            return given[index + 1] if index + 1 < len(given) else None
    return None


def _of_script(script: Term, shell: str) -> Iterator[Started]:
    """Its simple commands. What stands behind one, or takes its output, keeps the shell waiting for it, deaf to what it is asked."""
    parts: list[list[str]] = [[]]
    ends: list[str] = []
    for word in _shell_words(script.text):
        if word and not word.strip(_OPERATORS) and _ENDS.fullmatch(word):
            parts.append([])
            ends.append(word.strip("\n") or ";")
        else:
            parts[-1].append(word)
    placed = iter(_placed([word for part in parts for word in part], script))
    commands = [tuple(next(placed) for _ in part) for part in parts]
    traps = any(part[:1] == ["trap"] for part in parts)
    for index, (part, command) in enumerate(zip(parts, commands, strict=True)):
        if part:
            later = any(parts[index + 1 :])
            end = ends[index] if index < len(ends) else ""
            command = command[1:] if part[0] == "exec" else command
            yield Started(command, UNKNOWN if traps else _asked(part, end, later, shell))


def _asked(part: list[str], end: str, later: bool, shell: str) -> object:
    if end in ("|", "&"):
        return False
    if part[0] == "exec":
        return True
    if later:
        return False
    return True if shell == "bash" else None


def _shell_words(text: str) -> list[str]:
    import shlex  # only when there is a command to read

    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        return list(lexer)
    except ValueError:
        return []


def _split(text: str) -> list[str]:
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        return []


def _placed(words: list[str], around: Term) -> list[Term]:
    """Each word where it stands in the text around it, if that is written as it is meant."""
    text, place = around.text, around.place
    quotes = place.end - place.start - len(text.encode("utf-8", "surrogateescape"))
    if quotes not in (0, 2) or not text.isascii():
        return [Term(word, place) for word in words]
    found: list[Term] = []
    at = 0
    for word in words:
        index = text.find(word, at)
        start = place.start + quotes // 2 + index
        found.append(Term(word, place if index < 0 else Place(place.path, start, start + len(word))))
        at = max(at, index + len(word))
    return found
