"""Connectors, mirrors and what they run on: JSON as the REST API takes it, property files, resources of a Kubernetes operator.

From text to resources. Knows where things are written, no setting's meaning: a connector, a broker or a worker has its settings under
``config``; a mirror has its two ends as ``source`` and ``target``, and its settings under ``config`` or per connector.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.filled import decided
from twice.languages.intrinsics import Scope, value
from twice.languages.marks import ALERT, OPERATED, is_connected
from twice.languages.template import Items, Literal, Record, Resource, Template, Unknown, Value

# The type of a resource that is a whole file of settings.
PROPERTY_FILE = "property file"

_CLASS = "connector.class"
_FLOW = re.compile(r"(?P<source>[\w-]+)->(?P<target>[\w-]+)\.enabled")


def connected(path: str, data: bytes) -> Template | None:
    """What a file says of these, or None when it says nothing."""
    if not is_connected(path, data):
        return None
    if path.endswith(".properties"):
        found = list(_in_properties(path, data))
    elif path.endswith(".json"):
        found = list(_in_json(path, data))
    else:
        documents = [one for one in y.documents(data) if isinstance(one, y.Mapping)]
        found = [*_alerts(data), *(one for document in documents for one in _operated(document, documents))]
    return Template({one.name: one for one in found}) if found else None


# --- one file, one connector -----------------------------------------------------------------------------------------


def _in_json(path: str, data: bytes) -> Iterator[Resource]:
    """The body of a request, ``{name, config}``; or the settings alone."""
    document = y.first(data)
    config = document.get("config") if isinstance(document, y.Mapping) else None
    for node in (config, document):
        kind = node.entry(_CLASS) if isinstance(node, y.Mapping) else None
        if kind is not None and isinstance(node, y.Mapping) and isinstance(document, y.Mapping):
            named = document.get("name") or node.get("name")
            title = named.value if isinstance(named, y.Scalar) and named.value else _stem(path)
            holder = document.entry("config") if node is config else None
            body = (holder.key.start, holder.key.end) if holder is not None else None
            yield replace(_connector(title, named or kind.key, value(node, Scope())), body=body)
            return


def _in_properties(path: str, data: bytes) -> Iterator[Resource]:
    from twice.languages.properties import properties

    found = properties(data)
    if _CLASS in found.fields:
        named = found.fields.get("name") or found.fields[_CLASS]
        title = str(named.value) if "name" in found.fields and isinstance(named, Literal) else _stem(path)
        yield replace(_connector(title, named, found), body=(0, 0))
        return
    flows = list(_flows(decided(found)))
    yield from flows
    if not flows and found.keys:
        at, title = next(iter(found.keys.values())), _stem(path)
        said = Record({"config": decided(found)}, {}, found.start, found.end)
        yield Resource(title, PROPERTY_FILE, *at, said, title)


def _connector(title: str, at: y.Node | Value, config: Value) -> Resource:
    properties = Record({"config": decided(config)}, {}, config.start, config.end)
    return Resource(title, "connector", at.start, at.end, properties, title)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _flows(found: Value) -> Iterator[Resource]:
    """The flows of a property file: what is said of one flow counts for it, else what is said of all."""
    for key in found.fields if isinstance(found, Record) else ():
        flow = _FLOW.fullmatch(key)
        if flow is None or not isinstance(found, Record):
            continue
        title = f"{flow['source']}->{flow['target']}"
        own = {name.removeprefix(f"{title}."): name for name in found.fields if name.startswith(f"{title}.")}
        config = replace(
            found,
            fields={**found.fields, **{name: found.fields[one] for name, one in own.items()}},
            keys={**found.keys, **{name: found.keys[one] for name, one in own.items()}},
        )
        start, end = found.keys[key]
        ends = {side: _end(found, flow[side], (start, end)) for side in ("source", "target")}
        settings = Record({"config": config, **ends}, {}, start, end)
        yield Resource(title, "mirror", start, end, settings, title, body=(0, 0))


def _end(found: Record, alias: str, at: tuple[int, int]) -> Record:
    address = found.fields.get(f"{alias}.bootstrap.servers")
    fields: dict[str, Value] = {"alias": Literal(alias, *at)}
    return Record(fields | ({"bootstrapServers": address} if address is not None else {}), {}, *at)


def _alerts(data: bytes) -> Iterator[Resource]:
    for found in ALERT.finditer(data):
        yield Resource(f"alert/{found.start()}", "alert", *found.span(), Record({}, {}, *found.span()), "alert")


# --- resources of the operator ---------------------------------------------------------------------------------------


def _operated(document: y.Mapping, around: list[y.Mapping]) -> Iterator[Resource]:
    kind, metadata, spec = (document.get(name) for name in ("kind", "metadata", "spec"))
    if not isinstance(kind, y.Scalar) or kind.value not in OPERATED or not isinstance(spec, y.Mapping):
        return
    named = metadata.get("name") if isinstance(metadata, y.Mapping) else None
    at = named if isinstance(named, y.Scalar) and named.value else kind
    title = at.value
    properties = decided(value(spec, Scope()))
    if not isinstance(properties, Record):
        return
    properties = replace(properties, whole=properties.whole and document.whole)
    if kind.value == "Kafka":
        properties = replace(properties, fields={**properties.fields, "brokers": _brokers(title, around, at)})
    if kind.value == "KafkaTopic":
        cluster = _below(value(metadata, Scope()), "labels", "strimzi.io/cluster") if metadata is not None else None
        beside = {"cluster": cluster, "topicName": properties.fields.get("topicName", Literal(title, at.start, at.end))}
        given = {name: one for name, one in beside.items() if one is not None}
        properties = replace(properties, fields={**properties.fields, **given})
    types = {
        "KafkaConnector": "operated.connector",
        "KafkaTopic": "operated.topic",
        "Kafka": "operated.cluster",
        "KafkaConnect": "operated.platform",
    }
    holder = document.entry("spec")
    body = (holder.key.start, holder.key.end) if holder is not None else None
    if kind.value in types:
        yield Resource(f"{kind.value}/{title}", types[kind.value], at.start, at.end, properties, title, body=body)
    else:
        yield from _mirrors(title, properties)


def _brokers(cluster: str, around: list[y.Mapping], at: y.Scalar) -> Value:
    """How many brokers the pools of a cluster have, of those beside it in its file; unknown without any."""
    total: Value = Unknown(at.start, at.end)
    for pool in around:
        told = value(pool, Scope())
        labels, replicas, roles = (
            _below(told, *keys) for keys in (("metadata", "labels"), ("spec", "replicas"), ("spec", "roles"))
        )
        owner = labels.fields.get("strimzi.io/cluster") if isinstance(labels, Record) else None
        if not isinstance(owner, Literal) or owner.value != cluster or not isinstance(roles, Items):
            continue
        if any(isinstance(one, Literal) and one.value == "broker" for one in roles.items):
            count = replicas.value if isinstance(replicas, Literal) and isinstance(replicas.value, int) else None
            before = total.value if isinstance(total, Literal) and isinstance(total.value, int) else 0
            if count is None:
                return Unknown(at.start, at.end)
            total = Literal(before + count, at.start, at.end)
    return total


def _below(found: Value | None, *keys: str) -> Value | None:
    for key in keys:
        found = found.fields.get(key) if isinstance(found, Record) else None
    return found


def _mirrors(title: str, spec: Record) -> Iterator[Resource]:
    """One flow for each mirror; its ends are written in it, or beside it in the list of clusters."""
    mirrors = spec.fields.get("mirrors")
    for index, mirror in enumerate(mirrors.items if isinstance(mirrors, Items) else ()):
        if not isinstance(mirror, Record):
            continue
        source = mirror.fields.get("source") or _cluster(spec, mirror.fields.get("sourceCluster"))
        target = spec.fields.get("target") or _cluster(spec, mirror.fields.get("targetCluster"))
        ends = {"source": source, "target": target}
        fields = {**mirror.fields, **{name: end for name, end in ends.items() if end is not None}}
        at = next((mirror.keys[key] for key in ("source", "sourceCluster") if key in mirror.keys), None)
        start, end = at or (mirror.start, mirror.start)
        whole = mirror.whole and spec.whole
        made = replace(mirror, fields=fields, whole=whole)
        body = mirror.keys.get("checkpointConnector")
        yield Resource(f"{title}/{index}", "operated.mirror", start, end, made, _between(ends) or title, body=body)


def _cluster(spec: Record, alias: Value | None) -> Value | None:
    clusters = spec.fields.get("clusters")
    if not isinstance(alias, Literal) or not isinstance(clusters, Items):
        return None
    named = (one for one in clusters.items if isinstance(one, Record))
    return next((one for one in named if _same(one.fields.get("alias"), alias)), None)


def _same(one: Value | None, other: Literal) -> bool:
    return isinstance(one, Literal) and one.value == other.value


def _between(ends: dict[str, Value | None]) -> str:
    names = [one.fields.get("alias") if isinstance(one, Record) else None for one in ends.values()]
    known = [str(one.value) for one in names if isinstance(one, Literal)]
    return "->".join(known) if len(known) == 2 else ""
