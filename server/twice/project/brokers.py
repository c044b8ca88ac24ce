"""Clusters: from the brokers that files start, each by itself, to what they are together; and workers that keep their state there.

No vendor is named here. A broker is ``member_of`` what its settings name, and ``reached_at`` or ``called`` what others write as its
address; a platform ``keeps_in`` the cluster at the addresses that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from posixpath import split
from typing import Any

from msgspec import Struct

from twice.facts import Cluster
from twice.languages.connectors import PROPERTY_FILE
from twice.project.resource_facts import fields_of
from twice.project.resources import evaluate
from twice.project.sites import Site, Sites, plain_view
from twice.truth import NONE, UNKNOWN, Setting, effective

Trial = Callable[[Site], Setting]

_HOST = re.compile(r"[^\s,/:.]+")
# Property files of one cluster that differ by the number of their broker.
_NUMBER = re.compile(r"\d+")


class _Known(Struct, frozen=True, eq=False):
    """A cluster with the names of the machines at which it is reached."""

    fact: Cluster
    hosts: frozenset[str]


def clusters(sites: Sites, is_trial: Trial) -> Iterator[Cluster]:
    """All clusters, and what keeps its state in one: workers of the same group do so together."""
    known = [_cluster(members, is_trial) for members in _grouped(sites.of("cluster"))]
    yield from (one.fact for one in known)
    for members in _grouped(sites.of("platform")):
        first = members[0]
        every = [fields_of(one.entry["fields"], plain_view(one), Cluster) for one in members]
        brokers = _kept_in(first.path, texts(first, "keeps_in"), known)
        weak = _weakest([one["weak_setting"] for one in every])
        trial = is_trial(first)
        yield Cluster(place=first.place, name=first.resource.title, is_trial=trial, brokers=brokers, weak_setting=weak)


def texts(site: Site, key: str) -> list[str]:
    """The texts that an entry has sources for under this key."""
    found = (effective(evaluate(source, plain_view(site), "text")) for source in site.entry.get(key, ()))
    return [str(one) for one in found if isinstance(one, str | int)]


def _grouped(sites: Sequence[Site]) -> list[list[Site]]:
    """What belongs together: members of the same in one composition, or in property files beside each other."""
    found: dict[object, list[Site]] = {}
    for site in sites:
        told = evaluate(site.entry["member_of"], plain_view(site), "text") if "member_of" in site.entry else None
        folder, name = split(site.path)
        name = _NUMBER.sub("", name) if PROPERTY_FILE in (site.resource.type, site.resource.spelling) else name
        same = (folder, name, effective(told)) if isinstance(effective(told), str) else site.key
        found.setdefault(same, []).append(site)
    return list(found.values())


def _cluster(members: Sequence[Site], is_trial: Trial) -> _Known:
    """What the brokers say together: there are as many as all say, and one that is weak is enough."""
    every = [fields_of(one.entry["fields"], plain_view(one), Cluster) for one in members]
    fields: dict[str, Any] = every[0] | {
        "brokers": _count([one["brokers"] for one in every]),
        "weak_setting": _weakest([one["weak_setting"] for one in every]),
    }
    first = members[0]
    made = Cluster(place=first.place, name=first.resource.title, is_trial=is_trial(first), **fields)
    names = [site.resource.title for site in members]
    hosts = [form.replace("{name}", name) for site, name in zip(members, names, strict=True) for form in _forms(site)]
    return _Known(made, frozenset((*hosts, *(text for site in members for text in texts(site, "called")))))


def _forms(site: Site) -> Sequence[str]:
    return tuple(site.entry.get("reached_at", ()))


def _count(said: Sequence[Setting]) -> Setting:
    """A file that says nothing of how many it is about is about one, if there are others beside it."""
    if len(said) == 1:
        return said[0]
    numbers = [1 if one.value is UNKNOWN and one.place is None else one.value for one in said]
    known = [one for one in numbers if isinstance(one, int)]
    return Setting(sum(known) if len(known) == len(numbers) else UNKNOWN)


def _weakest(settings: Sequence[Setting]) -> Setting:
    found = next((one for one in settings if effective(one) not in (NONE, UNKNOWN)), None)
    return found or next((one for one in settings if effective(one) is UNKNOWN), settings[0])


def _kept_in(path: str, addresses: Sequence[str], known: Sequence[_Known]) -> object:
    """How many brokers the one cluster has that these addresses are of: one of this file, else of its folder, else of any; as many as
    are listed where it is not here."""
    hosts = {host for address in addresses for host in _HOST.findall(address)}
    found = [one.fact for one in known if hosts & one.hosts]
    listed = {part.strip().partition(":")[0] for address in addresses for part in address.split(",")}
    if not found and len(listed) > 1:
        return Setting(len(listed))
    folder = split(path)[0]
    beside = [one for one in found if split(one.place.path)[0] == folder]
    nearest = [one for one in beside if one.place.path == path] or beside or found
    return nearest[0].brokers if len(nearest) == 1 else UNKNOWN
