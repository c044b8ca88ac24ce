"""Whether what is sent to a queue that only hands on waits for a reader anywhere. No vendor is named here."""

from __future__ import annotations

from collections.abc import Iterator

from twice.languages.template import Alternatives, Reference, Value, inside
from twice.project.resources import value_at
from twice.project.sites import Site, Sites, plain_view, unresolved
from twice.truth import UNKNOWN, Setting


def may_read_any(sites: Sites) -> bool:
    """Is there a reader here of which nobody can tell what it reads?"""
    return any(
        unresolved(one) and sites.find(reader.scope, one, "queue") is None
        for reader in _readers(sites)
        for one in _sources(reader)
    )


def _readers(sites: Sites) -> Iterator[Site]:
    """What is handed on to: other queues and functions. Who polls does not read from what keeps nothing."""
    yield from sites.of("hop")
    for site in sites.of("subscription"):
        if site.entry.get("fields", {}).get("is_polled") is not True:
            yield site


def _sources(reader: Site) -> tuple[Value, ...]:
    """What it may read from."""
    source = reader.entry["from" if reader.entry["is"] == "hop" else "queue"]
    written = [one for one in (source if isinstance(source, list) else [source]) if str(one).startswith("$")]
    found = next((one for key in written if (one := value_at(plain_view(reader), key)) is not None), None)
    if found is None:
        return ()
    return found.options if isinstance(found, Alternatives) else (found,)


def kept(sites: Sites, site: Site, is_open: bool) -> object:
    """Has somebody subscribed? UNKNOWN where one may, who is not in sight: in another template, by a resource that nobody knows,
    or (``is_open``) to something that nobody can tell."""
    unclear = is_open or site.scope in sites.incomplete or not site.resource.properties.whole
    for reader in _readers(sites):
        options = _sources(reader)
        targets = [sites.find(reader.scope, one, "queue") for one in options]
        if any(target is not None and target.key == site.key for target in targets):
            return UNKNOWN if len(options) > 1 else Setting(True)
    unclear = unclear or any(_means(value, site) for value in _elsewhere(sites, site))
    return UNKNOWN if unclear else Setting(False, default=True)


def _elsewhere(sites: Sites, site: Site) -> Iterator[Value]:
    """What is told to other templates, and the resources that no library file speaks of."""
    yield from sites.shown.get(site.scope, ())
    for name, resource in site.around.items():
        if (site.scope, name) not in sites.by_key:
            yield resource.properties


def _means(value: Value, site: Site) -> bool:
    return any(isinstance(one, Reference) and one.target == site.resource.name for one in inside(value))
