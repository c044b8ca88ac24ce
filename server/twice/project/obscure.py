"""The calls of a run that looked as if they mattered and were not understood, each with the reason. For people who miss a finding."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from msgspec import Struct

from twice import outline as o
from twice.libraries import Libraries
from twice.project.course import Site
from twice.project.names import Names
from twice.project.registries import chosen
from twice.project.scene import Scene, callee_place, callee_text
from twice.project.things import Kind, Outside, Routine, is_abstract
from twice.text import Place

# What a library's call of this name could have been.
_MATTERING = frozenset(
    [
        "effect",
        "payment",
        "publish",
        "insert",
        "increment",
        "overwrite",
        "guard",
        "record",
        "ack",
        "requeue",
        "reject",
        "retry",
        "lock",
        "transaction",
        "handover",
        "wait",
        "redrive",
        "heartbeat",
    ]
)


_LANGUAGE = sys.stdlib_module_names | {"builtins"}


class Obscure(Struct, frozen=True):
    """A call that nobody could look into."""

    place: Place
    text: str
    reason: str


def obscure(scene: Scene) -> Iterator[Obscure]:
    """What was not understood, each call once, in the order in which the run comes to it."""
    known = _Known(_mattering(scene.names.libraries), _packages(scene.names.libraries))
    seen: set[Place] = set()
    for site in scene.run.sites:
        reason = _reason(scene, site, known)
        if reason and isinstance(site.what, o.Call):
            place = callee_place(site.what, site.frame.path)
            if place not in seen:
                seen.add(place)
                text = callee_text(site.what, scene.names.outlines[site.frame.path].data)
                yield Obscure(place, text, reason)
    if not scene.run.graph.whole and scene.declared is not None:
        reason = "the run is too long or too deep: it is followed in part only"
        yield Obscure(scene.declared.place, scene.declared.name, reason)


def undeclared(names: Names) -> Iterator[Obscure]:
    """The decorators that no library file speaks of: any of them may declare handlers."""
    packages = _packages(names.libraries)
    for path, outline in names.code.items():
        frame = names.frames.module_frame(path)
        for function in (one for one in outline.functions if one.decorators):
            for decorator in function.decorators:
                call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, 0, decorator, ())
                thing = names.resolve(call.callee, frame)
                package = thing.name.partition(".")[0] if isinstance(thing, Outside) else ""
                if isinstance(thing, Outside) and package not in _LANGUAGE and package not in packages:
                    yield Obscure(callee_place(call, path), function.qualified_name, thing.name)


class _Known(Struct, frozen=True):
    """What the library files speak of: the last names of calls that do something, and the packages."""

    mattering: frozenset[str]
    packages: frozenset[str]


def _reason(scene: Scene, site: Site, known: _Known) -> str:
    call = site.what
    if site.kind != "call" or not isinstance(call, o.Call) or site.meanings or scene.only_tells(call, site.frame):
        return ""
    thing = scene.names.resolve(call.callee, site.frame)
    if isinstance(thing, Routine):
        return "its body is left to others" if is_abstract(thing.function) else ""
    if isinstance(thing, Outside):
        return _of_library(thing.name, o.called_name(call), known)
    if isinstance(thing, Kind) or chosen(scene.names, call.callee, site.frame):
        return ""
    if isinstance(call.callee, o.Attribute) and o.called_name(call) not in known.mattering:
        return ""
    unknown = call.callee.base if isinstance(call.callee, o.Attribute) else call.callee
    return f"it is not known what {scene.text(unknown, site.frame)} is"


def _of_library(name: str, last: str, known: _Known) -> str:
    """A package that no library file speaks of; of those that one does, a name that means something elsewhere."""
    package = name.partition(".")[0]
    if package in _LANGUAGE:
        return ""
    if package not in known.packages:
        return f"no library file speaks of {package}"
    return f"no library file says what {name} means" if last in known.mattering else ""


def _packages(libraries: Libraries) -> frozenset[str]:
    named = (*libraries.calls, *libraries.types, *libraries.bases, *libraries.values)
    return frozenset(name.partition(".")[0].partition("(")[0] for name in named)


def _mattering(libraries: Libraries) -> frozenset[str]:
    """Without those that are everyday names as well."""
    named = libraries.calls.items()
    return (
        frozenset(n.rpartition(".")[2] for n, specs in named if any(_MATTERING & set(s.nouns) for s in specs))
        - _EVERYDAY
    )


_EVERYDAY = frozenset(["get", "add", "update", "set", "join", "append", "pop", "__call__", "__exit__"])
