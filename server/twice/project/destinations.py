"""Which queue a call sends to and a handler reads from: what code names, joined with what templates declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict, replace

from twice.facts import Buffer, Function, Queue, Subscription
from twice.noun import Fact
from twice.project.addresses import Address, addresses, identity, named_by
from twice.project.callees import Callees
from twice.project.calls import Meaning
from twice.project.declarations import Declarations
from twice.project.declared import Declared
from twice.project.fields import Evaluator
from twice.project.task_routes import dotted
from twice.project.values import Given
from twice.text import Place
from twice.truth import NONE, UNKNOWN, YES, Missing, Setting, Truth, effective

Key = tuple[str, ...]


class Question(Struct, frozen=True, eq=False):
    """What was asked of the queues, and what they answered: where a call sends to, what function it ``calls``, or without one what
    a handler reads."""

    declared: Declared | None
    meaning: Meaning | None
    makes: bool
    answer: object
    calls: bool = False


_SEPARATORS = re.compile(r"[:/]")
# How far from its end an address can hold the name of a queue: arn:...:table/NAME/stream/DATE
_LAST_PARTS = 3
_PLACEHOLDER = re.compile(r"\$?\{[^}]*\}")


class _Sent(Struct, frozen=True, eq=False):
    """What a call names as its queue: the values, the names that these are, and what else it shows of the queue."""

    meaning: Meaning
    given: tuple[Given, ...] | Missing
    addresses: tuple[Address, ...] | Missing
    shown: Mapping[str, object]


class Queues:
    """The queues of a workspace. What only code names is told here, once for each name.

    ``links`` are queues that may be the same, or are under another of their names: as hops from one to the other. ``buffers``
    are those in process memory, by the call that makes them. ``asked`` is what was asked since somebody emptied it. What would be
    told as it was ``before``, with the same evaluator, is the same fact.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        declared: Iterable[Queue] = (),
        before: Queues | None = None,
        functions: Iterable[Function] = (),
    ) -> None:
        self._callees = Callees(evaluator, functions)
        self._before = before._told if before is not None else {}
        self._evaluator = evaluator
        self._declarations = Declarations(evaluator)
        self._named: dict[tuple[str, str], list[Queue]] = {}
        self._told: dict[Key, Queue] = {}
        self._alike: dict[Key, list[Queue]] = {}
        self._aliases: dict[tuple[str, str], list[Queue]] = {}
        self._read: dict[int, tuple[Queue, ...] | Missing] = {}
        self.links: dict[tuple[Fact, Fact], Truth] = {}
        self._sent: dict[tuple[int, int], _Sent] = before._sent if before is not None else {}
        self.buffers: dict[int, Buffer] = before.buffers if before is not None else {}
        self.asked: list[Question] = []
        for queue in declared:
            for name in queue.address:
                self._named.setdefault((_kind(queue), _plain(name)), []).append(queue)

    def __iter__(self) -> Iterator[Queue]:
        return iter(self._told.values())

    def announce(self, declared: Declared) -> None:
        """A handler is there: others can send to it under the names it has."""
        found = self._reading(declared)
        spec = declared.spec.subscription.get("queue")
        if not isinstance(spec, Mapping) or "names" not in spec:
            return
        if isinstance(found, Missing) or declared.declaration is None:
            return
        listed = _listed(spec["names"])
        written = [one for one in listed if one not in ("function", "dotted")]
        named = addresses(self._evaluator, written, declared.declaration)
        usual = [declared.function.name] if "function" in listed else dotted(declared.path, declared.function.name)
        own = [one.name for one in named] if not isinstance(named, Missing) else list(usual)
        for name in own:
            self._aliases.setdefault((spec["kind"], name), []).extend(found)

    def read_by(self, declared: Declared) -> tuple[Queue, ...] | Missing:
        """The queues a handler reads: NONE when it has none, UNKNOWN when they cannot be told."""
        answer = self._reading(declared)
        self.asked.append(Question(declared, None, False, answer))
        return answer

    def still(self, asked: Iterable[Question]) -> bool:
        """Would all these questions be answered as they were?"""
        return all(self._again(one) == one.answer for one in asked)

    def _again(self, one: Question) -> object:
        if one.meaning is not None and one.calls:
            return self._callees.of(one.declared, one.meaning)
        if one.meaning is not None:
            return self._destination(one.declared, one.meaning, one.makes)
        return self._reading(one.declared) if one.declared is not None else UNKNOWN

    def _reading(self, declared: Declared) -> tuple[Queue, ...] | Missing:
        known = self._read.get(id(declared))
        if known is None:
            known = self._read[id(declared)] = self._read_by(declared)
        return known

    def destination(self, declared: Declared | None, meaning: Meaning, makes: bool) -> object:
        """The queue a call sends to: a ``Setting`` that holds it, NONE or UNKNOWN. A publish ``makes`` a queue that only code
        names; a write goes to one only where somebody reads it."""
        if not isinstance(meaning.spec.fields.get("queue"), Mapping):
            return UNKNOWN
        answer = self._destination(declared, meaning, makes)
        self.asked.append(Question(declared, meaning, makes, answer))
        return answer

    def callee(self, declared: Declared | None, meaning: Meaning) -> object:
        """The deployed function a call runs: a ``Setting`` that holds it, or UNKNOWN."""
        if "callee" not in meaning.spec.fields:
            return UNKNOWN
        answer = self._callees.of(declared, meaning)
        self.asked.append(Question(declared, meaning, False, answer, calls=True))
        return answer

    def _destination(self, declared: Declared | None, meaning: Meaning, makes: bool) -> object:
        spec = meaning.spec.fields["queue"]
        sent = self._sent_to(spec, meaning)
        given = sent.given
        if isinstance(given, Missing):
            return given
        found = self._queues(spec["kind"], sent.addresses, sent.shown, declared, makes)
        if isinstance(found, Missing):
            found = self._source_of_event(declared, given)
        if isinstance(found, Missing) or len(found) != 1:
            return UNKNOWN
        value = given[0].value
        return Setting(found[0], place=Place(given[0].frame.path, value.start, value.end))

    # --- reading -----------------------------------------------------------------------------------------------------

    def _read_by(self, declared: Declared) -> tuple[Queue, ...] | Missing:
        subscriptions = [fact for fact in declared.deployed if isinstance(fact, Subscription)]
        if subscriptions:
            found = [effective(one.queue) for one in subscriptions]
            return tuple(one for one in found if isinstance(one, Queue)) if UNKNOWN not in found else UNKNOWN
        spec = declared.spec.subscription.get("queue")
        if not isinstance(spec, Mapping) or declared.declaration is None:
            return UNKNOWN if spec is None else NONE
        if spec["name"] == "handler":
            function = declared.function
            place = Place(declared.path, function.start, function.end)
            own = Address("object", identity(declared.path, function), place)
            # The task that a class is goes by the name of the class.
            owner = function.owner if declared.spec.method else None
            return (self._tell(spec["kind"], own, (own.name,), (owner or function).name),)
        receiver = declared.receiver or declared.declaration.receiver
        named = self._named_in(spec, replace(declared.declaration, receiver=receiver))
        return self._queues(spec["kind"], named.addresses, named.shown, declared, True)

    def _source_of_event(self, declared: Declared | None, given: tuple[Given, ...]) -> tuple[Queue, ...] | Missing:
        """A destination that is read from the event itself: where that came from."""
        if declared is None or len(given) != 1:
            return UNKNOWN
        tracer = self._evaluator.tracer
        layouts = tracer.names.libraries.layouts
        for way in tracer.ways(given[0].value, given[0].frame):
            for source in way:
                layout = layouts.get(source.kind) if source.origin == "event" else None
                if layout is None or not any(".".join(source.path).endswith(path) for path in layout.sources):
                    return UNKNOWN
        return self._reading(declared)

    # --- from addresses to queues ------------------------------------------------------------------------------------

    def _sent_to(self, spec: Mapping[str, Any], meaning: Meaning) -> _Sent:
        """What a call names, which is looked for once: the code says it, whatever is deployed."""
        key = id(meaning.call), id(meaning)
        if key not in self._sent:
            self._sent[key] = self._named_in(spec, meaning)
        return self._sent[key]

    def _named_in(self, spec: Mapping[str, Any], meaning: Meaning) -> _Sent:
        if "document." in str(spec["name"]):
            return _Sent(meaning, (), addresses(self._evaluator, spec["name"], meaning), {})
        given = named_by(self._evaluator, spec["name"], meaning)
        found = addresses(self._evaluator, spec["name"], meaning) if not isinstance(given, Missing) else given
        return _Sent(meaning, given, found, self._shown(spec, meaning) if not isinstance(found, Missing) else {})

    def _queues(
        self,
        kind: str,
        found: tuple[Address, ...] | Missing,
        shown: Mapping[str, object],
        declared: Declared | None,
        makes: bool,
    ) -> tuple[Queue, ...] | Missing:
        if isinstance(found, Missing):
            return found
        functions = [fact for fact in declared.deployed if isinstance(fact, Function)] if declared else []
        queues = [self._queue(kind, one, functions, makes, shown) for one in found]
        known = tuple(queue for queue in queues if queue is not None)
        return known if len(known) == len(queues) else UNKNOWN

    def _shown(self, spec: Mapping[str, Any], meaning: Meaning) -> dict[str, object]:
        """What the call itself shows of the queue it sends to."""
        fields = {key: source for key, source in spec.items() if key not in ("kind", "name", "names")}
        told = {key: self._evaluator.field(source, meaning, "truth") for key, source in fields.items()}
        return {key: value for key, value in told.items() if effective(value) is True}

    def _queue(
        self, kind: str, address: Address, functions: list[Function], makes: bool, shown: Mapping[str, object]
    ) -> Queue | None:
        if address.how == "variable" and functions:
            deployed = self._deployed(kind, address, functions)
            if deployed is not None:
                return deployed
        if address.how == "text":
            return self._by_text(kind, address, makes, shown)
        return self._told_for(kind, address, shown, makes)

    def _deployed(self, kind: str, address: Address, functions: list[Function]) -> Queue | None:
        """What all functions that run this code have in that variable."""
        values = [dict(function.environment).get(address.name, UNKNOWN) for function in functions]
        first = values[0]
        if any(one is not first and one != first for one in values):
            return None
        if isinstance(first, Queue):
            return first if _kind(first) == kind else None
        return self._by_text(kind, Address("text", first, address.place), True) if isinstance(first, str) else None

    def _by_text(
        self, kind: str, address: Address, makes: bool, shown: Mapping[str, object] | None = None
    ) -> Queue | None:
        text = _plain(address.name)
        for part in (text, *_SEPARATORS.split(text)[: -_LAST_PARTS - 1 : -1]):
            declared = self._named.get((kind, part), [])
            known = list(dict.fromkeys(declared or self._aliases.get((kind, part), [])))
            if len(known) == 1:
                return known[0]
            if known:
                return self._one_of(kind, replace(address, name=part), declared) if makes and declared else None
        name = _SEPARATORS.split(text)[-1] if "://" in text or text.startswith("arn:") else text
        if not makes:
            return self._told.get((kind, "text", name))
        if "{}" in text:
            place = address.place
            return self._tell(kind, address, (text, place.path, str(place.start)), text, like=(kind, "text", text))
        queue = self._tell(kind, address, (name,), name)
        said = self._by_name(kind, address.name)  # the name has the first word
        more = {key: value for key, value in (shown or {}).items() if key not in said}
        return self._proven(queue, address, (name,), more) if more else queue

    def _proven(self, queue: Queue, address: Address, scope: Key, shown: Mapping[str, object]) -> Queue:
        """The same queue with what a call shows of it."""
        proven = self._tell(queue.kind, address, (*scope, *sorted(shown)), queue.name, shown)
        self.links |= {(queue, proven): YES, (proven, queue): YES}
        return proven

    def _one_of(self, kind: str, address: Address, declared: Iterable[Queue]) -> Queue:
        """The queue of a name that is declared several times, once for each place it is deployed to: it may be any of them."""
        queue = self._tell(kind, address, (address.name,), address.name)
        for one in declared:
            self._may_be(queue, one)
        return queue

    def _told_for(self, kind: str, address: Address, shown: Mapping[str, object], makes: bool) -> Queue | None:
        """A queue that is known by a variable or setting alone. A variable with an everyday name says little about other
        programs than the one that reads it there."""
        settings = self._evaluator.tracer.names.libraries.settings
        everyday = address.how == "variable" and re.fullmatch(settings.get("everyday_variables", ""), address.name)
        scope = (address.name, address.place.path) if everyday else (address.name,)
        name = address.name.rpartition(":")[2] if address.how == "object" else address.name
        if not makes:
            return self._told.get((kind, address.how, *scope))
        queue = self._tell(kind, address, scope, name, like=(kind, address.how, address.name))
        if address.fallback:
            self._may_be(queue, self._by_text(kind, Address("text", address.fallback, address.place), True))
        return self._proven(queue, address, scope, shown) if shown else queue

    def _tell(
        self,
        kind: str,
        address: Address,
        scope: Key,
        name: str,
        shown: Mapping[str, object] | None = None,
        like: Key = (),
    ) -> Queue:
        key = (kind, address.how, *scope)
        if key not in self._told:
            fields = self._by_name(kind, address.name if address.how == "text" else None) | dict(shown or {})
            if address.how == "text":
                fields |= self._declarations.of(kind, address.name)
            known = frozenset({address.name}) if address.how == "text" else frozenset[str]()
            made = Queue(place=address.place, name=name, kind=kind, address=known, **fields)
            before = self._before.get(key)
            self._told[key] = before if before is not None and asdict(before) == asdict(made) else made
            for other in self._alike.get(like, ()) if like else ():
                self._may_be(self._told[key], other)
            if like:
                self._alike.setdefault(like, []).append(self._told[key])
        return self._told[key]

    def _may_be(self, one: Queue, other: Queue | None) -> None:
        if other is not None and one is not other:
            self.links |= {(one, other): Truth.UNKNOWN, (other, one): Truth.UNKNOWN}

    def _by_name(self, kind: str, text: str | None) -> dict[str, Any]:
        """What the kind of a queue, and its name where it is written, say about it."""
        fields: dict[str, Any] = {}
        for field, source in self._evaluator.tracer.names.libraries.queues.get(kind, {}).items():
            if not isinstance(source, Mapping):
                fields[field] = Setting(source, default=True)
            elif "mentioned" in source:
                fields[field] = self._evaluator.standing(source)
            elif text is not None and not text.endswith("{}"):
                fields[field] = Setting(re.search(source["matches"], text) is not None)
        if text is not None:
            fields["best_effort"] = Setting(self._evaluator.tracer.names.libraries.nobody_misses(text))
        return fields


def _kind(queue: Queue) -> str:
    return queue.kind.removesuffix("-fifo")


def _plain(name: str) -> str:
    """A name with one sort of hole in it: ``orders-${Stage}`` in a template is ``orders-{}``."""
    return _PLACEHOLDER.sub("{}", name)


def _listed(source: Any) -> list[Any]:
    return source if isinstance(source, list) else [source]
