"""Services of the Serverless Framework: from ``serverless.yml`` and the files it includes to resources and properties.

Each function, and each event of a function, becomes a resource (``serverless.function``, ``serverless.sqs``). What stands
under ``resources`` is CloudFormation. Functions get the logical ids that the framework gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.cloudformation import resource_of
from twice.languages.serverless_variables import Documents, Place
from twice.languages.template import Items, Literal, Record, Reference, Resource, Template, Unknown, Value, moved

# What a service can say of all its functions, besides the environment.
_SHARED = ("runtime", "timeout")
_MOST_INCLUDED = 100
# What an event makes by naming it: its type, the property that holds the name, and where the event has it.
_MADE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "s3": ("AWS::S3::Bucket", "BucketName", ("", "bucket")),
    "sns": ("AWS::SNS::Topic", "TopicName", ("", "topicName")),
}


def service(path: str, read: Callable[[str], y.Node | None]) -> tuple[Template, frozenset[str]] | None:
    """The service of a file, and the files it includes. ``read`` gives the first document of a file of the workspace.

    Never fails: half a service has fewer functions.
    """
    documents = Documents(read, path)
    root, _ = documents.root
    if not isinstance(root, y.Mapping):
        return None
    functions = list(_entries(documents, root.get("functions"), path))
    parts = [
        (node, place) for node, place in _parts(documents, root.get("resources"), path) if isinstance(node, y.Mapping)
    ]
    declared = [entry for node, place in parts for entry in _entries(documents, node.get("Resources"), place)]
    names = frozenset((*(_logical_id(entry.key.value) for entry, _ in functions), *(e.key.value for e, _ in declared)))
    shared = documents.value(documents.follow((root.get("provider") or y.Broken(0, 0), path)), names)
    if not _is_aws(shared):
        return None
    found: dict[str, Resource] = {}
    for entry, place in functions:
        for made in _function(documents, entry, place, names, shared):
            found[made.name] = made
    for entry, place in declared:
        resource = resource_of(entry, documents.scope(place, names))
        if resource is not None:
            found[resource.name] = replace(resource, path=place)
    whole = root.whole and all(_is_whole(documents.read(one)) for one in documents.used)
    told = [(node.get("Outputs"), place) for node, place in parts]
    shown = tuple(documents.value(documents.follow((one, place)), names) for one, place in told if one is not None)
    return Template(found, whole=whole, shown=shown), frozenset(documents.used)


def _is_aws(provider: Value) -> bool:
    """Others have other events and other words; a name alone is short for AWS with all its defaults."""
    name = provider.fields.get("name") if isinstance(provider, Record) else provider
    return not isinstance(name, Literal) or name.value == "aws"


def _is_whole(node: y.Node | None) -> bool:
    return not isinstance(node, y.Mapping | y.Sequence) or node.whole


def _parts(documents: Documents, node: y.Node | None, path: str) -> Iterator[Place]:
    """A section, or each of the parts that it is put together from."""
    if node is None:
        return
    found, place = documents.follow((node, path))
    if isinstance(found, y.Sequence):
        for item in found.items[:_MOST_INCLUDED]:
            yield documents.follow((item, place))
    else:
        yield found, place


def _entries(documents: Documents, node: y.Node | None, path: str) -> Iterator[tuple[y.Entry, str]]:
    for part, place in _parts(documents, node, path):
        for entry in part.entries if isinstance(part, y.Mapping) else ():
            value, where = documents.follow((entry.value, place))
            # A function of another file stands there; only its name is here.
            yield (entry if where == place else _standing_at(entry, value)), where


def _standing_at(entry: y.Entry, value: y.Node) -> y.Entry:
    """An entry whose value is in another file: it stands where that begins, and only its name is here."""
    first = value.entries[0].key if isinstance(value, y.Mapping) and value.entries else value
    return replace(entry, key=replace(entry.key, start=first.start, end=first.end), value=value)


def _logical_id(name: str) -> str:
    """serverless/lib/plugins/aws/lib/naming.js"""
    plain = name.replace("-", "Dash").replace("_", "Underscore")
    return f"{plain[:1].upper()}{plain[1:]}LambdaFunction"


def _function(
    documents: Documents, entry: y.Entry, path: str, names: frozenset[str], shared: Value
) -> Iterator[Resource]:
    own = documents.value((entry.value, path), names)
    if not isinstance(own, Record):
        return
    start, end = entry.key.start, entry.key.end
    name = _logical_id(entry.key.value)
    properties = _with_shared(own, shared, (start, end))
    yield Resource(name, "serverless.function", start, end, properties, entry.key.value, path=path)
    events = own.fields.get("events")
    target = Reference(name, None, start, end)
    for number, event in enumerate(events.items if isinstance(events, Items) else ()):
        if isinstance(event, Record) and len(event.fields) == 1:
            made = _event(event, target, (start, end))
            yield replace(made, name=f"{name}{number}", title=f"{entry.key.value}'s {made.title} event", path=path)
            yield from (replace(one, path=path) for one in _made_by(made))


def _event(event: Record, function: Reference, at: tuple[int, int]) -> Resource:
    kind, given = next(iter(event.fields.items()))
    start, end = event.keys.get(kind, at)
    known = (
        given
        if isinstance(given, Record)
        else Record({"": given}, {}, given.start, given.end, whole=not isinstance(given, Unknown))
    )
    known = replace(known, fields={**known.fields, "function": function})
    return Resource("", f"serverless.{kind}", start, end, known, kind)


def _made_by(event: Resource) -> Iterator[Resource]:
    """The bucket or topic that an event makes because it names one: nobody else has to."""
    kind, name, keys = _MADE.get(event.title, ("", "", ()))
    given = next((event.properties.fields[key] for key in keys if key in event.properties.fields), None)
    existing = event.properties.fields.get("existing")
    is_ours = existing is None or (isinstance(existing, Literal) and existing.value is False)
    is_ours = is_ours and "arn" not in event.properties.fields
    if isinstance(given, Literal) and is_ours and not str(given.value).startswith("arn:"):
        title = str(given.value)
        properties = Record({name: given}, {}, event.start, event.end)
        yield Resource(f"{kind} {title}", kind, event.start, event.end, properties, title, generated=True)


def _with_shared(own: Record, shared: Value, at: tuple[int, int]) -> Record:
    """The function with what the service says of all; written elsewhere, it stands at the function's name."""
    if not isinstance(shared, Record):
        return replace(own, whole=False)
    given = {name: moved(shared.fields[name], *at) for name in _SHARED if name in shared.fields}
    fields = {**given, **own.fields}
    if "environment" in shared.fields:
        fields["environment"] = _merged(moved(shared.fields["environment"], *at), own.fields.get("environment"))
    return replace(own, fields=fields, whole=own.whole and shared.whole)


def _merged(shared: Value, own: Value | None) -> Value:
    if own is None:
        return shared
    if not isinstance(own, Record) or not isinstance(shared, Record):
        return replace(own, whole=False) if isinstance(own, Record) else Unknown(own.start, own.end)
    return replace(own, fields={**shared.fields, **own.fields}, whole=own.whole and shared.whole)
