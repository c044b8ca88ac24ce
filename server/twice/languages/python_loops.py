"""``for item in iter(ask, last)`` as the loop it is: it asks in each round, and ends at the last value."""

from __future__ import annotations

from twice import outline as o


def written_out(loop: o.Loop) -> o.Loop:
    """The same loop with its question spelled out; any other loop as it stands."""
    source = loop.source
    if loop.target is None or not isinstance(source, o.Call) or not _asks_in_each_round(source):
        return loop
    asking, last = (argument.value for argument in source.arguments)
    at = (source.start, source.end)
    question = _call_of(asking)
    ends = o.Operation(*at, "==", (loop.target, last))
    body = (
        o.Assign(loop.target.start, source.end, (loop.target,), question),
        o.If(*at, ends, (o.Leave(*at, "break"),), ()),
        *loop.body,
    )
    return o.Loop(loop.start, loop.end, None, o.Literal(*at, True), body, loop.otherwise, loop.is_async)


def _asks_in_each_round(call: o.Call) -> bool:
    plain = all(argument.name is None and not argument.star for argument in call.arguments)
    return isinstance(call.callee, o.Name) and call.callee.id == "iter" and len(call.arguments) == 2 and plain


def _call_of(asking: o.Value) -> o.Call:
    """The call that is made in each round: of a function, or of one that has been given its arguments already."""
    if isinstance(asking, o.Call) and asking.arguments:
        callee = asking.callee
        named = callee.name if isinstance(callee, o.Attribute) else getattr(callee, "id", "")
        if named == "partial":
            return o.Call(asking.start, asking.end, asking.arguments[0].value, asking.arguments[1:], asking.opens)
    return o.Call(asking.start, asking.end, asking, (), asking.end)
