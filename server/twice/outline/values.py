"""The values of a file, as they are written: names, calls, texts, operators; and the walk through them.

A value carries the byte range it was read from. It says nothing of what it means.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from twice.outline.code import Function


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
