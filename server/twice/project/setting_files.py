"""What modules, classes and the settings of a web site say when a framework's application is configured from them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from twice import outline as o
from twice.project.constants import literal_text
from twice.project.given import argument
from twice.project.names import Names
from twice.project.things import File, Frame, Instance, Kind, Outside
from twice.project.values import Given, follow

# A setting's name in lower case, and each value that may be the one that counts.
Written = Mapping[str, tuple[Given, ...]]

# Settings of people and machines that do not run in production.
_ELSEWHERE = re.compile(r"(?i)(?:^|[/_.-])(?:test|tests|testing|local|dev|devel|development|ci|debug)(?:[/_.-]|$)")

_OTHERS = re.compile(r"Test|Local|Dev|CI(?![a-z])|Debug")


def joined(one: Written, other: Written) -> Written:
    """Both; a name that both write has the values of both."""
    return {name: (*one.get(name, ()), *other.get(name, ())) for name in dict.fromkeys((*one, *other))}


def from_object(
    names: Names, call: o.Call, frame: Frame, spec: Mapping[str, Any], reference: str
) -> tuple[Written, bool]:
    """What the object says that this argument names or is, and whether all of it is in sight."""
    source = argument(names, call, frame, reference)
    space = argument(names, call, frame, "$namespace@3")
    prefix = (literal_text(names, space.value, space.frame) or "") if isinstance(space, Given) else ""
    if not isinstance(source, Given):
        return {}, False
    text = literal_text(names, source.value, source.frame)
    if text is not None and text in spec.get("site_settings", ()):
        return of_site(names, prefix, spec.get("site_mark", ""))
    if text is not None:
        return _named(names, text, source.frame.path, prefix)
    thing = names.resolve(source.value, source.frame)
    if isinstance(thing, Outside) and thing.name in {one.replace(":", ".") for one in spec.get("site_settings", ())}:
        return of_site(names, prefix, spec.get("site_mark", ""))
    return (
        _of_thing(names, thing, prefix)
        if isinstance(thing, File | Kind | Instance)
        else of_mapping(names, source, prefix)
    )


def of_mapping(names: Names, given: Given, prefix: str) -> tuple[Written, bool]:
    """The entries of a dictionary that the program writes down, as a display or a call of ``dict``."""
    found = follow(names, given)
    value, start = found.value, f"{prefix}_".lower() if prefix else ""
    if isinstance(value, o.Call) and isinstance(value.callee, o.Name) and value.callee.id == "dict":
        pairs: list[tuple[object, o.Value]] = [(one.name, one.value) for one in value.arguments]
    elif isinstance(value, o.Mapping):
        pairs = [(key.value if isinstance(key, o.Literal) else None, one) for key, one in value.items]
    else:
        return {}, False
    known = {str(name).lower(): (Given(one, found.frame),) for name, one in pairs if isinstance(name, str)}
    written = {name[len(start) :]: one for name, one in known.items() if name.startswith(start)}
    return written, len(known) == len(pairs)


def _named(names: Names, text: str, importer: str, prefix: str) -> tuple[Written, bool]:
    """``"proj.celeryconfig"`` or ``"proj.settings:CeleryConfig"``"""
    module, _, member = text.partition(":")
    path = names.modules.find(module, importer)
    if path is None:
        module, _, member = text.rpartition(".")
        path = names.modules.find(module, importer) if module else None
    if path is None:
        return {}, False
    return _of_thing(names, names.global_name(path, member) if member else File(path), prefix)


def _of_thing(names: Names, thing: object, prefix: str) -> tuple[Written, bool]:
    if isinstance(thing, File):
        return _module(names, thing.path, prefix)
    kind = thing.kind if isinstance(thing, Instance) else thing
    if not isinstance(kind, Kind):
        return {}, False
    written: Written = {}
    complete = True
    for base in names.ancestors(kind):
        if isinstance(base, Kind):
            own = _assigned(base.definition.assigns, names.frames.module_frame(base.path), prefix)
            written = {**own, **written}
        else:
            complete = complete and base.name == "builtins.object"
    return written, complete


def of_site(names: Names, prefix: str, mark: str) -> tuple[Written, bool]:
    """All modules of the workspace that look like the settings of a site. Which of them is used, nobody can tell."""
    found: Written = {}
    seen = False
    for path, outline in names.code.items():
        name = path.rpartition("/")[2]
        if "settings" not in path or name == "urls.py" or _ELSEWHERE.search(path.removesuffix(".py")):
            continue
        if (mark and mark.encode() in outline.data) or (prefix and f"{prefix}_".encode() in outline.data):
            seen = True
            frame = names.frames.module_frame(path)
            bodies = [outline.module.body, *(one.assigns for one in outline.classes if not _OTHERS.search(one.name))]
            for body in bodies:
                found = joined(found, _assigned(body, frame, prefix))
    return found, seen


def _module(names: Names, path: str, prefix: str, depth: int = 4) -> tuple[Written, bool]:
    """A module's own names, and those it takes from others by a star import."""
    body = names.outlines[path].module.body
    written: Written = {}
    complete = True
    for statement in body:
        if isinstance(statement, o.Import) and statement.member == "*":
            other = names.modules.find(statement.module, path)
            taken, known = _module(names, other, prefix, depth - 1) if other and depth else ({}, False)
            written, complete = {**written, **taken}, complete and known
    return {**written, **_assigned(body, names.frames.module_frame(path), prefix)}, complete


def _assigned(body: Iterable[o.Statement], frame: Frame, prefix: str) -> Written:
    """The names that are assigned; one in a branch may count or not, beside what was assigned before.

    Of a mapping that gets an entry later, the name counts: what is read of it has all its entries.
    """
    found: dict[str, tuple[Given, ...]] = {}
    start = f"{prefix}_".lower() if prefix else ""
    for assign, always in _assigns(body):
        for target in assign.targets:
            name = _first_name(target).lower()
            if assign.value is None or not name or not name.startswith(start):
                continue
            name = name[len(start) :]
            before = found.get(name, ())
            if isinstance(target, o.Name):
                found[name] = (*(() if always else before), Given(assign.value, frame))
            elif before:
                found[name] = _with_entry(target, frame, before)
    return found


def _first_name(target: o.Value) -> str:
    """``CACHES`` of ``CACHES["default"]["BACKEND"] = ...``"""
    while isinstance(target, o.Subscript):
        target = target.base
    return target.id if isinstance(target, o.Name) else ""


def _with_entry(target: o.Value, frame: Frame, before: tuple[Given, ...]) -> tuple[Given, ...]:
    """What is set deeper inside of a mapping is one more value, which agrees with none."""
    base = target.base if isinstance(target, o.Subscript) else None
    return (Given(base, frame),) if isinstance(base, o.Name) else (*before, Given(target, frame))


def _assigns(body: Iterable[o.Statement], always: bool = True) -> Iterator[tuple[o.Assign, bool]]:
    for statement in body:
        if isinstance(statement, o.Assign) and not statement.operator:
            yield statement, always
        for block in o.blocks_of(statement):
            yield from _assigns(block, False)
