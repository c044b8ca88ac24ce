"""What becomes of a copy of an event: the branch it takes where a claim or a check is asked, and how that branch ends."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from twice import outline as o
from twice.flow import Step
from twice.project.asking import Question, Test
from twice.project.course import Site, catches_all
from twice.project.refusals import expected_error, names_conflict
from twice.project.scene import Scene
from twice.project.things import Outside
from twice.reachability import Nodes
from twice.truth import UNKNOWN, Setting

# What gives the event back, so that it is tried again.
_GIVES_BACK = {"requeue", "reject", "retry"}


class Branch(Struct, frozen=True):
    """The steps that only a copy takes; ``leaves`` when none of them goes on to what stands behind.

    ``skips`` are the steps that a copy never comes to, because of this answer.
    """

    nodes: frozenset[int]
    leaves: bool
    skips: Nodes = Nodes()


def branch_of(scene: Scene, test: Test, taken: bool) -> Branch:
    """The branch of a test that is taken when it holds, or fails."""
    site = test.site
    nodes, leaves = (site.then, site.then_leaves) if taken else (site.otherwise, site.otherwise_leaves)
    return Branch(frozenset(nodes), leaves, _beyond(scene, site, taken))


def _beyond(scene: Scene, site: Site, taken: bool) -> Nodes:
    """The steps that the other answer of a test leads to, and this one does not."""
    caught = {other.node for other in scene.run.sites if other.kind == "except"}
    these, others = Nodes(), Nodes()
    for first in scene.run.graph.successors[site.node] - caught:
        found = scene.run.graph.reach(first) | Nodes.of([first])
        if (first in site.then) == taken:
            these |= found
        else:
            others |= found
    return others - these


def of_clause(scene: Scene, claimed: Site, clause: Site) -> Branch:
    """The way of a copy through the clause that catches the refusal of its claim."""
    graph = scene.run.graph
    skips = graph.reach(claimed.node) - graph.reach(clause.node) - Nodes.of([clause.node])
    return Branch(frozenset(clause.then), clause.then_leaves, skips)


def of_answer(question: Question, tests: Iterable[Test]) -> tuple[Test, bool] | None:
    """The outermost test that asks this call, and whether it agrees with the answer."""
    for test in tests:
        for asked in test.questions:
            if asked.call is question.call and asked.agrees is not None:
                return test, asked.agrees
    return None


def decided_at(scene: Scene, test: Test, taken: bool | None) -> Step | None:
    """Where a copy is told apart for certain: at the test when it leaves there, else in the branch that does the work.

    ``taken`` says whether the test holds for a copy, as far as that is known; None as an answer says that a copy goes the way
    of the work.
    """
    if taken is None:
        return scene.step(test.site)
    if branch_of(scene, test, taken).leaves:
        return scene.step(test.site)
    work = branch_of(scene, test, not taken).nodes
    return None if scene.run.calls.isdisjoint(work) else Step(scene.run.graph, min(work))


def of_conflict(scene: Scene, claimed: Site) -> Branch | None:
    """The clause that catches the refusal of a claim or insert; the innermost around it."""
    around = [
        site
        for site in scene.run.sites
        if site.kind == "except" and claimed.node in site.inside and _catches_conflict(scene, site)
    ]
    clause = min(around, key=lambda site: len(site.inside), default=None)
    return of_clause(scene, claimed, clause) if clause is not None else None


def _catches_conflict(scene: Scene, site: Site) -> bool:
    assert isinstance(site.what, o.Except)
    if expected_error(scene, site.what) or catches_all(site.what) or names_conflict(scene, site):
        return True
    broad = scene.names.libraries.settings.get("service_errors", ())
    found = (scene.names.resolve(kind, site.frame) for kind in site.what.types)
    return any(isinstance(thing, Outside) and thing.name in broad for thing in found)


def settles(scene: Scene, branch: Branch | None) -> object:
    """Is a copy settled without work? False when it is given back or raises, UNKNOWN when that cannot be told."""
    if branch is None:
        return UNKNOWN
    inside = [site for site in scene.run.sites if site.node in branch.nodes]
    ways_out = {site.what.kind for site in inside if isinstance(site.what, o.Leave)}
    back = "raise" in ways_out or any(_gives_back(site) for site in inside)
    quiet = not branch.leaves or bool(ways_out - {"raise"})
    if back and quiet:
        return Setting(True) if any(_tells_conflict(scene, site) for site in inside) else UNKNOWN
    unsure = any(_may_give_back(scene, site) for site in inside)
    return UNKNOWN if unsure and not back else Setting(quiet)


def _gives_back(site: Site) -> bool:
    return any(_GIVES_BACK & set(meaning.spec.nouns) for meaning in site.meanings)


def _tells_conflict(scene: Scene, site: Site) -> bool:
    """A test that tells the conflict from other errors: those are raised, and what is quiet is for the copy."""
    return site.kind == "test" and isinstance(site.what, o.If) and names_conflict(scene, site)


def _may_give_back(scene: Scene, site: Site) -> bool:
    call = site.what
    if site.kind != "call" or not isinstance(call, o.Call) or not isinstance(call.callee, o.Attribute):
        return False
    return scene.unresolved(call, site.frame) and scene.from_event(call.callee.base, site.frame)
