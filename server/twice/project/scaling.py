"""What adds and removes copies of a worker: by how much waits in which queue, and between which numbers. No vendor is named here.

A resource that is a ``scaler`` names what it scales; each of its triggers is one site.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import dirname
from typing import Any

from msgspec.structs import replace

from twice.facts import Worker
from twice.project.resources import View, evaluate
from twice.project.sites import Site, Sites, plain_view
from twice.truth import UNKNOWN, Setting, effective

Fields = Callable[[Mapping[str, Any], Site], dict[str, object]]


def scaled(workers: Iterable[tuple[Site, Worker]], sites: Sites, fields: Fields) -> Iterator[Worker]:
    """The workers, with what their scalers say of them. How many there are at a time is no longer what is written at them."""
    scalers = [(one, _target(plain_view(one), one.entry)) for one in sites.of("scaler")]
    known = tuple(workers)
    for site, worker in known:
        owner = site.resource.name.rpartition("/")[0]
        meant = [one for one, target in scalers if owner and target == owner and _near(one, owner, site, known)]
        # Who looks at a queue says more than who looks at processors or the time of day.
        mine = [one for one in meant if one.entry.get("by_queue")] or meant
        told = [fields(one.entry["fields"], one) for one in mine]
        if not told:
            yield worker
            continue
        agreed = {name: _agreed([one.get(name) for one in told]) for name in told[0]}
        yield replace(worker, replicas=Setting(UNKNOWN, place=mine[0].place), **agreed)


def _target(view: View, entry: Mapping[str, Any]) -> str:
    kind, name = (effective(evaluate(source, view, "word")) for source in entry["of"])
    return f"{kind}/{name}" if isinstance(kind, str) and isinstance(name, str) else ""


def _near(scaler: Site, owner: str, site: Site, known: Iterable[tuple[Site, Worker]]) -> bool:
    """Is it this one that is meant, where several have the name: the one in its file, or the only one in its folder, or at all?"""
    named = {one.scope for one, _ in known if one.resource.name.rpartition("/")[0] == owner}
    folder = {scope for scope in named if dirname(scope) == dirname(scaler.scope)}
    for group in (named & {scaler.scope}, folder, named):
        if len(group) == 1:
            return site.scope in group
    return False


def _agreed(values: list[object]) -> object:
    shown = {repr(effective(one)) for one in values}
    return values[0] if len(shown) == 1 else UNKNOWN
