"""What happens to an event of a handler, in sentences: can it come again, in which order, and what a failure does to it. Only what is known is said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twice.facts import Function, Handler, Queue, Subscription
from twice.noun import Fact
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.truth import NONE, effective


def behaviour(handler: Handler, facts: Iterable[Fact]) -> Iterator[str]:
    """The sentences about one handler; with the name of the source where it has several."""
    read = [fact for fact in facts if isinstance(fact, Subscription)]
    again = effective(handler.at_least_once)
    if again is True:
        yield "duplicates: the same event can come again"
    elif again is False:
        yield "duplicates: none, an event comes once at most"
    found: dict[str, list[str]] = {}
    for one in read:
        for told in _of_source(handler, one):
            found.setdefault(told, []).append(_named(one))
    for told, sources in found.items():
        everywhere = len(read) == len(sources)
        yield told if everywhere else f"{told} ({', '.join(dict.fromkeys(sources))})"


def sources(facts: Iterable[Fact], page: Page) -> Iterator[str]:
    """The queues that feed it, and where they stand."""
    queues = (effective(fact.queue) for fact in facts if isinstance(fact, Subscription))
    for queue in dict.fromkeys(one for one in queues if isinstance(one, Queue)):
        yield f"fed by {' '.join(filter(None, (queue.kind, queue.name)))}, {page.line(queue.place)}"


def _of_source(handler: Handler, read: Subscription) -> Iterator[str]:
    ordered = effective(read.ordered)
    if ordered is True:
        yield "order: the events of one key, group or partition come one after the other"
    elif ordered is False:
        yield "order: none is promised"
    raising = _raising(read)
    if raising:
        yield f"when it raises, {raising}"
    returning = _returning(handler, read)
    if returning:
        yield f"when it returns, {returning}"
    yield from _running_late(handler, read, raising)


def _raising(read: Subscription) -> str:
    if effective(read.acks_on_receipt) is True:
        return "the event is gone: it was settled when it was handed over"
    if effective(read.drops_failures) is True:
        return "the event is not delivered again"
    if effective(read.needs_ack) is True:
        return "what it has not settled by then comes back" if effective(read.redelivers_forever) is True else ""
    if effective(read.drops_failures) is not False:
        return ""
    waits = ", and later events wait behind it" if effective(read.blocks_behind_failure) is True else ""
    return f"{_what_comes_back(read)} again{_pause(read)}{_end(read)}{waits}"


def _what_comes_back(read: Subscription) -> str:
    size = effective(read.batch_size)
    if effective(read.rewinds_on_failure) is True:
        return "everything from the failed record on comes"
    return "the whole batch comes" if isinstance(size, int | float) and size > 1 else "the event comes"


def _pause(read: Subscription) -> str:
    pause = effective(read.redelivery_after)
    return f" after {in_words(pause, 'duration')}" if isinstance(pause, int | float) else ""


def _end(read: Subscription) -> str:
    """After how many deliveries it ends, and where."""
    count, target = effective(read.max_attempts), effective(read.dead_letter)
    if isinstance(count, int | float):
        whither = f", then it goes to {target.name}" if isinstance(target, Queue) else ""
        whither = ", then it is lost" if target is NONE else whither
        return f", {count:g} {'delivery' if count == 1 else 'deliveries'} in all{whither}"
    if count is NONE:
        return ", until it succeeds or its time is over"
    return ""


def _returning(handler: Handler, read: Subscription) -> str:
    if effective(read.needs_ack) is True:
        return "nothing is settled by that: its code has to"
    if effective(read.partial_failures) is True:
        if effective(handler.reports_partial_failures) is True:
            return "the records that it lists as failed come back, and the others are settled"
        return ""
    if effective(read.ignores_return_value) is True:
        return "the event is settled, whatever it returns"
    return ""


def _running_late(handler: Handler, read: Subscription, raising: str) -> Iterator[str]:
    """A platform that invokes deployed code takes a run that it kills for one that failed."""
    limit = effective(handler.time_limit)
    if limit is NONE:
        yield "nothing ends a run that hangs"
    elif isinstance(limit, int | float):
        same = raising and isinstance(effective(read.function), Function)
        yield f"after {in_words(limit, 'duration')} it is killed{', as if it had raised' if same else ''}"


def _named(read: Subscription) -> str:
    queue = effective(read.queue)
    return (queue.name if isinstance(queue, Queue) else read.name) or read.kind
