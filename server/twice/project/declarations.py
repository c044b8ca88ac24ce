"""Queues that code declares at their broker: what the call that declares one says about the queue of that name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from twice import outline as o
from twice.facts import Queue, vocabulary
from twice.project.addresses import addresses
from twice.project.calls import Meaning, meanings
from twice.project.fields import Evaluator
from twice.text import Place
from twice.truth import UNKNOWN, Missing, Setting, effective


class Declarations:
    """The fields of declared queues, by their kind and name. Where two calls declare one queue differently, nothing is known."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._known: dict[tuple[str, str], dict[str, object]] | None = None

    def of(self, kind: str, name: str) -> Mapping[str, object]:
        if self._known is None:
            self._known = {}
            for meaning in self._calls():
                self._keep(meaning, self._known)
        return self._known.get((kind, name), {})

    def _calls(self) -> Iterator[Meaning]:
        names = self._evaluator.tracer.names
        wanted = {
            one.rpartition(".")[2]
            for name, specs in names.libraries.calls.items()
            for spec in specs
            for one in name.split()
            if spec.declares
        }
        for path, outline in names.code.items():
            if not any(f".{word}(".encode() in outline.data for word in wanted):
                continue
            for function in (outline.module, *outline.functions):
                own = function is not outline.module
                frame = names.frames.own_frame(function, path) if own else names.frames.module_frame(path)
                for call in function.calls:
                    if isinstance(call.callee, o.Attribute) and call.callee.name in wanted:
                        yield from (one for one in meanings(names, call, frame) if one.spec.declares)

    def _keep(self, meaning: Meaning, known: dict[tuple[str, str], dict[str, object]]) -> None:
        spec = meaning.spec.declares
        named = addresses(self._evaluator, spec["name"], meaning)
        texts = [one.name for one in named if one.how == "text"] if not isinstance(named, Missing) else []
        fields = self._fields(spec, meaning) if texts else {}
        for text in texts:
            before = known.setdefault((str(spec["kind"]), text), fields)
            if before is not fields:
                same = {one: effective(value) for one, value in before.items()}
                known[(str(spec["kind"]), text)] = {
                    one: value if same.get(one) == effective(value) else UNKNOWN for one, value in fields.items()
                }

    def _fields(self, spec: Mapping[str, Any], meaning: Meaning) -> dict[str, object]:
        words = vocabulary(Queue)
        callee = meaning.call.callee
        start, end = (callee.name_start, callee.end) if isinstance(callee, o.Attribute) else (callee.start, callee.end)
        place = Place(meaning.frame.path, start, end)
        found: dict[str, object] = {}
        for name, source in spec.items():
            if name in words:
                value = self._evaluator.field(source, meaning, words[name].kind)
                bare = isinstance(value, Setting) and value.place is None
                found[name] = replace(value, place=place) if bare and isinstance(value, Setting) else value
        return found
