"""The nouns: what Twice knows about a project, with no file, tree, language or vendor in it.

One frozen structure per kind of fact. The docstrings are user documentation: they become docs/VOCABULARY.md and hovers.
A field holds a plain value, a ``Setting`` (value, default or written, place), a fact, NONE or UNKNOWN; every field starts
as UNKNOWN, so that an extractor which cannot tell says nothing. Durations are seconds.
A form is a subclass: what holds for an effect holds for a payment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twice.facts.code import (
    Ack,
    Comparison,
    Draw,
    Exit,
    Guard,
    Handler,
    Handover,
    Lock,
    Loop,
    Parse,
    Read,
    Redrive,
    Registration,
    Reject,
    Requeue,
    Retry,
    Swallow,
    Test,
    Transaction,
    Wait,
    Window,
)
from twice.facts.deployed import (
    Alarm,
    App,
    Buffer,
    Cluster,
    Connector,
    Contract,
    Flow,
    Function,
    Queue,
    Runbook,
    Schedule,
    Scheduler,
    Step,
    Subscription,
    Topic,
    Worker,
)
from twice.facts.effects import (
    Client,
    Effect,
    Increment,
    Insert,
    Key,
    Overwrite,
    Payment,
    Producer,
    Publish,
)
from twice.noun import Fact, Word

__all__ = [
    "NOUNS",
    "Ack",
    "Alarm",
    "App",
    "Buffer",
    "Client",
    "Cluster",
    "Comparison",
    "Connector",
    "Contract",
    "Draw",
    "Effect",
    "Exit",
    "Flow",
    "Function",
    "Guard",
    "Handler",
    "Handover",
    "Increment",
    "Insert",
    "Key",
    "Lock",
    "Loop",
    "Overwrite",
    "Parse",
    "Payment",
    "Producer",
    "Publish",
    "Queue",
    "Read",
    "Redrive",
    "Registration",
    "Reject",
    "Requeue",
    "Retry",
    "Runbook",
    "Schedule",
    "Scheduler",
    "Step",
    "Subscription",
    "Swallow",
    "Test",
    "Topic",
    "Transaction",
    "Wait",
    "Window",
    "Worker",
    "vocabulary",
]


def _nouns(kind: type[Fact]) -> Iterator[type[Fact]]:
    for noun in kind.__subclasses__():
        yield noun
        yield from _nouns(noun)


NOUNS: dict[str, type[Fact]] = {noun.__name__.lower(): noun for noun in _nouns(Fact)}


def vocabulary(noun: type[Fact]) -> Mapping[str, Word]:
    """The fields a rule may name."""
    return noun.words
