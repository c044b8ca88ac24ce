"""Evaluates the field sources of library files: arguments, client settings, framework settings, vendor defaults.

A source is a constant, ``$argument``, ``client.field``, ``setting.name``, ``document.file:path``, or a list of them: the first that is written
counts and a constant at the end is the vendor's default. ``{of: source, not: true}`` negates, ``times: 0.001`` converts a unit,
``{given: $argument}`` asks whether it is written, ``{called: method}`` whether that method of the same object is called, with ``argument: X`` what it is given, ``{least: [..]}`` is the smallest limit, ``{by: X, cases: {..}}``
picks by another source, ``{route: SETTING, key: queue, names: $name}`` looks a task up in a table of routes, ``{cron: X}`` is how often a timetable is due, ``{server: X}`` asks whether the server of an address throws away what it holds, ``{scheme: X}`` and ``{from_now: X}`` read an address and a moment, ``{holds: X, one_of: [..]}`` looks into a list, and a mapping of version ranges picks by
the installed version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from twice import outline as o
from twice.libraries import amount
from twice.noun import Traced
from twice.project.amounts import least
from twice.project.calls import Meaning
from twice.project.constants import constant
from twice.project.deploying import Deploying
from twice.project.documents import Documents
from twice.project.field_changes import changed, matches
from twice.project.given import argument, item
from twice.project.names import Names
from twice.project.questions import QUESTIONS, agreed
from twice.project.settings import Applications, Settings
from twice.project.things import Instance, Kind, Outside
from twice.project.trace import Tracer
from twice.project.values import Given, follow
from twice.project.versions import Pins
from twice.project.written import together
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Missing, Setting, effective

_VERSION = re.compile(r"^(<=|>=|<|>|==)\s*(\d+(?:\.\d+)*)$")


# What text of the workspace says by being there, and by not being there, unless the source names something else.
_MENTIONED = {True: ("then", UNKNOWN), False: ("else", False)}


class Evaluator(Struct, frozen=True, eq=False):
    """What is needed to evaluate a source."""

    tracer: Tracer
    applications: Applications
    pins: Pins = field(default_factory=Pins)
    documents: Documents = field(default_factory=Documents)
    evicting: Mapping[str, Setting] = field(default_factory=dict)
    ordered: Mapping[str, Setting] = field(default_factory=dict)
    deploying: Deploying = field(default_factory=Deploying)
    mentions: dict[str, bool] = field(default_factory=dict)

    def reads_the_same(self, other: Evaluator) -> bool:
        """Is all that is read by it also what the other one reads?"""
        same = self.tracer.names is other.tracer.names and self.pins == other.pins
        beside = self.documents.files == other.documents.files and self.evicting == other.evicting
        return same and beside and self.ordered == other.ordered and other.deploying.becomes(self.deploying)

    def field(self, source: Any, meaning: Meaning, kind: str) -> object:
        """A field's value: a ``Setting``, a ``Traced`` value, NONE or UNKNOWN. Left-out arguments are NONE."""
        found = self.evaluate(source, meaning, kind)
        if found is None:
            return NONE
        return found

    def client(self, receiver: Instance | None, name: str, kind: str) -> object:
        """A field of the client an operation works with, from the call that made the client."""
        found = self._client(receiver, name, kind)
        return UNKNOWN if found is None else found

    def standing(self, source: Any) -> object:
        """What a source says where there is no call to ask: what always holds, and what any file may say."""
        if isinstance(source, Mapping):
            return self._is_said(source) if "mentioned" in source else UNKNOWN
        asks = isinstance(source, list) or (isinstance(source, str) and re.search(r"[$.]|^receiver$", source))
        value = UNKNOWN if asks else amount(source)
        return value if isinstance(value, Missing) else Setting(value, default=True)

    def _is_said(self, source: Mapping[Any, Any]) -> object:
        """What is said when somebody mentions it; else what holds where nobody does, which is the vendor's default."""
        mentioned = self.is_mentioned(source["mentioned"]) or self.deploying.mentions(source.get("deployed", ()))
        said = amount(source.get(*_MENTIONED[mentioned]))
        return said if isinstance(said, Missing) else Setting(said, default=not mentioned)

    def evaluate(self, source: Any, meaning: Meaning, kind: str) -> object | None:
        """What a source says of a call: like ``field``, and None when the author did not write it."""
        if isinstance(source, list):
            return self._first(source, meaning, kind)
        if isinstance(source, Mapping):
            return self._mapped(source, meaning, kind)
        if isinstance(source, str):
            if source in ("$*", "chain") and kind == "value":
                return together(self.tracer, source, meaning)
            if source.startswith("$"):
                return self.value_of(argument(self.tracer.names, meaning.call, meaning.frame, source), kind)
            if source == "receiver" and kind == "value":
                return self._receiver(meaning)
            if source.startswith("client."):
                return self._client(meaning.receiver, source.partition(".")[2], kind)
            if source.startswith("parent."):
                return self._client(self.parent(meaning), source.partition(".")[2], kind)
            if source.startswith("setting."):
                return self._setting(source, meaning, kind)
            if source.startswith("document."):
                return self.documents.setting(source, meaning.frame.path, kind)
        value = amount(source)
        return value if isinstance(value, Missing) else Setting(value, default=True)

    def _first(self, sources: list[Any], meaning: Meaning, kind: str) -> object | None:
        for source in sources:
            found = self.evaluate(source, meaning, kind)
            if found is not None:
                return Setting(NONE, default=True) if found is NONE and source is sources[-1] else found
        return None

    def _mapped(self, source: Mapping[Any, Any], meaning: Meaning, kind: str) -> object | None:
        if "given" in source:
            return self._is_given(source["given"], meaning)
        question = next((ask for word, ask in QUESTIONS.items() if word in source), None)
        if question is not None:
            return question(self, source, meaning, kind)
        if "mentioned" in source:
            return self._is_said(source)
        if "all" in source or "any" in source:
            return self._combined(source, meaning)
        if "least" in source:
            return least([self.evaluate(one, meaning, kind) for one in source["least"]])
        if "by" in source:
            return self._by_case(source, meaning, kind)
        if "of" in source:
            inner = "number" if type(source.get("is")) is int else kind
            return changed(self.evaluate(source["of"], meaning, inner), source)
        return self._by_version(source, meaning, kind)

    def _is_given(self, references: Any, meaning: Meaning) -> object:
        asked = [str(one) for one in (references if isinstance(references, list) else [references])]
        inside = [one for one in asked if one.startswith("document.")]
        if any(self.documents.setting(one, meaning.frame.path, "any") is not None for one in inside):
            return Setting(True)
        found = [self.written(one, meaning) for one in asked if one not in inside]
        if any(isinstance(one, Given) for several in found for one in several):
            return Setting(True)
        return UNKNOWN if any(UNKNOWN in several for several in found) else Setting(False)

    def _by_case(self, source: Mapping[Any, Any], meaning: Meaning, kind: str) -> object | None:
        """``{by: X, cases: {a b: Y, else: Z}}``: the source that the value of another one picks; UNKNOWN picks nothing."""
        value = effective(self.evaluate(source["by"], meaning, "word"))
        if value is UNKNOWN or value is None:
            return UNKNOWN
        cases = {word: one for words, one in source["cases"].items() for word in _keys(words)}
        return self.evaluate(cases.get(value, cases.get("else", "unknown")), meaning, kind)

    def written(self, reference: str, meaning: Meaning) -> tuple[Given | Missing, ...]:
        """What is written at ``$argument`` or ``setting.TYPE:name``: nothing, or every value that may count."""
        if not reference.startswith("setting."):
            found = argument(self.tracer.names, meaning.call, meaning.frame, reference)
            return () if found is None else (found,)
        app, _, name = reference.removeprefix("setting.").partition(":")
        several = self.applications.of(app, meaning.receiver)
        return tuple(one for settings in several for one in _written(self.tracer.names, settings, name)) or (
            () if several else (UNKNOWN,)
        )

    def is_mentioned(self, patterns: Sequence[str]) -> bool:
        """Does any file of code hold text that one of these patterns fits?"""
        key = "|".join(f"(?:{pattern})" for pattern in patterns)
        if key not in self.mentions:
            found = re.compile(key.encode())
            outlines = self.tracer.names.outlines.values()
            self.mentions[key] = any(found.search(outline.data) for outline in outlines)
        return bool(patterns) and self.mentions[key]

    def _combined(self, source: Mapping[Any, Any], meaning: Meaning) -> object:
        """``all`` and ``any`` of several yes-or-no sources; UNKNOWN where the others leave it open."""
        decisive = "any" in source
        found = [self.evaluate(one, meaning, "truth") for one in source["any" if decisive else "all"]]
        for one in found:
            if effective(one) is decisive:
                return one
        unsure = any(not isinstance(effective(one), bool) for one in found)
        return UNKNOWN if unsure else Setting(not decisive, all(not isinstance(f, Setting) or f.default for f in found))

    def _by_version(self, source: Mapping[Any, Any], meaning: Meaning, kind: str) -> object | None:
        installed = self.pins.of(meaning.spec.library, meaning.frame.path)
        answers = []
        for condition, value in source.items():
            parts = _VERSION.match(str(condition))
            if parts is None:
                return UNKNOWN
            if installed is None or matches(installed, parts[1], parts[2]):
                answers.append(self.evaluate(value, meaning, kind))
        plain = {repr(answer) for answer in answers}
        return answers[0] if len(plain) == 1 else UNKNOWN

    def value_of(self, given: Given | Missing | None, kind: str) -> object | None:
        if not isinstance(given, Given):
            return given
        if kind == "value":
            return self.tracer.traced(given.value, given.frame)
        value = self._seconds(given) if kind == "duration" else constant(self.tracer.names, given.value, given.frame)
        place = Place(given.frame.path, given.value.start, given.value.end)
        if kind == "word" and value is UNKNOWN:
            return Setting(self._named(given) or "given", False, place)
        return Setting(value, False, place)

    def _named(self, given: Given) -> str | None:
        """The last name of a constant of a library: ``AckPolicy.MANUAL`` is ``MANUAL``."""
        named = self.tracer.names.resolve(given.value, given.frame)
        return named.name.rpartition(".")[2] if isinstance(named, Outside) and named.receiver is None else None

    def _seconds(self, given: Given) -> object:
        """A duration; of several that follow each other, connecting and reading, it is their sum."""
        found = follow(self.tracer.names, given)
        if not isinstance(found.value, o.Collection):
            value = constant(self.tracer.names, given.value, given.frame)
            return UNKNOWN if isinstance(value, bool) else value
        parts = [self._seconds(Given(part, found.frame)) for part in found.value.items]
        if NONE in parts:
            return NONE
        return sum(float(str(part)) for part in parts) if UNKNOWN not in parts else UNKNOWN

    def _receiver(self, meaning: Meaning) -> Traced | None:
        callee = meaning.call.callee
        base = getattr(callee, "base", None)
        return self.tracer.traced(base, meaning.frame) if base is not None else None

    def making(self, receiver: Instance | None, name: str) -> tuple[Any, Meaning] | None:
        """Where a field of a client comes from, and the call that made the client; None when that is not in sight.

        A class of ours that extends a client decides for itself.
        """
        if receiver is None or receiver.call is None or receiver.frame is None:
            return None
        if isinstance(receiver.kind, Kind) and receiver.kind.definition.methods:
            return None
        clients = self.tracer.names.libraries.clients
        for type_name in self.tracer.names.type_names(receiver):
            spec = clients.get(type_name)
            if spec is not None and name in spec:
                plain = _plain_spec(type_name, str(spec.get("library", "")))
                return spec[name], Meaning(plain, receiver.call, receiver.frame, receiver)
        return None

    def parent(self, meaning: Meaning) -> Instance | None:
        """The object on which the call that made a client was called."""
        made_by = self.tracer.names.resolve(meaning.call.callee, meaning.frame)
        return made_by.receiver if isinstance(made_by, Outside) else None

    def _client(self, receiver: Instance | None, name: str, kind: str) -> object | None:
        made = self.making(receiver, name)
        return self.evaluate(*made, kind) if made is not None else UNKNOWN

    def _setting(self, source: str, meaning: Meaning, kind: str) -> object | None:
        """``setting.TYPE:name``: a setting of the framework whose application object has this type.

        UNKNOWN when no application is in sight, or when several of them, or several places, do not agree. The command of a worker has the last
        word.
        """
        app, _, name = source.removeprefix("setting.").partition(":")
        ordered = next((self.ordered[key] for one in name.split("|") if (key := f"{app}:{one}") in self.ordered), None)
        if ordered is not None:
            return ordered
        found = [self._of_application(one, name, kind) for one in self.applications.of(app, meaning.receiver)]
        return agreed(found) if found else UNKNOWN

    def _of_application(self, settings: Settings, name: str, kind: str) -> object | None:
        found = _written(self.tracer.names, settings, name)
        return agreed([self.value_of(one, kind) for one in found]) if found else None


def _written(names: Names, settings: Settings, name: str) -> tuple[Given | Missing, ...]:
    """The values of a setting, or of an entry of one: ``transport_options:visibility_timeout``. ``a|b`` are names it may have."""
    for one in name.split("|"):
        first, *keys = one.split(":")
        if first in settings.written:
            return tuple(
                found for given in settings.written[first] if (found := _below(names, given, keys)) is not None
            )
    return () if settings.complete else (UNKNOWN,)


def _below(names: Names, given: Given | Missing | None, keys: list[str]) -> Given | Missing | None:
    for key in keys:
        given = item(names, given, key) if isinstance(given, Given) else given
    return given


def _keys(words: object) -> tuple[object, ...]:
    return tuple(words.split()) if isinstance(words, str) else (words,)


def _plain_spec(name: str, library: str) -> Any:
    from twice.libraries import CallSpec

    return CallSpec(name, (), {}, library=library)
