"""What a connector needs to go on where it stopped, as far as other files tell: a topic that keeps it, and what only one may read by.

No vendor is named here. An entry ``needs`` a topic, or has something ``alone``; ``told`` is what to say where that is not so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import dirname
from typing import Any

from msgspec.structs import replace

from twice.facts import Connector, Topic
from twice.project.resources import evaluate
from twice.project.sites import Key, Site, Sites, plain_view
from twice.truth import NONE, Setting, effective


def kept_places(
    sites: Sites, found: Iterable[tuple[Key, Connector]], topics: Sequence[tuple[Site, Topic]]
) -> Iterator[tuple[Key, Connector]]:
    """Each connector, with how it loses its place where what tells that stands elsewhere. Of two that share what one should have,
    the second speaks."""
    taken: dict[tuple[str, ...], tuple[str, str | None]] = {}
    for key, one in found:
        lost = effective(one.loses_place) is NONE
        for site in sites.by_key[key] if lost else ():
            said = _forgotten(site, topics) or _shared(site, one.name, taken)
            one = replace(one, loses_place=said) if said is not None else one
        yield key, one


def _forgotten(site: Site, topics: Sequence[tuple[Site, Topic]]) -> Setting | None:
    """The topic it needs is declared, and forgets."""
    needs: Mapping[str, Any] = site.entry.get("needs", {})
    wanted = _setting(site, needs["topic"]) if needs else None
    if wanted is None:
        return None
    named = [topic for other, topic in topics if _text(other, other.entry["named"]) == effective(wanted)]
    forgets = bool(named) and all(effective(topic.forgets) is True for topic in named)
    return Setting(needs["told"], place=wanted.place) if forgets else None


def _shared(site: Site, name: str, taken: dict[tuple[str, ...], tuple[str, str | None]]) -> Setting | None:
    """Another one in this folder, where everything belongs to one deployment, has the same, for something else: with the same task
    it would be an alternative."""
    alone: Mapping[str, Any] = site.entry.get("alone", {})
    parts = [_text(site, source) for source in alone.get("of", ())]
    if not parts or None in parts:
        return None
    own = name, _text(site, alone["task"])
    first = taken.setdefault((dirname(site.path), *map(str, parts)), own)
    different = first[0] != own[0] and first[1] != own[1]
    return Setting(alone["told"], place=site.place) if different else None


def _text(site: Site, source: Any) -> str | None:
    found = _setting(site, source)
    return str(effective(found)) if found is not None else None


def _setting(site: Site, source: Any) -> Setting | None:
    found = evaluate(source, plain_view(site), "text")
    told = effective(found) if found is not None else None
    return found if isinstance(found, Setting) and isinstance(told, str | int | float) else None
