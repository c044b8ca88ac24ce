"""Who sends dead letters to a queue, and whether a policy lets them. No vendor is named here."""

from __future__ import annotations

from twice.languages.template import Alternatives
from twice.project.resources import all_at, value_at
from twice.project.sites import Key, Site, Sites, plain_view, unresolved
from twice.truth import NONE, UNKNOWN, Setting


def dead_letter_senders(sites: Sites) -> dict[Key, frozenset[str]]:
    """By queue, the services that send its dead letters and need a permission of the queue for it."""
    found: dict[Key, frozenset[str]] = {}
    for group in sites.by_key.values():
        for site in group:
            for source in site.entry.get("dead_letters", ()) if "sends_as" in site.entry else ():
                for value in all_at(site.item, source[1:].split(".")):
                    target = None if isinstance(value, Alternatives) else sites.find(site.scope, value, "queue")
                    if target is not None and target.scope == site.scope:
                        found[target.key] = found.get(target.key, frozenset()) | {site.entry["sends_as"]}
    return found


def may_be_about_any(sites: Sites) -> bool:
    """Is there a policy here of which nobody can tell which queue it is about?"""
    return any(
        unresolved(value) and sites.find(policy.scope, value, "queue") is None
        for policy in sites.of("policy")
        for value in all_at(policy.item, policy.entry["of"].removeprefix("$").split("."))
    )


def refuses(sites: Sites, site: Site, senders: frozenset[str], is_open: bool) -> object:
    """The service that may not send to this queue. UNKNOWN where a policy names the queue, or (``is_open``) may be about any."""
    if not senders:
        return NONE
    if is_open or site.scope in sites.incomplete or not site.resource.properties.whole:
        return UNKNOWN
    own = site.entry.get("policy")
    if own is not None and value_at(plain_view(site), own) is not None:
        return UNKNOWN
    for policy in sites.of("policy"):
        for value in all_at(policy.item, policy.entry["of"].removeprefix("$").split(".")):
            target = sites.find(policy.scope, value, "queue")
            if target is not None and target.key == site.key:
                return UNKNOWN
    return Setting(min(senders))
