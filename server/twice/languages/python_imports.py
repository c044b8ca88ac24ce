"""Names that a Python file imports, or is given an import for."""

from __future__ import annotations

import re
import sys
from typing import NamedTuple

from msgspec import Struct

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
    """``from a import b``, also of several names, or ``import a``, where the file's own order has it; nothing when it is there already.

    None for text of another form. A ``from`` that imports of the module already, on one line or with a line for each name, takes
    the names in.
    """
    wanted = re.fullmatch(r"(?:from (\S+) import (\w+(?:, \w+)*)|import (\S+))( as \w+)?", text)
    if wanted is None:
        return None
    module, members, alias = wanted[1] or wanted[3], (wanted[2] or "").split(", "), wanted[4] or ""
    lines = _lines(outline)
    missing = [one for one in members if not any(line.gives(module, one) for line in lines)]
    if not missing:
        return ()
    beside = next(
        (line for line in lines if wanted[2] and line.module == module and line.takes_more(outline.data)), None
    )
    if beside is not None:
        between = beside.between(outline.data) or ", "
        return tuple(_taken_in(path, beside, f"{one}{alias}", between) for one in missing)
    written = f"from {module} import {', '.join(missing)}{alias}" if wanted[2] else text
    at, new = _spot(outline, lines, _key(module, bool(wanted[2])), written)
    return (Edit(Place(path, at, at), new),)


def _taken_in(path: str, line: _Line, member: str, between: str) -> Edit:
    """One more name of a ``from``: constants, classes and the rest each by the alphabet, where those that are there are so."""
    names = [one.member or "" for one in line.names]
    is_sorted = names == sorted(names, key=_by_case)
    before = [one for one in line.names if not is_sorted or _by_case(one.member or "") < _by_case(member)]
    if before:
        return Edit(Place(path, before[-1].end, before[-1].end), f"{between}{member}")
    first = line.names[0].start
    return Edit(Place(path, first, first), f"{member}{between}")


def _by_case(name: str) -> tuple[bool, bool, str]:
    return not name.isupper(), not name[:1].isupper(), name.lower()


class _Line(Struct, frozen=True):
    """One import statement: the names it imports, and where it begins and ends."""

    names: tuple[o.Import, ...]
    start: int
    end: int

    @property
    def module(self) -> str:
        return self.names[0].module

    @property
    def is_from(self) -> bool:
        return self.names[0].member is not None

    def gives(self, module: str, member: str) -> bool:
        """Is it there already? A name that comes from deeper inside of its package is the same, or one that must not be replaced."""
        deeper = bool(member) and self.module.startswith(f"{module}.")
        return (self.module == module or deeper) and any((one.member or "") == member for one in self.names)

    def takes_more(self, data: bytes) -> bool:
        written = data[self.start : line_end(data, self.end)]
        plain = not any(sign in written for sign in (b"(", b"\\", b"#", b";", b"*", b"\n"))
        return self.is_from and (self.between(data) is not None or (plain and len(written) < _WIDE))

    def between(self, data: bytes) -> str | None:
        """What stands between its names, where these have a line each, in brackets and without comments."""
        found = _LISTED.fullmatch(data, self.start, self.end)
        if found is None or len(self.names) != found["names"].count(b"\n") + 1:
            return None
        return f",\n{found['margin'].decode()}"


_LISTED = re.compile(
    rb"from[ \t]+[\w.]+[ \t]+import[ \t]*\([ \t]*\r?\n(?P<margin>[ \t]+)"
    rb"(?P<names>[\w ]+(?:,[ \t]*\r?\n(?P=margin)[\w ]+)*),?\s*\)"
)
_WIDE = 70
_EMPTY = re.compile(rb"[ \t\r\n]*")
_COMMENTS = re.compile(rb"(?:[ \t]*#[^\n]*\n|[ \t\r]*\n)*")
_BEGINS = re.compile(rb"^[ \t]*(?:from|import)\b", re.MULTILINE)


def _lines(outline: o.Outline) -> list[_Line]:
    """The import statements at the top of a file."""
    data, found = outline.data, list[list[o.Import]]()
    for statement in outline.module.body:
        if isinstance(statement, o.Import):
            if found and not re.search(rb"\b(?:from|import)\b|;", data[found[-1][-1].end : statement.start]):
                found[-1].append(statement)
            else:
                found.append([statement])
        elif not _is_docstring(statement):
            break
    return [_Line(tuple(names), _begin(data, names[0]), _logical_end(data, names[-1])) for names in found]


def _begin(data: bytes, first: o.Import) -> int:
    """Where the statement of a name begins, which may be some lines above it."""
    known = [one.start() for one in _BEGINS.finditer(data, max(0, first.start - 2000), first.start)]
    return known[-1] if known else line_start(data, first.start)


def _spot(outline: o.Outline, lines: list[_Line], key: _Key, text: str) -> tuple[int, str]:
    """Where a new import goes, and what is written there: into the block of its kind, or as a block of its own."""
    data = outline.data
    block = _block_for(_blocks(data, lines), key)
    if block:
        before = [line for line in block if _sorted_before(block, line, key)]
        if before:
            end = line_end(data, before[-1].end)
            return end, f"\n{text}"
        return block[0].start, f"{text}\n"
    earlier = [line for line in lines if _key_of(line).kind < key.kind]
    if earlier:
        end = line_end(data, earlier[-1].end)
        return end, f"\n\n{text}"
    if lines:
        return lines[0].start, f"{text}\n\n"
    return _below_the_head(outline), f"{text}\n\n"


def _blocks(data: bytes, lines: list[_Line]) -> list[list[_Line]]:
    """Lines that follow each other without an empty one in between."""
    found: list[list[_Line]] = []
    for line in lines:
        gap = data[line_end(data, found[-1][-1].end) : line.start] if found else b""
        if found and not re.search(rb"\n[ \t\r]*\n", gap):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _block_for(blocks: list[list[_Line]], key: _Key) -> list[_Line]:
    """The block with something of the same package, else the first one of that kind."""
    alike = [block for block in blocks if any(_key_of(line).kind == key.kind for line in block)]
    top = key.module.partition(".")[0]
    same = [block for block in alike if any(line.module.partition(".")[0].lower() == top for line in block)]
    return next(iter((*same, *alike)), [])


def _sorted_before(block: list[_Line], line: _Line, key: _Key) -> bool:
    """Does a new import stand below this line? Modules in front of names, or both by their names, as the block has it."""
    if _key_of(line).kind != key.kind:
        return _key_of(line).kind < key.kind
    keys = [one for one in map(_key_of, block) if one.kind == key.kind]
    if keys == sorted(keys):
        return _key_of(line) <= key
    in_order = [one.module for one in keys] == sorted(one.module for one in keys)
    return _key_of(line).module <= key.module if in_order else True


class _Key(NamedTuple):
    """What an import is sorted by: its kind (of Python, of others, of this package), its form, its module."""

    kind: int
    is_from: bool
    module: str


def _key(module: str, is_from: bool) -> _Key:
    own = module.startswith(".")
    top = module.partition(".")[0]
    kind = 0 if module == "__future__" else 3 if own else 1 if top in sys.stdlib_module_names else 2
    return _Key(kind, is_from, module.lower())


def _key_of(line: _Line) -> _Key:
    return _key(line.module, line.is_from)


def _below_the_head(outline: o.Outline) -> int:
    """Behind the docstring, else behind the comments a file begins with."""
    body, data = outline.module.body, outline.data
    spoken = bool(body) and _is_docstring(body[0])
    start, head = (next_line(data, body[0].end), _EMPTY) if spoken else (0, _COMMENTS)
    found = head.match(data, start)
    return found.end() if found is not None else start


def _is_docstring(statement: o.Statement) -> bool:
    return (
        isinstance(statement, o.Do)
        and isinstance(statement.value, o.Literal)
        and isinstance(statement.value.value, str)
    )


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
