"""The thing that a published event is about, by the ids in what is sent, and whether the event says that it has changed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.facts import Queue
from twice.noun import Traced
from twice.project.constants import literal_text
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.things import Frame, Kind
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting

_DEEPEST = 6
_TYPES = frozenset({"type", "event", "event_type", "eventtype", "kind", "action", "name"})

_Entry = tuple[str, o.Value, Frame]


def entity_fields(scene: Scene, site: Site, queue: object) -> dict[str, object]:
    """``entity`` and ``tells_change`` of one publish."""
    written = list(entries(scene, site))
    if not written:
        return {"entity": UNKNOWN, "entity_said": UNKNOWN, "tells_change": UNKNOWN}
    words = [queue.name] if isinstance(queue, Queue) else []
    reports = scene.names.libraries.settings.get("report_queues", r"(?!)")
    if any(re.search(reports, name) for name in words):
        return {"entity": _entity(scene, written), "tells_change": Setting(False)}
    words += [
        text
        for key, value, frame in written
        if key.lower() in _TYPES and (text := literal_text(scene.names, value, frame))
    ]
    entity = _entity(scene, written)
    changes = scene.names.libraries.settings.get("change_words", r"(?!)")
    return {
        "entity": entity,
        "entity_said": _said(scene, site, entity),
        "tells_change": Setting(any(re.search(changes, word) for word in words)),
    }


def _entity(scene: Scene, written: list[_Entry]) -> object:
    """The only entry that is the id of a thing; a plain ``id`` counts where there is no other, and where it is not made here."""
    pattern = scene.names.libraries.settings.get("entity_names", r"(?!)")
    named = [one for one in written if re.search(pattern, one[0])]
    found = named or [one for one in written if one[0].lower() == "id" and not _is_made(scene, one)]
    if len(found) != 1:
        return UNKNOWN if found else NONE
    key, value, frame = found[0]
    traced = scene.evaluator.tracer.traced(value, frame)
    return Traced(key, Place(frame.path, value.start, value.end), traced.ways, traced.complete)


def _said(scene: Scene, site: Site, entity: object) -> object:
    """The text of a value that is made in the function of the call, from one name of it."""
    place = entity.place if isinstance(entity, Traced) else None
    function = site.frame.function
    if place is None or place.path != site.frame.path or not function.start <= place.start < function.end:
        return NONE
    text = scene.names.outlines[place.path].data[place.start : place.end].decode("utf-8", "replace")
    return Setting(text) if re.fullmatch(r"""[A-Za-z_]\w*(?:\.\w+|\[["']\w+["']\])*""", text) else NONE


def _is_made(scene: Scene, entry: _Entry) -> bool:
    _, value, frame = entry
    sources = (one for way in scene.evaluator.tracer.ways(value, frame) for one in way)
    return any(source.origin in ("random", "clock") for source in sources)


def entries(scene: Scene, site: Site) -> Iterator[_Entry]:
    """The entries of the mappings that are written out among the arguments."""
    if isinstance(site.what, o.Call):
        for one in site.what.arguments:
            yield from _written(scene, Given(one.value, site.frame), _DEEPEST, True)


def _written(scene: Scene, given: Given, depth: int, counts: bool) -> Iterator[_Entry]:
    """In a list there are envelopes of the client, which have ids of their own: only what they hold counts."""
    found = follow(scene.names, given)
    value, frame = found.value, found.frame
    if not depth:
        return
    match value:
        case o.Mapping():
            for key, inner in value.items:
                if counts and isinstance(key, o.Literal) and isinstance(key.value, str):
                    yield key.value, inner, frame
                yield from _written(scene, Given(inner, frame), depth - 1, counts)
        case o.Collection():
            for item in value.items:
                yield from _written(scene, Given(item, frame), depth - 1, False)
        case o.Comprehension():
            yield from _written(scene, Given(value.element, frame), depth - 1, False)
        case o.Call():
            if isinstance(value.callee, o.Attribute):
                yield from _written(scene, Given(value.callee.base, frame), depth - 1, True)
            is_ours = counts and isinstance(scene.names.resolve(value.callee, frame), Kind)
            for argument in value.arguments:
                if is_ours and argument.name:
                    yield argument.name, argument.value, frame
                yield from _written(scene, Given(argument.value, frame), depth - 1, True)
