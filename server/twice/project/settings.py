"""The settings of a framework's application object, wherever the workspace writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twice import outline as o
from twice.project.calls import Given, argument, literal_text
from twice.project.names import File, Frame, Instance, Kind, Names, Routine


@dataclass(frozen=True, slots=True)
class Settings:
    """What is written, by setting name in lower case. ``complete`` is false when some of it is read from outside."""

    written: Mapping[str, Given] = field(default_factory=dict)
    complete: bool = True


def settings(names: Names) -> dict[str, Settings]:
    """The settings of each kind of application object that the library files describe, by its type."""
    return {
        kind: _of_kind(names, kind, spec) for kind, spec in names.libraries.settings.items() if isinstance(spec, dict)
    }


def _of_kind(names: Names, kind: str, spec: Mapping[str, Any]) -> Settings:
    written: dict[str, Given] = {}
    complete = True
    makers = _makers(names.outlines.values(), kind)
    mentions = _mentions(spec, makers)
    for path, outline in names.outlines.items():
        if not mentions.search(outline.data):
            continue
        for statement, inside in _statements(names, outline, path, mentions):
            for name, given in _assigned(names, statement, inside, kind, spec):
                written[name] = given
            for call in _calls(statement):
                found, known = _called(names, call, inside, kind, spec, makers)
                written.update(found)
                complete = complete and known
    return Settings(written, complete)


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
    words = sorted(filter(None, {str(spec.get("object", "")), *makers}))
    attribute = rf"\.{re.escape(str(spec.get('attribute', '')))}\b"
    return re.compile("|".join((attribute, *(rf"\b{re.escape(word)}\b" for word in words))).encode())


def _statements(
    names: Names, outline: o.Outline, path: str, mentions: re.Pattern[bytes]
) -> Iterator[tuple[o.Statement, Frame]]:
    for statement in outline.module.statements:
        yield statement, names.module_frame(path)
    for function in outline.functions:
        outside = function.outer is not None and function.outer.name == "<module>"
        if outside and mentions.search(outline.data, function.start, function.end):
            inside = names.own_frame(function, path)
            for statement in function.statements:
                yield statement, inside


def _calls(statement: o.Statement) -> Iterator[o.Call]:
    for value in o.values_of(statement):
        for part in o.walk(value):
            if isinstance(part, o.Call):
                yield part


def _assigned(
    names: Names, statement: o.Statement, frame: Frame, kind: str, spec: Mapping[str, Any]
) -> Iterator[tuple[str, Given]]:
    """``app.conf.name = value``"""
    if not isinstance(statement, o.Assign) or statement.value is None:
        return
    for target in statement.targets:
        if (
            isinstance(target, o.Attribute)
            and isinstance(target.base, o.Attribute)
            and target.base.name == spec.get("attribute")
            and _is(names, target.base.base, frame, kind)
        ):
            yield target.name.lower(), Given(statement.value, frame)


def _called(
    names: Names, call: o.Call, frame: Frame, kind: str, spec: Mapping[str, Any], makers: frozenset[str]
) -> tuple[dict[str, Given], bool]:
    callee = call.callee
    if isinstance(callee, o.Attribute) and callee.name == "update" and isinstance(callee.base, o.Attribute):
        if callee.base.name == spec.get("attribute") and _is(names, callee.base.base, frame, kind):
            return _keywords(call, frame, positional=True), not any(one.star for one in call.arguments)
    if isinstance(callee, o.Attribute) and callee.name == spec.get("object") and _is(names, callee.base, frame, kind):
        return _from_object(names, call, frame, spec)
    made = names.resolve(call, frame) if _last_name(callee) in makers else None
    if isinstance(made, Instance) and made.call is call and kind in set(names.type_names(made)):
        return _keywords(call, frame), True
    return {}, True


def _keywords(call: o.Call, frame: Frame, positional: bool = False) -> dict[str, Given]:
    found = {one.name.lower(): Given(one.value, frame) for one in call.arguments if one.name is not None}
    for one in call.arguments if positional else ():
        if one.name is None and isinstance(one.value, o.Mapping):
            for key, value in one.value.items:
                if isinstance(key, o.Literal) and isinstance(key.value, str):
                    found[key.value.lower()] = Given(value, frame)
    return found


def _from_object(names: Names, call: o.Call, frame: Frame, spec: Mapping[str, Any]) -> tuple[dict[str, Given], bool]:
    source = argument(names, call, frame, "$obj@0")
    space = argument(names, call, frame, "$namespace@2")
    prefix = (literal_text(names, space.value, space.frame) or "") if isinstance(space, Given) else ""
    if not isinstance(source, Given):
        return {}, False
    text = literal_text(names, source.value, source.frame)
    if text is not None and text in spec.get("django", ()):
        return _django(names, prefix)
    thing = names.resolve(source.value, source.frame)
    path = names.modules.find(text, frame.path) if text else thing.path if isinstance(thing, File) else None
    if path is not None:
        return _module(names, path, prefix), True
    if isinstance(thing, Kind):
        return _assigns(names, thing.definition.assigns, names.module_frame(thing.path), prefix), True
    return {}, False


def _django(names: Names, prefix: str) -> tuple[dict[str, Given], bool]:
    """All modules of the workspace that look like Django's settings, those for tests and development left out."""
    found: dict[str, Given] = {}
    for path, outline in names.outlines.items():
        if "settings" not in path or any(word in path for word in ("test", "local", "dev", "ci/")):
            continue
        if b"INSTALLED_APPS" in outline.data or f"{prefix}_".encode() in outline.data:
            found.update(_module(names, path, prefix))
    return found, bool(found)


def _module(names: Names, path: str, prefix: str) -> dict[str, Given]:
    outline = names.outlines[path]
    assigns = [s for s in outline.module.statements if isinstance(s, o.Assign)]
    return _assigns(names, assigns, names.module_frame(path), prefix)


def _assigns(names: Names, assigns: object, frame: Frame, prefix: str) -> dict[str, Given]:
    found: dict[str, Given] = {}
    start = f"{prefix}_".lower() if prefix else ""
    for assign in assigns if isinstance(assigns, list | tuple) else ():
        for target in assign.targets:
            if isinstance(target, o.Name) and assign.value is not None and target.id.lower().startswith(start):
                found[target.id.lower()[len(start) :]] = Given(assign.value, frame)
    return found


def _is(names: Names, value: o.Value, frame: Frame, kind: str) -> bool:
    thing = names.resolve(value, frame)
    return not isinstance(thing, Routine) and kind in set(names.type_names(thing))
