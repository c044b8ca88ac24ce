"""Writes statements: new ones beside others, with the indentation of the place, and old ones somewhere else."""

from __future__ import annotations

import re

from twice import outline as o
from twice.action import Edits
from twice.finding import Edit
from twice.languages.python_lines import indent, line_end, line_start, next_line
from twice.languages.python_places import beside, call_at, function_at, outermost_loop, statement_at
from twice.languages.python_source import Source
from twice.languages.python_words import free_name
from twice.text import Place


def insert_after(source: Source, after: Place, text: str) -> Edits | None:
    """A new statement behind the one around a place."""
    return _behind(source, after, statement_at(source.outline, after), text)


def insert_behind_loops(source: Source, after: Place, text: str) -> Edits | None:
    """A new statement behind the loops around a place, right behind it when a return may leave them."""
    return _behind(source, after, outermost_loop(source.outline, after) or statement_at(source.outline, after), text)


def _behind(source: Source, after: Place, target: o.Statement | None, text: str) -> Edits | None:
    filled = source.filled(after, text) if text else None
    if target is None or isinstance(target, o.Leave) or filled is None:
        return None
    text, imports = filled
    end = line_end(source.data, target.end)
    margin = indent(source.data, target.start)
    lines = "".join(f"\n{margin}{line}" if line else "\n" for line in text.rstrip("\n").split("\n"))
    return (*imports, source.edit(end, end, lines))


def insert_before(source: Source, before: Place, text: str) -> Edits | None:
    """A new statement in front of the one around a place."""
    target = statement_at(source.outline, before)
    filled = source.filled(before, text) if text else None
    start = line_start(source.data, target.start) if target is not None else 0
    if target is None or filled is None or source.data[start : target.start].strip():
        return None
    if source.data.startswith(b"elif", target.start):
        return None
    text, imports = filled
    margin = indent(source.data, target.start)
    lines = "".join(f"{margin}{line}\n" if line else "\n" for line in text.split("\n"))
    return (*imports, source.edit(start, start, lines))


def move_after(source: Source, statement: Place, after: Place) -> Edits | None:
    """The statement around the first place behind the statement around the second, which may be a loop that it stands in."""
    moved, target = statement_at(source.outline, statement), statement_at(source.outline, after)
    if moved is None or target is None or not isinstance(moved, o.Do | o.Assign):
        return None
    outside = target.start <= moved.start and moved.end <= target.end
    around = target if outside else beside(source.outline, moved, source.place(target))
    first = line_start(source.data, moved.start)
    if (
        around is None
        or source.data[first : moved.start].strip()
        or (outside and not _can_leave(source, moved, target))
    ):
        return None
    margin = indent(source.data, around.start)
    if outside and next_line(source.data, moved.end) > around.end:  # it is behind the rest of the loop already
        return (source.edit(first, moved.start, margin),)
    end = line_end(source.data, around.end)
    removed = source.edit(first, next_line(source.data, moved.end), "")
    return removed, source.edit(end, end, f"\n{margin}{source.text(moved)}")


def _can_leave(source: Source, moved: o.Statement, loop: o.Statement) -> bool:
    """Behind the loop it is reached after the last round only, asks for nothing that a round computes, and leaves no empty block."""
    if not isinstance(loop, o.Loop) or not isinstance(moved, o.Do):
        return False
    inside = o.statements(loop.body)
    ends_early = any(isinstance(one, o.Leave) and one.kind in ("break", "return") for one in inside)
    own = next(block for block in (loop.body, *(b for one in inside for b in o.blocks_of(one))) if moved in block)
    used = set(re.findall(r"\w+", source.text(moved)))
    return not ends_early and not loop.otherwise and len(own) > 1 and not used & o.names_bound((loop,))


def delete(source: Source, statement: Place) -> Edits | None:
    """Without the statement around a place."""
    found = statement_at(source.outline, statement)
    start = line_start(source.data, found.start) if found is not None else 0
    if found is None or source.data[start : found.start].strip():
        return None
    return (source.edit(start, next_line(source.data, found.end), ""),)


def hand_back(source: Source, statement: Place) -> Edits | None:
    """What the statement at a place computes is returned, when it is the last of its function."""
    found = statement_at(source.outline, statement)
    last = any(function.body and function.body[-1] is found for function in source.outline.functions)
    return (source.edit(found.start, found.start, "return "),) if isinstance(found, o.Do) and last else None


def hoist(source: Source, value: Place, before: Place) -> Edits | None:
    """A value computed once, in front of the loop around the second place, which computes it in each round."""
    around = statement_at(source.outline, before)
    text = source.data[value.start : value.end].decode("utf-8", "replace")
    name = free_name(source.outline, "message_id", "same_id")
    if not isinstance(around, o.Loop) or around.target is None or not around.start <= value.start < around.end:
        return None
    if not name or "\n" in text or o.names_bound((around,)) & set(re.findall(r"\w+", text)):
        return None
    made = insert_before(source, before, f"{name} = {text}")
    return (*made, Edit(value, name)) if made is not None else None


def look(source: Source, call: Place, text: str) -> Edits | None:
    """``answer = call(...)`` and the statement behind it; an answer that has a name already keeps it."""
    statement, found = statement_at(source.outline, call), call_at(source.outline, call)
    value = statement.value if isinstance(statement, o.Do | o.Assign) else None
    if found is None or value is None or (value.value if isinstance(value, o.Await) else value) is not found:
        return None
    if _is_parameter(source.outline, found):
        return None  # what is called there differs from run to run
    name = _name_of_answer(source.outline, statement)
    behind = insert_after(source, call, text.replace("{answer}", name)) if name else None
    if behind is None or not isinstance(statement, o.Do):
        return behind
    return (source.edit(statement.start, statement.start, f"{name} = "), *behind)


def _is_parameter(outline: o.Outline, call: o.Call) -> bool:
    function = function_at(outline, call)
    named = {one.name for one in function.parameters} if function is not None else set()
    return isinstance(call.callee, o.Name) and call.callee.id in named


def _name_of_answer(outline: o.Outline, statement: o.Statement | None) -> str:
    """What the answer is called that a statement keeps; a new name where it keeps none."""
    if isinstance(statement, o.Assign):
        target = statement.targets[0] if len(statement.targets) == 1 and not statement.operator else None
        return target.id if isinstance(target, o.Name) else ""
    return free_name(outline, "answer", "response", "outcome")
