"""What an effect writes as the time of the event: the event's own, or that of the run?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.project.values import Given, follow
from twice.truth import NONE


def event_time(scene: Scene, site: Site) -> object:
    """What stands under a name that means when it happened, where the event says that by itself."""
    if scene.declared is None or not isinstance(site.what, o.Call):
        return NONE
    return _told(scene, _written(scene, site.what, site.frame))


def time_in(scene: Scene, entries: Iterable[tuple[str, o.Value]], frame: Frame) -> object:
    """The same of entries that are written by other means than a call."""
    return (
        _told(scene, ((name, Given(value, frame)) for name, value in entries)) if scene.declared is not None else NONE
    )


def _told(scene: Scene, entries: Iterable[tuple[str, Given]]) -> object:
    pattern = scene.names.libraries.settings.get("event_times", r"(?!)")
    found = next((given for name, given in entries if re.fullmatch(pattern, name)), None)
    if found is None or not _has_own(scene):
        return NONE
    return scene.evaluator.tracer.traced(found.value, found.frame)


def _written(scene: Scene, call: o.Call, frame: Frame) -> Iterator[tuple[str, Given]]:
    """The entries that a call writes by name: its keywords, and those of the mappings it is given."""
    for one in call.arguments:
        if one.name is not None:
            yield one.name, Given(one.value, frame)
        inner = follow(scene.names, Given(one.value, frame))
        for key, value in inner.value.items if isinstance(inner.value, o.Mapping) else ():
            if isinstance(key, o.Literal) and isinstance(key.value, str):
                yield key.value, Given(value, inner.frame)


def _has_own(scene: Scene) -> bool:
    """Its layout has a time, or the code reads one from it."""
    layout = scene.names.libraries.layouts.get(scene.declared.kind) if scene.declared is not None else None
    if layout is not None and any("event.timestamp" in words.split() for words in layout.fields.values()):
        return True
    tracer = scene.evaluator.tracer
    for frame in dict.fromkeys(site.frame for site in scene.run.sites):
        for statement in o.statements(frame.function.body):
            for part in (part for whole in o.values_of(statement) for part in o.walk(whole)):
                if o.part_name(part) and any(
                    source.origin == "event" and "event.timestamp" in tracer.words(source)
                    for way in tracer.ways(part, frame)
                    for source in way
                ):
                    return True
    return False
