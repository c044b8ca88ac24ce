"""Tests that make one call of a handler more than once, and whether they give it the same event again."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from twice import outline as o
from twice.facts import Handler, Test
from twice.project.names import Names
from twice.project.things import Frame, Outside, Routine
from twice.text import Place

# Most tests have nothing to do with handlers, and reading one costs more than all that comes before: its words are looked at, then
# whether it says the same call twice, or something that may repeat one.
_WORDS = bytes(byte if chr(byte).isalnum() or byte in b"_" else ord(" ") for byte in range(256))
_TEST = re.compile(rb"^[ \t]*(?:async[ \t]+)?def[ \t]+test", re.MULTILINE)
_REPEATS = re.compile(
    rb"\bin[ \t]+range\((?![01]\))|\][ \t]*\*[ \t]*\d|[\[(]\s*(?!None|True|False)([^\W\d]\w*)\s*,\s*\1\s*[,\])]"
)
# A value that is another one each time.
_FRESH = re.compile(r"(?i)uuid|rand|now|time|token|fake|factory|next")
_ONCE = re.compile(r"range\((?:0, *)?[01]\)")


class Tested(Struct, frozen=True, eq=False):
    """A handler with its function, as tests may call it."""

    function: o.Function
    handler: Handler


class _Calling(Struct, frozen=True, eq=False):
    """A call of a handler in a test."""

    call: o.Call
    handler: Handler


def test_files(names: Names, tested: Iterable[Tested]) -> Iterator[tuple[str, frozenset[bytes]]]:
    """The files among those of tests that have the name of a handler in them, with these names."""
    words = {one.function.name.encode() for one in tested}
    for path, outline in names.outlines.items():
        is_test = path not in names.code or path.endswith("/tests.py")
        if is_test and (found := words.intersection(outline.data.translate(_WORDS).split())):
            yield path, frozenset(found)


def repeating_tests(
    names: Names, path: str, words: frozenset[bytes], tested: Iterable[Tested]
) -> tuple[tuple[Test, Handler], ...]:
    """Each test of a file that calls one of the handlers of these names more than once, with that handler."""
    handlers = {id(one.function): one.handler for one in tested}
    calls = re.compile(rb"\b(" + b"|".join(map(re.escape, sorted(words))) + rb")(?:\.(?!assert)\w+)?\(([^)]*)")
    outline = names.outlines[path]
    starts = [*(found.end() for found in _TEST.finditer(outline.data)), len(outline.data)]
    told = [start for start, end in pairwise(starts) if _may_repeat(outline.data[start:end], calls)]
    if not told:
        return ()
    tests = (one for one in outline.functions if one.name.startswith("test"))
    read = (one for one in tests if any(one.start <= start < one.end for start in told))
    return tuple(pair for one in read for pair in _in_test(names, one, path, handlers))


def _may_repeat(text: bytes, calls: re.Pattern[bytes]) -> bool:
    called = [(name, b"".join(given.split())) for name, given in calls.findall(text)]
    return len(called) > len(set(called)) or (bool(called) and _REPEATS.search(text) is not None)


def _in_test(
    names: Names, function: o.Function, path: str, tested: Mapping[int, Handler]
) -> Iterator[tuple[Test, Handler]]:
    frame = names.frames.own_frame(function, path)
    calls = [_Calling(call, handler) for call in function.calls if (handler := _called(names, call, frame, tested))]
    for handler in dict.fromkeys(one.handler for one in calls):
        own = [one.call for one in calls if one.handler is handler]
        repeats = any(_is_repeated(names, call, frame) for call in own) or _has_two_alike(names, own, frame)
        if not repeats and len(own) < 2:
            continue
        place = Place(path, function.name_start, function.name_start + len(function.name.encode()))
        yield Test(place=place, name=function.qualified_name, repeats_event=repeats), handler


def _called(names: Names, call: o.Call, frame: Frame, tested: Mapping[int, Handler]) -> Handler | None:
    """The handler that is called with something, itself or by a method of what its decorator has made of it."""
    if all(isinstance(one.value, o.Literal) and isinstance(one.value.value, bool | None) for one in call.arguments):
        return None  # that is no event
    callees = [call.callee]
    if isinstance(call.callee, o.Attribute) and not call.callee.name.startswith("assert"):
        callees.append(call.callee.base)
    for callee in callees:
        thing = names.resolve(callee, frame)
        if isinstance(thing, Routine) and id(thing.function) in tested:
            return tested[id(thing.function)]
    return None


# --- the same event again --------------------------------------------------------------------------------------------


def _has_two_alike(names: Names, calls: Sequence[o.Call], frame: Frame) -> bool:
    data = names.outlines[frame.path].data
    return any(
        [_text(data, a.value) for a in one.arguments] == [_text(data, a.value) for a in other.arguments]
        and _stays(names, one, frame, one.start, other.start)
        and not _excludes(frame.function, one, other)
        for index, one in enumerate(calls)
        for other in calls[index + 1 :]
    )


def _is_repeated(names: Names, call: o.Call, frame: Frame) -> bool:
    """By a loop around it that gives it nothing new, or because what it is given holds one record twice."""
    values = [part for argument in call.arguments for part in o.walk(_told(argument.value, frame))]
    if any(_holds_twice(names, part, frame) for part in values):
        return True
    for target, source, start, end in _rounds(frame.function, call):
        given = {part.id for part in o.walk(target) if isinstance(part, o.Name)}
        used = {part.id for argument in call.arguments for part in o.walk(argument.value) if isinstance(part, o.Name)}
        if not used & given:
            several = _ONCE.search(_text(names.outlines[frame.path].data, source)) is None
            return several and _stays(names, call, frame, start, end)
        if _holds_twice(names, _told(source, frame), frame):
            return True
    return False


def _rounds(function: o.Function, call: o.Call) -> Iterator[tuple[o.Value, o.Value, int, int]]:
    """The loops and comprehensions around a call, innermost first: what they give, of what, and where they are."""
    found = [
        (one.target, one.source, one.body[0].start, one.body[-1].end)
        for one in function.statements
        if isinstance(one, o.Loop) and one.target is not None and one.body
    ]
    for value in (value for statement in function.statements for value in o.values_of(statement)):
        for part in o.walk(value):
            if isinstance(part, o.Comprehension) and part.clauses:
                found.append((*part.clauses[-1], part.start, part.end))
    around = [one for one in found if one[2] <= call.start and call.end <= one[3]]
    yield from sorted(around, key=lambda one: one[3] - one[2])


def _told(value: o.Value, frame: Frame) -> o.Value:
    """What the test itself has given a name, if it has done so once."""
    if not isinstance(value, o.Name):
        return value
    given = [
        one.value
        for one in frame.function.statements
        if isinstance(one, o.Assign) and any(isinstance(t, o.Name) and t.id == value.id for t in one.targets)
    ]
    return given[0] if len(given) == 1 and given[0] is not None else value


def _holds_twice(names: Names, value: o.Value, frame: Frame) -> bool:
    """A list in which one name stands twice, or a list times a number."""
    if isinstance(value, o.Operation) and value.operator == "*":
        number = next((one.value for one in value.operands if isinstance(one, o.Literal)), None)
        return isinstance(number, int) and number > 1 and any(isinstance(one, o.Collection) for one in value.operands)
    if not isinstance(value, o.Collection):
        return False
    texts = [_text(names.outlines[frame.path].data, one) for one in value.items if isinstance(one, o.Name | o.Mapping)]
    return len(set(texts)) < len(texts)


def _stays(names: Names, call: o.Call, frame: Frame, start: int, end: int) -> bool:
    """Is the event of this call the same one from here to there: not made anew, and nothing in it changed?"""
    parts = [part for argument in call.arguments for part in o.walk(argument.value)]
    if any(
        isinstance(part, o.Call) and _FRESH.search(_text(names.outlines[frame.path].data, part.callee))
        for part in parts
    ):
        return False
    made = [part for part in o.walk(call.arguments[0].value) if isinstance(part, o.Call)]
    if not all(_only_copies(names, one, frame) for one in made):
        return False
    used = {part.id for part in parts if isinstance(part, o.Name)}
    return not any(
        isinstance(root := o.root(target), o.Name) and root.id in used
        for one in frame.function.statements
        if isinstance(one, o.Assign) and start < one.end and one.start < end
        for target in one.targets
    )


def _only_copies(names: Names, call: o.Call, frame: Frame) -> bool:
    thing = names.resolve(call.callee, frame)
    top = thing.name.partition(".")[0] if isinstance(thing, Outside) else ""
    return top == "builtins" or top in sys.stdlib_module_names


def _excludes(function: o.Function, one: o.Call, other: o.Call) -> bool:
    """Do they stand in two branches of which only one is taken?"""
    branches = [s for s in function.statements if isinstance(s, o.If) and s.then and s.otherwise]
    return any(
        a[0].start <= one.start < a[-1].end and b[0].start <= other.start < b[-1].end
        for s in branches
        for a, b in ((s.then, s.otherwise), (s.otherwise, s.then))
    )


def _text(data: bytes, value: o.Value) -> str:
    return " ".join(data[value.start : value.end].decode("utf-8", "replace").split())
