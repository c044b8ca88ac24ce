"""What a hover says of a handler's events: only what is known, and what a failure really does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from markers import clean
from twice import facts
from twice.engine import check
from twice.report.behaviour import behaviour
from twice.rules.book import open_book, shipped
from twice.text import Place
from twice.truth import NONE

BOOK = open_book([shipped()])
FUNCTION = facts.Function(place=Place("t", 0, 1), name="Charge")
ORDERS = facts.Queue(place=Place("t", 2, 3), name="Orders", kind="sqs")
FAILED = facts.Queue(place=Place("t", 4, 5), name="Failed", kind="sqs")
POLLED: dict[str, Any] = {
    "queue": ORDERS,
    "function": FUNCTION,
    "drops_failures": False,
    "batch_size": 10,
    "redelivery_after": 60,
    "max_attempts": 5,
    "dead_letter": FAILED,
    "partial_failures": True,
}


def told(*read: dict[str, Any], **of_handler: Any) -> list[str]:
    """The sentences about a handler with these subscriptions."""
    handler = facts.Handler(place=Place("c", 0, 1), name="handler", **of_handler)
    return list(behaviour(handler, [facts.Subscription(place=Place("t", 6, 7), name="feed", **one) for one in read]))


def test_of_what_nobody_knows_nothing_is_said() -> None:
    assert told({}) == told() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "the whole batch comes again after 1 min, 5 deliveries in all, then it goes to Failed"),
        (
            {"batch_size": 1, "dead_letter": NONE},
            "the event comes again after 1 min, 5 deliveries in all, then it is lost",
        ),
        ({"max_attempts": NONE}, "the whole batch comes again after 1 min, until it succeeds or its time is over"),
        (
            {"rewinds_on_failure": True, "blocks_behind_failure": True, "redelivery_after": NONE, "max_attempts": NONE},
            "everything from the failed record on comes again, until it succeeds or its time is over, and later events wait behind it",
        ),
        ({"drops_failures": True}, "the event is not delivered again"),
        ({"acks_on_receipt": True}, "the event is gone: it was settled when it was handed over"),
        ({"needs_ack": True, "redelivers_forever": True}, "what it has not settled by then comes back"),
    ],
)
def test_a_failure_is_told_as_the_source_takes_it(fields: dict[str, Any], sentence: str) -> None:
    assert f"when it raises, {sentence}" in told({**POLLED, **fields})


def test_what_returning_does_hangs_on_the_source_and_on_the_code() -> None:
    assert "when it returns, the records that it lists as failed come back, and the others are settled" in told(
        POLLED, reports_partial_failures=True
    )
    assert not any("returns" in one for one in told(POLLED, reports_partial_failures=False))
    alone = {**POLLED, "partial_failures": False, "ignores_return_value": True}
    assert "when it returns, the event is settled, whatever it returns" in told(alone)
    assert "when it returns, nothing is settled by that: its code has to" in told({"needs_ack": True})


def test_a_run_that_is_killed_has_failed_where_a_platform_runs_it() -> None:
    assert "after 1 min it is killed, as if it had raised" in told(POLLED, time_limit=60)
    assert "after 1 min it is killed" in told({**POLLED, "function": NONE}, time_limit=60)
    assert "nothing ends a run that hangs" in told(POLLED, time_limit=NONE)


def test_sources_that_differ_are_told_apart() -> None:
    other = facts.Queue(place=Place("t", 8, 9), name="Returns", kind="sqs")
    found = told({**POLLED, "ordered": True}, {**POLLED, "queue": other, "ordered": True, "drops_failures": True})
    assert "order: the events of one key, group or partition come one after the other" in found
    assert "when it raises, the event is not delivered again (Returns)" in found
    assert any(one.endswith("goes to Failed (Orders)") for one in found)


def test_every_example_of_every_rule_gets_sentences_that_end_well() -> None:
    seen = 0
    for handler, about in _handlers():
        for sentence in behaviour(handler, about):
            seen += 1
            assert "UNKNOWN" not in sentence and "None" not in sentence
            assert "  " not in sentence and not sentence.endswith((",", " "))
    assert seen > 200


def _handlers() -> Iterator[tuple[facts.Handler, tuple[Any, ...]]]:
    for rule in open_book([shipped()], examples=True).rules:
        for example in rule.examples[:1]:
            checked = check(clean(dict(example.files))[0], BOOK)
            for about in checked.about.values():
                yield from ((one, about) for one in about if isinstance(one, facts.Handler))
