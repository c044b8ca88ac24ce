"""Does a handler take one record of its batch and never look at the others?"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.batches import Batch
from twice.project.calls import meanings
from twice.project.scene import Scene
from twice.project.things import Frame, Outside, Routine
from twice.text import Place
from twice.truth import UNKNOWN, Setting

_COPIES = frozenset({"builtins.list", "builtins.tuple", "builtins.iter", "builtins.dict"})
_LOOKS = frozenset({"builtins.print", "builtins.repr", "builtins.str", "builtins.type", "json.dumps", "pprint.pprint"})


def reads_first_only(batch: Batch) -> object:
    """True where the first record is taken; UNKNOWN when somebody who is not seen may work on the others."""
    scene, declared = batch.scene, batch.scene.declared
    layout = scene.names.libraries.layouts.get(declared.kind) if declared is not None else None
    if batch.loops or batch.runs or batch.elsewhere:
        return Setting(False)
    if layout is None or not layout.batch:
        return UNKNOWN
    firsts: list[Place] = []
    frames = _frames(scene)
    if not any(_takes_first(value) for frame in frames for value, _ in _used(frame)):
        return Setting(False)
    for frame in frames:
        for value, around in _used(frame):
            found = _use(scene, value, around, frame, layout.batch)
            if found is UNKNOWN:
                return UNKNOWN
            if isinstance(found, Place):
                firsts.append(found)
    return Setting(True, place=firsts[0]) if firsts else Setting(False)


def _frames(scene: Scene) -> list[Frame]:
    found = {id(scene.run.root): scene.run.root}
    found.update({id(site.frame): site.frame for site in scene.run.sites})
    return list(found.values())


def _used(frame: Frame) -> Iterator[tuple[o.Value, list[o.Node]]]:
    """Every value of a function with what stands around it, from the inside out; its statement comes last."""
    for statement in frame.function.statements:
        for value in o.values_of(statement):
            yield from _inside(value, [statement])


def _inside(value: o.Value, around: list[o.Node]) -> Iterator[tuple[o.Value, list[o.Node]]]:
    yield value, around
    for part in o.parts(value):
        yield from _inside(part, [value, *around])


def _takes_first(value: o.Value) -> bool:
    if isinstance(value, o.Call):
        return isinstance(value.callee, o.Name) and value.callee.id == "next"
    return isinstance(value, o.Subscript) and isinstance(value.key, o.Literal) and value.key.value in (0, -1)


def _use(scene: Scene, value: o.Value, around: list[o.Node], frame: Frame, batch: tuple[str, ...]) -> object:
    """A place when the first record is taken here, UNKNOWN when the whole batch goes somewhere, None when neither."""
    path = _event_path(scene, value, frame)
    if path is None or (path and (len(path) > 1 or path[0] not in batch)):
        return None
    holder = around[0]
    if isinstance(holder, o.Subscript) and holder.base is value:
        return _indexed(scene, holder, around[1:], frame) if path else None
    if isinstance(holder, o.Call):
        return None if holder.callee is value else _given_away(scene, holder, around[1:], frame, whole=not path)
    return None if _is_asked_or_kept(holder) else UNKNOWN


def _is_asked_or_kept(holder: o.Node) -> bool:
    """Its fields, whether it is there, and another name for it: what is done with that is seen where it is done."""
    asks = isinstance(holder, o.Operation) and holder.operator in ("in", "not in", "is", "is not", "not", "and", "or")
    return asks or isinstance(holder, o.Attribute | o.Assign | o.If | o.Bind)


def _indexed(scene: Scene, taken: o.Subscript, around: list[o.Node], frame: Frame) -> object:
    if isinstance(taken.key, o.Literal) and isinstance(taken.key.value, str):
        return None  # a field: of what is one record already, ``next(iter(records))``
    if not isinstance(taken.key, o.Literal) or taken.key.value not in (0, -1):
        return UNKNOWN
    return None if _names_source(scene, taken, around) else Place(frame.path, taken.start, taken.end)


def _names_source(scene: Scene, taken: o.Subscript, around: list[o.Node]) -> bool:
    """``event["Records"][0]["eventSource"]`` asks who sent the batch, which all its records answer alike."""
    holder = around[0]
    key = holder.key if isinstance(holder, o.Subscript) and holder.base is taken else None
    if isinstance(holder, o.Attribute) and len(around) > 1 and isinstance(around[1], o.Call) and around[1].arguments:
        key = around[1].arguments[0].value
    name = key.value if isinstance(key, o.Literal) else holder.name if isinstance(holder, o.Attribute) else None
    return name in scene.names.libraries.settings.get("same_in_batch", ())


def _given_away(scene: Scene, call: o.Call, around: list[o.Node], frame: Frame, whole: bool) -> object:
    """What only shows the event, or is read here itself, does not work on its records."""
    thing = scene.names.resolve(call.callee, frame)
    name = thing.name if isinstance(thing, Outside) else ""
    if isinstance(thing, Routine) or name in _LOOKS:
        return None
    if name == "builtins.len":
        return None if _only_shown(scene, around, frame) else UNKNOWN
    if name == "builtins.next" and not whole:
        return Place(frame.path, call.start, call.end)
    if name.startswith("builtins."):
        return None if name in _COPIES else UNKNOWN
    passes = any(meaning.spec.passes for meaning in meanings(scene.names, call, frame))
    return None if passes or scene.only_tells(call, frame) else UNKNOWN


def _only_shown(scene: Scene, around: list[o.Node], frame: Frame) -> bool:
    calls = [holder for holder in around if isinstance(holder, o.Call)]
    return any(scene.only_tells(call, frame) for call in calls)


def _event_path(scene: Scene, value: o.Value, frame: Frame) -> tuple[str, ...] | None:
    """The way from the event to a value that is exactly a part of it."""
    if not isinstance(value, o.Name | o.Subscript | o.Attribute | o.Call):
        return None
    ways = scene.evaluator.tracer.ways(value, frame)
    sources = {source for way in ways for source in way if source.origin != "constant"}
    source = sources.pop() if len(sources) == 1 else None
    return source.path if source is not None and source.origin == "event" else None
