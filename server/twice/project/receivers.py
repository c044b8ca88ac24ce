"""Every call of a library's method, with the object it is made on: what is done to an object somewhere in its file."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.names import Names
from twice.project.things import Frame, Instance, Outside
from twice.truth import UNKNOWN, Setting


def calls_on(names: Names, receiver: Instance | None, method: str) -> tuple[tuple[o.Call, Frame], ...]:
    """The calls of a method (its dotted library name) on this very object, known by the call that made it."""
    if receiver is None or receiver.call is None:
        return ()
    return _all_calls(names, method).get(id(receiver.call), ())


def is_called(names: Names, receiver: Instance | None, method: str) -> object:
    """Is the method called on this very object? UNKNOWN where one of its name is called on an object that nobody can tell."""
    if calls_on(names, receiver, method):
        return Setting(True)
    return UNKNOWN if _on_unknown(names, method.rpartition(".")[2]) else Setting(False)


def receiver_of(names: Names, meaning: Meaning) -> Instance | None:
    """The object an operation is made on; where the operation makes the object itself, that object."""
    if meaning.receiver is not None:
        return meaning.receiver
    made = names.resolve(meaning.call, meaning.frame)
    return made if isinstance(made, Instance) else None


_unknown: WeakKeyDictionary[Names, dict[str, bool]] = WeakKeyDictionary()


def _on_unknown(names: Names, name: str) -> bool:
    known = _unknown.setdefault(names, {})
    if name not in known:
        found = (names.resolve(call.callee, frame) for call, frame in _calls_of(names, name))
        known[name] = any(thing is None for thing in found)
    return known[name]


_known: WeakKeyDictionary[Names, dict[str, dict[int, tuple[tuple[o.Call, Frame], ...]]]] = WeakKeyDictionary()


def _all_calls(names: Names, method: str) -> dict[int, tuple[tuple[o.Call, Frame], ...]]:
    known = _known.setdefault(names, {})
    if method not in known:
        found: dict[int, list[tuple[o.Call, Frame]]] = {}
        for made_by, call, frame in _search(names, method):
            found.setdefault(id(made_by), []).append((call, frame))
        known[method] = {key: tuple(calls) for key, calls in found.items()}
    return known[method]


def _search(names: Names, method: str) -> Iterator[tuple[o.Call, o.Call, Frame]]:
    for call, frame in _calls_of(names, method.rpartition(".")[2]):
        thing = names.resolve(call.callee, frame)
        if isinstance(thing, Outside) and method in names.spellings(thing):
            if thing.receiver is not None and thing.receiver.call is not None:
                yield thing.receiver.call, call, frame


def _calls_of(names: Names, name: str) -> Iterator[tuple[o.Call, Frame]]:
    """The calls of a method of this name, in whatever function."""
    for path, outline in names.code.items():
        if f".{name}(".encode() not in outline.data:
            continue
        for function in (outline.module, *outline.functions):
            frame = (
                names.frames.module_frame(path)
                if function is outline.module
                else names.frames.own_frame(function, path)
            )
            for call in function.calls:
                if isinstance(call.callee, o.Attribute) and call.callee.name == name:
                    yield call, frame
