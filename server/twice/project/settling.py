"""Which calls settle the event at hand, and not the one before it."""

from __future__ import annotations

from twice.project.course import Site
from twice.project.scene import Scene


def settles_this_event(scene: Scene, site: Site) -> bool:
    """A commit at the head of a consume loop, before an event is taken, is about the event of the round before."""
    if scene.declared is None or scene.declared.loop is None:
        return True
    taken = [other.node for other, _ in scene.with_role("receive")]
    return not taken or any(site.node in scene.run.graph.reach(node) for node in taken)
