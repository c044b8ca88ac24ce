"""Connectors, clusters, and flows between them: from resources to facts. No vendor is named here.

Several entries may speak of one connector, each of a family it belongs to: what they say is put together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname, split
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.facts import Connector, Flow, Topic
from twice.noun import Fact
from twice.project.brokers import clusters
from twice.project.changes import Written
from twice.project.kept_places import kept_places
from twice.project.resource_facts import fields_of
from twice.project.resources import evaluate, value_at
from twice.project.sites import Key, Site, Sites, plain_view
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting, effective

_WORD = re.compile(r"[a-z0-9]+")
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


class Copy(Struct, frozen=True, eq=False):
    """A flow with what is needed to find the one that goes back."""

    fact: Flow
    source: _End
    target: _End
    topics: object
    scope: str


def connected(sites: Sites, entries: Mapping[str, Any], written: dict[Fact, Written]) -> Iterator[Fact]:
    """All connectors, topics and clusters, and the flows that are switched on; how they are changed is put into ``written``.

    ``entries`` say what a template calls their settings in its own words.
    """
    copies = [_copy(site) for site in sites.of("flow")]
    flows = tuple(_flows(copies))
    for site, flow in zip(sites.of("flow"), flows, strict=True):
        written |= _changes(flow, (site,), entries)
        yield flow
    topics = list(_topics(sites, copies))
    found = _with_sources(sites, _connectors(sites, copies, flows))
    for key, connector in kept_places(sites, found, topics):
        several = [site for site in sites.by_key[key] if site.entry["is"] == "connector"]
        written |= _changes(connector, several, entries)
        yield connector
    for site, topic in topics:
        written |= _changes(topic, (site,), entries)
        yield topic
    yield from clusters(sites, _is_trial)


def _connectors(sites: Sites, copies: list[Copy], flows: tuple[Flow, ...]) -> Iterator[tuple[Site, Connector]]:
    found: dict[object, tuple[Site, dict[str, Any]]] = {}
    for site in sites.of("connector"):
        _, fields = found.setdefault(site.key, (site, {}))
        fields |= fields_of(site.entry.get("fields", {}), plain_view(site), Connector)
        fields["kind"] = _text(site, site.entry["class"]) or ""
        if effective(fields.get("restarts")) is False and _may_be_watched(sites, site):
            fields["restarts"] = UNKNOWN
        if "reads" in site.entry:
            fields["copied_by"] = _copied_by(_text(site, site.entry["reads"]), copies, flows)
    for site, fields in found.values():
        fields["kind"] = str(fields["kind"]).rpartition(".")[2]
        yield site, Connector(place=site.place, name=site.resource.title, is_trial=_is_trial(site), **fields)


def _may_be_watched(sites: Sites, site: Site) -> bool:
    """Something tells of connectors that fail; or nothing here tells of anything, where alarms are how it would be told."""
    by_alarms = any(value_at(plain_view(site), source) is not None for source in site.entry.get("alarmed", ()))
    return bool(sites.of("alert")) or (by_alarms and not sites.of("alarm"))


def _changes(fact: Fact, sites: Sequence[Site], entries: Mapping[str, Any]) -> dict[Fact, Written]:
    """How the settings of a connector or topic are written, by all entries that speak of it."""
    site = sites[0]
    rules = {name: rule for one in sites for name, rule in one.entry.get("write", {}).items()}
    body, spelling = site.resource.body, entries.get(site.resource.spelling)
    if body is None and isinstance(spelling, Mapping) and rules:
        return {fact: Written(site.place, rules, {}, spelling.get("names") or {}, site=site)}
    if body is None and rules and not site.resource.spelling:  # the words of the library file are its own
        return {fact: Written(site.place, rules, {}, site=site)}
    if body is None or not rules:
        return {}
    named = site.resource.properties.keys
    within = next((name for name, at in named.items() if at == body), "") if named else "config"
    return {fact: Written(Place(site.path, *body), rules, {}, within=within)}


def _with_sources(sites: Sites, found: Iterator[tuple[Site, Connector]]) -> Iterator[tuple[Key, Connector]]:
    """Each with the connector that sends it deletes: what the topics of one begin with is how the other one names its own."""
    known = list(found)
    names: dict[object, list[str]] = {}
    for site in sites.of("connector"):
        names.setdefault(site.key, []).extend(_names(site, "reads"))
    prefixes = {one.key: f"{name}." for one in sites.of("connector") for name in _names(one, "fills")}
    senders = [(site, one) for site, one in known if effective(one.sends_deletes) is True and site.key in prefixes]
    for site, one in known:
        topics = names[site.key] if effective(one.is_sink) is True else []
        source = (other for at, other in senders if any(topic.startswith(prefixes[at.key]) for topic in topics))
        yield site.key, replace(one, deletes_from=Setting(next(source, NONE)))


def _names(site: Site, key: str) -> list[str]:
    """The names that an entry has under this key; of a pattern, its text without what escapes its dots."""
    texts = (_text(site, source) for source in site.entry.get(key, ()))
    return [
        name.strip().replace("\\", "")
        for text in texts
        if isinstance(text, str)
        for name in text.split(",")
        if name.strip()
    ]


def _topics(sites: Sites, copies: list[Copy]) -> Iterator[tuple[Site, Topic]]:
    """Each with its twin in the other cluster of a flow that keeps names, or along which consumers are to move."""
    found = [(site, _text(site, site.entry["named"]), _text(site, site.entry["cluster"])) for site in sites.of("topic")]
    ends = [
        {copy.source.alias, copy.target.alias}
        for copy in copies
        if effective(copy.fact.keeps_names) is True or effective(copy.fact.for_failover) is True
    ]
    made = [
        Topic(
            place=site.place,
            name=site.resource.title,
            is_trial=_is_trial(site),
            **fields_of(site.entry["fields"], plain_view(site), Topic),
        )
        for site, _, _ in found
    ]
    for (site, name, cluster), topic in zip(found, made, strict=True):
        twins = (
            other
            for (_, same, another), other in zip(found, made, strict=True)
            if same == name and cluster != another and {cluster, another} in ends
        )
        yield site, replace(topic, twin=Setting(next(twins, NONE) if name and cluster else NONE))


def _copied_by(topics: object, copies: list[Copy], flows: tuple[Flow, ...]) -> Setting:
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


def _copy(site: Site) -> Copy:
    fields = fields_of(site.entry.get("fields", {}), plain_view(site), Flow)
    ends = [_End(*(_text(site, one) for one in site.entry[end])) for end in ("from", "to")]
    fact = Flow(place=site.place, name=site.resource.title, back=Setting(UNKNOWN), **fields)
    return Copy(fact, ends[0], ends[1], _text(site, site.entry["topics"]), site.path)


def _flows(copies: list[Copy]) -> Iterator[Flow]:
    """Each with the one before it that goes back, so that of two only the second one speaks."""
    for index, one in enumerate(copies):
        back = next((other for other in copies[:index] if _goes_back(one, other)), None)
        yield replace(one.fact, back=Setting(back.fact if back is not None else NONE))


def _goes_back(one: Copy, other: Copy) -> bool:
    """Between the same clusters, with topics in common: only what is certain counts."""
    same = other.source.is_same(one.target) and other.target.is_same(one.source)
    return same and isinstance(one.topics, str) and one.topics == other.topics and _deployed_together(one, other)


def _deployed_together(one: Copy, other: Copy) -> bool:
    """In one folder, or each in the folder of one of the clusters: elsewhere the second may be another step, or another stage."""
    (around, own), (beside, others) = split(dirname(one.scope)), split(dirname(other.scope))
    names = [set(_WORD.findall(str(end.alias).lower())) for end in (one.source, one.target)]
    by_cluster = all(any(name <= set(_WORD.findall(f.lower())) for name in names) for f in (own, others))
    return around == beside and (own == others or by_cluster)


def _text(site: Site, source: Any) -> object:
    found = evaluate(source, plain_view(site), "text")
    told = effective(found) if found is not None else None
    return str(told) if isinstance(told, str | int | float) else None
