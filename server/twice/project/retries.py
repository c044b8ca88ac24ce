"""Repetition: loops that try again, objects that are looped over for it, and the retry settings of a handler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from twice import outline as o
from twice.facts import Retry, vocabulary
from twice.flow import Step
from twice.project import decorators
from twice.project.calls import Meaning, meanings
from twice.project.constants import constant
from twice.project.course import Site, catches_all
from twice.project.given import argument
from twice.project.outages import is_outage
from twice.project.scene import Scene, callee_place, way_to
from twice.project.things import Frame, Instance, Kind, Outside
from twice.project.values import Given
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting, effective

# Steps that can fail for a while, so that trying again makes sense.
_FALLIBLE = frozenset({"effect", "wait", "payment", "publish", "insert", "overwrite", "increment", "read", "lookup"})


def retries(scene: Scene) -> Iterator[Retry]:
    """The retries of a run that are no decorator or call."""
    for site in scene.run.sites:
        if site.kind == "loop" and isinstance(site.what, o.Loop) and not site.each_record:
            yield from _of_loop(scene, site, site.what)
    if scene.declared is not None and scene.declared.declaration is not None:
        yield from _settings(scene, scene.declared.declaration)


# Loops


def _of_loop(scene: Scene, site: Site, loop: o.Loop) -> Iterator[Retry]:
    if loop.target is not None:
        yield from _over_retrying(scene, site, loop)
        attempts = _rounds(scene, site, loop)
        if attempts is not None and any(_tries_again(scene, site, clause) for clause in _clauses(scene, site)):
            yield _made(scene, site, loop, attempts)
    elif isinstance(loop.source, o.Literal) and loop.source.value and not _has_deadline(scene, site):
        if any(_tries_again(scene, site, clause) for clause in _clauses(scene, site)) and not _counts(scene, site):
            yield _made(scene, site, loop, Setting(NONE))


def _clauses(scene: Scene, loop: Site) -> list[Site]:
    clauses = [site for site in scene.run.sites if site.kind == "except" and site.node in loop.inside]
    return [clause for clause in clauses if clause.inside <= loop.inside]


def _tries_again(scene: Scene, loop: Site, clause: Site) -> bool:
    """A try that leaves the loop when it succeeds, and a clause behind which the next round begins."""
    inside = [site for site in scene.run.sites if site.node in loop.inside]
    leaves = [site for site in inside if site.kind == "leave" and site.frame is loop.frame]
    succeeds = [s for s in leaves if isinstance(s.what, o.Leave) and s.what.kind in ("break", "return")]
    goes_on = any(s.node in clause.then and isinstance(s.what, o.Leave) and s.what.kind == "continue" for s in leaves)
    if not succeeds or any(s.node in clause.then for s in succeeds) or (clause.then_leaves and not goes_on):
        return False
    return any(_FALLIBLE & set(m.spec.nouns) for s in inside if s.node in clause.inside for m in s.meanings)


def _counts(scene: Scene, loop: Site) -> bool:
    """Something is counted, or an error raised, so that it ends some time."""
    for site in scene.run.sites:
        what = site.what
        if site.node in loop.inside and isinstance(what, o.Assign) and what.operator in ("+=", "-="):
            return True
        if site.node in loop.inside and isinstance(what, o.Leave) and what.kind == "raise":
            return True
    return False


def _has_deadline(scene: Scene, loop: Site) -> bool:
    for site in scene.run.sites:
        if site.node in loop.inside and site.kind == "test" and isinstance(site.what, o.If):
            ways = scene.evaluator.tracer.ways(site.what.test, site.frame)
            if any(source.origin == "clock" for way in ways for source in way):
                return True
    return False


def _rounds(scene: Scene, site: Site, loop: o.Loop) -> object | None:
    """How often ``for attempt in range(3)`` goes round; None for a loop over anything else."""
    call = loop.source
    callee = scene.names.resolve(call.callee, site.frame) if isinstance(call, o.Call) else None
    if not isinstance(call, o.Call) or not isinstance(callee, Outside) or callee.name != "builtins.range":
        return None
    amounts = [constant(scene.names, one.value, site.frame) for one in call.arguments[:2]]
    if not all(isinstance(one, int) for one in amounts):
        return UNKNOWN
    numbers = [int(str(one)) for one in amounts]
    place = Place(site.frame.path, call.start, call.end)
    return Setting(numbers[-1] - numbers[0] if len(numbers) > 1 else numbers[0], place=place)


def _made(scene: Scene, site: Site, loop: o.Loop, attempts: object) -> Retry:
    answered = _answered(scene, site)
    sleeps = any("pause" in m.spec.kind for s in scene.run.sites if s.node in site.inside for m in s.meanings)
    return Retry(
        place=Place(site.frame.path, loop.start, loop.source.end),
        name="the loop",
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        attempts=attempts,
        delay=UNKNOWN if sleeps else Setting(NONE),
        redelivers=Setting(False),
        on_outage=_on_outage(scene, answered),
        before_sending=_before_sending(scene, answered),
        takes_effect=Setting(True),
    )


def _answered(scene: Scene, loop: Site) -> list[tuple[o.Except, Frame]]:
    """The clauses behind which the next round tries again."""
    found = [clause for clause in _clauses(scene, loop) if _tries_again(scene, loop, clause)]
    return [(clause.what, clause.frame) for clause in found if isinstance(clause.what, o.Except)]


def _on_outage(scene: Scene, answered: list[tuple[o.Except, Frame]]) -> object:
    for clause, frame in answered:
        if catches_all(clause) or any(is_outage(scene.names, kind, frame) for kind in clause.types):
            return Setting(True)
    return UNKNOWN


def _before_sending(scene: Scene, answered: list[tuple[o.Except, Frame]]) -> Setting:
    unsent = scene.names.libraries.settings.get("unsent_errors", ())
    things = [scene.names.resolve(kind, frame) for clause, frame in answered for kind in clause.types]
    early = [isinstance(thing, Outside) and thing.name in unsent for thing in things]
    return Setting(bool(early) and all(early) and all(clause.types for clause, _ in answered))


def _over_retrying(scene: Scene, site: Site, loop: o.Loop) -> Iterator[Retry]:
    """``for attempt in Retrying(stop=...): with attempt: ...``"""
    call = loop.source.value if isinstance(loop.source, o.Await) else loop.source
    for meaning in meanings(scene.names, call, site.frame) if isinstance(call, o.Call) else ():
        if "retry" in meaning.spec.nouns and isinstance(call, o.Call):
            yield Retry(
                place=callee_place(call, site.frame.path),
                name=meaning.spec.title or "the retry",
                step=scene.step(site),
                region=scene.region(site.inside),
                way=way_to(site.frame),
                **_fields(scene, meaning, meaning.spec.fields),
            )


def _fields(scene: Scene, meaning: Meaning, sources: Mapping[str, Any]) -> dict[str, Any]:
    known = vocabulary(Retry)
    told = {n: scene.evaluator.field(source, meaning, known[n].kind) for n, source in sources.items() if n in known}
    usual = {name: Setting(name == "takes_effect") for name in ("takes_effect", "redelivers", "before_sending")}
    return {**usual, **told}


# The settings of a handler


def _settings(scene: Scene, declaration: Meaning) -> Iterator[Retry]:
    """What the decorator, or the class, says of retries; a library file names the options and what they need."""
    assert scene.declared is not None
    for spec in scene.declared.spec.retries:
        found = _first_option(scene, declaration, spec["options"])
        if found is None:
            continue
        name, place = found
        fields = _fields(scene, declaration, {n: source for n, source in spec.items() if n != "options"})
        if effective(fields.get("attempts")) is NONE:
            # Each attempt comes through the broker: that is the subscription's matter.
            fields["attempts"] = UNKNOWN
        if spec.get("asked") and effective(fields["takes_effect"]) is False:
            fields["takes_effect"] = _asks_itself(scene)
        if effective(fields["takes_effect"]) is False and _is_read(scene, name):
            fields["takes_effect"] = UNKNOWN
        if isinstance(fields["takes_effect"], Setting):
            fields["takes_effect"] = replace(fields["takes_effect"], place=_declared_at(declaration))
        whole = set(range(len(scene.run.graph.successors)))
        fields["redelivers"] = Setting(True)
        yield Retry(place=place, name=name, step=Step(scene.run.graph, 0), region=scene.region(whole), **fields)


def _is_read(scene: Scene, option: str) -> bool:
    """The code itself reads the option back from its task: ``self.retry(countdown=self.pause)``"""
    functions = {id(s.frame.function): s.frame for s in scene.run.sites}.values()
    texts = [scene.names.outlines[f.path].data[f.function.start : f.function.end] for f in functions]
    return any(f".{option}".encode() in text for text in texts)


def _declared_at(declaration: Meaning) -> Place | None:
    """The name of the call that declares the handler, where more options can be written."""
    call = declaration.call
    return callee_place(call, declaration.frame.path) if call.opens else None


def _first_option(scene: Scene, declaration: Meaning, options: list[str]) -> tuple[str, Place] | None:
    """The first option that is written and asks for something, with the place of its name, or of what a document says."""
    for option in options:
        if option.startswith("document."):
            said = scene.evaluator.documents.setting(option, declaration.frame.path, "any")
            if said is not None and said.value is True and said.place is not None:
                return option.rpartition(".")[2], said.place
            continue
        given = argument(scene.names, declaration.call, declaration.frame, option)
        if isinstance(given, Given) and constant(scene.names, given.value, given.frame) not in (NONE, False, 0):
            name = option.removeprefix("$").rpartition(":")[2]
            own = next((one for one in declaration.call.arguments if one.value is given.value), None)
            start, end = (own.start, own.start + len(name)) if own else (given.value.start, given.value.end)
            return name, Place(given.frame.path, start, end)
    return None


def _asks_itself(scene: Scene) -> object:
    """Does the handler ask for another try by itself? UNKNOWN when somebody may do so whom we do not see into."""
    if any(True for _ in scene.with_role("requeue")):
        return Setting(True)
    assert scene.declared is not None and scene.declared.declaration is not None
    control = {name.rpartition(".")[2] for name in scene.declared.spec.control}
    raised = [s.what.value for s in scene.run.sites if isinstance(s.what, o.Leave) and s.what.kind == "raise"]
    if any(_last_name(value) in control for value in raised):
        return Setting(True)
    if _base_may_ask(scene) or any(_gets_the_task(scene, site) for site in scene.run.sites):
        return UNKNOWN
    return Setting(False)


def _last_name(value: o.Value | None) -> str:
    called = value.callee if isinstance(value, o.Call) else value
    return called.name if isinstance(called, o.Attribute) else called.id if isinstance(called, o.Name) else ""


def _base_may_ask(scene: Scene) -> bool:
    """A class of ours that the handler is an object of asks for retries in one of its methods."""
    declared = scene.declared
    assert declared is not None
    made = decorators.decorated(scene.names, declared.function, declared.path) or declared.frame.receiver
    kind = made.kind if isinstance(made, Instance) else None
    library = declared.spec.library
    calls = scene.names.libraries.calls.items()
    asking = {
        n.rpartition(".")[2] for n, several in calls for s in several if s.library == library and "requeue" in s.nouns
    }
    for base in scene.names.ancestors(kind) if isinstance(kind, Kind) else ():
        if isinstance(base, Kind):
            text = scene.names.outlines[base.path].data[base.definition.start : base.definition.end]
            if any(f".{word}(".encode() in text for word in asking):
                return True
    return False


def _gets_the_task(scene: Scene, site: Site) -> bool:
    """A call nobody sees into that is given the framework's own object."""
    call = site.what
    if site.kind != "call" or not isinstance(call, o.Call) or not scene.unresolved(call, site.frame):
        return False
    own = set(site.frame.given)
    return any(isinstance(one.value, o.Name) and one.value.id in own for one in call.arguments)
