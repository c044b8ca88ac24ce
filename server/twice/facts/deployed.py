"""What is deployed: where events wait, what is started by them, who watches. See the package for what a field can hold."""

from __future__ import annotations

from typing import Any

from twice.noun import Fact, told
from twice.truth import NONE


class Queue(Fact, frozen=True, kw_only=True, eq=False):
    """Any named place where events wait: queue, topic, stream, bucket or table that triggers."""

    kind: str = ""
    address: frozenset[str] = frozenset()
    ordered: Any = told("It keeps the order of a key, group or partition.")
    is_dead_letter: Any = told("It is the dead letter target of something.")
    retention: Any = told("How long an event lives that nobody has read, until it is lost.", "duration")
    dead_letter: Any = told("Its own dead letter target.", "queue")
    max_length: Any = told("Limit of events, or of their bytes; none = no limit.", "number")
    max_attempts: Any = told(
        "Deliveries after which it makes an event a dead letter by itself; none = it never does.", "number"
    )
    clock_keeps_running: Any = told("The age of a dead letter counts from the first publish.")
    deduplicates: Any = told("It drops a publish whose id it has seen.")
    shares_fairly: Any = told("The group id is meant for fair sharing, not for order.")
    visibility_timeout: Any = told("Time a received event stays hidden from other consumers.", "duration")
    durable: Any = told("It is still there when the broker has been started again.")
    drops_when_full: Any = told("At its limit an old event is thrown away for a new one, and nobody is told.")
    dead_letters_in: Any = told("The argument of its declaration that says where its dead letters go.", "word")
    declare_beside: Any = told("What declares another queue where it is declared itself.", "word")
    kept_by: Any = told("The arguments of a declaration by which a queue outlives its readers and its broker.", "word")
    overflow_in: Any = told("The argument of its declaration that says what happens at its limit.", "word")
    splits_between_consumers: Any = told("Each event goes to one of its consumers, not to all of them.")
    short_lived: Any = told("Its events are of no use after minutes, as its name says: one-time passwords, presence.")
    best_effort: Any = told("Its events are metrics, traces, caches or progress, as its name says.")
    one_try: Any = told("Its events are to be tried once, as its name says.")
    partitions: Any = told("How many partitions it has: more consumers of one group have nothing to do.", "number")
    refuses: Any = told(
        "The service whose dead letters it is for, and that may not send to it; none = all may.", "word"
    )
    idle_expiry: Any = told(
        "It is deleted with all it holds when nobody has read from it for so long; none = never.", "duration"
    )
    keeps_messages: Any = told("What is sent to it waits for a reader; false = nobody has subscribed, and it is lost.")
    takes_pointers: Any = told("A failed record of a stream is kept here as a pointer to it, without its content.")


class Buffer(Queue, frozen=True, kw_only=True, eq=False):
    """A queue in process memory: queue.Queue, asyncio.Queue, deque, list, executor backlog."""

    max_length_in: Any = told(
        "The argument of the call that makes it which limits its length; none = it has none.", "word"
    )


class Function(Fact, frozen=True, kw_only=True, eq=False):
    """A deployed function as the template describes it."""

    code: tuple[str, ...] = ()
    address: frozenset[str] = frozenset()
    environment: tuple[tuple[str, object], ...] = ()
    time_limit: Any = told("Its timeout.", "duration")
    max_concurrency: Any = told("Reserved concurrency or maximum instances; none = no limit.", "number")
    dead_letter: Any = told("Its own failure destination, for asynchronous invocations only.", "queue")
    entry: Any = told("The code it runs: its package and entry point.", "word")


class Subscription(Fact, frozen=True, kw_only=True, eq=False):
    """What joins a queue to a handler: event source mapping, trigger, consumer group, task registration."""

    kind: str = ""
    ordered: Any = told("Events of one key arrive in order and one at a time.")
    function: Any = told("The deployed function it invokes.", "function")
    queue: Any = told("The queue it reads.", "queue")
    acks_on_receipt: Any = told("The broker forgets the event before the handler has finished.")
    dead_letter: Any = told("Where an event goes after its last failed attempt.", "queue")
    batch_size: Any = told("Effective number of events per run.", "number")
    run_limit: Any = told("The limit after which a run that it starts is killed; none = no limit.", "duration")
    max_attempts: Any = told("Deliveries after which the platform gives up; none = no limit.", "number")
    handover_attempts: Any = told(
        "How often the sender tries to start a run for an event, before it gives up.", "number"
    )
    handover_age: Any = told("How old an event may be when the sender still tries to start a run for it.", "duration")
    redelivery_after: Any = told("Time without ack after which the event goes to somebody else.", "duration")
    max_concurrency: Any = told("Limit of parallel runs that it starts; none = no limit.", "number")
    needs_ack: Any = told("Code has to settle each event; else its normal end, or the reading itself, does.")
    partial_failures: Any = told("The platform reads the list of failed records.")
    redelivers_forever: Any = told("A failing event comes back without limit of count or age.")
    counts_throttles: Any = told("A throttled run counts as a delivery.")
    period: Any = told("How often a clock has it start a run.", "duration")
    heartbeat: Any = told(
        "How long its handler may keep the thread that answers the broker before that closes the connection; none = for ever.",
        "duration",
        usual=NONE,
    )
    starts_at_end: Any = told(
        "Where it has no position yet, or the one it had has expired, it begins with what comes next.", usual=False
    )
    starts_in: Any = told("The argument that says where it begins.", "word")
    begins_with: Any = told("What stands there for the first event that is kept.", "word")
    drops_older_than: Any = told(
        "The age at which an event that has waited is dropped unread; none = none is.", "duration"
    )
    window: Any = told("Batching window; none = it does not wait.", "duration", none=0)
    blocks_behind_failure: Any = told("Later events wait behind a failed one.")
    commits_on_close: Any = told("Closing commits the position, behind a failed record too.")
    drops_failures: Any = told("The platform goes on after an exception and does not deliver the event again.")
    filters_own_output: Any = told("A filter keeps the handler's own writes away.")
    filters_events: Any = told("A filter keeps some of the queue's events away.")
    holds_unsettled: Any = told("An event that is not settled stays with this consumer for as long as it lives.")
    holds_delayed: Any = told("Delayed events wait unacknowledged in worker memory.")
    ignores_return_value: Any = told("The return value does not settle the event.")
    awaits_handler: Any = told("A coroutine that the handler gives is awaited.")
    alive_aside: Any = told("A thread of its client tells the broker that it is alive, however busy its own code is.")
    settled_with: Any = told(
        "The statement by which its handler acknowledges; {first} and {second} are its parameters.", "word"
    )
    named_in: Any = told("The argument that names its group; none = it has none.", "word")
    durable: Any = told("Its position has a name that the next start finds again.")
    keeps_for_absent: Any = told("What is sent while nobody listens is kept for it.")
    prefetch_limit: Any = told("A statement in front of it that sets such a limit; none = there is none.", "word")
    prefetch: Any = told("Limit of events that it hands over before they are settled; none = no limit.", "number")
    lane: Any = told("The queue of a worker in which its events wait, by the name that workers know.", "word")
    is_polled: Any = told("The platform polls the queue; no asynchronous invocation is involved.")
    reads_dead_letters: Any = told("What it reads has failed before: its queue is the dead letter target of something.")
    reclaims: Any = told("Events claimed by a consumer that died come back: by the platform, or by code on a timer.")
    reads_uncommitted: Any = told(
        "It delivers the records of a transaction of the broker before it ends, and if it is aborted."
    )
    merges_copies: Any = told("It reads a topic together with the copy that another cluster has of it.")
    rewinds_on_failure: Any = told("After a failure the platform repeats everything from the failed record on.")
    shape: Any = told("The layout in which the event arrives.", "word")
    splits_batch: Any = told("The platform halves a failing batch.")


class Alarm(Fact, frozen=True, kw_only=True, eq=False):
    """A monitor of a metric. ``is_open``: what it is about is decided elsewhere, so that it may be about anything."""

    watched: tuple[Fact, ...] = ()
    is_open: bool = False
    counts_moved: Any = told("Its metric counts the events that the broker itself moves to a dead letter queue.")


class Connector(Fact, frozen=True, kw_only=True, eq=False):
    """A job of a platform that moves records between a log and another system, by settings alone: a sink or a source."""

    kind: str = ""
    is_sink: Any = told("It writes what is in topics somewhere else; false = it fills topics.")
    is_trial: Any = told("It lies among tests, examples or the settings of a developer's own machine.")
    best_effort: Any = told("What it moves are logs, metrics or traces, by the names of its topics.")
    drops_failures: Any = told("A record that it cannot convert or hand on is skipped, and nothing keeps it.")
    repeats_writes: Any = told("A record that comes again is written once more.")
    writes_without_key: Any = told("What it writes has no key by which it could be found again.")
    appends_raw: Any = told("It fills a landing zone that keeps all that comes, by the names of its topics or tables.")
    idle_setting: Any = told("A setting of it that does not do what it says; none = none is known.", "word")
    idle_because: Any = told("Why that setting does nothing, or something else.", "word")
    misses_late_rows: Any = told("It goes by time through a table, and past rows that are committed late.")
    loses_place: Any = told(
        "How the place up to which it has read, or what it needs to go on from there, can be lost, in words; none = it is kept.",
        "word",
    )
    sends_without_key: Any = told("Its records have no key of their row, so that they go to any partition.")
    reloads: Any = told("Each round reads the whole table again, and puts right what came late in the one before.")
    partitions: Any = told("How many partitions the topics get that it makes.", "number")
    identity: Any = told(
        "The setting by which it takes the offset of a record for its name; none = it does not.", "word"
    )
    copied_by: Any = told("The flow that copies a topic it reads to another cluster; none = there is none.", "flow")
    sends_deletes: Any = told("For a row that is deleted it sends a record without a value.")
    on_delete: Any = told(
        "What becomes of a record without a value, in words, where it does not remove the row; none = it handles it.",
        "word",
    )
    deletes_from: Any = told(
        "The connector that fills a topic it reads, and sends deletes there; none = none is known.", "connector"
    )
    restarts: Any = told("A task of it that has failed is started again without anybody, or somebody is told.")


class Cluster(Fact, frozen=True, kw_only=True, eq=False):
    """The brokers of a log, or workers whose state it keeps, as a file describes them."""

    brokers: Any = told("How many brokers there are.", "number")
    weak_setting: Any = told(
        "The setting by which the loss of one broker is the loss of records that were confirmed; none = there is none.",
        "word",
    )
    is_trial: Any = told("It lies among tests, examples or the settings of a developer's own machine.")


class Topic(Fact, frozen=True, kw_only=True, eq=False):
    """A topic as a file declares it for one cluster of a log."""

    partitions: Any = told("How many partitions it has in this cluster.", "number")
    forgets: Any = told("Its records are deleted after years at most, beyond a size, or when their key comes again.")
    twin: Any = told(
        "The topic of this name in another cluster that a flow copies it to, or it from, so that keys are to be found there; "
        "none = there is none.",
        "topic",
    )
    is_trial: Any = told("It lies among tests, examples or the settings of a developer's own machine.")


class Flow(Fact, frozen=True, kw_only=True, eq=False):
    """A copy of topics of one cluster that is kept in another one."""

    keeps_names: Any = told("A topic has the same name in both clusters.")
    carries_positions: Any = told("The positions of consumer groups are carried over too.")
    for_failover: Any = told("The name of an end says that consumers are to move there when the other one fails.")
    back: Any = told(
        "The flow, told of before this one, that copies the same topics back; none = there is none.", "flow"
    )


class Contract(Fact, frozen=True, kw_only=True, eq=False):
    """What a document of the repository promises about the events in a place: which they are, and what they hold."""

    kind: str = ""
    address: frozenset[str] = frozenset()
    describes_content: Any = told("It says of every event there which fields it has.")
    ordered_by: Any = told("What it says the events are ordered by; none = it promises no order.", "word")
    identified_by: Any = told("The field of all its events by which one is known again; none = it names none.", "word")
    correlated_by: Any = told(
        "Where it says the id stands that all events of one process share; none = it says nothing.", "word"
    )


class Runbook(Fact, frozen=True, kw_only=True, eq=False):
    """A document of the repository that people follow when events have to be replayed, moved or repaired by hand."""

    address: frozenset[str] = frozenset()


class App(Fact, frozen=True, kw_only=True, eq=False):
    """The application object of a task framework with its settings."""

    kind: str = ""
    runs_inline: Any = told("Tasks run in the caller's process.")
    settles_late: Any = told("Its tasks are acknowledged when they are done, unless a task says otherwise.")
    gives_back_on_stop: Any = told("A worker that is asked to stop gives back what it cannot end in time.")
    redelivers_killed: Any = told("A task whose process was killed comes back.")
    broker_evicts: Any = told("Its broker throws tasks away when its memory is full.")
    inline_switch: Any = told(
        "The expression by which the environment can say that tasks run in the caller's process.", "word"
    )
    late_switch: Any = told("Its argument by which all its tasks are acknowledged when they are done.", "word")
    killed_switch: Any = told("Its argument by which a task comes back whose process was killed.", "word")
    limit_in: Any = told("Its argument that ends each of its tasks after so many seconds.", "word")
    warning_in: Any = told(
        "Its argument that raises an error in a task after so many seconds, before it is ended.", "word"
    )
    executes_code: Any = told("Its workers take messages in a format that has code run by whoever wrote them.")
    keeps_failures: Any = told("What failed for the last time is kept somewhere, with what it was about.")


class Worker(Fact, frozen=True, kw_only=True, eq=False):
    """A process that is deployed to run handlers: a container, or another one, with a worker's command."""

    command: tuple[Any, ...] = ()
    grace: Any = told("How long it has to end after it was asked to, until it is killed.", "duration")
    replicas: Any = told("How many copies of it run at the same time.", "number")
    processes: Any = told("How many processes of the same kind each copy has, as its command says.", "number")
    copies: Any = told(
        "How many processes of it run at the same time, at the least: its replicas with their processes.", "number"
    )
    least_replicas: Any = told("How many copies are there when nothing is to be done, by what scales it.", "number")
    most_replicas: Any = told("How many copies there can be, by what scales it; none = no limit.", "number")
    scaled_by: Any = told("The queue whose length decides how many copies there are.", "queue")
    backlog_per_replica: Any = told("How many events in that queue call for one more copy.", "number")
    allows_idle_replicas: Any = told("There can be more copies than the log has partitions, which then do nothing.")
    concurrency: Any = told("How many events it works on side by side.", "number")
    pool: Any = told("In what it does so, as its command names it: processes, threads, green threads.", "word")
    prefetch: Any = told(
        "How many events its command lets it take before they are done, for each one it works on; none = it does not say.",
        "number",
    )
    queues: Any = told("The queues that it reads, as its command names them; none = it does not say.", "word")
    runs_per_process: Any = told("After how many events a process of it is made anew; none = never.", "number")
    hears_stop_signal: Any = told("It is told when its process is asked to stop, and ends what it has begun.")
    needs_signal: Any = told(
        "The signal at which it ends its work, where its process is sent another one; none = that is not what is amiss.",
        "word",
    )


class Scheduler(Fact, frozen=True, kw_only=True, eq=False):
    """A scheduler: what sends off the periodic tasks of an application when their time has come."""


class Schedule(Fact, frozen=True, kw_only=True, eq=False):
    """An entry of a timetable: a task that is put into a queue whenever its time has come, whether somebody takes it or not."""

    period: Any = told("How long it is from one run to the next, on the days on which it is due.", "duration")
    expires: Any = told("After how long a run that has waited is dropped; none = never.", "duration")
    expires_in: Any = told("Where that is written; none = it cannot be said of one entry.", "word")
    runs_in_an_hour: Any = told("How many runs an hour without a worker leaves behind.", "number")
    queue: Any = told("The queue that its runs go to.", "queue")


class Step(Fact, frozen=True, kw_only=True, eq=False):
    """A step of a workflow: of one that is defined in a file, or a call in the code of one that is run again from the top."""

    function: Any = told(
        "The function that it runs: a deployed one, or in code the argument that names it.", "function"
    )
    has_error_path: Any = told("The workflow says what it does when this step has failed for good.")
    waits_for_callback: Any = told("It waits for somebody to report back.")
    time_limit: Any = told(
        "What ends its waiting: its own limit, a missing heartbeat, or the limit of the workflow; none = nothing.",
        "duration",
    )


# The nouns that stand for resources, each at its place in a template.
DEPLOYED = (Queue, Function, Subscription, Alarm, Connector, Cluster, Topic, Flow, Worker, Step)
