"""What the names inside one function are bound to, and which binding a use can see. No other file, no meaning."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o


class Binding(Struct, frozen=True, eq=False):
    """One way a name gets a value.

    ``how``: assign, element (of a loop's source), enter (a with), unpack, add (``+=``), define, import, catch.
    ``path`` are the unpacked positions. ``first`` and ``last`` bound the block in which it holds for certain.
    """

    how: str
    value: o.Value | o.Function | o.Class | o.Import | None
    start: int
    first: int
    last: int
    path: tuple[int | None, ...] = ()
    annotation: o.Value | None = None


def bindings(function: o.Function) -> dict[str, list[Binding]]:
    """All bindings of a function (or module) by name, in the order of the source."""
    if function.scope is None:
        function.scope = {}
        for name, binding in _bindings(function.body, function.start, function.end):
            function.scope.setdefault(name, []).append(binding)
    table: dict[str, list[Binding]] = function.scope
    return table


def visible(function: o.Function, name: str, at: int) -> list[Binding]:
    """The bindings a use at byte ``at`` can see: back to the newest one that holds for certain."""
    found = bindings(function).get(name)
    if not found:
        return []
    before = [binding for binding in found if binding.start < at]
    result: list[Binding] = []
    for binding in reversed(before):
        result.append(binding)
        if binding.how != "add" and binding.first <= at <= binding.last:
            break
    return result or found


def certain(function: o.Function, name: str, at: int) -> Binding | None:
    """The binding of a name that a use at byte ``at`` sees for certain; None where there is none, or more than one way."""
    found = visible(function, name, at)
    sees_it = len(found) == 1 and found[0].start < at and found[0].first <= at <= found[0].last
    return found[0] if sees_it else None


def _bindings(block: o.Block, first: int, last: int) -> Iterator[tuple[str, Binding]]:
    for statement in block:
        yield from _direct(statement, first, last)
        for value in o.values_of(statement):
            for part in o.walk(value):
                if isinstance(part, o.Bind):
                    yield part.target.id, Binding("assign", part.value, part.start, first, last)
                elif isinstance(part, o.Comprehension):
                    for target, source in part.clauses:
                        yield from _targets(target, "element", source, part.start - 1, part.start, part.end, ())
        for inner in o.blocks_of(statement):
            if inner:
                yield from _bindings(inner, inner[0].start, inner[-1].end)


def _direct(statement: o.Statement, first: int, last: int) -> Iterator[tuple[str, Binding]]:
    match statement:
        case o.Assign(operator="") if statement.value is not None or statement.annotation is not None:
            given = statement.value or statement.annotation
            for target in statement.targets:
                for word, bound in _targets(target, "assign", given, statement.end - 1, first, last, ()):
                    yield word, replace(bound, annotation=statement.annotation) if statement.annotation else bound
        case o.Assign(operator="del"):
            return
        case o.Assign():
            for target in statement.targets:
                yield from _targets(target, "add", statement.value, statement.end - 1, first, last, ())
        case o.Loop() if statement.target is not None:
            end = statement.body[-1].end if statement.body else statement.end
            yield from _targets(
                statement.target, "element", statement.source, statement.source.end, statement.source.end, end, ()
            )
        case o.With():
            for entered, name in statement.items:
                if name is not None:
                    yield from _targets(name, "enter", entered, entered.end, entered.end, last, ())
        case o.Define():
            what = statement.what
            yield what.name, Binding("define", what, statement.start, first, last)
        case o.Import() if statement.local:
            yield statement.local, Binding("import", statement, statement.start, first, last)
        case o.Try():
            for clause in statement.excepts:
                if clause.name:
                    yield clause.name, Binding("catch", None, clause.start, clause.start, clause.end)


def _targets(
    target: o.Value, how: str, value: o.Value | None, start: int, first: int, last: int, path: tuple[int | None, ...]
) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, o.Name):
        yield target.id, Binding(how, value, start, first, last, path)
    elif isinstance(target, o.Collection):
        for index, part in enumerate(target.items):
            yield from _targets(part, how, value, start, first, last, (*path, index))
    elif isinstance(target, o.Other):
        for part in target.parts:
            yield from _targets(part, how, value, start, first, last, (*path, None))
