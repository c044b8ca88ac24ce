"""One rule file's mapping to a Rule: its keys, what each may hold, and the complaint when it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, cast, get_args

from msgspec import Struct

from twice.facts import NOUNS
from twice.finding import Confidence, Safety, Severity
from twice.relations import ORIGINS
from twice.rules import grammar
from twice.rules.grammar import SentenceError
from twice.rules.model import Example, FixAction, Path, Rule, Sentence, names

CODE = re.compile(r"[A-Z]{2,5}\d{2,4}")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
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


KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "id": Key("The code: category, item, two digits, as in IDM301. Its meaning never changes.", "code", True),
        "name": Key("The mistake; it completes the sentence `allow NAME because ...`.", "name", True),
        "items": Key("The belief of the checklist, then the others it touches.", "items", True),
        "severity": Key("How bad it is where it is true.", "severity", True),
        "confidence": Key("How often it is true where it is found.", "confidence", True),
        "wave": Key("1 must have, 2 next, 3 later.", "number"),
        "about": Key("Anything the next author should know. Nobody else reads it.", "text"),
        "find": Key("The noun to look for.", "noun", True),
        "with": Key("Sentences that all hold.", "sentences"),
        "without": Key("Situations that do not exist: a sentence, or several as a list or as (a; b).", "situations"),
        "report": Key("The name or path whose place is underlined; else the found fact.", "path"),
        "related": Key("Other places that belong to it: name or path, and what to say there.", "related"),
        "message": Key("What will happen in this code, at most 140 characters; {names} are filled in.", "text", True),
        "why": Key("Why that is wrong.", "text", True),
        "instead": Key("What to do instead.", "text", True),
        "fix": Key("The change that removes it: title, safety and one action.", "fix"),
        "fixes": Key("Several changes to choose from.", "fixes"),
        "hides": Key("Codes that say nothing on the same fact where this one speaks.", "codes"),
        "hides_in_handler": Key("Codes that say nothing in the same handler where this one speaks.", "codes"),
        "yields_to": Key("Codes that hide this one on the same fact.", "codes"),
        "examples": Key("Files with markers: bad, good, and fixed behind a bad one.", "examples"),
        "see": Key("Links to read more.", "links"),
    }
)

FIX_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "set": ("target", "to"),
        "replace": ("target", "by"),
        "insert_argument": ("call", "argument", "value"),
        "set_argument": ("call", "argument", "to"),
        "move_after": ("statement", "after"),
        "insert_after": ("after", "text"),
        "insert_behind_loops": ("after", "text"),
        "insert_before": ("before", "text"),
        "begin": ("clause", "text"),
        "bind": ("call",),
        "in_thread": ("call",),
        "hoist": ("target", "before"),
        "rename": ("target", "by"),
        "delete": ("statement",),
        "return": ("statement",),
        "raise": ("statement",),
        "call_through": ("call", "function"),
        "raise_in": ("clause",),
        "let_through": ("clause", "error"),
        "look": ("call", "text"),
    }
)


def rule(mapping: object, path: str) -> Rule:
    """The rule of a file. Raises RuleError."""
    if not isinstance(mapping, Mapping):
        raise RuleError("a rule file holds a mapping", "expected id:, name:, find: ...")
    known_keys(mapping, KEYS, ())
    for key, about in KEYS.items():
        if about.required and key not in mapping:
            raise RuleError(f"'{key}' is missing", about.meaning)
    reader = Reader(mapping)
    find = noun(mapping["find"])
    present = reader.sentences("with")
    absent = reader.situations("without")
    bound = {find, *(name for sentence in present for name in names(sentence))}
    _check_others({*bound, *(name for some in absent for sentence in some for name in names(sentence))})
    return Rule(
        code=reader.matching("id", CODE, "a code such as IDM301"),
        name=reader.matching("name", _NAME, "words with hyphens"),
        items=reader.texts("items", ITEM, "an item such as IDM-3"),
        severity=cast(Severity, reader.one_of("severity", get_args(Severity))),
        confidence=cast(Confidence, reader.one_of("confidence", get_args(Confidence))),
        find=find,
        present=present,
        absent=absent,
        message=_template(reader.text("message"), bound, ("message",)),
        why=reader.text("why"),
        instead=reader.text("instead"),
        report=_bound_path(mapping.get("report", find), bound, ("report",)),
        related=_related(mapping.get("related", ()), bound),
        fixes=_fixes(mapping, bound),
        hides=frozenset(reader.texts("hides", CODE, "a code")),
        hides_in_handler=frozenset(reader.texts("hides_in_handler", CODE, "a code")),
        yields_to=frozenset(reader.texts("yields_to", CODE, "a code")),
        about=reader.text("about"),
        see=reader.texts("see", re.compile(r"https?://\S+"), "a link"),
        wave=_wave(mapping.get("wave", 1)),
        examples=_examples(mapping.get("examples", ())),
        path=path,
    )


class Reader:
    """The plain values of a mapping; each method raises RuleError with the key."""

    __slots__ = ("mapping",)

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.mapping = mapping

    def text(self, key: str) -> str:
        value = self.mapping.get(key, "")
        if not isinstance(value, str):
            raise RuleError(f"'{key}' is {_shown(value)}", "expected text; quote it", (key,))
        return " ".join(value.split())

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
        values = _listed(self.mapping.get(key, ()), key)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not shape.fullmatch(value):
                raise RuleError(f"{_shown(value)} in '{key}' is not right", f"expected {expected}", (key, index))
        return values

    def sentences(self, key: str) -> tuple[Sentence, ...]:
        values = _listed(self.mapping.get(key, ()), key)
        return tuple(_said(grammar.sentence, value, (key, index)) for index, value in enumerate(values))

    def situations(self, key: str) -> tuple[tuple[Sentence, ...], ...]:
        values = _listed(self.mapping.get(key, ()), key)
        return tuple(situation(value, (key, index)) for index, value in enumerate(values))


# --- sentences and names ---------------------------------------------------------------------------------------------


def _said(read: Callable[[str], Any], value: object, at: At) -> Any:
    if not isinstance(value, str):
        raise RuleError(f"{_shown(value)} is not a sentence", "expected text such as: guard precedes effect", at)
    try:
        return read(value)
    except SentenceError as error:
        raise RuleError(error.complaint, error.expected, at) from error


def situation(value: object, at: At) -> tuple[Sentence, ...]:
    """Sentences that hold together. Raises RuleError."""
    if isinstance(value, list):
        return tuple(_said(grammar.sentence, part, (*at, index)) for index, part in enumerate(value))
    return cast("tuple[Sentence, ...]", _said(grammar.situation, value, at))


def noun(value: object, key: str = "find") -> str:
    """A word for a kind of fact. Raises RuleError."""
    if not isinstance(value, str) or value not in NOUNS:
        close = get_close_matches(str(value), NOUNS, n=1)
        meant = f"; did you mean '{close[0]}'?" if close else ""
        raise RuleError(f"{_shown(value)} is not a noun", f"expected one of {', '.join(NOUNS)}{meant}", (key,))
    return value


def _check_others(bound: set[str]) -> None:
    """`another effect` means a second one: there has to be a first."""
    for name in sorted(bound):
        noun = name.rpartition(" ")[2]
        if noun != name and noun not in bound:
            raise RuleError(f"'{name}' is another than which?", f"expected a sentence about '{noun}' too", ("find",))


def _bound_path(value: object, bound: Iterable[str], at: At) -> Path:
    path = cast(Path, _said(grammar.path, value, at))
    if path.name not in bound:
        raise RuleError(f"'{path.name}' is not in find or with", f"expected one of {', '.join(sorted(bound))}", at)
    return path


def _template(text: str, bound: Iterable[str], at: At) -> str:
    for hole in HOLE.findall(text):
        _bound_path(hole, bound, at)
    return text


def _related(value: object, bound: set[str]) -> tuple[tuple[Path, str], ...]:
    related = []
    for index, entry in enumerate(_listed(value, "related")):
        at: At = ("related", index)
        if not isinstance(entry, Mapping) or len(entry) != 1:
            raise RuleError(f"{_shown(entry)} is no related place", "expected name: what to say there", at)
        [(name, text)] = entry.items()
        if not isinstance(text, str):
            raise RuleError(f"'{name}' says nothing", "expected text; quote it", at)
        related.append((_bound_path(name, bound, at), _template(" ".join(text.split()), bound, at)))
    return tuple(related)


# --- fixes -----------------------------------------------------------------------------------------------------------


def _fixes(mapping: Mapping[str, Any], bound: set[str]) -> tuple[FixAction, ...]:
    if "fix" in mapping and "fixes" in mapping:
        raise RuleError("'fix' and 'fixes' are both there", "expected one of them", ("fixes",))
    if "fix" in mapping:
        return (_fix(mapping["fix"], bound, ("fix",)),)
    several = _listed(mapping.get("fixes", ()), "fixes")
    return tuple(_fix(entry, bound, ("fixes", index)) for index, entry in enumerate(several))


def _fix(entry: object, bound: set[str], at: At) -> FixAction:
    if not isinstance(entry, Mapping):
        raise RuleError("a fix is a mapping", "expected title:, safety: and an action", at)
    actions = [key for key in FIX_KEYS if key in entry]
    if len(actions) != 1:
        raise RuleError(f"a fix has one action, not {len(actions)}", f"expected one of {', '.join(FIX_KEYS)}", at)
    action = actions[0]
    beside = () if isinstance(entry[action], Mapping) else FIX_KEYS[action][1:]
    known_keys(entry, ("title", "safety", "import", action, *beside), at)
    reader = Reader(entry)
    try:
        return FixAction(
            _template(reader.text("title"), bound, ("title",)),
            cast(Safety, reader.one_of("safety", get_args(Safety))),
            action,
            _arguments(action, entry, bound),
            reader.text("import"),
        )
    except RuleError as error:
        raise RuleError(error.complaint, error.expected, (*at, *error.at)) from error


def _arguments(action: str, entry: Mapping[str, Any], bound: set[str]) -> tuple[tuple[str, object], ...]:
    """`replace: key.value` with `by:` beside it, or all of them inside, as in `move_after: {statement: ack, after: effect}`."""
    first, *others = FIX_KEYS[action]
    inner = entry[action]
    if not isinstance(inner, Mapping):
        inner = {first: inner, **{key: entry[key] for key in others if key in entry}}
    known_keys(inner, FIX_KEYS[action], (action,))
    for key in FIX_KEYS[action]:
        if key not in inner:
            raise RuleError(f"'{key}' is missing", f"'{action}' takes {', '.join(FIX_KEYS[action])}", (action,))
    return tuple((key, _argument(key, inner[key], bound, (action, key))) for key in FIX_KEYS[action])


def _argument(key: str, value: object, bound: set[str], at: At) -> object:
    """A name or path, an amount, or text with names to fill in."""
    if key in ("target", "call", "statement", "after", "before", "clause"):
        return _bound_path(value, bound, at)
    if key == "to":
        return _said(grammar.amount, str(value).lower() if isinstance(value, bool) else str(value), at)
    text = value if isinstance(value, str) else str(value)
    return text if key == "by" and text in ORIGINS else _template_of_code(text, bound, at)


def _template_of_code(text: str, bound: set[str], at: At) -> str:
    """Code may hold braces of its own: only a hole that names something of the rule is one."""
    for hole in HOLE.findall(text):
        if hole.partition(".")[0] in bound:
            _bound_path(hole, bound, at)
    return text


# --- examples --------------------------------------------------------------------------------------------------------


def _examples(value: object) -> tuple[Example, ...]:
    examples: list[Example] = []
    for index, entry in enumerate(_listed(value, "examples")):
        at: At = ("examples", index)
        if not isinstance(entry, Mapping):
            raise RuleError("an example is a mapping", "expected bad:, good: or fixed: with files", at)
        known_keys(entry, ("bad", "good", "fixed"), at)
        for kind, files in entry.items():
            if kind == "fixed":
                _add_fixed(examples, _example_files(files, (*at, kind)), at)
            else:
                examples.append(Example(kind, _example_files(files, (*at, kind))))
    return tuple(examples)


def _add_fixed(examples: list[Example], files: tuple[tuple[str, str], ...], at: At) -> None:
    if not examples or examples[-1].kind != "bad":
        raise RuleError("'fixed' follows no 'bad'", "expected bad: before it", at)
    examples[-1] = Example("bad", examples[-1].files, files)


def _example_files(value: object, at: At) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise RuleError("an example holds files", "expected file name: | and its text", at)
    return tuple((str(name), text) for name, text in value.items())


# --- small things ----------------------------------------------------------------------------------------------------


def _wave(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in (1, 2, 3):
        raise RuleError(f"{_shown(value)} is not a wave", "expected 1, 2 or 3", ("wave",))
    return value


def _listed(value: object, key: str) -> tuple[Any, ...]:
    if value is None or isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        raise RuleError(f"'{key}' is {_shown(value)}", "expected a list, one entry to a line with - before it", (key,))
    return tuple(value)


def known_keys(mapping: Mapping[Any, Any], known: Iterable[str], at: At) -> None:
    """Refuses keys that mean nothing. Raises RuleError."""
    for key in mapping:
        if key not in known:
            close = get_close_matches(str(key), tuple(known), n=1)
            meant = f"; did you mean '{close[0]}'?" if close else ""
            raise RuleError(f"'{key}' is not a key here", f"expected one of {', '.join(known)}{meant}", (*at, key))


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    return f"'{value}'" if isinstance(value, str) else f"'{str(value)[:40]}'"
