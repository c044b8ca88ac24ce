"""Handlers that do nothing: they log what came, settle it, and no event can make them fail."""

from __future__ import annotations

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.things import Kind, Outside, Routine

# What cannot fail, whatever it is given: conversions to text, a look into a mapping.
_HARMLESS = frozenset({"builtins.print", "builtins.str", "builtins.repr", "builtins.len"})


def is_idle(scene: Scene) -> bool:
    return scene.run.graph.whole and all(_is_harmless(scene, site) for site in scene.run.sites)


def _is_harmless(scene: Scene, site: Site) -> bool:
    if site.kind in ("leave", "decorated"):
        return not (isinstance(site.what, o.Leave) and site.what.kind == "raise")
    if site.kind != "call" or not isinstance(site.what, o.Call):
        return True
    if site.meanings:
        return all(set(meaning.spec.nouns) <= {"ack"} for meaning in site.meanings)
    thing = scene.names.resolve(site.what.callee, site.frame)
    if isinstance(thing, Outside) and thing.name in _HARMLESS:
        return True
    gets = isinstance(site.what.callee, o.Attribute) and site.what.callee.name == "get"
    return gets or isinstance(thing, Routine | Kind) or scene.only_tells(site.what, site.frame)
