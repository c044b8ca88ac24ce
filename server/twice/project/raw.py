"""Is the event itself put in a safe place before anything else is done with it?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.sources import Source
from twice.project.things import Frame
from twice.truth import UNKNOWN, Setting

_STORES = frozenset({"insert", "overwrite", "record", "publish"})
_CHANGES = frozenset({"effect", "payment", "increment", *_STORES})
_STORING = re.compile(r"(?i)stor|creat|save|persist|insert|inbox|enqueue|archive|append|write|push|put|record|\badd")


def keeps_raw_event(scene: Scene) -> object:
    """True when the first change stores or sends the whole event, UNKNOWN when a call nobody sees into may do so."""
    for site in scene.run.sites:
        if site.kind != "call" or not isinstance(site.what, o.Call) or site.deferred:
            continue
        nouns = {noun for meaning in site.meanings for noun in meaning.spec.nouns}
        if nouns & _CHANGES:
            return Setting(bool(nouns & _STORES) and _gets_event(scene, site, site.what))
        if (
            scene.unresolved(site.what, site.frame)
            and _sounds_like_storing(site.what)
            and _gets_event(scene, site, site.what)
        ):
            return UNKNOWN
    return Setting(False)


def _sounds_like_storing(call: o.Call) -> bool:
    name = call.callee.name if isinstance(call.callee, o.Attribute) else getattr(call.callee, "id", "")
    return bool(_STORING.search(name))


def _gets_event(scene: Scene, site: Site, call: o.Call) -> bool:
    return any(is_whole(scene, part, site.frame) for one in call.arguments for part in _wholes(one.value))


def _wholes(value: o.Value) -> Iterator[o.Value]:
    """The values that go into a value as they are: not those of which only a part is taken."""
    match value:
        case o.Collection() | o.Joined() | o.Mapping() | o.Await():
            for part in o.parts(value):
                yield from _wholes(part)
        case _:
            yield value


def is_whole(scene: Scene, value: o.Value, frame: Frame) -> bool:
    ways = scene.evaluator.tracer.ways(value, frame)
    return bool(ways) and all(any(_reaches_all(scene, source) for source in way) for way in ways)


def _reaches_all(scene: Scene, source: Source) -> bool:
    """The event, a record of its batch, or the payload of one."""
    layout = scene.names.libraries.layouts.get(source.kind)
    if source.origin != "event" or layout is None:
        return False
    steps = {"[]", "items()", "values()", *layout.batch, *layout.payload}
    return all(key in steps or key.isdigit() for key in source.path)
