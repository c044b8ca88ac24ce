"""Terraform written in JSON (``*.tf.json``), as the same tree: texts hold expressions, and blocks are objects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice.languages import hcl_tree as h
from twice.languages import yaml_tree as y
from twice.languages.hcl_values import Lost, Reader

# How many labels each kind of block has.
_LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "locals": 0}

_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*\$\{(?:[^"\\]|\\.)*"', re.DOTALL)


def read(data: bytes) -> h.Body:
    """The file as one body. Never fails: half a file has fewer blocks."""
    root = y.first(data)
    data = _TEXT.sub(_as_written, data)
    if not isinstance(root, y.Mapping):
        return h.Body((), (), 0, len(data), whole=False)
    blocks = [
        block
        for entry in root.entries
        if entry.key.value in _LABELS
        for block in _blocks(data, entry.key.value, entry, _LABELS[entry.key.value], ())
    ]
    return h.Body((), tuple(blocks), 0, len(data), root.whole and all(block.body.whole for block in blocks))


def _blocks(data: bytes, kind: str, entry: y.Entry, labels: int, known: tuple[h.Label, ...]) -> Iterator[h.Block]:
    """The blocks below a key: as deep as there are labels; several of one name are a list."""
    items = entry.value.items if isinstance(entry.value, y.Sequence) else (entry.value,)
    for item in items:
        if not isinstance(item, y.Mapping):
            continue
        if not labels:
            yield h.Block(kind, known, _body(data, item), entry.key.start, entry.key.end)
            continue
        for inner in item.entries:
            label = h.Label(inner.key.value, inner.key.start, inner.key.end)
            yield from _blocks(data, kind, inner, labels - 1, (*known, label))


def _as_written(text: re.Match[bytes]) -> bytes:
    """A text with its expressions as HCL has them, each byte where it was: JSON escapes the quotes and line ends in them."""
    found = bytearray(text[0])
    # What is around: the text itself, expressions and braces in them, texts in those.
    around = ["text"]
    at = 1
    while at < len(found) - 1:
        two, inside = bytes(found[at : at + 2]), around[-1]
        if inside == "text" and two in (b"${", b"%{") and found[at - 1] != two[0]:
            around.append("expression")
        elif inside == "text" and two == b'\\"' and len(around) > 1:
            found[at : at + 2] = b'" '
            around.pop()
        elif inside == "expression" and two == b'\\"':
            found[at : at + 2] = b' "'
            around.append("text")
        elif inside == "expression" and two[:1] == b"\\":
            found[at : at + 2] = b" \n" if two == b"\\n" else b"  "
        elif inside == "expression" and two[:1] in (b"{", b"}"):
            around.append("expression") if two[:1] == b"{" else around.pop()
            at -= 1
        elif two[:1] != b"\\":
            at -= 1
        at += 2
    return bytes(found)


def _body(data: bytes, found: y.Mapping) -> h.Body:
    attributes = [
        h.Attribute(entry.key.value, _value(data, _alone(entry.value)), entry.key.start, entry.key.end)
        for entry in found.entries
    ]
    return h.Body(tuple(attributes), (), found.start, found.end, found.whole)


def _value(data: bytes, found: y.Node) -> h.Node:
    if isinstance(found, y.Mapping):
        entries = (
            h.Entry(_text(entry.key), (entry.key.start, entry.key.end), _value(data, _alone(entry.value)))
            for entry in found.entries
        )
        return h.Object(tuple(entries), found.start, found.end, found.whole)
    if isinstance(found, y.Sequence):
        return h.List(tuple(_value(data, item) for item in found.items), found.start, found.end, found.whole)
    try:
        return Reader(data, found.start, found.end).value()
    except Lost:
        return h.Missing(found.start, found.end)


def _alone(found: y.Node) -> y.Node:
    """A block may be written as a list of one."""
    items = found.items if isinstance(found, y.Sequence) and found.whole else ()
    return items[0] if len(items) == 1 and isinstance(items[0], y.Mapping) else found


def _text(key: y.Scalar) -> h.Node:
    return h.Text((key.value,), key.start, key.end)
