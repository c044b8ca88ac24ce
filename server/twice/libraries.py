"""What the calls of libraries mean, as ``rules.library_files`` reads it from ``rules/libraries/*.yaml``. No vendor is named here.

A library file says which types a library's calls give (``types``), what its calls are (``calls``), how its clients behave
(``clients``), where its handlers are declared (``handlers``) and how its events are laid out (``events``).
The format is described in rules/libraries/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf
from typing import Any

from msgspec import Struct, field

from twice.truth import NONE, UNKNOWN

_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}

# What a call can be besides a noun of the vocabulary.
ROLES = frozenset({
    "receive", "read", "lookup", "record", "forget", "flush", "pure", "counter", "heartbeat", "tracked", "verification", "close", "endless", "limit",
    "commit", "rollback", "release", "renew", "begin", "end", "position",
})  # fmt: skip


_SPEAKING = frozenset({"publish", "transaction", "receive", "retry", "redrive", "window", "schedule", "registration"})
# What a module declares as it is imported; the other calls of its own level are those of a script that somebody runs.
_DECLARING = frozenset({"window", "schedule", "registration"})
_SPEAKING_FIELDS = frozenset({"partial_failure", "after_answer"})


class CallSpec(Struct, frozen=True):
    """One meaning of a call. ``fields`` are field names of its noun with sources (see ``project.meaning``).

    ``when`` and ``unless`` are conditions on arguments: name or position, and ``given`` or a constant.
    What ``dispatches`` calls one of the functions that its object decorates, or that those do which these methods of it take in. ``runs`` is the argument that is called: ``now``, ``later`` (deferred to the commit), ``aside`` (another task or thread)
    or ``each`` (once for each record of the batch). ``raises`` says that a conflict is an exception, so that nobody has to
    look at the answer. ``reported_to`` are the arguments that are called with the outcome. ``sent_back`` names the argument by
    which a publish can go back to where its event came from; ``on_failure_only`` says that the call has this meaning only in an
    except clause. ``variable`` is the argument that names the variable of the environment it reads, ``address`` what names the
    queue whose address it answers. ``told_by`` are the parts of its answer that tell a failure (``tested``: the answer as a whole
    in a test), ``may_tell`` those that may. A ``coroutine`` has to be awaited before its answer is there. ``amount`` is the argument
    that holds the number its object stands for, in this ``unit``; ``cron`` are those that hold the minutes and the hours at which something is due. ``plain`` are the arguments it wants in plain, ``decodes`` says that its answer is its
    argument without an encoding. ``through`` is the object that runs a function for each record and keeps its failures: an
    argument, or ``receiver``. ``kept: by_commit`` says that what a claim records lasts only once its transaction is committed;
    a guard of ``kind: possible`` excuses and never accuses. ``compared`` is the argument with the values for the names in a ``condition``. ``via`` is the method that does its work, for classes that have one of
    their own, and ``applies`` the argument that holds a decorator which this decorator applies. ``by_name`` are the names under which the function that it runs
    gets its arguments; what stands behind ``?`` is given only to a function that takes it.
    ``declares`` is the queue that a call makes at the broker: its ``kind``, ``name`` and fields. ``marks`` are the words by which the files
    are known that hold it, for a name that many other things have.
    """

    name: str
    nouns: tuple[str, ...]
    fields: Mapping[str, Any]
    when: tuple[tuple[str, Any], ...] = ()
    unless: tuple[tuple[str, Any], ...] = ()
    origin: str = ""
    passes: tuple[str, ...] = ()
    runs: str = ""
    dispatches: tuple[str, ...] = ()
    how: str = "now"
    title: str = ""
    key: Any = None
    kind: str = ""
    raises: bool = False
    library: str = ""
    reported_to: Any = None
    sent_back: str = ""
    on_failure_only: bool = False
    variable: str = ""
    address: Any = None
    told_by: tuple[str, ...] = ()
    may_tell: tuple[str, ...] = ()
    coroutine: bool = False
    amount: tuple[str, ...] | None = None
    cron: tuple[str, ...] = ()
    unit: float = 1
    via: str = ""
    applies: str = ""
    plain: tuple[str, ...] = ()
    decodes: bool = False
    through: str = ""
    kept: str = ""
    compared: str = ""
    by_name: tuple[str, ...] = ()
    declares: Mapping[str, Any] = field(default_factory=dict)
    marks: tuple[str, ...] = ()

    @property
    def matters_anywhere(self) -> bool:
        """Is it worth knowing outside handlers too?"""
        return bool(_SPEAKING & set(self.nouns)) or not _SPEAKING_FIELDS.isdisjoint(self.fields)

    @property
    def declares_anywhere(self) -> bool:
        """Is it worth knowing at the level of a module too?"""
        return not _DECLARING.isdisjoint(self.nouns)


class HandlerSpec(Struct, frozen=True):
    """One way to declare a handler: by ``decorator``; as the ``argument`` of a ``callback`` call (the first of them that is a function); as a ``loop`` around a call
    or ``over`` an object; as a ``method`` of a class with a ``base``; or by its ``signature`` (patterns of parameter names) with
    what it does with its event, or, where that does not tell, by what it is ``called``; or by being ``annotated``: the type of its only parameter, of a function or of ``__call__``, or of any parameter of a function that is ``called`` so; or where a document beside the code has it ``listed``. ``parameters`` are the library types of its parameters, ``event`` the one that carries the
    event (``all`` for a task's arguments, one name of its part for each parameter, or the argument that names it), ``bound`` the option that puts the
    framework's own object first. A loop that is ``started`` aside counts only in a thread's or task's function, ``endless`` only where it has no condition; one that asks
    a call of ``until`` whether anything is left is no handler, and ``marks`` are the words by which its files are known.
    ``deserialisers`` are the arguments of the consumer that parse an event before the handler sees it. ``retries`` are groups of
    ``options`` that ask for retries, each with the fields of a retry; one that is ``asked`` takes effect too when the handler asks
    for another try by itself. ``tried_again_for`` are the arguments that name the errors after which an event comes back, where others end it. A function that answers a web address is one only where it, or what it calls, shows one of the ``signs`` of who sends events; without a decorator or a
    ``base`` it has to make an answer, as the pattern ``answers`` tells. An event ``settles`` by a normal ``return``, by an ``ack`` of its own, or with its ``position``, which
    any later ack passes. A subscription is ``declared`` by the ``receiver`` (a consumer made for it), or by the ``call``
    on a client that does other things too. ``runs_in`` is the call that runs a callback in a loop of the library's, which an
    exception of the callback ends, ``runs_aside`` the one that does so in a thread of the library's, which nobody looks after unless its argument ``ends_told_to`` is given; ``around`` is the argument that is the class a handler runs inside of. ``error`` is the method by which
    an event says that it is an error of the client, and ``contents`` those that read what is in it. ``app_fields`` are those of the application. A function that is ``replayed`` is a workflow, and
    ``instead`` what its library has in the place of calls that it must not make."""

    kind: str
    decorator: str = ""
    callback: str = ""
    argument: str = ""
    loop: str = ""
    over: str = ""
    parameters: tuple[str, ...] = ()
    event: int | str | tuple[str, ...] = 0
    app: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    subscription: Mapping[str, Any] = field(default_factory=dict)
    library: str = ""
    control: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    bound: str = ""
    base: str = ""
    method: str = ""
    queue: str = ""
    started: str = ""
    until: tuple[str, ...] = ()
    deserialisers: tuple[str, ...] = ()
    declared: str = "receiver"
    marks: tuple[str, ...] = ()
    retries: tuple[Mapping[str, Any], ...] = ()
    settles: str = ""
    tried_again_for: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    answers: str = ""
    around: str = ""
    runs_in: str = ""
    runs_aside: str = ""
    ends_told_to: str = ""
    error: str = ""
    contents: tuple[str, ...] = ()
    annotated: str = ""
    called: str = ""
    listed: Mapping[str, Any] = field(default_factory=dict)
    app_fields: Mapping[str, Any] = field(default_factory=dict)
    replayed: bool = False
    instead: Mapping[str, str] = field(default_factory=dict)

    def is_known_by(self, words: frozenset[str]) -> bool:
        """Can it be in a file with these trigger words? Some handlers count only in files that are known by a mark."""
        return not self.marks or any(mark.rpartition(".")[2] in words for mark in self.marks)


class Layout(Struct, frozen=True):
    """How an event of one kind is laid out: the paths to its batch and payload, and the origin of its other fields.

    ``encoded`` are the ends of the paths to fields that do not come in plain, with what decodes them.

    ``optional`` are the ends of the paths to fields that some events do not have, with the type of those.

    ``sources`` are the ends of the paths to what names the queue it came from. ``only_changes`` says that a write which changes
    nothing makes no event of this kind. ``keys`` are the fields of a record, or of the event where there is no batch; ``envelope``
    those of what it looks like in a queue that it feeds, the telling one first. ``transport`` is how it comes: queue, log, push,
    task or flow. Who sends it waits for the answer where it is ``answered``."""

    kind: str
    batch: tuple[str, ...] = ()
    payload: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    marks: tuple[str, ...] = ()
    encoded: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    failure_id: tuple[str, ...] = ()
    failed_by: tuple[str, ...] = ()
    whole_position: tuple[str, ...] = ()
    failed_entry: str = ""
    failures_in: str = ""
    evident: bool = False
    at_least_once: bool = False
    only_changes: bool = False
    keys: tuple[str, ...] = ()
    envelope: tuple[str, ...] = ()
    transport: str = ""
    answered: bool = False


class AdditionSpec(Struct, frozen=True):
    """What can be put beside a resource, in the words of its template: see rules/libraries/README.md.

    ``conditions`` are those under which it can be: ``when``, ``unless`` and ``only`` of an entry for a resource; ``without`` the
    properties that must not be written.
    """

    makes: Mapping[str, Any] = field(default_factory=dict)
    sets: Mapping[str, Any] = field(default_factory=dict)
    borrows: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()


class Libraries(Struct, frozen=True):
    """All library files together. Keys of ``types``, ``calls`` and ``clients`` are dotted names; ``worded`` are calls whose first text decides, ``handed`` the ends of those
    ``types`` that a library hands to methods of its subclasses. ``additions`` are by their word, and then by the type of the resource."""

    types: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, tuple[CallSpec, ...]] = field(default_factory=dict)
    clients: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    handlers: tuple[HandlerSpec, ...] = ()
    layouts: Mapping[str, Layout] = field(default_factory=dict)
    names: tuple[tuple[str, re.Pattern[str]], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    passing: frozenset[str] = frozenset()
    settings: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Any] = field(default_factory=dict)
    additions: Mapping[str, Mapping[str, tuple[AdditionSpec, ...]]] = field(default_factory=dict)
    best_effort: tuple[str, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmistakable: Mapping[str, str | Mapping[str, Any]] = field(default_factory=dict)
    amounts: Mapping[str, Any] = field(default_factory=dict)
    settings_classes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    workers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    handed: frozenset[str] = frozenset()
    worded: frozenset[str] = frozenset()

    def nobody_misses(self, name: str) -> bool:
        """Does a name say that what it stands for is a measurement, a cache, or the like?"""
        return any(word in name.lower() for word in self.best_effort)

    def spoken(self) -> frozenset[str]:
        """The last names of calls that matter outside handlers too; functions without them need not be looked at."""
        marked = {one for spec in self.handlers if spec.marks for one in (spec.loop, spec.callback)}
        return frozenset(
            word.rpartition(".")[2]
            for name, specs in self.calls.items()
            for spec in specs
            if name not in marked and ":" not in name and spec.matters_anywhere
            for word in spec.marks or (name,)
        )

    def marked(self) -> dict[str, frozenset[str]]:
        """The last names of calls that matter outside handlers too, by the words by which their files are known."""
        found: dict[str, set[str]] = {}
        for name, specs in self.calls.items():
            for mark in (mark for spec in specs if spec.matters_anywhere for mark in spec.marks):
                found.setdefault(mark, set()).add(name.rpartition(".")[2])
        return {mark: frozenset(names) for mark, names in found.items()}

    def declaring(self) -> frozenset[str]:
        """The last names of calls that matter at the level of a module too."""
        named = (name for name, specs in self.calls.items() if any(one.declares_anywhere for one in specs))
        return frozenset(name.rpartition(".")[2] for name in named)

    def triggers(self) -> frozenset[str]:
        """The names by which a file is known to hold a handler, or a call that matters outside handlers too."""
        names = set(self.spoken())
        for spec in self.handlers:
            declared = (spec.decorator, spec.callback, spec.loop, spec.over) if not spec.marks else spec.marks
            names |= {part.rpartition(".")[2] for part in declared if part}
        return frozenset(names)


def amount(text: object) -> object:
    """A literal of a library file: durations become seconds, ``none``, ``unknown`` and ``forever`` what they say."""
    if isinstance(text, str):
        if found := _DURATION.match(text):
            return float(found[1]) * _SECONDS[found[2]]
        return {"none": NONE, "unknown": UNKNOWN, "forever": inf}.get(text, text)
    return text
