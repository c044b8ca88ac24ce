"""Which steps of a run are about the event at hand, and not about the one before it or about events of another source."""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.scene import Scene
from twice.reachability import Nodes
from twice.truth import NONE, UNKNOWN, Setting, effective

# A test that finds out whether this is the last record of its batch.
_ASKS_FOR_LAST = re.compile(r"(?i)\blen\(|last|remain|-\s*1\b|final|\bend\b")


def settles_this_event(scene: Scene, site: Site) -> bool:
    """A commit at the head of a consume loop, before an event is taken, is about the event of the round before."""
    if scene.declared is None or scene.declared.loop is None:
        return True
    taken = [other.node for other, _ in scene.with_role("receive")]
    return not taken or any(site.node in scene.run.graph.reach(node) for node in taken)


def of_other_events(scene: Scene) -> frozenset[int]:
    """The steps that handle events of another source: a loop inside the handler that takes them, behind where it does."""
    if scene.declared is None:
        return frozenset()
    own = scene.declared.kind
    taken = {site.node for site, meaning in scene.with_role("receive") if meaning.spec.kind != own}
    loops = [site for site in scene.run.sites if site.kind == "loop" and taken & site.inside]
    return frozenset(
        node
        for loop in loops
        for one in taken & loop.inside
        for node in Nodes.of(loop.inside) & scene.run.graph.reach(one)
    )


def covers_unprocessed(scene: Scene, site: Site, written: object) -> object:
    """Does an ack of everything that was handed out stand between the records of one batch?"""
    if effective(written) is not True:
        return written
    loops = [other for other in scene.run.sites if other.kind == "loop" and site.node in other.inside]
    over = [one for one in loops if isinstance(one.what, o.Loop) and scene.is_batch(one.what.source, one.frame)]
    if not over:
        return Setting(False)
    if any(_takes_one(meaning) for _, meaning in scene.with_role("receive")) or _may_be_last(scene, site, over[0]):
        return UNKNOWN
    return written


def record_at(scene: Scene, site: Site) -> object:
    """The name of the record in the innermost loop around an ack, when that is a loop over a batch."""
    loops = [other for other in scene.run.sites if other.kind == "loop" and site.node in other.inside]
    inner = min(loops, key=lambda one: len(one.inside), default=None)
    if inner is None or inner.frame is not site.frame or not isinstance(inner.what, o.Loop):
        return NONE
    target = inner.what.target
    named = isinstance(target, o.Name) and scene.is_batch(inner.what.source, inner.frame)
    return Setting(target.id) if named and isinstance(target, o.Name) else NONE


def _takes_one(meaning: Meaning) -> bool:
    """A receive that asks for one record at most."""
    given = [
        one for at, one in enumerate(meaning.call.arguments) if at == 0 or re.search("num|max_rec", one.name or "")
    ]
    return any(
        isinstance(one.value, o.Literal) and one.value.value is not True and one.value.value == 1 for one in given
    )


def _may_be_last(scene: Scene, site: Site, loop: Site) -> bool:
    """Behind a test inside the loop that may hold for the last record only."""
    return any(
        isinstance(other.what, o.If)
        and other.node in loop.inside
        and site.node in other.then | other.otherwise
        and _ASKS_FOR_LAST.search(scene.text(other.what.test, other.frame))
        for other in scene.run.sites
        if other.kind == "test"
    )
