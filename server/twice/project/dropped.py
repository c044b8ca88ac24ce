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
    yield from _settled_in_finally(scene)


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
        returns = isinstance(site.what, o.Leave) and site.what.kind == "return"
        block = _finally_around(site) if site.kind == "leave" and returns else None
        place = Place(site.frame.path, site.what.start, site.what.start + len("return"))
        if block is not None and place not in seen:
            seen.add(place)
            yield _in_finally(scene, site, block, "the return in finally", place)


def _settled_in_finally(scene: Scene) -> Iterator[Swallow]:
    """An ack in a ``finally`` is made whatever was raised before it, and the error then finds nothing to give back."""
    seen: set[Place] = set()
    for site, meaning in scene.with_role("ack"):
        block = _finally_around(site)
        if block is None or block.excepts or not isinstance(site.what, o.Call):
            continue
        place = callee_place(site.what, site.frame.path)
        settles = not {"requeue", "reject"} & set(meaning.spec.nouns)
        if settles and place not in seen and any(isinstance(s, o.Do) and _is_called(s, site.what) for s in block.final):
            seen.add(place)
            yield _in_finally(scene, site, block, "the ack in finally", place)


def _in_finally(scene: Scene, site: Site, block: o.Try, name: str, place: Place) -> Swallow:
    tried = block.body[0].start, block.body[-1].end
    nodes = [s.node for s in scene.run.sites if s.frame is site.frame and tried[0] <= s.what.start < tried[1]]
    return Swallow(
        place=place,
        name=name,
        step=scene.step(site),
        region=scene.region(set(range(min(nodes), max(nodes) + 1)) if nodes else set()),
        way=way_to(site.frame),
        keeps_event=Setting(False),
        expected=Setting(False),
        leaves_trace=UNKNOWN,
        catches_control=Setting(True),
    )


def _finally_around(site: Site) -> o.Try | None:
    """The ``try`` in whose ``finally`` this stands."""
    for statement in site.frame.function.statements:
        if isinstance(statement, o.Try) and statement.final and statement.body:
            if statement.final[0].start <= site.what.start < statement.final[-1].end:
                return statement
    return None


def _is_dropped(site: Site) -> bool:
    """The answer, which holds the failures, goes nowhere: the call is a statement of its own."""
    return any(isinstance(s, o.Do) and _is_called(s, site.what) for s in site.frame.function.statements)


def _is_called(statement: o.Do, call: o.Node) -> bool:
    value = statement.value
    return (value.value if isinstance(value, o.Await) else value) is call


def _dropped(scene: Scene, site: Site) -> Swallow:
    assert isinstance(site.what, o.Call)
    return Swallow(
        place=callee_place(site.what, site.frame.path),
        name=next(meaning.spec.title for meaning in site.meanings if "swallow" in meaning.spec.nouns),
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        keeps_event=Setting(False),
        # Of calls that stand in it nobody asks how they went. Tasks that were started before may have been cancelled.
        expected=Setting(False) if all(isinstance(a.value, o.Call) for a in _unnamed(site.what)) else UNKNOWN,
        leaves_trace=UNKNOWN,
        catches_control=Setting(False),
    )


def _unnamed(call: o.Call) -> list[o.Argument]:
    return [argument for argument in call.arguments if argument.name is None]
