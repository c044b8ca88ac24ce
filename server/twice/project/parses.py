"""Where the bytes of an event become a value, and what bad data does there."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Parse
from twice.flow import Step
from twice.project.calls import Meaning, meanings, meanings_of
from twice.project.course import Site, catches_all
from twice.project.given import argument
from twice.project.loops import is_restarted
from twice.project.scene import Scene
from twice.project.things import Outside, Routine
from twice.project.values import Given
from twice.text import Place
from twice.truth import UNKNOWN, Setting, effective

_BAD_DATA = (
    "ValueError",
    "TypeError",
    "JSONDecodeError",
    "ValidationError",
    "UnicodeDecodeError",
    "KeyError",
    "DecodeError",
)


def parses_event(scene: Scene, site: Site) -> bool:
    """Is what this call parses a part of the event?"""
    what = site.what
    return isinstance(what, o.Call) and any(scene.from_event(one.value, site.frame) for one in what.arguments)


def failure_handled(scene: Scene, site: Site) -> object:
    """True inside a try that catches bad data; UNKNOWN where an except names other errors, or the loop is started again."""
    clauses = [
        s.what for s in scene.run.sites if s.kind == "except" and site.node in s.inside and isinstance(s.what, o.Except)
    ]
    if any(catches_all(clause) or _names_bad_data(clause) for clause in clauses):
        return Setting(True)
    shielded = any(s.kind == "with" and site.node in s.inside and _may_catch(scene, s) for s in scene.run.sites)
    restarted = scene.declared is not None and is_restarted(scene.names, scene.declared)
    return UNKNOWN if clauses or shielded or restarted else Setting(False)


def executes_code(scene: Scene, site: Site, written: object) -> object:
    """Not by whoever wrote the bytes, where a signature has been compared on every way here."""
    verified = any(scene.run.graph.dominates(other.node, site.node) for other, _ in scene.with_role("verification"))
    return Setting(False) if verified and effective(written) is True else written


def _names_bad_data(clause: o.Except) -> bool:
    names = [kind.name if isinstance(kind, o.Attribute) else getattr(kind, "id", "") for kind in clause.types]
    return any(name in _BAD_DATA for name in names)


def _may_catch(scene: Scene, site: Site) -> bool:
    """A with that suppresses, or one nobody sees into."""
    if any("swallow" in meaning.spec.nouns for meaning in site.meanings):
        return True
    return isinstance(site.what, o.Call) and not site.meanings and scene.unresolved(site.what, site.frame)


# Before the handler sees it


def deserialisers(scene: Scene) -> Iterator[Parse]:
    """The functions a consumer was given to parse its events with, where bad data lets them fail inside the client."""
    declared = scene.declared
    receiver = declared.declaration.receiver if declared is not None and declared.declaration is not None else None
    if declared is None or receiver is None or receiver.call is None or receiver.frame is None:
        return
    for reference in declared.spec.deserialisers:
        given = argument(scene.names, receiver.call, receiver.frame, reference)
        if isinstance(given, Given):
            fails = _can_fail(scene, given)
            runs = any(effective(one.spec.fields.get("executes_code")) is True for one in _meant(scene, given))
            yield Parse(
                place=Place(given.frame.path, given.value.start, given.value.end),
                name=scene.text(given.value, given.frame),
                step=Step(scene.run.graph, 0),
                failure_handled=UNKNOWN if fails is None else Setting(not fails),
                executes_code=Setting(True) if runs else UNKNOWN,
            )


def _can_fail(scene: Scene, given: Given) -> bool | None:
    """Does the function parse without a try? None when nobody can see."""
    thing = scene.names.resolve(given.value, given.frame)
    if isinstance(thing, Outside):
        return True if _is_parse(_meant(scene, given)) else None
    if not isinstance(thing, Routine):
        return None
    frame = scene.names.frames.enter(thing, None, None)
    tried = [s for s in thing.function.statements if isinstance(s, o.Try)]
    parsing = [call for call in thing.function.calls if _is_parse(meanings(scene.names, call, frame))]
    if tried:
        return None
    return True if parsing else None


def _meant(scene: Scene, given: Given) -> tuple[Meaning, ...]:
    """What a call of a library's function means that is given by its name."""
    thing = scene.names.resolve(given.value, given.frame)
    call = o.Call(given.value.start, given.value.end, given.value, ())
    return meanings_of(scene.names, thing, call, given.frame) if isinstance(thing, Outside) else ()


def _is_parse(found: tuple[Meaning, ...]) -> bool:
    return any("parse" in meaning.spec.nouns for meaning in found)
