"""What is left of an error: a line in a log, a word beside the event that failed."""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.truth import UNKNOWN, Setting

# Words for a cause among the names and texts of what is sent.
_CAUSE = re.compile(r"(?i)err|exc(?!hange|l)|reason|cause|trace|fail|fault|because|why|stack|detail")
# Arguments in which properties travel beside an event.
_BESIDE = re.compile(r"(?i)header|attribute|propert|metadata")


def leaves_trace(scene: Scene, site: Site, clause: o.Except) -> object:
    """The clause logs, raises, or hands the error on; UNKNOWN where somebody may do so whom we do not see into."""
    if _is_recorded(scene, site):
        return Setting(True)
    inside = [other for other in scene.run.sites if other.node in site.then and other is not site]
    unsure = not scene.run.graph.whole
    for other in inside:
        what = other.what
        if isinstance(what, o.Leave) and what.kind == "raise":
            return Setting(True)
        if isinstance(what, o.Call):
            if scene.only_tells(what, other.frame):
                return Setting(True)
            unsure = unsure or scene.unresolved(what, other.frame)
        if clause.name and _mentions(scene, other, clause.name):
            return Setting(True)
    return UNKNOWN if unsure else Setting(False)


def _is_recorded(scene: Scene, site: Site) -> bool:
    """What fails runs in a span of a tracer, which keeps the error."""
    words = scene.names.libraries.settings.get("recording", ())
    tried = [other for other in scene.run.sites if other.node in site.inside]
    frames = {id(other.frame): other.frame for other in tried if other.frame is not site.frame}
    spans = [(one, frame) for frame in frames.values() for one in frame.function.decorators]
    spans += [(other.what, other.frame) for other in tried if other.kind == "with" and isinstance(other.what, o.Value)]
    return any(re.search(word, scene.text(what, frame)) for what, frame in spans for word in words)


def _mentions(scene: Scene, site: Site, name: str) -> bool:
    values = o.values_of(site.what) if isinstance(site.what, o.Assign | o.Leave | o.If | o.Do) else (site.what,)
    return any(
        isinstance(part, o.Name) and part.id == name
        for value in values
        if isinstance(value, o.Value)
        for part in o.walk(value)
    )


def carries_cause(scene: Scene, site: Site) -> object:
    """Of a publish in an except clause: False where nothing but parts of the event itself is sent."""
    clause = next((s for s in scene.run.sites if s.kind == "except" and site.node in s.then), None)
    call = site.what
    if clause is None or not isinstance(clause.what, o.Except) or not isinstance(call, o.Call):
        return UNKNOWN
    for one in call.arguments:
        text = scene.text(one.value, site.frame)
        if _tells_no_cause(one.value):
            continue
        if one.star or _BESIDE.search(one.name or "") or _BESIDE.search(text) or _CAUSE.search(text):
            return UNKNOWN if not _CAUSE.search(text) else Setting(True)
        if clause.what.name and any(isinstance(p, o.Name) and p.id == clause.what.name for p in o.walk(one.value)):
            return Setting(True)
        if not _is_plain(scene, site, one.value):
            return UNKNOWN
    return Setting(False)


def _tells_no_cause(value: o.Value) -> bool:
    """Properties that are put together here: their names are all known, and none of them can hold a cause."""
    if not isinstance(value, o.Call) or not value.arguments:
        return False
    names = [one.name for one in value.arguments]
    return all(name is not None and not _BESIDE.search(name) and not _CAUSE.search(name) for name in names)


def _is_plain(scene: Scene, site: Site, value: o.Value) -> bool:
    """Read from the event, or written here: nothing is put together elsewhere."""
    found = scene.evaluator.tracer.traced(value, site.frame)
    allowed = ("event.", "constant", "config")
    return found.complete and all(origin.startswith(allowed) for way in found.ways for origin in way)
