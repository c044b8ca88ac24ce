"""Origins of values as sets of sources, and the word of the vocabulary for a source. Nothing is traced here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from twice.libraries import Layout, Libraries

_MOST_WAYS = 8
# So many parts of one event in one value say no more than that it is made of the event: code that takes parts of parts in a
# loop would have ever more of them.
_MOST_PARTS = 100

# Steps of a path that are no keys: an element of a list, an answer of a call nobody sees into, the period a time falls into.
ELEMENT, UNSEEN, PERIOD = "[]", "?", "~"


class Source(Struct, frozen=True):
    """One origin of a value. For the event: its kind and the path of keys and attributes to the part that was taken."""

    origin: str
    kind: str = ""
    path: tuple[str, ...] = ()

    def inside(self, key: str) -> Source:
        """A part of it; what nobody can see into stays unseen."""
        if self.origin != "event" or self.path[-1:] == (UNSEEN,):
            return self
        return replace(self, path=(*self.path, key))


# One way is what flows into a value together, several are the alternatives it can take.
Way = frozenset[Source]
Ways = tuple[Way, ...]

UNTRACED: Ways = (frozenset({Source("unknown")}),)
CONSTANT: Ways = (frozenset({Source("constant")}),)


def taken(ways: Ways, key: str) -> Ways:
    """A part of the value: an entry, an attribute, an element."""
    return tuple(frozenset(source.inside(key) for source in way) for way in ways)


def mixed(parts: Iterable[Ways]) -> Ways:
    """A value put together from parts: every combination of their alternatives."""
    result: list[Way] = [frozenset()]
    for ways in parts:
        result = [_fewer(way | other) for way in result for other in ways]
        if len(result) > _MOST_WAYS:
            result = [_fewer(frozenset().union(*result))]
    return tuple(dict.fromkeys(result))


def limited(ways: Iterable[Way]) -> Ways:
    """Alternatives without repetition; too many are taken together."""
    found = tuple(dict.fromkeys(ways))
    if len(found) <= _MOST_WAYS:
        return found
    return (*found[: _MOST_WAYS - 1], _fewer(frozenset().union(*found[_MOST_WAYS - 1 :])))


def _fewer(way: Way) -> Way:
    """The same with one part of each kind of event, that nobody can see, in the place of too many."""
    if len(way) <= _MOST_PARTS:
        return way
    return frozenset(replace(one, path=(UNSEEN,)) if one.origin == "event" else one for one in way)


def periods(libraries: Libraries, ways: Ways, part: str = "") -> Ways:
    """The same value with every time in it cut down to the period it falls into: its day, its hour. Of anything else the
    ``part`` is taken, if one is named."""
    return tuple(frozenset(_period(libraries, source, part) for source in way) for way in ways)


def _period(libraries: Libraries, source: Source, part: str) -> Source:
    if source.origin == "clock":
        return Source("period")
    if "event.timestamp" in words(libraries, source):
        return source.inside(PERIOD)
    return source.inside(part) if part else source


def words(libraries: Libraries, source: Source) -> frozenset[str]:
    """The vocabulary's words for a source. A whole record is payload and whatever changes with its delivery."""
    if source.origin != "event":
        return frozenset({source.origin})
    if PERIOD in source.path:
        return frozenset({"event.payload", "period"})
    if source.path[-1:] == (UNSEEN,):
        return frozenset({"event.payload", "unknown"})
    layout = libraries.layouts.get(source.kind)
    if layout is None:
        return _by_name(libraries, source.path)
    before, payload = _split(source.path, layout)
    if payload is not None:
        return _by_name(libraries, payload)
    field = next((index for index in reversed(range(len(before))) if before[index] in layout.fields), None)
    if field is not None:
        return _of_field(libraries, layout.fields[before[field]], before[field + 1 :])
    rest = tuple(key for key in before if key not in layout.batch)
    if layout.payload and not [key for key in rest if not _is_index(key)]:
        return _of_record(layout, rest)
    return _by_name(libraries, rest)


def _of_field(libraries: Libraries, says: str, inside: tuple[str, ...]) -> frozenset[str]:
    """A field of the transport. What the producer has put into one, as headers and attributes, is told by its name like the payload."""
    return _by_name(libraries, inside) if says == "event.payload" and inside else frozenset(says.split())


def _of_record(layout: Layout, rest: tuple[str, ...]) -> frozenset[str]:
    """The event, its batch or a record of it; an entry with a computed name is any part of it."""
    whole = len(rest) <= (1 if layout.batch else 0)
    changing = {"event.delivery"} & set(layout.fields.values()) if whole else set()
    return frozenset({"event.payload", *changing})


def _split(path: tuple[str, ...], layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """The path up to the payload, and the path inside it (None when it does not reach the payload)."""
    for index, key in enumerate(path):
        if key in layout.payload:
            return path[:index], path[index + 1 :]
    return path, None


def _by_name(libraries: Libraries, path: tuple[str, ...]) -> frozenset[str]:
    """The last named part decides; a bare id inside something else is the id of that thing."""
    wrappers = libraries.settings.get("value_wrappers", ())
    named = [key.removesuffix("()") for key in path if not _is_index(key) and key not in wrappers]
    if not named:
        return frozenset({"event.payload"})
    for origin, pattern in libraries.names:
        if pattern.search(named[-1]):
            return frozenset({"event.entity"} if _is_id_of_thing(libraries, named) else origin.split())
    return frozenset({"event.payload"})


def _is_id_of_thing(libraries: Libraries, named: list[str]) -> bool:
    """``order.id``, but not ``event.id`` or ``detail.id``."""
    said = libraries.settings
    bare = any(re.search(pattern, named[-1]) for pattern in said.get("bare_ids", ()))
    return bare and len(named) > 1 and not any(re.search(pattern, named[-2]) for pattern in said.get("envelopes", ()))


def _is_index(key: str) -> bool:
    return key == ELEMENT or key.isdigit()
