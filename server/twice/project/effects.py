"""Calls to facts: what the library files say of a call, with its fields evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from twice import outline as o
from twice.facts import (
    NOUNS,
    Ack,
    Buffer,
    Client,
    Effect,
    Handover,
    Increment,
    Insert,
    Overwrite,
    Parse,
    Producer,
    Publish,
    Queue,
    Redrive,
    Registration,
    Reject,
    Requeue,
    Retry,
    Schedule,
    Transaction,
    Wait,
    vocabulary,
)
from twice.noun import Fact
from twice.project.asking import tests_of
from twice.project.attempts import counts_attempts, gives_back, is_sent_back
from twice.project.best_effort import is_best_effort
from twice.project.calls import Meaning, meanings
from twice.project.carried import carried_row
from twice.project.claims import claim
from twice.project.clusters import of_other_cluster
from twice.project.constants import literal_text
from twice.project.counters import is_counter
from twice.project.course import Site
from twice.project.entities import entity_fields
from twice.project.event_times import event_time
from twice.project.given import argument
from twice.project.handovers import handover_fields
from twice.project.keys import key_of
from twice.project.ordering_keys import is_one_of_keys, may_share
from twice.project.outcomes import outcome_checked
from twice.project.overwrites import adds_to_stored, overwrite_fields
from twice.project.parses import executes_code, failure_handled, parses_event
from twice.project.publishes import publish_fields
from twice.project.refusals import refused_by
from twice.project.registrations import registration_fields
from twice.project.returning import failure_returns_event
from twice.project.scene import Scene, callee_place, callee_text, way_to
from twice.project.schedules import backlog
from twice.project.settling import batch_around, covers_unprocessed, record_at, settles_this_event
from twice.project.things import Frame, Instance
from twice.project.transactions import holds_position
from twice.project.values import Given
from twice.project.waits import wait_fields
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting, effective

# Nouns that another extractor makes, because one call does not decide them.
_ELSEWHERE = frozenset({"guard", "swallow", "lock", "step"})

# Nouns that lie around steps.
_ENCLOSING = frozenset({"transaction", "retry"})

_USUAL: Mapping[type[Fact], Mapping[str, object]] = {
    Effect: {
        "best_effort": False,
        "repeatable": False,
        "condition": NONE,
        "can_fail": True,
        "external": False,
        "failure_in_answer": False,
        "of_other_cluster": False,
        "partial_failure": NONE,
        "check": NONE,
    },
    Publish: {
        "outcome_comes_later": False,
        "deferred": False,
        "in_database": False,
        "delay": NONE,
        "ordered_by": NONE,
        "deduplicated_by": NONE,
        "collect": NONE,
        "flush": NONE,
        "cause_in": NONE,
    },
    Retry: {"redelivers": False, "before_sending": False},
    Ack: {"record_needs": NONE},
}


def call_facts(scene: Scene, site: Site) -> Iterator[Fact]:
    """The facts of one step: one for each noun that its meanings name."""
    for meaning in site.meanings:
        for noun in meaning.spec.nouns:
            if noun in NOUNS and noun not in _ELSEWHERE and _is_so_here(scene, site, meaning, noun):
                adds = noun == "overwrite" and adds_to_stored(scene, meaning)
                yield made(scene, site, meaning, Increment if adds else NOUNS[noun])
        if scene.declared is not None and is_sent_back(scene, site, meaning):
            yield made(scene, site, meaning, Requeue)


def _of_its_event(scene: Scene) -> object:
    """The only queue that a handler reads."""
    found = scene.queues.read_by(scene.declared) if scene.declared is not None else UNKNOWN
    return found[0] if isinstance(found, tuple) and len(found) == 1 else UNKNOWN


def _is_so_here(scene: Scene, site: Site, meaning: Meaning, noun: str) -> bool:
    """Some calls are what their library says only in a certain place. What is entered has been called just before."""
    if site.kind == "with" and isinstance(site.what, o.Call | o.Await):
        return noun in _ENCLOSING
    if noun == "parse":
        return parses_event(scene, site)
    if issubclass(NOUNS[noun], Ack) and not settles_this_event(scene, site):
        return False
    if (
        noun == "increment" and "guard" in meaning.spec.nouns
    ):  # a counter whose answer tells copies apart changes nothing else
        return claim(scene, site, meaning, tests_of(scene)) is None
    if noun == "transaction":
        return site.kind in ("with", "decorated")
    return noun != "requeue" or gives_back(scene, site, meaning)


def made(scene: Scene, site: Site, meaning: Meaning, noun: type[Fact], **more: Any) -> Fact:
    """One fact of a call, with its own fields evaluated and ``more`` laid over them."""
    fields: dict[str, Any] = {}
    for kind, usual in _USUAL.items():
        if issubclass(noun, kind):
            fields.update(usual)
    known = vocabulary(noun)
    for name, source in meaning.spec.fields.items():
        if name in known and known[name].kind not in ("queue", "function"):
            fields[name] = scene.evaluator.field(source, meaning, known[name].kind)
    if issubclass(noun, Effect):
        fields.update(_of_effect(scene, site, meaning, noun, fields))
    if issubclass(noun, Overwrite):
        fields.update(overwrite_fields(scene, site, meaning, fields))
    if issubclass(noun, Wait):
        client = client_of(scene, meaning)
        fields.update(wait_fields(scene, site, meaning, fields), client=client, **_limits_of(client))
    if issubclass(noun, Buffer):
        fields.update(_of_buffer(fields))
    if issubclass(noun, Registration):
        fields.update(registration_fields(scene, site, meaning, fields))
    if issubclass(noun, Schedule):
        fields.update(backlog(fields))
    if issubclass(noun, Redrive | Schedule):
        fields["queue"] = scene.queues.destination(scene.declared, meaning, False)
    if issubclass(noun, Handover):
        buffer = buffer_of(scene, meaning.receiver)
        fields.update(handover_fields(scene, site, meaning, fields, buffer), buffer=buffer)
    if issubclass(noun, Ack):
        written = fields.get("covers_unprocessed", Setting(False, default=True))
        fields["covers_unprocessed"] = covers_unprocessed(scene, site, written)
        fields["record"] = record_at(scene, site, fields.get("record", NONE))
        fields["batch"] = batch_around(scene, site)
        fields["reacts_to_failure"] = _reacts_to_failure(scene, site)
    if issubclass(noun, Reject):
        fields["queue"] = _of_its_event(scene)
    if issubclass(noun, Requeue) and "counts_attempts" not in fields:
        fields["counts_attempts"] = counts_attempts(scene, site)
    if issubclass(noun, Transaction) and effective(fields.get("of_broker")) is True:
        fields["holds_position"] = holds_position(scene)
        fields["of_other_cluster"] = of_other_cluster(scene, meaning.receiver)
    if issubclass(noun, Parse):
        fields["executes_code"] = executes_code(scene, site, fields.get("executes_code", UNKNOWN))
    if issubclass(noun, Parse) and "failure_handled" not in fields:
        fields["failure_handled"] = failure_handled(scene, site)
    fields.update(more)
    data = scene.names.outlines[site.frame.path].data
    given = _called_by_its_maker(data, meaning.call, meaning.frame) if issubclass(noun, Buffer) else ""
    return noun(
        place=_place(site, meaning),
        name=given or meaning.spec.title or callee_text(meaning.call, data),
        step=scene.step(site),
        region=scene.region(site.inside) if site.inside else None,
        way=way_to(site.frame),
        **fields,
    )


def _place(site: Site, meaning: Meaning) -> Place:
    what = site.what
    if isinstance(what, o.Call):
        return callee_place(what, site.frame.path)
    return Place(site.frame.path, what.start, what.end)


def _of_effect(scene: Scene, site: Site, meaning: Meaning, noun: type[Fact], fields: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"client": client_of(scene, meaning, Producer if issubclass(noun, Publish) else Client)}
    if "key" not in fields:
        found["key"] = key_of(scene, site, meaning) if _carries_key(meaning) else NONE
    refused = any("registration" in other.spec.nouns for other in site.meanings)  # where it is there already
    if refused or (effective(fields.get("external")) is True and _may_be_repeatable(scene, meaning)):
        found["repeatable"] = UNKNOWN
    if issubclass(noun, Insert) and refused_by(scene, site) is not None:
        found["repeatable"] = Setting(True)  # the row of a copy is refused
    found["outcome_checked"] = outcome_checked(scene, site, meaning)
    found["failure_returns_event"] = failure_returns_event(scene, site, meaning)
    found["event_time"] = event_time(scene, site)
    if scene.evaluator.making(meaning.receiver, "cluster") is not None:
        found["of_other_cluster"] = of_other_cluster(scene, meaning.receiver)
    found["callee"] = scene.queues.callee(scene.declared, meaning)
    found["reacts_to_failure"] = _reacts_to_failure(scene, site)
    found["queue"] = scene.queues.destination(scene.declared, meaning, issubclass(noun, Publish))
    if is_best_effort(scene, site, meaning, effective(found["queue"]), effective(found["reacts_to_failure"]) is True):
        found["best_effort"] = True
    if issubclass(noun, Increment) and is_counter(scene, meaning):
        found["best_effort"] = True
    if may_share(scene, fields.get("ordered_by"), effective(found["queue"])) or is_one_of_keys(scene, meaning):
        found["ordered_by"] = UNKNOWN
    if issubclass(noun, Publish):
        found["drops_copies"] = _drops_copies(scene, meaning, effective(found["queue"]))
        found["to_dead_letters"] = _to_dead_letters(scene, effective(found["queue"]))
        found["to_retry_lane"] = _to_retry_lane(scene, effective(found["queue"]))
        found["to_one_partition"] = _to_one_partition(effective(found["queue"]))
        found.update(publish_fields(scene, site, meaning.spec.fields, fields))
        found.update(entity_fields(scene, site, effective(found["queue"])))
        found.update(carried_row(scene, site, effective(found["queue"])))
    return found


def _reacts_to_failure(scene: Scene, site: Site) -> Setting:
    return Setting(any(site.node in clause.then for clause in scene.run.sites if clause.kind == "except"))


def _drops_copies(scene: Scene, meaning: Meaning, queue: object) -> object:
    """An argument that only such queues take tells it of a queue whose name is not known."""
    source = meaning.spec.fields.get("queue")
    said = source.get("deduplicates") if isinstance(source, Mapping) else None
    own = scene.evaluator.field(said, meaning, "truth") if said is not None else UNKNOWN
    if effective(own) is True:
        return own
    return queue.deduplicates if isinstance(queue, Queue) else UNKNOWN


def _to_dead_letters(scene: Scene, queue: object) -> object:
    if not isinstance(queue, Queue):
        return UNKNOWN
    pattern = scene.names.libraries.settings.get("dead_letter_names", r"(?!)")
    if effective(queue.is_dead_letter) is True or re.search(pattern, queue.name):
        return Setting(True)
    return queue.is_dead_letter


def _to_one_partition(queue: object) -> object:
    """Only who declares a queue can say so: nobody has seen to it where that is done elsewhere."""
    told = queue.partitions if isinstance(queue, Queue) else None
    if not isinstance(told, Setting):
        return Setting(False, default=True)
    return Setting(told.value == 1, place=told.place) if told.value is not UNKNOWN else UNKNOWN


def _to_retry_lane(scene: Scene, queue: object) -> object:
    pattern = scene.names.libraries.settings.get("retry_names", r"(?!)")
    return Setting(re.search(pattern, queue.name) is not None) if isinstance(queue, Queue) else UNKNOWN


def _carries_key(meaning: Meaning) -> bool:
    """The key of a claim tells copies apart by itself, and that of a row names what is written: the effect carries none."""
    return not {"guard", "insert", "record"} & set(meaning.spec.nouns)


def _may_be_repeatable(scene: Scene, meaning: Meaning) -> bool:
    """A request to an address whose last words say that it asks, for a token, for what a search finds; or that it brings
    something into a state, in which the second request finds it."""
    given = argument(scene.names, meaning.call, meaning.frame, "$url@0")
    if not isinstance(given, Given):
        return False
    settings = scene.names.libraries.settings
    harmless = (*settings.get("asking_urls", ()), *settings.get("setting_urls", ()))
    built_of = given.value.arguments if isinstance(given.value, o.Call) else ()
    literals = (literal_text(scene.names, value, given.frame) for value in (given.value, *(a.value for a in built_of)))
    texts = (scene.text(given.value, given.frame), *(text for text in literals if text))
    paths = [text.rstrip("/").rpartition("//")[2] for text in texts]
    return any(re.search(pattern, path) for pattern in harmless for path in paths)


def client_of(scene: Scene, meaning: Meaning, noun: type[Client] = Client) -> Client | None:
    """The client an operation works with, when its making is seen."""
    receiver = meaning.receiver
    if receiver is None or receiver.call is None or receiver.frame is None:
        return None
    known = vocabulary(noun)
    fields: dict[str, Any] = {name: scene.evaluator.client(receiver, name, word.kind) for name, word in known.items()}
    data = scene.names.outlines[receiver.frame.path].data
    return noun(
        place=callee_place(receiver.call, receiver.frame.path),
        name=callee_text(receiver.call, data),
        kind=receiver.kind.name if hasattr(receiver.kind, "name") else "",
        **fields,
    )


def _limits_of(client: Client | None) -> dict[str, Any]:
    """The argument by which the client gets its limit, at the call that makes it, and what is given there."""
    argument = effective(client.limited_by) if client is not None else NONE
    if client is None or not isinstance(argument, str):
        return {"limited_through": NONE}
    told = Setting(argument, place=client.place)
    return {"limited_through": told, "limit": client.limit, "limit_needs": client.limit_needs}


def _of_buffer(fields: dict[str, Any]) -> dict[str, Any]:
    """A limit of zero or less means no limit for the buffers of the standard library."""
    limit = fields.get("max_length")
    if isinstance(limit, Setting) and isinstance(limit.value, int | float) and limit.value <= 0:
        return {"max_length": Setting(NONE, limit.default, limit.place)}
    return {}


def buffer_of(scene: Scene, receiver: Instance | None) -> Buffer | None:
    """The in-process queue a hand-over goes to, from the call that made it: one for each such call."""
    if receiver is None or receiver.call is None or receiver.frame is None:
        return None
    known = scene.queues.buffers
    if id(receiver.call) not in known:
        for meaning in meanings(scene.names, receiver.call, receiver.frame):
            if "buffer" in meaning.spec.nouns:
                found = made(scene, Site("call", 0, receiver.call, receiver.frame), meaning, Buffer)
                assert isinstance(found, Buffer)
                known[id(receiver.call)] = replace(found, step=None)
    return known.get(id(receiver.call))


def _called_by_its_maker(data: bytes, call: o.Call, frame: Frame) -> str:
    """What the code that makes an object calls it: ``jobs``, ``self.jobs``."""
    for statement in frame.function.statements:
        if isinstance(statement, o.Assign) and statement.value is call and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, o.Name | o.Attribute):
                return data[target.start : target.end].decode("utf-8", "replace")
    return ""
