"""Transactions without a block of their own: begun by the first change on a connection, ended by its commit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.facts import Transaction
from twice.project.calls import Meaning
from twice.project.clusters import of_other_cluster
from twice.project.course import Site
from twice.project.names import Names
from twice.project.scene import Scene, callee_place, way_to
from twice.project.things import Instance
from twice.project.tracked_rows import tracked_changes
from twice.reachability import reached
from twice.text import Place
from twice.truth import UNKNOWN, Setting

# What may move a position, by its name.
_MOVING = re.compile(r"(?i)offset|commit|position|checkpoint|transaction")
_CHANGES = ("insert", "overwrite", "increment", "effect")


def committed(scene: Scene) -> Iterator[Transaction]:
    """One transaction for each commit, with the steps between the changes it makes permanent and itself."""
    ends = [(site, meaning) for site, meaning in scene.with_role("commit") if not _commits_by_itself(scene, meaning)]
    if not ends:
        return
    changes = [*scene.with_role(*_CHANGES), *((one.site, one.found) for one in tracked_changes(scene))]
    breaks = [*ends, *scene.with_role("rollback")]
    for site, meaning in ends:
        own = _origin(scene.names, meaning.receiver)
        begun = [one.node for one, change in changes if _origin(scene.names, change.receiver) == own]
        others = {one.node for one, end in breaks if one is not site and _origin(scene.names, end.receiver) == own}
        nodes = _between(scene, begun, site, others) if own is not None else set()
        if nodes:
            yield _transaction(scene, site, nodes)


def begun(scene: Scene) -> Iterator[Transaction]:
    """The transactions of a broker that one call begins and another one ends."""
    for site, meaning in scene.with_role("begin"):
        own = _origin(scene.names, meaning.receiver)
        ends = {one.node for one, end in scene.with_role("end") if _origin(scene.names, end.receiver) == own}
        if ends:
            nodes = reached(scene.run.graph.successors, [site.node], ends) - ends
            yield _transaction(scene, site, nodes, meaning.receiver)


def holds_position(scene: Scene) -> object:
    """Of a broker's transaction in a handler that reads a log: is the position sent to it? UNKNOWN where somebody may do so
    whom we do not see into."""
    declared = scene.declared
    if declared is None or declared.spec.settles != "position":
        return UNKNOWN
    if any(True for _ in scene.with_role("position")):
        return Setting(True)
    calls = [s for s in scene.run.sites if s.kind == "call" and isinstance(s.what, o.Call)]
    unseen = any(
        isinstance(s.what, o.Call)
        and scene.unresolved(s.what, s.frame)
        and _MOVING.search(scene.text(s.what.callee, s.frame))
        for s in calls
    )
    return Setting(False) if scene.run.graph.whole and not unseen else UNKNOWN


def _commits_by_itself(scene: Scene, meaning: Meaning) -> bool:
    """A connection that makes every statement permanent at once has no transaction to speak of."""
    made = scene.evaluator.making(meaning.receiver, "autocommit")
    if made is None:
        return False
    value = scene.evaluator.field(made[0], made[1], "truth")
    return not (isinstance(value, Setting) and value.value is False)


def _origin(names: Names, receiver: Instance | None) -> object:
    """What tells one connection from another: the call that made it, or where it comes from its type alone."""
    for _ in range(8):
        if receiver is None or receiver.call is None or receiver.frame is None:
            break
        callee = receiver.call.callee
        base = names.resolve(callee.base, receiver.frame) if isinstance(callee, o.Attribute) else None
        if not isinstance(base, Instance):
            return id(receiver.call)
        receiver = base
    if receiver is None:
        return None
    return next((name for name in reversed(list(names.type_names(receiver)))), None)


def _between(scene: Scene, begun: list[int], end: Site, others: set[int]) -> set[int]:
    """The steps behind a change from which the end is reached, with no other end on the way; not those that may as well
    stand behind an end: a commit that is made only where there is something to commit leaves nothing open."""
    successors = scene.run.graph.successors
    if end.kind == "with":
        begun = [node for node in begun if node in end.inside]
        return reached(successors, begun, others) & end.inside | set(begun)
    ahead = reached(successors, begun, others | {end.node})
    if end.node not in ahead:
        return set()
    before: list[set[int]] = [set() for _ in successors]
    for node, following in enumerate(successors):
        for one in following:
            before[one].add(node)
    behind = reached(before, [end.node], others)
    closed = reached(successors, [*others, end.node], set(begun)) - set(begun)
    return (ahead | set(begun)) & behind - closed - {end.node}


def _transaction(scene: Scene, site: Site, nodes: set[int], producer: Instance | None = None) -> Transaction:
    """With a ``producer`` it is one of its broker."""
    what = site.what
    place = callee_place(what, site.frame.path) if isinstance(what, o.Call) else None
    return Transaction(
        place=place or Place(site.frame.path, what.start, what.end),
        name="the transaction",
        step=scene.step(site),
        region=scene.region(nodes),
        way=way_to(site.frame),
        of_broker=Setting(producer is not None),
        holds_position=holds_position(scene) if producer is not None else UNKNOWN,
        of_other_cluster=of_other_cluster(scene, producer) if producer is not None else UNKNOWN,
    )
