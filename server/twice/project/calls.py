"""What a call means: its entries in the library files, for the arguments it is given here."""

from __future__ import annotations

import re

from msgspec import Struct

from twice import outline as o
from twice.libraries import CallSpec, amount
from twice.project import decorators, results
from twice.project.constants import constant, literal_text
from twice.project.given import argument
from twice.project.names import Names
from twice.project.set_attributes import is_added_to
from twice.project.things import Frame, Instance, Kind, Outside, Routine, Thing
from twice.project.values import Given, follow
from twice.truth import UNKNOWN


class Meaning(Struct, frozen=True, eq=False):
    """One meaning of one call in one frame."""

    spec: CallSpec
    call: o.Call
    frame: Frame
    receiver: Instance | None = None


def meanings(names: Names, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    """What the libraries say about a call; empty when it is not theirs or not known."""
    key = (id(call), id(frame))
    known: tuple[Meaning, ...] | None = names.meant.get(key)
    if known is None:
        names.frames.keep(call)
        known = names.meant[key] = _meanings(names, call, frame)
    return known


def _meanings(names: Names, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    thing = names.resolve(call.callee, frame)
    found = meanings_of(names, thing, call, frame)
    if found or not isinstance(call.callee, o.Attribute) or isinstance(thing, Routine | Kind):
        return found
    return meanings_of(names, results.unmistaken(names, call, frame), call, frame)


def meanings_of(names: Names, thing: Thing | None, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
    if isinstance(thing, Routine):
        made = decorators.decorated(names, thing.function, thing.path)
        thing = Outside(f"{made.kind.name}.__call__", made) if made and isinstance(made.kind, Outside) else None
    if isinstance(thing, Instance) and isinstance(thing.kind, Outside):
        thing = Outside(f"{thing.kind.name}.__call__", thing)
    if isinstance(thing, Kind):
        thing = next((base for base in names.ancestors(thing) if isinstance(base, Outside)), None)
    if not isinstance(thing, Outside):
        return ()
    for name in names.spellings(thing):
        found = names.libraries.calls.get(name)
        if found:
            receiver = thing.receiver
            return tuple(
                Meaning(spec, call, frame, receiver) for spec in found if _applies(names, spec, call, frame, receiver)
            )
    return ()


def _applies(names: Names, spec: CallSpec, call: o.Call, frame: Frame, receiver: Instance | None) -> bool:
    """Do all conditions hold for certain, and can none of the exceptions?"""
    return all(_holds(names, call, frame, receiver, ref, wanted, False) for ref, wanted in spec.when) and not any(
        _holds(names, call, frame, receiver, ref, wanted, True) for ref, wanted in spec.unless
    )


def _holds(
    names: Names,
    call: o.Call,
    frame: Frame,
    receiver: Instance | None,
    reference: str,
    wanted: object,
    may_hide: bool,
) -> bool:
    """``may_hide``: does an argument count as given that may hide in an unpacked one?"""
    if reference == "receiver":
        asked = str(wanted).split("|")
        added = "added_to" in asked and is_added_to(call, frame.function)
        return added or ("made" in asked and _is_made_here(names, receiver))
    if reference == "$*":
        return re.search(str(wanted), _text(names, call.opens, call.end, frame)) is not None
    found = argument(names, call, frame, reference if reference.startswith("$") else f"${reference}")
    if wanted == "given":
        return isinstance(found, Given) or (may_hide and found is UNKNOWN)
    if found is None or found is UNKNOWN:
        return False
    assert isinstance(found, Given)
    if isinstance(wanted, str) and wanted.startswith("~"):
        text = literal_text(names, found.value, found.frame) or _library_name(names, found)
        return text is not None and re.search(wanted[1:], text) is not None
    if isinstance(wanted, str) and wanted.startswith("=~"):
        written = follow(names, found)
        return re.search(wanted[2:], _text(names, written.value.start, written.value.end, written.frame)) is not None
    return constant(names, found.value, found.frame) == amount(wanted)


def _is_made_here(names: Names, receiver: Instance | None) -> bool:
    """An object that its class was called for in sight, rather than one that was handed out."""
    if receiver is None or receiver.call is None or receiver.frame is None:
        return False
    return isinstance(names.resolve(receiver.call.callee, receiver.frame), Kind)


def _text(names: Names, start: int, end: int, frame: Frame) -> str:
    return names.outlines[frame.path].data[start:end].decode("utf-8", "replace")


def _library_name(names: Names, given: Given) -> str | None:
    thing = names.resolve(given.value, given.frame)
    return thing.name if isinstance(thing, Outside) else None
