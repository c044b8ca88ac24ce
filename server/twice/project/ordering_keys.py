"""Keys by which a queue keeps order, or shares its consumers: what can be said of one where it is sent."""

from __future__ import annotations

import re

from twice import outline as o
from twice.facts import Queue
from twice.noun import Traced
from twice.project.addresses import named_by
from twice.project.calls import Meaning
from twice.project.scene import Scene
from twice.project.values import is_one_of_several
from twice.truth import Missing, effective


def may_share(scene: Scene, key: object, queue: object) -> bool:
    """A key by tenant on a queue that keeps no order may be meant to share its consumers fairly."""
    if not isinstance(queue, Queue) or effective(queue.ordered) is not False or not isinstance(key, Traced):
        return False
    return re.search(scene.names.libraries.settings.get("sharing_keys", r"(?!)"), key.text) is not None


def is_one_of_keys(scene: Scene, meaning: Meaning) -> bool:
    """A key that a loop takes from a list, or a branch picks, is not the same for all, even where each of them is written out."""
    source = meaning.spec.fields.get("ordered_by")
    several = source if isinstance(source, list) else [source]
    named = [one for one in several if isinstance(one, str) and one.startswith("$")]
    given = named_by(scene.evaluator, named, meaning) if named else ()
    return not isinstance(given, Missing) and any(
        is_one_of_several(scene.names, one.value, one.frame) for one in given if isinstance(one.value, o.Name)
    )
