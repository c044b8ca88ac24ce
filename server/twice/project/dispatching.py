"""Handlers that ask for the type of their event: what becomes of one that no branch is for?"""

from __future__ import annotations

from twice import outline as o
from twice.project.course import Site
from twice.project.discarding import does_something
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.truth import UNKNOWN, Setting


def silent_default(scene: Scene, site: Site) -> object:
    """Of the last test of a chain: True where behind it nothing is done, raised or told."""
    assert isinstance(site.what, o.If)
    asked = _asked(scene, site.what.test, site.frame)
    if asked is None or site.what.otherwise or not _is_one_of_several(scene, site, asked):
        return Setting(False)
    graph = scene.run.graph
    behind = {
        node for first in graph.successors[site.node] if first not in site.then for node in (first, *graph.reach(first))
    }
    for other in scene.run.sites:
        if other.node not in behind:
            continue
        raises = isinstance(other.what, o.Leave) and other.what.kind == "raise"
        if raises or does_something(other):
            return Setting(False)
        if other.kind == "call" and isinstance(other.what, o.Call):
            if scene.only_tells(other.what, other.frame):
                return Setting(False)
            if scene.unresolved(other.what, other.frame):
                return UNKNOWN
    return Setting(True) if graph.whole else UNKNOWN


def _asked(scene: Scene, test: o.Value, frame: Frame) -> str | None:
    """The text of what is compared with a text, when it is a type that the producer gives his events."""
    if not isinstance(test, o.Operation) or test.operator not in ("==", "in") or len(test.operands) != 2:
        return None
    subject, known = test.operands
    texts = known.items if isinstance(known, o.Collection) else (known,)
    if not texts or not all(isinstance(one, o.Literal) and isinstance(one.value, str) for one in texts):
        return None
    return scene.text(subject, frame) if _is_type(scene, subject, frame) else None


def _is_type(scene: Scene, subject: o.Value, frame: Frame) -> bool:
    """Not a field of the transport, which has only so many values."""
    sources = [one for way in scene.evaluator.tracer.ways(subject, frame) for one in way]
    for source in sources:
        layout = scene.names.libraries.layouts.get(source.kind)
        if source.origin != "event" or not source.path or (layout is not None and source.path[-1] in layout.fields):
            return False
    tracer = scene.evaluator.tracer
    return bool(sources) and all("event.type" in tracer.words(source) for source in sources)


def _is_one_of_several(scene: Scene, site: Site, asked: str) -> bool:
    """Is it the ``elif`` of another test of the same?"""
    for statement in o.statements(site.frame.function.body):
        if isinstance(statement, o.If) and len(statement.otherwise) == 1 and statement.otherwise[0] is site.what:
            return _asked(scene, statement.test, site.frame) == asked
    return False
