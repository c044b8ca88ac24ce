"""Beside a number that is written: the other numbers it has to get along with, in whatever file they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types
from msgspec import Struct

from twice.facts import Function, Handler, Queue, Subscription, Wait, vocabulary
from twice.lsp.client import Client
from twice.lsp.convert import offset_of, range_of
from twice.lsp.snapshot import Snapshot
from twice.noun import Fact
from twice.rules.wording import in_words
from twice.text import Place
from twice.truth import Setting, effective


class _Limit(Struct, frozen=True):
    """A duration that decides about a run, in words."""

    words: str
    place: Place | None


# The durations that decide about a run, in the order they are told. Those of a group are the same one, seen from other sides.
_LIMITS: tuple[tuple[tuple[type[Fact], str, str], ...], ...] = (
    (
        (Function, "time_limit", "function"),
        (Handler, "time_limit", "killed after"),
        (Subscription, "run_limit", "killed after"),
    ),
    ((Queue, "visibility_timeout", "queue hidden"), (Subscription, "redelivery_after", "comes back after")),
)


def hints(snapshot: Snapshot, path: str, wanted: types.Range, client: Client) -> list[types.InlayHint]:
    """The hints of a part of a file, in its order."""
    text = snapshot.text(path)
    start, end = (offset_of(text, at, client.encoding) for at in (wanted.start, wanted.end))
    found: dict[int, dict[str, None]] = {}
    for facts in snapshot.checked.about.values():
        for place, told in _beside(facts):
            if place.path == path and start <= place.end <= end:
                found.setdefault(place.end, {}).update(dict.fromkeys(told))
    return [
        types.InlayHint(range_of(text, at, at, client.encoding).start, ", ".join(told), padding_left=True)
        for at, told in sorted(found.items())
    ]


def _beside(facts: tuple[Fact, ...]) -> Iterator[tuple[Place, list[str]]]:
    """The places of one handler where a duration is written, with the others."""
    limits = list(_limits(facts))
    waits = [limit for fact in facts if isinstance(fact, Wait) for limit in _limit(fact, "timeout", fact.name)]
    for place in dict.fromkeys(place for fact in facts for place in _written(fact)):
        of_a_wait = any(wait.place == place for wait in waits)
        others = limits if of_a_wait else (*limits, *waits)
        told = [limit.words for limit in others if limit.place != place]
        if told and (of_a_wait or any(limit.place == place for limit in limits)):
            yield place, told


def _limits(facts: Iterable[Fact]) -> Iterator[_Limit]:
    """The limits of a run, each in the words that come first."""
    for group in _LIMITS:
        seen: set[object] = set()
        for noun, field, words in group:
            for fact in (one for one in facts if isinstance(one, noun)):
                value = effective(getattr(fact, field))
                if value not in seen:
                    seen.add(value)
                    yield from _limit(fact, field, words)


def _limit(fact: Fact, field: str, words: str) -> Iterator[_Limit]:
    value = getattr(fact, field)
    if isinstance(value, Setting) and isinstance(value.value, int | float):
        default = " (default)" if value.default else ""
        yield _Limit(f"{words} {in_words(value, 'duration')}{default}", value.place)


def _written(fact: Fact) -> Iterator[Place]:
    """Where its durations are written."""
    for name, word in vocabulary(type(fact)).items():
        value = getattr(fact, name)
        if word.kind == "duration" and isinstance(value, Setting) and value.place is not None and not value.default:
            yield value.place
