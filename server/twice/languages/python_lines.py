"""Where a line of a Python file begins and ends, and how far it is indented."""

from __future__ import annotations

import re

from twice.text import Text


def line_start(data: bytes, offset: int) -> int:
    text = Text(data)
    return text.starts[text.position(offset).line]


def line_end(data: bytes, offset: int) -> int:
    found = re.compile(rb"\r\n|\n|\r").search(data, offset)
    return found.start() if found else len(data)


def next_line(data: bytes, offset: int) -> int:
    found = re.compile(rb"\r\n|\n|\r").search(data, offset)
    return found.end() if found else len(data)


def indent(data: bytes, offset: int) -> str:
    line = data[line_start(data, offset) : offset]
    return line[: len(line) - len(line.lstrip())].decode("utf-8", "replace")
