"""The environment of processes, in the forms that compositions and pods have for it, as one mapping. Knows no variable's meaning."""

from __future__ import annotations

from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.filled import decided
from twice.languages.intrinsics import Scope, value
from twice.languages.template import Literal, Record, Resource, Unknown, Value

# Beside the variables, what is read of the process that has them.
_BESIDE = ("image", "replicas", "owner", "deploy", "scale")


def environment(container: y.Node | None, process: Resource) -> Resource | None:
    """The variables that a process is given, as a resource beside it; None where it is given none."""
    given = container.get("environment") or container.get("env") if isinstance(container, y.Mapping) else None
    if isinstance(given, y.Mapping):
        found = decided(value(given, Scope()))
    elif isinstance(given, y.Sequence):
        found = _listed(given)
    else:
        return None
    if not isinstance(found, Record) or not isinstance(container, y.Mapping):
        return None
    whole = found.whole and container.get("env_file") is None and container.get("envFrom") is None
    beside = {name: one for name, one in process.properties.fields.items() if name in _BESIDE}
    fields = {"variables": replace(found, whole=whole), **beside}
    properties = Record(fields, {}, process.start, process.end, process.properties.whole)
    return replace(process, name=f"{process.name}/environment", type="environment", properties=properties)


def _listed(given: y.Sequence) -> Record:
    """``- NAME=text``, or ``- {name: NAME, value: text}``."""
    fields: dict[str, Value] = {}
    for one in given.items:
        if isinstance(one, y.Scalar):
            name, said, text = one.value.partition("=")
            start = one.start + one.quoted + len(f"{name}{said}".encode())
            fields[name] = decided(Literal(text, start, one.end - one.quoted)) if said else Unknown(one.start, one.end)
        elif isinstance(one, y.Mapping) and isinstance(named := one.get("name"), y.Scalar):
            found = one.get("value")
            fields[named.value] = decided(value(found, Scope())) if found else Unknown(one.start, one.end)
    return Record(fields, {}, given.start, given.end, given.whole)
