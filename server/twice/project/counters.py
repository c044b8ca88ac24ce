"""Counters that tell how busy something is, by the words they are written with: that one is off by one does no harm."""

from __future__ import annotations

import re

from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.row_changes import saved
from twice.project.scene import Scene


def is_counter(scene: Scene, meaning: Meaning) -> bool:
    """A counter of hits or attempts, by the words of its call, or of what is added to on the row that it saves."""
    text = scene.text(meaning.call, meaning.frame) + " ".join(f" {one.name}" for one in saved(meaning) if one.adds)
    for one in meaning.call.arguments:
        text += " " + (literal_text(scene.names, one.value, meaning.frame) or "")
    return counts(scene, text)


def counts(scene: Scene, text: str) -> bool:
    """Do these words speak of a counter that tells how busy something is?"""
    return any(re.search(pattern, text) for pattern in scene.names.libraries.settings.get("counter_words", ()))
