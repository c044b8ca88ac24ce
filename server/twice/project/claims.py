"""Claims: atomic calls that record an event and tell whether it was there before, and whether they are given back."""

from __future__ import annotations

from typing import Any

from twice import outline as o
from twice.facts import Guard, Key, vocabulary
from twice.project.askers import askers
from twice.project.calls import Meaning
from twice.project.keys import key_of
from twice.project.lift import Site
from twice.project.scene import Scene, callee_place, callee_text, way_to
from twice.text import Place
from twice.truth import NO, UNKNOWN, YES, Setting


def claim(scene: Scene, site: Site, meaning: Meaning) -> Guard | None:
    certain = YES if meaning.spec.raises or site.kind in ("decorated", "with") or _answer_is_tested(scene, site) else NO
    if certain is NO:
        return None
    known = vocabulary(Guard)
    fields: dict[str, Any] = {"atomic": True, "durable": True, "claims": True, "has_state": False}
    fields.update(
        {
            name: scene.evaluator.field(source, meaning, known[name][0])
            for name, source in meaning.spec.fields.items()
            if name in known
        }
    )
    if "released_on_failure" not in fields:
        fields["released_on_failure"] = _released(scene, site)
    found = key_of(scene, site, meaning)
    data = scene.names.outlines[site.frame.path].data
    return Guard(
        place=place_of(site),
        name=meaning.spec.title or (callee_text(site.what, data) if isinstance(site.what, o.Call) else "guard"),
        step=scene.step(site),
        region=scene.region(site.inside) if site.inside else None,
        way=way_to(site.frame),
        certain=certain,
        key=found if isinstance(found, Key) else None,
        **fields,
    )


def place_of(site: Site) -> Place:
    if isinstance(site.what, o.Call):
        return callee_place(site.what, site.frame.path)
    return Place(site.frame.path, site.what.start, site.what.end)


def _answer_is_tested(scene: Scene, site: Site) -> bool:
    """The answer of the call reaches a test: directly, through a name, or as the answer of a function of ours."""
    for test in scene.run.sites:
        if test.kind == "test" and isinstance(test.what, o.If):
            if any(call is site.what for call, _, _ in askers(scene, test.what.test, test.frame)):
                return True
    return False


def _released(scene: Scene, claimed: Site) -> object:
    """Is the claim given back when the work behind it fails?"""
    forgets = {site.node for site, _ in scene.with_role("forget")}
    unsure = False
    for site in scene.run.sites:
        if site.kind == "except" and site.node in scene.run.graph.reach(claimed.node):
            if forgets & site.then:
                return Setting(True)
            unsure = unsure or any(
                other.kind == "call"
                and other.node in site.then
                and isinstance(other.what, o.Call)
                and scene.unresolved(other.what, other.frame)
                and any(scene.from_event(one.value, other.frame) for one in other.what.arguments)
                for other in scene.run.sites
            )
    return UNKNOWN if unsure else Setting(False)
