"""What stands at a place of Python source: a call, a statement, an except clause.

Only what lies around the place is read: a body is parsed when it is asked for, and a fix wants one call of a long file.
"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.text import Place


def call_at(outline: o.Outline, place: Place) -> o.Call | None:
    """The innermost call that stands at the place, or whose callee holds it."""
    found = [call for value in _values(outline, place) for call in _calls(value) if _is_at(call, place)]
    return min(found, key=lambda call: call.end - call.start, default=None)


def call_around(outline: o.Outline, place: Place) -> o.Call | None:
    """The innermost call that has the place among its arguments."""
    found = [call for value in _values(outline, place) for call in _calls(value) if _holds(call, place)]
    return min(found, key=lambda call: call.end - call.start, default=None)


def calls_within(outline: o.Outline, place: Place) -> list[o.Call]:
    """The calls that are part of the expression at the place."""
    found = {call.start: call for value in _values(outline, place) for call in _calls(value)}
    return [call for call in found.values() if place.start <= call.start and call.end <= place.end]


def mapping_around(outline: o.Outline, place: Place) -> o.Mapping | None:
    """The innermost mapping display with the place in it."""
    parts = (part for value in _values(outline, place) for part in o.walk(value))
    found = [part for part in parts if isinstance(part, o.Mapping) and _holds(part, place)]
    return min(found, key=lambda one: one.end - one.start, default=None)


def value_of_key(outline: o.Outline, place: Place) -> o.Value | None:
    """What stands under the key of a mapping display that is exactly this."""
    mapping = mapping_around(outline, place)
    entries = mapping.items if mapping is not None else ()
    return next((one for key, one in entries if key and (key.start, key.end) == (place.start, place.end)), None)


def call_of_name(outline: o.Outline, place: Place) -> o.Call | None:
    """The call that has exactly this as its callee or among its arguments."""
    for value in _values(outline, place):
        for call in _calls(value):
            own = (call.callee, *(one.value for one in call.arguments))
            if any((one.start, one.end) == (place.start, place.end) for one in own):
                return call
    return None


def clause_at(outline: o.Outline, place: Place) -> o.Except | None:
    """The clause that catches what stands at the place, or that the place is the keyword of."""
    tries = (one for block in blocks(outline, place) for one in block if isinstance(one, o.Try))
    for clause in (clause for one in tries for clause in one.excepts):
        start = clause.types[0].start if clause.types else clause.start
        if start == place.start:
            return clause
    return None


def statement_at(outline: o.Outline, place: Place) -> o.Statement | None:
    """The innermost statement around a place."""
    holding = [s for block in blocks(outline, place) for s in block if _holds(s, place)]
    return min(holding, key=lambda statement: statement.end - statement.start, default=None)


def beside(outline: o.Outline, statement: o.Statement, place: Place) -> o.Statement | None:
    """The statement of the same block that holds the place: moving there keeps the indentation right."""
    for block in blocks(outline, Place(place.path, statement.start, statement.end)):
        if any(one is statement for one in block):
            return next((one for one in block if _holds(one, place)), None)
    return None


def blocks(outline: o.Outline, place: Place) -> Iterator[o.Block]:
    """The blocks around a place, the module's first."""
    waiting = [outline.module.body, *(one.body for one in outline.functions if _holds(one, place))]
    while waiting:
        block = waiting.pop()
        yield block
        for statement in block:
            if _holds(statement, place):
                waiting.extend(o.blocks_of(statement))
                if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
                    waiting.append(statement.what.body)


def body_of(outline: o.Outline, name: Place) -> o.Block:
    """The statements of the function whose name stands at a place, behind its docstring."""
    function = next((one for one in outline.everywhere() if one.name_start == name.start), None)
    body = function.body if function is not None else ()
    first = body[0] if body else None
    spoken = isinstance(first, o.Do) and isinstance(first.value, o.Literal) and isinstance(first.value.value, str)
    return body[1:] if spoken else body


def function_at(outline: o.Outline, node: o.Node) -> o.Function | None:
    """The innermost function around a node, lambdas aside."""
    around = (one for one in outline.everywhere() if one.start <= node.start and node.end <= one.end)
    return min(around, key=lambda one: one.end - one.start, default=None)


def outermost_loop(outline: o.Outline, place: Place) -> o.Loop | None:
    """The outermost loop around a place in its function; None when there is none, or when it may be left by a return."""
    inner = function_at(outline, o.Node(place.start, place.end))
    around = inner.statements if inner is not None else ()
    loops = [one for one in around if isinstance(one, o.Loop) and one.start <= place.start and place.end <= one.end]
    outermost = max(loops, key=lambda one: one.end - one.start, default=None)
    if outermost is None or any(isinstance(s, o.Leave) and s.kind == "return" for s in o.statements(outermost.body)):
        return None
    return outermost


def _values(outline: o.Outline, place: Place) -> Iterator[o.Value]:
    """The values of the statements around a place, and the decorators and attributes of classes that hold it."""
    functions = list(outline.functions)
    for block in blocks(outline, place):
        for statement in block:
            if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
                functions.append(statement.what)
            if _holds(statement, place):
                yield from o.values_of(statement)
    assigns = (assign for definition in outline.classes for assign in definition.assigns if _holds(assign, place))
    yield from (value for assign in assigns for value in o.values_of(assign))
    yield from (one for function in functions for one in function.decorators if _holds(one, place))


def _calls(value: o.Value) -> Iterator[o.Call]:
    for part in o.walk(value):
        if isinstance(part, o.Call):
            yield part
        if isinstance(part, o.Lambda):
            yield from o.calls_in(part.function.body)


def _is_at(call: o.Call, place: Place) -> bool:
    return _holds(call.callee, place) or (call.start, call.end) == (place.start, place.end)


def _holds(node: o.Node, place: Place) -> bool:
    return node.start <= place.start and place.end <= node.end
