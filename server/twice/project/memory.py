"""Collections that live as long as the process: where they are made, and what is added to them."""

from __future__ import annotations

from twice import outline as o
from twice.project.course import Site
from twice.project.own_values import self_values
from twice.project.scene import Scene
from twice.project.scopes import visible
from twice.project.things import Frame, Instance, Kind, Outside

ADDS = ("add", "append", "appendleft", "update", "setdefault", "insert", "__setitem__")


def is_memory(scene: Scene, value: o.Value, frame: Frame) -> bool:
    """A set, list or mapping of a module, or of an object that outlives one run."""
    if isinstance(value, o.Attribute):
        return _of_object(scene, value, frame)
    module = scene.names.outlines[frame.path].module
    if not isinstance(value, o.Name) or (
        frame.function is not module and visible(frame.function, value.id, value.start)
    ):
        return False
    found = visible(module, value.id, module.end)
    return bool(found) and all(
        not isinstance(one.value, o.Function | o.Class | o.Import)
        and _is_container(scene, one.value, scene.names.frames.module_frame(frame.path))
        for one in found
    )


def _of_object(scene: Scene, value: o.Attribute, frame: Frame) -> bool:
    owner = scene.names.resolve(value.base, frame)
    if not isinstance(owner, Instance) or not isinstance(owner.kind, Kind) or _made_in_run(owner):
        return False
    found = [(v, method) for v, _, method in self_values(scene.names, owner.kind, value.name)]
    return bool(found) and all(
        method.name == "__init__" and _is_container(scene, v, scene.names.frames.own_frame(method, owner.kind.path))
        for v, method in found
    )


def _made_in_run(owner: Instance) -> bool:
    """An object made while the event is handled is gone with it."""
    return owner.frame is not None and owner.frame.function.name != "<module>"


def _is_container(scene: Scene, value: o.Value | None, frame: Frame) -> bool:
    if isinstance(value, o.Mapping | o.Collection):
        return not value.items
    if isinstance(value, o.Call):
        thing = scene.names.resolve(value.callee, frame)
        known = scene.names.libraries.settings.get("process_memory", ())
        return isinstance(thing, Outside) and thing.name in known
    return False


def is_cache(scene: Scene, name: str) -> bool:
    """Does the run take something out of the collection of this name? Then it spares work, and tells no copies apart."""
    for site in scene.run.sites:
        what = site.what
        if isinstance(what, o.Leave | o.Assign):
            values = o.values_of(what)
        elif isinstance(what, o.Call) and site.kind == "call":
            values = (what,)
        else:
            continue
        targets = what.targets if isinstance(what, o.Assign) else ()
        for part in (part for value in values for part in o.walk(value)):
            if _takes_from(scene, site, part, name) and not any(part is target for target in targets):
                return True
    return False


def _takes_from(scene: Scene, site: Site, part: o.Value, name: str) -> bool:
    if isinstance(part, o.Subscript):
        return scene.text(part.base, site.frame) == name
    if isinstance(part, o.Call) and isinstance(part.callee, o.Attribute) and part.callee.name in ("get", "pop"):
        return scene.text(part.callee.base, site.frame) == name
    return False


def adds_to(scene: Scene, site: Site, name: str) -> bool:
    """Does the step put something into the collection of this name?"""
    what = site.what
    if isinstance(what, o.Call) and isinstance(what.callee, o.Attribute) and what.callee.name in ADDS:
        return scene.text(what.callee.base, site.frame) == name
    if isinstance(what, o.Assign):
        bases = [target.base for target in what.targets if isinstance(target, o.Subscript)]
        return any(scene.text(base, site.frame) == name for base in bases)
    return False
