"""Statements of library files that speak of the arguments of a call: ``{owner}.delete({$name@0})`` with what is written there.

``{$name@0+:lock}`` is a text that ends with ``:lock`` behind that.
"""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.given import argument
from twice.project.scene import Scene
from twice.project.values import Given
from twice.truth import NONE, Setting, effective

_HOLE = re.compile(r"\{(\$[^{}+]+)(?:\+([^{}]+))?\}")
# A text of one line, with its first and its last quote.
_QUOTED = re.compile(r"[fF]?(['\"])(?!\1)[^\n]*\1")


def retold(scene: Scene, meaning: Meaning, written: object) -> object:
    """The statement with the text of its arguments; none where one is not given, or is not the same when it is computed again."""
    form = effective(written)
    if not isinstance(form, str):
        return written
    texts = {(hole, end): _text(scene, meaning, hole, end) for hole, end in _HOLE.findall(form)}
    if None in texts.values():
        return NONE
    return Setting(_HOLE.sub(lambda hole: texts[hole[1], hole[2] or ""] or "", form))


def _text(scene: Scene, meaning: Meaning, reference: str, end: str) -> str | None:
    given = argument(scene.names, meaning.call, meaning.frame, reference)
    if not isinstance(given, Given) or given.frame is not meaning.frame or not _is_steady(given.value):
        return None
    text = scene.text(given.value, given.frame)
    return _with_end(given.value, text, end) if end else text


def _with_end(value: o.Value, text: str, end: str) -> str | None:
    """A text with more behind it; None where that is no text of one piece."""
    if isinstance(value, o.Name | o.Attribute | o.Subscript):
        quote = "'" if '"' in text else '"'
        return f"f{quote}{{{text}}}{end}{quote}" if quote not in text else None
    return f"{text[:-1]}{end}{text[-1]}" if _QUOTED.fullmatch(text) and " + " not in text else None


def _is_steady(value: o.Value) -> bool:
    """Names, parts of them, and texts made of such. A mapping with several entries says more than the key."""
    if isinstance(value, o.Mapping) and len(value.items) != 1:
        return False
    steady = (o.Literal, o.Name, o.Attribute, o.Subscript, o.Joined, o.Mapping)
    return all(isinstance(part, steady) for part in o.walk(value))
