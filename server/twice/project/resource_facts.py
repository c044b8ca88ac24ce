"""The queues and functions of templates, told when they are asked for, and what every other fact of a template needs to be told.

No vendor is named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.facts import NOUNS, Function, Queue, vocabulary
from twice.languages.template import Alternatives, Literal, Record, Value, written
from twice.noun import Fact
from twice.project.changes import Written
from twice.project.deployments import candidates
from twice.project.permissions import dead_letter_senders, refuses
from twice.project.readers import kept
from twice.project.resources import Owned, View, evaluate, value_at
from twice.project.sites import Site, Sites, dead_letter_targets, names_of, plain_view
from twice.text import Place
from twice.truth import UNKNOWN, Setting, effective

# A chain of dead letter queues is one long; what is longer is a circle or a mistake.
_CHAIN = 20


class Around(Struct, frozen=True):
    """What may be about any queue: a policy, or a reader, of which nobody can tell which one it means."""

    policies: bool
    reading: bool


class ResourceFacts:
    """The queues and functions of some templates. ``written`` tells how the template of each fact is changed."""

    def __init__(self, sites: Sites, entries: Mapping[str, Any], around: Around) -> None:
        self.sites = sites
        self.around = around
        self.entries = entries
        self.written: dict[Fact, Written] = {}
        self._targets = dead_letter_targets(sites)
        self._senders = dead_letter_senders(sites)
        self._told: dict[Site, Fact] = {}
        self._standing: dict[object, Site] = {}
        self._waiting: list[Site] = []

    def fact(self, site: Site) -> Fact:
        """The queue or function of a site, told once."""
        known = self._told.get(site)
        if known is not None:
            return known
        self._waiting.append(site)
        made = self._queue(site) if site.entry["is"] == "queue" else self._function(site)
        self._waiting.pop()
        self._told[site] = made
        self._standing[made] = site
        self.keep(site, made, site.entry, {})
        return made

    def target(self, scope: str, found: Value, noun: str) -> object:
        """The fact that a value means. UNKNOWN for what is not ours, and for a circle."""
        site = self.sites.find(scope, found, noun)
        if site is None or site in self._waiting or len(self._waiting) > _CHAIN:
            return UNKNOWN
        return self.fact(site)

    def view(self, site: Site, joined: Mapping[str, object] = MappingProxyType({})) -> View:
        """What the sources of the site's entry can see."""
        properties = {name: self._owned(joined[name]) for name in joined}
        return replace(plain_view(site), target=self.target, joined=joined, resources=properties)

    def _owned(self, fact: object) -> Owned:
        site = self._standing.get(fact)
        return Owned(site.scope, site.path, site.resource.properties) if site is not None else Owned("", "", None)

    def keep(self, site: Site, fact: Fact, entry: Mapping[str, Any], joined: Mapping[str, object]) -> None:
        """Notes how the template is changed so that a field of this fact is another."""
        spelling = self.entries.get(site.resource.spelling)
        names = spelling.get("names") or {} if spelling is not None else None
        body, write = site.resource.body, entry.get("write") or {}
        if write and body is not None:
            self.written[fact] = Written(Place(site.path, *body), write, joined, within="", site=site)
        elif not site.resource.generated:
            self.written[fact] = Written(site.place, write, joined, names, _places(site, write), site=site)
        elif write:
            through = {name: rule for name, rule in write.items() if "of" in rule}
            self.written[fact] = Written(site.place, through, joined)

    def own(self, site: Site) -> object:
        """The queue or function that the resource of this site is itself."""
        wanted = (other for other in self.sites.by_key[site.key] if other.entry["is"] in ("queue", "function"))
        other = next(wanted, None)
        return self.fact(other) if other is not None else UNKNOWN

    def _queue(self, site: Site) -> Queue:
        view = self.view(site)
        address = frozenset(text for source in site.entry.get("names", ()) if (text := text_of(view, source)))
        return Queue(
            place=site.place,
            name=text_of(view, site.entry.get("called")) or site.resource.title,
            kind=word_of(evaluate(site.entry["kind"], view, "value")),
            address=address,
            is_dead_letter=self._is_dead_letter(site),
            keeps_messages=(
                kept(self.sites, site, self.around.reading)
                if self._hands_on(site, view)
                else Setting(True, default=True)
            ),
            refuses=refuses(self.sites, site, self._senders.get(site.key, frozenset()), self.around.policies),
            **fields_of(site.entry.get("fields", {}), view, Queue),
        )

    def _hands_on(self, site: Site, view: View) -> bool:
        """Does it keep nothing itself? What it is told to keep may be read later by whoever subscribes."""
        found = evaluate(site.entry.get("hands_on", False), view, "truth")
        return found is not None and found.value is True

    def _is_dead_letter(self, site: Site) -> object:
        """Named as a target: yes, where dead letters can wait. One that only sounds like it may be another stack's."""
        targeted = site.key in self._targets
        if targeted and site.entry.get("holds_dead_letters"):
            return Setting(True)
        sounds = re.search(r"(?i)dlq|dead|fail|poison", " ".join((site.resource.name, *names_of(site))))
        if targeted or sounds or site.scope in self.sites.incomplete:
            return UNKNOWN
        return Setting(False, default=True)

    def _function(self, site: Site) -> Function:
        view, code = self.view(site), site.entry.get("code", {})
        environment = tuple(self._environment(site, view, code))
        places = tuple(f"{path}:{name}" for path, name in candidates(code, view))
        return Function(
            place=site.place,
            name=site.resource.title,
            code=places,
            address=frozenset(names_of(site)),
            entry=Setting(places[0], place=self._entry_place(view, code)) if places else UNKNOWN,
            environment=environment,
            **fields_of(site.entry.get("fields", {}), view, Function),
        )

    def _entry_place(self, view: View, code: Mapping[str, Any]) -> Place | None:
        """Where the template names its code."""
        found = evaluate(code["handler"], view, "value") if "handler" in code else None
        return found.place if found is not None else None

    def _environment(self, site: Site, view: View, code: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
        variables = value_at(view, code["environment"]) if "environment" in code else None
        for name, found in variables.fields.items() if isinstance(variables, Record) else ():
            queue = self.target(site.scope, found, "queue")
            if isinstance(queue, Queue):
                yield name, queue
            elif isinstance(found, Literal):  # a name may be that of anything
                yield name, str(found.value)
            else:
                yield name, self.target(site.scope, found, "function")


def _places(site: Site, write: Mapping[str, Any]) -> dict[str, Place]:
    """Where those fields are written that belong to what is around a resource."""
    view = plain_view(site)
    around = ((name, value_at(view, rule["at"])) for name, rule in write.items() if "at" in rule)
    return {name: Place(site.path, found.start, found.end) for name, found in around if found is not None}


def fields_of(entry: Mapping[str, Any], view: View, noun: type[Fact]) -> dict[str, Any]:
    """The fields of a noun that an entry speaks of."""
    known = vocabulary(noun)
    fields: dict[str, Any] = {}
    for name, source in entry.items():
        if name in known:
            kind = "value" if known[name].kind not in _KINDS else known[name].kind
            fields[name] = evaluate(source, view, kind) or Setting(UNKNOWN)
    return fields


_KINDS = frozenset({"truth", "number", "duration", "word", *NOUNS})


def word_of(found: Any) -> str:
    """The effective word of a setting, empty where there is none."""
    value = effective(found)
    return value if isinstance(value, str) else ""


def text_of(view: View, source: Any) -> str | None:
    """A property as one text; None where it is left out or one of several."""
    found = value_at(view, source) if isinstance(source, str) and source.startswith("$") else None
    if isinstance(found, Alternatives):
        return None
    return written(found) if found is not None else None
