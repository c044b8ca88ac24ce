"""Workflows that are replayed: the steps they wait for, and what in them gives another answer each time."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Draw, Step
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.course import Site
from twice.project.effects import made
from twice.project.given import argument
from twice.project.scene import Scene, callee_text, way_to
from twice.project.things import Frame, Outside, Routine
from twice.project.values import Given
from twice.text import Place
from twice.truth import NONE, Setting

_CHANGING = frozenset({"clock", "random", "period", "process"})
_OUTSIDE = frozenset({"effect", "publish", "payment"})


def steps(scene: Scene) -> Iterator[tuple[Step, o.Function | str]]:
    """The calls in a workflow that have other code run and wait for it, with its function, or what it goes by."""
    told = {
        (id(site.what), site.frame): (site, meaning) for site, meaning in scene.with_role("step")
    }  # finally is there twice
    for site, meaning in told.values():
        given = argument(scene.names, meaning.call, meaning.frame, str(meaning.spec.fields["function"]))
        if not isinstance(given, Given) or not isinstance(site.what, o.Call):
            continue
        thing = scene.names.resolve(given.value, given.frame)
        target = thing.function if isinstance(thing, Routine) else literal_text(scene.names, given.value, given.frame)
        if target:
            found = made(scene, site, meaning, Step, has_error_path=Setting(_is_caught(site.what, site.frame)))
            assert isinstance(found, Step)
            yield found, target


def _is_caught(call: o.Call, frame: Frame) -> bool:
    """It stands where a failure has a clause, or its function is called there."""
    for one in frame.function.statements:
        if isinstance(one, o.Try) and one.excepts and one.body[0].start <= call.start < one.body[-1].end:
            return True
    return frame.call is not None and frame.caller is not None and _is_caught(frame.call, frame.caller)


def draws(scene: Scene) -> Iterator[Draw]:
    """The clocks and random numbers of a workflow, and what it asks of others by itself."""
    for site in scene.run.sites:
        changing = next((one for one in site.meanings if one.spec.origin in _CHANGING or _asks_others(one)), None)
        if changing is not None:
            yield _draw(scene, site, changing)


def _asks_others(meaning: Meaning) -> bool:
    """It goes over the network, where a step would have its answer kept: a replay asks, or sends, again."""
    nouns, fields = set(meaning.spec.nouns), meaning.spec.fields
    return bool(nouns & _OUTSIDE) or ("wait" in nouns and fields.get("remote", True) is True)


def _draw(scene: Scene, site: Site, meaning: Meaning) -> Draw:
    return Draw(
        place=Place(site.frame.path, site.what.start, site.what.end),
        name=callee_text(meaning.call, scene.names.outlines[site.frame.path].data),
        step=scene.step(site),
        way=way_to(site.frame),
        decides=Setting(not _only_told(scene, site) and not _in_first_run_only(scene, site)),
        instead=_instead(scene, site, meaning),
    )


def _instead(scene: Scene, site: Site, meaning: Meaning) -> object:
    """What the library has for it, where the file knows the library by its usual name."""
    assert scene.declared is not None
    thing = scene.names.resolve(meaning.call.callee, meaning.frame)
    text = scene.declared.spec.instead.get(thing.name, "") if isinstance(thing, Outside) else ""
    ending = b"import " + text.partition(".")[0].encode()
    lines = scene.names.outlines[site.frame.path].data.splitlines()
    return Setting(text) if text and any(line.strip().endswith(ending) for line in lines) else NONE


def _only_told(scene: Scene, site: Site) -> bool:
    """What is only logged decides nothing."""
    return any(
        isinstance(other.what, o.Call)
        and other.frame is site.frame
        and other.what is not site.what
        and other.what.start <= site.what.start
        and site.what.end <= other.what.end
        and scene.only_tells(other.what, other.frame)
        for other in scene.run.sites
    )


def _in_first_run_only(scene: Scene, site: Site) -> bool:
    """Behind a test whether this is a replay."""
    return any(
        isinstance(other.what, o.If)
        and site.node in other.then | other.otherwise
        and "replaying" in scene.text(other.what.test, other.frame)
        for other in scene.run.sites
        if other.kind == "test"
    )
