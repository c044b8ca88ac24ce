"""Which steps of a run are about the event at hand, and not about the one before it or about events of another source."""

from __future__ import annotations

from twice.project.course import Site
from twice.project.scene import Scene
from twice.reachability import Nodes


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
