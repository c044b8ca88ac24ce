"""Reads YAML into a tree, from the events of PyYAML's parser. Imported when the first file is read.

tree-sitter's grammar for YAML is not used, because its scanner writes past a buffer when lines are indented very deeply,
and because one unclosed bracket costs it the whole file.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec.structs import replace

from twice.languages.yaml_tree import Broken, Entry, Mapping, Node, Scalar, Sequence

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Deeper than any template that people write; a tree of this depth can be walked with plain recursion.
DEPTH = 60
# What aliases and merge keys may add to a file, in nodes.
EXPANSION = 20_000
_REPAIRS = 12
_REPAIRED_SIZE = 2_000_000

_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def read(data: bytes) -> tuple[Node, ...]:
    """The documents of a file. Never fails: lines that are no YAML are left out, what holds them is not ``whole``."""
    offset = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    text = _readable(data[offset:])
    lost: list[int] = []
    events, text = _events(text, lost)
    composer = _Composer(_Offsets(text, offset), lost)
    return composer.compose(events)


# --- reading what can be read ----------------------------------------------------------------------------------------


def _readable(data: bytes) -> str:
    """The text with what YAML forbids replaced by question marks, of the same number of bytes."""
    text = data.decode("utf-8", "surrogateescape")
    if data.isascii() and not _NOT_YAML.search(text):
        return text
    return _NOT_YAML.sub(lambda bad: "?" * len(bad[0].encode("utf-8", "surrogateescape")), text)


def _events(text: str, lost: list[int]) -> tuple[list[Any], str]:
    """The events of a text; what stands in the way is blanked, block by block, and its place noted in ``lost``."""
    events: list[Any] = []
    repairs = _REPAIRS if len(text) <= _REPAIRED_SIZE else 0
    for left in range(repairs, -1, -1):
        events = []
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                events.append(event)
            return events, text
        except yaml.MarkedYAMLError as error:
            repaired = _without_culprit(text, error, lost) if left else None
            if repaired is None:
                break
            text = repaired
        except (yaml.YAMLError, ValueError, RecursionError):
            break
    lost.append(len(text.encode()))
    return events, text


def _without_culprit(text: str, error: yaml.MarkedYAMLError, lost: list[int]) -> str | None:
    """The text with the block blanked that the parser stumbled over; None when there is nothing left to blank."""
    context = error.context or ""
    opened = "flow" in context or "quoted" in context or "simple key" in context
    marks = (error.context_mark, error.problem_mark) if opened else (error.problem_mark, error.context_mark)
    for mark in marks:
        span = _block_around(text, mark.index) if mark is not None else None
        if span is not None:
            lost.append(len(text[: span[0]].encode()))
            blank = re.sub(r"[^\r\n]+", lambda line: " " * len(line[0].encode()), text[span[0] : span[1]])
            return text[: span[0]] + blank + text[span[1] :]
    return None


def _block_around(text: str, index: int) -> tuple[int, int] | None:
    """The line of an index with the deeper lines below it; None when it is blank."""
    start = text.rfind("\n", 0, index) + 1
    end = text.find("\n", index)
    end = len(text) if end < 0 else end
    line = text[start:end]
    if not line.strip():
        return None
    indent = len(line) - len(line.lstrip())
    for below in re.finditer(r"[^\n]*(?:\n|$)", text[end + 1 :]):
        content = below[0].strip()
        if (content and len(below[0]) - len(below[0].lstrip()) <= indent) or not below[0]:
            break
        end += len(below[0])
    return start, min(end, len(text))


_STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class _Offsets:
    """From the parser's character counts to byte offsets of the file."""

    __slots__ = ("base", "bytes_before")

    def __init__(self, text: str, base: int) -> None:
        self.base = base
        self.bytes_before: array[int] | None = None
        if not text.isascii():
            self.bytes_before = array("L", [0])
            at = 0
            for character in text:
                at += len(character.encode())
                self.bytes_before.append(at)

    def __call__(self, index: int) -> int:
        known = self.bytes_before
        return self.base + (index if known is None else known[min(index, len(known) - 1)])


# --- from events to a tree -------------------------------------------------------------------------------------------


class _Open:
    """A collection that is not closed yet."""

    __slots__ = ("after", "anchor", "at", "event", "items", "spans")

    def __init__(self, event: Any, at: int, after: int) -> None:
        self.event = event
        self.after = after
        self.anchor = getattr(event, "anchor", None)
        self.at = at
        self.items: list[Node] = []
        self.spans: list[tuple[int, int]] = []


class _Composer:
    """Builds the tree bottom-up with a stack of its own, so that no depth of nesting can exhaust Python's."""

    def __init__(self, offsets: _Offsets, lost: list[int]) -> None:
        self.offsets = offsets
        self.lost = [offsets.base + place for place in lost]
        self.anchors: dict[str, Node] = {}
        self.weights: dict[int, int] = {}
        self.expanded = 0
        self.stack: list[_Open] = []
        self.roots: list[Node] = []

    def compose(self, events: list[Any]) -> tuple[Node, ...]:
        for event in events:
            self._take(event)
        end = self.offsets(events[-1].end_mark.index) if events else 0
        while self.stack:
            self._close(max(end, *self.lost) if self.lost else end)
        return tuple(self.roots)

    def _take(self, event: Any) -> None:
        start, end = self.offsets(event.start_mark.index), self.offsets(event.end_mark.index)
        if isinstance(event, yaml.ScalarEvent):
            node = Scalar(event.value, start, end, event.tag or "", event.style not in (None, ""))
            if event.anchor:
                self.anchors[event.anchor] = node
            self._add(node, (start, end))
        elif isinstance(event, _STARTS):
            before = self.stack[-1].spans if self.stack else ()
            self.stack.append(_Open(event, start, before[-1][1] if before else start))
        elif isinstance(event, _ENDS):
            self._close(end)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._alias(event.anchor or "", start, end), (start, end))
        elif isinstance(event, yaml.DocumentStartEvent):
            self.anchors = {}

    def _close(self, end: int) -> None:
        opened = self.stack.pop()
        if len(self.stack) >= DEPTH:
            self._add(Broken(opened.at, end), (opened.at, end))
            return
        whole = not any(min(opened.after, opened.at) <= place <= end for place in self.lost)
        written = end if opened.event.flow_style else _last(opened.spans, opened.at)
        tag, flow = opened.event.tag or "", bool(opened.event.flow_style)
        node: Node
        if isinstance(opened.event, yaml.SequenceStartEvent):
            node = Sequence(tuple(opened.items), opened.at, written, tag, flow, whole)
        else:
            node = Mapping(tuple(self._entries(opened)), opened.at, written, tag, flow, whole)
        self._name(opened.anchor, node, 1 + sum(self.weights.get(id(item), 1) for item in opened.items))
        self._add(node, (opened.at, written))

    def _name(self, anchor: str | None, node: Node, weight: int) -> None:
        if weight > 1:
            self.weights[id(node)] = weight
        if anchor:
            self.anchors[anchor] = node

    def _add(self, node: Node, span: tuple[int, int]) -> None:
        if not self.stack:
            self.roots.append(node)
            return
        self.stack[-1].items.append(node)
        self.stack[-1].spans.append(span)

    def _alias(self, anchor: str, start: int, end: int) -> Node:
        node = self.anchors.get(anchor)
        if node is None:
            return Broken(start, end)
        self.expanded += self.weights.get(id(node), 1)
        return node if self.expanded <= EXPANSION else Broken(start, end)

    def _entries(self, opened: _Open) -> Iterator[Entry]:
        """Merged entries first, so that a key which is written here wins."""
        pairs = list(zip(opened.items[::2], opened.items[1::2], opened.spans[1::2], strict=False))
        for key, value, _ in pairs:
            if isinstance(key, Scalar) and key.value == "<<" and not key.quoted:
                yield from self._merged(value)
        for key, value, span in pairs:
            if isinstance(key, Scalar) and (key.value != "<<" or key.quoted):
                yield Entry(key, value, span)

    def _merged(self, value: Node) -> Iterator[Entry]:
        sources = reversed(value.items) if isinstance(value, Sequence) else (value,)
        for source in sources:
            entries = source.entries if isinstance(source, Mapping) else ()
            self.expanded += len(entries)
            if self.expanded <= EXPANSION:
                yield from (replace(entry, merged=True) for entry in entries)


def _last(spans: list[tuple[int, int]], start: int) -> int:
    return max((end for _, end in spans), default=start)
