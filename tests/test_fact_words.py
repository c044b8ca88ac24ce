"""What markers can say of facts: fields by path, values in the words of the vocabulary, verbs."""

from __future__ import annotations

import pytest
from fact_words import says, with_forms
from twice.facts import Handler, Key, Queue, Subscription
from twice.noun import Traced
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting
from twice.world import world

_PLACE = Place("a.yaml", 0, 1)
_QUEUE = Queue(place=_PLACE, name="Orders", retention=Setting(345600.0, default=True), max_length=Setting(NONE))
_HANDLER = Handler(place=_PLACE, name="book")
_SUBSCRIPTION = Subscription(place=_PLACE, queue=Setting(_QUEUE), batch_size=10, ordered=UNKNOWN, kind="sqs")
_KEY = Key(
    place=_PLACE, value=Traced("x", _PLACE, (frozenset({"random"}), frozenset({"event.id", "clock"})), complete=True)
)
_WORLD = world([_QUEUE, _HANDLER, _SUBSCRIPTION, _KEY], runs=[(_SUBSCRIPTION, _HANDLER)])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("queue", ("Orders",)),
        ("queue.retention", ("4d", "default")),
        ("queue.max_length", ("none",)),
        ("batch_size", ("10",)),
        ("ordered", ("unknown",)),
        ("runs", ("book",)),
        ("follows", ()),
        ("kind", ()),
        ("batch_size.nothing", ()),
    ],
)
def test_a_fact_says_its_fields_and_verbs(asked: str, said: tuple[str, ...]) -> None:
    assert says(_WORLD, _SUBSCRIPTION, asked) == said


def test_a_value_says_its_origins() -> None:
    assert says(_WORLD, _KEY, "value") == ("clock+event.id|random",)


def test_the_forms_of_a_noun_go_with_it() -> None:
    assert set(with_forms(["queue", "ack"])) == {"queue", "buffer", "ack", "requeue", "reject"}
