"""Writes over what is there: do they set what changes over time?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from twice import outline as o
from twice.facts import Overwrite
from twice.noun import Fact
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.given import argument, names_argument
from twice.project.row_changes import saved
from twice.project.row_kinds import kind_of_row
from twice.project.scene import Scene
from twice.project.set_attributes import texts
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Setting, effective

_DEEPEST = 4
_OF_ONE_EVENT = frozenset(
    {"event.timestamp", "event.sequence", "event.transport_id", "event.position", "clock", "random"}
)


# A text, or a constant: what a state is set to.
_VALUE = re.compile(r"""(["']).*?\1|[A-Z][\w.]*""")
# A text that is no placeholder and no expression.
_TEXTS = re.compile(r"""["']([^"'\s:#]+)["']""")


def overwrite_fields(scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any]) -> dict[str, Any]:
    """``changes_state`` and ``sets_state`` of one overwrite, by the words with which it is written, and ``row_of_its_own``."""
    own = " ".join(_written(scene, site, meaning)) if "value" in fields else None
    text = own if own is not None else " ".join((_around(scene, site), *_written(scene, site, meaning)))
    found = state_fields(scene, site, text, own is not None)
    found["row_of_its_own"] = Setting(_has_own_row(scene, meaning))
    found["kind_of_row"] = Setting(kind_of_row(scene, meaning))
    return {name: value for name, value in found.items() if name not in fields}


def superseded(scene: Scene, facts: list[Fact]) -> Iterator[Fact]:
    """The same facts; each overwrite with whether another state is set behind it."""
    states = [one for one in facts if isinstance(one, Overwrite) and effective(one.sets_state) is True]
    nodes = {one.step.node for one in states if one.step is not None}
    for fact in facts:
        if isinstance(fact, Overwrite) and fact.step is not None:
            others = nodes - {fact.step.node}
            later = scene.run.graph.reach(fact.step.node) if others else ()
            fact = replace(fact, superseded=Setting(any(node in later for node in others)))
        yield fact


def adds_to_stored(scene: Scene, meaning: Meaning) -> bool:
    """Is a sum or difference written of something that was read before and a part of the event?"""
    given = [Given(one.value, meaning.frame) for one in meaning.call.arguments]
    return any(_adds(scene, one, _DEEPEST) for one in given)


def _adds(scene: Scene, given: Given, depth: int) -> bool:
    found = follow(scene.names, given)
    value = found.value
    if isinstance(value, o.Operation) and value.operator in ("+", "-"):
        origins = [
            {source.origin for way in scene.evaluator.tracer.ways(part, found.frame) for source in way}
            for part in value.operands
        ]
        return {"store"} in origins and {"event"} in origins
    inner = o.parts(value) if isinstance(value, o.Mapping | o.Collection | o.Call) and depth else ()
    return any(_adds(scene, Given(part, found.frame), depth - 1) for part in inner)


def state_fields(scene: Scene, site: Site, text: str, is_all: bool = True) -> dict[str, Any]:
    """The same of a text that holds what is written: all of it, or the function around it where that is set elsewhere."""
    settings = scene.names.libraries.settings
    found = list(re.finditer(settings.get("state_set", r"(?!)"), text)) if is_all else []
    sets = {"sets_state": Setting(bool(found)), "state": _state(found, text) if found else NONE}
    if "changing_fields" not in settings:
        return sets
    return {"changes_state": _changes_state(scene, site, text, is_all), **sets}


def _state(found: list[re.Match[str]], text: str) -> object:
    """What stands behind the field; where that is the field again, as behind an alias for it, the last text that is neither one."""
    fields = {one[0].strip(" :=\"'") for one in found}
    values = [value for one in found if (value := _VALUE.match(text, one.end() - 1)) is not None]
    named = [value[0].strip("'\"") for value in values]
    others = [one for one in _TEXTS.findall(text) if one not in fields]
    chosen = [one for one in named if one not in fields] or others[-1:]
    return Setting(chosen[0]) if chosen else UNKNOWN


def _changes_state(scene: Scene, site: Site, text: str, is_all: bool) -> object:
    settings = scene.names.libraries.settings
    names = " ".join(_names(scene, site))
    if re.search(settings["changing_names"], names):
        return Setting(True)
    if re.search(settings["new_things"], names):
        return Setting(False)
    return Setting(True) if re.search(settings["changing_fields"], text) else Setting(False) if is_all else UNKNOWN


def _has_own_row(scene: Scene, meaning: Meaning) -> bool:
    """Is a part of the row's key the event's own id, number or time?"""
    row = meaning.spec.fields.get("row")
    given = argument(scene.names, meaning.call, meaning.frame, str(row)) if names_argument(row) else None
    holds_all = row == meaning.spec.fields.get("value")
    return isinstance(given, Given) and any(_is_of_one_event(scene, one) for one in _keys(scene, given, holds_all))


def _keys(scene: Scene, given: Given, holds_all: bool) -> Iterator[Given]:
    """What names a row: of one that is written out with all it holds (``holds_all``), the entries that are keys by their names."""
    built = follow(scene.names, given)
    if not isinstance(built.value, o.Mapping):
        yield built
        return
    usual = scene.names.libraries.settings.get("key_attributes", ()) if holds_all else ("",)
    for name, value in built.value.items:
        if isinstance(name, o.Literal) and any(re.search(pattern, str(name.value)) for pattern in usual):
            yield Given(value, built.frame)


def _is_of_one_event(scene: Scene, given: Given) -> bool:
    tracer, own = scene.evaluator.tracer, scene.names.libraries.settings.get("own_ids", r"(?!)")
    sources = {source for way in tracer.ways(given.value, given.frame) for source in way}
    return any(
        tracer.words(source) & _OF_ONE_EVENT or (source.path and re.search(own, source.path[-1])) for source in sources
    )


def _names(scene: Scene, site: Site) -> Iterator[str]:
    """What the functions on the way to it are called."""
    frame = site.frame
    yield frame.function.name
    while frame.caller is not None:
        frame = frame.caller
        yield frame.function.name


def _around(scene: Scene, site: Site) -> str:
    """The source text of the function around a call that does not hold what it writes."""
    function = site.frame.function
    return scene.names.outlines[site.frame.path].data[function.start : function.end].decode("utf-8", "replace")


def _written(scene: Scene, site: Site, meaning: Meaning) -> Iterator[str]:
    """The source text of what is written: the arguments, and what is set on the row that the call is made on."""
    yield from texts(list(saved(meaning)), scene.names.outlines[meaning.frame.path].data)
    for one in meaning.call.arguments:
        given = follow(scene.names, Given(one.value, meaning.frame))
        value = given.value
        if isinstance(value, o.Mapping | o.Literal | o.Joined | o.Call):
            yield f"{one.name or ''} {scene.text(value, given.frame)}"
        elif one.name:
            yield one.name
