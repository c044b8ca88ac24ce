"""Property files as Java reads them: keys and values with byte offsets, and the comments that speak to Twice.

There are no comments behind a value: ``topics = a  # all`` is a value with a ``#`` in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice.comments import Comment
from twice.languages.template import Literal, Record
from twice.languages.template_edit import Change, Span

# A logical line goes on where its end is escaped; blank lines and those that begin with # or ! say nothing.
_LINE = re.compile(rb"^[ \t\f]*(?P<text>(?:\\(?:\r\n|.|\n)|[^\\\r\n])+)", re.MULTILINE)
_PAIR = re.compile(rb"(?P<key>(?:\\.|[^\\\s=:])+)(?:[ \t\f]*[=:][ \t\f]*|[ \t\f]+|(?=\s*\Z))(?P<value>.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(\r\n|\n)[ \t]*|(.))", re.DOTALL)
_SPOKEN = re.compile(rb"#[ \t]*twice:")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f"}


def properties(data: bytes) -> Record:
    """The pairs of a file; of a key that is written twice the last one counts."""
    fields: dict[str, Literal] = {}
    keys: dict[str, tuple[int, int]] = {}
    for line in _statements(data):
        found = _PAIR.fullmatch(line["text"].rstrip())
        if found is None:
            continue
        at = line.start("text")
        key = _plain(found["key"])
        fields[key] = Literal(_plain(found["value"]), at + found.start("value"), at + found.end("value"))
        keys[key] = at + found.start("key"), at + found.end("key")
    return Record(fields, keys, 0, len(data))


def change(data: bytes, change: Change) -> tuple[Span, ...] | None:
    """The value of a pair, or a new pair behind the last one, spaced as that one is."""
    key = ".".join(change.keys)
    text = str(change.value).lower() if isinstance(change.value, bool) else str(change.value)
    known = properties(data).fields.get(key)
    if isinstance(known, Literal):
        return ((known.start, known.end, text),)
    last = max(_statements(data), key=lambda found: found.end("text"), default=None)
    if last is None:
        return None
    pair = _PAIR.fullmatch(last["text"].rstrip())
    end = last.start("text") + len(last["text"].rstrip())
    between = last["text"][pair.end("key") : pair.start("value")].decode() if pair is not None else "="
    return ((end, end, f"\n{key}{between}{text}"),)


def comments(data: bytes) -> Iterator[Comment]:
    """The comments in which ``# twice:`` stands, each about the line below it."""
    if not _SPOKEN.search(data):
        return
    lines = [found.span("text") for found in _statements(data)]
    for found in _LINE.finditer(data):
        if _SPOKEN.match(found["text"]):
            end = found.end("text")
            yield Comment(found.start("text"), end, True, next((span for span in lines if span[0] > end), None))


def _statements(data: bytes) -> Iterator[re.Match[bytes]]:
    return (found for found in _LINE.finditer(data) if found["text"][:1] not in (b"#", b"!") and found["text"].strip())


def _plain(text: bytes) -> str:
    return _ESCAPED.sub(_character, text.decode("utf-8", "replace"))


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return "" if found[2] else _CONTROL.get(found[3], found[3])
