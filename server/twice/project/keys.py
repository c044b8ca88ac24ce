"""The values by which duplicates are recognised, and what they are made of.

A library file says which part of a call is its key (see ``key_parts``), or names the part of a decorated function's argument that
an expression selects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from twice import outline as o
from twice.facts import Key
from twice.noun import Traced
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.course import Site
from twice.project.key_parts import Parts, first_given, parts_of
from twice.project.scene import Scene, way_to
from twice.project.selections import selected
from twice.project.sources import Source, Ways, mixed, taken
from twice.project.values import Given
from twice.truth import NONE, UNKNOWN, Setting


def key_of(scene: Scene, site: Site, meaning: Meaning) -> object:
    """The key a call carries: a ``Key``, NONE when it carries none, UNKNOWN when it may hide in unpacked arguments."""
    source = meaning.spec.key
    if isinstance(source, Mapping) and "parameter" in source:
        return _of_parameter(scene, site, meaning, source)
    if isinstance(source, str) and not source.startswith("$"):
        value = scene.evaluator.field(source, meaning, "value")
        return _named(scene, site, value) if isinstance(value, Traced) else value
    found = parts_of(scene, meaning, source)
    return _together(scene, site, found) if isinstance(found, Parts) else found


def key(scene: Scene, site: Site, given: Given) -> object:
    """The key that a value is."""
    if isinstance(given.value, o.Literal) and given.value.value is None:
        return NONE
    made = _made(scene, site, given, scene.evaluator.tracer.ways(given.value, given.frame))
    return replace(made, whole_position=_whole_position(scene, given))


def _whole_position(scene: Scene, given: Given) -> Setting:
    """``message.offset()`` with the topic and partition beside it, from a read of one that stands in the expression."""
    data = scene.names.outlines[given.frame.path].data
    reads = [one for one in o.walk(given.value) if isinstance(one, o.Attribute) and isinstance(one.base, o.Name)]
    for parts in (one.whole_position for one in scene.names.libraries.layouts.values() if one.whole_position):
        for read in (one for one in reads if one.name == parts[-1]):
            call = "()" if data.startswith(b"()", read.end) else ""
            base = data[read.base.start : read.base.end].decode("utf-8", "replace")
            return Setting('f"' + ":".join(f"{{{base}.{part}{call}}}" for part in parts) + '"')
    return Setting(NONE)


def _together(scene: Scene, site: Site, parts: Parts) -> object:
    """One key of several values; a single one stands for itself."""
    tracer, whole = scene.evaluator.tracer, parts.whole
    if parts.names:
        return _made(scene, site, whole, mixed(tracer.part(whole.value, name, whole.frame) for name in parts.names))
    if len(parts.values) == 1:
        return key(scene, site, parts.values[0])
    return _made(scene, site, whole, mixed(tracer.ways(part.value, part.frame) for part in parts.values))


def _named(scene: Scene, site: Site, value: Traced) -> Key:
    return Key(place=value.place, name=value.text, step=scene.step(site), way=way_to(site.frame), value=value)


def _made(scene: Scene, site: Site, at: Given, ways: Ways) -> Key:
    return _named(scene, site, scene.evaluator.tracer.told(at.value, at.frame, ways))


# The argument of a decorated function, or what an expression selects of it


def _of_parameter(scene: Scene, site: Site, meaning: Meaning, source: Mapping[str, Any]) -> object:
    """By default a hash of the whole argument; the first one when the library file names none."""
    reference = source["parameter"]
    named = first_given(scene, meaning, [reference]) if reference else NONE
    path = first_given(scene, meaning, [source["path"]])
    name = literal_text(scene.names, named.value, named.frame) if isinstance(named, Given) else None
    plain = [p.name for p in site.frame.function.parameters if not p.star and p.name not in ("self", "cls")]
    parameter = next((one for one in plain if name in (None, one)), None)
    if parameter is None or UNKNOWN in (named, path):
        return UNKNOWN
    ways = scene.evaluator.tracer.given(parameter, site.frame)
    if not isinstance(path, Given):
        at = named if isinstance(named, Given) else Given(meaning.call.callee, meaning.frame)
        return _made(scene, site, at, mixed([(frozenset({Source("digest")}),), ways]))
    text = literal_text(scene.names, path.value, path.frame)
    fields = selected(text) if text else None
    return _made(scene, site, path, mixed(_inside(ways, field) for field in fields)) if fields else UNKNOWN


def _inside(ways: Ways, path: tuple[str, ...]) -> Ways:
    for step in path:
        ways = taken(ways, step)
    return ways
