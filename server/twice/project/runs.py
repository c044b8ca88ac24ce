"""From a declared handler, or a function no handler reaches, to its facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice import outline as o
from twice.facts import Buffer, Client, Effect, Function, Handler, Key, Publish, Queue, Step, Subscription, vocabulary
from twice.noun import Fact
from twice.project.apps import app_of
from twice.project.batches import batch_fields, batch_of
from twice.project.client_errors import error_reads
from twice.project.comparisons import comparisons
from twice.project.course import Run
from twice.project.declared import Declared
from twice.project.destinations import Queues
from twice.project.effects import buffer_of, call_facts
from twice.project.encodings import encoded_reads
from twice.project.exits import exits
from twice.project.fields import Evaluator
from twice.project.firsts import reads_first_only
from twice.project.guards import guards
from twice.project.idle import is_idle
from twice.project.lift import lift
from twice.project.locks import locks
from twice.project.loops import commits_on_close, consume_loop
from twice.project.obscure import Obscure, obscure
from twice.project.optional import optional_reads
from twice.project.overwrites import superseded
from twice.project.parses import deserialisers
from twice.project.raw import keeps_raw_event
from twice.project.reads import reads
from twice.project.reports import reports_partial_failures, unreturned_report
from twice.project.retries import retries
from twice.project.scene import Scene, is_batch
from twice.project.settling import of_other_events
from twice.project.signatures import accepts_its_call, called_with
from twice.project.swallows import swallows
from twice.project.things import Frame
from twice.project.timetables import may_recur
from twice.project.tracked_rows import tracked_updates
from twice.project.transactions import begun, committed
from twice.project.workflows import draws, steps
from twice.relations import comes_from
from twice.text import Place
from twice.truth import NONE, UNKNOWN, YES, Missing, Setting, Truth, effective
from twice.world import Root


class Told(Struct, frozen=True, eq=False):
    """What one run says: its facts, its handler if it is one, who starts that handler, and the functions it comes through.

    Of a workflow also its ``steps``, with the functions that they run or what these go by.
    """

    facts: tuple[Fact, ...]
    handler: Handler | None = None
    runs: tuple[tuple[Fact, Fact], ...] = ()
    feeds: Mapping[tuple[Fact, Fact], Truth] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    declared: Declared | None = None
    obscure: tuple[Obscure, ...] = ()
    root: Root | None = None
    steps: tuple[tuple[Step, o.Function | str], ...] = ()

    @property
    def reached(self) -> frozenset[int]:
        return frozenset(id(frame.function) for frame in self.frames)


def tell_handler(evaluator: Evaluator, queues: Queues, declared: Declared, curious: bool = False) -> Told:
    """The facts of one handler; for those who are ``curious`` also what was not understood."""
    run = lift(
        evaluator.tracer.names,
        declared.frame,
        declared.block,
        _record_loops(evaluator),
        declared.loop is None,
        declared.rounds,
        dispatches=True,
    )
    scene = Scene(run, evaluator, queues, declared)
    if declared.spec.replayed:
        waited_for = tuple(steps(scene))
        return Told((*draws(scene), *(step for step, _ in waited_for)), frames=_frames(run), steps=waited_for)
    facts = list(_of_run(scene))
    subscriptions = _subscriptions(scene, declared)
    handler = _handler(scene, declared, subscriptions, facts)
    facts.extend(s.queue for s in subscriptions if isinstance(s.queue, Buffer))
    starters = [*subscriptions, *(fact for fact in declared.deployed if isinstance(fact, Function))]
    loop = consume_loop(scene, declared, handler)
    facts.extend([loop] if loop is not None else [])
    apps = [app_of(scene, declared)] if declared.spec.app else []
    return Told(
        (handler, *subscriptions, *apps, *facts),
        handler,
        tuple((starter, handler) for starter in (*starters, *apps)),
        dict.fromkeys(_read(queues, declared, subscriptions), YES) | _unchanged(scene, facts),
        _frames(run),
        declared,
        tuple(obscure(scene)) if curious else (),
    )


def tell_function(evaluator: Evaluator, queues: Queues, function: o.Function, path: str) -> Told:
    """The facts of a function that no handler reaches: what producers and transactions do anywhere."""
    frames, outline = evaluator.tracer.names.frames, evaluator.tracer.names.outlines[path]
    frame = frames.module_frame(path) if function is outline.module else frames.own_frame(function, path)
    run = lift(evaluator.tracer.names, frame, function.body, _record_loops(evaluator))
    name = Place(path, function.name_start, function.name_start + len(function.name.encode()))
    root = Root(function.qualified_name, name)
    return Told(tuple(_of_run(Scene(run, evaluator, queues))), frames=_frames(run), root=root)


def _read(queues: Queues, declared: Declared, subscriptions: list[Subscription]) -> Iterator[tuple[Fact, Fact]]:
    """A subscription in code that reads several queues has none of its own, but each of them feeds it."""
    found = queues.read_by(declared)
    if not declared.deployed and isinstance(found, tuple):
        yield from ((queue, subscription) for subscription in subscriptions for queue in found)


def _unchanged(scene: Scene, facts: list[Fact]) -> dict[tuple[Fact, Fact], Truth]:
    """Writes that may change nothing the second time, to where only changes make events: they need not feed it."""
    found: dict[tuple[Fact, Fact], Truth] = {}
    for fact in facts:
        queue = effective(fact.queue) if isinstance(fact, Effect) and not isinstance(fact, Publish) else None
        layout = scene.names.libraries.layouts.get(queue.kind) if isinstance(queue, Queue) else None
        if isinstance(fact, Effect) and isinstance(queue, Queue) and layout is not None and layout.only_changes:
            if effective(fact.repeatable) is True and comes_from(fact.value, ("clock", "random")) is not YES:
                found[(fact, queue)] = Truth.UNKNOWN
    return found


def _frames(run: Run) -> tuple[Frame, ...]:
    return tuple(dict.fromkeys(site.frame for site in run.sites))


def _record_loops(evaluator: Evaluator) -> Callable[[o.Value, Frame], bool]:
    return lambda source, frame: is_batch(evaluator.tracer, source, frame)


def _of_run(scene: Scene) -> Iterable[Fact]:
    found: list[Fact] = []
    others = of_other_events(scene)
    for site in scene.run.sites:
        if site.node not in others:
            found.extend(call_facts(scene, site))
    if scene.declared is not None:  # elsewhere there is no event to recognise, to lose or to answer
        found.extend((*guards(scene), *locks(scene), *exits(scene)))
        found.extend((*comparisons(scene), *reads(scene), *error_reads(scene)))
        found.extend(_sure(scene, optional_reads(scene)))
    found.extend(_sure(scene, swallows(scene)))
    found.extend(encoded_reads(scene))
    found.extend(_sure(scene, retries(scene)))
    found.extend(tracked_updates(scene))
    found.extend((*committed(scene), *begun(scene)))
    found.extend(deserialisers(scene))
    found = list(superseded(scene, found))
    return [*found, *_tools(found)]


def _sure(scene: Scene, facts: Iterable[Fact]) -> Iterable[Fact]:
    """What rests on something *not* being there is certain only where the run was read to its end."""
    return facts if scene.run.graph.whole else (replace(fact, certain=Truth.UNKNOWN) for fact in facts)


def _tools(facts: list[Fact]) -> list[Fact]:
    """The keys, clients and buffers that other facts work with."""
    tools: dict[tuple[type[Fact], Place], Fact] = {}
    for fact in facts:
        for name in ("key", "client", "buffer", "deduplicated_by"):
            tool = effective(getattr(fact, name, None))
            if isinstance(tool, Key | Client | Buffer) and tool not in facts:
                tools.setdefault((type(tool), tool.place), tool)
    return list(tools.values())


# The handler itself


def _handler(scene: Scene, declared: Declared, subscriptions: list[Subscription], facts: list[Fact]) -> Handler:
    batch = batch_of(scene, facts)
    known = vocabulary(Handler)
    fields: dict[str, Any] = {
        "keeps_raw_event": keeps_raw_event(scene),
        "answers_sender": _answers_sender(scene, declared, subscriptions),
        "renews_lease": _renews(scene),
        "watches_deadline": Setting(_watches_deadline(scene)),
        "reports_partial_failures": reports_partial_failures(batch),
        "unreturned_report": unreturned_report(batch),
        "reads_first_only": reads_first_only(batch),
        "accepts_its_call": accepts_its_call(scene),
        "called_with": called_with(scene),
        "idle": is_idle(scene),
        "soft_limit": NONE,
        "is_cut_off": Setting(any(isinstance(fact, Function) for fact in declared.deployed)),
        "recurs": Setting({effective(one.shape) for one in subscriptions} == {"schedule"}),
        **batch_fields(batch),
    }
    for name, source in declared.spec.fields.items():
        if name in known and declared.declaration is not None:
            fields[name] = scene.evaluator.field(source, declared.declaration, known[name].kind)
        elif name in known:
            fields[name] = scene.evaluator.standing(source)
    if effective(fields["recurs"]) is False and may_recur(scene.names, declared):
        fields["recurs"] = UNKNOWN  # it may be sent off by others as well
    if effective(fields["answers_sender"]) is False:
        fields.setdefault("answer_within", NONE)  # nobody waits
    fields["is_async"] = declared.function.is_async
    fields["gives_coroutine"] = _gives_coroutine(declared)
    fields["sources"] = max(1, len({s.kind for s in subscriptions}))
    fields["at_least_once"] = _at_least_once(scene, declared, subscriptions, fields.get("at_least_once", UNKNOWN))
    limits = [fact.time_limit for fact in declared.deployed if isinstance(fact, Function)]
    if limits:
        fields["time_limit"] = limits[0] if len(limits) == 1 else UNKNOWN
    return Handler(
        place=declared.place,
        name=declared.name,
        kind=declared.kind,
        step=None,
        region=scene.region(set(range(len(scene.run.graph.successors)))),
        **fields,
    )


def _answers_sender(scene: Scene, declared: Declared, subscriptions: list[Subscription]) -> object:
    """Behind a web address somebody waits; what nothing in sight starts, somebody may call and wait."""
    layout = scene.names.libraries.layouts.get(declared.kind)
    if layout is not None and layout.answered and not subscriptions:
        return Setting(True)
    known = declared.declaration is not None or (layout is not None and layout.transport != "")
    if known and not any(isinstance(fact, Function) for fact in declared.deployed):
        return Setting(False)
    waits = {effective(one.shape) == "http" for one in subscriptions}
    return Setting(waits.pop()) if len(waits) == 1 else UNKNOWN


def _gives_coroutine(declared: Declared) -> object:
    """A coroutine function, unless another decorator may call it and wait."""
    function = declared.function
    if declared.loop is not None or not function.is_async:
        return Setting(False)
    own = 1 if declared.spec.decorator else 0
    return UNKNOWN if len(function.decorators) > own else Setting(True)


def _renews(scene: Scene) -> object:
    return Setting(any(True for _ in scene.with_role("heartbeat")))


def _watches_deadline(scene: Scene) -> bool:
    """By the words of its code: of the time that is left, of a deadline."""
    words = scene.names.libraries.settings.get("deadline_words", ())
    functions = {id(site.frame.function): site.frame for site in scene.run.sites}.values()
    texts = [scene.names.outlines[f.path].data[f.function.start : f.function.end] for f in functions]
    return any(re.search(word.encode(), text) for word in words for text in texts)


def _at_least_once(scene: Scene, declared: Declared, subscriptions: list[Subscription], written: object) -> object:
    """From the library file when it says so; else: an event is repeated unless its broker forgets it on receipt."""
    if effective(written) is True or any(True for _ in scene.with_role("requeue") if declared.spec.control):
        return Setting(True)
    if written is not UNKNOWN and effective(written) is False:
        return written
    layout = scene.names.libraries.layouts.get(declared.kind)
    if not subscriptions and layout is not None and layout.at_least_once:
        return Setting(True, default=True)
    answers = {repr(effective(s.acks_on_receipt)) for s in subscriptions}
    if answers == {"False"}:
        return Setting(True)
    return Setting(False) if answers == {"True"} else UNKNOWN


def _subscriptions(scene: Scene, declared: Declared) -> list[Subscription]:
    """Those that templates have, and the one that its code declares: each knows what the other does not."""
    evaluator = scene.evaluator
    deployed = [fact for fact in declared.deployed if isinstance(fact, Subscription)]
    if not declared.spec.subscription or declared.declaration is None:
        return deployed
    known = vocabulary(Subscription)
    fields: dict[str, Any] = {}
    declaration = declared.declaration
    for name, source in declared.spec.subscription.items():
        if name in known and known[name].kind != "queue":
            fields[name] = evaluator.field(source, declaration, known[name].kind)
        elif source == "none" and name in known:
            fields[name] = NONE
    if "time_limit" in declared.spec.fields and "run_limit" not in fields:
        limit = evaluator.field(declared.spec.fields["time_limit"], declaration, "duration")
        # What nothing limits may still be quick.
        fields["run_limit"] = UNKNOWN if effective(limit) is NONE else limit
    fields["commits_on_close"] = commits_on_close(scene, declared, fields.get("commits_on_close", Setting(False)))
    read = scene.queues.read_by(declared)
    fields["merges_copies"] = _merges_copies(scene, read)
    queue = read[0] if isinstance(read, tuple) and len(read) == 1 else None
    if queue is not None:
        fields["queue"] = queue
    for name, source in declared.spec.subscription.items():
        if isinstance(source, str) and source.startswith("queue."):
            fields[name] = _of_queue(queue, source.removeprefix("queue."))
    if (buffer := buffer_of(scene, declaration.receiver)) is not None:
        fields["queue"] = buffer
    functions = [fact for fact in declared.deployed if isinstance(fact, Function)]
    if len(functions) == 1:
        fields["function"] = Setting(functions[0])
    # Who reads a queue himself gets everything that is in it.
    fields.setdefault("filters_own_output", Setting(False, default=True))
    place = _declared_at(declared)
    return [*deployed, Subscription(place=place, name=declared.name, kind=declared.kind, **fields)]


def _merges_copies(scene: Scene, read: tuple[Queue, ...] | Missing) -> object:
    """Two of its queues have one name, and one of them that of a cluster in front of it."""
    if isinstance(read, Missing):
        return read
    names = {queue.name for queue in read}
    clusters = re.compile(scene.names.libraries.settings.get("cluster_names", r"(?!)"))
    parts = (name.partition(".") for name in names)
    return Setting(any(rest in names and clusters.fullmatch(cluster) for cluster, _, rest in parts))


def _of_queue(queue: Queue | None, name: str) -> object:
    """A field of the queue that is read; what is not written there would be written there."""
    found = getattr(queue, name, UNKNOWN)
    if queue is not None and isinstance(found, Setting) and found.place is None:
        return replace(found, place=queue.place)
    return found


def _declared_at(declared: Declared) -> Place:
    """Where a subscription in code is written: the call that makes its consumer, or the one that asks a shared client for events."""
    declaration = declared.declaration
    if declaration is None or declaration.call.start >= declaration.call.end:
        return declared.place
    made = declared.receiver if declared.spec.declared == "receiver" else None
    if made is not None and made.call is not None and made.frame is not None:
        return _last_name(made.call, made.frame.path)
    return _last_name(declaration.call, declaration.frame.path)


def _last_name(call: o.Call, path: str) -> Place:
    callee = call.callee
    if isinstance(callee, o.Attribute):
        return Place(path, callee.name_start, callee.name_start + len(callee.name.encode()))
    return Place(path, callee.start, callee.end)
