"""Facts that stand at a place inside a resource: the steps of a workflow, a policy of retries. No vendor is named here."""

from __future__ import annotations

from collections.abc import Iterator

from twice.facts import Retry, Step
from twice.languages.template import Items, Record, Value
from twice.project.changes import Written
from twice.project.resource_facts import ResourceFacts, fields_of
from twice.project.resources import value_at
from twice.project.sites import Site, plain_view
from twice.text import Place
from twice.truth import Setting


def workflow_steps(facts: ResourceFacts) -> Iterator[Step]:
    """The steps of workflows, each where the entry says."""
    for site in facts.sites.of("step"):
        name, key = _key_of(site.resource.properties, site.item) or (site.resource.title, None)
        made = Step(place=_place(site), name=name, **fields_of(site.entry["fields"], facts.view(site), Step))
        if key is not None and not site.resource.generated:
            names = {rule["property"]: rule["property"] for rule in site.entry.get("write", {}).values()}
            facts.written[made] = Written(Place(site.path, *key), site.entry.get("write", {}), {}, names)
        yield made


def retry_policies(facts: ResourceFacts) -> Iterator[Retry]:
    """What a queue or function is told of trying again, each where the entry says."""
    for site in facts.sites.of("retry"):
        fields = fields_of(site.entry["fields"], facts.view(site), Retry)
        told = {"redelivers": Setting(True), "takes_effect": Setting(True)} | fields
        made = Retry(place=_place(site), name=site.resource.title, **told)
        facts.keep(site, made, site.entry, {})
        yield made


def _place(site: Site) -> Place:
    """Where the first of these is written."""
    named = site.entry["at"]
    written = (value_at(plain_view(site), one) for one in (named if isinstance(named, list) else [named]))
    at = next((one for one in written if one is not None), None)
    return Place(site.path, at.start, at.end) if at is not None else site.place


def _key_of(found: Value, item: Value) -> tuple[str, tuple[int, int] | None] | None:
    """The name under which an item stands, at any depth, and where that name is written."""
    if isinstance(found, Items):
        return next((name for one in found.items if (name := _key_of(one, item))), None)
    for key, value in found.fields.items() if isinstance(found, Record) else ():
        if value is item:
            return key, found.keys.get(key) if isinstance(found, Record) else None
        if name := _key_of(value, item):
            return name
    return None
