"""Documents that people read: their title, and what they call by its name. Markdown, reStructuredText and AsciiDoc.

Known by their path, because there are many and few are read: a runbook says so in the name of its file or of its folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

ENDINGS = (".md", ".markdown", ".rst", ".adoc", ".asciidoc")
_SAYS_SO = re.compile(
    r"(?i)(?:^|[/_. -])(?:(?:run|play)[_-]?books?|on[_-]?call|dead[_-]?letters?|dlqs?|redriv(?:e|es|ing)|replay(?:s|ing)?"
    r"|recover(?:y|ing)|operations?|incidents?|outages?|disaster)(?=[/_. -])"
)
_FRONT_MATTER = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n.*?^---[ \t]*\r?\n", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(rb"^[#= \t]*([^\s#=~*\-][^\r\n]*?)[#= \t]*\r?$", re.MULTILINE)

# A name in the middle of a sentence is told from a word by what joins its parts: orders-dlq, OrdersDeadLetters, order.placed.
_PARAMETER = r"(?:\$?\{[\w.:-]*\}|<[\w.:-]+>(?![\w/]))"
_NAME = rf"(?:[A-Za-z0-9]|{_PARAMETER}(?=[_.-]))(?:[\w.-]|{_PARAMETER})*(?<![.-])"
_JOINED = re.compile(r"[_\-<{$\d]|\w\.\w|[a-z][A-Z]")
_NAMES = re.compile(_NAME)
# Else it is written as code, or said to be a queue.
_CODE = re.compile(r"(?ms)^[ \t]*(```|~~~|----)(.*?)^[ \t]*\1|``(.+?)``|`([^`\n]+)`")
_SAID = re.compile(rf"(?i)({_NAME})\s+(?:queue|topic|stream|subscription|dlq)\b")


class Prose(Struct, frozen=True):
    """A document: its title with the place of that, and the names in it."""

    title: str
    start: int
    end: int
    names: frozenset[str]


def is_runbook(path: str) -> bool:
    """Does the path of a document say that people follow it when something has to be done?"""
    return path.lower().endswith(ENDINGS) and _SAYS_SO.search(path) is not None


def prose(data: bytes) -> Prose:
    """What a document says, as far as it is of use here."""
    front = _FRONT_MATTER.match(data)
    title = _TITLE.search(data, front.end() if front is not None else 0)
    start, end = title.span(1) if title is not None else (0, 0)
    return Prose(
        data[start:end].decode("utf-8", "replace"), start, end, frozenset(_names(data.decode("utf-8", "replace")))
    )


def _names(text: str) -> Iterator[str]:
    yield from (word for word in _NAMES.findall(text) if _JOINED.search(word))
    for found in _CODE.finditer(text):
        yield from _NAMES.findall(found[found.lastindex or 0])
    yield from _SAID.findall(text)
