"""From templates to facts: queues, functions, subscriptions, alarms, and what joins them. No vendor is named here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from twice.facts import Function, Subscription, Worker
from twice.languages.template import Items, Template, written
from twice.noun import Fact
from twice.project.alarms import alarms
from twice.project.changes import Written
from twice.project.deployed_workers import deployed_workers
from twice.project.deployments import Deployment, candidates
from twice.project.groups import Surveyed, SurveyMemory, groups, sites_of
from twice.project.inside_resources import retry_policies, workflow_steps
from twice.project.permissions import may_be_about_any
from twice.project.readers import may_read_any
from twice.project.resource_facts import Around, ResourceFacts
from twice.project.resources import evaluate, value_at
from twice.project.sites import Site, Sites, plain_view
from twice.project.subscriptions import hops_between, subscriptions
from twice.truth import UNKNOWN, YES, Setting, Truth, effective

Pair = tuple[Fact, Fact]

# A chain of dead letter queues is one long; what is longer is a circle or a mistake.
_CHAIN = 20


class Infrastructure(Struct, frozen=True, eq=False):
    """What the templates of a workspace say. ``written`` tells how the template of a fact is changed (``changes.change``)."""

    facts: tuple[Fact, ...] = ()
    feeds: Mapping[Pair, Truth] = field(default_factory=dict)
    deployments: tuple[Deployment, ...] = ()
    workers: tuple[Worker, ...] = ()
    evicting: Mapping[str, Setting] = field(default_factory=dict)
    written: Mapping[Fact, Written] = field(default_factory=dict)


class InfrastructureMemory(Struct):
    """What groups of templates said before: told again only where one of them has changed. Dropping it changes the speed only."""

    surveys: SurveyMemory = field(default_factory=SurveyMemory)
    sites: dict[tuple[Surveyed, ...], Sites] = field(default_factory=dict)
    told: dict[tuple[tuple[Surveyed, ...], Around], Infrastructure] = field(default_factory=dict)


def infrastructure(
    templates: Mapping[str, Template],
    resources: Mapping[str, Any],
    programs: Mapping[str, Any] = MappingProxyType({}),
    memory: InfrastructureMemory | None = None,
) -> Infrastructure:
    """The facts of all templates. ``resources`` is that section of the library files, ``programs`` the one of the workers: the
    same ones for one memory."""
    memory = memory or InfrastructureMemory()
    found = tuple(groups(templates, resources, memory.surveys))
    memory.sites = {group: memory.sites.get(group) or sites_of(group) for group in found}
    every = memory.sites.values()
    around = Around(any(map(may_be_about_any, every)), any(map(may_read_any, every)))
    memory.told = {
        (group, around): memory.told.get((group, around)) or _told(ResourceFacts(sites, resources, around), programs)
        for group, sites in memory.sites.items()
    }
    return _together(memory.told.values())


def _together(parts: Collection[Infrastructure]) -> Infrastructure:
    return Infrastructure(
        tuple(fact for part in parts for fact in part.facts),
        {pair: certain for part in parts for pair, certain in part.feeds.items()},
        tuple(one for part in parts for one in part.deployments),
        tuple(one for part in parts for one in part.workers),
        _agreed(pair for part in parts for pair in part.evicting.items()),
        {fact: how for part in parts for fact, how in part.written.items()},
    )


def _agreed(told: Iterable[tuple[str, Setting]]) -> dict[str, Setting]:
    """What is said under each name; two that differ say nothing."""
    found: dict[str, Setting] = {}
    for name, setting in told:
        if found.setdefault(name, setting).value != setting.value:
            found[name] = Setting(UNKNOWN)
    return found


def _told(facts: ResourceFacts, programs: Mapping[str, Any]) -> Infrastructure:
    """The facts in the order in which they need each other: queues, functions, subscriptions, alarms."""
    sites = facts.sites
    told: list[Fact] = [facts.fact(site) for noun in ("queue", "function") for site in sites.of(noun)]
    hops = hops_between(facts)
    starting = list(subscriptions(facts, hops))
    told += (*starting, *alarms(facts, starting), *workflow_steps(facts), *retry_policies(facts), *_rarer(facts))
    feeds: dict[Pair, Truth] = {(hop.one, hop.other): YES for hop in hops}
    workers = tuple(deployed_workers(facts, programs))
    return Infrastructure(
        tuple(told), feeds, tuple(_deployments(facts, starting)), workers, _stores(sites), facts.written
    )


def _rarer(facts: ResourceFacts) -> Iterator[Fact]:
    """What few projects have."""
    sites = facts.sites
    if any(sites.of(noun) for noun in ("connector", "flow", "cluster", "platform", "topic")):
        from twice.project.connected import connected

        yield from connected(sites, facts.entries, facts.written)
    if sites.of("contract"):
        from twice.project.contracts import contracts

        yield from contracts(sites)


def _stores(sites: Sites) -> dict[str, Setting]:
    """By the name of each store in memory: does it throw away what it holds when the memory is full?"""
    return _agreed(
        (name, evaluate(site.entry["evicts"], plain_view(site), "truth") or Setting(UNKNOWN))
        for site in sites.of("store")
        for name in _reached_as(site)
    )


def _reached_as(site: Site) -> Iterator[str]:
    """The hosts by which others reach it: its own name where the entry does not tell them."""
    source = site.entry.get("reached_as")
    found = value_at(plain_view(site), source) if source is not None else None
    if source is None:
        yield site.resource.title
    for one in found.items if isinstance(found, Items) else ():
        name = written(one)
        if name is not None:
            yield name


def _deployments(facts: ResourceFacts, starting: Collection[Subscription]) -> Iterator[Deployment]:
    for site in facts.sites.of("function"):
        function = facts.fact(site)
        code = tuple(candidates(site.entry.get("code", {}), facts.view(site)))
        starters = [one for one in starting if effective(one.function) is function]
        if code and isinstance(function, Function):
            yield Deployment(function, code, frozenset(one.kind for one in starters), (function, *starters))
