"""What a function sets on an object, attribute by attribute: ``order.status = "shipped"``, ``setattr(order, name, value)``."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twice import outline as o


class Change(Struct, frozen=True, eq=False):
    """An attribute of a row that is given a value, by ``row.name = value`` or ``setattr``; ``adds`` where what stood there flows into it."""

    name: str
    value: o.Value
    adds: bool


def set_before(row: o.Value | None, function: o.Function, end: int) -> Iterator[Change]:
    """What the function sets on the object behind a name, above ``end``."""
    if not isinstance(row, o.Name):
        return
    for statement in function.statements:
        if statement.start < end:
            yield from changes_in(statement, row.id)


def changes_in(statement: o.Statement, row: str) -> Iterator[Change]:
    """What one statement sets on the object of this name."""
    if isinstance(statement, o.Assign) and statement.value is not None and statement.operator != "del":
        for target in statement.targets:
            if isinstance(target, o.Attribute) and isinstance(target.base, o.Name) and target.base.id == row:
                adds = bool(statement.operator) or _reckons_with(statement.value, row, target.name)
                yield Change(target.name, statement.value, adds)
    call = statement.value if isinstance(statement, o.Do) else None
    if isinstance(call, o.Call) and isinstance(call.callee, o.Name) and call.callee.id == "setattr":
        values = [one.value for one in call.arguments]
        if len(values) == 3 and isinstance(values[0], o.Name) and values[0].id == row:
            name = values[1].value if isinstance(values[1], o.Literal) else ""
            yield Change(str(name), values[2], False)


def is_added_to(call: o.Call, function: o.Function) -> bool:
    """Does the function add to an attribute of the object that this call is made on?"""
    return any(one.adds for one in set_before(receiver_in(call), function, call.start))


def texts(changes: list[Change], data: bytes) -> Iterator[str]:
    """``name = value`` as it is written, for what the words of a change say."""
    for one in changes:
        yield f"{one.name} = {data[one.value.start : one.value.end].decode('utf-8', 'replace')}"


def receiver_in(call: o.Call) -> o.Value | None:
    """The value that a method is called on."""
    return call.callee.base if isinstance(call.callee, o.Attribute) else None


def _reckons_with(value: o.Value, row: str, name: str) -> bool:
    """``row.count + n`` as the new value of ``row.count``."""
    if not isinstance(value, o.Operation) or value.operator not in ("+", "-", "*"):
        return False
    return any(
        isinstance(part, o.Attribute) and part.name == name and isinstance(part.base, o.Name) and part.base.id == row
        for part in value.operands
    )
