"""What can be written in a rule or library file of a project, and what its words mean. Reads YAML that is half typed by its lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from msgspec import Struct

from twice.action import ARGUMENTS, PLACES
from twice.facts import NOUNS, vocabulary
from twice.finding import SEVERITIES, Confidence, Safety
from twice.libraries import ROLES
from twice.lsp import sentence_words
from twice.lsp.explain import rule_text
from twice.lsp.folder import Folder
from twice.lsp.offers import Offer
from twice.relations import ORIGINS
from twice.rules.library_keys import CALL_KEYS, EVENT_KEYS, HANDLER_KEYS, SECTIONS, LibraryKey
from twice.rules.rule_reading import KEYS

_ENTRY = re.compile(r"""^(?P<indent>[ \t]*)(?:- +)*(?P<key>["']?[^\s"'#:,{}\[\]]+["']?) *:(?: +(?P<value>.*)|$)""")
_FLOW_KEY = re.compile(r"[{,] *(?P<typed>[a-z_]*)$")
_FLOW_VALUE = re.compile(r"[{,] *(?P<key>[a-z_]+): +(?P<value>[^{},]*)$")
# Where a sentence, a situation or a name begins inside its line.
_SENTENCE_START = re.compile(r"[\[(;,\"']|^\s*(?:- +)*")
_ITEM_WORD = re.compile(r"[\w-]*$")

_SENTENCES = ("with", "without")
_PATHS = ("report",)
_CODES = ("hides", "hides_in_handler", "yields_to")
_FILLED_IN = ("message", "related", "fix", "fixes")
_VALUES: Mapping[str, tuple[str, ...]] = {
    "severity": SEVERITIES,
    "confidence": get_args(Confidence),
    "safety": get_args(Safety),
}
_ENTRIES: Mapping[str, Mapping[str, LibraryKey]] = {
    "calls": CALL_KEYS,
    "handlers": HANDLER_KEYS,
    "events": EVENT_KEYS,
}


class _Spot(Struct, frozen=True):
    """Where the cursor is: the keys around it, outermost first, and what stands between the last one and the cursor.

    ``starts`` means that a key may begin here.
    """

    keys: tuple[str, ...]
    before: str
    starts: bool


def offers(folder: Folder, kind: str, before: str) -> Iterator[Offer]:
    """The offers at the end of ``before``, the file up to the cursor."""
    spot = _spot(before)
    yield from _of_library(spot, before) if kind == "library" else _of_rule(folder, spot)


def meaning(folder: Folder, kind: str, before: str, word: str, at: int) -> str | None:
    """What a word means: ``before`` is the file up to it, ``at`` the place inside it that is asked about."""
    rule = folder.rule(word)
    if rule is not None:
        return f"**{rule.code}** {rule.name}\n\n{rule_text(rule)}"
    spot = _spot(before)
    top = spot.keys[0] if spot.keys else ""
    if spot.starts or _FLOW_KEY.search(spot.before):
        known = _keys_of(kind, spot)
        if word in known:
            return f"**{word}**\n\n{known[word]}"
    if kind == "library":
        return sentence_words.path_meaning(word, at) or _origin(word)
    if top in _SENTENCES:
        return sentence_words.meaning(_sentence(spot.before), word, at)
    return sentence_words.path_meaning(word, at) if top in (*_FILLED_IN, *_PATHS, "find") else None


# --- rules -----------------------------------------------------------------------------------------------------------


def _of_rule(folder: Folder, spot: _Spot) -> Iterator[Offer]:
    if not spot.keys:
        yield from _keys({name: key.meaning for name, key in KEYS.items()}, spot.before)
        return
    top, key = spot.keys[0], spot.keys[-1]
    if key in _VALUES:
        yield from _words(_VALUES[key], spot.before)
    elif top == "find":
        yield from sentence_words.nouns(_typed(spot.before))
    elif top in _SENTENCES:
        yield from sentence_words.offers(_sentence(spot.before))
    elif top in _PATHS:
        yield from sentence_words.path_offers(spot.before)
    elif top in _CODES:
        yield from _rules(folder, spot.before)
    elif top == "items":
        yield from _items(folder, spot.before)
    elif top in _FILLED_IN:
        yield from _filled_in(top, spot)


def _filled_in(top: str, spot: _Spot) -> Iterator[Offer]:
    """Text with holes, and names of the rule where something is done to them."""
    text = spot.before
    flow = _FLOW_VALUE.search(text)
    key = flow["key"] if flow else spot.keys[-1]
    actions = (*PLACES, *ARGUMENTS)
    hole = text.rpartition("{")[2] if text.rfind("{") > max(text.rfind("}"), text.find('"')) else None
    if hole is not None and '"' in text and re.fullmatch(r"[a-z_.]*", hole):
        yield from sentence_words.path_offers(hole)
    elif top in ("fix", "fixes") and (spot.starts or _FLOW_KEY.search(text)):
        yield from _keys(_fix_keys(), _typed(text))
    elif top == "related" and (spot.starts or re.fullmatch(r"\s*- +[a-z_.]*", text)):
        yield from sentence_words.path_offers(_typed(text))
    elif key in _VALUES:
        yield from _words(_VALUES[key], flow["value"] if flow else text)
    elif top in ("fix", "fixes") and key in actions and '"' not in text.rpartition(":")[2]:
        yield from sentence_words.path_offers(_typed(text))


def _fix_keys() -> dict[str, str]:
    told = {
        "title": "What the fix does, in the imperative.",
        "safety": "safe: nothing but the mistake changes.",
        "alone": "true: what it writes is right at one place of a handler only.",
        "unless": "Situations in which it would be no help, in the rule's own names.",
        "steps": "Several actions, made together or not at all.",
    }
    return told | {name: f"An action; it takes {', '.join(takes)}." for name, takes in ARGUMENTS.items()}


def _rules(folder: Folder, before: str) -> Iterator[Offer]:
    typed = _ITEM_WORD.search(before)
    for rule in folder.book.rules:
        yield Offer(rule.code, "code", rule_text(rule), rule.name, len(typed[0]) if typed else 0, also=rule.name)


def _items(folder: Folder, before: str) -> Iterator[Offer]:
    typed = _ITEM_WORD.search(before)
    for item in folder.items:
        yield Offer(item.id, "code", item.reality, item.belief, len(typed[0]) if typed else 0, also=item.belief)


# --- libraries -------------------------------------------------------------------------------------------------------


def _of_library(spot: _Spot, whole: str) -> Iterator[Offer]:
    flow = _FLOW_VALUE.search(spot.before)
    key = flow["key"] if flow else spot.keys[-1] if spot.keys else ""
    section = spot.keys[0] if spot.keys else ""
    if spot.starts or (_FLOW_KEY.search(spot.before) and not flow):
        yield from _keys(_keys_of("library", spot), _typed(spot.before))
        return
    value = flow["value"] if flow else spot.before
    known = _ENTRIES.get(section, {}).get(key)
    if key == "is":
        yield from sentence_words.nouns(_typed(value))
        yield from _words(sorted(ROLES), value, 1)
    elif known is not None and known.words:
        yield from _words(known.words, value)
    elif section in ("values", "names") or key == "origin":
        yield from (Offer(name, "origin", told, typed=len(_typed(value))) for name, told in ORIGINS.items())


def _keys_of(kind: str, spot: _Spot) -> Mapping[str, str]:
    """The keys that may stand where this one does, with what they mean."""
    if kind == "rule":
        within = spot.keys[:1]
        return _fix_keys() if within in (("fix",), ("fixes",)) else {name: key.meaning for name, key in KEYS.items()}
    if not spot.keys:
        return {name: key.meaning for name, key in SECTIONS.items()}
    known = {name: key.meaning for name, key in _ENTRIES.get(spot.keys[0], {}).items()}
    if spot.keys[0] == "calls" and len(spot.keys) < 2:
        return {}
    for noun in _said_to_be(spot) if spot.keys[0] == "calls" else ():
        known.update((name, word.meaning) for name, word in vocabulary(NOUNS[noun]).items())
    return known


def _said_to_be(spot: _Spot) -> list[str]:
    """The nouns that an entry of calls says it is, as far as they stand in the same line."""
    found = re.search(r"\bis: *\[?([\w, ]+)", spot.before)
    return [word for word in re.findall(r"\w+", found[1]) if word in NOUNS] if found else []


def _origin(word: str) -> str | None:
    return f"**{word}**: origin\n\n{ORIGINS[word]}" if word in ORIGINS else None


# --- where the cursor is ---------------------------------------------------------------------------------------------


def _spot(before: str) -> _Spot:
    lines = before.split("\n")
    line = lines[-1]
    entry = _ENTRY.match(line)
    indent = len(line) - len(line.lstrip(" -"))
    keys = [*_around(lines[:-1], len(entry["indent"]) if entry else _own_indent(line))]
    if entry is not None:
        return _Spot((*keys, entry["key"].strip("\"'")), entry["value"] or "", False)
    starts = re.fullmatch(r"[ \t]*(?:- +)*[a-z_]*", line) is not None and (
        indent == 0 or "- " not in line or bool(keys)
    )
    listed = bool(keys) and keys[0] in (*_SENTENCES, *_CODES, "items", "report", "message", "find")
    return _Spot(tuple(keys), line, starts and not listed)


def _own_indent(line: str) -> int:
    """How deep a line stands; an entry of a list may stand as deep as the key of the list, and is inside it."""
    depth = len(line) - len(line.lstrip(" "))
    return depth + 1 if line.lstrip(" ").startswith("-") else depth


def _around(lines: Iterable[str], indent: int) -> list[str]:
    """The keys around a line of this depth, outermost first."""
    found: list[str] = []
    for line in reversed(list(lines)):
        entry = _ENTRY.match(line)
        if entry is not None and len(entry["indent"]) < indent:
            found.append(entry["key"].strip("\"'"))
            indent = len(entry["indent"])
        if indent == 0:
            break
    return found[::-1]


def _sentence(before: str) -> str:
    """The sentence that is being written, without what stands before it in its line."""
    starts = [found.end() for found in _SENTENCE_START.finditer(before)]
    return before[starts[-1] :].lstrip() if starts else before.lstrip()


def _typed(before: str) -> str:
    found = re.search(r"[a-z_.]*$", before)
    return found[0] if found else ""


def _keys(known: Mapping[str, str], before: str) -> Iterator[Offer]:
    typed = len(_typed(before))
    yield from (Offer(name, "key", told, typed=typed, written=f"{name}: ") for name, told in known.items())


def _words(words: Iterable[str], before: str, rank: int = 0) -> Iterator[Offer]:
    typed = len(_typed(before))
    yield from (Offer(word, "word", typed=typed, rank=rank) for word in words)
