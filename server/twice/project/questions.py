"""What a field source asks of the values of a call, by the word that it begins with: each a question of its own, answered elsewhere.

``{route: SETTING, ...}``, ``{cron: X}``, ``{holds: X, one_of: [..]}``: rules/libraries/README.md tells them all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from twice import outline as o
from twice.libraries import amount
from twice.project.amounts import from_now, host, scheme
from twice.project.bound import bound
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.contents import holds_text
from twice.project.first_uses import heard
from twice.project.given import argument
from twice.project.outages import names_any_error, names_outage
from twice.project.periods import of_text
from twice.project.receivers import calls_on, is_called, receiver_of
from twice.project.row_changes import of_receiver
from twice.project.task_routes import dotted, route
from twice.project.values import Given
from twice.project.written import asks_for_state, built_with, drawn
from twice.text import Place
from twice.truth import UNKNOWN, Missing, Setting, effective

if TYPE_CHECKING:
    from twice.project.fields import Evaluator

Source = Mapping[Any, Any]
# The answer for a call, in the kind that the field has; None when nothing is written there.
Question = Callable[["Evaluator", Source, Meaning, str], object | None]


def agreed(found: list[object | None]) -> object | None:
    """What all say; UNKNOWN when they differ."""
    return found[0] if len({repr(effective(one)) for one in found}) == 1 else UNKNOWN


def _argument(evaluator: Evaluator, meaning: Meaning, reference: str) -> Given | Missing | None:
    return argument(evaluator.tracer.names, meaning.call, meaning.frame, reference)


def _routed(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object | None:
    """``{route: SETTING, key: queue, names: $name}``: the queue that a table of routes has for the task of this name."""
    names, tables = evaluator.tracer.names, evaluator.written(source["route"], meaning)
    if not tables:
        return None
    given = _argument(evaluator, meaning, source["names"])
    own = literal_text(names, given.value, given.frame) if isinstance(given, Given) else None
    if given is not None and own is None:
        return UNKNOWN
    outline = names.outlines[meaning.frame.path]
    declared = (f for f in outline.everywhere() if any(one.start == meaning.call.start for one in f.decorators))
    tasks = (own,) if own else tuple(name for f in declared for name in dotted(meaning.frame.path, f.name))
    return route(names, tables, tasks, source["key"])


def _called(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object | None:
    """``{called: method}``: is it called on the same object? With ``argument: X``, what such calls are given."""
    names, method = evaluator.tracer.names, str(source["called"])
    receiver = receiver_of(names, meaning)
    if "argument" not in source:
        return is_called(names, receiver, method)
    calls = calls_on(names, receiver, method)
    found = [evaluator.evaluate(source["argument"], Meaning(meaning.spec, *one), kind) for one in calls]
    return agreed(found) if found else None


def _due(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object | None:
    """``{cron: X}``: how often what is written there is due, in seconds."""
    found = evaluator.evaluate(source["cron"], meaning, "text")
    if not isinstance(found, Setting):
        return found
    return replace(found, value=of_text(found.value) if isinstance(found.value, str) else UNKNOWN)


def _of_server(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object:
    """``{server: X}``: does the server that this address leads to throw away what it holds? Templates tell."""
    given = [one for one in evaluator.written(source["server"], meaning) if isinstance(one, Given)]
    names = {str(host(evaluator.tracer.names, one)) for one in given}
    return evaluator.evicting.get(names.pop(), UNKNOWN) if len(names) == 1 else UNKNOWN


def _scheme(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object | None:
    """``{scheme: X}``: the first part of an address that is written."""
    return _told(evaluator, meaning, source["scheme"], lambda one: scheme(evaluator.tracer.names, one))


def _from_now(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object | None:
    """``{from_now: X}``: the time from now to a moment."""
    return _told(evaluator, meaning, source["from_now"], lambda one: from_now(evaluator.tracer, one))


def _told(evaluator: Evaluator, meaning: Meaning, reference: str, read: Callable[[Given], object]) -> object | None:
    found: list[object | None] = []
    for one in evaluator.written(str(reference), meaning):
        place = Place(one.frame.path, one.value.start, one.value.end) if isinstance(one, Given) else None
        found.append(Setting(read(one), False, place) if isinstance(one, Given) else UNKNOWN)
    return agreed(found) if found else None


def _holds(evaluator: Evaluator, source: Source, meaning: Meaning, kind: str) -> object | None:
    """``{holds: X, one_of: [..]}``: does the list that is written there hold one of these texts?"""
    given = evaluator.written(str(source["holds"]), meaning)
    names, texts = evaluator.tracer.names, source["one_of"]
    found = [holds_text(names, one, texts) if isinstance(one, Given) else UNKNOWN for one in given]
    return agreed(found) if found else None


def _name_of(meaning: Meaning) -> Place:
    """Where the call of a meaning is named."""
    callee = meaning.call.callee
    start = callee.name_start if isinstance(callee, o.Attribute) else callee.start
    return Place(meaning.frame.path, start, callee.end)


# A source is asked by the first of these words that it has.
QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "heard_by": lambda by, source, meaning, kind: heard(by.tracer.names, source, meaning),
        "outage": lambda by, source, meaning, kind: names_outage(
            by.tracer.names, _argument(by, meaning, source["outage"])
        ),
        "bound": lambda by, source, meaning, kind: by.value_of(bound(by.tracer.names, source, meaning), kind),
        "any_error": lambda by, source, meaning, kind: names_any_error(
            by.tracer.names, _argument(by, meaning, source["any_error"])
        ),
        "found_by": lambda by, source, meaning, kind: of_receiver(by.tracer, source, meaning),
        "set_on": lambda by, source, meaning, kind: of_receiver(by.tracer, source, meaning),
        "built": lambda by, source, meaning, kind: built_with(by.tracer, source, meaning),
        "chosen": lambda by, source, meaning, kind: Setting(amount(source["chosen"]), False, _name_of(meaning)),
        "route": _routed,
        "words_in": lambda by, source, meaning, kind: asks_for_state(by.tracer.names, source, meaning),
        "cron": _due,
        "called": _called,
        "drawn": lambda by, source, meaning, kind: drawn(by.tracer, _argument(by, meaning, source["drawn"])),
        "server": _of_server,
        "holds": _holds,
        "scheme": _scheme,
        "from_now": _from_now,
    }
)
