"""What one file says, before anyone decides what it means: statements, functions, classes.

A value or statement carries the byte range it was read from. Bodies of functions are read when they are first asked for:
most functions of a workspace are never reached by an event. The outline is a function of the file's bytes alone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from twice.outline.values import Call, Literal, Name, Node, Value, Yield, walk


class Do(Node, eq=False):
    """A value computed for what it does."""

    value: Value


class Assign(Node, eq=False):
    """An assignment; ``operator`` is ``+=`` and the like for an augmented one, ``del`` for a deletion."""

    targets: tuple[Value, ...]
    value: Value | None
    operator: str = ""
    annotation: Value | None = None


class If(Node, eq=False):
    test: Value
    then: Block
    otherwise: Block


class Loop(Node, eq=False):
    """``for target in source`` or ``while source`` (then ``target`` is None)."""

    target: Value | None
    source: Value
    body: Block
    otherwise: Block
    is_async: bool

    @property
    def is_endless(self) -> bool:
        """``while True``: only what stands in it ends it."""
        return self.target is None and isinstance(self.source, Literal) and bool(self.source.value)


class With(Node, eq=False):
    items: tuple[tuple[Value, Value | None], ...]
    body: Block
    is_async: bool


class Except(Node, eq=False):
    """An except clause; no types means that it catches everything."""

    types: tuple[Value, ...]
    name: str | None
    body: Block


class Try(Node, eq=False):
    body: Block
    excepts: tuple[Except, ...]
    otherwise: Block
    final: Block


class Leave(Node, eq=False):
    """``return raise break continue``."""

    kind: str
    value: Value | None = None


class Define(Node, eq=False):
    """A function or class defined where it stands."""

    what: Function | Class


class Import(Node, eq=False):
    """``local`` name for ``module`` (dotted, leading dots for a relative one) and ``member`` of it.

    ``member`` is None for a module import and ``*`` for a star import; ``local`` is empty then.
    """

    local: str
    module: str
    member: str | None


Statement = Do | Assign | If | Loop | With | Try | Leave | Define | Import
Block = tuple[Statement, ...]


class Parameter(Node, eq=False):
    name: str
    annotation: Value | None = None
    default: Value | None = None
    star: str = ""


class Function(Node, eq=False):
    """A function, method or lambda; the module's own statements are the function ``<module>``.

    ``owner`` is the class a method belongs to. ``read`` fetches the body; ask ``body`` instead. ``scope`` is where
    ``project.scopes`` keeps the bindings of the body: they live as long as it does.
    """

    name: str
    qualified_name: str
    parameters: tuple[Parameter, ...]
    read: Callable[[], Block]
    name_start: int = 0
    decorators: tuple[Value, ...] = ()
    returns: Value | None = None
    is_async: bool = False
    owner: Class | None = None
    outer: Function | None = None
    _body: Block | None = None
    _statements: tuple[Statement, ...] | None = None
    _calls: tuple[Call, ...] | None = None
    _yields: tuple[Yield, ...] | None = None
    scope: Any = None

    @property
    def body(self) -> Block:
        if self._body is None:
            self._body = self.read()
        return self._body

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements of the body at every depth, in the order of the source. Not those of nested functions."""
        if self._statements is None:
            self._statements = tuple(statements(self.body))
        return self._statements

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of the body at every depth."""
        if self._calls is None:
            self._calls = tuple(calls_in(self.body))
        return self._calls

    @property
    def yields(self) -> tuple[Yield, ...]:
        """What it gives out as a generator; empty for every other function."""
        if self._yields is None:
            values = (part for s in self.statements for value in values_of(s) for part in walk(value))
            self._yields = tuple(value for value in values if isinstance(value, Yield))
        return self._yields


class Class(Node, eq=False):
    """A class: its bases, its methods by name, and the assignments of its body."""

    name: str
    qualified_name: str
    bases: tuple[Value, ...]
    name_start: int = 0
    decorators: tuple[Value, ...] = ()
    methods: dict[str, Function] = field(default_factory=dict)
    assigns: tuple[Assign, ...] = ()
    outer: Function | None = None


# Reading a body costs more than looking whether there is anything in it.
_MOST_PATTERNS = 16
_DEFINES = re.compile(rb"\bdef[ \t]")


class Contents(Struct, eq=False):
    """What stands in a file. ``functions`` are all functions outside other functions' bodies: module level and methods."""

    module: Function
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    broken: bool = False


class Outline(Struct, eq=False):
    """One source file, read when somebody first asks what stands in it."""

    data: bytes
    read: Callable[[bytes], Contents]
    _contents: Contents | None = None
    _searched: dict[re.Pattern[bytes], frozenset[str]] = field(default_factory=dict)
    _shows: dict[re.Pattern[bytes], bool] = field(default_factory=dict)

    @property
    def contents(self) -> Contents:
        if self._contents is None:
            self._contents = self.read(self.data)
        return self._contents

    @property
    def module(self) -> Function:
        return self.contents.module

    @property
    def functions(self) -> tuple[Function, ...]:
        return self.contents.functions

    @property
    def classes(self) -> tuple[Class, ...]:
        return self.contents.classes

    @property
    def broken(self) -> bool:
        return self.contents.broken

    def everywhere(self) -> Iterator[Function]:
        """All functions at every depth. A body is read only where a function may be defined in it."""
        for function in self.functions:
            yield function
            if _DEFINES.search(self.data, function.name_start, function.end):
                yield from itertools.islice(everywhere((function,)), 1, None)

    def words(self, pattern: re.Pattern[bytes]) -> frozenset[str]:
        """What a pattern finds in the text; remembered, as the text never changes."""
        if pattern not in self._searched:
            _make_room(self._searched)
            self._searched[pattern] = frozenset(word.decode() for word in pattern.findall(self.data))
        return self._searched[pattern]

    def shows(self, pattern: re.Pattern[bytes]) -> bool:
        """Does a pattern find anything in the text? Remembered, too."""
        if pattern not in self._shows:
            _make_room(self._shows)
            self._shows[pattern] = pattern.search(self.data) is not None
        return self._shows[pattern]


def _make_room(remembered: dict[re.Pattern[bytes], Any]) -> None:
    """Few patterns are asked for again and again; those of an earlier workspace are not."""
    if len(remembered) >= _MOST_PATTERNS:
        remembered.clear()


def values_of(statement: Statement) -> tuple[Value, ...]:
    """The values that stand directly in a statement, not those of statements inside it."""
    take = _VALUES.get(type(statement))
    return take(statement) if take is not None else ()


_VALUES: dict[type, Callable[[Any], tuple[Value, ...]]] = {
    Do: lambda statement: (statement.value,),
    Assign: lambda statement: (*((statement.value,) if statement.value is not None else ()), *statement.targets),
    If: lambda statement: (statement.test,),
    Loop: lambda statement: (statement.source,),
    With: lambda statement: tuple([value for value, _ in statement.items]),
    Leave: lambda statement: (statement.value,) if statement.value is not None else (),
}


def blocks_of(statement: Statement) -> tuple[Block, ...]:
    """The blocks of statements directly inside a statement."""
    take = _BLOCKS.get(type(statement))
    return take(statement) if take is not None else ()


_BLOCKS: dict[type, Callable[[Any], tuple[Block, ...]]] = {
    If: lambda statement: (statement.then, statement.otherwise),
    Loop: lambda statement: (statement.body, statement.otherwise),
    With: lambda statement: (statement.body,),
    Try: lambda statement: (
        statement.body,
        *[clause.body for clause in statement.excepts],
        statement.otherwise,
        statement.final,
    ),
}


def everywhere(functions: Iterable[Function]) -> Iterator[Function]:
    """Functions, and those that are defined inside them."""
    for function in functions:
        yield function
        inner = (s.what for s in function.statements if isinstance(s, Define) and isinstance(s.what, Function))
        yield from everywhere(inner)


def statements(block: Block) -> list[Statement]:
    """All statements of a block at every depth, in the order of the source. Not into nested functions."""
    found: list[Statement] = []
    _gather_statements(block, found)
    return found


def _gather_statements(block: Block, found: list[Statement]) -> None:
    for statement in block:
        found.append(statement)
        take = _BLOCKS.get(type(statement))
        if take is not None:
            for inner in take(statement):
                _gather_statements(inner, found)


def names_bound(block: Block) -> set[str]:
    """The names that a block gives something, and those of what it puts something into."""
    targets: list[Value] = []
    for statement in statements(block):
        if isinstance(statement, Assign):
            targets += statement.targets
        elif isinstance(statement, With):
            targets += [target for _, target in statement.items if target is not None]
        elif isinstance(statement, Loop) and statement.target is not None:
            targets.append(statement.target)
    return {part.id for target in targets for part in walk(target) if isinstance(part, Name)}


def calls_in(block: Block) -> list[Call]:
    """All calls of a block at every depth."""
    return [
        part
        for statement in statements(block)
        for value in values_of(statement)
        for part in walk(value)
        if isinstance(part, Call)
    ]
