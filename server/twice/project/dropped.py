"""Where a failure ends quietly without an except clause: contexts that suppress it, answers that hold it, a return behind it."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Swallow
from twice.project.course import Site
from twice.project.scene import Scene, callee_place, way_to
from twice.text import Place
from twice.truth import UNKNOWN, Setting


def other_swallows(scene: Scene) -> Iterator[Swallow]:
    for site in scene.run.sites:
        if any("swallow" in meaning.spec.nouns for meaning in site.meanings):
            if site.kind == "with":
                yield _suppress(scene, site)
            elif site.kind == "call" and _is_dropped(site):
                yield _dropped(scene, site)
    yield from _left_in_finally(scene)


def _suppress(scene: Scene, site: Site) -> Swallow:
    call = site.what
    assert isinstance(call, o.Call)
    broad = any(isinstance(a.value, o.Name) and a.value.id in ("Exception", "BaseException") for a in call.arguments)
    return Swallow(
        place=callee_place(call, site.frame.path),
        name="suppress",
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        keeps_event=Setting(False),
        expected=Setting(False) if broad else UNKNOWN,
        catches_control=Setting(broad),
    )


def _left_in_finally(scene: Scene) -> Iterator[Swallow]:
    """A ``return`` in a ``finally`` drops whatever was raised before it."""
    seen: set[Place] = set()
    for site in scene.run.sites:
        block = _finally_around(site) if site.kind == "leave" else None
        place = Place(site.frame.path, site.what.start, site.what.start + len("return"))
        if block is None or place in seen:
            continue
        seen.add(place)
        tried = block.body[0].start, block.body[-1].end
        nodes = [s.node for s in scene.run.sites if s.frame is site.frame and tried[0] <= s.what.start < tried[1]]
        yield Swallow(
            place=place,
            name="the return in finally",
            step=scene.step(site),
            region=scene.region(set(range(min(nodes), max(nodes) + 1)) if nodes else set()),
            way=way_to(site.frame),
            keeps_event=Setting(False),
            expected=Setting(False),
            leaves_trace=UNKNOWN,
            catches_control=Setting(True),
        )


def _finally_around(site: Site) -> o.Try | None:
    """The ``try`` in whose ``finally`` this ``return`` stands."""
    if not isinstance(site.what, o.Leave) or site.what.kind != "return":
        return None
    for statement in site.frame.function.statements:
        if isinstance(statement, o.Try) and statement.final and statement.body:
            if statement.final[0].start <= site.what.start < statement.final[-1].end:
                return statement
    return None


def _is_dropped(site: Site) -> bool:
    """The answer, which holds the failures, goes nowhere: the call is a statement of its own."""
    for statement in site.frame.function.statements:
        if isinstance(statement, o.Do):
            value = statement.value
            if (value.value if isinstance(value, o.Await) else value) is site.what:
                return True
    return False


def _dropped(scene: Scene, site: Site) -> Swallow:
    assert isinstance(site.what, o.Call)
    return Swallow(
        place=callee_place(site.what, site.frame.path),
        name=next(meaning.spec.title for meaning in site.meanings if "swallow" in meaning.spec.nouns),
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        keeps_event=Setting(False),
        expected=UNKNOWN,
        leaves_trace=UNKNOWN,
        catches_control=Setting(False),
    )
