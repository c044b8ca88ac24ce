"""What joins queues to the functions they start, and queues to queues: from resources to facts. No vendor is named here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from twice.facts import Queue, Subscription
from twice.project.changes import Written
from twice.project.resource_facts import ResourceFacts, fields_of, text_of, word_of
from twice.project.resources import View, evaluate, value_at
from twice.project.sites import Site, plain_view, unresolved
from twice.truth import UNKNOWN, Setting, effective


class Hop(Struct, frozen=True, eq=False):
    """From one queue to another: does the envelope of the first arrive there, and does a filter let only some events through?

    ``site`` is the resource that says so.
    """

    one: Queue
    other: Queue
    wraps: bool
    filters: bool
    site: Site


def hops_between(facts: ResourceFacts) -> list[Hop]:
    """From queue to queue."""
    found: list[Hop] = []
    for site in facts.sites.of("hop"):
        view = facts.view(site, {"self": facts.own(site)})
        one, other = (evaluate(site.entry[end], view, "queue") for end in ("from", "to"))
        wraps = evaluate(site.entry["wraps"], view, "truth")
        filters = any(evaluate(source, view, "any") is not None for source in site.entry.get("filters", ()))
        ends = effective(one), effective(other)
        if isinstance(ends[0], Queue) and isinstance(ends[1], Queue):
            found.append(Hop(ends[0], ends[1], effective(wraps) is not False, filters, site))
    return found


def subscriptions(facts: ResourceFacts, hops: Collection[Hop]) -> Iterator[Subscription]:
    """All of them, those last whose function nothing else starts."""
    fed: set[object] = set()
    sites = facts.sites.of("subscription")
    for site in sorted(sites, key=lambda site: bool(site.entry.get("alone"))):
        view = facts.view(site, {"self": facts.own(site)})
        function = evaluate(site.entry["function"], view, "function") or Setting(UNKNOWN)
        queue = evaluate(site.entry["queue"], view, "queue") or Setting(UNKNOWN)
        if site.entry.get("alone") and function.value in fed:
            continue
        if function.value is UNKNOWN and _goes_elsewhere(facts, site):
            continue
        fed.add(function.value)
        yield _subscription(facts, site, function, queue, hops)


def _goes_elsewhere(facts: ResourceFacts, site: Site) -> bool:
    """What it names is a resource we know, and no function; or one of a service that has none."""
    source = site.entry["function"]
    found = value_at(plain_view(site), source) if source.startswith("$") else None
    return found is None or facts.sites.find(site.scope, found, "queue") is not None or not unresolved(found)


def _subscription(
    facts: ResourceFacts, site: Site, function: Setting, queue: Setting, hops: Collection[Hop]
) -> Subscription:
    view = facts.view(site, {"queue": queue.value, "function": function.value, "self": facts.own(site)})
    kind = _kind(site, view, queue.value)
    entry = facts.entries.get(f"{site.entry.get('through', 'subscription')} {kind}", {})
    fields = fields_of(entry.get("fields", {}), view, Subscription)
    before = [hop for hop in hops if hop.other is queue.value]
    if any(hop.wraps for hop in before):
        fields["shape"] = _wrapped(fields.get("shape"), before)
    if any(hop.filters for hop in before):
        fields["filters_own_output"] = UNKNOWN
        fields["filters_events"] = Setting(True)
    made = Subscription(place=site.place, name=site.resource.title, kind=kind, function=function, queue=queue, **fields)
    joined = {"queue": queue.value, "function": function.value}
    if len(before) == 1 and not before[0].site.resource.generated:
        joined["hop"] = Written(before[0].site.place, {}, {}, site=before[0].site)
    facts.keep(site, made, entry, joined)
    return made


def _kind(site: Site, view: View, queue: object) -> str:
    if site.entry["kind"] != "queue":
        return word_of(evaluate(site.entry["kind"], view, "value"))
    if isinstance(queue, Queue):
        return queue.kind
    for source, kind in site.entry.get("marks", {}).items():
        if value_at(view, source) is not None:
            return str(kind.get(text_of(view, source), "")) if isinstance(kind, Mapping) else str(kind)
    text = text_of(view, site.entry["queue"]) or ""
    return next((kind for pattern, kind in site.entry.get("kinds", {}).items() if re.search(pattern, text)), "")


def _wrapped(shape: object, before: list[Hop]) -> object:
    """What arrives through another queue: its envelope inside the own one; UNKNOWN when not all come that way."""
    kinds = {hop.one.kind.removesuffix("-fifo") if hop.wraps else "" for hop in before}
    return Setting(f"{kinds.pop()} in {effective(shape)}", default=True) if len(kinds) == 1 else UNKNOWN
