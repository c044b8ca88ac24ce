"""What a program does with the answer of a call: a thread, task or future it was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from twice import outline as o

_KEEPING = frozenset({"add", "append", "discard", "remove"})


class Use(Struct, frozen=True):
    """One use of the answer: the attribute taken of it, ``await``, ``tested``, ``entered``, ``held`` in a collection that only keeps it
    alive, or ``passed`` on to somebody else."""

    name: str
    start: int
    assigned: bool = False


def uses(outline: o.Outline, function: o.Function, call: o.Call) -> tuple[Use, ...]:
    """Everything that is done with the answer of a call in the scope where it is kept; nothing when it is dropped."""
    statement = statement_of(function, call)
    if statement is None:
        return (Use("passed", call.start),)
    if isinstance(statement, o.Assign) and statement.value is call and len(statement.targets) == 1:
        found = _kept(outline, function, statement.targets[0], statement)
        return tuple(_held(outline, function, use) for use in found)
    inside = [_held(outline, function, use) for use in _uses_in(statement, lambda value: value is call)]
    if isinstance(statement, o.Do) and statement.value is call:
        return ()
    return tuple(inside)


def _held(outline: o.Outline, function: o.Function, use: Use) -> Use:
    """``tasks.add(task)``, where nobody takes anything out of ``tasks``: it is there so that the task is not collected."""
    if use.name != "passed":
        return use
    around = [call for call in function.calls if call.start <= use.start < call.end and o.called_name(call) in _KEEPING]
    base = around[-1].callee.base if around and isinstance(around[-1].callee, o.Attribute) else None
    if not isinstance(base, o.Name):
        return use
    name = base.id
    scopes = (outline.module, *outline.functions)
    found = [
        one.name
        for scope in scopes
        for one in _everywhere(scope, lambda value: isinstance(value, o.Name) and value.id == name, None)
    ]
    return Use("held", use.start) if _KEEPING.issuperset(found) else use


def statement_of(function: o.Function, value: o.Value) -> o.Statement | None:
    """The statement of a function in which a value directly stands."""
    for statement in function.statements:
        if any(part is value for inner in o.values_of(statement) for part in o.walk(inner)):
            return statement
    return None


def _kept(outline: o.Outline, function: o.Function, target: o.Value, statement: o.Assign) -> Iterator[Use]:
    if isinstance(target, o.Name):
        yield from _of_name(outline, function, target.id, statement)
    elif isinstance(target, o.Attribute) and isinstance(target.base, o.Name) and function.owner is not None:
        for method in function.owner.methods.values():
            yield from _everywhere(method, lambda value: _is_attribute(value, target.name), target)
    else:
        yield Use("passed", target.start)


def _of_name(outline: o.Outline, function: o.Function, name: str, statement: o.Assign) -> Iterator[Use]:
    """A name of the function, or of the module: then every function of the file may use it."""

    def is_it(value: o.Value) -> bool:
        return isinstance(value, o.Name) and value.id == name

    scopes = (function,) if function is not outline.module else (outline.module, *outline.functions)
    for scope in scopes:
        for use in _everywhere(scope, is_it, None):
            if use.start > statement.end or scope is not function:
                yield use


def _is_attribute(value: o.Value, name: str) -> bool:
    return isinstance(value, o.Attribute) and value.name == name and isinstance(value.base, o.Name)


def _everywhere(scope: o.Function, is_it: _Test, target: o.Value | None) -> Iterator[Use]:
    for statement in scope.statements:
        for use in _uses_in(statement, is_it):
            if target is None or use.start != target.start:
                yield use
        if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
            yield from _everywhere(statement.what, is_it, target)


class _Test(Protocol):
    """Is this value the one that is looked for?"""

    def __call__(self, value: o.Value) -> bool: ...


def _uses_in(statement: o.Statement, is_it: _Test) -> Iterator[Use]:
    targets = statement.targets if isinstance(statement, o.Assign) else ()
    for value in o.values_of(statement):
        if is_it(value):
            if not any(value is target for target in targets):
                yield Use(_plain(statement), value.start)
            continue
        for part in o.walk(value):
            for inner in o.parts(part):
                if is_it(inner):
                    yield _taken(part, inner, statement, any(part is target for target in targets))


def _plain(statement: o.Statement) -> str:
    if isinstance(statement, o.If):
        return "tested"
    return "entered" if isinstance(statement, o.With) else "passed"


def _taken(part: o.Value, inner: o.Value, statement: o.Statement, assigned: bool) -> Use:
    if isinstance(part, o.Attribute):
        return Use(part.name, inner.start, assigned)
    if isinstance(part, o.Await):
        return Use("await", inner.start)
    if isinstance(part, o.Operation) and isinstance(statement, o.If):
        return Use("tested", inner.start)
    return Use("passed", inner.start)
