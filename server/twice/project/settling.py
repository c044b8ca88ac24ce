"""Which steps of a run are about the event at hand, and not about the one before it or about events of another source."""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.scene import Scene
from twice.reachability import Nodes
from twice.text import Place
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
    over = _batch_loops(scene, site)
    if not over:
        return Setting(False)
    if any(_takes_one(meaning) for _, meaning in scene.with_role("receive")) or _may_be_last(scene, site, over[0]):
        return UNKNOWN
    return written


def batch_around(scene: Scene, site: Site) -> object:
    """The outermost loop over its batch that an ack stands in, of the same function."""
    loops = [one for one in _batch_loops(scene, site) if one.frame is site.frame]
    outermost = max(loops, key=lambda one: len(one.inside), default=None)
    if outermost is None or not isinstance(outermost.what, o.Loop):
        return NONE
    return Setting(True, place=Place(site.frame.path, outermost.what.start, outermost.what.source.end))


def record_at(scene: Scene, site: Site, written: object) -> object:
    """What an ack is told of the record at hand, as its library writes it: of the one in the innermost loop around it, or of the
    last one of the loop in front of it.
    """
    form = effective(written)
    loops = [other for other in scene.run.sites if other.kind == "loop" and site.node in other.inside]
    inner = min(loops, key=lambda one: len(one.inside), default=None)
    if not isinstance(form, str) or inner is None or inner.frame is not site.frame:
        return written if form is UNKNOWN else NONE
    record = _name_of_round(scene, inner) or _last_of_round(scene, site, inner)
    return Setting(form.replace("{record}", record)) if record else NONE


def _batch_loops(scene: Scene, site: Site) -> list[Site]:
    loops = [other for other in scene.run.sites if other.kind == "loop" and site.node in other.inside]
    return [one for one in loops if isinstance(one.what, o.Loop) and scene.is_batch(one.what.source, one.frame)]


def _name_of_round(scene: Scene, loop: Site) -> str:
    """What a loop over a batch calls the record at hand, where that name keeps it for the whole round."""
    what = loop.what
    if (
        not isinstance(what, o.Loop)
        or not isinstance(what.target, o.Name)
        or not scene.is_batch(what.source, loop.frame)
    ):
        return ""
    return what.target.id if what.target.id not in o.names_bound(what.body) else ""


def _last_of_round(scene: Scene, site: Site, around: Site) -> str:
    """The last record of a list that the round has just been through: it is what the loop around got for this round."""
    what = around.what
    if not isinstance(what, o.Loop) or what.target is None or not scene.is_batch(what.source, around.frame):
        return ""
    got = {part.id for part in o.walk(what.target) if isinstance(part, o.Name)} - o.names_bound(what.body)
    for one in what.body:
        if isinstance(one, o.Loop) and isinstance(one.source, o.Name) and one.source.id in got:
            gone_through = one.end <= site.what.start and not _is_left(one.body)
            if gone_through and scene.is_batch(one.source, around.frame):
                return f"{one.source.id}[-1]"
    return ""


def _is_left(body: o.Block) -> bool:
    return any(isinstance(one, o.Leave) and one.kind == "break" for one in o.statements(body))


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
