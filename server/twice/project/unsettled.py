"""Ways out of a handler on which nobody settles the event."""

from __future__ import annotations

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.scopes import bindings, certain
from twice.project.sources import Source, words
from twice.truth import NONE, UNKNOWN, Setting

# What settles, keeps or ends, so that the event is not left lying.
_SETTLING = ("ack", "requeue", "reject", "handover", "close")


def settles_nothing(scene: Scene, leave: Site) -> object:
    """No step that can come before this way out settles the event, gives it away or notes it down; another way out settles it."""
    settled = {site.node for site, _ in scene.with_role(*_SETTLING)}
    if not any("ack" in meaning.spec.nouns for site in scene.run.sites for meaning in site.meanings):
        return Setting(False)
    graph = scene.run.graph
    behind = graph.reach(leave.node)  # in a finally, or as the block is left that settles by itself
    if any(leave.node in graph.reach(node) or node in behind for node in settled):
        return Setting(False)
    if not graph.whole:
        return UNKNOWN
    before = [site for site in scene.run.sites if leave.node in graph.reach(site.node)]
    return UNKNOWN if any(_may_settle(scene, site) for site in before) else Setting(True)


def settled_by(scene: Scene, leave: Site) -> Setting:
    """The call by which another way out of the same function settles the event, where all its names stand at this one too.

    None where an error has been caught: what cannot be handled is not done.
    """
    function, data = leave.frame.function, scene.names.outlines[leave.frame.path].data
    clauses = [clause for one in function.statements if isinstance(one, o.Try) for clause in one.excepts]
    at = leave.what.start
    if any(clause.start <= at < clause.end for clause in clauses):
        return Setting(NONE)
    for site, _ in scene.with_role("ack"):
        call = site.what
        if (
            site.frame is leave.frame
            and isinstance(call, o.Call)
            and all(_stands(function, name, at) for name in _names(call))
        ):
            awaited = "await " if data[: call.start].rstrip().endswith(b"await") else ""
            return Setting(awaited + data[call.start : call.end].decode("utf-8", "replace"))
    return Setting(NONE)


def _names(value: o.Value) -> set[str]:
    return {part.id for part in o.walk(value) if isinstance(part, o.Name)}


def _stands(function: o.Function, name: str, at: int) -> bool:
    """Is the name bound for certain here: once before, as a parameter, or outside of the function?"""
    return name not in bindings(function) or certain(function, name, at) is not None


def _may_settle(scene: Scene, site: Site) -> bool:
    """A call nobody sees into that gets the whole event, its channel or its receipt; or a place where one of them is kept."""
    what = site.what
    if isinstance(what, o.Call):
        keeps = isinstance(what.callee, o.Attribute) and what.callee.name in ("append", "add", "put", "setdefault")
        if keeps or scene.unresolved(what, site.frame):
            return any(_is_the_event(scene, site, one.value) for one in what.arguments)
        return False
    if isinstance(what, o.Assign):
        return any(isinstance(target, o.Attribute | o.Subscript) for target in what.targets) and any(
            _is_the_event(scene, site, value) for value in o.values_of(what)
        )
    return site.kind in ("with", "decorated")


def _is_the_event(scene: Scene, site: Site, value: o.Value) -> bool:
    if isinstance(value, o.Name) and value.id in {one.name for one in site.frame.function.parameters}:
        return True
    ways = scene.evaluator.tracer.ways(value, site.frame)
    return any(_is_whole(scene, source) for way in ways for source in way if source.origin == "event")


def _is_whole(scene: Scene, source: Source) -> bool:
    """The event, an entry of its batch with its id, or its receipt."""
    whole = not source.path or source.path[-1] in ("[]", "0")
    return whole or "event.delivery" in words(scene.names.libraries, source)
