"""How long a call can block, and whom: its own limit, the limits around it, and the event loop under it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from twice import outline as o
from twice.facts import Subscription
from twice.project.calls import Meaning
from twice.project.constants import measured
from twice.project.course import Site, is_awaited
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.truth import NONE, UNKNOWN, Setting, effective


def wait_fields(scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any]) -> dict[str, Any]:
    """What the library file leaves to the place: the limits around a wait, and whether an event loop stands still."""
    blocks = effective(fields.get("blocks_loop", False)) is True and _stops_event_loop(scene, site, meaning)
    own = fields.get("timeout", UNKNOWN)
    if effective(own) is False:
        own = UNKNOWN
    limit = _smallest([own, *_around(scene, site)])
    remote = fields.get("remote", True)  # what a client waits for, unless the library file says otherwise
    return {
        "blocks_loop": blocks,
        "timeout": limit,
        "limited_by": _argument(meaning),
        "remote": remote,
        "worst_case": _worst_case(scene, meaning, limit),
        "for_each_record": Setting(_for_each_record(scene, site)),
        "is_pause": Setting(meaning.spec.kind == "pause"),
        "holds_event": holds_event(scene, site),
    }


def _worst_case(scene: Scene, meaning: Meaning, limit: object) -> object:
    """All attempts of the client; one that cannot be told counts as one attempt."""
    amount = effective(limit)
    if not isinstance(amount, int | float):
        return limit
    attempts = effective(scene.evaluator.client(meaning.receiver, "attempts", "number"))
    times = attempts if isinstance(attempts, int) and not isinstance(attempts, bool) and attempts > 1 else 1
    return Setting(amount * times, isinstance(limit, Setting) and limit.default, place=getattr(limit, "place", None))


def _for_each_record(scene: Scene, site: Site) -> bool:
    """In the loop over the records of a batch, or in the function that a processor runs for each of them.

    A processor that runs a coroutine for each of them awaits all of them together.
    """
    for other in scene.run.sites:
        if site.node not in other.inside or other.deferred:
            continue
        if other.kind == "loop" and isinstance(other.what, o.Loop) and scene.is_batch(other.what.source, other.frame):
            return True
        side_by_side = other.routine is not None and other.routine.function.is_async
        if not side_by_side and any(one.spec.how == "each" and one.spec.through for one in other.meanings):
            return True
    return False


def holds_event(scene: Scene, site: Site) -> object:
    """Is the event settled only behind this step: by an ack of the code that can be reached, or by the end of the run?"""
    declared = scene.declared
    if declared is None:
        return UNKNOWN
    behind = scene.run.graph.reach(site.node)
    acks = [other for other, meaning in scene.with_role("ack") if not other.deferred]
    if any(other.node in behind for other in acks):
        return Setting(True)
    on_receipt = {effective(scene.of_subscription("acks_on_receipt", UNKNOWN))}
    on_receipt |= {effective(one.acks_on_receipt) for one in declared.deployed if isinstance(one, Subscription)}
    if acks or declared.loop is not None or on_receipt - {False, UNKNOWN}:
        return Setting(False)
    return Setting(True) if False in on_receipt else UNKNOWN


def _argument(meaning: Meaning) -> object:
    """The argument from which the library file takes the limit first."""
    source = meaning.spec.fields.get("timeout")
    first = source[0] if isinstance(source, list) and source else source
    name = first[1:].partition("@")[0] if isinstance(first, str) and first.startswith("$") else ""
    return Setting(name) if name.isidentifier() else NONE


def _smallest(limits: list[object]) -> object:
    """The limit that ends it first; one that cannot be told may be that."""
    amounts = [effective(one) for one in limits]
    if UNKNOWN in amounts:
        return UNKNOWN
    known = [one for one in limits if isinstance(effective(one), int | float)]
    return min(known, key=lambda one: float(str(effective(one))), default=limits[0])


def _around(scene: Scene, site: Site) -> Iterator[object]:
    """The limits of what surrounds it: ``async with timeout(5):``, ``wait_for(call(), 5)``."""
    for other, meaning in scene.with_role("limit"):
        if site.node in other.inside or _is_part_of(site, other):
            amount = measured(scene.names, meaning.call, meaning.frame)
            yield amount if amount is NONE or amount is UNKNOWN else Setting(amount, place=other.place)


def _is_part_of(site: Site, other: Site) -> bool:
    """Does it, or the call through which it was reached, stand in the arguments of the other?"""
    inner: o.Node | None = site.what
    frame: Frame | None = site.frame
    while frame is not None and inner is not None:
        if frame is other.frame and other.what.start < inner.start and inner.end <= other.what.end:
            return True
        inner, frame = frame.call, frame.caller
    return False


def _stops_event_loop(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """Nothing is awaited, and the loop is what tells the broker that somebody is at work."""
    alive_aside = effective(scene.of_subscription("alive_aside", False)) is True
    awaited = is_awaited(site.what, site.frame) or _is_asynchronous(meaning)
    return not alive_aside and not awaited and _on_event_loop(scene, site)


def _is_asynchronous(meaning: Meaning) -> bool:
    """Had one to wait for the client itself when it was made: ``async with session.client() as client``?"""
    receiver = meaning.receiver
    return (
        receiver is not None
        and receiver.call is not None
        and receiver.frame is not None
        and is_awaited(receiver.call, receiver.frame)
    )


def _on_event_loop(scene: Scene, site: Site) -> bool:
    """Reached from a coroutine, without a thread in between."""
    frame: Frame | None = site.frame
    while frame is not None and not frame.function.is_async:
        frame = frame.caller
    if frame is None:
        return False
    return not any(
        site.node in other.inside
        and (other.in_thread or (other.routine is not None and not other.routine.function.is_async))
        for other in scene.run.sites
    )
