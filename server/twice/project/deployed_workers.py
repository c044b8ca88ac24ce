"""The processes that templates start, with their commands and what scales them: from resources to facts. No vendor is named here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from twice.facts import Worker
from twice.project.commands import terms
from twice.project.resource_facts import ResourceFacts, fields_of
from twice.project.resources import evaluate, value_at
from twice.project.scaling import scaled
from twice.project.sites import Site, plain_view
from twice.project.workers import Programs, Stopping, copied, equipped
from twice.truth import effective


def deployed_workers(facts: ResourceFacts, programs: Programs) -> Iterator[Worker]:
    """All processes with a command, with what scales them."""

    def of_scaler(fields: Mapping[str, Any], site: Site) -> dict[str, object]:
        return fields_of(fields, facts.view(site), Worker)

    sites = dict(_unscaled(facts, programs))
    for (site, _), one in zip(sites.items(), scaled(sites.items(), facts.sites, of_scaler), strict=True):
        worker = copied(one)
        facts.keep(site, worker, site.entry, {})
        yield worker


def _unscaled(facts: ResourceFacts, programs: Programs) -> Iterator[tuple[Site, Worker]]:
    for site in facts.sites.of("worker"):
        view = plain_view(site)
        words = terms((value_at(view, source) for source in site.entry["command"]), site.path)
        if words:
            fields = fields_of(site.entry.get("fields", {}), view, Worker)
            made = Worker(place=site.place, name=site.resource.title, command=words, **fields)
            signal = evaluate(site.entry.get("signal", "unknown"), view, "word")
            begins = effective(evaluate(site.entry.get("begins", False), view, "truth")) is True
            hands_on = effective(evaluate(site.entry.get("hands_on", "unknown"), view, "value"))
            yield site, equipped(made, words, Stopping(signal, begins, hands_on), programs)
