"""The functions of Terraform, as far as their answer can be told from the text; None where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from twice.languages.json_text import from_json
from twice.languages.template import Absent, Alternatives, Items, Literal, Record, Unknown, Value, joined, moved


def _first(given: list[Value]) -> Value | None:
    return given[0] if given else None


def _merge(given: list[Value]) -> Value | None:
    """Objects put together; one that is not known may hold anything, and hides what stands before it."""
    fields: dict[str, Value] = {}
    keys: dict[str, tuple[int, int]] = {}
    whole = True
    for one in given:
        if isinstance(one, Absent):
            continue
        if not isinstance(one, Record) or not one.whole:
            fields = {name: Unknown(before.start, before.end) for name, before in fields.items()}
            whole = False
        if isinstance(one, Record):
            fields.update(one.fields)
            keys.update(one.keys)
    return Record(fields, keys, 0, 0, whole)


def _concat(given: list[Value]) -> Value | None:
    items = [item for one in given for item in (one.items if isinstance(one, Items) else (one,))]
    return Items(tuple(items), 0, 0, all(isinstance(one, Items) and one.whole for one in given))


def _flatten(given: list[Value]) -> Value | None:
    outer = given[0] if len(given) == 1 else None
    if not isinstance(outer, Items):
        return None
    flat = [item for one in outer.items for item in (one.items if isinstance(one, Items) else (one,))]
    return replace(outer, items=tuple(flat), whole=outer.whole and not any(isinstance(i, Unknown) for i in flat))


def _known(given: list[Value]) -> Value | None:
    """The first that is there; where that is decided elsewhere, any of them."""
    there = [one for one in given if not isinstance(one, Absent) and not (isinstance(one, Literal) and one.value == "")]
    if not there or not isinstance(there[0], Unknown | Alternatives):
        return there[0] if there else None
    return Alternatives(tuple(there), 0, 0)


def _try(given: list[Value]) -> Value | None:
    if not given or not isinstance(given[0], Unknown | Alternatives):
        return _first(given)
    return Alternatives(tuple(given), 0, 0)


def _lookup(given: list[Value]) -> Value | None:
    if len(given) < 2 or not isinstance(given[0], Record) or not isinstance(given[1], Literal):
        return None
    missing = given[2] if len(given) > 2 and given[0].whole else None
    return row(given[0], given[1]) or missing


def row(table: Record, key: Literal) -> Value | None:
    """The value in a table; any of its rows where a deployment may ask for another one than the default."""
    if key.assumed and table.fields:
        return one_of(table.fields.values(), table.start, table.end)
    return table.fields.get(str(key.value))


def one_of(options: Iterable[Value], start: int, end: int) -> Value:
    """Any of these, by what is decided elsewhere."""
    found = tuple(options)
    same = {(type(one.value), one.value) for one in found if isinstance(one, Literal)}
    agreed = len(found) == 1 or (len(same) == 1 and all(isinstance(one, Literal) for one in found))
    return moved(found[0], start, end) if agreed else Alternatives(found, start, end)


def _element(given: list[Value]) -> Value | None:
    if len(given) != 2 or not isinstance(given[0], Items) or not given[0].whole or not given[0].items:
        return None
    at = given[1].value if isinstance(given[1], Literal) else None
    items = given[0].items
    return items[at % len(items)] if isinstance(at, int) else Alternatives(items, 0, 0)


def _one(given: list[Value]) -> Value | None:
    items = given[0].items if len(given) == 1 and isinstance(given[0], Items) else ()
    return items[0] if len(items) == 1 else None


def _length(given: list[Value]) -> Value | None:
    found = given[0] if given else None
    if not isinstance(found, Items | Record) or not found.whole:
        return None
    parts = found.items if isinstance(found, Items) else tuple(found.fields)
    return Literal(len(parts), found.start, found.end)


def _keys(given: list[Value]) -> Value | None:
    if not given or not isinstance(given[0], Record):
        return None
    keys = tuple(Literal(name, given[0].start, given[0].end) for name in given[0].fields)
    return Items(keys, given[0].start, given[0].end, given[0].whole)


def _values(given: list[Value]) -> Value | None:
    if not given or not isinstance(given[0], Record):
        return None
    return Items(tuple(given[0].fields.values()), given[0].start, given[0].end, given[0].whole)


def _format(given: list[Value]) -> Value | None:
    pattern = given[0].value if given and isinstance(given[0], Literal) else None
    if not isinstance(pattern, str):
        return None
    pieces = pattern.split("%s") if "%" not in pattern.replace("%s", "") else []
    if len(pieces) != len(given):
        return None
    parts: list[Value] = [Literal(pieces[0], 0, 0)] if pieces[0] else []
    for value, piece in zip(given[1:], pieces[1:], strict=True):
        parts += [value, Literal(piece, 0, 0)] if piece else [value]
    return joined(parts, 0, 0)


def _join(given: list[Value]) -> Value | None:
    if len(given) != 2 or not isinstance(given[0], Literal) or not isinstance(given[1], Items) or not given[1].whole:
        return None
    parts: list[Value] = []
    for item in given[1].items:
        parts += [given[0], item] if parts else [item]
    return joined(parts, 0, 0)


def _decoded(given: list[Value]) -> Value | None:
    return from_json(given[0]) if given else None


def _to_number(given: list[Value]) -> Value | None:
    if not given or not isinstance(given[0], Literal):
        return None
    try:
        return replace(given[0], value=whole_number(number(given[0].value)))
    except (TypeError, OverflowError):
        return None


FUNCTIONS: Mapping[str, Callable[[list[Value]], Value | None]] = {
    "jsonencode": _first, "jsondecode": _decoded, "tostring": _first, "tobool": _first, "tolist": _first, "toset": _first,
    "tomap": _first, "sensitive": _first, "nonsensitive": _first, "abspath": _first, "pathexpand": _first, "trimspace": _first,
    "compact": _first, "distinct": _first, "tonumber": _to_number, "merge": _merge, "concat": _concat, "flatten": _flatten,
    "coalesce": _known, "try": _try, "lookup": _lookup, "element": _element, "one": _one, "format": _format, "join": _join,
    "length": _length, "keys": _keys, "values": _values,
}  # fmt: skip


# --- numbers -----------------------------------------------------------------------------------------------------------


def whole_number(found: object) -> bool | int | float:
    if isinstance(found, float) and found.is_integer() and abs(found) < 1e15:
        return int(found)
    return found if isinstance(found, bool | int | float) else 0


def number(given: object) -> int | float:
    """A number, also where it is written as text; not one so large that calculating with it takes long."""
    if isinstance(given, bool):
        raise TypeError
    try:
        found = given if isinstance(given, int | float) else float(str(given))
    except ValueError:
        raise TypeError from None
    if abs(found) > 1e15:
        raise OverflowError
    return found
