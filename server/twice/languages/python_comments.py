"""The comments of a Python file that speak to Twice, and which statement or function each is about."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from twice.comments import Comment
from twice.syntax import python_root

_SPOKEN = re.compile(rb"#[ \t]*twice:")
_NOTHING = re.compile(rb"(?:\s|#[^\r\n]*|\\\r?\n)*")

_DEFINITIONS = ("function_definition", "class_definition", "decorated_definition")
_CLAUSES = ("elif_clause", "else_clause", "except_clause", "except_group_clause", "finally_clause", "case_clause")
_BLOCKS = ("block", "module")


def comments(data: bytes) -> Iterator[Comment]:
    """The comments in which ``# twice:`` stands; text that only looks like one is none."""
    if not _SPOKEN.search(data):
        return
    root = python_root(data)
    last = -1
    for found in _SPOKEN.finditer(data):
        node = root.descendant_for_byte_range(found.start(), found.start() + 1)
        if node is not None and node.type == "comment" and node.start_byte != last:
            last = node.start_byte
            yield _comment(data, root, node)


def logical_line(data: bytes, at: int) -> int:
    """Where the logical line around a byte begins: above it there is room for a comment about it."""
    line = _line_of(python_root(data).descendant_for_byte_range(at, at + 1))
    return _line_start(data, line.start_byte if line is not None else at)


def _comment(data: bytes, root: Node, comment: Node) -> Comment:
    start = _line_start(data, comment.start_byte)
    alone = not data[start : comment.start_byte].strip()
    statement = _around(comment) if alone else _ending_before(data, root, comment)
    if statement is None and alone:
        about = _below(data, root, comment)
    elif statement is None:
        about = start, comment.start_byte
    else:
        about = _header(data, statement)
    return Comment(comment.start_byte, comment.end_byte, alone, about)


def _around(comment: Node) -> Node | None:
    """The statement that a comment on a line of its own lies inside of, between brackets say; mostly there is none."""
    node = comment.parent
    while node is not None and node.type not in (*_BLOCKS, "decorated_definition"):
        if _is_line(node):
            return node if comment.start_byte < _header_end(node) else None
        node = node.parent
    return None


def _ending_before(data: bytes, root: Node, comment: Node) -> Node | None:
    before = len(data[: comment.start_byte].rstrip())
    return _line_of(root.descendant_for_byte_range(before - 1, before)) if before else None


def _below(data: bytes, root: Node, comment: Node) -> tuple[int, int] | None:
    """The logical line below, or the whole function or class when one begins there."""
    rest = _NOTHING.match(data, comment.end_byte)
    at = rest.end() if rest is not None else len(data)
    node = root.descendant_for_byte_range(at, at + 1) if at < len(data) else None
    line = _line_of(node)
    if line is None:
        return (at, _line_end(data, at)) if at < len(data) else None
    if line.parent is not None and line.parent.type == "decorated_definition":
        line = line.parent
    if line.type in _DEFINITIONS and line.start_byte <= at <= _header_end(line):
        return line.start_byte, line.end_byte
    return _header(data, line)


def _line_of(node: Node | None) -> Node | None:
    """The statement or clause whose logical line this is part of."""
    while node is not None and not _is_line(node):
        node = node.parent
    return node


def _is_line(node: Node) -> bool:
    """Does a logical line begin here: a statement, the head of a compound one, a decorator?"""
    if node.type in (*_CLAUSES, *_DEFINITIONS, "decorator"):
        return True
    return node.parent is not None and node.parent.type in _BLOCKS and node.type not in ("comment", "ERROR")


def _header(data: bytes, statement: Node) -> tuple[int, int]:
    """The whole lines from where a statement begins to where it ends, or to where its block begins."""
    return _line_start(data, statement.start_byte), _line_end(data, _header_end(statement))


def _header_end(statement: Node) -> int:
    """The end of a statement; of a compound one, the byte behind its colon."""
    if statement.type == "decorated_definition":
        definition = statement.child_by_field_name("definition")
        return _header_end(definition) if definition is not None else statement.end_byte
    colon = next((child for child in statement.children if child.type == ":"), None)
    block = any(child.type == "block" for child in statement.children)
    return colon.end_byte if colon is not None and block else statement.end_byte


def _line_start(data: bytes, at: int) -> int:
    return max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1


def _line_end(data: bytes, at: int) -> int:
    found = re.compile(rb"[\r\n]").search(data, at)
    return found.start() if found else len(data)
