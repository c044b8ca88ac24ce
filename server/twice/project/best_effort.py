"""Effects that nobody misses: by their names, and by what they are for."""

from __future__ import annotations

from twice.facts import Queue
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.scene import Scene


def is_best_effort(scene: Scene, site: Site, meaning: Meaning, queue: object, reacts_to_failure: bool) -> bool:
    """Called through a function or object, or sent to a queue, whose name says that nobody depends on it; or a message by which
    people are told of a failure, which is not what the event asks for."""
    return _is_named_so(scene, site, queue) or (meaning.spec.kind == "notice" and reacts_to_failure)


def _is_named_so(scene: Scene, site: Site, queue: object) -> bool:
    data = scene.names.outlines[site.frame.path].data
    text = data[site.what.start : site.what.start + 80].decode("utf-8", "replace").partition("(")[0]
    names = {*text.split("."), site.frame.function.name, *((queue.name,) if isinstance(queue, Queue) else ())}
    folders = set(scene.names.libraries.settings.get("best_effort_modules", ()))
    if not folders.isdisjoint(site.frame.path.removesuffix(".py").split("/")):
        return True
    return any(map(scene.names.libraries.nobody_misses, names))
