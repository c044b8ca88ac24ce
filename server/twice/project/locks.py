"""Locks: what keeps two runs apart, by a lock object, a statement, or a claim that is removed after success too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from twice.facts import Key, Lock, vocabulary
from twice.project.calls import Meaning
from twice.project.claims import given_back, place_of
from twice.project.course import Site
from twice.project.keys import key_of
from twice.project.scene import Scene, way_to
from twice.project.stores import same_record
from twice.reachability import reached
from twice.truth import NONE, UNKNOWN, Setting, effective


def locks(scene: Scene) -> Iterator[Lock]:
    """The locks of a run, each with the steps that run while it is held."""
    for site, meaning in scene.with_role("lock"):
        if site.kind in ("with", "decorated"):
            yield _lock(scene, site, meaning, site.inside)
        elif meaning.spec.kind == "acquire":
            released = [
                other.node for other, release in scene.with_role("release") if same_record(scene, meaning, release)
            ]
            yield _lock(scene, site, meaning, _behind(scene, site, released))
    for site, meaning in scene.with_role("guard"):
        removed = given_back(scene, site, meaning)
        if removed:
            held = _behind(scene, site, [other.node for other in removed])
            yield _lock(scene, site, meaning, held, checks_token=_looks_first(scene, meaning))


def _lock(scene: Scene, site: Site, meaning: Meaning, held: set[int], **more: Any) -> Lock:
    known = vocabulary(Lock)
    fields: dict[str, Any] = {
        name: scene.evaluator.field(source, meaning, known[name].kind)
        for name, source in meaning.spec.fields.items()
        if name in known
    }
    if "guard" in meaning.spec.nouns:
        fields["expiry"] = scene.evaluator.field(meaning.spec.fields.get("window", UNKNOWN), meaning, "duration")
        fields["expires_by"] = scene.evaluator.field(meaning.spec.fields.get("window_in", NONE), meaning, "word")
    renewals = [one for one, renewal in scene.with_role("renew") if _renews(scene, renewal, meaning)]
    if renewals and effective(fields.get("expiry")) is NONE:
        fields["expiry"] = UNKNOWN  # it gets one later
    if renewals or "renewed" not in fields:
        fields["renewed"] = Setting(any(one.node in held for one in renewals))
    found = key_of(scene, site, meaning)
    fields["key"] = found.value if isinstance(found, Key) else found
    return Lock(
        place=place_of(site),
        name=meaning.spec.title or "the lock",
        step=scene.step(site),
        region=scene.region(held),
        way=way_to(site.frame),
        **fields,
        **more,
    )


def _renews(scene: Scene, renewal: Meaning, meaning: Meaning) -> bool:
    """Does it speak of the same record, or is it called on the very lock that is made here?"""
    receiver = renewal.receiver
    return (receiver is not None and receiver.call is meaning.call) or same_record(scene, meaning, renewal)


def _looks_first(scene: Scene, meaning: Meaning) -> object:
    """Is the record read before it is removed? Whether one's own token is looked for then, nobody here can tell."""
    looks = any(same_record(scene, meaning, look) for _, look in scene.with_role("lookup"))
    return UNKNOWN if looks else Setting(False)


def _behind(scene: Scene, site: Site, until: Iterable[int]) -> set[int]:
    """The steps that can come after this one, up to those that let go."""
    ends = set(until)
    return reached(scene.run.graph.successors, [site.node], ends) - ends
