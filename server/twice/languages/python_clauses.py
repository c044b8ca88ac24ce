"""Writes into clauses: what an except clause begins with, how it ends, what it lets through."""

from __future__ import annotations

from twice import outline as o
from twice.action import Edits
from twice.languages.python_lines import indent, line_end, line_start
from twice.languages.python_places import blocks, body_of, clause_at, function_at, statement_at
from twice.languages.python_source import Source
from twice.languages.python_statements import insert_after, insert_before
from twice.text import Place


def begin(source: Source, clause: Place, text: str) -> Edits | None:
    """A new statement at the head of the clause that catches this error, or of the function of this name."""
    found = clause_at(source.outline, clause)
    body = found.body if found is not None else body_of(source.outline, clause)
    return insert_before(source, source.place(body[0]), text) if body else None


def end(source: Source, function: Place, text: str) -> Edits | None:
    """A new statement at the end of the function of this name, which nothing leaves before. ``{first}`` and ``{second}`` are its parameters."""
    body = body_of(source.outline, function)
    around = function_at(source.outline, body[0]) if body else None
    parameters = [one.name for one in around.parameters if not one.star] if around is not None else []
    names = dict(zip(("first", "second"), parameters, strict=False))
    if around is None or any(isinstance(one, o.Leave) and one.kind == "return" for one in around.statements):
        return None
    if any(f"{{{word}}}" in text and word not in names for word in ("first", "second")):
        return None
    for word, name in names.items():
        text = text.replace(f"{{{word}}}", name)
    return insert_after(source, source.place(body[-1]), text)


def raise_instead(source: Source, statement: Place) -> Edits | None:
    """``raise`` in the place of the statement around a place, when it stands in a clause that caught an error."""
    found = statement_at(source.outline, statement)
    tries = (one for block in blocks(source.outline, statement) for one in block if isinstance(one, o.Try))
    caught = any(found is inner for one in tries for c in one.excepts for inner in o.statements(c.body))
    if found is None or not caught or _is_dropped(source, statement):
        return None
    return (source.edit(found.start, found.end, "raise"),)


def raise_in(source: Source, clause: Place) -> Edits | None:
    """``raise`` as the last statement of the clause; it takes the place of one that only leaves or does nothing."""
    found = clause_at(source.outline, clause)
    if found is None or not found.body or _is_dropped(source, clause):
        return None
    last = found.body[-1]
    if isinstance(last, o.Leave) or source.text(last).strip() in ("pass", "..."):
        return (source.edit(last.start, last.end, "raise"),)
    if source.data[line_start(source.data, last.start) : last.start].strip():
        return None
    end = line_end(source.data, last.end)
    return (source.edit(end, end, f"\n{indent(source.data, last.start)}raise"),)


def _is_dropped(source: Source, place: Place) -> bool:
    """Does a ``finally`` around the place leave, and so drop whatever is raised?"""
    tries = [one for block in blocks(source.outline, place) for one in block if isinstance(one, o.Try)]
    around = [one for one in tries if one.start <= place.start and place.end <= one.end]
    return any(isinstance(last, o.Leave) and last.kind != "raise" for one in around for last in o.statements(one.final))


def let_through(source: Source, clause: Place, error: str) -> Edits | None:
    """An error (a dotted name) is raised again before the clause that catches it with others."""
    found = clause_at(source.outline, clause)
    if not error or found is None or not found.body:
        return None
    start = line_start(source.data, found.start)
    own, inner = indent(source.data, found.start), indent(source.data, found.body[0].start)
    if source.data[start : found.start].strip() or len(inner) <= len(own):
        return None
    module, _, name = error.rpartition(".")
    named, imports = source.named(error, name, f"from {module} import {name}")
    return (*imports, source.edit(start, start, f"{own}except {named}:\n{inner}raise\n"))
