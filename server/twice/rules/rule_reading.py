"""One rule file's mapping to a Rule: its keys, what each may hold, and the complaint when it does not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import cast, get_args

from twice.finding import Confidence, Severity
from twice.rules.fix_reading import fixes
from twice.rules.model import Example, Path, Rule, names
from twice.rules.reading import (
    CODE,
    ITEM,
    At,
    Key,
    Reader,
    RuleError,
    bound_path,
    known_keys,
    listed,
    noun,
    shown,
    template,
)

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

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
        "fix": Key("The change that removes it: title, safety and one action, or steps.", "fix"),
        "fixes": Key("Several changes to choose from.", "fixes"),
        "hides": Key("Codes that say nothing on the same fact where this one speaks.", "codes"),
        "hides_in_handler": Key("Codes that say nothing in the same handler where this one speaks.", "codes"),
        "yields_to": Key("Codes that hide this one on the same fact.", "codes"),
        "examples": Key("Files with markers: bad, good, and fixed behind a bad one.", "examples"),
        "see": Key("Links to read more.", "links"),
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
        message=template(reader.text("message"), bound, ("message",)),
        why=reader.text("why"),
        instead=reader.text("instead"),
        report=bound_path(mapping.get("report", find), bound, ("report",)),
        related=_related(mapping.get("related", ()), bound),
        fixes=fixes(mapping, bound),
        hides=frozenset(reader.texts("hides", CODE, "a code")),
        hides_in_handler=frozenset(reader.texts("hides_in_handler", CODE, "a code")),
        yields_to=frozenset(reader.texts("yields_to", CODE, "a code")),
        about=reader.text("about"),
        see=reader.texts("see", re.compile(r"https?://\S+"), "a link"),
        wave=_wave(mapping.get("wave", 1)),
        examples=_examples(mapping.get("examples", ())),
        path=path,
    )


def _check_others(bound: set[str]) -> None:
    """`another effect` means a second one: there has to be a first."""
    for name in sorted(bound):
        noun = name.rpartition(" ")[2]
        if noun != name and noun not in bound:
            raise RuleError(f"'{name}' is another than which?", f"expected a sentence about '{noun}' too", ("find",))


def _related(value: object, bound: set[str]) -> tuple[tuple[Path, str], ...]:
    related = []
    for index, entry in enumerate(listed(value, "related")):
        at: At = ("related", index)
        if not isinstance(entry, Mapping) or len(entry) != 1:
            raise RuleError(f"{shown(entry)} is no related place", "expected name: what to say there", at)
        [(name, text)] = entry.items()
        if not isinstance(text, str):
            raise RuleError(f"'{name}' says nothing", "expected text; quote it", at)
        related.append((bound_path(name, bound, at), template(" ".join(text.split()), bound, at)))
    return tuple(related)


# --- examples --------------------------------------------------------------------------------------------------------


def _examples(value: object) -> tuple[Example, ...]:
    examples: list[Example] = []
    for index, entry in enumerate(listed(value, "examples")):
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


def _wave(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in (1, 2, 3):
        raise RuleError(f"{shown(value)} is not a wave", "expected 1, 2 or 3", ("wave",))
    return value
