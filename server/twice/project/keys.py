"""The values by which duplicates are recognised: the key a call carries, and what it is made of."""

from __future__ import annotations

from twice import outline as o
from twice.facts import Key
from twice.project.calls import Given, Meaning, argument
from twice.project.lift import Site
from twice.project.scene import Scene, way_to
from twice.truth import NONE, UNKNOWN


def key_of(scene: Scene, site: Site, meaning: Meaning) -> object:
    """The key a call carries: a ``Key``, NONE when it carries none, UNKNOWN when it may hide in unpacked arguments."""
    source = meaning.spec.key
    if source is None:
        return NONE
    unknown = False
    for reference in source if isinstance(source, list) else [source]:
        given = argument(scene.names, meaning.call, meaning.frame, str(reference))
        if isinstance(given, Given):
            return key(scene, site, given)
        unknown = unknown or given is UNKNOWN
    return UNKNOWN if unknown else NONE


def key(scene: Scene, site: Site, given: Given) -> object:
    if isinstance(given.value, o.Literal) and given.value.value is None:
        return NONE
    value = scene.evaluator.tracer.traced(given.value, given.frame)
    return Key(place=value.place, name=value.text, step=scene.step(site), way=way_to(site.frame), value=value)
