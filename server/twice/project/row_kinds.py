"""What kind of row a write meets, by the words of the program: the class of its model, its table, or what the collection is called."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.row_changes import look_up
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.project.values import Given, follow

_STATEMENT = re.compile(r"""(?i)\b(?:update|insert\s+into)\s+["`]?([a-z_][\w.]*)""")
_BUILT = re.compile(r"\b(?:update|insert|select|query|get)\(\s*([A-Z]\w*)")
# A class: constants and the keywords of a call are not written so.
_CLASS = re.compile(r"(?<![\w.\"'])([A-Z][A-Za-z0-9]*[a-z]\w*)\b")
_FIRST = re.compile(r"[A-Za-z_]\w*")


def kind_of_row(scene: Scene, meaning: Meaning) -> str:
    """The word for the rows that this call writes; two words that differ are two kinds."""
    call, frame = meaning.call, meaning.frame
    base = call.callee.base if isinstance(call.callee, o.Attribute) else call.callee
    texts = [*_statements(scene, meaning), scene.text(base, frame)]
    return named_in(
        " ".join((kind_looked_up(scene, base, frame), *texts)) if isinstance(base, o.Name) else " ".join(texts)
    )


def kind_looked_up(scene: Scene, row: o.Value, frame: Frame) -> str:
    """The text of the look-up that answered a row."""
    found = look_up(scene.names, row, frame)
    return scene.text(found[1].value, found[1].frame) if found is not None else ""


def named_in(text: str) -> str:
    """The table of a statement, the class a statement is built for, a class, or the first name."""
    found = (pattern.search(text) for pattern in (_STATEMENT, _BUILT, _CLASS))
    named = next((one[1] for one in found if one is not None), None)
    first = _FIRST.search(text)
    return named or (first[0] if first is not None else "")


def _statements(scene: Scene, meaning: Meaning) -> Iterator[str]:
    for one in meaning.call.arguments[:1]:
        given = follow(scene.names, Given(one.value, meaning.frame))
        if isinstance(given.value, o.Literal | o.Joined | o.Call):
            yield scene.text(given.value, given.frame)
