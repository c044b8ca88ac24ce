"""The rule language over facts made by hand: grammar, words, truth, grouping, hiding, fixes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twice import facts, fixes
from twice.action import Action
from twice.finding import Edit, Finding, Fix
from twice.flow import Graph, Region, Step
from twice.noun import Fact, Traced
from twice.reachability import Nodes
from twice.relations import comes_from, comes_only_from, feeds, runs, uses
from twice.rules import grammar
from twice.rules.grammar import SentenceError
from twice.rules.load import load_rules
from twice.rules.match import match
from twice.rules.model import Rule
from twice.rules.reading import RuleError
from twice.rules.rule_reading import rule
from twice.rules.wording import duration
from twice.text import Place
from twice.truth import NO, NONE, UNKNOWN, YES, Setting, Truth
from twice.world import World, world

MAYBE = Truth.UNKNOWN


def at(start: int, path: str = "consumer.py") -> Place:
    return Place(path, start, start + 3)


def line_of_steps(count: int) -> Graph:
    """Steps one after the other."""
    graph = Graph()
    for _ in range(count):
        graph.add()
    for node in range(1, count):
        graph.link([node - 1], node)
    return graph


def handler_of(graph: Graph, name: str = "handle", **fields: Any) -> facts.Handler:
    everything = Region(graph, Nodes.of(range(len(graph.successors))))
    return facts.Handler(place=at(0), name=name, region=everything, **fields)


def a_rule(**changes: object) -> Rule:
    """DUP102 as a start; keyword arguments replace its keys, ``with_`` stands for ``with``."""
    mapping: dict[str, object] = {
        "id": "DUP102",
        "name": "effect-repeats-on-redelivery",
        "items": ["DUP-1"],
        "severity": "warning",
        "confidence": "medium",
        "find": "effect",
        "with": ["handler contains effect", "handler.at_least_once is true", "effect.repeatable is false"],
        "without": ["guard precedes effect", "effect.best_effort is true"],
        "message": "{effect} runs again on redelivery.",
        "why": "It is delivered twice.",
        "instead": "Recognise the event.",
    }
    mapping.update({key.rstrip("_"): value for key, value in changes.items()})
    return rule({key: value for key, value in mapping.items() if value is not None}, "rules/x.yaml")


def found(some_rule: Rule, some_world: World) -> tuple[Finding, ...]:
    return match([some_rule], some_world)[0]


def held(some_rule: Rule, some_world: World) -> tuple[Finding, ...]:
    return match([some_rule], some_world)[1]


# --- grammar ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "handler contains effect",
        "another effect follows effect",
        "subscription.function runs handler",
        "key comes from event.id | event.sequence | digest",
        "publish.ordered_by comes only from random | clock",
        "subscription.redelivery_after < 6 * subscription.function.time_limit + subscription.window",
        "0.8 * subscription.run_limit / wait.worst_case < subscription.batch_size",
        "subscription.function is function",
        "another subscription.function is not subscription.function",
        "subscription.shape is not read.shape",
        "subscription.acks_on_receipt is not default",
        "publish.delay >= 24h",
        "subscription.max_concurrency is 1",
    ],
)
def test_a_sentence_of_the_catalogue_is_understood(text: str) -> None:
    assert grammar.sentence(text).text == text


@pytest.mark.parametrize(
    ("text", "complaint", "expected"),
    [
        ("handler precedes effect", "'precedes' does not take 'handler' here", "it takes effect, guard, key"),
        ("guard preceeds effect", "'preceeds' is not a verb", "precedes"),
        ("gard precedes effect", "'gard' is not a noun", "did you mean 'guard'?"),
        ("effect.repeatible is true", "'effect' has no 'repeatible'", "did you mean 'repeatable'?"),
        ("queue.retention < 5", "'<' compares a duration with a number", "5s 10min 24h 4d"),
        ("queue.retention < 5weeks", "'5weeks' has no unit of time that is known", "ms, s, min, h, d"),
        ("queue.ordered is 1", "'is' compares a truth with a number", "expected true, false"),
        ("queue.ordered < true", "'queue.ordered' is a truth, no amount", "a number or a duration"),
        ("wait.timeout * wait.timeout > 5s", "'*' multiplies two durations", "a number on one side"),
        ("wait.duration < 5 / wait.timeout", "'/' divides a number by a duration", "a duration to its left"),
        ("key comes from event.identity", "'event.identity' is not an origin", "event.id"),
        ("effect comes from clock", "'comes from' does not take 'effect' here", "a field that holds a value, key"),
        ("guard precedes effect twice", "'twice' is left over after 'guard precedes effect'", "a sentence"),
        ("guard precedes", "a name is missing", "a noun"),
        ("guard", "'guard' says nothing", "precedes"),
        ("none is queue.ordered", "'none' stands on the left of 'is'", "a path"),
        ("subscription is default", "'is default' asks about no field", "a path"),
        ("queue is handler", "'is' compares a queue with a handler", "expected a queue"),
        ("queue.retention.ordered is true", "goes on after a duration", "to end before"),
        ("(guard precedes effect; effect.repeatable is true", "has no closing parenthesis", "(sentence; sentence)"),
    ],
)
def test_a_bad_sentence_says_what_was_expected(text: str, complaint: str, expected: str) -> None:
    with pytest.raises(SentenceError) as error:
        grammar.situation(text)
    assert complaint in error.value.complaint
    assert expected in error.value.expected


def test_what_holds_for_a_noun_holds_for_its_forms() -> None:
    assert grammar.sentence("payment follows requeue")
    assert grammar.sentence("guard precedes payment")


# --- values and truth ------------------------------------------------------------------------------------------------

_TIME, _ID, _BOTH = frozenset({"event.timestamp"}), frozenset({"event.id"}), frozenset({"event.id", "event.timestamp"})


@pytest.mark.parametrize(
    ("ways", "complete", "origins", "answer"),
    [
        ((_TIME,), True, ["event.timestamp"], YES),
        ((_TIME, _BOTH), True, ["event.timestamp"], YES),
        ((_TIME, _ID), True, ["event.timestamp"], MAYBE),
        ((_ID,), True, ["event.timestamp"], NO),
        ((_ID,), False, ["event.timestamp"], MAYBE),
        ((_TIME,), False, ["event.timestamp"], YES),
        ((), False, ["event.timestamp"], MAYBE),
        ((), True, ["event.timestamp"], NO),
        ((_ID,), True, ["event.payload"], YES),
        ((frozenset({"event.delivery"}),), True, ["event.payload"], NO),
    ],
)
def test_a_value_comes_from_an_origin(
    ways: tuple[frozenset[str], ...], complete: bool, origins: list[str], answer: Truth
) -> None:
    assert comes_from(Traced("k", at(1), ways, complete), origins) is answer


@pytest.mark.parametrize(
    ("ways", "complete", "origins", "answer"),
    [
        ((frozenset({"random", "constant"}),), True, ["random"], YES),
        ((frozenset({"random", "event.id"}),), True, ["random"], NO),
        ((frozenset({"random"}), _ID), True, ["random"], MAYBE),
        ((frozenset({"random"}),), False, ["random"], MAYBE),
        ((frozenset({"constant"}),), True, ["constant"], YES),
        ((frozenset({"constant", "config"}),), True, ["constant"], YES),
        ((frozenset({"constant"}),), True, ["random"], NO),
        ((_BOTH,), True, ["event.payload"], YES),
    ],
)
def test_a_value_comes_only_from_an_origin(
    ways: tuple[frozenset[str], ...], complete: bool, origins: list[str], answer: Truth
) -> None:
    assert comes_only_from(Traced("k", at(1), ways, complete), origins) is answer


def test_a_missing_value_comes_from_nowhere_and_an_unknown_one_perhaps() -> None:
    assert comes_from(NONE, ["clock"]) is NO
    assert comes_from(UNKNOWN, ["clock"]) is MAYBE
    assert comes_from(Setting("fixed"), ["constant"]) is YES


def _queue_says(sentence: str, **fields: Any) -> str:
    """What a rule made of one sentence does with one queue: speak, hold back, or nothing."""
    one = a_rule(find="queue", with_=[sentence], without=None, message="m")
    findings, unsure = match([one], world([facts.Queue(place=at(1), **fields)]))
    return "speaks" if findings else "holds" if unsure else "nothing"


@pytest.mark.parametrize(
    ("sentence", "value", "answer"),
    [
        ("queue.retention < 24h", 3600, "speaks"),
        ("queue.retention < 24h", Setting(3600, default=True), "speaks"),
        ("queue.retention < 24h", 86400, "nothing"),
        ("queue.retention <= 24h", 86400, "speaks"),
        ("queue.retention > 24h", NONE, "speaks"),
        ("queue.retention < 24h", NONE, "nothing"),
        ("queue.retention < 24h", UNKNOWN, "holds"),
        ("queue.retention < 24h", True, "holds"),
        ("queue.retention < 0s", UNKNOWN, "nothing"),
        ("queue.retention is none", NONE, "speaks"),
        ("queue.retention is none", 5, "nothing"),
        ("queue.retention is none", UNKNOWN, "holds"),
        ("queue.retention is not none", 5, "speaks"),
        ("queue.retention is not none", UNKNOWN, "holds"),
        ("queue.retention is default", Setting(5, default=True), "speaks"),
        ("queue.retention is default", Setting(5), "nothing"),
        ("queue.retention is not default", Setting(5), "speaks"),
        ("queue.retention is not default", UNKNOWN, "holds"),
        ("queue.retention is 5min", 300, "speaks"),
    ],
)
def test_none_default_and_unknown_are_three_different_answers(sentence: str, value: object, answer: str) -> None:
    assert _queue_says(sentence, retention=value) == answer


@pytest.mark.parametrize(
    ("sentence", "value", "answer"),
    [
        ("queue.ordered is true", True, "speaks"),
        ("queue.ordered is true", False, "nothing"),
        ("queue.ordered is false", Setting(False, default=True), "speaks"),
        ("queue.ordered is false", NONE, "nothing"),
        ("queue.ordered is not true", NONE, "speaks"),
        ("queue.ordered is true", UNKNOWN, "holds"),
        ("queue.ordered is true", 1, "nothing"),
    ],
)
def test_truth_values_are_compared_as_such(sentence: str, value: object, answer: str) -> None:
    assert _queue_says(sentence, ordered=value) == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "queue.dead_letter.retention <= 10d",
        "queue.dead_letter.retention > 1s",
        "queue.dead_letter.ordered is false",
        "queue.dead_letter.ordered is not false",
        "queue.dead_letter.retention is not none",
        "queue.dead_letter.retention is default",
    ],
)
def test_of_a_thing_that_does_not_exist_nothing_is_said(sentence: str) -> None:
    assert _queue_says(sentence, dead_letter=NONE) == "nothing"
    assert _queue_says(sentence, dead_letter=UNKNOWN) == "holds"


def test_nothing_is_more_than_what_has_no_limit() -> None:
    without_limit = facts.Queue(place=at(9), retention=NONE)
    for sentence, answer in (
        ("queue.retention > queue.dead_letter.retention", "nothing"),
        ("queue.dead_letter.retention < queue.retention", "nothing"),
        ("queue.retention >= queue.dead_letter.retention", "holds"),
        ("queue.retention < queue.dead_letter.retention", "holds"),
    ):
        assert _queue_says(sentence, retention=UNKNOWN, dead_letter=without_limit) == answer


def test_a_missing_pause_is_no_time_and_a_missing_limit_is_no_limit() -> None:
    function = facts.Function(place=at(9, "template.yaml"), time_limit=30)
    subscription = facts.Subscription(place=at(1), function=function, window=NONE, redelivery_after=60)
    late = a_rule(
        find="subscription",
        with_=["subscription.redelivery_after < 6 * subscription.function.time_limit + subscription.window"],
        without=None,
        message="m",
    )
    assert found(late, world([subscription, function]))
    unlimited = facts.Subscription(place=at(1), function=function, window=NONE, redelivery_after=NONE)
    assert not found(late, world([unlimited, function]))


def test_zero_times_no_limit_is_zero() -> None:
    one = a_rule(
        find="subscription",
        with_=["subscription.batch_size * subscription.max_attempts > 5"],
        without=None,
        message="m",
    )
    assert not found(one, world([facts.Subscription(place=at(1), batch_size=0, max_attempts=NONE)]))
    assert found(one, world([facts.Subscription(place=at(1), batch_size=1, max_attempts=NONE)]))


def test_what_is_divided_by_nothing_is_no_number() -> None:
    one = a_rule(
        find="subscription",
        with_=["subscription.run_limit / subscription.window >= 6"],
        without=None,
        message="m",
    )
    assert found(one, world([facts.Subscription(place=at(1), run_limit=60, window=10)]))
    assert not found(one, world([facts.Subscription(place=at(1), run_limit=60, window=11)]))
    assert not found(one, world([facts.Subscription(place=at(1), run_limit=60, window=0)]))


# --- matching --------------------------------------------------------------------------------------------------------


def _shop(**changes: Any) -> World:
    graph = line_of_steps(5)
    effect = {"repeatable": False, "best_effort": False, **changes}
    mail = facts.Effect(place=at(40), name="send_mail", step=Step(graph, 3), **effect)
    return world([handler_of(graph, at_least_once=True), mail])


def test_a_rule_speaks_when_all_its_sentences_hold() -> None:
    [finding] = found(a_rule(), _shop())
    assert (finding.code, finding.handler, finding.place) == ("DUP102", "handle", at(40))
    assert finding.message == "send_mail runs again on redelivery."


def test_a_guard_excuses_and_a_possible_guard_excuses_too() -> None:
    for certain, unsure in ((YES, 0), (MAYBE, 1)):
        graph = line_of_steps(5)
        guard = facts.Guard(place=at(20), step=Step(graph, 1), certain=certain)
        mail = facts.Effect(place=at(40), step=Step(graph, 3), repeatable=False, best_effort=False)
        shop = world([handler_of(graph, at_least_once=True), mail, guard])
        assert not found(a_rule(), shop)
        assert len(held(a_rule(), shop)) == unsure


def test_an_unknown_answer_holds_the_finding_back_with_its_proof() -> None:
    [finding] = held(a_rule(), _shop(best_effort=UNKNOWN))
    assert finding.truth is MAYBE
    said = {line.sentence: line.truth for line in finding.proof}
    assert said["handler contains effect"] is YES
    assert said["guard precedes effect"] is NO
    assert said["effect.best_effort is true"] is MAYBE


def test_the_proof_names_the_places_of_its_facts() -> None:
    [finding] = found(a_rule(), _shop())
    assert [line.part for line in finding.proof] == ["find", "with", "with", "with", "without", "without"]
    assert finding.proof[1].facts == (("handler", at(0)), ("effect", at(40)))


def test_a_fact_that_may_not_exist_is_never_accused() -> None:
    shop = _shop(certain=MAYBE)
    assert not found(a_rule(), shop)
    assert len(held(a_rule(), shop)) == 1


def test_a_situation_needs_all_its_sentences() -> None:
    claim = a_rule(
        find="guard",
        with_=["guard precedes effect"],
        without=["(transaction encloses guard; transaction encloses effect)"],
        message="m",
    )
    graph = line_of_steps(5)
    guard = facts.Guard(place=at(20), step=Step(graph, 1))
    mail = facts.Effect(place=at(40), step=Step(graph, 3))
    small = facts.Transaction(place=at(10), region=Region(graph, Nodes.of({1, 2})))
    large = facts.Transaction(place=at(10), region=Region(graph, Nodes.of({1, 2, 3})))
    assert found(claim, world([guard, mail, small]))
    assert not found(claim, world([guard, mail, large]))


def test_a_situation_may_be_a_list() -> None:
    as_list = a_rule(without=[["guard precedes effect", "guard.durable is true"]])
    as_text = a_rule(without=["(guard precedes effect; guard.durable is true)"])
    assert as_list.absent == as_text.absent


def test_another_is_never_the_same_fact() -> None:
    two = a_rule(with_=["another effect follows effect"], without=None)
    assert not found(two, _shop())
    graph = line_of_steps(5)
    first = facts.Effect(place=at(20), name="first", step=Step(graph, 1))
    second = facts.Effect(place=at(40), name="second", step=Step(graph, 3))
    [finding] = found(two, world([handler_of(graph), first, second]))
    assert finding.place == at(20)


def test_forms_are_found_under_their_noun() -> None:
    graph = line_of_steps(5)
    charge = facts.Payment(place=at(40), step=Step(graph, 3), repeatable=False, best_effort=False)
    assert found(a_rule(), world([handler_of(graph, at_least_once=True), charge]))


def test_code_meets_infrastructure_over_a_path() -> None:
    graph = line_of_steps(3)
    handler = handler_of(graph, reports_partial_failures=True)
    function = facts.Function(place=at(50, "template.yaml"), name="Ship")
    other = facts.Function(place=at(90, "template.yaml"), name="Bill")
    mapping = facts.Subscription(place=at(70, "template.yaml"), function=function, partial_failures=False)
    idle = facts.Subscription(place=at(80, "template.yaml"), function=other, partial_failures=False)
    joined = a_rule(
        id="CON401",
        find="subscription",
        with_=[
            "subscription.function runs handler",
            "handler.reports_partial_failures is true",
            "subscription.partial_failures is false",
        ],
        without=None,
        related=[{"handler": "{handler} returns batchItemFailures."}],
        message="The queue ignores them.",
    )
    [finding] = found(joined, world([handler, function, other, mapping, idle], runs=[(function, handler)]))
    assert (finding.place, finding.handler) == (at(70, "template.yaml"), "handle")
    assert finding.related[0].message == "handle returns batchItemFailures."


def test_the_report_is_the_written_value_and_else_the_fact() -> None:
    short = a_rule(
        find="queue",
        with_=["queue.retention < 24h"],
        without=None,
        report="queue.retention",
        message="{queue.retention}",
    )
    [written] = found(short, world([facts.Queue(place=at(1), retention=Setting(300, place=at(11)))]))
    assert (written.place, written.message) == (at(11), "5 min")
    [left_out] = found(short, world([facts.Queue(place=at(1), retention=Setting(300, default=True))]))
    assert left_out.place == at(1)


def test_a_long_name_is_shortened_until_the_message_fits() -> None:
    graph = line_of_steps(5)
    mail = facts.Effect(place=at(40), name="very_long" * 40, step=Step(graph, 3), repeatable=False, best_effort=False)
    [finding] = found(a_rule(), world([handler_of(graph, at_least_once=True), mail]))
    assert len(finding.message) <= 140
    assert "… runs again on redelivery." in finding.message


@pytest.mark.parametrize(("name", "start"), [("the mail", "The mail runs"), ("send.delay", "send.delay runs")])
def test_a_message_begins_as_a_sentence_and_leaves_names_alone(name: str, start: str) -> None:
    graph = line_of_steps(5)
    effect = facts.Effect(place=at(40), name=name, step=Step(graph, 3), repeatable=False, best_effort=False)
    [finding] = found(a_rule(), world([handler_of(graph, at_least_once=True), effect]))
    assert finding.message.startswith(start)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(30, "30 s"), (300, "5 min"), (345600, "4 d"), (90, "90 s"), (5400, "90 min"), (0.5, "500 ms"), (1.5, "1.5 s")],
)
def test_durations_are_written_as_an_engineer_writes_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_selection_takes_codes_and_prefixes_and_the_longer_one_wins() -> None:
    class Chosen:
        def __init__(self, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()) -> None:
            self.select, self.ignore = select, ignore

    for chosen, speaks in (
        (Chosen(), 1),
        (Chosen(("DUP",)), 1),
        (Chosen(("IDM",)), 0),
        (Chosen(ignore=("DUP102",)), 0),
        (Chosen(("DUP102",), ("DUP",)), 1),
        (Chosen(("DUP",), ("DUP102",)), 0),
    ):
        assert len(match([a_rule()], _shop(), chosen)[0]) == speaks


# --- relations -------------------------------------------------------------------------------------------------------


def test_a_publish_feeds_over_hops_but_not_through_a_handler() -> None:
    first, second = line_of_steps(3), line_of_steps(3)
    inbox, outbox = facts.Queue(place=at(1)), facts.Queue(place=at(2))
    send = facts.Publish(place=at(3), queue=inbox, step=Step(first, 1))
    forward = facts.Publish(place=at(4), queue=Setting(outbox), step=Step(second, 1))
    subscription = facts.Subscription(place=at(5), queue=inbox)
    sender, reader = handler_of(first, "sender"), handler_of(second, "reader")
    shop = world([inbox, outbox, send, forward, subscription, sender, reader], runs=[(subscription, reader)])
    assert feeds(shop, send, reader) is YES
    assert feeds(shop, send, outbox) is NO
    assert feeds(shop, sender, reader) is YES
    assert feeds(shop, reader, outbox) is YES
    assert feeds(shop, reader, sender) is NO


def test_an_uncertain_hop_makes_the_way_uncertain() -> None:
    topic, queue, last = (facts.Queue(place=at(number)) for number in (1, 2, 3))
    shop = world([topic, queue, last], feeds={(topic, queue): MAYBE, (queue, last): YES})
    assert feeds(shop, topic, last) is MAYBE
    assert feeds(shop, last, topic) is NO


def test_a_subscription_runs_what_its_function_runs() -> None:
    function = facts.Function(place=at(1))
    subscription = facts.Subscription(place=at(2), function=Setting(function))
    handler = handler_of(line_of_steps(1))
    shop = world([function, subscription, handler], runs={(function, handler): MAYBE})
    assert runs(shop, subscription, handler) is MAYBE


def test_a_handler_uses_what_its_steps_use() -> None:
    graph = line_of_steps(3)
    client = facts.Client(place=at(1))
    read = facts.Wait(place=at(2), client=client, step=Step(graph, 1))
    handler = handler_of(graph)
    shop = world([client, read, handler])
    assert uses(shop, handler, client) is YES
    pooled = a_rule(find="client", with_=["handler uses client"], without=None, message="m")
    assert found(pooled, shop)


# --- one mistake, one finding ----------------------------------------------------------------------------------------


def _effects(graph: Graph, *places: int) -> list[Fact]:
    return [
        facts.Effect(place=at(place), step=Step(graph, 1 + index), repeatable=False, best_effort=False)
        for index, place in enumerate(places)
    ]


def test_one_handler_has_one_finding_with_the_other_places_beside_it() -> None:
    graph = line_of_steps(5)
    [finding] = found(a_rule(), world([handler_of(graph, at_least_once=True), *_effects(graph, 60, 40, 50)]))
    assert finding.place == at(40)
    assert [(also.place, also.message) for also in finding.related] == [(at(50), "also here"), (at(60), "also here")]


def test_one_place_that_two_handlers_reach_is_one_finding() -> None:
    one, two = line_of_steps(5), line_of_steps(5)
    first = facts.Handler(place=at(0), name="first", at_least_once=True, region=Region(one, Nodes.of(range(5))))
    second = facts.Handler(place=at(10), name="second", at_least_once=True, region=Region(two, Nodes.of(range(5))))
    shop = world([first, second, *_effects(one, 40), *_effects(two, 40, 70)])
    shared, own = found(a_rule(), shop)
    assert (shared.handler, [also.message for also in shared.related]) == ("first", ["second reaches it too"])
    assert (own.handler, own.place) == ("second", at(70))


def test_infrastructure_has_one_finding_for_each_place() -> None:
    short = a_rule(find="queue", with_=["queue.retention < 24h"], without=None, message="m")
    assert len(found(short, world([facts.Queue(place=at(number), retention=1) for number in (1, 2)]))) == 2


def _codes(rules: list[Rule], some_world: World) -> list[str]:
    return [finding.code for finding in match(rules, some_world)[0]]


def test_a_sharper_rule_hides_a_blunter_one_on_the_same_fact() -> None:
    blunt = a_rule()
    sharp = a_rule(id="CON407", hides=["DUP102"], without=None)
    assert _codes([blunt, sharp], _shop()) == ["CON407"]
    elsewhere = a_rule(
        id="CON407", hides=["DUP102"], without=None, with_=["handler contains effect", "wait precedes effect"]
    )
    assert _codes([blunt, elsewhere], _shop()) == ["DUP102"]


def test_a_rule_can_yield_to_another_one() -> None:
    assert _codes([a_rule(yields_to=["CON407"]), a_rule(id="CON407")], _shop()) == ["CON407"]


def test_hiding_in_the_handler_reaches_its_other_facts_and_no_other_handler() -> None:
    one, two = line_of_steps(5), line_of_steps(5)
    bad = facts.Handler(place=at(0), name="bad", at_least_once=True, region=Region(one, Nodes.of(range(5))))
    other = facts.Handler(place=at(10), name="other", at_least_once=True, region=Region(two, Nodes.of(range(5))))
    swallow = facts.Swallow(place=at(30), step=Step(one, 2))
    shop = world([bad, other, swallow, *_effects(one, 40), *_effects(two, 70)])
    sharp = a_rule(
        id="CON403",
        find="swallow",
        with_=["handler contains swallow"],
        without=None,
        hides_in_handler=["DUP102"],
        message="m",
    )
    assert [(finding.code, finding.handler) for finding in match([a_rule(), sharp], shop)[0]] == [
        ("CON403", "bad"),
        ("DUP102", "other"),
    ]


def test_a_finding_that_is_held_back_hides_nothing() -> None:
    unsure = a_rule(id="CON407", hides=["DUP102"], without=["effect.external is true"])
    assert _codes([a_rule(), unsure], _shop()) == ["DUP102"]


# --- loading ---------------------------------------------------------------------------------------------------------

_RULE = """\
id: DUP101
name: payment-repeats-on-redelivery
items: [DUP-1]
severity: error
confidence: high
find: payment
with:
  - handler contains payment
  - handler.at_least_once is true
without:
  - guard precedes payment
message: "{payment} charges again."
why: It is delivered twice.
instead: Recognise the event.
"""


def _loaded(folder: Path, text: str | bytes, name: str = "duplication/DUP101-x.yaml") -> tuple[int, list[str]]:
    file = folder / "rules" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    book = load_rules([folder / "rules"])
    return len(book.rules), [f"{problem.message}; {problem.expected}" for problem in book.problems]


def test_a_rule_file_is_loaded(tmp_path: Path) -> None:
    assert _loaded(tmp_path, _RULE) == (1, [])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "guard precedes payment",
            "handler precedes payment",
            "rules/duplication/DUP101-x.yaml:11: 'precedes' does not take 'handler' here; it takes effect, guard, key",
        ),
        ("handler.at_least_once is", "handler.at_least_one is", ":9: 'handler' has no 'at_least_one'"),
        ("find: payment", "find: paymnt", ":6: 'paymnt' is not a noun"),
        ("severity: error", "severity: fatal", ":4: 'fatal' is not a severity; expected one of error, warning"),
        ("severity: error", "severty: error", ":4: 'severty' is not a key here"),
        ("why: It is delivered twice.\n", "", ":1: 'why' is missing"),
        ("items: [DUP-1]", "items: DUP-1", ":3: 'items' is 'DUP-1'; expected a list"),
        ("{payment} charges", "{wait} charges", ":12: 'wait' is not in find or with; expected one of handler, payment"),
        ("guard precedes payment", "another guard precedes payment", ":6: 'another guard' is another than which?"),
        ("id: DUP101", "id: dup", ":1: 'dup' is not a id; expected a code such as IDM301"),
        ("id: DUP101", "id: [unclosed", "not YAML"),
        ("find: payment", "find: &x payment", ":6: 'x' is an anchor or alias; write the text out"),
    ],
)
def test_a_typo_is_told_with_its_line_and_what_is_right(tmp_path: Path, old: str, new: str, said: str) -> None:
    count, [problem] = _loaded(tmp_path, _RULE.replace(old, new))
    assert count == 0
    assert said in problem


@pytest.mark.parametrize(
    ("fix", "said"),
    [
        ("fix: {title: t, safety: safe}", "a fix has one action, not 0"),
        ("fix: {title: t, safety: safe, set: payment.key}", "'to' is missing"),
        ("fix: {title: t, safety: maybe, delete: payment}", "'maybe' is not a safety"),
        ("fix: {title: t, safety: safe, delete: guard}", "'guard' is not in find or with"),
        ("fix: {title: t, safety: safe, delete: payment, by: x}", "'by' is not a key here"),
        ("fix: {title: t, safety: safe, delete: payment, unless: [guard precedes payment]}", "'guard' is not in find"),
        ("fix: {title: t, safety: safe, steps: [{delete: guard}]}", "'guard' is not in find or with"),
        ("fix: {title: t, safety: safe, steps: [{title: t, delete: payment}]}", "'title' is not a key here"),
        ("fix: {title: t, safety: safe, delete: payment, steps: [{delete: payment}]}", "'delete' is not a key here"),
    ],
)
def test_a_fix_is_checked_as_well(tmp_path: Path, fix: str, said: str) -> None:
    count, [problem] = _loaded(tmp_path, f"{_RULE}{fix}\n")
    assert count == 0
    assert said in problem


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    _loaded(tmp_path, "id: [", "duplication/DUP102-y.yaml")
    count, problems = _loaded(tmp_path, _RULE)
    assert count == 1
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"id: x\x00", "not YAML"),
        (b"", "a rule file holds a mapping"),
        (b"- a\n- b\n", "a rule file holds a mapping"),
        (b"[" * 3000, "not YAML"),
        (b"#" * (1024 * 1024 + 1), "larger than 1 MiB"),
        (b"a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchor or alias"),
    ],
)
def test_a_broken_file_is_a_problem_and_nothing_worse(tmp_path: Path, data: bytes, said: str) -> None:
    count, [problem] = _loaded(tmp_path, data)
    assert count == 0
    assert said in problem


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "secret.yaml"
    outside.write_text(_RULE)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "DUP101-x.yaml").symlink_to(outside)
    book = load_rules([tmp_path / "rules"])
    assert not book.rules
    assert "leads out of its folder" in book.problems[0].message


def test_examples_are_read_only_when_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "DUP101-x.yaml"
    file.write_text(f"examples:\n\n- bad:\n    a.py: |\n      pay()\n\n      # &x\n{_RULE}see: []\n")
    assert load_rules([tmp_path]).rules[0].examples == ()
    assert load_rules([tmp_path], examples=True).rules[0].examples[0].files == (("a.py", "pay()\n\n# &x\n"),)
    file.write_text(f"{_RULE}examples:\n  - good:\n      a.py: |\n        pay()")
    assert load_rules([tmp_path]).problems == ()
    assert load_rules([tmp_path], examples=True).rules[0].examples[0].files == (("a.py", "pay()"),)


def test_a_complaint_below_the_examples_has_its_line_too(tmp_path: Path) -> None:
    (tmp_path / "DUP101-x.yaml").write_text(f"examples:\n  - bad:\n      a.py: pay()\n{_RULE}sea: []\n")
    [problem] = load_rules([tmp_path]).problems
    assert f"DUP101-x.yaml:{4 + _RULE.count(chr(10))}: 'sea' is not a key here" in problem.message


def test_a_code_has_one_rule(tmp_path: Path) -> None:
    _loaded(tmp_path, _RULE, "duplication/DUP101-a.yaml")
    count, [problem] = _loaded(tmp_path, _RULE, "duplication/DUP101-b.yaml")
    assert count == 1
    assert "DUP101 is already the code of rules/duplication/DUP101-a.yaml" in problem


def test_a_missing_folder_holds_no_rules(tmp_path: Path) -> None:
    book = load_rules([tmp_path / "nowhere"])
    assert (book.rules, book.problems) == ((), ())


def test_a_bad_rule_raises_for_its_maker() -> None:
    with pytest.raises(RuleError, match="another than which"):
        a_rule(with_=["another effect follows ack"], find="ack", without=None, message="m")


# --- fixes -----------------------------------------------------------------------------------------------------------


class _Words:
    """A language of its own for these tests: whatever is asked for is written in plain words at the place."""

    def write(self, action: Action, place: Place) -> tuple[Edit, ...] | None:
        behind = Place(place.path, place.end, place.end)
        written: dict[str, tuple[Edit, ...]] = {
            "set": (Edit(place, f"{action.target.field}={action.value}"),),
            "insert_argument": (Edit(place, f"({action.argument}={action.text})"),),
            "replace": (Edit(place, action.text),),
            "move_after": (Edit(place, ""), Edit(behind, "moved")),
            "insert_after": (Edit(behind, action.text),),
            "return": (Edit(Place(place.path, place.start, place.start), "return "),),
            "raise": (Edit(place, "raise"),),
            "delete": (Edit(place, ""),),
            "add": (Edit(behind, f"+{action.argument}"),),
            "reword": (Edit(place, f"{action.argument}->{action.text}"),),
        }
        return written.get(action.kind)

    def origin(self, place: Place, origin: str) -> str | None:
        return 'event["id"]' if origin == "event.id" else None

    def add_import(self, place: Place, text: str) -> tuple[Edit, ...]:
        return (Edit(Place(place.path, 0, 0), f"{text}\n"),)


def _fixed(fix: dict[str, object], suffix: str = ".py") -> tuple[Fix, ...]:
    graph = line_of_steps(5)
    key = facts.Key(
        place=at(30), step=Step(graph, 2), value=Traced('event["time"]', at(33), (frozenset({"event.timestamp"}),))
    )
    handler = handler_of(graph)
    one = a_rule(
        find="key",
        with_=["handler contains key", "key comes from event.timestamp"],
        without=None,
        message="m",
        fix={"title": "Use {key.value}", "safety": "unsafe", **fix},
    )
    [finding] = found(one, world([handler, key], writers={suffix: _Words()}))
    return finding.fixes


@pytest.mark.parametrize(
    ("fix", "edits"),
    [
        ({"replace": "key.value", "by": "event.id"}, [(at(33), 'event["id"]')]),
        ({"replace": "key.value", "by": "str({key.value})"}, [(at(33), 'str(event["time"])')]),
        ({"replace": "key.value", "by": "{'a': {key.value}}"}, [(at(33), "{'a': event[\"time\"]}")]),
        ({"insert_argument": {"call": "key", "argument": "timeout", "value": "10"}}, [(at(30), "(timeout=10)")]),
        ({"set": "handler.time_limit", "to": "6 * 10s"}, [(at(0), "time_limit=60.0")]),
        ({"set": "handler.time_limit", "to": "10 * 6s / 4"}, [(at(0), "time_limit=15.0")]),
        ({"set": "handler.time_limit", "to": True}, [(at(0), "time_limit=True")]),
        ({"delete": "key"}, [(at(30), "")]),
        ({"add": "dead_letter", "for": "key"}, [(Place("consumer.py", 33, 33), "+dead_letter")]),
        (
            {"add": {"addition": "copy of {key.value}", "for": "key"}},
            [(Place("consumer.py", 33, 33), '+copy of event["time"]')],
        ),
        ({"reword": {"target": "key.value", "word": "a-*", "by": "b"}}, [(at(33), "a-*->b")]),
        ({"return": "key"}, [(Place("consumer.py", 30, 30), "return ")]),
        ({"raise": "key"}, [(at(30), "raise")]),
        (
            {"replace": "key.value", "by": "shop.keys.stable({key.value})", "import": "shop.keys.stable"},
            [(Place("consumer.py", 0, 0), "from shop.keys import stable\n"), (at(33), 'stable(event["time"])')],
        ),
        (
            {"move_after": {"statement": "key", "after": "key.value"}},
            [(at(30), ""), (Place("consumer.py", 33, 33), "moved")],
        ),
        (
            {"insert_argument": {"call": "key", "argument": "key", "value": 'f"{{event.id}}-1"'}},
            [(at(30), "(key=f\"{event['id']}-1\")")],
        ),
        ({"delete": "key", "unless": ["handler.time_limit > 1d"]}, [(at(30), "")]),
        (
            {"steps": [{"set": "handler.time_limit", "to": True}, {"delete": "key"}]},
            [(at(0), "time_limit=True"), (at(30), "")],
        ),
        (
            {"delete": "key", "import": "import json"},
            [(Place("consumer.py", 0, 0), "import json\n"), (at(30), "")],
        ),
    ],
)
def test_a_fix_is_written_by_the_language(fix: dict[str, object], edits: list[tuple[Place, str]]) -> None:
    [offered] = _fixed(fix)
    assert offered.title == 'Use event["time"]'
    assert [(edit.place, edit.text) for edit in offered.edits] == edits


@pytest.mark.parametrize(
    ("fix", "suffix"),
    [
        ({"replace": "key.value", "by": "event.version"}, ".py"),
        ({"replace": "key.value", "by": "event.id"}, ".yaml"),
        ({"set": "key.value", "to": "handler.time_limit"}, ".py"),
        ({"steps": [{"delete": "key"}, {"replace": "key.value", "by": "event.version"}]}, ".py"),
        ({"steps": [{"delete": "key"}, {"raise": "key"}]}, ".py"),
        ({"delete": "key", "unless": ["handler.time_limit > 1d", "key comes from event.timestamp"]}, ".py"),
        ({"replace": "key.value", "by": "str({handler.ordered_processor})"}, ".py"),
    ],
)
def test_a_fix_that_cannot_be_written_is_not_offered(fix: dict[str, object], suffix: str) -> None:
    assert _fixed(fix, suffix) == ()


def test_a_fix_is_made_at_every_place_of_its_finding() -> None:
    graph = line_of_steps(5)
    one = a_rule(fix={"title": "Drop it", "safety": "unsafe", "delete": "effect"})
    shop = world([handler_of(graph, at_least_once=True), *_effects(graph, 40, 50)], writers={".py": _Words()})
    [finding] = found(one, shop)
    assert [edit.place for edit in finding.fixes[0].edits] == [at(40), at(50)]


def _edit(start: int, end: int, text: str) -> Edit:
    return Edit(Place("a.py", start, end), text)


@pytest.mark.parametrize(
    ("data", "edits", "result"),
    [
        (b"abcdef", [_edit(4, 5, "E"), _edit(0, 1, "A")], b"AbcdEf"),
        (b"abc", [_edit(1, 1, "x"), _edit(1, 1, "y")], b"axybc"),
        (b"abc", [_edit(1, 1, "x"), _edit(1, 1, "x")], b"axbc"),
        (b"a\r\nb\r\n", [_edit(3, 3, "new\n")], b"a\r\nnew\r\nb\r\n"),
        (b"a\nb\n", [_edit(2, 2, "new\r\n")], b"a\nnew\nb\n"),
        (b"a\r\nb", [_edit(4, 4, "\nlast")], b"a\r\nb\r\nlast"),
        (b"a\rb\r", [_edit(2, 2, "new\n")], b"a\rnew\rb\r"),
        (b"one", [_edit(3, 3, "\ntwo")], b"one\ntwo"),
        ("é=1\n".encode(), [_edit(3, 4, "ü")], "é=ü\n".encode()),
        (b"", [], b""),
    ],
)
def test_edits_are_applied_with_the_line_ends_of_their_place(data: bytes, edits: list[Edit], result: bytes) -> None:
    assert fixes.apply(data, edits) == result


def test_edits_that_touch_the_same_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap at byte 2"):
        fixes.apply(b"abcdef", [_edit(0, 3, "x"), _edit(2, 4, "y")])
    with pytest.raises(ValueError, match="overlap"):
        fixes.apply(b"abc", [_edit(2, 9, "x")])


def test_fixes_that_do_not_fit_together_are_left_for_the_next_round() -> None:
    first, second = (Fix("t", "safe", (_edit(start, start + 3, "x"),)) for start in (0, 2))
    third = Fix("t", "safe", (_edit(0, 3, "x"), _edit(8, 9, "z")))
    assert fixes.compatible([first, second, third]) == (first, third)
