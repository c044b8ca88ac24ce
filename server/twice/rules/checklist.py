"""The checklist as data: what people believe, what is true instead, what shows that somebody has thought of it, what to ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

from msgspec import Struct

from twice.finding import Problem
from twice.rules import reading
from twice.rules.load import compiled, problem_of, read_mapping
from twice.rules.model import Sentence, names
from twice.rules.reading import ITEM, Key, RuleError

Shows = Literal["yes", "part", "no"]

# How an event comes: by a queue whose messages are acknowledged, a log with positions, a push over the web or from a platform, as
# a task of a task queue, or as a step of a workflow.
TRANSPORTS = ("queue", "log", "push", "task", "flow")

KEYS: Mapping[str, Key] = MappingProxyType(
    {
        "id": Key("The item, as in DUP-1. Its meaning never changes.", "item", True),
        "belief": Key("What people take for granted.", "text", True),
        "reality": Key("What is true instead, in 3 to 6 sentences.", "text", True),
        "shows": Key("Can code show that it is taken care of: yes, part, or no (only people can tell).", "shows", True),
        "applies": Key("The situation without which the item is no matter of a handler.", "situation"),
        "otherwise": Key("Why it is none there.", "text"),
        "every": Key("The noun of which all that a handler has need evidence, each by one of the situations.", "noun"),
        "evidence": Key("Situations, one of which is enough: sentences, several as (a; b) or as a list.", "situations"),
        "question": Key("What to ask: `all` of every handler, then by the transport of its events.", "questions", True),
        "no_rule": Key("Why no rule is about it.", "text"),
        "see": Key("Links to read more.", "links"),
    }
)


class Item(Struct, frozen=True):
    """One belief of the checklist. ``question`` is by transport, ``all`` for every one."""

    id: str
    belief: str
    reality: str
    shows: Shows
    question: Mapping[str, str]
    applies: tuple[Sentence, ...] = ()
    otherwise: str = ""
    every: str = ""
    evidence: tuple[tuple[Sentence, ...], ...] = ()
    no_rule: str = ""
    see: tuple[str, ...] = ()


def checklist(source: Path) -> tuple[tuple[Item, ...], tuple[Problem, ...]]:
    """The items of a rules folder, or of a file that ``compile_rules`` wrote, and what is wrong with others."""
    items: list[Item] = []
    problems: list[Problem] = []
    path, data, entries = _entries(source)
    for index, entry in enumerate(entries):
        try:
            items.append(item(entry))
        except RuleError as error:
            located = RuleError(error.complaint, error.expected, (index, *error.at))
            problems.append(problem_of(path, data, located))
    return tuple(items), tuple(problems)


def _entries(source: Path) -> tuple[str, bytes, list[Any]]:
    if source.is_file():
        return "checklist.yaml", b"", list(cast(Any, compiled(source).get("checklist.yaml", ())))
    data = (source / "checklist.yaml").read_bytes()
    return "rules/checklist.yaml", data, list(cast(Any, read_mapping("rules/checklist.yaml", data)))


def item(entry: object) -> Item:
    """The item of an entry. Raises RuleError."""
    if not isinstance(entry, Mapping):
        raise RuleError("an item is a mapping", "expected id:, belief:, reality: ...")
    reading.known_keys(entry, KEYS, ())
    for key, about in KEYS.items():
        if about.required and key not in entry:
            raise RuleError(f"'{key}' is missing", about.meaning)
    reader = reading.Reader(entry)
    every = reading.noun(entry["every"], "every") if "every" in entry else ""
    evidence = reader.situations("evidence")
    for index, situation in enumerate(evidence):
        said = {name for sentence in situation for name in names(sentence)}
        if not said & {"handler", every}:
            raise RuleError(
                "nothing ties it to a handler", f"expected a sentence about 'handler'{_or(every)}", ("evidence", index)
            )
    return Item(
        id=reader.matching("id", ITEM, "an item such as DUP-1"),
        belief=reader.text("belief"),
        reality=reader.text("reality"),
        shows=cast(Shows, reader.one_of("shows", get_args(Shows))),
        question=_questions(entry["question"]),
        applies=reading.situation(entry["applies"], ("applies",)) if "applies" in entry else (),
        otherwise=reader.text("otherwise"),
        every=every,
        evidence=evidence,
        no_rule=reader.text("no_rule"),
        see=reader.texts("see", re.compile(r"https?://\S+"), "a link"),
    )


def _or(noun: str) -> str:
    return f" or '{noun}'" if noun else ""


def _questions(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or "all" not in value:
        raise RuleError("'question' asks nobody", "expected all: and a question", ("question",))
    for key, text in value.items():
        if key not in ("all", *TRANSPORTS) or not isinstance(text, str):
            expected = f"expected a question for one of all, {', '.join(TRANSPORTS)}"
            raise RuleError(f"'{key}' is no transport or asks nothing", expected, ("question", key))
    return dict(value)
