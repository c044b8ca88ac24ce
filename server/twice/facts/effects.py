"""What code changes outside of itself, by which client and under which key. See the package for what a field can hold."""

from __future__ import annotations

from typing import Any

from twice.noun import Fact, told


class Client(Fact, frozen=True, kw_only=True, eq=False):
    """A configured API or database client."""

    kind: str = ""
    timeout: Any = told("Read timeout.", "duration")
    timeout_in: Any = told("The argument that sets its read timeout in seconds; none = it has none.", "word")
    limited_by: Any = told(
        "The argument that limits all of its calls, where none is meant to wait for longer; none = it has none.", "word"
    )
    limit: Any = told("What that argument is for a limit of ten seconds.", "word")
    limit_needs: Any = told("What has to be imported for that; none = nothing.", "word")
    attempts: Any = told("Attempts by itself.", "number")
    attempts_in: Any = told("The argument that says how often it tries again by itself; none = it has none.", "word")
    repeats: Any = told("It makes a call again by itself that has failed, or that nobody has answered in time.")
    connection_limited: Any = told(
        "Its server takes a limited number of connections, and nothing in between shares them."
    )


class Producer(Client, frozen=True, kw_only=True, eq=False):
    """A client that publishes."""

    idempotent: Any = told("The broker tells the repetitions of its own retries apart and drops them.")
    confirmed_by: Any = told("The argument that says how many brokers must have a record; none = it has none.", "word")
    sends_again: Any = told("It sends a record once more by itself when the broker has not answered.")
    numbered_by: Any = told("The argument that makes it idempotent; none = others that are given forbid it.", "word")
    waits_for_copies: Any = told("A record counts as sent when more than one broker has it.")


class Key(Fact, frozen=True, kw_only=True, eq=False):
    """A value by which duplicates are recognised: of a guard, an effect or a publish."""

    value: Any = told("What it is made of.", "value")
    whole_position: Any = told(
        "How the code says a position with all that it takes to be the only one; none = it is none.", "word"
    )


class Effect(Fact, frozen=True, kw_only=True, eq=False):
    """A call that changes something outside the function: request, mail, write, message."""

    client: Client | None = None
    best_effort: Any = told("Metrics, cache, trace or declared as optional.")
    repeatable: Any = told("Doing it twice equals doing it once, by nature or by contract.")
    condition: Any = told("The predicate that must hold for the write; none = unconditional.", "word")
    key: Any = told("The idempotency key it carries; none = it carries none.", "key")
    key_in: Any = told("The argument that takes such a key; none = it has none.", "word")
    can_fail: Any = told("It can raise.")
    failure_returns_event: Any = told("What it raises, where nothing catches it, brings the event back.")
    external: Any = told("It reaches another party: a person, a payment provider, a foreign API.")
    outcome_checked: Any = told("Code looks at the answer, future or callback before the event is settled.")
    row: Any = told("The value that selects what is written.", "value")
    value: Any = told("The value that is written.", "value")
    failure_in_answer: Any = told("A failure comes back in the answer instead of as an exception.")
    partial_failure: Any = told("The field of the answer that lists rejected entries; none = there is none.", "word")
    check: Any = told("A statement that looks at the answer; none = a short one does not do.", "word")
    queue: Any = told("The queue it goes to, or the bucket or table whose changes are events.", "queue")
    event_time: Any = told(
        "What is written as the time at which the event happened; none = it writes no such time.", "value"
    )
    of_other_cluster: Any = told("It goes to another cluster than that whose events the handler reads.")
    callee: Any = told("The deployed function that it runs and waits for.", "function")
    reacts_to_failure: Any = told("It stands in an except clause, or in what one calls.")


class Publish(Effect, frozen=True, kw_only=True, eq=False):
    """An effect that sends an event, message or task."""

    deduplicated_in: Any = told(
        "The argument that takes the id by which copies are dropped; none = it has none.", "word"
    )
    ordered_by: Any = told("The ordering, group, session or partition key; none = it has none.", "value")
    outcome_comes_later: Any = told("It returns before the broker has answered.")
    job_id: Any = told(
        "The id it gives to its job, and by which nobody asks for it later; none = it gives none.", "value"
    )
    id_from_arguments: Any = told("The id that it gives to its job is made of what the job gets.")
    drops_copies: Any = told("The broker drops a copy by its id: the call says so, or its queue does.")
    deduplicated_by: Any = told("The id by which the broker drops copies; none = there is none.", "value")
    renewed_id: Any = told(
        "The id by which a copy of it can be told, at the broker or in what it sends, that is made anew each time; none = it is made before.",
        "value",
    )
    binds_last_value: Any = told("It is made in a callback that reads a loop's names when the loop is over.")
    deferred: Any = told("It is registered to run after the commit.")
    relays: Any = told(
        "It sends the rows of a table that its transaction has locked, to mark or remove them: an outbox relay."
    )
    by_position: Any = told(
        "It sends the rows of a table that lie behind the last one it has sent, as a relay that remembers a number or a time."
    )
    in_database: Any = told(
        "The event is a row in the database of the surrounding transaction, and appears with its commit."
    )
    delay: Any = told("Delay or ETA; none = at once.", "duration", none=0)
    reports_collected: Any = told(
        "Its client is asked somewhere for the reports of what has arrived, which frees their place."
    )
    collect: Any = told("A statement that takes the reports; none = there is none.", "word")
    flush: Any = told("A statement that waits until its client has sent what it holds; none = there is none.", "word")
    cause_in: Any = told("The argument in which a cause travels beside the event; none = it has none.", "word")
    cause: Any = told("The value of that argument that tells the error.", "word")
    persistent_by: Any = told("The argument by which it is; none = its properties are not given.", "word")
    properties_in: Any = told("The argument that would take its properties; none = they are given.", "word")
    properties: Any = told("What makes such properties, by its dotted name.", "word")
    persistent: Any = told("The broker writes it down, so that it is still there after a restart.")
    to_dead_letters: Any = told("Its queue is where dead letters go, by what it is or by its name.")
    to_retry_lane: Any = told("Its queue's name says that what is in it is tried again later.")
    to_one_partition: Any = told("Its queue is declared with one partition, which keeps the order of everything.")
    carries_cause: Any = told("It says why the event failed: in its headers, its attributes, or beside the event.")
    edits_event: Any = told("It sends the event that is at hand, with a part of it changed.")
    flushed: Any = told("The client, which sends later, is told to send what it holds behind it on some path.")
    entity: Any = told(
        "The id of the one thing that it is about, among what it sends; none = nothing there is an id.", "value"
    )
    entity_said: Any = told("How the code says that id, where it can say it beside the call as well.", "word")
    ordered_in: Any = told("The argument that takes an ordering key; none = it has none.", "word")
    tells_change: Any = told("Its queue's name, or the type in what it sends, says that something has changed.")
    carries_row: Any = told("The row of a database that it takes along as an object; none = it takes none.", "value")
    row_key: Any = told("How that row is named by its key instead; none = its key has no usual name.", "word")
    one_lane_meant: Any = told("Its ordering key says that all events are to be handled one after the other.")


class Payment(Effect, frozen=True, kw_only=True, eq=False):
    """An effect that moves money."""


class Insert(Effect, frozen=True, kw_only=True, eq=False):
    """An effect that adds a row or document."""


class Increment(Effect, frozen=True, kw_only=True, eq=False):
    """An effect whose result depends on the old value."""


class Overwrite(Effect, frozen=True, kw_only=True, eq=False):
    """An effect that sets fields of an existing row."""

    changes_state: Any = told("The written fields belong to something that changes over time.")
    row_of_its_own: Any = told(
        "Its row is named by the event's own id, number or time, so that no other event writes it."
    )
    sets_state: Any = told("A field that names a state, as its status, is set to a text that is written here.")
    kind_of_row: Any = told("The model, table or collection it writes to, as the program calls it.", "word")
    superseded: Any = told("Another state is set behind it in the same run: it is the progress of that run.")
    state: Any = told("That text, or the name that stands for it; none = it sets no state.", "word")
