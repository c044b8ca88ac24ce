"""The settings of a framework's application objects, wherever the workspace writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from twice import outline as o
from twice.facts import App
from twice.project.given import argument
from twice.project.names import Names
from twice.project.setting_files import Written, from_object, joined, of_mapping, of_site
from twice.project.things import Frame, Instance, Kind, Outside
from twice.project.values import Given, follow

# An application by the call that makes it; None for what is written of one that cannot be told.
Application = tuple[str, int] | None


class Settings(Struct, frozen=True):
    """What is written of one application: by the setting's name in lower case, each value that may be the one that counts.

    ``complete`` is false when some of it comes from outside the workspace.
    """

    written: Written = field(default_factory=dict)
    complete: bool = True


class Applications:
    """The applications of a workspace, by the type that the library files give them. ``facts`` are told once for each."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._known: dict[str, dict[Application, Settings]] = {}
        self.facts: dict[tuple[str, int], App] = {}

    def of(self, kind: str, thing: Instance | None) -> tuple[Settings, ...]:
        """The settings of the application that a thing is; of every one when it is none, and no answer when there is none."""
        if kind not in self._known:
            spec = self._names.libraries.settings.get(kind)
            self._known[kind] = _all(self._names, kind, spec) if isinstance(spec, Mapping) else {}
        known = self._known[kind]
        own = _identity(self._names, thing, kind)
        if own in known and own is not None:
            return (known[own],)
        return tuple(known.values())

    def made(self, kind: str, thing: Instance | None) -> tuple[str, int] | None:
        """The file and the start of the call that makes the application a thing is; of the only one, when it is none.

        Of a kind whose settings are in no file any call that makes one will do.
        """
        self.of(kind, None)
        known = self._known[kind]
        own = _identity(self._names, thing, kind)
        if own is None and len(known) == 1:
            own = next(iter(known))
        return own if own in known or kind not in self._names.libraries.settings else None


def _identity(names: Names, thing: Instance | None, kind: str) -> Application:
    if thing is None or thing.call is None or thing.frame is None or kind not in set(names.type_names(thing)):
        return None
    return (thing.frame.path, thing.call.start)


def _all(names: Names, kind: str, spec: Mapping[str, Any]) -> dict[Application, Settings]:
    """Everything written of applications of a kind. What is written of an unknown one holds for each of them.

    A kind that a framework has one of, filled from its settings modules, is not made anywhere.
    """
    if spec.get("single"):
        written, seen = of_site(names, "", str(spec.get("site_mark", "")))
        return {None: Settings(written, seen)} if seen else {}
    makers = _makers(names.code.values(), kind)
    mentions = _mentions(spec, makers)
    reader = _Reader(names, kind, spec, makers)
    found: dict[Application, Settings] = {}
    for path, outline in names.code.items():
        if not mentions.search(outline.data):
            continue
        for statement, frame in _statements(names, outline, path, mentions):
            for own, more in reader.read(statement, frame):
                found[own] = _together(found.get(own, Settings()), more)
    everywhere = found.pop(None, Settings())
    lasting = {own: one for own, one in found.items() if own is not None and not _is_passing(names, *own)} or found
    return {own: _together(one, everywhere) for own, one in lasting.items()}


def _is_passing(names: Names, path: str, start: int) -> bool:
    """Made in a function, to look at something: where others are made by modules, it is not what the tasks belong to."""
    return any(function.start <= start < function.end for function in names.outlines[path].functions)


def _together(one: Settings, other: Settings) -> Settings:
    return Settings(joined(one.written, other.written), one.complete and other.complete)


def _makers(outlines: Iterable[o.Outline], kind: str) -> frozenset[str]:
    """The names under which the workspace may call this type: its own, those of classes made of it, and aliases."""
    renamed = [pair for outline in outlines for pair in _renamed(outline)]
    known = {kind.rpartition(".")[2]}
    while more := {new for new, old in renamed if old in known} - known:
        known |= more
    return frozenset(known)


def _renamed(outline: o.Outline) -> Iterator[tuple[str, str]]:
    for definition in outline.classes:
        for base in definition.bases:
            yield definition.name, _last_name(base)
    for statement in outline.module.body:
        if isinstance(statement, o.Import) and statement.member and statement.local != statement.member:
            yield statement.local, statement.member


def _last_name(value: o.Value) -> str:
    return value.name if isinstance(value, o.Attribute) else value.id if isinstance(value, o.Name) else ""


def _mentions(spec: Mapping[str, Any], makers: frozenset[str]) -> re.Pattern[bytes]:
    """The text without which neither a file nor a function says anything about the settings."""
    words = sorted({*spec.get("objects", ()), *makers})
    attribute = rf"\.{re.escape(str(spec.get('attribute', '')))}\b"
    return re.compile("|".join((attribute, *(rf"\b{re.escape(word)}\b" for word in words))).encode())


def _statements(
    names: Names, outline: o.Outline, path: str, mentions: re.Pattern[bytes]
) -> Iterator[tuple[o.Statement, Frame]]:
    for statement in outline.module.statements:
        yield statement, names.frames.module_frame(path)
    for function in outline.functions:
        if mentions.search(outline.data, function.start, function.end):
            inside = names.frames.own_frame(function, path)
            for statement in function.statements:
                yield statement, inside


class _Reader(Struct, frozen=True):
    """Reads what one statement says of applications of a kind; ``spec`` says how they are written to."""

    names: Names
    kind: str
    spec: Mapping[str, Any]
    makers: frozenset[str]

    def read(self, statement: o.Statement, frame: Frame) -> Iterator[tuple[Application, Settings]]:
        if isinstance(statement, o.Assign) and statement.value is not None:
            for target in statement.targets:
                yield from self._assigned(target, Given(statement.value, frame))
        for value in o.values_of(statement):
            for part in o.walk(value):
                if isinstance(part, o.Call):
                    yield from self._called(part, frame)

    def _assigned(self, target: o.Value, given: Given) -> Iterator[tuple[Application, Settings]]:
        """``app.conf.name = value``, ``app.conf["name"] = value``, and ``app.Name = value`` for what the spec names."""
        if isinstance(target, o.Subscript) and isinstance(target.key, o.Literal):
            base, name = target.base, str(target.key.value)
        elif isinstance(target, o.Attribute):
            base, name = target.base, target.name
        else:
            return
        base, frame = self._behind(base, given.frame)
        if isinstance(base, o.Attribute) and base.name == self.spec.get("attribute"):
            yield from self._of(base.base, frame, {name.lower(): (given,)})
        elif name in self.spec.get("attributes", {}):
            yield from self._of(base, given.frame, {self.spec["attributes"][name]: (given,)})

    def _behind(self, base: o.Value, frame: Frame) -> tuple[o.Value, Frame]:
        """What a name stands for: ``conf = app.conf``"""
        found = follow(self.names, Given(base, frame)) if isinstance(base, o.Name) else None
        return (
            (found.value, found.frame) if found is not None and isinstance(found.value, o.Attribute) else (base, frame)
        )

    def _of(
        self, app: o.Value, frame: Frame, written: Written, complete: bool = True
    ) -> Iterator[tuple[Application, Settings]]:
        thing = self.names.resolve(app, frame)
        if isinstance(thing, Instance) and self.kind in set(self.names.type_names(thing)):
            yield _identity(self.names, thing, self.kind), Settings(written, complete)
        elif thing is None and _is_parameter(app, frame):
            # Whoever calls this gives it one of them; what it leaves open says nothing of the others.
            yield None, Settings(written)

    def _called(self, call: o.Call, frame: Frame) -> Iterator[tuple[Application, Settings]]:
        callee = call.callee
        if isinstance(callee, o.Attribute) and callee.name in ("update", "setdefault"):
            base, inside = self._behind(callee.base, frame)
            if isinstance(base, o.Attribute) and base.name == self.spec.get("attribute"):
                yield from self._of(base.base, inside, *_given(self.names, call, frame))
                return
        if isinstance(callee, o.Attribute) and callee.name in self.spec.get("mappings", ()):
            yield from self._of(callee.base, frame, *_given(self.names, call, frame))
        elif isinstance(callee, o.Attribute) and callee.name in self.spec.get("objects", ()):
            written, complete = from_object(self.names, call, frame, self.spec, "$obj@0")
            yield from self._of(callee.base, frame, written, complete)
        elif _last_name(callee) in self.makers and self._makes(callee, frame):
            yield (frame.path, call.start), self._made(call, frame)

    def _made(self, call: o.Call, frame: Frame) -> Settings:
        """What the call that makes the application is given, and what the object says that it names."""
        written, complete = _given(self.names, call, frame, positional=False)
        for reference in self.spec.get("sources", ()):
            if argument(self.names, call, frame, reference) is not None:
                more, known = from_object(self.names, call, frame, self.spec, reference)
                written, complete = joined(written, more), complete and known
        return Settings(written, complete)

    def _makes(self, callee: o.Value, frame: Frame) -> bool:
        thing = self.names.resolve(callee, frame)
        return isinstance(thing, Kind | Outside) and self.kind in set(self.names.type_names(thing))


def _is_parameter(value: o.Value, frame: Frame) -> bool:
    return isinstance(value, o.Name) and any(one.name == value.id for one in frame.function.parameters)


def _given(names: Names, call: o.Call, frame: Frame, positional: bool = True) -> tuple[Written, bool]:
    """``update(name=value)``, ``update({"name": value})`` and ``update(**MAPPING)``; anything else comes from elsewhere."""
    written: Written = {one.name.lower(): (Given(one.value, frame),) for one in call.arguments if one.name is not None}
    complete = True
    for one in call.arguments:
        if one.star or (one.name is None and positional):
            more, known = of_mapping(names, Given(one.value, frame), "") if one.star != "*" else ({}, False)
            written, complete = {**written, **more}, complete and known
    return written, complete
