"""Workflows that are replayed, and the steps in them that give another answer each time."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Draw
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.scene import Scene, callee_text, way_to
from twice.project.things import Outside
from twice.text import Place
from twice.truth import NONE, Setting

_CHANGING = frozenset({"clock", "random", "period", "process"})


def draws(scene: Scene) -> Iterator[Draw]:
    """The clocks and random numbers of a workflow."""
    for site in scene.run.sites:
        for meaning in site.meanings:
            if meaning.spec.origin in _CHANGING:
                yield _draw(scene, site, meaning)


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
