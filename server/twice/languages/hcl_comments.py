"""The comments of an HCL file that speak to Twice, and which line, argument or block each is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice.comments import Comment
from twice.languages import hcl_tree as h
from twice.languages.hcl_reading import read

_SPOKEN = re.compile(rb"#[ \t]*twice:")
# What comments can stand in, and what only looks like one.
_TEXTS = re.compile(
    rb"(?P<comment>#[^\r\n]*)|//[^\n]*|/\*.*?(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*\""
    rb"|<<-?([A-Za-z_][\w-]*)[ \t]*\r?\n.*?\n[ \t]*\2(?![\w-])",
    re.DOTALL,
)

_LINE = re.compile(rb"^[ \t]*(?P<said>[^#\s][^\r\n]*)", re.MULTILINE)


def comments(data: bytes) -> Iterator[Comment]:
    """The comments in which ``# twice:`` stands; text that only looks like one is none."""
    if not _SPOKEN.search(data):
        return
    body = read(data)
    for found in _TEXTS.finditer(data):
        if found["comment"] and _SPOKEN.search(found["comment"]):
            start = data.rfind(b"\n", 0, found.start()) + 1
            alone = not data[start : found.start()].strip()
            about = _below(data, body, found.end()) if alone else (start, found.start())
            yield Comment(found.start(), found.end(), alone, about)


def _below(data: bytes, body: h.Body, at: int) -> tuple[int, int] | None:
    """The argument or block that begins below, in the innermost block around the comment; inside a value, the line."""
    for block in body.blocks:
        if block.body.start <= at <= block.body.end:
            return _below(data, block.body, at)
    if any(one.value.start <= at <= one.value.end for one in body.attributes):
        line = _LINE.search(data, at)
        return line.span("said") if line is not None else None
    spans = [(one.start, one.value.end) for one in body.attributes if one.start > at]
    spans += [(one.start, one.body.end) for one in body.blocks if one.start > at]
    return min(spans, default=None)
