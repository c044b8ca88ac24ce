"""What code does when an event arrives. See the package for what a field can hold."""

from __future__ import annotations

from typing import Any

from twice.facts.deployed import Buffer
from twice.facts.effects import Client, Key
from twice.noun import Fact, told


class Handler(Fact, frozen=True, kw_only=True, eq=False):
    """A function that runs because an event arrived: callback, task, body of a consume loop, webhook route."""

    kind: str = ""
    at_least_once: Any = told("It can run twice for one event: decided from source, ack mode and retry settings.")
    time_limit: Any = told("The shortest limit after which it is killed or cancelled; none = no limit.", "duration")
    soft_limit: Any = told(
        "The limit after which an exception in it says that its time is over; none = there is none.", "duration"
    )
    hard_limit: Any = told("The limit after which its process is killed; none = there is none.", "duration")
    keeps_raw_event: Any = told("The raw event is stored durably or queued before anything else.")
    reports_partial_failures: Any = told("When records failed, it returns a well-formed list of them.")
    answers_sender: Any = told("The sender waits for its answer: webhook, push endpoint.")
    answer_within: Any = told("Who sends the event takes a later answer for a failure.", "duration")
    checks_sender: Any = told("It makes sure that the event comes from who is said to send it.")
    watches_deadline: Any = told("It asks how much time is left, or ends in time by itself.")
    renews_lease: Any = told("It extends its lease while it works.")
    goes_on_after_failure: Any = told("After one record failed it works on the next record of the batch.")
    rate_limit_per_worker: Any = told(
        "How many runs of it one worker begins in a time, each worker by itself; none = no limit.", "word"
    )
    is_cut_off: Any = told("The platform ends a run that takes too long, whatever the code does.")
    recurs: Any = told("It runs at set times: what one run did not do is there for the next one.")
    idle: Any = told("It does nothing that can fail: it logs what came and settles it.")
    is_async: Any = told("Its body runs on an event loop.")
    gives_coroutine: Any = told("Calling it runs nothing: it gives a coroutine that somebody has to await.")
    failure_fails_batch: Any = told("An exception of one record fails its neighbours.")
    record_loop: Any = told(
        "The only loop over the records of its batch, as they come, in the function itself.", "value"
    )
    failed_entry: Any = told(
        "The entry of a failed record, by that loop's name for it, in an answer that lists them.", "word"
    )
    failures_in: Any = told("The key under which an answer lists the records that failed.", "word")
    raises_when_all_fail: Any = told("It raises when every record of the batch has failed.")
    reads_first_only: Any = told("It takes one element of the batch and never iterates.")
    processor: Any = told("The object that runs the records of a batch one by one; none = it does so itself.", "value")
    ordered_processor: Any = told("What keeps the order in the place of its processor; none = nothing known.", "word")
    unreturned_report: Any = told("The list of failed records it computes last and does not return.", "value")
    accepts_its_call: Any = told(
        "It, or the function that is run for each record, takes the arguments it is called with."
    )
    called_with: Any = told("The name by which its first parameter is given; none = it has such a parameter.", "word")
    sources: Any = told("How many different kinds of source feed it.", "number")


class Guard(Fact, frozen=True, kw_only=True, eq=False):
    """A check or claim that recognises an event seen before."""

    key: Key | None = None
    durable: Any = told("It outlives the process and is shared by all instances.")
    window_in: Any = told("The argument that says for how many seconds it remembers; none = it has none.", "word")
    has_state: Any = told("It tells in progress from done.")
    window: Any = told("How long it remembers; none = for ever.", "duration")
    atomic: Any = told("Check and record are one operation.")
    claims: Any = told("It records the event before the work.")
    released_on_failure: Any = told("A failure after the claim removes it and the event comes back.")
    recorded: Any = told("The function that checks records as well, at one place.")
    lock: Any = told(
        "The head of a block that only one run at a time is in, by the key of a check; none = its store has no such.",
        "word",
    )
    release: Any = told("A statement that takes a claim back; none = a short one does not do.", "word")
    deadline: Any = told("The moment from which a claim in progress is void; none = it has none.", "duration")
    deadline_set: Any = told(
        "A statement for the head of the handler that gives claims one; none = there is none.", "word"
    )
    config_applied: Any = told("The options given for it are those by which its store works.")
    store_in: Any = told("The argument that names its store; none = it has none.", "word")
    refuses_by: Any = told("The argument by which an event without a key is refused; none = it has none.", "word")
    checks_payload: Any = told("A copy whose content differs from what was seen under its key is refused.")
    payload_in: Any = told(
        "The argument that says which part of the event is compared as well; none = it has none.", "word"
    )
    requires_key: Any = told("An event without a key is refused; false = it is handled without being recognised.")
    settles_copies: Any = told("A copy that it recognises is settled without work; false = it is given back or raises.")


class Lock(Fact, frozen=True, kw_only=True, eq=False):
    """Mutual exclusion over processes or threads."""

    key: Any = told("Its name.", "value")
    expiry: Any = told("After which it is free; none = never, even when the holder died.", "duration")
    expires_by: Any = told("The argument that says after how many seconds it is free; none = it has none.", "word")
    renewed: Any = told("Its holder gives it more time while it works.")
    checks_token: Any = told("Letting go of it looks first whether it is still one's own.")


class Swallow(Fact, frozen=True, kw_only=True, eq=False):
    """A place where a failure ends quietly: broad except, suppress, ack in finally, uninspected gather."""

    leaves_trace: Any = told("The error is logged, raised, or kept.")
    keeps_event: Any = told("The event is stored, dead-lettered, requeued or reported as failed there.")
    catches_control: Any = told("It also catches the framework's retry or time-limit signal.")
    control: Any = told("The error by which the framework is told to try again; none = it is not caught here.", "word")
    catches_outage: Any = told("It catches time-outs and lost connections, and no earlier clause does.")
    others_follow: Any = told(
        "It ends one round of a loop within the event, and the other rounds are made all the same."
    )
    expected: Any = told("It catches only the error that means `already done`, or another one the author expects.")


class Ack(Fact, frozen=True, kw_only=True, eq=False):
    """A settlement of the event: ack, delete, commit, checkpoint."""

    record_in: Any = told("The argument that says which record is done; none = it has none.", "word")
    record: Any = told(
        "What that argument is for the record at hand, in the loop over its batch; none = it has no name there.", "word"
    )
    record_needs: Any = told("What has to be imported for that; none = nothing.", "word")
    batch: Any = told("It stands in a loop over its batch.")
    covers_unprocessed: Any = told("It also settles events of its batch that have not been handled.")
    asked_by: Any = told(
        "The function by which another thread has it made, behind what it is called on; none = there is none.", "word"
    )
    bound_to_thread: Any = told("Only the thread that its connection belongs to may make it.")
    reacts_to_failure: Any = told("It stands in an except clause, or in what one calls.")


class Requeue(Ack, frozen=True, kw_only=True, eq=False):
    """An ack that gives the event back for another try: nack, abandon, seek back, framework retry."""

    counts_attempts: Any = told("An attempt counter is read and compared.")
    ended_by: Any = told("The argument that refuses the event for good where it is False; none = it has none.", "word")


class Reject(Ack, frozen=True, kw_only=True, eq=False):
    """An ack that refuses the event without another try."""

    deletes: Any = told("The refused event is gone: nothing takes it as a dead letter.")
    queue: Any = told("The queue that its event came from.", "queue")


class Retry(Fact, frozen=True, kw_only=True, eq=False):
    """Repetition of a call or handler by decorator, client, framework setting or loop."""

    attempts: Any = told("How often; none = limited neither in number nor in time.", "number")
    delay: Any = told("Wait between attempts; none = no wait.", "duration", none=0)
    takes_effect: Any = told("The setting is honoured where it is written.")
    redelivers: Any = told("The platform runs the whole handler again; false = the code repeats a step by itself.")
    before_sending: Any = told("It answers only to errors that are raised before anything has been sent.")
    on_outage: Any = told("It tries again after a time-out or a lost connection, in the same run.")
    on_any_error: Any = told("It tries again after every error, those of bad data too.")
    errors_in: Any = told("The argument that names the errors after which it tries again; none = it has none.", "word")
    ends_by: Any = told("The argument that ends it; none = it has none.", "word")
    end: Any = told("The function that makes that argument of a number of attempts; none = a number does.", "word")
    pauses_by: Any = told("The argument that makes it wait between attempts; none = it has none.", "word")
    pause: Any = told("The function that makes that argument, by its dotted name.", "word")
    needs: Any = told("What it does nothing without; none = it needs nothing else.", "word")


class Transaction(Fact, frozen=True, kw_only=True, eq=False):
    """A database transaction, or a broker transaction."""

    of_broker: Any = told("It is the broker's, not a database's.")
    holds_position: Any = told("The position that its handler has read up to is committed with it.")
    of_other_cluster: Any = told("It is one of another cluster than that which its handler reads from.")
    after_commit: Any = told("The function that makes another call once this transaction has committed.", "word")


class Wait(Fact, frozen=True, kw_only=True, eq=False):
    """A call that can block: client call, sleep, lock acquire, result of a task, long poll."""

    client: Client | None = None
    timeout: Any = told("Limit of one attempt after all defaults; none = for ever.", "duration")
    limited_by: Any = told("The argument of the call that sets its limit; none = it takes none.", "word")
    limited_through: Any = told("The argument by which its client is given that limit; none = none is known.", "word")
    limit: Any = told("What that argument is for a limit of ten seconds.", "word")
    limit_needs: Any = told("What has to be imported for that; none = nothing.", "word")
    duration: Any = told("How long it is meant to block; none = it is not meant to.", "duration", none=0)
    blocks_loop: Any = told("It blocks the event loop.")
    for_task: Any = told("It waits for the result of a task.")
    remote: Any = told("Another machine has to answer.")
    worst_case: Any = told("Its limit times the attempts of its client, without pauses; none = for ever.", "duration")
    for_each_record: Any = told("It is done once for each record of a batch, one after the other.")
    is_pause: Any = told("It does nothing but wait: a sleep.")
    holds_event: Any = told("The event at hand is settled only after it, so that nobody else can have it meanwhile.")


class Handover(Fact, frozen=True, kw_only=True, eq=False):
    """Work given to another task, thread, pool or buffer."""

    buffer: Buffer | None = None
    awaited: Any = told("It is finished when the handler settles.")
    bounded: Any = told("A semaphore or fixed pool limits it.")
    parallel: Any = told("Two events of one key can run side by side.")
    count: Any = told("What it starts all at once has one entry for each of these.", "value")
    joined: Any = told("The code that hands it over waits for its end, settled or not.")
    other_thread: Any = told("It runs in another thread or process than the handler.")
    after_answer: Any = told(
        "It begins, or goes on, when the answer has been sent, in the memory of the process that sent it."
    )


class Read(Fact, frozen=True, kw_only=True, eq=False):
    """An access to a field of the event."""

    still_encoded: Any = told("It is used as the source encoded it: base64, URL.")
    may_be_error: Any = told("What is read can be an error of the client in the place of an event.")
    error_test: Any = told("What is true of an error; none = its name is not known before.", "word")
    checked: Any = told("Code asks before whether it is one, or whether it is there.")
    missing_in: Any = told("The type of those events that do not have it; none = all of them have it.", "word")
    absence: Any = told(
        "A test that tells a record without it, in the loop over them; none = it is not read in one.", "word"
    )
    decoder: Any = told("The function that gives it in plain, by its dotted name.", "word")
    shape: Any = told("The layout this access expects.", "word")


class Parse(Fact, frozen=True, kw_only=True, eq=False):
    """A step that turns bytes into a value: deserialiser, model, decode."""

    failure_handled: Any = told("Bad data takes another way than an outage.")
    safe_in: Any = told("The argument that says what may be made of them; none = it has none.", "word")
    safe: Any = told("What makes nothing but plain values, by its dotted name.", "word")
    executes_code: Any = told("Whoever wrote the bytes can have code run by it.")


class Loop(Fact, frozen=True, kw_only=True, eq=False):
    """A loop that consumes or publishes."""

    survives_failure: Any = told("An exception of one message does not end it.")
    end_is_noticed: Any = told("The process ends with it, or something checks it.")


class Exit(Fact, frozen=True, kw_only=True, eq=False):
    """A way out of the handler for one event: return, continue, end of body."""

    is_error: Any = told("It returns an error value.")
    settles_nothing: Any = told("No way to it settles the event or hands it on, and another way out does.")
    settled_by: Any = told("The call by which another way out settles the event, where it can stand here too.", "word")


class Draw(Fact, frozen=True, kw_only=True, eq=False):
    """A clock, a random number or an answer of others in the code of a durable workflow, which is run again from the top after a restart."""

    decides: Any = told("Its answer is used, and not only logged, whenever the workflow is run again.")
    instead: Any = told("What the workflow's own library has for it; none = nothing that can be written here.", "word")


class Window(Fact, frozen=True, kw_only=True, eq=False):
    """A span of time by which a stream's events are put together."""

    keeps_late: Any = told("An event that comes when its window is over is waited for, or put elsewhere.")


class Redrive(Fact, frozen=True, kw_only=True, eq=False):
    """A step that sends dead letters back to where they came from."""

    limited: Any = told("It has a rate or a maximum.")
    queue: Any = told("The queue of dead letters that it empties.", "queue")


class Registration(Fact, frozen=True, kw_only=True, eq=False):
    """A call that has a service make something under a name, and that the service refuses where it has it already."""

    updates: Any = told("The workspace also changes what is there, or removes it before.")
    brings_changes: Any = told("What has changed since it was made is brought out, or somebody hears that it is not.")


class Test(Fact, frozen=True, kw_only=True, eq=False):
    """A test that makes the same call of a handler more than once, by its text."""

    repeats_event: Any = told("It gives the handler the same event again.")


class Comparison(Fact, frozen=True, kw_only=True, eq=False):
    """A test that decides what happens to the event, by what is in it or known about it; a failure that is caught is one, too.

    Putting the events of a batch in order decides about all that follows.
    """

    value: Any = told("What it asks.", "value")
    silent_default: Any = told(
        "It is the last of several that ask for the type of the event, and one of none of these types is done in silence."
    )
    picks_winner: Any = told(
        "It tells by a clock which event is the newer one: by the time the broker gave it, by one that our own clock has "
        "written, or by sorting the batch."
    )
    puts_in_order: Any = told("It asks which of two values is the greater one, such as the later one.")
    discards: Any = told("After one answer nothing is done, kept or told to the broker but that the event is done.")
