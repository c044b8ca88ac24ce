"""What an extractor works with: one run, and the means to ask what its values are."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from msgspec import Struct

from twice import outline as o
from twice.flow import Region, Step
from twice.project.calls import Meaning, meanings
from twice.project.course import Run, Site
from twice.project.declared import Declared
from twice.project.destinations import Queues
from twice.project.fields import Evaluator
from twice.project.given import argument
from twice.project.names import Names
from twice.project.registries import chosen
from twice.project.things import Frame, Kind, Outside, Routine
from twice.project.trace import Tracer
from twice.project.values import Given
from twice.reachability import Nodes
from twice.text import Place


class Scene(Struct, frozen=True, eq=False):
    """One run with its evaluator and the queues of the workspace; ``declared`` is the handler it is the run of, if it is one."""

    run: Run
    evaluator: Evaluator
    queues: Queues
    declared: Declared | None = None

    @property
    def names(self) -> Names:
        return self.evaluator.tracer.names

    def step(self, site: Site) -> Step:
        return Step(self.run.graph, site.node)

    def region(self, nodes: set[int] | Nodes) -> Region:
        return self.run.region(nodes)

    def with_role(self, *roles: str) -> Iterator[tuple[Site, Meaning]]:
        """The sites one of whose meanings is one of these nouns or roles."""
        wanted = set(roles)
        for site in self.run.sites:
            for meaning in site.meanings:
                if wanted & set(meaning.spec.nouns):
                    yield site, meaning

    def of_subscription(self, name: str, usual: object) -> object:
        """A field of what joins the handler to its queue, where code declares that; ``usual`` where nothing says it."""
        declared = self.declared
        if declared is None or declared.declaration is None or name not in declared.spec.subscription:
            return usual
        return self.evaluator.field(declared.spec.subscription[name], declared.declaration, "truth")

    def from_event(self, value: o.Value, frame: Frame) -> bool:
        return any(s.origin == "event" for way in self.evaluator.tracer.ways(value, frame) for s in way)

    def is_batch(self, source: o.Value, frame: Frame) -> bool:
        """Are these the records of the event's batch, or of the answer of a receive?"""
        return is_batch(self.evaluator.tracer, source, frame)

    def text(self, value: o.Value, frame: Frame) -> str:
        """The source text of a value, on one line."""
        return " ".join(
            self.names.outlines[frame.path].data[value.start : value.end].decode("utf-8", "replace").split()
        )

    def unresolved(self, call: o.Call, frame: Frame) -> bool:
        """A call nobody here can see into, and that does more than tell."""
        if meanings(self.names, call, frame):
            return False
        thing = self.names.resolve(call.callee, frame)
        return not (
            isinstance(thing, Routine | Kind)
            or _is_plain(self.names, call, frame)
            or self.only_tells(call, frame)
            or chosen(self.names, call.callee, frame)
        )

    def only_tells(self, call: o.Call, frame: Frame) -> bool:
        """A log or a print, by the name it is called by."""
        text = self.text(call.callee, frame).lower()
        return any(re.search(pattern, text) for pattern in self.names.libraries.settings.get("telling_calls", ()))


def is_batch(tracer: Tracer, source: o.Value, frame: Frame) -> bool:
    """A loop goes over the records of a batch when its source is the event's batch, the payloads of all its records, or the
    answer of a receive."""
    layouts = tracer.names.libraries.layouts
    for found in (one for way in tracer.ways(source, frame) for one in way):
        if found.origin == "event" and found.kind in layouts:
            batch = layouts[found.kind].batch
            path = [key for key in found.path if key not in ("[]", "items()", "values()", "0", "1")]
            if (batch and path and path[-1] in batch) or (not path and "[]" in batch):
                return True
            if len(found.path) == 2 and found.path[0] in batch and found.path[1] in layouts[found.kind].payload:
                return True
    return False


def _is_plain(names: Names, call: o.Call, frame: Frame) -> bool:
    """What comes with the language, and the everyday methods of texts and containers, tell nothing and keep nothing."""
    thing = names.resolve(call.callee, frame)
    if isinstance(thing, Outside):
        return thing.name.partition(".")[0] in _LANGUAGE or thing.name in names.libraries.values
    return isinstance(call.callee, o.Attribute) and call.callee.name in _EVERYDAY


_LANGUAGE = sys.stdlib_module_names | {"builtins"}
_EVERYDAY = frozenset(
    [
        "get",
        "items",
        "keys",
        "values",
        "strip",
        "lower",
        "upper",
        "split",
        "startswith",
        "endswith",
        "isdigit",
        "append",
        "extend",
        "format",
        "join",
        "decode",
        "encode",
        "rstrip",
        "lstrip",
        "replace",
        "copy",
        "isoformat",
        "group",
        "match",
    ]
)


def callee_place(call: o.Call, path: str) -> Place:
    """Where a finding about a call points: the last name of what is called."""
    callee = call.callee
    if isinstance(callee, o.Attribute):
        return Place(path, callee.name_start, callee.name_start + len(callee.name.encode()))
    if isinstance(callee, o.Call):
        return callee_place(callee, path)
    return Place(path, callee.start, callee.end)


def callee_text(call: o.Call, data: bytes) -> str:
    text = " ".join(data[call.callee.start : call.callee.end].decode("utf-8", "replace").split())
    return text if len(text) <= 40 else "…" + text[-39:]


def way_to(frame: Frame) -> tuple[Place, ...]:
    """The calls through which a frame was reached, outermost first."""
    places: list[Place] = []
    current: Frame | None = frame
    while current is not None and current.caller is not None:
        if current.call is not None:
            places.append(callee_place(current.call, current.caller.path))
        current = current.caller
    return tuple(reversed(places))


def given_argument(scene: Scene, meaning: Meaning, reference: str) -> Given | None:
    found = argument(scene.names, meaning.call, meaning.frame, reference)
    return found if isinstance(found, Given) else None
