"""The fixes of a rule file: what each does, in one action or in several steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from twice.action import ARGUMENTS, PLACES
from twice.finding import Safety
from twice.relations import ORIGINS
from twice.rules import grammar
from twice.rules.model import FixPlan, FixStep, Sentence, names
from twice.rules.reading import (
    HOLE,
    At,
    Reader,
    RuleError,
    bound_path,
    known_keys,
    listed,
    said,
    template,
)

_BESIDE = ("title", "safety", "unless", "alone")


def fixes(mapping: Mapping[str, Any], bound: set[str]) -> tuple[FixPlan, ...]:
    if "fix" in mapping and "fixes" in mapping:
        raise RuleError("'fix' and 'fixes' are both there", "expected one of them", ("fixes",))
    if "fix" in mapping:
        return (_fix(mapping["fix"], bound, ("fix",)),)
    several = listed(mapping.get("fixes", ()), "fixes")
    return tuple(_fix(entry, bound, ("fixes", index)) for index, entry in enumerate(several))


def _fix(entry: object, bound: set[str], at: At) -> FixPlan:
    if not isinstance(entry, Mapping):
        raise RuleError("a fix is a mapping", "expected title:, safety: and an action", at)
    reader = Reader(entry)
    try:
        return FixPlan(
            template(reader.text("title"), bound, ("title",)),
            cast(Safety, reader.one_of("safety", get_args(Safety))),
            _steps(entry, bound),
            _unless(reader, bound),
            reader.truth("alone"),
        )
    except RuleError as error:
        raise RuleError(error.complaint, error.expected, (*at, *error.at)) from error


def _unless(reader: Reader, bound: set[str]) -> tuple[tuple[Sentence, ...], ...]:
    """Situations of what the rule has found: nothing else is looked for."""
    situations = reader.situations("unless")
    for index, situation in enumerate(situations):
        others = sorted({name for sentence in situation for name in names(sentence)} - bound)
        if others:
            raise RuleError(f"'{others[0]}' is not in find or with", "expected names of the rule", ("unless", index))
    return situations


def _steps(entry: Mapping[str, Any], bound: set[str]) -> tuple[FixStep, ...]:
    """The action that stands beside the title, or those of `steps:`, which are made together or not at all."""
    if "steps" not in entry:
        return (_step(entry, bound, _BESIDE, ()),)
    known_keys(entry, (*_BESIDE, "steps"), ())
    steps = listed(entry["steps"], "steps")
    return tuple(_step(step, bound, (), ("steps", index)) for index, step in enumerate(steps))


def _step(entry: object, bound: set[str], beside: tuple[str, ...], at: At) -> FixStep:
    if not isinstance(entry, Mapping):
        raise RuleError("a step is a mapping", "expected an action", at)
    actions = [key for key in ARGUMENTS if key in entry]
    if len(actions) != 1:
        raise RuleError(f"a fix has one action, not {len(actions)}", f"expected one of {', '.join(ARGUMENTS)}", at)
    action = actions[0]
    others = () if isinstance(entry[action], Mapping) else ARGUMENTS[action][1:]
    known_keys(entry, (*beside, "import", action, *others), at)
    try:
        return FixStep(action, _arguments(action, entry, bound), Reader(entry).text("import"))
    except RuleError as error:
        raise RuleError(error.complaint, error.expected, (*at, *error.at)) from error


def _arguments(action: str, entry: Mapping[str, Any], bound: set[str]) -> tuple[tuple[str, object], ...]:
    """`replace: key.value` with `by:` beside it, or all of them inside, as in `move_after: {statement: ack, after: effect}`."""
    first, *others = ARGUMENTS[action]
    inner = entry[action]
    if not isinstance(inner, Mapping):
        inner = {first: inner, **{key: entry[key] for key in others if key in entry}}
    known_keys(inner, ARGUMENTS[action], (action,))
    for key in ARGUMENTS[action]:
        if key not in inner:
            raise RuleError(f"'{key}' is missing", f"'{action}' takes {', '.join(ARGUMENTS[action])}", (action,))
    return tuple((key, _argument(key, inner[key], bound, (action, key))) for key in ARGUMENTS[action])


def _argument(key: str, value: object, bound: set[str], at: At) -> object:
    """A name or path, an amount, or text with names to fill in."""
    if key in PLACES:
        return bound_path(value, bound, at)
    if key == "to":
        return said(grammar.amount, str(value).lower() if isinstance(value, bool) else str(value), at)
    text = value if isinstance(value, str) else str(value)
    return f"{{{text}}}" if key == "by" and text in ORIGINS else _template_of_code(text, bound, at)


def _template_of_code(text: str, bound: set[str], at: At) -> str:
    """Code may hold braces of its own: only a hole that names something of the rule is one."""
    for hole in HOLE.findall(text):
        if hole.partition(".")[0] in bound:
            bound_path(hole, bound, at)
    return text
