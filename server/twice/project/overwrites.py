"""Writes over what is there: do they set what changes over time?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.values import Given, follow
from twice.truth import UNKNOWN, Setting


def overwrite_fields(scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any]) -> dict[str, Any]:
    """``changes_state`` and ``sets_state`` of one overwrite, by the words with which it is written."""
    settings = scene.names.libraries.settings
    texts = " ".join(_written(scene, site, meaning, fields)) if "value" in fields else ""
    sets = {"sets_state": Setting(re.search(settings.get("state_set", r"(?!)"), texts) is not None)}
    return {**_changes_state(scene, site, meaning, fields), **sets}


def _changes_state(scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any]) -> dict[str, Any]:
    settings = scene.names.libraries.settings
    if "changes_state" in fields or "changing_fields" not in settings:
        return {}
    names = " ".join(_names(scene, site))
    if re.search(settings["changing_names"], names):
        return {"changes_state": Setting(True)}
    if re.search(settings["new_things"], names):
        return {"changes_state": Setting(False)}
    changes = re.search(settings["changing_fields"], " ".join(_written(scene, site, meaning, fields)))
    return {"changes_state": Setting(True) if changes else Setting(False) if "value" in fields else UNKNOWN}


def _names(scene: Scene, site: Site) -> Iterator[str]:
    """What the functions on the way to it are called."""
    frame = site.frame
    yield frame.function.name
    while frame.caller is not None:
        frame = frame.caller
        yield frame.function.name


def _written(scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any]) -> Iterator[str]:
    """The source text of what is written; where the call does not hold it, of the function that set it before."""
    if "value" not in fields:
        function = site.frame.function
        data = scene.names.outlines[site.frame.path].data
        yield data[function.start : function.end].decode("utf-8", "replace")
    for one in meaning.call.arguments:
        given = follow(scene.names, Given(one.value, meaning.frame))
        value = given.value
        if isinstance(value, o.Mapping | o.Literal | o.Joined | o.Call):
            yield f"{one.name or ''} {scene.text(value, given.frame)}"
        elif one.name:
            yield one.name
