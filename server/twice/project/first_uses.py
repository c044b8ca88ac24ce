"""Objects that take the options of whoever uses them first, and whose later users are not heard. No library is named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.given import argument
from twice.project.names import Names
from twice.project.things import Frame
from twice.project.values import Given, follow
from twice.truth import UNKNOWN, Missing, Setting


def heard(names: Names, source: Mapping[str, Any], meaning: Meaning) -> object:
    """``{heard_by: $store, options: $config}``: are the options of this decorator those by which its object works?

    False where another decorator further up gives other options to the same object. UNKNOWN where an object or its options are not in sight.
    """
    store = _made(names, meaning.call, meaning.frame, str(source["heard_by"]))
    if not isinstance(store, Given):
        return UNKNOWN
    own = _made(names, meaning.call, meaning.frame, str(source["options"]))
    told: list[bool | None] = []
    for call, frame in _decorators(names, store.frame.path, meaning.frame.path):
        if call.start >= meaning.call.start and frame.path == meaning.frame.path:
            continue
        other = _made(names, call, frame, str(source["heard_by"]))
        if isinstance(other, Given) and other.value is store.value:
            told.append(_same(names, own, _made(names, call, frame, str(source["options"]))))
    if False in told:
        return Setting(False)
    return UNKNOWN if None in told else Setting(True)


def _decorators(names: Names, *paths: str) -> Iterator[tuple[o.Call, Frame]]:
    """Those of the file in which the object is made, and of the own one."""
    for path in sorted(set(paths)):
        outline = names.code.get(path)
        for function in outline.functions if outline is not None else ():
            for decorator in function.decorators:
                if isinstance(decorator, o.Call):
                    yield decorator, names.frames.module_frame(path)


def _made(names: Names, call: o.Call, frame: Frame, source: str) -> Given | Missing | None:
    """The call that makes what is given; None where nothing is, UNKNOWN where that is not in sight."""
    found = argument(names, call, frame, source)
    if not isinstance(found, Given):
        return found
    made = follow(names, found)
    return made if isinstance(made.value, o.Call) else UNKNOWN


def _same(names: Names, one: Given | Missing | None, other: Given | Missing | None) -> bool | None:
    """Made by the same call, or by two that are written alike; None where that cannot be told."""
    if isinstance(one, Missing) or isinstance(other, Missing):
        return None
    if one is None or other is None:
        return one is other
    return one.value is other.value or _text(names, one) == _text(names, other)


def _text(names: Names, given: Given) -> bytes:
    return b"".join(names.outlines[given.frame.path].data[given.value.start : given.value.end].split())
