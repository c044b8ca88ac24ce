"""Tests after one answer of which the event is simply over."""

from __future__ import annotations

import re

from twice import outline as o
from twice.facts import NOUNS, Effect, Reject, Requeue
from twice.project.course import Site
from twice.project.scene import Scene
from twice.truth import UNKNOWN, Setting

# What does something about the event, or for it.
_DOING = frozenset({"handover", "redrive", "record", "forget", "transaction"})


def discards(scene: Scene, site: Site) -> object:
    """True where one branch leaves without doing anything; UNKNOWN where a call nobody sees into may do something there,
    or where the test speaks of a time up to which the event is meant to count. A request that is too old is refused, so that
    nobody sends it a second time: that drops no event."""
    if _is_of_request(scene, site):
        return Setting(False)
    for branch, leaves in ((site.then, site.then_leaves), (site.otherwise, site.otherwise_leaves)):
        if not leaves or not branch:
            continue
        inside = [other for other in scene.run.sites if other.node in branch]
        if any(isinstance(other.what, o.Leave) and other.what.kind == "raise" for other in inside):
            continue
        if any(does_something(other) for other in inside):
            continue
        unseen = any(
            isinstance(s.what, o.Call) and s.kind == "call" and scene.unresolved(s.what, s.frame) for s in inside
        )
        return UNKNOWN if unseen or _has_an_end(scene, site) else Setting(True)
    return Setting(False)


def _is_of_request(scene: Scene, site: Site) -> bool:
    """Does it ask for the time in a header of what somebody has posted?"""
    assert isinstance(site.what, o.If)
    tracer, declared = scene.evaluator.tracer, scene.declared
    layout = scene.names.libraries.layouts.get(declared.kind) if declared is not None else None
    if declared is None or not (declared.spec.fields.get("answers_sender") is True or (layout and layout.answered)):
        return False
    sources = [source for way in tracer.ways(site.what.test, site.frame) for source in way]
    times = [source for source in sources if "event.timestamp" in tracer.words(source)]
    return any("headers" in source.path for source in times)


def does_something(site: Site) -> bool:
    """An effect, or a settlement that gives the event back or refuses it."""
    nouns = {noun for meaning in site.meanings for noun in meaning.spec.nouns}
    kinds = [NOUNS[noun] for noun in nouns if noun in NOUNS]
    return bool(nouns & _DOING) or any(issubclass(kind, Effect | Requeue | Reject) for kind in kinds)


def _has_an_end(scene: Scene, site: Site) -> bool:
    assert isinstance(site.what, o.If)
    return (
        re.search(scene.names.libraries.settings.get("expiry_words", r"(?!)"), scene.text(site.what.test, site.frame))
        is not None
    )
