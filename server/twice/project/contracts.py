"""What documents promise about events: from resources to facts. No vendor is named here."""

from __future__ import annotations

from collections.abc import Iterator

from twice.facts import Contract
from twice.languages.template import Items, written
from twice.project.resource_facts import fields_of, word_of
from twice.project.resources import evaluate, value_at
from twice.project.sites import Sites, plain_view


def contracts(sites: Sites) -> Iterator[Contract]:
    """One for each place that a document speaks of, by all names it has there."""
    for site in sites.of("contract"):
        view = plain_view(site)
        named = value_at(view, site.entry["names"])
        names = (written(one) for one in (named.items if isinstance(named, Items) else ()))
        yield Contract(
            place=site.place,
            name=site.resource.title,
            kind=word_of(evaluate(site.entry["kind"], view, "value")),
            address=frozenset(one for one in names if one),
            **fields_of(site.entry["fields"], view, Contract),
        )
