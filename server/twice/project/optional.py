"""Accesses to fields that some events do not have: does the code ask before which kind of event it is, or whether the field is there?"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Read
from twice.project.reads import certain, site_of
from twice.project.scene import Scene, way_to
from twice.project.sources import Source
from twice.project.things import Frame
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting


def optional_reads(scene: Scene) -> Iterator[Read]:
    """The accesses by key, which raise where the field is not there."""
    optional = {kind: layout.optional for kind, layout in scene.names.libraries.layouts.items() if layout.optional}
    if scene.declared is None or scene.declared.kind not in optional:
        return
    for value, frame in _values(scene):
        if isinstance(value, o.Subscript) and isinstance(value.key, o.Literal):
            kind = _missing_in(scene, value, frame)
            site = site_of(scene, value, frame) if kind else None
            if site is not None:
                yield Read(
                    place=Place(frame.path, value.start, value.end),
                    name=scene.text(value, frame),
                    certain=certain(scene, site),
                    step=scene.step(site),
                    way=way_to(frame),
                    missing_in=Setting(kind),
                    checked=_checked(scene, str(value.key.value)),
                    absence=_absence(scene, value, frame, kind),
                )


def _values(scene: Scene) -> Iterator[tuple[o.Value, Frame]]:
    for frame in dict.fromkeys(site.frame for site in scene.run.sites):
        for statement in o.statements(frame.function.body):
            for whole in o.values_of(statement):
                yield from ((part, frame) for part in o.walk(whole))


def _absence(scene: Scene, value: o.Value, frame: Frame, kind: str) -> object:
    """``record["type"] == "REMOVE"``, in the loop over the records that it is read from."""
    record = o.root(value)
    layout = scene.names.libraries.layouts.get(scene.declared.kind) if scene.declared is not None else None
    fields = layout.fields if layout is not None else {}
    named = next((name for name, word in fields.items() if word == "event.type" and name.isidentifier()), None)
    loops = (one for one in o.statements(frame.function.body) if isinstance(one, o.Loop))
    around = [one for one in loops if one.body and one.body[0].start <= value.start < one.body[-1].end]
    target = around[-1].target if around else None
    if named is None or not isinstance(record, o.Name) or not isinstance(target, o.Name) or target.id != record.id:
        return NONE
    return Setting(f'{record.id}["{named}"] == "{kind}"')


def _missing_in(scene: Scene, value: o.Value, frame: Frame) -> str:
    """The type of the events without this field; empty when all have it."""
    ways = scene.evaluator.tracer.ways(value, frame)
    source = next(iter(ways[0])) if len(ways) == 1 and len(ways[0]) == 1 else None
    return _type_without(scene, source) if source is not None and source.origin == "event" else ""


def _type_without(scene: Scene, source: Source) -> str:
    layout = scene.names.libraries.layouts.get(source.kind)
    path = ".".join(key for key in source.path if key != "[]" and not key.isdigit())
    for field, kind in layout.optional.items() if layout is not None else ():
        if path == field or path.endswith(f".{field}"):
            return kind
    return ""


def _checked(scene: Scene, field: str) -> object:
    """A look at the type of the event, or for the field, may decide whether the access is reached; one for the log decides nothing."""
    values = list(_values(scene))
    aside: set[int] = set()
    for value, frame in values:
        if isinstance(value, o.Subscript):
            aside.add(id(value.key))
        if isinstance(value, o.Call) and scene.only_tells(value, frame):
            aside |= {id(part) for part in o.walk(value)}
    for value, frame in values:
        if id(value) not in aside and (_names(value, field) or _tells_type(scene, value, frame)):
            return UNKNOWN
    return UNKNOWN if _asks_unseen(scene) else Setting(False)


def _names(value: o.Value, field: str) -> bool:
    return isinstance(value, o.Literal) and value.value == field


def _tells_type(scene: Scene, value: o.Value, frame: Frame) -> bool:
    if not isinstance(value, o.Subscript | o.Attribute | o.Call):
        return False
    for source in (one for way in scene.evaluator.tracer.ways(value, frame) for one in way):
        layout = scene.names.libraries.layouts.get(source.kind)
        if layout is not None and source.path and layout.fields.get(source.path[-1]) == "event.type":
            return True
    return False


def _asks_unseen(scene: Scene) -> bool:
    """A test that asks a function nobody sees into."""
    for site in scene.run.sites:
        if site.kind == "test" and isinstance(site.what, o.If):
            calls = [part for part in o.walk(site.what.test) if isinstance(part, o.Call)]
            if any(scene.unresolved(call, site.frame) for call in calls):
                return True
    return False
