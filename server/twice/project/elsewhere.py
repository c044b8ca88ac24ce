"""What is worth following outside all handlers: functions in which something is sent, received, committed or tried again, and
modules that declare something."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from twice import outline as o
from twice.project.calls import meanings
from twice.project.names import Names
from twice.project.things import Frame
from twice.project.words import any_of


class Words(Struct, frozen=True):
    """The last names of the calls that matter in a file. One that is ``handed`` on matters too: somebody will call it."""

    handed: frozenset[str]
    called: frozenset[str]


def elsewhere(names: Names, paths: Mapping[str, frozenset[str]], seen: frozenset[int]) -> list[tuple[str, o.Function]]:
    """Functions of these files, given with the trigger words in them, that call what matters outside handlers too, but not those
    ``seen`` in a handler's run; and the modules that call what declares something."""
    spoken, marked, declaring = names.libraries.spoken(), names.libraries.marked(), names.libraries.declaring()
    by_marks: dict[frozenset[str], Words] = {}
    found: list[tuple[str, o.Function]] = []
    for path, triggers in paths.items():
        marks = triggers.intersection(marked)
        words = by_marks.get(marks)
        if words is None:
            words = by_marks[marks] = Words(spoken, spoken.union(*(marked[mark] for mark in marks)))
        outline = names.outlines[path]
        found += [
            (path, function)
            for function in outline.functions
            if id(function) not in seen and _is_followed(names, path, function, words)
        ]
        if _declares(names, path, declaring):
            found.append((path, outline.module))
    return found


def _declares(names: Names, path: str, words: frozenset[str]) -> bool:
    module = id(names.outlines[path].module)
    if module not in names.spoken:
        names.spoken[module] = _says_at_its_level(names, path, words)
    return names.spoken[module]


def _says_at_its_level(names: Names, path: str, words: frozenset[str]) -> bool:
    frame = names.frames.module_frame(path)
    return any(
        meaning.spec.declares_anywhere
        for call in frame.function.calls
        if isinstance(call, o.Call) and o.called_name(call) in words
        for meaning in meanings(names, call, frame)
    )


def _is_followed(names: Names, path: str, function: o.Function, words: Words) -> bool:
    known = names.spoken.get(id(function))
    if known is None:
        known = names.spoken[id(function)] = _speaks(names, path, function, words)
    return known


def _speaks(names: Names, path: str, function: o.Function, words: Words) -> bool:
    start = min((decorator.start for decorator in function.decorators), default=function.start)
    if any_of(words.called).search(names.outlines[path].data, start, function.end) is None:
        return False
    outer = names.frames.module_frame(path)
    if any(_matters(names, _applied(value), outer, words) for value in function.decorators):
        return True
    return any(_says(names, inner, path, words) for inner in o.everywhere((function,)))


def _applied(decorator: o.Value) -> o.Value:
    """A decorator is called, with brackets or without."""
    return decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())


def _says(names: Names, function: o.Function, path: str, words: Words) -> bool:
    frame = names.frames.own_frame(function, path)
    return any(_matters(names, value, frame, words) for s in function.statements for value in o.values_of(s))


def _matters(names: Names, value: o.Value, frame: Frame, words: Words) -> bool:
    inner: set[int] = set()
    for part in reversed(o.walk(value)):  # what surrounds a name before the name
        match part:
            case o.Lambda() if _says(names, part.function, frame.path, words):
                return True
            case o.Call():
                inner.add(id(part.callee))
                if o.called_name(part) in words.called and _means(names, part, frame):
                    return True
            case o.Attribute(base=base) | o.Subscript(base=base):
                inner.add(id(base))
        name = part.name if isinstance(part, o.Attribute) else part.id if isinstance(part, o.Name) else ""
        if name in words.handed and id(part) not in inner:
            return True  # handed on, to be called by somebody else
    return False


def _means(names: Names, call: o.Call, frame: Frame) -> bool:
    return any(meaning.spec.matters_anywhere for meaning in meanings(names, call, frame))
