"""The values of a CloudFormation template: literals, references, and what its functions make of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.template import (
    Absent,
    Alternatives,
    Items,
    Join,
    Literal,
    Record,
    Reference,
    Unknown,
    Value,
    written,
)

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$")
_TRUTHS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_PLACEHOLDER = re.compile(r"\$\{([^${}]*)\}")


class Scope(Struct, frozen=True):
    """What the functions of one template can see. ``text`` reads scalars in a dialect that has variables of its own."""

    resources: frozenset[str] = frozenset()
    parameters: Mapping[str, Value] = field(default_factory=dict)
    tables: y.Node | None = None
    conditions: Mapping[str, y.Node] = field(default_factory=dict)
    text: Callable[[y.Scalar], Value] | None = None


def value(node: y.Node | None, scope: Scope) -> Value:
    """What a node of the template stands for."""
    if node is None or isinstance(node, y.Broken):
        return Unknown(node.start, node.end) if node is not None else Unknown(0, 0)
    if node.tag.startswith("!") and len(node.tag) > 1:
        return _function(node.tag[1:], replace(node, tag=""), scope)
    if isinstance(node, y.Scalar):
        return scope.text(node) if scope.text is not None and "${" in node.value else _literal(node)
    if isinstance(node, y.Sequence):
        return Items(tuple(value(item, scope) for item in node.items), node.start, node.end, node.whole)
    name = _long_name(node)
    if name is not None:
        return replace(_function(name, node.entries[0].value, scope), start=node.start, end=node.end)
    return Record(
        {entry.key.value: value(entry.value, scope) for entry in node.entries},
        {entry.key.value: (entry.key.start, entry.key.end) for entry in node.entries},
        node.start,
        node.end,
        node.whole,
    )


def literal_truth(name: str, scope: Scope) -> bool | None:
    """What a condition of the template is whatever the parameters are; None when that depends on them."""
    return _named_condition(name, scope, frozenset())


# --- literals --------------------------------------------------------------------------------------------------------


def _literal(node: y.Scalar) -> Value:
    text = node.value
    if node.quoted:
        return Literal(text, node.start, node.end)
    if not text:
        return Unknown(node.start, node.end)
    if text.lower() in ("null", "~"):
        return Absent(node.start, node.end)
    if text.lower() in _TRUTHS:
        return Literal(_TRUTHS[text.lower()], node.start, node.end)
    if len(text) < 19 and _NUMBER.match(text):
        return Literal(float(text) if "." in text else int(text), node.start, node.end)
    return Literal(text, node.start, node.end)


# --- functions -------------------------------------------------------------------------------------------------------


def _long_name(node: y.Mapping) -> str | None:
    """``Ref`` and ``Fn::Name`` as the only key of a mapping are the long form of a function."""
    if len(node.entries) != 1:
        return None
    key = node.entries[0].key.value
    if key in ("Ref", "Condition"):
        return key if key == "Ref" or isinstance(node.entries[0].value, y.Scalar) else None
    return key[4:] if key.startswith("Fn::") else None


def _function(name: str, argument: y.Node, scope: Scope) -> Value:
    known = _FUNCTIONS.get(name)
    return known(argument, scope) if known is not None else Unknown(argument.start, argument.end)


def _ref(node: y.Node, scope: Scope) -> Value:
    if not isinstance(node, y.Scalar):
        return Unknown(node.start, node.end)
    return _named(node.value, node.start, node.end, scope)


def _named(name: str, start: int, end: int, scope: Scope) -> Value:
    if name == "AWS::NoValue":
        return Absent(start, end)
    if name in scope.parameters:
        return scope.parameters[name]
    target, _, attribute = name.partition(".")
    if target in scope.resources:
        return Reference(target, attribute or None, start, end)
    return Unknown(start, end, name)


def _get_att(node: y.Node, scope: Scope) -> Value:
    if isinstance(node, y.Sequence):
        parts = [item.value if isinstance(item, y.Scalar) else "" for item in node.items]
        name = ".".join(parts) if all(parts) else ""
    else:
        name = node.value if isinstance(node, y.Scalar) else ""
    return _named(name, node.start, node.end, scope) if "." in name else Unknown(node.start, node.end)


def _sub(node: y.Node, scope: Scope) -> Value:
    own: dict[str, Value] = {}
    template = node
    if isinstance(node, y.Sequence) and len(node.items) == 2 and isinstance(node.items[1], y.Mapping):
        template = node.items[0]
        own = {entry.key.value: value(entry.value, scope) for entry in node.items[1].entries}
    if not isinstance(template, y.Scalar):
        return Unknown(node.start, node.end)
    if scope.text is not None:
        return _joined(list(_named_parts(scope.text(template), own, scope)), node.start, node.end)
    return _joined(list(_parts(template, own, scope)), node.start, node.end)


def _named_parts(found: Value, own: Mapping[str, Value], scope: Scope) -> Iterator[Value]:
    """The parts of a text whose variables are filled in: what these left over are names of the template."""
    for part in found.parts if isinstance(found, Join) else (found,):
        if isinstance(part, Unknown) and part.text:
            yield own[part.text] if part.text in own else _named(part.text, part.start, part.end, scope)
        else:
            yield part


def _parts(template: y.Scalar, own: Mapping[str, Value], scope: Scope) -> Iterator[Value]:
    at, start, end = 0, template.start, template.end
    for found in _PLACEHOLDER.finditer(template.value):
        if found.start() > at:
            yield Literal(template.value[at : found.start()], start, end)
        name = found[1].strip()
        if name.startswith("!"):
            yield Literal(f"${{{name[1:]}}}", start, end)
        else:
            yield own[name] if name in own else _named(name, start, end, scope)
        at = found.end()
    if at < len(template.value):
        yield Literal(template.value[at:], start, end)


def _joined(parts: list[Value], start: int, end: int) -> Value:
    if len(parts) == 1 and isinstance(parts[0], Reference | Unknown):
        return replace(parts[0], start=start, end=end)
    if all(isinstance(part, Literal) for part in parts):
        text = "".join(str(part.value) for part in parts if isinstance(part, Literal))
        return Literal(text, start, end, any(isinstance(part, Literal) and part.assumed for part in parts))
    return Join(tuple(parts), start, end)


def _join(node: y.Node, scope: Scope) -> Value:
    given = value(node, scope)
    if not isinstance(given, Items) or len(given.items) != 2 or not isinstance(given.items[1], Items):
        return Unknown(node.start, node.end)
    between = written(given.items[0])
    if between is None:
        return Unknown(node.start, node.end)
    parts: list[Value] = []
    for item in given.items[1].items:
        parts += [Literal(between, node.start, node.end), item] if parts and between else [item]
    return _joined(parts, node.start, node.end)


def _if(node: y.Node, scope: Scope) -> Value:
    if not isinstance(node, y.Sequence) or len(node.items) != 3 or not isinstance(node.items[0], y.Scalar):
        return Unknown(node.start, node.end)
    holds = literal_truth(node.items[0].value, scope)
    if holds is not None:
        return value(node.items[1 if holds else 2], scope)
    return Alternatives((value(node.items[1], scope), value(node.items[2], scope)), node.start, node.end)


def _find_in_map(node: y.Node, scope: Scope) -> Value:
    """The value in the table; where a key is decided at deployment, any of the rows."""
    unknown = Unknown(node.start, node.end)
    if not isinstance(node, y.Sequence) or len(node.items) < 3:
        return unknown
    found: list[y.Node | None] = [scope.tables]
    for key in node.items[:3]:
        name = value(key, scope)
        found = [one for table in found if isinstance(table, y.Mapping) for one in _rows(table, name)]
    options = tuple(value(one, Scope()) for one in found[:50])
    if not options or len(found) > 50:
        return unknown
    return options[0] if len(options) == 1 else Alternatives(options, node.start, node.end)


def _rows(table: y.Mapping, name: Value) -> list[y.Node | None]:
    if isinstance(name, Literal) and not name.assumed:
        return [table.get(str(name.value))] if table.entry(str(name.value)) else []
    return [entry.value for entry in table.entries]


def _select(node: y.Node, scope: Scope) -> Value:
    given = value(node, scope)
    if isinstance(given, Items) and len(given.items) == 2:
        index, items = given.items
        place = written(index) or ""
        if place.isdigit() and isinstance(items, Items) and int(place) < len(items.items):
            return items.items[int(place)]
    return Unknown(node.start, node.end)


_FUNCTIONS: Mapping[str, Callable[[y.Node, Scope], Value]] = {
    "Ref": _ref,
    "GetAtt": _get_att,
    "Sub": _sub,
    "Join": _join,
    "If": _if,
    "FindInMap": _find_in_map,
    "Select": _select,
}


# --- conditions ------------------------------------------------------------------------------------------------------


def _named_condition(name: str, scope: Scope, seen: frozenset[str]) -> bool | None:
    node = scope.conditions.get(name)
    return None if node is None or name in seen else _holds(node, scope, seen | {name})


def _holds(node: y.Node, scope: Scope, seen: frozenset[str]) -> bool | None:
    name, argument = _condition_function(node)
    if name == "Condition" and isinstance(argument, y.Scalar):
        return _named_condition(argument.value, scope, seen)
    if not isinstance(argument, y.Sequence):
        return None
    if name == "Equals" and len(argument.items) == 2:
        one, other = (value(item, scope) for item in argument.items)
        if isinstance(one, Literal) and isinstance(other, Literal) and not (one.assumed or other.assumed):
            return str(one.value) == str(other.value)
        return None
    if name not in ("Not", "And", "Or") or not argument.items:
        return None
    return _combined(name, [_holds(item, scope, seen) for item in argument.items])


def _combined(name: str, answers: list[bool | None]) -> bool | None:
    if name == "Not":
        return None if answers[0] is None else not answers[0]
    decisive = name == "Or"
    if decisive in answers:
        return decisive
    return None if None in answers else not decisive


def _condition_function(node: y.Node) -> tuple[str | None, y.Node | None]:
    if isinstance(node, y.Broken):
        return None, None
    if node.tag.startswith("!"):
        return node.tag[1:], replace(node, tag="")
    if isinstance(node, y.Mapping) and len(node.entries) == 1:
        return node.entries[0].key.value.removeprefix("Fn::"), node.entries[0].value
    return None, None
