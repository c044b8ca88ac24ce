"""What lies in the collections that the program writes down: entries of a dictionary, elements of a list or tuple."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.constants import literal_text
from twice.project.given import item
from twice.project.things import Frame, Instance, Kind, Thing
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import UNKNOWN, Setting

if TYPE_CHECKING:
    from twice.project.names import Names


def entry(names: Names, base: o.Value, frame: Frame, key: o.Value) -> Thing | None:
    """What stands under a key or index; of a key that is not written, what all entries are."""
    display = follow(names, Given(base, frame))
    if isinstance(key, o.Literal):
        found = _under(names, Given(base, frame), display, key.value)
        return names.resolve(found.value, found.frame) if found is not None else None
    things = [names.resolve(one, display.frame) for one in _values(display.value)]
    same = {_type_of(thing) for thing in things}
    return things[0] if len(same) == 1 and None not in same else None


def each(names: Names, source: o.Value, frame: Frame) -> tuple[Given, ...]:
    """What a loop over a list, or over the values of a dictionary, is given."""
    wanted: type[o.Value] = o.Collection
    match source:
        case o.Call(callee=o.Attribute(name="values", base=base)):
            source, wanted = base, o.Mapping
    display = follow(names, Given(source, frame))
    return (
        tuple(Given(one, display.frame) for one in _values(display.value)) if isinstance(display.value, wanted) else ()
    )


def at(names: Names, base: o.Value, frame: Frame, index: int) -> Thing | None:
    """What is unpacked from a tuple or list at this place."""
    return entry(names, base, frame, o.Literal(base.start, base.end, index))


def holds_text(names: Names, given: Given, texts: Collection[str]) -> object:
    """Does a list that is written down hold one of these texts, and where? UNKNOWN where another part of it may be one."""
    display = follow(names, given)
    items = display.value.items if isinstance(display.value, o.Collection) else (display.value,)
    told = [(literal_text(names, one, display.frame), one) for one in items]
    for text, one in told:
        if text in texts:
            return Setting(True, place=Place(display.frame.path, one.start, one.end))
    return Setting(False) if all(text is not None and "{}" not in text for text, _ in told) else UNKNOWN


def _under(names: Names, base: Given, display: Given, key: object) -> Given | None:
    if isinstance(display.value, o.Mapping) and isinstance(key, str):
        found = item(names, base, key)
        return found if isinstance(found, Given) else None
    if isinstance(display.value, o.Collection) and isinstance(key, int):
        items = display.value.items
        return Given(items[key], display.frame) if -len(items) <= key < len(items) else None
    return None


def _values(display: o.Value) -> tuple[o.Value, ...]:
    if isinstance(display, o.Mapping):
        return tuple(one for _, one in display.items)
    return display.items if isinstance(display, o.Collection) else ()


def _type_of(thing: Thing | None) -> object:
    kind = thing.kind if isinstance(thing, Instance) else None
    return kind.name if kind is not None and not isinstance(kind, Kind) else id(kind.definition) if kind else None
