"""Reads HCL into a tree. Never fails: a line that cannot be read is left out, and what holds it is not ``whole``.

Written by hand, because the language is one of lines and a grammar for tree-sitter does not know that: there a value that
is not typed yet takes the name of the next line for its own, and an open quote the rest of the file. Here a value ends with
its line, and a resource where the next one begins.
"""

from __future__ import annotations

import re
from itertools import pairwise

from msgspec.structs import replace

from twice.languages.hcl_tree import Attribute, Block, Body, Label, Missing, Node
from twice.languages.hcl_values import DEPTH, Lost, Reader

# What stands at the beginning of a line and can only be the next block of a file; not in comments, texts and heredocs.
_SECTION = re.compile(
    rb"#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\"|<<-?([A-Za-z_][\w-]*)[ \t]*\r?\n.*?\n[ \t]*\1(?![\w-])"
    rb"|^(?P<header>(?:(?:resource|data)[ \t]+\"[^\"\n]*\"[ \t]+\"[^\"\n]*\""
    rb"|(?:variable|module|output|provider)[ \t]+\"[^\"\n]*\"|locals|terraform)[ \t]*\{)",
    re.DOTALL | re.MULTILINE,
)


def read(data: bytes) -> Body:
    """The file as one body."""
    starts = [found.start("header") for found in _SECTION.finditer(data) if found["header"]]
    readers = [Reader(data, start, end) for start, end in pairwise((0, *starts, len(data)))]
    parts = [_body(reader, 0) for reader in readers]
    return Body(
        tuple(one for part in parts for one in part.attributes),
        tuple(one for part in parts for one in part.blocks),
        0,
        len(data),
        all(part.whole for part in parts) and not any(reader.lost for reader in readers),
    )


def _body(reader: Reader, depth: int) -> Body:
    """Up to the closing brace, which is left to the caller, or the end of the section."""
    attributes: list[Attribute] = []
    blocks: list[Block] = []
    start, whole = reader.at, True
    while True:
        reader.blank(lines=True)
        if reader.at >= reader.stop or (depth and reader.byte() == b"}"):
            return Body(tuple(attributes), tuple(blocks), start, reader.at, whole)
        try:
            found = _element(reader, depth)
        except Lost:
            whole = False
            reader.to_end_of_line()
            continue
        if isinstance(found, Block):
            blocks.append(found)
            whole = whole and found.body.whole
        else:
            attributes.append(found)
            whole = whole and not isinstance(found.value, Missing)


def _element(reader: Reader, depth: int) -> Attribute | Block:
    start = reader.at
    name = reader.name()
    end = reader.at
    labels: list[Label] = []
    reader.blank()
    if reader.byte() == b"=" and reader.data[reader.at + 1 : reader.at + 2] != b"=":
        reader.at += 1
        return Attribute(name, _value_of_line(reader), start, end)
    while reader.byte() not in (b"{", b""):
        labels.append(_label(reader))
        reader.blank()
    reader.take(b"{")
    if depth > DEPTH:
        raise Lost
    body = _body(reader, depth + 1)
    closed = reader.byte() == b"}" and reader.at < reader.stop
    reader.at += closed
    return Block(name, tuple(labels), body if closed else replace(body, whole=False), start, end)


def _value_of_line(reader: Reader) -> Node:
    """A value that ends with its line, or what is left of the line when there is none that can be read."""
    start, free, depth = reader.at, reader.free, reader.depth
    reader.free = False
    try:
        found = reader.value()
        reader.blank()
        if reader.at < reader.stop and reader.byte() not in (b"\n", b"}"):
            raise Lost
    except Lost:
        reader.to_end_of_line()
        found = Missing(start, reader.at)
    reader.free, reader.depth = free, depth
    return found


def _label(reader: Reader) -> Label:
    if reader.byte() != b'"':
        start = reader.at
        return Label(reader.name(), start, reader.at)
    end = reader.data.find(b'"', reader.at + 1, reader.stop)
    if end < 0 or b"\n" in reader.data[reader.at : end]:
        raise Lost
    start, reader.at = reader.at + 1, end + 1
    return Label(reader.data[start:end].decode("utf-8", "replace"), start, end)
