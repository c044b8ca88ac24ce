"""Which argument of a call a parameter is bound to, through the stars by which a function hands on what it was given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from twice import outline as o

if TYPE_CHECKING:
    from twice.project.things import Frame

Bound = tuple[o.Value, "Frame"]


def bound(parameters: Sequence[o.Parameter], call: o.Call, caller: Frame, skip: int = 0) -> dict[str, Bound]:
    """Parameters with the values they get and the frames to read them in. ``skip`` positional arguments belong to somebody else."""
    plain = [parameter for parameter in parameters if not parameter.star]
    positional = [value for name, value in _given(call, caller) if name is None][skip:]
    result = {parameter.name: value for parameter, value in zip(plain, positional, strict=False)}
    result.update({name: value for name, value in _given(call, caller) if name is not None})
    return result


def _given(call: o.Call, caller: Frame) -> Iterator[tuple[str | None, Bound]]:
    """The arguments of a call, those behind ``*args`` and ``**kwargs`` of the caller's own among them."""
    for argument in call.arguments:
        if not argument.star:
            yield argument.name, (argument.value, caller)
        elif isinstance(argument.value, o.Name) and _collects(caller.function, argument.value.id, argument.star):
            yield from collected(caller, named=argument.star == "**")


def _collects(function: o.Function, name: str, star: str) -> bool:
    return any(parameter.star == star and parameter.name == name for parameter in function.parameters)


def collected(frame: Frame, named: bool) -> Iterator[tuple[str | None, Bound]]:
    """What a function was given beyond its own parameters."""
    if frame.call is None or frame.caller is None:
        return
    plain = [parameter.name for parameter in frame.function.parameters if not parameter.star]
    position = 0
    for name, value in _given(frame.call, frame.caller):
        if name is not None:
            if named and name not in plain:
                yield name, value
            continue
        if not named and position >= len(plain):
            yield None, value
        position += 1
