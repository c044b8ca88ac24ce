"""Names that a Python file imports, or is given an import for."""

from __future__ import annotations

import re

from twice import outline as o
from twice.action import Edits
from twice.finding import Edit
from twice.languages.python_lines import line_end, line_start, next_line
from twice.text import Place


def named(outline: o.Outline, path: str, dotted: str, usual: str, importing: str) -> tuple[str, Edits]:
    """What a file calls a function, and what has to be imported for that."""
    module, _, member = dotted.rpartition(".")
    for statement in outline.module.body:
        if not isinstance(statement, o.Import):
            continue
        if statement.module == module and statement.member == member:
            return statement.local, ()
        if statement.member and f"{statement.module}.{statement.member}" == module:
            return f"{statement.local}.{member}", ()
        if not statement.member and statement.module == module and "." not in module:
            return f"{statement.local}.{member}", ()
        if not statement.member and statement.module == module == statement.local:
            return f"{module}.{member}", ()
        if not statement.member and "." not in statement.module and module.startswith(f"{statement.module}."):
            return f"{statement.local}{dotted.removeprefix(statement.module)}", ()
    return usual, imported(outline, path, importing) or ()


def imported(outline: o.Outline, path: str, text: str) -> Edits | None:
    """``from a import b`` or ``import a`` after the last import at the top; nothing when it is there already."""
    imports = [statement for statement in outline.module.body if isinstance(statement, o.Import)]
    wanted = re.match(r"from (\S+) import (\w+)|import (\S+)", text)
    if wanted is None:
        return None
    for statement in imports:
        if wanted[1] and statement.module == wanted[1] and statement.member == wanted[2]:
            return ()
        if wanted[3] and statement.module == wanted[3] and statement.member is None:
            return ()
    if imports:
        end = line_end(outline.data, _logical_end(outline.data, imports[-1]))
        return (Edit(Place(path, end, end), f"\n{text}"),)
    start = _after_docstring(outline)
    return (Edit(Place(path, start, start), f"{text}\n"),)


def _logical_end(data: bytes, statement: o.Import) -> int:
    """The end of an import statement, past the closing bracket of a bracketed one."""
    ending = line_end(data, statement.end)
    if (
        b"(" in data[line_start(data, statement.start) : statement.start]
        or data[statement.end : ending].lstrip()[:1] == b","
    ):
        closing = data.find(b")", statement.end)
        return closing + 1 if closing >= 0 else statement.end
    opened = data.rfind(b"(", 0, statement.start)
    closed = data.rfind(b")", 0, statement.start)
    if opened > closed and b"import" in data[max(0, opened - 200) : opened]:
        closing = data.find(b")", statement.end)
        return closing + 1 if closing >= 0 else statement.end
    return statement.end


def _after_docstring(outline: o.Outline) -> int:
    body = outline.module.body
    first = body[0] if body else None
    if isinstance(first, o.Do) and isinstance(first.value, o.Literal) and isinstance(first.value.value, str):
        return next_line(outline.data, first.end)
    return 0
