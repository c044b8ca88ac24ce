"""From templates to facts: queues, functions, subscriptions, alarms, and what joins them. No vendor is named here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice.facts import NOUNS, Alarm, Function, Queue, Step, Subscription, Worker, vocabulary
from twice.languages.template import Alternatives, Items, Literal, Record, Template, Value, written
from twice.noun import Fact
from twice.project.changes import Written
from twice.project.commands import terms
from twice.project.deployments import Deployment, candidates
from twice.project.groups import Surveyed, SurveyMemory, groups, sites_of
from twice.project.permissions import dead_letter_senders, may_be_about_any, refuses
from twice.project.readers import kept, may_read_any
from twice.project.resources import Owned, View, all_at, evaluate, value_at
from twice.project.scaling import scaled
from twice.project.sites import Site, Sites, dead_letter_targets, names_of, plain_view, unresolved
from twice.project.workers import Stopping, equipped
from twice.text import Place
from twice.truth import UNKNOWN, YES, Setting, Truth, effective

Pair = tuple[Fact, Fact]

# A chain of dead letter queues is one long; what is longer is a circle or a mistake.
_CHAIN = 20


class Infrastructure(Struct, frozen=True, eq=False):
    """What the templates of a workspace say. ``written`` tells how the template of a fact is changed (``changes.change``)."""

    facts: tuple[Fact, ...] = ()
    feeds: Mapping[Pair, Truth] = field(default_factory=dict)
    deployments: tuple[Deployment, ...] = ()
    workers: tuple[Worker, ...] = ()
    evicting: Mapping[str, Setting] = field(default_factory=dict)
    written: Mapping[Fact, Written] = field(default_factory=dict)


class Hop(Struct, frozen=True, eq=False):
    """From one queue to another: does the envelope of the first arrive there, and does a filter let only some events through?"""

    one: Queue
    other: Queue
    wraps: bool
    filters: bool


class Around(Struct, frozen=True):
    """What may be about any queue: a policy, or a reader, of which nobody can tell which one it means."""

    policies: bool
    reading: bool


class InfrastructureMemory(Struct):
    """What groups of templates said before: told again only where one of them has changed. Dropping it changes the speed only."""

    surveys: SurveyMemory = field(default_factory=SurveyMemory)
    sites: dict[tuple[Surveyed, ...], Sites] = field(default_factory=dict)
    told: dict[tuple[tuple[Surveyed, ...], Around], Infrastructure] = field(default_factory=dict)


def infrastructure(
    templates: Mapping[str, Template],
    resources: Mapping[str, Any],
    programs: Mapping[str, Any] = MappingProxyType({}),
    memory: InfrastructureMemory | None = None,
) -> Infrastructure:
    """The facts of all templates. ``resources`` is that section of the library files, ``programs`` the one of the workers: the
    same ones for one memory."""
    memory = memory or InfrastructureMemory()
    found = tuple(groups(templates, resources, memory.surveys))
    memory.sites = {group: memory.sites.get(group) or sites_of(group) for group in found}
    every = memory.sites.values()
    around = Around(any(map(may_be_about_any, every)), any(map(may_read_any, every)))
    memory.told = {
        (group, around): memory.told.get((group, around)) or _Teller(sites, resources, programs, around).tell()
        for group, sites in memory.sites.items()
    }
    return _together(memory.told.values())


def _together(parts: Collection[Infrastructure]) -> Infrastructure:
    return Infrastructure(
        tuple(fact for part in parts for fact in part.facts),
        {pair: certain for part in parts for pair, certain in part.feeds.items()},
        tuple(one for part in parts for one in part.deployments),
        tuple(one for part in parts for one in part.workers),
        _agreed(pair for part in parts for pair in part.evicting.items()),
        {fact: how for part in parts for fact, how in part.written.items()},
    )


def _agreed(told: Iterable[tuple[str, Setting]]) -> dict[str, Setting]:
    """What is said under each name; two that differ say nothing."""
    found: dict[str, Setting] = {}
    for name, setting in told:
        if found.setdefault(name, setting).value != setting.value:
            found[name] = Setting(UNKNOWN)
    return found


# --- telling ---------------------------------------------------------------------------------------------------------


class _Teller:
    """Tells the facts in the order in which they need each other: queues, functions, subscriptions, alarms."""

    def __init__(self, sites: Sites, entries: Mapping[str, Any], programs: Mapping[str, Any], around: Around) -> None:
        self.sites = sites
        self.around = around
        self.entries = entries
        self.programs = programs
        self.targets = dead_letter_targets(sites)
        self.senders = dead_letter_senders(sites)
        self.told: dict[Site, Fact] = {}
        self.standing: dict[object, Site] = {}
        self.waiting: list[Site] = []
        self.written: dict[Fact, Written] = {}

    def tell(self) -> Infrastructure:
        queues = [self.fact(site) for site in self.sites.of("queue")]
        functions = [self.fact(site) for site in self.sites.of("function")]
        hops = self._hops()
        subscriptions = list(self._subscriptions(hops))
        alarms = list(self._alarms(subscriptions))
        facts = (*queues, *functions, *subscriptions, *alarms, *self._steps(), *self._connected())
        deployments = tuple(self._deployments(subscriptions))
        feeds: dict[Pair, Truth] = {(hop.one, hop.other): YES for hop in hops}
        return Infrastructure(facts, feeds, deployments, tuple(self._workers()), self._stores(), self.written)

    def fact(self, site: Site) -> Fact:
        """The queue or function of a site, told once."""
        known = self.told.get(site)
        if known is not None:
            return known
        self.waiting.append(site)
        made = self._queue(site) if site.entry["is"] == "queue" else self._function(site)
        self.waiting.pop()
        self.told[site] = made
        self.standing[made] = site
        self._keep(site, made, site.entry, {})
        return made

    def target(self, scope: str, found: Value, noun: str) -> object:
        """The fact that a value means. UNKNOWN for what is not ours, and for a circle."""
        site = self.sites.find(scope, found, noun)
        if site is None or site in self.waiting or len(self.waiting) > _CHAIN:
            return UNKNOWN
        return self.fact(site)

    def view(self, site: Site, joined: Mapping[str, object] = MappingProxyType({})) -> View:
        properties = {name: self._owned(joined[name]) for name in joined}
        return replace(plain_view(site), target=self.target, joined=joined, resources=properties)

    def _owned(self, fact: object) -> Owned:
        site = self.standing.get(fact)
        return Owned(site.scope, site.path, site.resource.properties) if site is not None else Owned("", "", None)

    def _keep(self, site: Site, fact: Fact, entry: Mapping[str, Any], joined: Mapping[str, object]) -> None:
        spelling = self.entries.get(site.resource.spelling)
        names = spelling.get("names") or {} if spelling is not None else None
        if entry.get("write") and not site.resource.generated:
            self.written[fact] = Written(site.place, entry["write"], joined, names)
        elif entry.get("write"):
            through = {name: rule for name, rule in entry["write"].items() if "of" in rule}
            self.written[fact] = Written(site.place, through, joined)

    # the nouns

    def _queue(self, site: Site) -> Queue:
        view = self.view(site)
        address = frozenset(text for source in site.entry.get("names", ()) if (text := _text(view, source)))
        return Queue(
            place=site.place,
            name=site.resource.title,
            kind=_word(evaluate(site.entry["kind"], view, "value")),
            address=address,
            is_dead_letter=self._is_dead_letter(site),
            keeps_messages=(
                kept(self.sites, site, self.around.reading)
                if self._hands_on(site, view)
                else Setting(True, default=True)
            ),
            refuses=refuses(self.sites, site, self.senders.get(site.key, frozenset()), self.around.policies),
            **fields_of(site.entry.get("fields", {}), view, Queue),
        )

    def _hands_on(self, site: Site, view: View) -> bool:
        """Does it keep nothing itself? What it is told to keep may be read later by whoever subscribes."""
        found = evaluate(site.entry.get("hands_on", False), view, "truth")
        return found is not None and found.value is True

    def _is_dead_letter(self, site: Site) -> object:
        """Named as a target: yes, where dead letters can wait. One that only sounds like it may be another stack's."""
        targeted = site.key in self.targets
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
            else:
                yield name, str(found.value) if isinstance(found, Literal) else UNKNOWN

    def _subscriptions(self, hops: list[Hop]) -> Iterator[Subscription]:
        fed: set[object] = set()
        sites = self.sites.of("subscription")
        for site in sorted(sites, key=lambda site: bool(site.entry.get("alone"))):
            view = self.view(site, {"self": self._own(site)})
            function = evaluate(site.entry["function"], view, "function") or Setting(UNKNOWN)
            queue = evaluate(site.entry["queue"], view, "queue") or Setting(UNKNOWN)
            if site.entry.get("alone") and function.value in fed:
                continue
            if function.value is UNKNOWN and self._goes_elsewhere(site):
                continue
            fed.add(function.value)
            yield self._subscription(site, function, queue, hops)

    def _own(self, site: Site) -> object:
        wanted = (other for other in self.sites.by_key[site.key] if other.entry["is"] in ("queue", "function"))
        other = next(wanted, None)
        return self.fact(other) if other is not None else UNKNOWN

    def _goes_elsewhere(self, site: Site) -> bool:
        """What it names is a resource we know, and no function; or one of a service that has none."""
        source = site.entry["function"]
        found = value_at(plain_view(site), source) if source.startswith("$") else None
        return found is None or self.sites.find(site.scope, found, "queue") is not None or not unresolved(found)

    def _subscription(self, site: Site, function: Setting, queue: Setting, hops: list[Hop]) -> Subscription:
        view = self.view(site, {"queue": queue.value, "function": function.value, "self": self._own(site)})
        kind = self._kind(site, view, queue.value)
        entry = self.entries.get(f"{site.entry.get('through', 'subscription')} {kind}", {})
        fields = fields_of(entry.get("fields", {}), view, Subscription)
        before = [hop for hop in hops if hop.other is queue.value]
        if any(hop.wraps for hop in before):
            fields["shape"] = _wrapped(fields.get("shape"), before)
        if any(hop.filters for hop in before):
            fields["filters_own_output"] = UNKNOWN
            fields["filters_events"] = Setting(True)
        made = Subscription(
            place=site.place, name=site.resource.title, kind=kind, function=function, queue=queue, **fields
        )
        self._keep(site, made, entry, {"queue": queue.value, "function": function.value})
        return made

    def _kind(self, site: Site, view: View, queue: object) -> str:
        if site.entry["kind"] != "queue":
            return _word(evaluate(site.entry["kind"], view, "value"))
        if isinstance(queue, Queue):
            return queue.kind
        for source, kind in site.entry.get("marks", {}).items():
            if value_at(view, source) is not None:
                return str(kind.get(_text(view, source), "")) if isinstance(kind, Mapping) else str(kind)
        text = _text(view, site.entry["queue"]) or ""
        return next((kind for pattern, kind in site.entry.get("kinds", {}).items() if re.search(pattern, text)), "")

    # what joins them

    def _hops(self) -> list[Hop]:
        """From queue to queue."""
        found: list[Hop] = []
        for site in self.sites.of("hop"):
            view = self.view(site, {"self": self._own(site)})
            one, other = (evaluate(site.entry[end], view, "queue") for end in ("from", "to"))
            wraps = evaluate(site.entry["wraps"], view, "truth")
            filters = any(evaluate(source, view, "any") is not None for source in site.entry.get("filters", ()))
            ends = effective(one), effective(other)
            if isinstance(ends[0], Queue) and isinstance(ends[1], Queue):
                found.append(Hop(ends[0], ends[1], effective(wraps) is not False, filters))
        return found

    def _alarms(self, subscriptions: list[Subscription]) -> Iterator[Alarm]:
        for site in self.sites.of("alarm"):
            watched, certain = self._watched(site, subscriptions)
            fields = fields_of(site.entry.get("fields", {}), plain_view(site), Alarm)
            about = tuple(watched)
            made = Alarm(place=site.place, name=site.resource.title, watched=about, is_open=not certain, **fields)
            self._keep(site, made, site.entry, {})
            yield made

    def _watched(self, site: Site, subscriptions: list[Subscription]) -> tuple[list[Fact], bool]:
        """What an alarm is about, and whether that is all: what is decided elsewhere may be about anything."""
        found: list[Fact] = []
        certain = site.resource.properties.whole
        values = [
            value
            for source in site.entry["watches"]
            for value in all_at(site.item, source.removeprefix("$").split("."))
        ]
        for value in values:
            facts = [self.target(site.scope, value, noun) for noun in ("queue", "function")]
            known = [fact for fact in facts if isinstance(fact, Fact)]
            found += known
            certain = certain and (bool(known) or not unresolved(value))
        told = evaluate(site.entry["of_subscription"], plain_view(site), "value")
        if told is not None and told.value is True:
            found += [
                one for one in subscriptions if effective(one.function) in found and effective(one.is_polled) is True
            ]
        return list(dict.fromkeys(found)), certain

    def _steps(self) -> Iterator[Step]:
        """The steps of workflows, each where the entry says."""
        for site in self.sites.of("step"):
            view = plain_view(site)
            at = value_at(view, site.entry["at"])
            place = Place(site.path, at.start, at.end) if at is not None else site.place
            name, key = _key_of(site.resource.properties, site.item) or (site.resource.title, None)
            made = Step(place=place, name=name, **fields_of(site.entry["fields"], view, Step))
            if key is not None and not site.resource.generated:
                names = {rule["property"]: rule["property"] for rule in site.entry.get("write", {}).values()}
                self.written[made] = Written(Place(site.path, *key), site.entry.get("write", {}), {}, names)
            yield made

    def _connected(self) -> Iterator[Fact]:
        if any(self.sites.of(noun) for noun in ("connector", "flow", "cluster")):
            from twice.project.connected import connected  # few projects have any

            yield from connected(self.sites)

    def _workers(self) -> Iterator[Worker]:
        sites = dict(self._unscaled())
        for (site, _), worker in zip(sites.items(), scaled(sites.items(), self.sites, self._of_scaler), strict=True):
            self._keep(site, worker, site.entry, {})
            yield worker

    def _of_scaler(self, fields: Mapping[str, Any], site: Site) -> dict[str, object]:
        return fields_of(fields, self.view(site), Worker)

    def _unscaled(self) -> Iterator[tuple[Site, Worker]]:
        for site in self.sites.of("worker"):
            view = plain_view(site)
            words = terms((value_at(view, source) for source in site.entry["command"]), site.path)
            if words:
                fields = fields_of(site.entry.get("fields", {}), view, Worker)
                made = Worker(place=site.place, name=site.resource.title, command=words, **fields)
                signal = evaluate(site.entry.get("signal", "unknown"), view, "word")
                begins = effective(evaluate(site.entry.get("begins", False), view, "truth")) is True
                hands_on = effective(evaluate(site.entry.get("hands_on", "unknown"), view, "value"))
                yield site, equipped(made, words, Stopping(signal, begins, hands_on), self.programs)

    def _stores(self) -> dict[str, Setting]:
        """By the name of each store in memory: does it throw away what it holds when the memory is full?"""
        told = ((site, evaluate(site.entry["evicts"], plain_view(site), "truth")) for site in self.sites.of("store"))
        return _agreed((site.resource.title, evicts or Setting(UNKNOWN)) for site, evicts in told)

    def _deployments(self, subscriptions: list[Subscription]) -> Iterator[Deployment]:
        for site in self.sites.of("function"):
            function = self.told[site]
            code = tuple(candidates(site.entry.get("code", {}), self.view(site)))
            starters = [one for one in subscriptions if effective(one.function) is function]
            if code and isinstance(function, Function):
                yield Deployment(function, code, frozenset(one.kind for one in starters), (function, *starters))


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


def _wrapped(shape: object, before: list[Hop]) -> object:
    """What arrives through another queue: its envelope inside the own one; UNKNOWN when not all come that way."""
    kinds = {hop.one.kind.removesuffix("-fifo") if hop.wraps else "" for hop in before}
    return Setting(f"{kinds.pop()} in {effective(shape)}", default=True) if len(kinds) == 1 else UNKNOWN


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


def _word(found: Any) -> str:
    value = effective(found)
    return value if isinstance(value, str) else ""


def _text(view: View, source: Any) -> str | None:
    found = value_at(view, source) if isinstance(source, str) and source.startswith("$") else None
    if isinstance(found, Alternatives):
        return None
    return written(found) if found is not None else None
