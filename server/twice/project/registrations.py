"""What becomes of a change to something that a service was asked to make, when it is asked again and refuses: by the words of the code."""

from __future__ import annotations

import re
from typing import Any

from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.outcomes import outcome_checked
from twice.project.scene import Scene
from twice.truth import UNKNOWN, Setting, effective


def registration_fields(scene: Scene, site: Site, meaning: Meaning, fields: dict[str, Any]) -> dict[str, Any]:
    """``brings_changes``: true where there is another way for a change, or where the refusal ends the program; false where the function
    says nothing of a failure but by a text, or takes a refusal for success."""
    if effective(fields.get("updates", UNKNOWN)) is not False:
        return {"brings_changes": fields.get("updates", UNKNOWN)}
    if effective(outcome_checked(scene, site, meaning)) is UNKNOWN:
        return {"brings_changes": UNKNOWN}  # whoever gets the answer may look at it
    if _says(scene, site, "conflict_words"):
        waits = _says(scene, site, "waiting_words") and _says(scene, site, "failing_words")
        return {"brings_changes": UNKNOWN if waits else Setting(False)}
    return {"brings_changes": Setting(_says(scene, site, "failing_words"))}


def _says(scene: Scene, site: Site, kind: str) -> bool:
    function = site.frame.function
    text = scene.names.outlines[site.frame.path].data[function.start : function.end]
    return any(re.search(word.encode(), text) for word in scene.names.libraries.settings.get(kind, ()))
