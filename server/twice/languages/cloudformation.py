"""CloudFormation templates with SAM: from text to resources and their properties. Knows syntax, no service's meaning.

SAM's shorthand is written out as the transform does it: Globals are merged into the resources they are for; the rest of it is
for ``sam``.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from twice.comments import Allowance
from twice.languages import yaml_tree as y
from twice.languages.intrinsics import Scope, literal_truth, value
from twice.languages.marks import is_cloudformation
from twice.languages.sam import get, put, written_out
from twice.languages.template import (
    Items,
    Literal,
    Record,
    Resource,
    Template,
    Unknown,
    Value,
)

_NOTHING = Record({}, {}, 0, 0)


def template(data: bytes) -> Template | None:
    """The template in a file, or None when it holds none. Never fails: half a template has fewer resources."""
    if not is_cloudformation(data):
        return None
    for document in y.documents(data):
        resources = document.get("Resources") if isinstance(document, y.Mapping) else None
        if isinstance(document, y.Mapping) and isinstance(resources, y.Mapping):
            return _template(document, resources)
    return None


def allowances(data: bytes) -> Iterator[Allowance]:
    """What the metadata of resources allows: ``Metadata: {twice: {allow: {CODE: reason}}}``."""
    for document in y.documents(data):
        resources = document.get("Resources") if isinstance(document, y.Mapping) else None
        for resource in _entries(resources):
            node: y.Node | None = resource.value
            for name in ("Metadata", "twice", "allow"):
                node = node.get(name) if isinstance(node, y.Mapping) else None
            for entry in _entries(node):
                reason = entry.value.value if isinstance(entry.value, y.Scalar) else ""
                about = resource.key.start, max(resource.key.end, resource.value.end)
                yield Allowance(entry.key.start, entry.key.end, entry.key.value, reason.strip(), about)


def resource_of(entry: y.Entry, scope: Scope) -> Resource | None:
    """The resource under a logical id, in a template that has no Globals."""
    return _resource(entry, scope, _NOTHING)


def resource_around(data: bytes, at: int) -> int | None:
    """Where the logical id of the resource around this byte begins."""
    for document in y.documents(data):
        resources = document.get("Resources") if isinstance(document, y.Mapping) else None
        for resource in _entries(resources):
            if resource.key.start <= at <= max(resource.key.end, resource.value.end):
                return resource.key.start
    return None


def _template(document: y.Mapping, resources: y.Mapping) -> Template:
    scope = _scope(document, resources)
    shared = _shared(document, resources, scope)
    found: dict[str, Resource] = {}
    for entry in resources.entries:
        resource = _resource(entry, scope, shared)
        if resource is not None:
            found[resource.name] = resource
    found |= {made.name: made for made in written_out(found)}
    told = document.get("Outputs")
    shown = (value(told, scope),) if told is not None else ()
    return Template(found, scope.parameters, resources.whole, shown)


def _shared(document: y.Mapping, resources: y.Mapping, scope: Scope) -> Value:
    """The Globals section; unknown when a line at the top could not be read that may have been its beginning."""
    node = document.get("Globals")
    if node is not None:
        return value(node, scope)
    lost = resources.whole and not document.whole
    return Unknown(document.start, document.end) if lost else _NOTHING


def _scope(document: y.Mapping, resources: y.Mapping) -> Scope:
    names = frozenset(entry.key.value for entry in resources.entries)
    return Scope(
        names,
        {entry.key.value: _parameter(entry) for entry in _entries(document.get("Parameters"))},
        document.get("Mappings"),
        {entry.key.value: entry.value for entry in _entries(document.get("Conditions"))},
    )


def _entries(node: y.Node | None) -> tuple[y.Entry, ...]:
    return node.entries if isinstance(node, y.Mapping) else ()


def _parameter(entry: y.Entry) -> Value:
    """A parameter's default; a name when it has none, or when its default is the name of a value kept elsewhere."""
    unknown = Unknown(entry.key.start, entry.key.end, entry.key.value)
    kind = entry.value.get("Type") if isinstance(entry.value, y.Mapping) else None
    given = entry.value.get("Default") if isinstance(entry.value, y.Mapping) else None
    if given is None or (isinstance(kind, y.Scalar) and kind.value.startswith("AWS::SSM")):
        return unknown
    default = value(given, Scope())
    return replace(default, assumed=True) if isinstance(default, Literal) else unknown


def _resource(entry: y.Entry, scope: Scope, shared: Value) -> Resource | None:
    body = entry.value
    kind = body.get("Type") if isinstance(body, y.Mapping) else None
    if not isinstance(body, y.Mapping) or not isinstance(kind, y.Scalar) or not kind.value:
        return None
    condition = body.get("Condition")
    if isinstance(condition, y.Scalar) and literal_truth(condition.value, scope) is False:
        return None
    properties = _properties(body, scope)
    section = kind.value.removeprefix("AWS::Serverless::")
    if section != kind.value:
        properties = _merged(get(shared, section) if isinstance(shared, Record) else shared, properties)
    if body.get("Metadata") is not None:
        properties = put(properties, "@Metadata", value(body.get("Metadata"), scope))
    return Resource(entry.key.value, kind.value, entry.key.start, entry.key.end, properties, entry.key.value)


def _properties(body: y.Mapping, scope: Scope) -> Record:
    """The properties of a resource; nothing under the key counts as no properties."""
    node = body.get("Properties")
    found = value(node, scope) if node is not None else None
    if isinstance(found, Record):
        return replace(found, whole=found.whole and body.whole)
    empty = node is None or (isinstance(node, y.Scalar) and not node.value and not node.tag)
    return Record({}, {}, body.start, body.end, whole=empty and body.whole)


def _merged(shared: Value | None, own: Record) -> Record:
    """SAM's Globals: mappings are merged, lists put together, anything else is replaced by the resource's own."""
    if not isinstance(shared, Record):
        return own if shared is None else replace(own, whole=False)
    fields = dict(shared.fields)
    for name, given in own.fields.items():
        before = fields.get(name)
        if isinstance(before, Record) and isinstance(given, Record):
            fields[name] = _merged(before, given)
        elif isinstance(before, Items) and isinstance(given, Items):
            fields[name] = replace(given, items=(*before.items, *given.items))
        else:
            fields[name] = given
    return replace(own, fields=fields, keys={**shared.keys, **own.keys}, whole=own.whole and shared.whole)
