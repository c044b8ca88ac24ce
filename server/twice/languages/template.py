"""What a template says, in whatever language it is written: resources, their properties, and the values of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

# What a value may hold: more is no setting that people write, and values that are used in values grow without end.
_LARGEST = 2_000


class Literal(Struct, frozen=True):
    """A value as it is written; ``assumed`` when it is a parameter's default, that a deployment may replace.

    ``unwritten``: the language fills it in where nobody writes anything.
    """

    value: str | int | float | bool
    start: int
    end: int
    assumed: bool = False
    unwritten: bool = False


class Reference(Struct, frozen=True):
    """A resource of the same template, or an attribute of it."""

    target: str
    attribute: str | None
    start: int
    end: int


class Join(Struct, frozen=True):
    """A text put together from parts."""

    parts: tuple[Value, ...]
    start: int
    end: int


class Alternatives(Struct, frozen=True):
    """One of these, by a condition that is decided at deployment."""

    options: tuple[Value, ...]
    start: int
    end: int


class Record(Struct, frozen=True):
    """Named values with the places of their keys. Not ``whole``: a missing one may be there."""

    fields: Mapping[str, Value]
    keys: Mapping[str, tuple[int, int]]
    start: int
    end: int
    whole: bool = True


class Items(Struct, frozen=True):
    """Values in order."""

    items: tuple[Value, ...]
    start: int
    end: int
    whole: bool = True


class Absent(Struct, frozen=True):
    """Written, and still nothing: the same as leaving it out; ``assumed`` as for a literal."""

    start: int
    end: int
    assumed: bool = False


class Unknown(Struct, frozen=True):
    """Decided elsewhere: another stack, a parameter without default, the region. ``text`` is its name, if any."""

    start: int
    end: int
    text: str = ""


Value = Literal | Reference | Join | Alternatives | Record | Items | Absent | Unknown


class Resource(Struct, frozen=True):
    """A resource, placed at its logical id.

    ``generated`` resources stand nowhere in the template: a shorthand makes them. ``title`` is the user's word for it, and
    ``path`` the file it stands in when its template is spread over several. ``spelling`` is its type as the template writes it.
    ``body`` is where the name of what holds its properties is written, where that is not its logical id.
    """

    name: str
    type: str
    start: int
    end: int
    properties: Record
    title: str = ""
    generated: bool = False
    path: str = ""
    spelling: str = ""
    body: tuple[int, int] | None = None


class Template(Struct, frozen=True):
    """A template as it would be deployed: parameters with their defaults, and the resources that can exist.

    Not ``whole`` when a part of it could not be read: what is missing may be there. ``shown`` is what it tells other templates.
    """

    resources: Mapping[str, Resource]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    whole: bool = True
    shown: tuple[Value, ...] = ()


def written(found: Value) -> str | None:
    """The text of a value, with what is decided elsewhere as ``${name}``; None when that has no name."""
    if isinstance(found, Literal):
        return str(found.value)
    if isinstance(found, Unknown):
        return f"${{{found.text}}}" if found.text else None
    if not isinstance(found, Join):
        return None
    parts = [written(part) for part in found.parts]
    return "".join(part for part in parts if part is not None) if None not in parts else None


def moved(found: Value, start: int, end: int) -> Value:
    """The value as if it were written in another place: where it is used."""
    if isinstance(found, Record):
        fields = {name: moved(one, start, end) for name, one in found.fields.items()}
        return replace(found, fields=fields, keys={}, start=start, end=end)
    if isinstance(found, Items):
        return replace(found, items=tuple(moved(one, start, end) for one in found.items), start=start, end=end)
    if isinstance(found, Alternatives):
        return replace(found, options=tuple(moved(one, start, end) for one in found.options), start=start, end=end)
    return replace(found, start=start, end=end)


def joined(parts: list[Value], start: int, end: int) -> Value:
    """A text put together; what is known is written out."""
    known = [one for one in parts if isinstance(one, Literal)]
    if len(known) == len(parts):
        return Literal("".join(shown(one) for one in known), start, end, any(one.assumed for one in known))
    flat: list[Value] = []
    for part in parts:
        flat += part.parts if isinstance(part, Join) else (part,)
    return Join(tuple(replace(one, value=shown(one)) if isinstance(one, Literal) else one for one in flat), start, end)


def shown(found: Literal) -> str:
    return str(found.value).lower() if isinstance(found.value, bool) else str(found.value)


def is_small(found: Value) -> bool:
    """Is there not more in it than people write?"""
    return sum(1 for _, _ in zip(inside(found), range(_LARGEST + 1), strict=False)) <= _LARGEST


def inside(found: Value) -> Iterator[Value]:
    """A value with all that it is made of."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, Record):
            waiting += one.fields.values()
        elif isinstance(one, Items):
            waiting += one.items
        elif isinstance(one, Alternatives):
            waiting += one.options
        elif isinstance(one, Join):
            waiting += one.parts
