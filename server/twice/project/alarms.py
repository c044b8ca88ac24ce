"""Alarms and what they are about: from resources to facts. No vendor is named here."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from twice.facts import Alarm, Subscription
from twice.noun import Fact
from twice.project.resource_facts import ResourceFacts, fields_of
from twice.project.resources import all_at, evaluate
from twice.project.sites import Site, plain_view, unresolved
from twice.truth import effective


def alarms(facts: ResourceFacts, subscriptions: Collection[Subscription]) -> Iterator[Alarm]:
    """All of them, each with what it is about."""
    for site in facts.sites.of("alarm"):
        watched, certain = _watched(facts, site, subscriptions)
        fields = fields_of(site.entry.get("fields", {}), plain_view(site), Alarm)
        about = tuple(watched)
        made = Alarm(place=site.place, name=site.resource.title, watched=about, is_open=not certain, **fields)
        facts.keep(site, made, site.entry, {})
        yield made


def _watched(facts: ResourceFacts, site: Site, subscriptions: Collection[Subscription]) -> tuple[list[Fact], bool]:
    """What an alarm is about, and whether that is all: what is decided elsewhere may be about anything."""
    found: list[Fact] = []
    certain = site.resource.properties.whole and not site.entry.get("open", False)
    values = [
        value for source in site.entry["watches"] for value in all_at(site.item, source.removeprefix("$").split("."))
    ]
    for value in values:
        meant = [facts.target(site.scope, value, noun) for noun in ("queue", "function")]
        known = [fact for fact in meant if isinstance(fact, Fact)]
        found += known
        certain = certain and (bool(known) or not unresolved(value))
    told = evaluate(site.entry["of_subscription"], plain_view(site), "value")
    if told is not None and told.value is True:
        found += [one for one in subscriptions if effective(one.function) in found and effective(one.is_polled) is True]
    return list(dict.fromkeys(found)), certain
