"""The steps of workflows that live in templates: from resources to facts. No vendor is named here."""

from __future__ import annotations

from collections.abc import Iterator

from twice.facts import Step
from twice.languages.template import Items, Record, Value
from twice.project.changes import Written
from twice.project.resource_facts import ResourceFacts, fields_of
from twice.project.resources import value_at
from twice.project.sites import plain_view
from twice.text import Place


def workflow_steps(facts: ResourceFacts) -> Iterator[Step]:
    """The steps of workflows, each where the entry says."""
    for site in facts.sites.of("step"):
        view = plain_view(site)
        at = value_at(view, site.entry["at"])
        place = Place(site.path, at.start, at.end) if at is not None else site.place
        name, key = _key_of(site.resource.properties, site.item) or (site.resource.title, None)
        made = Step(place=place, name=name, **fields_of(site.entry["fields"], view, Step))
        if key is not None and not site.resource.generated:
            names = {rule["property"]: rule["property"] for rule in site.entry.get("write", {}).values()}
            facts.written[made] = Written(Place(site.path, *key), site.entry.get("write", {}), {}, names)
        yield made


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
