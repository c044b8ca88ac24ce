"""The comments of a YAML file that speak to Twice, and which line or entry each is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from twice.comments import Comment
from twice.languages import yaml_tree as y

_SPOKEN = re.compile(rb"(?<![^\s])#[ \t]*twice:[^\r\n]*")
_LINE = re.compile(rb"([ \t]*)([^\r\n]*)(?:\r\n|\r|\n|\Z)")


def comments(data: bytes) -> Iterator[Comment]:
    """The comments in which ``# twice:`` stands; text that only looks like one is none."""
    if not _SPOKEN.search(data):
        return
    texts = sorted(_scalars(data))
    for found in _SPOKEN.finditer(data):
        at = found.start()
        before = texts[bisect_right(texts, (at, len(data))) - 1] if texts else (0, 0)
        if before[0] <= at < before[1]:
            continue
        start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
        alone = data[start:at].strip()[:1] in (b"", b"#")
        yield Comment(at, found.end(), alone, _below(data, found.end()) if alone else (start, at))


def _scalars(data: bytes) -> Iterator[tuple[int, int]]:
    waiting: list[y.Node] = list(y.documents(data))
    while waiting:
        node = waiting.pop()
        if isinstance(node, y.Scalar):
            yield node.start, node.end
        elif isinstance(node, y.Mapping):
            waiting += (part for entry in node.entries if not entry.merged for part in (entry.key, entry.value))
        elif isinstance(node, y.Sequence):
            waiting += node.items


def _below(data: bytes, at: int) -> tuple[int, int] | None:
    """The entry below: its line with the deeper lines under it, and a list under its key that is not indented."""
    first: tuple[int, int] | None = None
    is_item = False
    end = at
    for line in _LINE.finditer(data, at):
        content = line[2]
        if not content or content.startswith(b"#"):
            continue
        indent = len(line[1])
        if first is None:
            first, is_item = (line.start(2), indent), _is_item(content)
        elif indent < first[1] or (indent == first[1] and (is_item or not _is_item(content))):
            break
        end = line.end(2)
    return (first[0], end) if first is not None else None


def _is_item(content: bytes) -> bool:
    return content.startswith(b"- ") or content == b"-"
