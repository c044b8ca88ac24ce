"""What runs in containers: services of docker-compose and pods of Kubernetes, from text to resources. Knows syntax, no program's meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.environments import environment
from twice.languages.intrinsics import Scope, value
from twice.languages.marks import PODS, is_workload
from twice.languages.template import Items, Literal, Record, Resource, Template, Value

_SCALERS = {"ScaledObject": "keda.scaledobject", "HorizontalPodAutoscaler": "kubernetes.autoscaler"}
# Where the pod stands in it; and what it is that runs to its end.
_POD = {
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "ScaledJob": ("spec", "jobTargetRef", "template", "spec"),
}
_ENDING = ("Job", "CronJob", "ScaledJob")


def workload(data: bytes) -> Template | None:
    """The containers in a file, or None when there are none."""
    if not is_workload(data):
        return None
    documents = [one for one in y.documents(data) if isinstance(one, y.Mapping)]
    doors = [one for document in documents for one in _doors(document)]
    found = [
        one
        for document in documents
        for one in (*_services(document), *_containers(document, doors), *_scalers(document))
    ]
    return Template({one.name: one for one in found}) if found else None


def _services(document: y.Mapping) -> Iterator[Resource]:
    services = document.get("services")
    for entry in services.entries if isinstance(services, y.Mapping) else ():
        properties = value(entry.value, Scope())
        if isinstance(properties, Record):
            name = entry.key.value
            service = Resource(name, "compose.service", entry.key.start, entry.key.end, properties, name)
            yield from _with_environment(service, entry.value)


def _doors(document: y.Mapping) -> Iterator[tuple[Value, dict[str, str]]]:
    """The name under which others reach pods, with the labels that these have."""
    kind, name, selector = document.get("kind"), _at(document, "metadata", "name"), _at(document, "spec", "selector")
    if isinstance(kind, y.Scalar) and kind.value == "Service" and isinstance(name, y.Scalar):
        yield value(name, Scope()), _labels(selector)


def _labels(node: y.Node | None) -> dict[str, str]:
    entries = node.entries if isinstance(node, y.Mapping) else ()
    return {entry.key.value: entry.value.value for entry in entries if isinstance(entry.value, y.Scalar)}


def _containers(document: y.Mapping, doors: Sequence[tuple[Value, dict[str, str]]]) -> Iterator[Resource]:
    """The containers of what keeps pods running, each with what its pod says, and the names by which others reach it."""
    kind, name = document.get("kind"), _at(document, "metadata", "name")
    path = _POD.get(kind.value if isinstance(kind, y.Scalar) else "", ("spec", "template", "spec"))
    pod = _at(document, *path)
    containers = pod.get("containers") if isinstance(pod, y.Mapping) else None
    if not isinstance(kind, y.Scalar) or kind.value not in PODS or not isinstance(containers, y.Sequence):
        return
    around = value(pod, Scope())
    outer = (
        {key: one for key, one in around.fields.items() if key != "containers"} if isinstance(around, Record) else {}
    )
    if name is not None:
        outer["owner"] = value(name, Scope())  # by which others speak of it
        labels = _labels(_at(document, "spec", "template", "metadata", "labels"))
        names = [door for door, wanted in doors if wanted and wanted.items() <= labels.items()]
        # Where the door stands in another file it mostly has the name of what it opens.
        outer["reached_as"] = Items(tuple(names or [outer["owner"]]), name.start, name.end)
    # What a fix writes for all containers stands below these keys.
    outer |= dict(_keys(document, path))
    replicas = _at(document, "spec", "replicas")
    if replicas is not None and kind.value not in _ENDING:
        outer["replicas"] = value(replicas, Scope())
    if kind.value == "ScaledJob":
        # It is its own scaler.
        spec = value(_at(document, "spec"), Scope())
        outer |= (
            {one: spec.fields[one] for one in ("minReplicaCount", "maxReplicaCount") if one in spec.fields}
            if isinstance(spec, Record)
            else {}
        )
    whole = document.whole and isinstance(around, Record) and around.whole
    for item in containers.items:
        title, own = _at(item, "name"), value(item, Scope())
        if isinstance(title, y.Scalar) and isinstance(own, Record):
            properties = replace(own, fields={**own.fields, **outer}, whole=own.whole and whole)
            owner = name.value if isinstance(name, y.Scalar) else kind.value
            key = f"{kind.value}/{owner}/{title.value}"
            type_ = "kubernetes.job" if kind.value in _ENDING else "kubernetes.container"
            container = Resource(key, type_, title.start, title.end, properties, title.value)
            yield from _with_environment(container, item)


def _with_environment(process: Resource, container: y.Node | None) -> Iterator[Resource]:
    yield process
    variables = environment(container, process)
    if variables is not None:
        yield variables


def _keys(document: y.Mapping, path: Sequence[str]) -> Iterator[tuple[str, Value]]:
    """The keys under which the workload and its pod are described."""
    for name, way in (("@workload", path[:1]), ("@pod", path)):
        owner = _at(document, *way[:-1])
        entry = owner.entry(way[-1]) if isinstance(owner, y.Mapping) else None
        if entry is not None:
            yield name, Literal(way[-1], entry.key.start, entry.key.end)


def _scalers(document: y.Mapping) -> Iterator[Resource]:
    kind, name, said = document.get("kind"), _at(document, "metadata", "name"), _at(document, "spec")
    if isinstance(kind, y.Scalar) and kind.value in _SCALERS and isinstance(name, y.Scalar) and said is not None:
        properties = value(said, Scope())
        if isinstance(properties, Record):
            key = f"{kind.value}/{name.value}"
            yield Resource(key, _SCALERS[kind.value], name.start, name.end, properties, name.value)


def _at(node: y.Node | None, *names: str) -> y.Node | None:
    for name in names:
        node = node.get(name) if isinstance(node, y.Mapping) else None
    return node
