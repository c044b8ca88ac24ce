"""What may be a guard although nobody sees into it: by its name, by the rows a loop goes over, by the class around a handler."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.facts import Guard
from twice.flow import Step
from twice.project.calls import Meaning, meanings
from twice.project.claims import is_tested, place_of
from twice.project.course import Site
from twice.project.given import argument
from twice.project.memory import ADDS
from twice.project.refusals import refused_by
from twice.project.scene import Scene, callee_place, way_to
from twice.project.stores import same_record, store_of
from twice.project.things import Frame, Kind, Outside
from twice.project.values import Given
from twice.project.wrappers import wrapper_of
from twice.text import Place
from twice.truth import Truth

_MARKS = ("record", "overwrite", "insert", "forget")


def possible_guards(scene: Scene) -> Iterator[Guard]:
    """Guards that excuse and never accuse."""
    for site in scene.run.sites:
        if site.kind == "call" and isinstance(site.what, o.Call) and _sounds_like_guard(scene, site):
            yield _possible(scene, callee_place(site.what, site.frame.path), scene.step(site), site.frame)
        elif site.kind == "loop" and isinstance(site.what, o.Loop) and _works_off(scene, site, site.what):
            source = site.what.source
            yield _possible(scene, Place(site.frame.path, source.start, source.end), scene.step(site), site.frame)
    for site, _ in scene.with_role("lookup"):
        if is_tested(scene, site, in_branches=False) and isinstance(site.what, o.Call):
            yield _possible(scene, callee_place(site.what, site.frame.path), scene.step(site), site.frame)
    for site, meaning in scene.with_role("insert"):
        if _notes_event(scene, site, meaning):
            yield _possible(scene, place_of(site), scene.step(site), site.frame)
    for frame in dict.fromkeys(site.frame for site in scene.run.sites):
        for decorator in frame.function.decorators:
            if _is_foreign(scene, decorator, frame) and _is_guard_word(scene, scene.text(decorator, frame)):
                place = Place(frame.path, decorator.start, decorator.end)
                yield _possible(scene, place, Step(scene.run.graph, _entry(scene, frame)), frame)
    yield from _around(scene)


def _possible(scene: Scene, place: Place, step: Step, frame: Frame) -> Guard:
    return Guard(place=place, name="possible check", step=step, way=way_to(frame), certain=Truth.UNKNOWN, claims=False)


def _is_guard_word(scene: Scene, text: str) -> bool:
    words = scene.names.libraries.settings.get("guard_words", ())
    return any(re.search(pattern, text.partition("(")[0]) for pattern in words)


def _sounds_like_guard(scene: Scene, site: Site) -> bool:
    """A call nobody sees into, about the event, by a name such as ``claim_once``."""
    call = site.what
    assert isinstance(call, o.Call)
    name = call.callee.name if isinstance(call.callee, o.Attribute) else ""
    if name in ADDS or not _is_guard_word(scene, scene.text(call.callee, site.frame)):
        return False
    if not scene.unresolved(call, site.frame):
        return False
    return any(scene.from_event(one.value, site.frame) for one in call.arguments)


def _notes_event(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """A row in a table such as ``processed_events``: whether a unique key refuses the second one, its statement does not say."""
    call = site.what
    if "guard" in meaning.spec.nouns or not isinstance(call, o.Call) or refused_by(scene, site) is not None:
        return False
    if any(same_record(scene, meaning, look) for _, look in scene.with_role("lookup")):
        return False  # the look is what decides
    texts = [scene.text(call.callee, site.frame), store_of(scene, meaning)]
    texts += [scene.text(one.value, site.frame) for one in call.arguments[:1] if isinstance(one.value, o.Call)]
    pattern = scene.names.libraries.settings.get("noted_events", r"(?!)")
    noted = any(re.search(pattern, text.partition("(")[0]) for text in texts)
    return noted and any(scene.from_event(one.value, site.frame) for one in call.arguments)


def _works_off(scene: Scene, site: Site, loop: o.Loop) -> bool:
    """A loop over stored rows in whose rounds something is written down: a row that is done is not met again."""
    ways = scene.evaluator.tracer.ways(loop.source, site.frame)
    if loop.target is None or not any(source.origin == "store" for way in ways for source in way):
        return False
    return any(other.node in site.inside for other, _ in scene.with_role(*_MARKS))


def _is_foreign(scene: Scene, decorator: o.Value, frame: Frame) -> bool:
    """A decorator that is neither ours nor described by a library file."""
    call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())
    outer = frame.closure or scene.names.frames.module_frame(frame.path)
    thing = scene.names.resolve(call.callee, outer)
    if meanings(scene.names, call, outer) or wrapper_of(scene.names, frame.function, frame.path, frame.closure):
        return False
    return thing is None or isinstance(thing, Outside)


def _entry(scene: Scene, frame: Frame) -> int:
    """The step at which a function is entered: its call, or the start of the run."""
    called = (site.node for site in scene.run.sites if site.kind == "call" and site.what is frame.call)
    return next(called, 0) if frame is not scene.run.root else 0


def _around(scene: Scene) -> Iterator[Guard]:
    """A class that the framework runs the handler inside of, when it has a call of its own or sounds like a guard."""
    declared = scene.declared
    if declared is None or not declared.spec.around or declared.declaration is None:
        return
    declaration = declared.declaration
    given = argument(scene.names, declaration.call, declaration.frame, declared.spec.around)
    if not isinstance(given, Given):
        return
    thing = scene.names.resolve(given.value, given.frame)
    bases = list(scene.names.ancestors(thing)) if isinstance(thing, Kind) else []
    calls = any(isinstance(base, Kind) and "__call__" in base.definition.methods for base in bases)
    if calls or _is_guard_word(scene, scene.text(given.value, given.frame)):
        place = Place(given.frame.path, given.value.start, given.value.end)
        yield _possible(scene, place, Step(scene.run.graph, 0), scene.run.root)
