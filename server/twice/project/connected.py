"""Connectors, clusters, and flows between them: from resources to facts. No vendor is named here.

Several entries may speak of one connector, each of a family it belongs to: what they say is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.facts import Cluster, Connector, Flow
from twice.noun import Fact
from twice.project.resource_facts import fields_of
from twice.project.resources import evaluate
from twice.project.sites import Site, Sites, plain_view
from twice.truth import NONE, UNKNOWN, Setting, effective

_TRIAL = re.compile(
    r"(?i)(?:^|[/_.-])(?:tests?|local|dev|examples?|demos?|samples?|playground|tutorials?|quick[_-]?starts?)(?=[/_.-])"
)


class _End(Struct, frozen=True):
    """One end of a flow: its name and its address, as far as they are known."""

    alias: object
    address: object

    def is_same(self, other: _End) -> bool:
        """By its address, else by its name."""
        if isinstance(self.address, str) and isinstance(other.address, str):
            return self.address == other.address
        return isinstance(self.alias, str) and self.alias == other.alias


class _Copy(Struct, frozen=True, eq=False):
    """A flow with what is needed to find the one that goes back."""

    fact: Flow
    source: _End
    target: _End
    topics: object
    scope: str


def connected(sites: Sites) -> Iterator[Fact]:
    """All connectors and clusters, and the flows that are switched on."""
    copies = [_copy(site) for site in sites.of("flow")]
    flows = tuple(_flows(copies))
    yield from flows
    yield from _connectors(sites, copies, flows)
    for site in sites.of("cluster"):
        fields = fields_of(site.entry["fields"], plain_view(site), Cluster)
        yield Cluster(place=site.place, name=site.resource.title, is_trial=_is_trial(site), **fields)


def _connectors(sites: Sites, copies: list[_Copy], flows: tuple[Flow, ...]) -> Iterator[Connector]:
    found: dict[object, tuple[Site, dict[str, Any]]] = {}
    for site in sites.of("connector"):
        _, fields = found.setdefault(site.key, (site, {}))
        fields |= fields_of(site.entry.get("fields", {}), plain_view(site), Connector)
        fields["kind"] = _text(site, site.entry["class"]) or ""
        for source in site.entry.get("reads", ()):
            fields["copied_by"] = _copied_by(_text(site, source), copies, flows)
    for site, fields in found.values():
        fields["kind"] = str(fields["kind"]).rpartition(".")[2]
        yield Connector(place=site.place, name=site.resource.title, is_trial=_is_trial(site), **fields)


def _copied_by(topics: object, copies: list[_Copy], flows: tuple[Flow, ...]) -> Setting:
    """The flow that takes one of these topics along, by its patterns."""
    names = [name.strip() for name in topics.split(",")] if isinstance(topics, str) else []
    for copy, flow in zip(copies, flows, strict=True):
        patterns = [one.strip() for one in copy.topics.split(",")] if isinstance(copy.topics, str) else []
        if any(_matches(pattern, name) for pattern in patterns for name in names if name):
            return Setting(flow)
    return Setting(UNKNOWN if copies else NONE)


def _matches(pattern: str, name: str) -> bool:
    try:
        return re.fullmatch(pattern, name) is not None
    except re.error:
        return False


def _is_trial(site: Site) -> Setting:
    return Setting(_TRIAL.search(site.path) is not None)


def _copy(site: Site) -> _Copy:
    fields = fields_of(site.entry.get("fields", {}), plain_view(site), Flow)
    ends = [_End(*(_text(site, one) for one in site.entry[end])) for end in ("from", "to")]
    fact = Flow(place=site.place, name=site.resource.title, back=Setting(UNKNOWN), **fields)
    return _Copy(fact, ends[0], ends[1], _text(site, site.entry["topics"]), site.path)


def _flows(copies: list[_Copy]) -> Iterator[Flow]:
    """Each with the one before it that goes back, so that of two only the second one speaks."""
    for index, one in enumerate(copies):
        back = next((other for other in copies[:index] if _goes_back(one, other)), None)
        yield replace(one.fact, back=Setting(back.fact if back is not None else NONE))


def _goes_back(one: _Copy, other: _Copy) -> bool:
    """Between the same clusters, with topics in common: only what is certain counts."""
    same = other.source.is_same(one.target) and other.target.is_same(one.source)
    return same and isinstance(one.topics, str) and one.topics == other.topics


def _text(site: Site, source: Any) -> object:
    found = evaluate(source, plain_view(site), "text")
    told = effective(found) if found is not None else None
    return str(told) if isinstance(told, str | int | float) else None
