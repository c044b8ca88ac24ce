"""Errors of a client that arrive in the place of events: does the code ask before it reads what is in one?"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Read
from twice.project.course import Site
from twice.project.scene import Scene, callee_place, way_to
from twice.truth import NONE, UNKNOWN, Setting, effective


def error_reads(scene: Scene) -> Iterator[Read]:
    """The first place at which the content of an event is read that may be an error."""
    declared = scene.declared
    if declared is None or not declared.spec.error:
        return
    calls = [site for site in scene.run.sites if site.kind == "call" and isinstance(site.what, o.Call)]
    asked = any(_method(site) == declared.spec.error for site in calls)
    first = next((site for site in calls if _reads_content(scene, site, declared.spec.contents)), None)
    if first is None or not isinstance(first.what, o.Call):
        return
    yield Read(
        place=callee_place(first.what, first.frame.path),
        name=scene.text(first.what, first.frame),
        step=scene.step(first),
        way=way_to(first.frame),
        error_test=_error_test(scene, first),
        may_be_error=_sends_errors(scene),
        checked=Setting(True) if asked else _may_be_asked(scene, calls, first),
    )


def _sends_errors(scene: Scene) -> object:
    assert scene.declared is not None
    found = scene.evaluator.client(scene.declared.receiver, "error_events", "truth")
    return found if effective(found) is not True else Setting(True, default=True)


def _error_test(scene: Scene, site: Site) -> object:
    """``message.error()``, where the message has a name in front of the statement that reads it."""
    call = site.what
    assert scene.declared is not None and isinstance(call, o.Call) and isinstance(call.callee, o.Attribute)
    base = call.callee.base
    bound = (v for s in site.frame.function.statements for value in o.values_of(s) for v in o.walk(value))
    inside = any(isinstance(v, o.Comprehension | o.Bind) and v.start <= call.start < v.end for v in bound)
    return NONE if inside or not isinstance(base, o.Name) else Setting(f"{base.id}.{scene.declared.spec.error}()")


def _reads_content(scene: Scene, site: Site, contents: tuple[str, ...]) -> bool:
    call = site.what
    if not isinstance(call, o.Call) or not isinstance(call.callee, o.Attribute) or call.callee.name not in contents:
        return False
    return scene.from_event(call.callee.base, site.frame)


def _may_be_asked(scene: Scene, calls: list[Site], first: Site) -> object:
    """A function nobody sees into that gets the event before may ask; and so may text that a loop passes on."""
    assert isinstance(first.what, o.Call) and isinstance(first.what.callee, o.Attribute)
    name = scene.text(first.what.callee.base, first.frame)
    for site in calls:
        call = site.what
        if isinstance(call, o.Call) and scene.unresolved(call, site.frame):
            if any(scene.text(one.value, site.frame) == name for one in call.arguments):
                return UNKNOWN
    return Setting(False) if scene.run.graph.whole else UNKNOWN


def _method(site: Site) -> str:
    call = site.what
    return call.callee.name if isinstance(call, o.Call) and isinstance(call.callee, o.Attribute) else ""
