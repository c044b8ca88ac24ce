"""Who starts a function in a thread or task of its own, and whether anybody would notice its end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from msgspec import Struct

from twice import outline as o
from twice.project.calls import Meaning, meanings
from twice.project.constants import constant
from twice.project.given import argument
from twice.project.handles import Use, uses
from twice.project.names import Names
from twice.project.things import Kind, Outside, Routine
from twice.project.values import Given
from twice.text import Place


class Start(Struct, frozen=True, eq=False):
    """One call that starts a function aside. ``meaning`` is None where a class that is a thread runs it."""

    path: str
    function: o.Function
    meaning: Meaning | None = None


def starts_of(names: Names, function: o.Function) -> tuple[Start, ...]:
    """The starts of a function that the workspace shows."""
    if names not in _known:
        _known[names] = _all_starts(names)
    return _known[names].get(id(function), ())


_known: WeakKeyDictionary[Names, dict[int, tuple[Start, ...]]] = WeakKeyDictionary()


def is_unnoticed(names: Names, start: Start) -> bool:
    """The process lives on for certain when what was started ends, and nothing in sight asks after it."""
    meaning = start.meaning
    if meaning is None:
        return False
    found = uses(names.outlines[start.path], start.function, meaning.call)
    stopped = min((use.start for use in found if use.name in _STOPPING), default=None)
    if any(not _is_harmless(use, stopped) for use in found):
        return False
    return meaning.spec.kind == "task" or _is_daemon(names, meaning, found)


# What is done to a thread or task that tells nothing about its end; waiting for it once it has been stopped tells nothing either.
_STOPPING = frozenset({"cancel"})
_HARMLESS = frozenset({"start", "daemon", "setDaemon", "name", "setName", "set_name", "get_name", "ident", "tested"})


def _is_harmless(use: Use, stopped: int | None) -> bool:
    return use.name in _HARMLESS | _STOPPING or (stopped is not None and use.start > stopped)


def _is_daemon(names: Names, meaning: Meaning, found: tuple[Use, ...]) -> bool:
    given = argument(names, meaning.call, meaning.frame, "$daemon")
    if isinstance(given, Given):
        return constant(names, given.value, given.frame) is True
    return any(use.name == "setDaemon" or (use.name == "daemon" and use.assigned) for use in found)


def named_at(start: Start) -> Place | None:
    """Where the call that starts is named."""
    if start.meaning is None:
        return None
    callee = start.meaning.call.callee
    begin = callee.name_start if isinstance(callee, o.Attribute) else callee.start
    return Place(start.path, begin, callee.end)


# Finding them


def _all_starts(names: Names) -> dict[int, tuple[Start, ...]]:
    words = {
        name.rpartition(".")[2] for name, specs in names.libraries.calls.items() if any(_is_aside(s) for s in specs)
    }
    classes = set(names.libraries.settings.get("thread_classes", ()))
    words |= {name.rpartition(".")[2] for name in classes}
    if not words:
        return {}
    pattern = re.compile(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in sorted(words)) + rb")\b")
    found: dict[int, list[Start]] = {}
    for path, outline in names.code.items():
        if pattern.search(outline.data):
            for target, start in (*_in_file(names, path, outline, words), *_by_class(names, path, outline, classes)):
                found.setdefault(id(target), []).append(start)
    return {key: tuple(several) for key, several in found.items()}


def _is_aside(spec: object) -> bool:
    return bool(getattr(spec, "runs", "")) and getattr(spec, "how", "") == "aside"


def _in_file(names: Names, path: str, outline: o.Outline, words: set[str]) -> Iterator[tuple[o.Function, Start]]:
    for function in (outline.module, *outline.everywhere()):
        frame = (
            names.frames.module_frame(path) if function is outline.module else names.frames.own_frame(function, path)
        )
        for call in function.calls:
            named = call.callee.name if isinstance(call.callee, o.Attribute) else getattr(call.callee, "id", "")
            if named not in words:
                continue
            for meaning in meanings(names, call, frame):
                target = _target(names, meaning) if _is_aside(meaning.spec) else None
                if target is not None:
                    yield target, Start(path, function, meaning)


def _target(names: Names, meaning: Meaning) -> o.Function | None:
    given = argument(names, meaning.call, meaning.frame, meaning.spec.runs) if meaning.spec.runs != "*" else None
    if not isinstance(given, Given):
        return None
    value = given.value.value if isinstance(given.value, o.Await) else given.value
    thing = names.resolve(value, given.frame)
    if isinstance(value, o.Call):
        callee = names.resolve(value.callee, given.frame)
        thing = thing if isinstance(callee, Outside) else callee
    return thing.function if isinstance(thing, Routine) else None


def _by_class(names: Names, path: str, outline: o.Outline, classes: set[str]) -> Iterator[tuple[o.Function, Start]]:
    """``class Worker(Thread): def run(self)``"""
    for definition in outline.classes:
        method = definition.methods.get("run")
        if method is not None and classes & set(names.type_names(Kind(definition, path))):
            yield method, Start(path, method)
