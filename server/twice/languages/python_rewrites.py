"""What a fix writes around a place of Python source: an entry of a mapping, a bound callback, the name of a caught error."""

from __future__ import annotations

import re
from collections.abc import Callable

from twice import outline as o
from twice.finding import Edit
from twice.languages.python_places import blocks
from twice.text import Place

Edits = tuple[Edit, ...]

_LOGGER = re.compile(r"(?i)(get_?)?logger")


def entry(path: str, data: bytes, call: o.Call, argument: str, text: str) -> Edits | None:
    """An argument written ``@0:a.b`` is the entry ``"a.b"`` of the mapping that is the call's first argument."""
    number, _, key = argument[1:].partition(":")
    given = [one for one in call.arguments if one.name is None and not one.star]
    if not number.isdigit() or not key or int(number) >= len(given):
        return None
    mapping = given[int(number)].value
    if not isinstance(mapping, o.Mapping) or any(name is None for name, _ in mapping.items):
        return None
    for name, value in mapping.items:
        if isinstance(name, o.Literal) and name.value == key:
            return (Edit(Place(path, value.start, value.end), text),)
    if not mapping.items:
        return (Edit(Place(path, mapping.start + 1, mapping.start + 1), f'"{key}": {text}'),)
    return _behind(path, data, mapping, f'"{key}": {text}')


def _behind(path: str, data: bytes, mapping: o.Mapping, text: str) -> Edits:
    """Behind the last entry, on a line of its own where that has one."""
    last = mapping.items[-1]
    first = last[0] or last[1]
    line = data[: first.start].rpartition(b"\n")[2]
    between = f"\n{line.decode('utf-8', 'replace')}" if line.strip() == b"" and b"\n" in data[: first.start] else " "
    return (Edit(Place(path, last[1].end, last[1].end), f",{between}{text}"),)


def error_name(outline: o.Outline, place: Place) -> tuple[str, Edits] | None:
    """What the clause around a place calls the error it caught, and how it comes to that name; None where nothing is caught by type."""
    tries = [one for block in blocks(outline, place) for one in block if isinstance(one, o.Try)]
    clauses = [c for one in tries for c in one.excepts if c.start <= place.start and place.end <= c.end]
    clause = min(clauses, key=lambda one: one.end - one.start, default=None)
    if clause is None or not clause.types:
        return None
    if clause.name:
        return clause.name, ()
    header = re.compile(rb"[\s,)]*:").match(outline.data, clause.types[-1].end)
    name = next((one for one in ("error", "failure") if not is_word(outline, one)), None)
    if header is None or name is None:
        return None
    return name, (Edit(Place(place.path, header.end() - 1, header.end() - 1), f" as {name}"),)


def logger_name(outline: o.Outline) -> str:
    """What the file calls its own logger; nothing when it has none."""
    for statement in outline.module.body:
        if isinstance(statement, o.Assign) and isinstance(statement.value, o.Call) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, o.Name) and _LOGGER.fullmatch(o.called_name(statement.value)):
                return target.id
    return ""


def bound(outline: o.Outline, call: Place, named: Callable[[], tuple[str, Edits]]) -> Edits | None:
    """``lambda: f(x)`` as ``partial(f, x)``; ``named`` is how the file calls ``partial``."""
    found = [one for one in _lambdas(outline, call) if not one.function.parameters]
    around = min(found, key=lambda one: one.end - one.start, default=None)
    if around is None or len(around.function.body) != 1:
        return None
    body = around.function.body[0]
    made = body.value if isinstance(body, o.Leave) else None
    if not isinstance(made, o.Call) or not made.arguments or not made.callee.start <= call.start < made.end:
        return None
    callee = outline.data[made.callee.start : made.callee.end].decode("utf-8", "replace")
    given = outline.data[made.opens : made.end - 1].decode("utf-8", "replace")
    partial, imports = named()
    return (*imports, Edit(Place(call.path, around.start, around.end), f"{partial}({callee}, {given.lstrip()})"))


def _lambdas(outline: o.Outline, place: Place) -> list[o.Lambda]:
    return [
        part
        for block in blocks(outline, place)
        for statement in block
        for value in o.values_of(statement)
        for part in o.walk(value)
        if isinstance(part, o.Lambda) and part.start <= place.start and place.end <= part.end
    ]


def outermost_loop(outline: o.Outline, place: Place) -> o.Loop | None:
    """The outermost loop around a place in its function; None when there is none, or when it may be left by a return."""
    inner = min(
        (one for one in outline.functions if one.start <= place.start and place.end <= one.end),
        key=lambda one: one.end - one.start,
        default=None,
    )
    around = inner.statements if inner is not None else ()
    loops = [one for one in around if isinstance(one, o.Loop) and one.start <= place.start and place.end <= one.end]
    outermost = max(loops, key=lambda one: one.end - one.start, default=None)
    if outermost is None or any(isinstance(s, o.Leave) and s.kind == "return" for s in o.statements(outermost.body)):
        return None
    return outermost


def is_word(outline: o.Outline, name: str) -> bool:
    return re.search(rb"\b%s\b" % name.encode(), outline.data) is not None
