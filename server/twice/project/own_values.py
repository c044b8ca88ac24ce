"""What the methods of a class of ours assign to the attributes of its objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.things import Kind, is_name

if TYPE_CHECKING:
    from twice.project.names import Names


def self_values(names: Names, kind: Kind, name: str) -> Iterator[tuple[o.Value | None, o.Value | None, o.Function]]:
    """What the methods of a class assign to ``self.name``; ``__init__`` first."""
    definition = kind.definition
    if id(definition) not in names.own_values:
        table: dict[str, list[tuple[o.Value | None, o.Value | None, o.Function]]] = {}
        for found, value, annotation, method in _self_values(definition):
            table.setdefault(found, []).append((value, annotation, method))
        names.own_values[id(definition)] = table
        names.frames.keep(definition)
    yield from names.own_values[id(definition)].get(name, ())


def _self_values(definition: o.Class) -> Iterator[tuple[str, o.Value | None, o.Value | None, o.Function]]:
    """Every assignment to an attribute of the object itself: name, value, annotation, method."""
    for method in sorted(definition.methods.values(), key=lambda method: method.name != "__init__"):
        own = method.parameters[0].name if method.parameters else ""
        for statement in method.statements if own else ():
            if isinstance(statement, o.Assign) and statement.operator == "":
                for target in statement.targets:
                    if isinstance(target, o.Attribute) and is_name(target.base, own):
                        yield target.name, statement.value, statement.annotation, method
