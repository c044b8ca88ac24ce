"""Writes something around each round of a loop that ends its function."""

from __future__ import annotations

import re
from collections.abc import Mapping

from twice import outline as o
from twice.action import Edits
from twice.languages.python_lines import indent, line_end, line_start
from twice.languages.python_places import function_at
from twice.languages.python_source import Source
from twice.languages.python_words import free_name
from twice.text import Place

_LOOP, _BODY, STEP = "{loop}", "{body}", "    "


def wrap_rounds(source: Source, place: Place, text: str) -> Edits | None:
    """The loop at a place as the lines of a text say: ``{loop}`` is its head, ``{body}`` what it does in each round, ``{failed}`` a new name.

    An answer behind the loop that is the same every time goes with it. None where something else is done there, where the loop is
    left early, or holds texts of several lines, which would be moved with it.
    """
    found = _last_loop(source.outline, place)
    filled = source.filled(place, text)
    if found is None or filled is None or not _is_plain(source, found[0]):
        return None
    loop, end = found
    text, imports = filled
    name = free_name(source.outline, "failed", "failures", "failed_records")
    if "{failed}" in text and not name:
        return None
    lines = _lines(source, loop, text.replace("{failed}", name))
    return (*imports, source.edit(loop.start, line_end(source.data, end), "\n".join(lines).lstrip()))


def _last_loop(outline: o.Outline, place: Place) -> tuple[o.Loop, int] | None:
    """The loop at a place, and where its function ends, if that does nothing behind it."""
    function = function_at(outline, o.Node(place.start, place.end))
    body = function.body if function is not None else ()
    loop = next((one for one in body[-2:] if isinstance(one, o.Loop) and one.start == place.start), None)
    last = body[-1] if body else None
    if loop is None or (last is not loop and not (isinstance(last, o.Leave) and _is_constant(last.value))):
        return None
    return loop, last.end if last is not None else loop.end


def _is_constant(value: o.Value | None) -> bool:
    """Nothing, a literal, or literals in each other, one of them perhaps as text."""
    if isinstance(value, o.Call):
        return o.called_name(value) == "dumps" and all(_is_constant(one.value) for one in value.arguments)
    if isinstance(value, o.Mapping):
        return all(_is_constant(key) and _is_constant(one) for key, one in value.items)
    if isinstance(value, o.Collection):
        return all(_is_constant(one) for one in value.items)
    return value is None or isinstance(value, o.Literal)


def _is_plain(source: Source, loop: o.Loop) -> bool:
    """Can its body be moved to the right without a change of what it does, and does it come to its end?"""
    if not loop.body:
        return False
    text = source.data[loop.start : loop.end]
    below = source.data[line_start(source.data, loop.body[0].start) : loop.body[0].start].strip() == b""
    leaves = any(isinstance(one, o.Leave) and one.kind in ("return", "break") for one in o.statements(loop.body))
    several = re.search(rb'"""|\'\'\'|\\\r?\n|\byield\b', text) is not None
    return below and not leaves and not several and not loop.otherwise and not loop.is_async


def _lines(source: Source, loop: o.Loop, text: str) -> list[str]:
    own, inner = indent(source.data, loop.start), indent(source.data, loop.body[0].start)
    first = line_start(source.data, loop.body[0].start)
    head = split(source.data[loop.start : first])
    body = split(source.data[first : line_end(source.data, loop.end)])
    lines = laid_out(text, own, inner.removeprefix(own) or STEP, {_LOOP: (head[:1], ""), _BODY: (body, inner)})
    at = next(index for index, line in enumerate(lines) if line.endswith(head[0]))
    return [*lines[: at + 1], *head[1:], *lines[at + 1 :]]


def laid_out(text: str, own: str, step: str, fillings: Mapping[str, tuple[list[str], str]]) -> list[str]:
    """The lines of a text at a margin, indented by steps; a word stands for lines of the file, which had a margin of their own."""
    found: list[str] = []
    for line in text.rstrip("\n").split("\n"):
        margin = own + step * ((len(line) - len(line.lstrip())) // len(STEP))
        several, before = fillings.get(line.strip(), ([line.strip()], ""))
        found += [f"{margin}{one.removeprefix(before)}" if one.strip() else "" for one in several]
    return found


def split(data: bytes) -> list[str]:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n").split("\n")
