"""In which contexts a function runs: on objects of which class, and with which arguments. As far as the workspace shows."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from weakref import WeakKeyDictionary

from msgspec import Struct, field

from twice import outline as o
from twice.project.arguments import bound
from twice.project.names import Names
from twice.project.starts import starts_of
from twice.project.things import Frame, Instance, Kind, Routine, is_static

# A function that is called from more places than these is a tool, and a chain of callers this long says all that matters.
_MOST_CONTEXTS = 6
_LONGEST_CHAIN = 3


class CallSite(Struct, frozen=True, eq=False):
    """A call of a function of ours, in the function where it stands."""

    path: str
    function: o.Function
    call: o.Call


def contexts(
    names: Names, function: o.Function, path: str, chain: int = _LONGEST_CHAIN, most: int = _MOST_CONTEXTS
) -> tuple[Frame, ...]:
    """The frames of a function: one for each class whose objects run it and each way it is called; at least one."""
    if function.name == "<module>":
        return (names.frames.module_frame(path),)
    known = _table(names).contexts
    key = (id(function), chain, most)
    if key not in known:
        known[key] = (names.frames.own_frame(function, path),)  # also the answer to whoever asks from inside
        known[key] = tuple(islice(_frames(names, function, path, chain, most), most)) or known[key]
    return known[key]


def _frames(names: Names, function: o.Function, path: str, chain: int, most: int) -> Iterator[Frame]:
    if chain == 0:
        return
    for receiver in _receivers(names, function, path, chain):
        for arguments in _arguments(names, function, path, chain, most):
            closure = _closure(names, function, path, chain)
            frame = Frame(function, path, dict(arguments), receiver=receiver, closure=closure)
            names.frames.keep(frame)
            yield frame


def _closure(names: Names, function: o.Function, path: str, chain: int) -> Frame | None:
    """The activation in which a function inside another one was defined."""
    outer = function.outer
    return contexts(names, outer, path, chain - 1)[0] if outer is not None and outer.name != "<module>" else None


# On which objects


def _receivers(names: Names, function: o.Function, path: str, chain: int) -> Iterator[Instance | None]:
    """Objects of the classes that have this method: the class itself, unless others only build on it, and its heirs."""
    if function.owner is None or is_static(function):
        yield None
        return
    found = False
    for kind in heirs(names, Kind(function.owner, path)):
        own = names.member(Instance(kind), function.name)
        if isinstance(own, Routine) and own.function is function:
            made = _made(names, kind, chain)
            if made is not None or not list(islice(heirs(names, kind), 1, 2)):
                found = True
                yield made or Instance(kind)
    if not found:
        yield Instance(Kind(function.owner, path))


def heirs(names: Names, kind: Kind) -> Iterator[Kind]:
    """A class and all classes of the workspace that extend it."""
    waiting, seen = [kind], {id(kind.definition)}
    while waiting:
        current = waiting.pop(0)
        yield current
        for path, definition in _table(names).by_base.get(current.definition.name, ()):
            heir = Kind(definition, path)
            if id(definition) not in seen and _extends(names, heir, current):
                seen.add(id(definition))
                waiting.append(heir)


def _extends(names: Names, heir: Kind, kind: Kind) -> bool:
    return any(isinstance(a, Kind) and a.definition is kind.definition for a in names.ancestors(heir))


def _made(names: Names, kind: Kind, chain: int) -> Instance | None:
    """The object as it is made somewhere, with what its constructor is given."""
    for site in calls_named(names, kind.definition.name):
        for frame in contexts(names, site.function, site.path, chain - 1):
            thing = names.resolve(site.call, frame)
            if isinstance(thing, Instance) and isinstance(thing.kind, Kind):
                if thing.kind.definition is kind.definition and thing.call is site.call:
                    return thing
    return None


# With which arguments

_Arguments = dict[str, tuple[o.Value, Frame]]


def _arguments(names: Names, function: o.Function, path: str, chain: int, most: int) -> Iterator[_Arguments]:
    parameters = [p for p in function.parameters if not (function.owner is not None and p.name in ("self", "cls"))]
    found = list(islice(_given(names, function, parameters, chain), most)) if parameters else []
    yield from found or ({},)


def _given(names: Names, function: o.Function, parameters: list[o.Parameter], chain: int) -> Iterator[_Arguments]:
    for start in starts_of(names, function):
        if start.meaning is not None:
            for frame in contexts(names, start.function, start.path, chain - 1):
                arguments = _started_with(start.meaning.call, parameters, frame)
                if arguments:
                    yield arguments
    for site in callers(names, function):
        for frame in contexts(names, site.function, site.path, chain - 1):
            yield bound(parameters, site.call, frame, 0)


def _started_with(call: o.Call, parameters: list[o.Parameter], frame: Frame) -> _Arguments:
    """``Thread(target=work, args=(queue,))``: what stands in ``args`` and ``kwargs``."""
    given: list[o.Argument] = []
    for one in call.arguments:
        if one.name == "args" and isinstance(one.value, o.Collection):
            given.extend(o.Argument(item.start, item.end, None, item) for item in one.value.items)
        elif one.name == "kwargs" and isinstance(one.value, o.Mapping):
            keys = ((key.value, item) for key, item in one.value.items if isinstance(key, o.Literal))
            given.extend(o.Argument(item.start, item.end, str(key), item) for key, item in keys)
    return bound(parameters, o.Call(call.start, call.end, call.callee, tuple(given)), frame, 0) if given else {}


def callers(names: Names, function: o.Function) -> Iterator[CallSite]:
    """Where a function is called, by the name it has; what makes an object is called by that of its class."""
    owner = function.owner if function.name == "__init__" else None
    for name in (function.name, owner.name) if owner is not None else (function.name,):
        for site in calls_named(names, name):
            thing = names.resolve(site.call.callee, plain_frame(names, site))
            made = isinstance(thing, Kind) and thing.definition is owner
            called = isinstance(thing, Routine) and thing.function is function and site.function is not function
            if made or called:
                yield site


def plain_frame(names: Names, site: CallSite) -> Frame:
    """The function of a call by itself, in no context."""
    if site.function.name == "<module>":
        return names.frames.module_frame(site.path)
    return names.frames.own_frame(site.function, site.path)


# Where to look


class _Table(Struct):
    """What was found of one workspace; ``calling`` are the files in which a name is called, with the bytes where it stands."""

    contexts: dict[tuple[int, int, int], tuple[Frame, ...]] = field(default_factory=dict)
    sites: dict[str, tuple[CallSite, ...]] = field(default_factory=dict)
    by_base: dict[str, list[tuple[str, o.Class]]] = field(default_factory=dict)
    calling: dict[bytes, dict[str, list[int]]] = field(default_factory=dict)
    functions: dict[str, list[o.Function]] = field(default_factory=dict)

    def files(self, names: Names) -> dict[bytes, dict[str, list[int]]]:
        if not self.calling:
            for path, outline in names.code.items():
                for found in _CALLED.finditer(outline.data):
                    self.calling.setdefault(found[1], {}).setdefault(path, []).append(found.start())
        return self.calling

    def around(self, outline: o.Outline, path: str, places: Iterable[int]) -> list[o.Function]:
        """The functions in which these bytes stand, outer ones too, in the order of the source."""
        if path not in self.functions:
            self.functions[path] = sorted(outline.everywhere(), key=lambda function: function.start)
        functions = self.functions[path]
        found: dict[int, o.Function] = {}
        for at in places:
            index = bisect_right(functions, at, key=lambda function: function.start) - 1
            function = functions[index] if index >= 0 else None
            while function is not None and function is not outline.module:
                if function.start <= at < function.end:
                    found[id(function)] = function
                function = function.outer
        return [outline.module, *sorted(found.values(), key=lambda function: function.start)]


_CALLED = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")


_tables: WeakKeyDictionary[Names, _Table] = WeakKeyDictionary()


def _table(names: Names) -> _Table:
    if names not in _tables:
        _tables[names] = table = _Table()
        for path, outline in names.code.items():
            for definition in outline.classes:
                for base in definition.bases:
                    table.by_base.setdefault(_last_name(base), []).append((path, definition))
    return _tables[names]


def _last_name(base: o.Value) -> str:
    base = base.base if isinstance(base, o.Subscript) else base
    return base.name if isinstance(base, o.Attribute) else base.id if isinstance(base, o.Name) else ""


def calls_named(names: Names, name: str) -> tuple[CallSite, ...]:
    """All calls by this last name."""
    table = _table(names)
    if name not in table.sites:
        table.sites[name] = tuple(
            CallSite(path, function, call)
            for path, places in table.files(names).get(name.encode(), {}).items()
            for function in table.around(names.outlines[path], path, places)
            for call in function.calls
            if o.called_name(call) == name
        )
    return table.sites[name]
