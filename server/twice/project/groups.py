"""Templates that speak of each other are told together, the others each by itself: what one says costs no other a telling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from twice.languages.template import Alternatives, Items, Join, Record, Template, Unknown, Value, written
from twice.project.sites import SEPARATORS, Site, Sites, in_template, index, names_of

# What these mean of each other is not told by the names of resources: all of one sort are one group.
_TOGETHER = (("connector", "flow", "cluster", "platform", "topic", "alert"), ("worker", "scaler"))


class Surveyed(Struct, frozen=True, eq=False):
    """One template: its sites, the names of its resources, and all words that may be the name of another one's."""

    template: Template
    sites: tuple[Site, ...]
    names: frozenset[str]
    words: frozenset[str]


class SurveyMemory(Struct):
    """What was surveyed before, by template. Dropping it changes the speed only."""

    known: dict[str, Surveyed] = field(default_factory=dict)


def groups(
    templates: Mapping[str, Template], entries: Mapping[str, Any], memory: SurveyMemory | None = None
) -> Iterator[tuple[Surveyed, ...]]:
    """The templates of a workspace in groups, so that no value of one group can mean a resource of another."""
    memory = memory or SurveyMemory()
    found = {scope: _surveyed(scope, template, entries, memory) for scope, template in sorted(templates.items())}
    memory.known = found
    named: dict[str, list[str]] = {}
    for scope, one in found.items():
        for name in one.names:
            named.setdefault(name, []).append(scope)
    leaders = {scope: scope for scope in found}
    for scope, one in found.items():
        for word in one.words:
            for other in named.get(word, ()):
                _join(leaders, scope, other)
    for nouns in _TOGETHER:
        alike = [scope for scope, one in found.items() if any(site.entry["is"] in nouns for site in one.sites)]
        for scope in alike:
            _join(leaders, alike[0], scope)
    grouped: dict[str, list[Surveyed]] = {}
    for scope, one in found.items():
        grouped.setdefault(_leader(leaders, scope), []).append(one)
    yield from (tuple(group) for group in grouped.values())


def sites_of(group: Sequence[Surveyed]) -> Sites:
    """How the resources of a group are found."""
    sites = [site for one in group for site in one.sites]
    templates = {one.sites[0].scope: one.template for one in group if one.sites}
    incomplete = frozenset(scope for scope, template in templates.items() if not template.whole)
    return index(sites, incomplete, {scope: one.shown for scope, one in templates.items() if one.shown})


def _surveyed(scope: str, template: Template, entries: Mapping[str, Any], memory: SurveyMemory) -> Surveyed:
    known = memory.known.get(scope)
    if known is not None and (known.template is template or known.template == template):
        return known
    sites = tuple(in_template(scope, template, entries))
    names = frozenset(name for site in sites for name in names_of(site))
    values = (resource.properties for site in sites[:1] for resource in site.around.values())
    return Surveyed(template, sites, names, frozenset(word for value in values for word in _words(value)))


def _words(found: Value) -> Iterator[str]:
    """The parts of every text in a value."""
    text = None if isinstance(found, Unknown) else written(found)
    if text:  # a name with a placeholder in it means something in its own template only
        yield from (part for part in SEPARATORS.split(text) if part and "$" not in part)
    inner: Sequence[Value] = ()
    match found:
        case Record(fields=fields):
            inner = tuple(fields.values())
        case Items(items=inside) | Join(parts=inside) | Alternatives(options=inside):
            inner = inside
    for one in inner:
        yield from _words(one)


def _leader(leaders: dict[str, str], scope: str) -> str:
    while leaders[scope] != scope:
        leaders[scope] = scope = leaders[leaders[scope]]
    return scope


def _join(leaders: dict[str, str], one: str, other: str) -> None:
    one, other = sorted((_leader(leaders, one), _leader(leaders, other)))
    leaders[other] = one
