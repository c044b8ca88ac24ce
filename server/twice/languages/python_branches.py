"""Writes into branches: what is done in all other cases, and how a branch that drops the event ends."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.action import Edits
from twice.languages.python_lines import indent, line_end, line_start
from twice.languages.python_places import blocks
from twice.languages.python_source import Source
from twice.languages.python_words import logger_name
from twice.text import Place

_TELLING = frozenset({"print", "log", "logger", "logging", "LOG", "LOGGER", "warnings"})


def otherwise(source: Source, condition: Place, text: str) -> Edits | None:
    """A statement for all other cases behind the last branch of the conditions around a place, where there is none.

    ``{asked}`` in the text is what that condition asks about.
    """
    chain = _chain(source.outline, condition)
    if not chain or chain[-1].otherwise:
        return None
    test = chain[-1].test
    asked = test.operands[0] if isinstance(test, o.Operation) else None
    if "{asked}" in text:
        if not isinstance(asked, o.Name | o.Attribute | o.Subscript | o.Call):
            return None
        text = text.replace("{asked}", source.text(asked))
    first, branch = chain[0], chain[-1].then
    margin, inner = indent(source.data, first.start), indent(source.data, branch[0].start) if branch else ""
    if (
        not branch
        or len(inner) <= len(margin)
        or source.data[line_start(source.data, first.start) : first.start].strip()
    ):
        return None
    end = line_end(source.data, max(branch[-1].end, chain[-1].end))
    return (source.edit(end, end, f"\n{margin}else:\n{inner}{text}"),)


def leave_by(source: Source, condition: Place, text: str) -> Edits | None:
    """A statement in the place of the ``return``, ``continue`` or ``pass`` of a branch that does nothing else but tell of it."""
    around = [one for one in _conditions(source.outline, condition) if _holds(one.test, condition)]
    branch = around[-1].then if around else ()
    if not branch or not all(_tells(source, one) for one in branch[:-1]):
        return None
    last = branch[-1]
    is_leave = isinstance(last, o.Leave) and last.kind in ("return", "continue")
    if not is_leave and source.text(last).strip() != "pass":
        return None
    return (source.edit(last.start, last.end, text),)


def _tells(source: Source, statement: o.Statement) -> bool:
    """Does a statement only write a line of a log?"""
    if not isinstance(statement, o.Do) or not isinstance(statement.value, o.Call):
        return False
    root: o.Value = statement.value.callee
    while isinstance(root, o.Attribute):
        root = root.base
    return isinstance(root, o.Name) and root.id in {*_TELLING, logger_name(source.outline)}


def _chain(outline: o.Outline, place: Place) -> list[o.If]:
    """``if`` and its ``elif`` from the first to the last, of which one has its condition around the place."""
    asking = [one for one in _conditions(outline, place) if _holds(one.test, place)]
    if not asking:
        return []
    chain = [asking[-1]]
    while (inner := _elif(outline, chain[-1])) is not None:
        chain.append(inner)
    for outer in reversed(list(_conditions(outline, place))):
        if _elif(outline, outer) is chain[0]:
            chain.insert(0, outer)
    return chain


def _elif(outline: o.Outline, condition: o.If) -> o.If | None:
    rest = condition.otherwise
    inner = rest[0] if len(rest) == 1 else None
    return inner if isinstance(inner, o.If) and outline.data.startswith(b"elif", inner.start) else None


def _conditions(outline: o.Outline, place: Place) -> Iterator[o.If]:
    """The conditions around a place, the outermost first."""
    found = {id(one): one for block in blocks(outline, place) for one in block if isinstance(one, o.If)}
    around = (one for one in found.values() if one.start <= place.start and place.end <= one.end)
    return iter(sorted(around, key=lambda one: (one.start, -one.end)))


def _holds(node: o.Node, place: Place) -> bool:
    return node.start <= place.start and place.end <= node.end
