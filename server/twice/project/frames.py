"""The activations of the functions of one workspace snapshot: the same call from the same place is one and the same frame."""

from __future__ import annotations

from collections.abc import Mapping

from twice import outline as o
from twice.project.arguments import bound
from twice.project.things import Frame, Instance, Kind, Outside, Routine, Thing, is_static


class Frames:
    """Makes each frame once, and keeps alive what others remember by its identity."""

    def __init__(self, outlines: Mapping[str, o.Outline]) -> None:
        self._outlines = outlines
        self._module_frames: dict[str, Frame] = {}
        self._own_frames: dict[int, Frame] = {}
        self._entered_frames: dict[tuple[object, ...], Frame] = {}
        self._alive: list[object] = []

    def keep(self, thing: object) -> None:
        """Keeps a frame alive: what is remembered goes by identity."""
        self._alive.append(thing)

    def module_frame(self, path: str) -> Frame:
        """The frame in which a module's own statements run."""
        if path not in self._module_frames:
            self._module_frames[path] = Frame(self._outlines[path].module, path)
        return self._module_frames[path]

    def own_frame(self, function: o.Function, path: str) -> Frame:
        """A frame for a function seen by itself, with nothing known of its caller."""
        if id(function) not in self._own_frames:
            receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
            self._own_frames[id(function)] = Frame(function, path, receiver=receiver)
            self.keep(function)
        return self._own_frames[id(function)]

    def enter(self, routine: Routine, call: o.Call | None, caller: Frame | None, skip: int = 0) -> Frame:
        """The frame of a call of a function of ours, one and the same each time it is asked for.

        ``skip`` positional arguments belong to somebody else.
        """
        if caller is not None and caller.stands_for is not None and caller.stands_for.function is routine.function:
            return _handed_on(caller.stands_for, routine, call, caller)
        activation = (
            id(routine.function),
            id(call),
            id(caller),
            _identity(routine.receiver),
            id(routine.closure),
            skip,
        )
        known = self._entered_frames.get(activation)
        if known is None:
            known = self._entered_frames[activation] = self._activation(routine, call, caller, skip)
            self.keep((routine, call, caller))
        return known

    def _activation(self, routine: Routine, call: o.Call | None, caller: Frame | None, skip: int) -> Frame:
        parameters = list(routine.function.parameters)
        if (
            routine.receiver is not None
            and routine.function.owner is not None
            and parameters
            and not is_static(routine.function)
        ):
            parameters = parameters[1:]
        arguments: dict[str, tuple[o.Value, Frame]] = {}
        if call is not None and caller is not None:
            arguments = bound(parameters, call, caller, skip)
        return Frame(routine.function, routine.path, arguments, routine.receiver, caller, call, routine.closure)

    def method_frame(self, method: o.Function, kind: Kind, receiver: Instance | None) -> Frame:
        """The frame in which a method of a class set what is asked about: that of the making, for ``__init__``."""
        if (
            receiver is not None
            and method.name == "__init__"
            and receiver.call is not None
            and receiver.frame is not None
        ):
            return self.enter(Routine(method, kind.path, receiver), receiver.call, receiver.frame)
        if receiver is not None:
            return self.enter(Routine(method, kind.path, receiver), None, None)
        return self.own_frame(method, kind.path)

    def around(self, definition: o.Class, path: str) -> Frame:
        """The frame in which a class is defined."""
        outer = definition.outer
        if outer is None or outer.name == "<module>":
            return self.module_frame(path)
        return self.own_frame(outer, path)


def _identity(receiver: Thing | None) -> tuple[object, ...]:
    """What tells one object from another: its class, and the call that made it."""
    if isinstance(receiver, Instance):
        return (*_identity(receiver.kind), id(receiver.call), id(receiver.frame))
    if isinstance(receiver, Kind):
        return (id(receiver.definition),)
    return (receiver.name,) if isinstance(receiver, Outside) else (id(receiver),)


def _handed_on(frame: Frame, routine: Routine, call: o.Call | None, caller: Frame) -> Frame:
    """The frame of a handler, called by the wrapper around it."""
    if frame.caller is None and call is not None:
        frame.caller, frame.call = caller, call
        parameters = routine.function.parameters[1 if routine.function.owner is not None else 0 :]
        frame.arguments = bound(parameters, call, caller)
    return frame
