"""Functions that answer a web address and are handlers by what they read: who sends them events signs these, or numbers them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from twice import outline as o
from twice.libraries import HandlerSpec
from twice.project.calls import Meaning
from twice.project.declared import declaration
from twice.project.names import Names
from twice.project.things import Instance, Kind, Outside, Routine
from twice.project.words import any_of


class Route(Struct, frozen=True):
    """A function that answers, with what the library files say of its sender and the call that declares it."""

    spec: HandlerSpec
    routine: Routine
    used: Meaning | None


def routes(names: Names) -> Iterator[Route]:
    senders: dict[tuple[str, ...], list[HandlerSpec]] = {}
    for spec in names.libraries.handlers:
        if spec.signs:
            senders.setdefault(spec.signs, []).append(spec)
    for specs in senders.values():
        yield from _of_sender(names, specs)


def _of_sender(names: Names, specs: Sequence[HandlerSpec]) -> Iterator[Route]:
    """The functions that show a sign, or call one that does: checks are often helpers of their own."""
    signs = _any_of(specs[0].signs)
    marks = [mark.encode() for mark in specs[0].marks]
    showing = {
        path: {id(one): one for one in outline.functions if signs.search(outline.data, _start(one), one.end)}
        for path, outline in names.code.items()
        # Looking for a word costs a hundredth of looking for the patterns.
        if any(mark in outline.data for mark in marks) and outline.shows(signs)
    }
    helpers = any_of(frozenset(one.name for found in showing.values() for one in found.values()))
    for path, outline in names.code.items():
        if path not in showing and not outline.shows(helpers):
            continue
        for function in outline.functions:
            if id(function) in showing.get(path, {}) or _calls_one(names, function, path, helpers, showing):
                found = _answering(names, function, path, specs)
                if found is not None:
                    yield found


@lru_cache(maxsize=16)
def _any_of(signs: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile("|".join(f"(?:{one})" for one in signs).encode(), re.IGNORECASE | re.DOTALL)


def _calls_one(
    names: Names,
    function: o.Function,
    path: str,
    helpers: re.Pattern[bytes],
    showing: Mapping[str, Mapping[int, o.Function]],
) -> bool:
    data = names.outlines[path].data
    for word in {found[0].decode() for found in helpers.finditer(data, _start(function), function.end)}:
        thing = names.global_name(path, word)
        if isinstance(thing, Routine) and id(thing.function) in showing.get(thing.path, {}):
            return thing.function is not function
        method = function.owner.methods.get(word) if function.owner is not None else None
        if method is not None and method is not function and id(method) in showing.get(path, {}):
            return True
    return False


def _start(function: o.Function) -> int:
    return min((one.start for one in function.decorators), default=function.start)


def _answering(names: Names, function: o.Function, path: str, specs: Sequence[HandlerSpec]) -> Route | None:
    receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
    routine = Routine(function, path, receiver)
    frame = names.frames.module_frame(path)
    for decorator in function.decorators:
        call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())
        thing = names.resolve(call.callee, frame)
        spellings = set(names.spellings(thing)) if isinstance(thing, Outside) else set()
        for spec in specs:
            if spec.decorator and spec.decorator in spellings:
                return Route(
                    spec, routine, declaration(spec, call, frame, thing if isinstance(thing, Outside) else None)
                )
    types = set(names.type_names(Kind(function.owner, path))) if function.owner is not None else set()
    for spec in specs:
        if spec.base in types and spec.method == function.name:
            return Route(spec, routine, None)
        if spec.signature and function.owner is None and _answers(names, function, path, spec):
            return Route(spec, routine, None)
    return None


def _answers(names: Names, function: o.Function, path: str, spec: HandlerSpec) -> bool:
    """It takes a request, and makes an answer."""
    first = next((one.name for one in function.parameters), "")
    text = names.outlines[path].data[function.start : function.end]
    return re.fullmatch(spec.signature[0], first) is not None and re.search(spec.answers.encode(), text) is not None
