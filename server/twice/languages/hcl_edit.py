"""Writes arguments into HCL: in the place of a literal, or on a line of their own, aligned as ``terraform fmt`` does it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache

from twice.languages import hcl_tree as h
from twice.languages.hcl_reading import read
from twice.languages.template_edit import Change, Expression, Span


def change(data: bytes, change: Change) -> tuple[Span, ...] | None:
    """What to replace for a change; None in the place of an expression, and where the resource is half typed."""
    at = change.place.start
    owner = block_at(data, at)
    if owner is None or not owner.body.whole:
        return None
    span = _set(data, owner.body, change.keys, change.blocks, change.value, change.over)
    return (span,) if span is not None else None


def block_at(data: bytes, at: int) -> h.Block | None:
    """The block whose last label starts here."""
    return next((one for one in blocks_of(data) if one.labels and one.labels[-1].start == at), None)


def blocks_of(data: bytes) -> tuple[h.Block, ...]:
    """The blocks of a file."""
    return _body(data).blocks


@lru_cache(maxsize=4)
def _body(data: bytes) -> h.Body:
    """Several fixes into one file follow each other."""
    return read(data)


def _set(
    data: bytes, body: h.Body, keys: tuple[str, ...], blocks: tuple[bool, ...], value: object, over: bool
) -> Span | None:
    found = body.get(keys[0])
    if found is not None and len(keys) == 2 and isinstance(found.value, h.Object):
        return _in_map(data, found.value, keys[1], value, over)
    if found is not None:
        is_last = len(keys) == 1 and (over or _is_literal(found.value))
        return (found.value.start, found.value.end, _text(value)) if is_last else None
    inner = body.of(keys[0])
    if inner:
        return (
            _set(data, inner[0].body, keys[1:], blocks[1:], value, over) if len(inner) == 1 and len(keys) > 1 else None
        )
    is_dynamic = any(block.labels and block.labels[0].text == keys[0] for block in body.of("dynamic"))
    return None if is_dynamic else _add(data, body, keys, blocks, value)


def _in_map(data: bytes, found: h.Object, key: str, value: object, over: bool) -> Span | None:
    """The value of an entry, or a new one behind the last, written and aligned as that is."""
    known = {data[slice(*one.at)].decode("utf-8", "replace").strip('"'): one for one in found.entries}
    if not found.whole or not known:
        return None
    if key in known:
        entry = known[key]
        return (entry.value.start, entry.value.end, _text(value)) if over or _is_literal(entry.value) else None
    last = max(found.entries, key=lambda one: one.at[0])
    quoted = data[last.at[0] : last.at[0] + 1] == b'"' or not key.replace("-", "_").isidentifier()
    name, equals = (
        f'"{key}"' if quoted else key,
        data.find(data[last.at[1] : last.value.start].strip() or b"=", last.at[1]),
    )
    start = data.rfind(b"\n", 0, last.at[0]) + 1
    if data[start : last.at[0]].strip():
        return last.value.end, last.value.end, f", {name} = {_text(value)}"
    margin, at, width = data[start : last.at[0]].decode(), end_of_line(data, last.value.end), equals - last.at[0] - 1
    apart = "\n" if len(name) > width else ""  # else the others would have to move
    return at, at, f"{apart}\n{margin}{name.ljust(width)} = {_text(value)}"


def _add(data: bytes, body: h.Body, keys: tuple[str, ...], blocks: tuple[bool, ...], value: object) -> Span | None:
    """Behind the last argument; a block behind everything."""
    elements = sorted(_elements(body))
    if not data[body.start : body.end].strip(b" "):
        margin = _indent_of_line(data, body.start)
        inner = "".join(f"\n{' ' * (margin + 2)}{line}" for line in _lines(keys, blocks, value))
        return body.start, body.end, f"{inner}\n{' ' * margin}"
    opened = end_of_line(data, body.start)
    if opened >= body.end or (elements and elements[0][0] < opened):
        return None
    indent = _column(data, elements[0][0]) if elements else _indent_of_line(data, body.start) + 2
    lines = [f"{' ' * indent}{line}" for line in _lines(keys, blocks, value)]
    if len(keys) > 1 or isinstance(value, Mapping):
        at = end_of_line(data, elements[-1][1]) if elements else opened
        return at, at, "".join(f"\n{line}" for line in (*([""] if elements else []), *lines))
    last = max(body.attributes, key=lambda one: one.start, default=None)
    if last is None:
        return opened, opened, "".join(f"\n{line}" for line in lines)
    at = end_of_line(data, last.value.end)
    width = _width(data, last) if len(lines) == 1 else 0
    apart = [""] if 0 < width < len(keys[0]) else []  # beside a longer name all the others would have to move
    lines[0] = f"{' ' * indent}{keys[0].ljust(width)} = {_text(value).partition(chr(10))[0]}"
    return at, at, "".join(f"\n{line}" for line in (*apart, *lines))


def _elements(body: h.Body) -> Iterator[tuple[int, int]]:
    yield from ((one.start, one.value.end) for one in body.attributes)
    yield from ((one.start, one.body.end + 1) for one in body.blocks)


def _lines(keys: tuple[str, ...], blocks: tuple[bool, ...], value: object) -> list[str]:
    if len(keys) == 1 and isinstance(value, Mapping):
        width = max(len(name) for name in value)
        return [f"{keys[0]} {{", *(f"  {name.ljust(width)} = {_text(one)}" for name, one in value.items()), "}"]
    if len(keys) == 1:
        return f"{keys[0]} = {_text(value)}".split("\n")
    inner = [f"  {line}" for line in _lines(keys[1:], blocks[1:], value)]
    return [f"{keys[0]} {{" if blocks[0] else f"{keys[0]} = {{", *inner, "}"]


def _width(data: bytes, last: h.Attribute) -> int:
    """How wide the names are around here: those of lines that follow each other are aligned."""
    equals = data.find(b"=", last.end)
    multiline = b"\n" in data[last.start : last.value.end]
    return (
        0 if multiline else len(data[last.start : equals].rstrip(b" ").decode("utf-8", "replace")) + _gap(data, equals)
    )


def _gap(data: bytes, equals: int) -> int:
    before = data[:equals]
    return max(0, len(before) - len(before.rstrip(b" ")) - 1)


def _is_literal(found: h.Node) -> bool:
    if isinstance(found, h.List):
        return found.whole and all(_is_literal(one) for one in found.items)
    if isinstance(found, h.Text):
        return all(isinstance(part, str) for part in found.parts)
    return isinstance(found, h.Plain)


def _text(value: object) -> str:
    if isinstance(value, Expression):
        return value
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(one) for one in value) + "]"
    return json.dumps(value)


def end_of_line(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    end = len(data) if end < 0 else end
    return end - (data[end - 1 : end] == b"\r")


def _column(data: bytes, at: int) -> int:
    return at - (data.rfind(b"\n", 0, at) + 1)


def _indent_of_line(data: bytes, at: int) -> int:
    start = data.rfind(b"\n", 0, at) + 1
    line = data[start:at]
    return len(line) - len(line.lstrip())
