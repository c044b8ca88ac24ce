"""Every call of a library's method, with the object it is made on: what is done to an object somewhere in its file."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.names import Names
from twice.project.things import Frame, Instance, Outside


def calls_on(names: Names, receiver: Instance | None, method: str) -> tuple[tuple[o.Call, Frame], ...]:
    """The calls of a method (its dotted library name) on this very object, known by the call that made it."""
    if receiver is None or receiver.call is None:
        return ()
    return _all_calls(names, method).get(id(receiver.call), ())


def receiver_of(names: Names, meaning: Meaning) -> Instance | None:
    """The object an operation is made on; where the operation makes the object itself, that object."""
    if meaning.receiver is not None:
        return meaning.receiver
    made = names.resolve(meaning.call, meaning.frame)
    return made if isinstance(made, Instance) else None


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
    last = method.rpartition(".")[2]
    for path, outline in names.code.items():
        if f".{last}(".encode() not in outline.data:
            continue
        for function in (outline.module, *outline.functions):
            frame = (
                names.frames.module_frame(path)
                if function is outline.module
                else names.frames.own_frame(function, path)
            )
            for call in function.calls:
                if isinstance(call.callee, o.Attribute) and call.callee.name == last:
                    thing = names.resolve(call.callee, frame)
                    if isinstance(thing, Outside) and method in names.spellings(thing):
                        if thing.receiver is not None and thing.receiver.call is not None:
                            yield thing.receiver.call, call, frame
