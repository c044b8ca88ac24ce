"""Work given away: whether it ends before the handler settles, whether it runs side by side, and what bounds it."""

from __future__ import annotations

import re
from typing import Any

from twice import outline as o
from twice.facts import Buffer
from twice.project.calls import Meaning
from twice.project.course import Site, is_awaited
from twice.project.handles import uses
from twice.project.scene import Scene
from twice.project.things import Outside
from twice.project.values import Given, follow
from twice.reachability import Nodes
from twice.truth import UNKNOWN, Setting, effective

_WAITING = frozenset({"join", "result", "await", "exception", "get", "wait"})
_HARMLESS = frozenset(
    {"start", "daemon", "setDaemon", "name", "setName", "set_name", "tested", "add_done_callback", "held"}
)


def handover_fields(
    scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any], buffer: Buffer | None
) -> dict[str, Any]:
    """``awaited``, ``joined``, ``parallel`` and ``bounded`` of one hand-over."""
    awaited = waited_for = fields["awaited"] if "awaited" in fields else _awaited(scene, site, meaning)
    if effective(waited_for) is False and not _is_settled_meanwhile(scene, site, meaning):
        awaited = UNKNOWN
    return {
        "awaited": awaited,
        "joined": waited_for,
        "after_answer": fields["after_answer"] if "after_answer" in fields else _after_answer(scene, waited_for),
        "parallel": _parallel(scene, site, meaning, fields.get("parallel", UNKNOWN), waited_for),
        "bounded": _bounded(scene, site, awaited, buffer),
        "count": _count(scene, site, meaning),
    }


# Is it waited for?


def _awaited(scene: Scene, site: Site, meaning: Meaning) -> object:
    if meaning.spec.how == "each" or _inside_pool(scene, site, meaning):
        return Setting(True)
    if meaning.spec.runs == "*":
        return Setting(True) if is_awaited(site.what, site.frame) else UNKNOWN
    if not isinstance(site.what, o.Call):
        return UNKNOWN
    outline = scene.names.outlines[site.frame.path]
    found = uses(outline, site.frame.function, site.what)
    if any(use.name in _WAITING for use in found):
        return Setting(True)
    return Setting(False) if all(use.name in _HARMLESS for use in found) else UNKNOWN


def _after_answer(scene: Scene, awaited: object) -> object:
    """Who is answered by a process that lives on does not wait for what its handler does not wait for."""
    declared = scene.declared
    if declared is None or declared.spec.fields.get("answers_sender") is not True:
        return Setting(False)
    waited_for = effective(awaited)
    return Setting(not waited_for) if isinstance(waited_for, bool) else UNKNOWN


def _inside_pool(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """In the with of its own pool or group, which ends when everything in it has ended."""
    receiver = meaning.receiver
    if receiver is None:
        return False
    return any(
        other.kind == "with" and site.node in other.inside and _called(other.what) is receiver.call
        for other in scene.run.sites
    )


def _called(what: object) -> object:
    return what.value if isinstance(what, o.Await) else what


def _waits_for_all(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """The run waits for the buffer to be worked off."""
    for other in scene.run.sites:
        what = other.what
        if other.kind == "call" and isinstance(what, o.Call) and isinstance(what.callee, o.Attribute):
            thing = scene.names.resolve(what.callee, other.frame) if what.callee.name == "join" else None
            if isinstance(thing, Outside) and other.node in scene.run.graph.reach(site.node):
                receiver = thing.receiver
                if receiver is not None and meaning.receiver is not None and receiver.call is meaning.receiver.call:
                    return True
    return False


def _is_settled_meanwhile(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """Does the handler settle the event without waiting: by an ack behind the hand-over, or because nobody has to?"""
    if not meaning.spec.runs and _waits_for_all(scene, site, meaning):
        return False
    behind = scene.run.graph.reach(site.node) - Nodes.of(site.inside)
    if any(other.node in behind and not other.deferred for other, _ in scene.with_role("ack")):
        return True
    return effective(scene.of_subscription("needs_ack", False)) is False


# Does it run side by side?


def _parallel(scene: Scene, site: Site, meaning: Meaning, written: object, awaited: object) -> object:
    """Several events at once: one after the other without waiting, or all records of a batch together."""
    if effective(written) is not True:
        return written
    if meaning.spec.how == "each":
        return Setting(True) if _over_records(scene, site) else UNKNOWN
    if meaning.spec.runs == "*":
        return _gathers_records(scene, site)
    if effective(awaited) is False or _inside_pool(scene, site, meaning):
        return written if _one_by_one(scene, site) and not _goes_on_for_ever(scene, site) else UNKNOWN
    return Setting(False) if effective(awaited) is True else UNKNOWN


def _one_by_one(scene: Scene, site: Site) -> bool:
    """Each record has its own hand-over: the run is that of one event, or the step stands in the loop over the records."""
    declared = scene.declared
    if declared is None:
        return False
    loops = [s for s in scene.run.sites if s.kind == "loop" and s.each_record]
    return (
        any(site.node in loop.inside for loop in loops)
        if loops
        else declared.loop is not None or bool(declared.spec.callback)
    )


def _goes_on_for_ever(scene: Scene, site: Site) -> bool:
    """What is started works off what it is sent, as one lane of several does: it is not the handling of one event."""
    loops = [s.what for s in scene.run.sites if s.node in site.inside and isinstance(s.what, o.Loop)]
    return any(
        isinstance(loop.source, o.Literal)
        and loop.source.value is True
        and not any(isinstance(one, o.Leave) and one.kind in ("return", "break") for one in o.statements(loop.body))
        for loop in loops
    )


def _over_records(scene: Scene, site: Site) -> bool:
    assert isinstance(site.what, o.Call)
    return any(scene.is_batch(one.value, site.frame) for one in site.what.arguments[1:])


def _gathers_records(scene: Scene, site: Site) -> object:
    """``gather(*[handle(record) for record in records])``; tasks named one by one belong to one event."""
    assert isinstance(site.what, o.Call)
    starred = [one.value for one in site.what.arguments if one.star == "*"]
    if not starred:
        return Setting(False)
    for value in starred:
        clauses = value.clauses if isinstance(value, o.Comprehension) else ()
        if any(scene.is_batch(source, site.frame) for _, source in clauses):
            return Setting(True)
    return UNKNOWN


# How many at once?


def _count(scene: Scene, site: Site, meaning: Meaning) -> object:
    """Of what is started all together, and not in portions: the collection that has one entry for each of them."""
    if not isinstance(site.what, o.Call) or _may_be_limited(scene):
        return UNKNOWN
    if meaning.spec.runs != "*":
        pooled = meaning.receiver is not None and meaning.spec.kind != "task"
        return _rounds(scene, site) if meaning.spec.how == "aside" and not pooled else UNKNOWN
    starred = [one.value for one in site.what.arguments if one.star == "*"]
    made = follow(scene.names, Given(starred[0], site.frame)) if len(starred) == 1 else None
    if made is None or not isinstance(made.value, o.Comprehension) or len(made.value.clauses) != 1:
        return UNKNOWN
    source = made.value.clauses[0][1]
    if made.value.tests or scene.is_batch(source, made.frame):
        return UNKNOWN
    return scene.evaluator.tracer.traced(source, made.frame)


def _rounds(scene: Scene, site: Site) -> object:
    """What the loop around it goes through, where no round waits for anything: each starts one more."""
    loops = [one for one in scene.run.sites if one.kind == "loop" and site.node in one.inside]
    if len(loops) != 1 or loops[0].frame is not site.frame or loops[0].each_record:
        return UNKNOWN
    source = _one_for_each(loops[0].what)
    if source is None or scene.is_batch(source, site.frame):
        return UNKNOWN
    return scene.evaluator.tracer.traced(source, site.frame)


def _one_for_each(loop: object) -> o.Value | None:
    """The collection that a loop goes through, where no round is left out or waits for anything."""
    if isinstance(loop, o.Comprehension):
        return loop.clauses[0][1] if len(loop.clauses) == 1 and not loop.tests else None
    if not isinstance(loop, o.Loop) or loop.target is None:
        return None
    inner = list(o.statements(loop.body))
    parts = [part for one in inner for value in o.values_of(one) for part in o.walk(value)]
    waits = any(isinstance(part, o.Await) or _waits(part) for part in parts)
    return None if waits or any(isinstance(one, o.If | o.Leave | o.With) for one in inner) else loop.source


def _waits(part: object) -> bool:
    return isinstance(part, o.Call) and isinstance(part.callee, o.Attribute) and part.callee.name in _WAITING


def _may_be_limited(scene: Scene) -> bool:
    frames = {id(s.frame.function): s.frame for s in scene.run.sites}
    texts = [scene.names.outlines[f.path].data[f.function.start : f.function.end] for f in frames.values()]
    if any(_LIMITING.search(text.decode("utf-8", "replace")) for text in texts):
        return True
    entered = [
        follow(scene.names, Given(s.what, s.frame))
        for s in scene.run.sites
        if isinstance(s.what, o.Value) and s.kind == "with"
    ]
    return any(_LIMITING.search(scene.text(one.value, one.frame)) for one in entered)


# What bounds it?

_LIMITING = re.compile(
    r"(?i)semaphore|chunk|batched|islice|throttle|\bsem\b|limiter|\.acquire\b|\bpause\b|qsize|\bfull\(|capacity|in_?flight|basic_qos"
)


def _bounded(scene: Scene, site: Site, awaited: object, buffer: Buffer | None) -> object:
    """A hand-over that is waited for is bounded; so may be one beside a semaphore, a pause, or a look at how full it is."""
    if effective(awaited) is True:
        return Setting(True)
    declared = scene.declared
    if declared is None or buffer is None or not _hands_over_event(scene, site):
        return UNKNOWN
    if _is_kept(scene, site) or _may_be_limited(scene):
        return UNKNOWN
    settles_here = any(True for _ in scene.with_role("ack"))
    if declared.loop is None and not settles_here and not _forgotten_at_once(scene):
        return UNKNOWN
    return Setting(False) if _fills_without_end(scene, site) else UNKNOWN


def _is_kept(scene: Scene, site: Site) -> bool:
    """Its answer goes into something from which somebody may take it to wait for it."""
    if not isinstance(site.what, o.Call):
        return False
    found = uses(scene.names.outlines[site.frame.path], site.frame.function, site.what)
    return any(use.name == "passed" for use in found)


def _hands_over_event(scene: Scene, site: Site) -> bool:
    """The event, or what came of it: not what a run makes by itself, such as the lines that a program prints."""
    given = site.what.arguments if isinstance(site.what, o.Call) else ()
    return any(scene.from_event(one.value, site.frame) for one in given)


def _forgotten_at_once(scene: Scene) -> bool:
    """Nothing at the broker waits for what is in the buffer: the event is settled when it comes, or when its function has returned."""
    declared = scene.declared
    by_return = declared is not None and declared.spec.settles == "return"
    settled_then = by_return and effective(scene.of_subscription("needs_ack", UNKNOWN)) is False
    return settled_then or effective(scene.of_subscription("acks_on_receipt", False)) is True


def _fills_without_end(scene: Scene, site: Site) -> bool:
    """The buffer outlives the handling of one event: it is made outside the run."""
    for meaning in site.meanings:
        receiver = meaning.receiver
        if receiver is not None and receiver.call is not None and receiver.frame is not None:
            made_in, start = receiver.frame.function, receiver.call.start
            declared = scene.declared
            assert declared is not None
            if declared.receiver is not None and declared.receiver.call is receiver.call:
                return False  # it puts back what it has taken out
            if declared.loop is not None and made_in is declared.function:
                return not declared.loop.start <= start < declared.loop.end
            return not any(made_in is s.frame.function for s in scene.run.sites)
    return False
