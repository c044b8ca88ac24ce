"""The values of a Terraform module: what its expressions stand for, as far as the text decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct
from msgspec.structs import replace

from twice.languages import hcl_tree as h
from twice.languages.template import (
    Absent,
    Alternatives,
    Items,
    Literal,
    Record,
    Reference,
    Unknown,
    Value,
    joined,
    moved,
    shown,
    written,
)
from twice.languages.terraform_functions import FUNCTIONS, number, one_of, row, whole_number

# More than people tell apart by hand; more of them are taken for one.
_MOST_INSTANCES = 20


class Names(Protocol):
    """What a module knows: its variables and locals, the modules it calls, its resources."""

    def named(self, root: str, name: str) -> Value | None:
        """What ``root.name`` stands for; None when it is the beginning of a longer name."""

    def member(self, target: str, attribute: str | None, start: int, end: int) -> Value | None:
        """What the attribute of a resource or of a called module stands for; None when there is none of this name."""

    def instances(self, target: str) -> tuple[Literal, ...]:
        """What tells the instances of a resource or of a called module apart; nothing where they are taken for one."""


class Each(Struct, frozen=True):
    """What ``each.key``, ``each.value`` and ``count.index`` can be."""

    keys: tuple[Value, ...]
    values: tuple[Value, ...]

    def apart(self) -> Iterator[tuple[Literal, Each]]:
        """The instances, each by its key; none where nobody can tell all keys, or there are very many."""
        if len(self.keys) <= _MOST_INSTANCES and all(isinstance(key, Literal) for key in self.keys):
            for key, found in zip(self.keys, self.values, strict=True):
                if isinstance(key, Literal):
                    yield key, Each((key,), (found,))


class Evaluator(Struct, frozen=True):
    """Evaluates the expressions of one block."""

    names: Names
    each: Each | None = None

    def value(self, node: h.Node) -> Value:
        return _VALUES[type(node)](self, node)


def instance(target: str, key: Literal) -> str:
    """The address of one instance."""
    return f"{target}[{key.value}]" if isinstance(key.value, int) else f'{target}["{key.value}"]'


def counted(found: Value) -> Each | None:
    """What a ``count`` of several goes through; None for one, and when that cannot be told."""
    number = found.value if isinstance(found, Literal) and not isinstance(found.value, bool) else None
    if not isinstance(number, int) or not 1 < number <= _MOST_INSTANCES:
        return None
    keys = tuple(Literal(at, found.start, found.end) for at in range(number))
    return Each(keys, keys)


def each_of(found: Value | None) -> Each | None:
    """What a ``for_each`` goes through; None when that cannot be told."""
    if isinstance(found, Record) and found.whole and found.fields:
        keys = tuple(Literal(name, found.start, found.end) for name in found.fields)
        return Each(keys, tuple(found.fields.values()))
    if isinstance(found, Items) and found.whole and found.items:
        return Each(found.items, found.items)
    return None


# --- forms -----------------------------------------------------------------------------------------------------------


def _plain(evaluator: Evaluator, node: h.Plain) -> Value:
    return Absent(node.start, node.end) if node.value is None else Literal(node.value, node.start, node.end)


def _text(evaluator: Evaluator, node: h.Text) -> Value:
    parts: list[Value] = []
    for part in node.parts:
        parts.append(Literal(part, node.start, node.end) if isinstance(part, str) else evaluator.value(part))
    if len(parts) == 1:
        return replace(parts[0], start=node.start, end=node.end)
    return joined(parts, node.start, node.end)


def _object(evaluator: Evaluator, node: h.Object) -> Value:
    fields: dict[str, Value] = {}
    keys: dict[str, tuple[int, int]] = {}
    whole = node.whole
    for entry in node.entries:
        name = written(evaluator.value(entry.key))
        if name is None or "${" in name:
            whole = False
            continue
        fields[name], keys[name] = evaluator.value(entry.value), entry.at
    return Record(fields, keys, node.start, node.end, whole)


def _list(evaluator: Evaluator, node: h.List) -> Value:
    return Items(tuple(evaluator.value(item) for item in node.items), node.start, node.end, node.whole)


def _choice(evaluator: Evaluator, node: h.Choice) -> Value:
    holds = _truth(evaluator.value(node.test))
    if holds is not None:
        return replace(evaluator.value(node.then if holds else node.otherwise), start=node.start, end=node.end)
    return Alternatives((evaluator.value(node.then), evaluator.value(node.otherwise)), node.start, node.end)


def _truth(found: Value) -> bool | None:
    """Whether a test holds in every deployment."""
    return found.value if isinstance(found, Literal) and isinstance(found.value, bool) and not found.assumed else None


def _operation(evaluator: Evaluator, node: h.Operation) -> Value:
    operands = [evaluator.value(one) for one in node.operands]
    known = [one for one in operands if isinstance(one, Literal)]
    unknown = Unknown(node.start, node.end)
    if node.operator in ("==", "!=") and any(isinstance(one, Absent) for one in operands):
        return _null_test(node, operands) or unknown
    if len(known) != len(operands):
        return unknown
    try:
        found = _OPERATORS[node.operator, len(known)](*[one.value for one in known])
    except (KeyError, TypeError, ZeroDivisionError, OverflowError):
        return unknown
    return Literal(whole_number(found), node.start, node.end, any(one.assumed for one in known))


def _null_test(node: h.Operation, operands: list[Value]) -> Value | None:
    """``== null`` and ``!= null``; None where the other side is decided elsewhere."""
    if any(isinstance(one, Unknown | Alternatives) for one in operands):
        return None
    same = all(isinstance(one, Absent) for one in operands)
    assumed = any(one.assumed for one in operands if isinstance(one, Absent | Literal))
    return Literal(same == (node.operator == "=="), node.start, node.end, assumed)


_OPERATORS: Mapping[tuple[str, int], Callable[..., object]] = {
    ("!", 1): lambda one: _checked(not one, one, bool),
    ("-", 1): lambda one: -number(one),
    ("==", 2): lambda one, other: shown(Literal(one, 0, 0)) == shown(Literal(other, 0, 0)),
    ("!=", 2): lambda one, other: shown(Literal(one, 0, 0)) != shown(Literal(other, 0, 0)),
    ("&&", 2): lambda one, other: _checked(one and other, one, bool),
    ("||", 2): lambda one, other: _checked(one or other, one, bool),
    ("+", 2): lambda one, other: number(one) + number(other),
    ("-", 2): lambda one, other: number(one) - number(other),
    ("*", 2): lambda one, other: number(one) * number(other),
    ("/", 2): lambda one, other: number(one) / number(other),
    ("%", 2): lambda one, other: number(one) % number(other),
    ("<", 2): lambda one, other: number(one) < number(other),
    (">", 2): lambda one, other: number(one) > number(other),
    ("<=", 2): lambda one, other: number(one) <= number(other),
    (">=", 2): lambda one, other: number(one) >= number(other),
}


def _checked(found: object, given: object, kind: type) -> object:
    if not isinstance(given, kind):
        raise TypeError
    return found


def _computed(evaluator: Evaluator, node: h.Computed | h.Missing) -> Value:
    return Unknown(node.start, node.end)


# --- paths -----------------------------------------------------------------------------------------------------------


def _path(evaluator: Evaluator, node: h.Path) -> Value:
    if not isinstance(node.root, str):
        return moved(_after(evaluator, evaluator.value(node.root), node.steps), node.start, node.end)
    names = [step for step in node.steps if isinstance(step, str) and step != "*"]
    unknown = Unknown(node.start, node.end, ".".join((node.root, *names)))
    if not names or not isinstance(node.steps[0], str):
        return unknown
    if node.root in ("each", "count"):
        return _of_each(evaluator, node, names[0]) or unknown
    found = evaluator.names.named(node.root, names[0])
    if found is not None:
        rest = _after(evaluator, found, node.steps[1:])
        rest = unknown if isinstance(rest, Unknown) and not rest.text else rest
        return moved(rest, node.start, node.end)
    return _member(evaluator, node, names) or unknown


def _member(evaluator: Evaluator, node: h.Path, names: list[str]) -> Value | None:
    """What a path to a resource or to a called module stands for; None when there is none of this name."""
    count = 2 if node.root == "data" else 1
    target = ".".join((str(node.root), *names[:count]))
    attribute = next(iter(names[count:]), None)
    keys = evaluator.names.instances(target)
    step = node.steps[count] if len(node.steps) > count else None
    if keys and step is not None and not isinstance(step, str):
        index = evaluator.value(step)
        keys = tuple(key for key in keys if not isinstance(index, Literal) or key.value == index.value)
    found = [evaluator.names.member(instance(target, key), attribute, node.start, node.end) for key in keys]
    several = [one for one in found if one is not None]
    if not several:
        member = evaluator.names.member(target, attribute, node.start, node.end)
        return Items((member,), node.start, node.end) if member is not None and "*" in node.steps else member
    if "*" in node.steps:
        return Items(tuple(several), node.start, node.end)
    if attribute is None and step is None:
        return Record({str(key.value): one for key, one in zip(keys, several, strict=False)}, {}, node.start, node.end)
    return one_of(several, node.start, node.end)


def _of_each(evaluator: Evaluator, node: h.Path, name: str) -> Value | None:
    if evaluator.each is None or (node.root, name) not in (("each", "key"), ("each", "value"), ("count", "index")):
        return None
    options = evaluator.each.values if name == "value" else evaluator.each.keys
    taken = [_after(evaluator, one, node.steps[1:]) for one in options]
    return moved(one_of(taken, node.start, node.end), node.start, node.end)


def _after(evaluator: Evaluator, found: Value, steps: tuple[str | h.Node, ...]) -> Value:
    for index, step in enumerate(steps):
        if isinstance(found, Alternatives):
            options = tuple(_after(evaluator, one, steps[index:]) for one in found.options)
            return replace(found, options=options)
        if step == "*":
            if not isinstance(found, Items):
                continue
            inner = tuple(_after(evaluator, one, steps[index + 1 :]) for one in found.items)
            return replace(found, items=inner)
        key = Literal(step, 0, 0) if isinstance(step, str) else evaluator.value(step)
        found = _taken(found, key)
    return found


def _taken(found: Value, key: Value) -> Value:
    unknown = Unknown(found.start, found.end)
    if not isinstance(key, Literal):
        return unknown
    if isinstance(found, Reference) and found.attribute is None and isinstance(key.value, str):
        return replace(found, attribute=key.value)
    if isinstance(found, Record):
        return row(found, key) or unknown
    if isinstance(found, Items) and isinstance(key.value, int) and found.whole and 0 <= key.value < len(found.items):
        return found.items[key.value]
    return replace(found, text=f"{found.text}.{key.value}") if isinstance(found, Unknown) and found.text else unknown


# --- functions -------------------------------------------------------------------------------------------------------


def _call(evaluator: Evaluator, node: h.Call) -> Value:
    known = FUNCTIONS.get(node.function)
    unknown = Unknown(node.start, node.end)
    found = known([evaluator.value(one) for one in node.arguments]) if known is not None else None
    return replace(found, start=node.start, end=node.end) if found is not None else unknown


# --- by form -----------------------------------------------------------------------------------------------------------

_VALUES: Mapping[type, Callable[[Evaluator, Any], Value]] = {
    h.Plain: _plain,
    h.Text: _text,
    h.Path: _path,
    h.Call: _call,
    h.Object: _object,
    h.List: _list,
    h.Choice: _choice,
    h.Operation: _operation,
    h.Computed: _computed,
    h.Missing: _computed,
}
