"""The JSON Schemas of rule files, the checklist and library files, made from what the loaders accept: editors complete and check with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from twice.action import ARGUMENTS
from twice.facts import NOUNS, Handler, Subscription, vocabulary
from twice.finding import Confidence, Safety, Severity
from twice.libraries import ROLES
from twice.noun import Fact
from twice.relations import ORIGINS, VERBS
from twice.rules import checklist
from twice.rules.library_keys import CALL_KEYS, EVENT_KEYS, HANDLER_KEYS, SECTIONS, LibraryKey
from twice.rules.reading import CODE, ITEM
from twice.rules.rule_reading import KEYS

_FILES = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}


def schema() -> str:
    """The text of rules/rule.schema.json."""
    return json.dumps(_rule(), indent=2, ensure_ascii=False) + "\n"


def _rule() -> dict[str, Any]:
    shapes = _shapes()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule of Twice",
        "description": f"Verbs: {', '.join(VERBS)}. Origins: {', '.join(ORIGINS)}.",
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, key in KEYS.items() if key.required],
        "properties": {name: _property(name, key.meaning, shapes[key.shape]) for name, key in KEYS.items()},
    }


def checklist_schema() -> str:
    """The text of rules/checklist.schema.json."""
    text: dict[str, Any] = {"type": "string"}
    situation: dict[str, Any] = {"anyOf": [text, _list(text)]}
    shapes: dict[str, dict[str, Any]] = {
        "item": {"type": "string", "pattern": f"^{ITEM.pattern}$"},
        "text": text,
        "shows": {"enum": list(get_args(checklist.Shows))},
        "situation": situation,
        "situations": _list(situation),
        "noun": {"enum": list(NOUNS)},
        "questions": {
            "type": "object",
            "additionalProperties": False,
            "required": ["all"],
            "properties": dict.fromkeys(("all", *checklist.TRANSPORTS), text),
        },
        "links": _list({"type": "string", "pattern": "^https?://"}),
    }
    entry = {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, key in checklist.KEYS.items() if key.required],
        "properties": {name: {"description": key.meaning, **shapes[key.shape]} for name, key in checklist.KEYS.items()},
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The checklist of Twice",
        **_list(entry),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def library_schema() -> str:
    """The text of rules/library.schema.json."""
    fields = {name: {"description": word.meaning} for noun in NOUNS.values() for name, word in vocabulary(noun).items()}
    call = _keyed(CALL_KEYS, {}, {"is": _texts([*NOUNS, *sorted(ROLES)])})
    call["properties"] = {**fields, **call["properties"]}
    handler = _keyed(
        HANDLER_KEYS,
        {"required": ["kind"]},
        {key: _fields_of(noun) for key, noun in (("fields", Handler), ("subscription", Subscription))},
    )
    several = {"anyOf": [{"type": "null"}, call, _list(call)]}
    whole = _keyed(
        SECTIONS,
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A library file of Twice"},
        {
            "calls": {"type": "object", "additionalProperties": several},
            "handlers": _list(handler),
            "events": {"type": "object", "additionalProperties": _keyed(EVENT_KEYS, {}, {})},
        },
    )
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _keyed(keys: Mapping[str, LibraryKey], more: dict[str, Any], special: dict[str, Any]) -> dict[str, Any]:
    """An object with these keys; ``special`` says more of some of them than their shape does."""
    shapes: dict[str, dict[str, Any]] = {
        "source": {},
        "text": {"type": ["string", "number"]},
        "texts": _texts(None),
        "number": {"type": "number"},
        "flag": {"type": "boolean"},
        "mapping": {"type": "object"},
        "list": {"type": "array"},
    }
    properties = {}
    for name, key in keys.items():
        shape = {"enum": list(key.words)} if key.words else special.get(name, shapes[key.shape])
        properties[name] = {"description": key.meaning, **shape}
    return {**more, "type": "object", "additionalProperties": False, "properties": properties}


def _texts(words: list[str] | None) -> dict[str, Any]:
    one = {"type": "string"} if words is None else {"enum": words}
    return {"anyOf": [{"type": "string"} if words is None else one, _list(one)]}


def _fields_of(noun: type[Fact]) -> dict[str, Any]:
    fields = {name: {"description": word.meaning} for name, word in vocabulary(noun).items()}
    return {"type": "object", "additionalProperties": False, "properties": fields}


def _property(name: str, meaning: str, shape: dict[str, Any]) -> dict[str, Any]:
    choices = {"severity": get_args(Severity), "confidence": get_args(Confidence), "wave": (1, 2, 3)}
    if name in choices:
        return {"description": meaning, "enum": list(choices[name])}
    return {"description": meaning, **shape}


def _shapes() -> dict[str, dict[str, Any]]:
    text: dict[str, Any] = {"type": "string"}
    codes = _list({"type": "string", "pattern": f"^{CODE.pattern}$"})
    return {
        "code": codes["items"],
        "name": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
        "items": {**_list({"type": "string", "pattern": f"^{ITEM.pattern}$"}), "minItems": 1},
        "severity": text,
        "confidence": text,
        "number": {"type": "integer"},
        "text": text,
        "noun": {"enum": list(NOUNS)},
        "path": text,
        "sentences": _list(text),
        "situations": _list({"anyOf": [text, _list(text)]}),
        "related": _list({"type": "object", "additionalProperties": text, "minProperties": 1, "maxProperties": 1}),
        "fix": _fix(),
        "fixes": _list(_fix()),
        "codes": codes,
        "examples": _list({"type": "object", "additionalProperties": False, "properties": _examples()}),
        "links": _list({"type": "string", "pattern": "^https?://"}),
    }


def _fix() -> dict[str, Any]:
    named = {"title": {"type": "string"}, "safety": {"enum": list(get_args(Safety))}}
    unless = {"unless": _list({"anyOf": [{"type": "string"}, _list({"type": "string"})]})}
    steps = {"steps": {**_list(_acting({}, ())), "minItems": 1}}
    alone = {"alone": {"type": "boolean"}}
    return _acting({**named, **unless, **alone, **steps}, ("steps",)) | {"required": list(named)}


def _acting(beside: dict[str, Any], instead: tuple[str, ...]) -> dict[str, Any]:
    """A mapping with one action, or one of these keys in its place."""
    others = {key for keys in ARGUMENTS.values() for key in keys[1:]}
    anything: dict[str, Any] = {"type": ["string", "number", "boolean"]}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **beside,
            "import": {"type": "string"},
            **{action: {"anyOf": [{"type": "string"}, _inside(keys)]} for action, keys in ARGUMENTS.items()},
            **dict.fromkeys(sorted(others), anything),
        },
        "oneOf": [{"required": [key]} for key in (*ARGUMENTS, *instead)],
    }


def _inside(keys: tuple[str, ...]) -> dict[str, Any]:
    values = {key: {"type": ["string", "number", "boolean"]} for key in keys}
    return {"type": "object", "additionalProperties": False, "required": list(keys), "properties": values}


def _examples() -> dict[str, Any]:
    return {"bad": _FILES, "good": _FILES, "fixed": _FILES}


def _list(entry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": entry}
