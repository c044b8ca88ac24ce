"""Writes the sentence by which a person disagrees with a finding: where it belongs, and in the form of the language.

The reason is left to the person. What the sentence means is for ``silence`` to say.
"""

from __future__ import annotations

import re

from twice.finding import Edit
from twice.languages import python_comments
from twice.languages.cloudformation import resource_around
from twice.languages.yaml_edit import set_attribute
from twice.text import Place

_INDENT = re.compile(rb"[ \t]*")
# What has to stay in front of everything else in a Python file.
_PREAMBLE = re.compile(rb"(?:\xef\xbb\xbf)?(?:#!.*(?:\r\n|\r|\n))?(?:#.*coding[:=].*(?:\r\n|\r|\n))?")


def allowance(place: Place, data: bytes, code: str, reason: str = "") -> tuple[Edit, ...] | None:
    """The edits that allow a rule at this place; None where it cannot be written."""
    if place.path.endswith(".py"):
        start = python_comments.logical_line(data, place.start)
    elif _is_json(data):
        return _metadata(place, data, code, reason)
    else:
        start = max(data.rfind(b"\n", 0, place.start), data.rfind(b"\r", 0, place.start)) + 1
    indent = _INDENT.match(data, start)
    return (_comment(place.path, start, indent[0].decode() if indent else "", "allow", code, reason),)


def file_allowance(path: str, data: bytes, code: str, reason: str = "") -> tuple[Edit, ...] | None:
    """The edits that allow a rule in the whole file; None where it cannot be written."""
    if not path.endswith(".py") and _is_json(data):
        return None
    preamble = _PREAMBLE.match(data) if path.endswith(".py") else None
    return (_comment(path, preamble.end() if preamble else 0, "", "allow-file", code, reason),)


def _comment(path: str, start: int, indent: str, word: str, code: str, reason: str) -> Edit:
    sentence = f"# twice: {word} {code} because {reason}".rstrip()
    return Edit(Place(path, start, start), f"{indent}{sentence}\n")


def _metadata(place: Place, data: bytes, code: str, reason: str) -> tuple[Edit, ...] | None:
    """JSON has no comments: the resource itself says what is allowed."""
    resource = resource_around(data, place.start)
    keys = ("Metadata", "twice", "allow", code)
    spans = set_attribute(data, resource, keys, reason) if resource is not None else None
    return tuple(Edit(Place(place.path, start, end), text) for start, end, text in spans) if spans else None


def _is_json(data: bytes) -> bool:
    return data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
