"""Writes properties into a template: in block or flow style, with the file's own indentation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from twice.languages import yaml_tree as y
from twice.languages.template_edit import Change, Span
from twice.languages.yaml_writing import block_lines, in_yaml

# The steps of a branch of a workflow of a template are ten levels deep.
_DEEPEST = 16
_WIDE = 88


def change(data: bytes, change: Change) -> tuple[Span, ...] | None:
    """What to replace for a change; None where it cannot be written."""
    keys = change.keys if change.spelled else ("Properties", *change.keys)
    return set_attribute(data, change.place.start, keys, change.value)


def change_below(data: bytes, change: Change) -> tuple[Span, ...] | None:
    """The same in a language whose properties stand right below the name of their resource, as in Terraform's JSON."""
    return set_attribute(data, change.place.start, change.keys, change.value)


def set_property(data: bytes, start: int, keys: tuple[str, ...], value: object) -> tuple[Span, ...] | None:
    """What to replace so that the resource or event whose key starts here has this property."""
    return set_attribute(data, start, ("Properties", *keys), value)


def set_attribute(data: bytes, start: int, keys: tuple[str, ...], value: object) -> tuple[Span, ...] | None:
    """What to replace so that the resource or event whose key starts here has this attribute: ``Metadata`` and below, say.

    None where it cannot be written: inside an alias, in the place of a function, or when the resource is half typed.
    """
    owner = entry_at(data, start)
    body = owner.value if owner is not None else None
    if owner is None or not isinstance(body, y.Mapping) or body.tag or not body.whole or owner.at[0] != body.start:
        return None
    span = _set(data, body, keys, value, step_of(data, owner, body))
    return (span,) if span is not None else None


def entry_at(data: bytes, start: int) -> y.Entry | None:
    """The resource or event whose key starts here."""
    return next((entry for node in trees(data) for entry in _entries(node) if entry.key.start == start), None)


@lru_cache(maxsize=4)
def trees(data: bytes) -> tuple[y.Node, ...]:
    """Several fixes into one file follow each other."""
    return tuple(y.documents(data))


def _entries(node: y.Node, depth: int = 0) -> Iterator[y.Entry]:
    """The entries that can be resources, events or steps of a workflow."""
    if isinstance(node, y.Sequence) and depth <= _DEEPEST:
        for item in node.items:
            yield from _entries(item, depth + 1)
    if not isinstance(node, y.Mapping) or depth > _DEEPEST:
        return
    for entry in node.entries:
        if not entry.merged:
            yield entry
            if entry.at[0] == entry.value.start:
                yield from _entries(entry.value, depth + 1)


def _set(data: bytes, into: y.Mapping, keys: tuple[str, ...], value: object, step: int) -> Span | None:
    entry = into.entry(keys[0])
    if entry is None or entry.merged:
        return _add(data, into, keys, value, step)
    found = entry.value
    if entry.at[0] != found.start or data[entry.at[0] : entry.at[0] + 1] in (b"&", b"*", b"!"):
        return None
    if isinstance(found, y.Scalar) and not found.value and not found.quoted:
        return _fill(data, entry, keys[1:], value, step)
    if len(keys) == 1:
        return _replaced(data, entry, value)
    if not isinstance(found, y.Mapping) or _is_function(found):
        return None
    return _set(data, found, keys[1:], value, step)


def _replaced(data: bytes, entry: y.Entry, value: object) -> Span | None:
    if isinstance(entry.value, y.Mapping) and _is_function(entry.value):
        return None
    start, end = entry.at
    end = start + len(data[start:end].rstrip())
    if not isinstance(entry.value, y.Scalar) and re.search(rb"(?m)(^|\s)#", data[start:end]):
        return None  # what somebody has explained
    text = _text(value, _is_json(data, entry))
    if b"\n" in data[entry.key.end : start]:
        return entry.key.end, end, f": {text}"
    return start, end, text


def _is_function(found: y.Mapping) -> bool:
    names = [entry.key.value for entry in found.entries]
    return len(names) == 1 and (names[0] == "Ref" or names[0].startswith("Fn::"))


def _fill(data: bytes, entry: y.Entry, keys: tuple[str, ...], value: object, step: int) -> Span | None:
    """A key that stands there without a value."""
    colon = data.find(b":", entry.key.end) + 1
    if not colon or data[entry.key.end : colon].strip() != b":":
        return None
    if not keys:
        return colon, colon, f" {_text(value, _is_json(data, entry))}"
    return colon, colon, f"\n{' ' * (column(data, entry.key.start) + step)}{_line(keys, value, False)}"


def _add(data: bytes, into: y.Mapping, keys: tuple[str, ...], value: object, step: int) -> Span | None:
    own = [entry for entry in into.entries if not entry.merged]
    if into.flow:
        return _add_to_flow(data, into, own, keys, value)
    if not own:
        return None
    last = max(own, key=lambda entry: entry.key.start)
    end = max(last.key.end, last.at[0] + len(data[last.at[0] : last.at[1]].rstrip()))
    end = end_of_line(data, end)
    indent = column(data, own[0].key.start)
    margin, inner = " " * indent, " " * (indent + step)
    if keys[0] == "Properties":
        lines = [f"{margin}Properties:", *_written(keys[1:], value, inner, step)]
    else:
        lines = _written(keys, value, margin, step)
    return end, end, "".join(f"\n{line}" for line in lines)


def _written(keys: tuple[str, ...], value: object, margin: str, step: int) -> list[str]:
    """On one line, or on one for each key where that would be a long one."""
    line = f"{margin}{_line(keys, value, False)}"
    return [line] if len(line) <= _WIDE else list(block_lines(keys[0], _around(keys[1:], value), margin, step))


def _add_to_flow(data: bytes, into: y.Mapping, own: list[y.Entry], keys: tuple[str, ...], value: object) -> Span | None:
    opened = data.find(b"{", into.start, into.end) + 1
    if not opened:
        return None
    if not own:
        return opened, opened, _line(keys, value, data[into.end :].rstrip()[-1:] == b"}")
    last = max(own, key=lambda entry: entry.key.start)
    line = _line(keys, value, _is_json(data, last))
    before = data[opened : own[0].key.start]
    gap = f"\n{' ' * column(data, own[0].key.start)}" if b"\n" in before else " "
    end = max(last.key.end, last.at[1])
    comma = re.match(rb"\s*,", data[end : into.end])
    if comma:
        return end + comma.end(), end + comma.end(), f"{gap}{line},"
    return end, end, f",{gap}{line}"


def _line(keys: tuple[str, ...], value: object, as_json: bool) -> str:
    """``key: value``; what lies deeper is written as a flow mapping."""
    name = json.dumps(keys[0]) if as_json else keys[0]
    return f"{name}: {_text(_around(keys[1:], value), as_json)}"


def _around(keys: tuple[str, ...], value: object) -> object:
    for key in reversed(keys):
        value = {key: value}
    return value


def _text(value: object, as_json: bool) -> str:
    if as_json:
        return json.dumps(value)
    return in_yaml(value)


def _is_json(data: bytes, entry: y.Entry) -> bool:
    return data[entry.key.start : entry.key.start + 1] == b'"'


def step_of(data: bytes, owner: y.Entry, body: y.Mapping) -> int:
    """How much deeper each level is indented around here."""
    if body.flow or not body.entries:
        return 2
    return max(1, column(data, body.entries[-1].key.start) - column(data, owner.key.start))


def column(data: bytes, offset: int) -> int:
    start = max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1
    return len(data[start:offset].decode("utf-8", "replace").removeprefix("\ufeff"))


def end_of_line(data: bytes, offset: int) -> int:
    ends = [at for at in (data.find(b"\n", offset), data.find(b"\r", offset)) if at >= 0]
    return min(ends, default=len(data))
