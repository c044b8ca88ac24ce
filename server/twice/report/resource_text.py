"""A queue, subscription or deployed function in words: its effective settings with where each comes from, and how long an event lives in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twice.facts import Function, Queue, Subscription, vocabulary
from twice.noun import Fact
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.truth import NONE, UNKNOWN, Setting, effective

# What an author chooses. The vendor's other truths hold in the same way for all of its queues.
_CHOICES = ("duration", "number", "queue", "function", "word")


def settings(fact: Fact, page: Page) -> Iterator[str]:
    """Each known setting with where it comes from: written, a parameter's default, the vendor's default. UNKNOWN ones last."""
    unknown = []
    for name, word in vocabulary(type(fact)).items():
        value = getattr(fact, name)
        words = name.replace("_", " ")
        if effective(value) is UNKNOWN:
            written = isinstance(value, Setting) and value.place is not None
            unknown += [f"{words} ({_source(value, page)})" if written else words] if word.kind in _CHOICES else []
        elif effective(value) is not False and (word.kind in _CHOICES or not _is_default(value)):
            told = words if effective(value) is True else f"{words} {in_words(value, word.kind)}"
            yield f"{told} ({_source(value, page)})" if _source(value, page) else told
    if unknown:
        yield f"not known from here: {', '.join(unknown)}"


def _is_default(value: object) -> bool:
    return isinstance(value, Setting) and value.default


def _source(value: object, page: Page) -> str:
    if not isinstance(value, Setting):
        return ""
    if value.default:
        return "vendor's default"
    where = page.line(value.place) if value.place is not None else ""
    if value.assumed:
        return f"default of a parameter, {where}" if where else "default of a parameter"
    return where


def limits(queue: Queue, read: Iterable[Subscription]) -> Iterator[str]:
    """The longest an event can wait, be tried and live here, each with how it is worked out."""
    kept = effective(queue.retention)
    yield _waiting(kept)
    tried = [_tried(queue, one) for one in read]
    yield from dict.fromkeys(one for one in tried if one)
    yield _living(queue, kept)


def _waiting(kept: object) -> str:
    if kept is NONE:
        return "can wait for ever: it has no retention"
    if not isinstance(kept, int | float):
        return "how long an event can wait is not known: its retention is not"
    return f"can wait {in_words(kept, 'duration')} (its retention) until it is lost unread"


def _tried(queue: Queue, read: Subscription) -> str:
    """Attempts times the pause between two of them; a run takes no longer than that."""
    count = effective(read.max_attempts)
    pause = effective(read.redelivery_after)
    if pause is UNKNOWN:
        pause = effective(queue.visibility_timeout)
    if count is NONE:
        return "is tried again and again until it succeeds or is lost: there is no limit of attempts"
    if not isinstance(count, int | float):
        return "how often it is tried is not known"
    times = f"{count:g} {'time' if count == 1 else 'times'}"
    if not isinstance(pause, int | float):
        return f"is tried up to {times}; how long that takes is not known, for the pause between two attempts is not"
    whole = in_words(count * pause, "duration")
    return f"is tried up to {times}, for {whole} at most ({count:g} attempts × {in_words(pause, 'duration')} until it comes back)"


def _living(queue: Queue, kept: object) -> str:
    """With its time as a dead letter, which begins anew there or goes on."""
    target = effective(queue.dead_letter)
    if target is NONE:
        return "lives no longer than that: it has no dead letter queue"
    if not isinstance(target, Queue):
        return "whether it lives on as a dead letter is not known"
    buried = effective(target.retention)
    if kept is NONE or buried is NONE:
        return "can live for ever"
    if not isinstance(kept, int | float) or not isinstance(buried, int | float):
        return f"how long it lives with its time in {target.name} is not known"
    going_on = effective(queue.clock_keeps_running)
    if going_on is True:
        longest = in_words(max(kept, buried), "duration")
        rest = f"the longer retention of the two, for the age of a dead letter in {target.name} counts from the first publish"
    elif going_on is False:
        longest = in_words(kept + buried, "duration")
        rest = f"its retention + that of {target.name}, where its age begins anew"
    else:
        return f"how long it lives with its time in {target.name} is not known: perhaps its age goes on there"
    return f"can live {longest} ({rest})"


def is_resource(fact: Fact | None) -> bool:
    return isinstance(fact, Queue | Function | Subscription)
