"""What one file says, before anyone decides what it means: names, values, statements.

A value or statement carries the byte range it was read from. Bodies of functions are read when they are first asked for:
most functions of a workspace are never reached by an event. The outline is a function of the file's bytes alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct, field


class Node(Struct, eq=False):
    """A range of bytes in the file."""

    start: int
    end: int


class Literal(Node, eq=False):
    """A constant of the source: text, number, truth value, None."""

    value: str | bytes | int | float | bool | None


class Name(Node, eq=False):
    id: str


class Attribute(Node, eq=False):
    base: Value
    name: str
    name_start: int


class Subscript(Node, eq=False):
    base: Value
    key: Value


class Argument(Node, eq=False):
    """An argument of a call; ``star`` is ``*`` or ``**`` for an unpacked one."""

    name: str | None
    value: Value
    star: str = ""


class Call(Node, eq=False):
    """A call. ``opens`` is the byte after its opening bracket, where a first argument would be inserted."""

    callee: Value
    arguments: tuple[Argument, ...]
    opens: int = 0


class Joined(Node, eq=False):
    """Text put together from parts: f-string, concatenation, ``%``, ``format``."""

    parts: tuple[Value, ...]


class Mapping(Node, eq=False):
    """A mapping display; a key of None is an unpacked mapping."""

    items: tuple[tuple[Value | None, Value], ...]


class Collection(Node, eq=False):
    """A list, tuple or set display."""

    items: tuple[Value, ...]
    kind: str


class Operation(Node, eq=False):
    """An operator with its operands: ``and or not == != < <= > >= in not-in is is-not + - * / % // ** ...``."""

    operator: str
    operands: tuple[Value, ...]


class Choice(Node, eq=False):
    """A conditional value."""

    test: Value
    then: Value
    otherwise: Value


class Lambda(Node, eq=False):
    function: Function


class Await(Node, eq=False):
    value: Value


class Yield(Node, eq=False):
    """What a generator gives out; ``delegates`` for ``yield from``."""

    value: Value | None
    delegates: bool = False


class Bind(Node, eq=False):
    """An assignment inside an expression."""

    target: Name
    value: Value


class Comprehension(Node, eq=False):
    """A comprehension or generator: for each target in source, where tests hold, the element."""

    element: Value
    clauses: tuple[tuple[Value, Value], ...]
    tests: tuple[Value, ...]
    kind: str


class Other(Node, eq=False):
    """A value of a form nobody looks into; its parts are kept so that no call is lost."""

    parts: tuple[Value, ...] = ()


Value = (
    Literal | Name | Attribute | Subscript | Call | Joined | Mapping | Collection | Operation | Choice | Lambda
    | Await | Yield | Bind | Comprehension | Other
)  # fmt: skip


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


class Outline(Struct, eq=False):
    """One source file. ``functions`` are all functions outside other functions' bodies: module level and methods."""

    data: bytes
    module: Function
    functions: tuple[Function, ...]
    classes: tuple[Class, ...]
    broken: bool = False
    _searched: tuple[re.Pattern[bytes], frozenset[str]] | None = None

    def words(self, pattern: re.Pattern[bytes]) -> frozenset[str]:
        """What a pattern finds in the text; the answer to the last one asked for is remembered."""
        if self._searched is None or self._searched[0] is not pattern:
            self._searched = pattern, frozenset(word.decode() for word in pattern.findall(self.data))
        return self._searched[1]


def parts(value: Value) -> tuple[Value, ...]:
    """The values a value is made of, in the order they are computed."""
    take = _PARTS.get(type(value))
    return take(value) if take is not None else ()


def walk(value: Value) -> list[Value]:
    """A value and all values inside it, innermost first, in the order they are computed. Not into lambdas."""
    found: list[Value] = []
    _gather(value, found)
    return found


def _gather(value: Value, found: list[Value]) -> None:
    take = _PARTS.get(type(value))
    if take is not None:
        for part in take(value):
            _gather(part, found)
    found.append(value)


# A table by exact type: these two questions are asked millions of times.
_PARTS: dict[type, Callable[[Any], tuple[Value, ...]]] = {
    Attribute: lambda value: (value.base,),
    Subscript: lambda value: (value.base, value.key),
    Call: lambda value: (value.callee, *[argument.value for argument in value.arguments]),
    Joined: lambda value: value.parts,
    Other: lambda value: value.parts,
    Mapping: lambda value: tuple([part for item in value.items for part in item if part is not None]),
    Collection: lambda value: value.items,
    Operation: lambda value: value.operands,
    Choice: lambda value: (value.test, value.then, value.otherwise),
    Await: lambda value: (value.value,),
    Yield: lambda value: (value.value,) if value.value is not None else (),
    Bind: lambda value: (value.value,),
    Comprehension: lambda value: (*[source for _, source in value.clauses], *value.tests, value.element),
}


def part_name(value: Value) -> str:
    """The attribute or key that is taken; nothing for a computed key."""
    if isinstance(value, Attribute):
        return value.name
    if isinstance(value, Subscript) and isinstance(value.key, Literal) and isinstance(value.key.value, str):
        return value.key.value
    return ""


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


def root(value: Value) -> Value:
    """What stands at the beginning of a chain of attributes, keys and calls."""
    while True:
        match value:
            case Attribute() | Subscript():
                value = value.base
            case Call():
                value = value.callee
            case Await() if value.value is not None:
                value = value.value
            case _:
                return value


def awaited(value: Value) -> Value:
    """The value itself, or what is waited for."""
    return value.value if isinstance(value, Await) else value


def called_name(call: Call) -> str:
    """The last name of what is called."""
    callee = call.callee
    return callee.name if isinstance(callee, Attribute) else callee.id if isinstance(callee, Name) else ""


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


def calls_in(block: Block) -> list[Call]:
    """All calls of a block at every depth."""
    return [
        part
        for statement in statements(block)
        for value in values_of(statement)
        for part in walk(value)
        if isinstance(part, Call)
    ]
