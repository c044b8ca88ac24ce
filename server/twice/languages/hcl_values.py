"""Reads the values of HCL: texts with expressions in them, lists, objects, calls, operators. Bodies are ``hcl_reading``'s."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from twice.languages.hcl_tree import (
    Call,
    Choice,
    Computed,
    Entry,
    List,
    Missing,
    Node,
    Object,
    Operation,
    Path,
    Plain,
    Text,
)

# Deeper than anything that people write; a tree of this depth can be walked with plain recursion.
DEPTH = 40

_BLANK = re.compile(rb"(?:[ \t\r\xef\xbb\xbf]+|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))+", re.DOTALL)
_BLANK_LINES = re.compile(rb"(?:[ \t\r\n\xef\xbb\xbf]+|#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))+", re.DOTALL)
_NAME = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff-]*")
_NUMBER = re.compile(rb"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_OPERATOR = re.compile(rb"==|!=|<=|>=|&&|\|\||[-+*/%<>]")
_HEREDOC = re.compile(rb"<<-?([A-Za-z_][\w-]*)[ \t]*\r?\n")
_ITEM = re.compile(rb"[ \t]*[\w-]+[ \t]*=[^=>]")
_WRITTEN = {"quoted": re.compile(rb"(?:[^\"\\$%\n]|[$%](?!\{))+"), "heredoc": re.compile(rb"(?:[^$%]|[$%](?!\{))+")}
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPES = {b"n": "\n", b"t": "\t", b"r": "\r"}
_STRENGTH = {
    "||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}  # fmt: skip
_WORDS = {"true": True, "false": False, "null": None}

_BRACKET = re.compile(rb"[\[\]{}]")

_Found = TypeVar("_Found")


class Lost(Exception):
    """What stands here is no HCL."""


class Reader:
    """Reads one section of a file.

    ``free``: the ends of lines mean nothing here, inside parentheses. ``lost``: something could not be read.
    """

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data = data
        self.at = start
        self.stop = end
        self.free = False
        self.depth = 0
        self.lost = False

    # --- values ------------------------------------------------------------------------------------------------------

    def value(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            raise Lost
        self.blank()
        start = self.at
        found = self.operation(1)
        self.blank()
        if self.byte() == b"?":
            self.at += 1
            then = self.value()
            self.blank()
            self.take(b":")
            otherwise = self.value()
            found = Choice(found, then, otherwise, start, otherwise.end)
        self.depth -= 1
        return found

    def operation(self, strength: int) -> Node:
        left = self.operand()
        while True:
            self.blank()
            found = _OPERATOR.match(self.data, self.at, self.stop)
            name = found[0].decode() if found is not None else ""
            if found is None or _STRENGTH[name] < strength:
                return left
            self.at = found.end()
            right = self.operation(_STRENGTH[name] + 1)
            left = Operation(name, (left, right), left.start, right.end)

    def operand(self) -> Node:
        self.blank()
        start = self.at
        if self.byte() in (b"!", b"-"):
            operator = self.byte().decode()
            self.at += 1
            self.depth += 1
            if self.depth > DEPTH:
                raise Lost
            inner = self.operand()
            self.depth -= 1
            return Operation(operator, (inner,), start, inner.end)
        found = self.first()
        steps = tuple(self.steps())
        if isinstance(found, Path):
            return Path(found.root, (*found.steps, *steps), start, self.at)  # (a.b).c has steps of its own
        return Path(found, steps, start, self.at) if steps else found

    def first(self) -> Node:
        start, byte = self.at, self.byte()
        if (
            take := {b'"': self.quoted, b"[": self.tuple_of, b"{": self.object_of, b"(": self.grouped}.get(byte)
        ) is not None:
            return take()
        if (number := _NUMBER.match(self.data, self.at, self.stop)) is not None:
            self.at = number.end()
            text = number[0].decode()
            return Plain(int(text) if text.isdigit() and len(text) < 19 else float(text), start, self.at)
        if (opened := _HEREDOC.match(self.data, self.at, self.stop)) is not None:
            return self.heredoc(opened)
        name = self.name()
        if name in _WORDS:
            return Plain(_WORDS[name], start, self.at)
        if self.byte() == b"(":
            return self.call(name, start)
        return Path(name, (), start, self.at)

    def steps(self) -> Iterator[str | Node]:
        while True:
            if self.byte() == b"." and self.data[self.at : self.at + 3] != b"...":
                self.at += 1
                if self.byte() == b"*":
                    self.at += 1
                    yield "*"
                elif (number := _NUMBER.match(self.data, self.at, self.stop)) is not None:
                    self.at = number.end()
                    yield Plain(int(float(number[0])), *number.span())
                else:
                    yield self.name()
            elif self.byte() == b"[":
                self.at += 1
                yield self.within(self.index)
                self.take(b"]")
            else:
                return

    def index(self) -> str | Node:
        self.blank()
        if self.byte() == b"*":
            self.at += 1
            self.blank()
            return "*"
        found = self.value()
        self.blank()
        return found

    def call(self, name: str, start: int) -> Node:
        self.at += 1
        arguments = self.within(lambda: self.sequence(b")"))
        self.take(b")")
        return Call(name, tuple(arguments), start, self.at)

    def grouped(self) -> Node:
        self.at += 1
        found = self.within(self.value)
        self.within(self.blank)
        self.take(b")")
        return found

    def tuple_of(self) -> Node:
        start = self.at
        self.at += 1
        if self.is_for():
            return self.within(lambda: self.computed_until(start, b"[", b"]"))
        items = self.within(lambda: self.sequence(b"]"))
        closed = self.byte() == b"]"
        self.at += closed
        return List(tuple(items), start, self.at, closed and not any(isinstance(item, Missing) for item in items))

    def sequence(self, closing: bytes) -> list[Node]:
        """Values between commas, up to a bracket that is left to the caller. One that cannot be read stays as such."""
        items: list[Node] = []
        while True:
            self.blank()
            if self.byte() in (closing, b"}", b"") or (closing == b"]" and self.at_item()):
                return items
            start, depth = self.at, self.depth
            try:
                items.append(self.value())
                self.blank()
                if self.data[self.at : self.at + 3] == b"...":
                    self.at += 3
                    items[-1] = Computed(start, self.at)
                    self.blank()
                if self.byte() == b",":
                    self.at += 1
                elif self.byte() != closing:
                    raise Lost
            except Lost:
                if closing == b")":
                    raise
                self.depth = depth
                self.to_end_of_line()
                items.append(Missing(start, self.at))

    def object_of(self) -> Node:
        start = self.at
        self.at += 1
        if self.is_for():
            return self.within(lambda: self.computed_until(start, b"{", b"}"))
        free, self.free = self.free, False
        entries: list[Entry] = []
        whole = True
        while True:
            self.blank(lines=True)
            if self.byte() == b",":
                self.at += 1
                continue
            if self.at >= self.stop or self.byte() in (b"}", b"]", b")"):
                break
            depth = self.depth
            try:
                entries.append(self.entry())
            except Lost:
                self.depth = depth
                whole = False
                self.to_end_of_line()
        closed = self.byte() == b"}" and self.at < self.stop
        self.at += closed
        self.free = free
        return Object(tuple(entries), start, self.at, whole and closed)

    def entry(self) -> Entry:
        start = self.at
        name = _NAME.match(self.data, self.at, self.stop)
        after = _BLANK.match(self.data, name.end(), self.stop) if name is not None else None
        follows = after.end() if after is not None else name.end() if name is not None else 0
        if name is not None and self.data[follows : follows + 1] in (b"=", b":"):
            self.at = name.end()
            key: Node = Text((name[0].decode("utf-8", "replace"),), start, self.at)
        else:
            key = self.operand()
        end = self.at
        self.blank()
        if self.byte() not in (b"=", b":"):
            raise Lost
        self.at += 1
        found = self.value()
        self.blank()
        if self.byte() not in (b"\n", b",", b"}", b""):
            raise Lost
        return Entry(key, (start, end), found)

    # --- texts -------------------------------------------------------------------------------------------------------

    def quoted(self) -> Node:
        start = self.at
        self.at += 1
        parts = tuple(self.parts("quoted", self.stop))
        self.take(b'"')
        return Text(parts, start, self.at)

    def heredoc(self, opened: re.Match[bytes]) -> Node:
        closing = re.compile(rb"^[ \t]*" + re.escape(opened[1]) + rb"(?![\w-])", re.MULTILINE)
        found = closing.search(self.data, opened.end(), self.stop)
        if found is None:
            raise Lost
        self.at = opened.end()
        parts = tuple(self.parts("heredoc", found.start()))
        self.at = found.end()
        return Text(parts, opened.start(), self.at)

    def parts(self, kind: str, stop: int) -> Iterator[str | Node]:
        while self.at < stop:
            if (found := _WRITTEN[kind].match(self.data, self.at, stop)) is not None:
                self.at = found.end()
                yield found[0].decode("utf-8", "replace")
            elif kind == "quoted" and self.byte() == b'"':
                return
            elif kind == "quoted" and (escaped := _ESCAPE.match(self.data, self.at, stop)) is not None:
                self.at = escaped.end()
                yield _unescaped(escaped)
            elif self.byte() in (b"$", b"%"):
                yield self.placeholder(stop)
            else:
                raise Lost

    def placeholder(self, stop: int) -> str | Node:
        """``${expression}``; ``$${`` is written text, and ``%{directive}`` decides about the text around it."""
        start = self.at
        if self.data[start - 1 : start] == self.byte():
            self.at += 2
            return "{"
        self.at += 2
        if self.data[start : start + 1] == b"%":
            end = self.data.find(b"}", self.at, stop)
            if end < 0:
                raise Lost
            self.at = end + 1
            return Computed(start, self.at)
        self.at += self.byte() == b"~"
        found = self.within(self.value)
        self.within(self.blank)
        self.at += self.byte() == b"~"
        self.take(b"}")
        return found

    # --- small steps -------------------------------------------------------------------------------------------------

    def byte(self) -> bytes:
        return self.data[self.at : min(self.at + 1, self.stop)]

    def take(self, wanted: bytes) -> None:
        if self.byte() != wanted:
            raise Lost
        self.at += 1

    def name(self) -> str:
        found = _NAME.match(self.data, self.at, self.stop)
        if found is None:
            raise Lost
        self.at = found.end()
        return found[0].decode("utf-8", "replace")

    def blank(self, lines: bool = False) -> None:
        pattern = _BLANK_LINES if lines or self.free else _BLANK
        found = pattern.match(self.data, self.at, self.stop)
        if found is not None:
            self.at = found.end()

    def within(self, read: Callable[[], _Found]) -> _Found:
        """Reads what stands inside brackets, where a line may end anywhere."""
        free, self.free = self.free, True
        try:
            return read()
        finally:
            self.free = free

    def is_for(self) -> bool:
        self.within(self.blank)
        found = _NAME.match(self.data, self.at, self.stop)
        return found is not None and found[0] == b"for" and self.data[found.end() : found.end() + 1].isspace()

    def at_item(self) -> bool:
        """Does a line begin here that can only be the next attribute?"""
        line = self.data.rfind(b"\n", 0, self.at) + 1
        return not self.data[line : self.at].strip() and _ITEM.match(self.data, self.at, self.stop) is not None

    def computed_until(self, start: int, opening: bytes, closing: bytes) -> Node:
        """Up to the bracket that closes this one."""
        level = 1
        for found in _BRACKET.finditer(self.data, self.at, self.stop):
            level += (found[0] == opening) - (found[0] == closing)
            if not level:
                self.at = found.end()
                return Computed(start, self.at)
        raise Lost

    def to_end_of_line(self) -> None:
        """Leaves out what cannot be read."""
        self.lost = True
        end = self.data.find(b"\n", self.at, self.stop)
        self.at = end if end >= 0 else self.stop


def _unescaped(found: re.Match[bytes]) -> str:
    if found[3] is not None:
        return _ESCAPES.get(found[3], found[3].decode("utf-8", "replace"))
    number = int(found[1] or found[2], 16)
    return chr(number) if number <= 0x10FFFF else "?"
