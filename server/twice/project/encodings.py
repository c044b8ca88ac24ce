"""Fields of an event that are used as the source encoded them, although what they are given to wants them in plain."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twice import outline as o
from twice.facts import Read
from twice.project.calls import meanings
from twice.project.course import Site
from twice.project.given import argument
from twice.project.scene import Scene, way_to
from twice.project.sources import Source
from twice.project.things import Frame
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import Setting

_DEEPEST = 12
# Methods that can undo an encoding by hand, or take something else out of the text.
_UNDOING = frozenset({"replace", "split", "rsplit", "partition", "rpartition", "format", "join", "translate"})
# A field that lies this deep is the same one in whatever envelope it comes.
_UNMISTAKABLE = 3


def encoded_reads(scene: Scene) -> Iterator[Read]:
    """One fact for each access to an encoded field that reaches a call which wants it in plain, decoded or not."""
    seen: set[int] = set()
    for site in scene.run.sites:
        for meaning in site.meanings:
            for reference in meaning.spec.plain:
                given = argument(scene.names, meaning.call, meaning.frame, reference)
                found = _reaching(scene, given, _DEEPEST) if isinstance(given, Given) else ()
                for access in found:
                    if id(access.value) not in seen:
                        seen.add(id(access.value))
                        yield _read(scene, site, access)


class _Access(Struct, frozen=True):
    """An access to an encoded field, what decodes it, and whether that has been done on the way from there."""

    value: o.Value
    frame: Frame
    decoder: str
    decoded: bool


def _read(scene: Scene, site: Site, access: _Access) -> Read:
    return Read(
        place=Place(access.frame.path, access.value.start, access.value.end),
        name=scene.text(access.value, access.frame),
        step=scene.step(site),
        way=way_to(site.frame),
        still_encoded=Setting(not access.decoded),
        decoder=access.decoder,
    )


def _reaching(scene: Scene, given: Given, depth: int, decoded: bool = False) -> Iterator[_Access]:
    """The accesses to encoded fields from which a value is made."""
    found = follow(scene.names, given)
    value, frame = found.value, found.frame
    decoder = _decoder(scene, value, frame)
    if decoder:
        yield _Access(value, frame, decoder, decoded)
    elif depth:
        decoded = decoded or _decodes(scene, value, frame)
        for part in _handed_on(scene, value, frame):
            yield from _reaching(scene, part, depth - 1, decoded)


def _decodes(scene: Scene, value: o.Value, frame: Frame) -> bool:
    found = meanings(scene.names, value, frame) if isinstance(value, o.Call) else ()
    return any(meaning.spec.decodes for meaning in found)


def _handed_on(scene: Scene, value: o.Value, frame: Frame) -> Iterator[Given]:
    """The parts of a value that stand in it as they are."""
    match value:
        case o.Joined():
            yield from (Given(part, frame) for part in value.parts)
        case o.Await():
            yield Given(value.value, frame)
        case o.Operation(operator="or"):
            yield Given(value.operands[0], frame)
        case o.Call():
            yield from _through(scene, value, frame)


def _through(scene: Scene, call: o.Call, frame: Frame) -> Iterator[Given]:
    """What a call hands on."""
    found = meanings(scene.names, call, frame)
    for meaning in found:
        for reference in meaning.spec.passes:
            name = reference.partition("/")[0]
            given = argument(scene.names, call, frame, name) if name.startswith("$") else None
            if isinstance(given, Given):
                yield given
        if "*" in meaning.spec.passes:
            yield from (Given(one.value, frame) for one in call.arguments)
    callee = call.callee
    if not found and isinstance(callee, o.Attribute) and callee.name not in _UNDOING:
        if callee.name in scene.names.libraries.passing:
            yield Given(callee.base, frame)


def _decoder(scene: Scene, value: o.Value, frame: Frame) -> str:
    """What decodes the field that this is, if it is one that the source encodes."""
    got = isinstance(value, o.Call) and isinstance(value.callee, o.Attribute) and value.callee.name == "get"
    if not got and not isinstance(value, o.Subscript | o.Attribute):
        return ""
    ways = scene.evaluator.tracer.ways(value, frame)
    found = {_decoder_of(scene, source) for way in ways for source in way}
    return found.pop() if len(found) == 1 else ""


def _decoder_of(scene: Scene, source: Source) -> str:
    layouts = scene.names.libraries.layouts
    path = ".".join(key for key in source.path if key != "[]" and not key.isdigit())
    for kind, layout in layouts.items() if source.origin == "event" else ():
        for field, decoder in layout.encoded.items():
            if kind == source.kind or field.count(".") + 1 >= _UNMISTAKABLE:
                if path == field or path.endswith(f".{field}"):
                    return decoder
    return ""
