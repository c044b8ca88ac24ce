"""Values in JSON that stand in a template as text, with references in between."""

from __future__ import annotations

import json

from twice.languages.template import Absent, Items, Join, Literal, Record, Unknown, Value, joined, moved


def from_json(found: Value) -> Value:
    """What a text in JSON stands for, with the references in it; the value itself when it is no text."""
    parts = found.parts if isinstance(found, Join) else (found,) if isinstance(found, Literal) else ()
    text = "".join(str(one.value) if isinstance(one, Literal) else f"\0{index}\0" for index, one in enumerate(parts))
    if not isinstance(found, Join | Literal) or not text.lstrip().startswith(("{", "[")):
        return found
    try:
        given = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return Unknown(found.start, found.end)
    return _of_json(given, parts, found.start, found.end)


def _of_json(given: object, parts: tuple[Value, ...], start: int, end: int) -> Value:
    if isinstance(given, dict):
        return Record({key: _of_json(one, parts, start, end) for key, one in given.items()}, {}, start, end)
    if isinstance(given, list):
        return Items(tuple(_of_json(one, parts, start, end) for one in given), start, end)
    if given is None:
        return Absent(start, end)
    pieces = given.split("\0") if isinstance(given, str) else []
    if len(pieces) < 3:
        return Literal(given, start, end) if isinstance(given, str | int | float) else Unknown(start, end)
    inner = [parts[int(one)] if index % 2 else Literal(one, start, end) for index, one in enumerate(pieces)]
    inner = [one for one in inner if not isinstance(one, Literal) or one.value != ""]
    return moved(inner[0], start, end) if len(inner) == 1 else joined(inner, start, end)
