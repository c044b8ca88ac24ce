"""Where a value comes from: event, clock, random, store, config ... through names, calls, text and containers."""

from __future__ import annotations

from twice import outline as o
from twice.noun import Traced
from twice.project import answers, iterated, objects
from twice.project.given import item
from twice.project.names import Names
from twice.project.scopes import Binding, visible
from twice.project.sources import (
    CONSTANT,
    ELEMENT,
    UNTRACED,
    Source,
    Ways,
    limited,
    mixed,
    periods,
    taken,
    words,
)  # fmt: skip
from twice.project.things import File, Frame, Instance, Kind, Outside, Routine
from twice.project.values import Given, follow
from twice.text import Place

_DEEPEST = 40
_TEXT_LIMIT = 60
# A time cut off here or before has lost its seconds: 2024-05-01T10:30
_MINUTES = 16


class Tracer:
    """Traces values of one workspace snapshot."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._known: dict[tuple[int, int], Ways] = {}
        self._depth = 0

    def ways(self, value: o.Value | None, frame: Frame) -> Ways:
        """The alternatives a value can take, each with all the sources that flow into it."""
        if value is None or self._depth > _DEEPEST:
            return UNTRACED
        key = (id(value), id(frame))
        if key in self._known:
            return self._known[key]
        self._known[key] = UNTRACED
        self.names.frames.keep((value, frame))  # what is known goes by identity
        self._depth += 1
        try:
            result = self._ways(value, frame)
        finally:
            self._depth -= 1
        self._known[key] = result
        return result

    def traced(self, value: o.Value, frame: Frame) -> Traced:
        """The value as a fact: its text, place and origins."""
        return self.told(value, frame, self.ways(value, frame))

    def told(self, value: o.Value, frame: Frame, found: Ways) -> Traced:
        """A fact whose origins are known, written where ``value`` stands."""
        data = self.names.outlines[frame.path].data
        text = " ".join(data[value.start : value.end].decode("utf-8", "replace").split())
        if len(text) > _TEXT_LIMIT:
            text = text[: _TEXT_LIMIT - 1] + "…"
        ways = tuple(frozenset(word for source in way for word in self.words(source)) for way in found)
        complete = not any("unknown" in way for way in ways)
        return Traced(text, Place(frame.path, value.start, value.end), ways, complete)

    def given(self, name: str, frame: Frame) -> Ways:
        """What a parameter of the frame's function was given."""
        for index, parameter in enumerate(frame.function.parameters):
            if parameter.name == name:
                return self._parameter(parameter, index, frame.function, frame)
        return UNTRACED

    def words(self, source: Source) -> frozenset[str]:
        """The vocabulary's words for a source."""
        return words(self.names.libraries, source)

    # How each form is traced

    def _ways(self, value: o.Value, frame: Frame) -> Ways:
        match value:
            case o.Literal():
                return CONSTANT
            case o.Name():
                return self._name(value, frame)
            case o.Attribute():
                return self._attribute(value, frame)
            case o.Subscript():
                return self._subscript(value, frame)
            case o.Call():
                return answers.ways_of(self, value, frame)
            case o.Choice():
                return limited((*self.ways(value.then, frame), *self.ways(value.otherwise, frame)))
            case o.Operation(operator="or"):
                full = [part for part in value.operands if not answers.is_empty(part)] or value.operands
                return limited(way for part in full for way in self.ways(part, frame))
            case o.Operation(operator="and"):
                return self.ways(value.operands[-1], frame)
            case o.Await() | o.Bind():
                return self.ways(value.value, frame)
            case o.Comprehension():
                return self.ways(value.element, frame)
            case o.Lambda():
                return UNTRACED
        found = o.parts(value)
        ways = mixed(self.ways(part, frame) for part in found) if found else CONSTANT
        return periods(self.names.libraries, ways) if _cuts_down(value) else ways

    def _name(self, value: o.Name, frame: Frame) -> Ways:
        scope: o.Function | None = frame.function
        current: Frame | None = frame
        at = value.start
        while scope is not None:
            inside = self._frame_of(scope, current, frame)
            found = visible(scope, value.id, at)
            if found:
                return self._of_bindings(found, scope, value, inside)
            for index, parameter in enumerate(scope.parameters):
                if parameter.name == value.id:
                    return self._parameter(parameter, index, scope, inside)
            current = inside.closure
            outer = scope.outer if current is None else current.function
            if outer is None and scope.name != "<module>":
                outer = self.names.outlines[frame.path].module
            at = scope.start if scope.name == "<lambda>" else scope.end
            scope = outer
            if scope is not None and scope.name == "<module>":
                at = scope.end
        return CONSTANT if self._is_ours(value, frame) else UNTRACED

    def _of_bindings(self, found: list[Binding], scope: o.Function, name: o.Name, frame: Frame) -> Ways:
        """What is added to a name, by ``+=`` or key by key, flows into whatever it was bound to."""
        base = limited(way for one in found if one.how != "add" for way in self._bound(one, frame))
        added = [self._bound(one, frame) for one in found if one.how == "add"]
        added += [self.ways(value, frame) for value in objects.set_later(scope, name)]
        return mixed([base or CONSTANT, *added]) if added else base

    def _frame_of(self, scope: o.Function, current: Frame | None, frame: Frame) -> Frame:
        if current is not None and current.function is scope:
            return current
        if scope.name == "<module>":
            return self.names.frames.module_frame(frame.path)
        return self.names.frames.own_frame(scope, frame.path)

    def _is_ours(self, value: o.Value, frame: Frame) -> bool:
        return isinstance(self.names.resolve(value, frame), Routine | Kind | File)

    def _parameter(self, parameter: o.Parameter, index: int, scope: o.Function, frame: Frame) -> Ways:
        if parameter.name in frame.event:
            kind, _, path = frame.event[parameter.name].partition(":")
            start = tuple(part for part in path.split(".") if part)
            return (frozenset({Source("event", kind, start)}),)
        if parameter.name in frame.arguments:
            return self.ways(*frame.arguments[parameter.name])
        if frame.caller is not None and parameter.default is not None and not parameter.star:
            return self.ways(parameter.default, self.names.frames.module_frame(frame.path))
        if index == 0 and scope.owner is not None:
            return CONSTANT
        return UNTRACED

    def _bound(self, binding: Binding, frame: Frame) -> Ways:
        value = binding.value
        if isinstance(value, o.Function | o.Class):
            return CONSTANT
        if isinstance(value, o.Import):
            return self._imported(value, frame)
        if value is None:
            return (frozenset({Source("error")}),)
        if binding.how == "unpack" or binding.path:
            return self._unpacked(value, binding, frame)
        if binding.how == "element":
            return self._handed_out(value, frame) or taken(self.ways(value, frame), ELEMENT)
        return self.ways(value, frame)

    def _handed_out(self, value: o.Value, frame: Frame) -> Ways | None:
        """An element of a consumer that is looped over is an event, one of a generator of ours what it gives out."""
        given = iterated.given_out(self.names, value, frame)
        if given:
            return limited(way for one, inside in given for way in self.ways(one, inside))
        types = set(self.names.type_names(self.names.resolve(value, frame)))
        kinds = [spec.kind for spec in self.names.libraries.handlers if spec.over and spec.over in types]
        return (frozenset({Source("event", kinds[0])}),) if kinds else None

    def _unpacked(self, value: o.Value, binding: Binding, frame: Frame) -> Ways:
        index = binding.path[0]
        if binding.how == "assign" and index is not None:
            found = answers.entries_of(self, value, index, frame)
            if found is not None:
                return found
        if binding.how == "element" and index is not None:
            given = iterated.given_out(self.names, value, frame)
            if given:
                return limited(way for one, inside in given for way in self._part(one, index, inside))
        ways = self.ways(value, frame)
        inner = taken(ways, ELEMENT) if binding.how == "element" else ways
        called = value.value if isinstance(value, o.Await) else value
        counting = isinstance(called, o.Call) and isinstance(called.callee, o.Name) and called.callee.id == "enumerate"
        if counting and index == 0:
            return CONSTANT
        return inner if counting or index is None else taken(inner, str(index))

    def _part(self, value: o.Value, index: int, frame: Frame) -> Ways:
        if isinstance(value, o.Collection) and index < len(value.items):
            return self.ways(value.items[index], frame)
        return taken(self.ways(value, frame), str(index))

    def _imported(self, statement: o.Import, frame: Frame) -> Ways:
        key = (id(statement), id(frame))
        if key not in self._known:
            self._known[key] = UNTRACED  # until it is found: two modules may import a name from each other
            self.names.frames.keep((statement, frame))
            self._known[key] = self._of_module(statement, frame)
        return self._known[key]

    def _of_module(self, statement: o.Import, frame: Frame) -> Ways:
        target = self.names.modules.find(statement.module, frame.path)
        if target is None or statement.member in (None, "*"):
            dotted = statement.module if statement.member is None else f"{statement.module}.{statement.member}"
            return self._outside(dotted)
        module = self.names.outlines[target].module
        found = visible(module, str(statement.member), module.end)
        inside = self.names.frames.module_frame(target)
        return limited(way for binding in found for way in self._bound(binding, inside)) or UNTRACED

    def _outside(self, dotted: str) -> Ways:
        known = self.names.libraries.values
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            if (origin := known.get(".".join(parts[:length]))) is not None:
                return (frozenset({Source(origin)}),)
        return CONSTANT

    def _attribute(self, value: o.Attribute, frame: Frame) -> Ways:
        thing = self.names.resolve(value, frame)
        if isinstance(thing, Outside):
            for name in self.names.spellings(thing):
                if (origin := self.names.libraries.values.get(name)) is not None:
                    return (frozenset({Source(origin)}),)
        if isinstance(thing, Routine | Kind | File):
            return CONSTANT
        base = self.names.resolve(value.base, frame)
        if isinstance(base, File):
            found = visible(self.names.outlines[base.path].module, value.name, 1 << 60)
            inside = self.names.frames.module_frame(base.path)
            return limited(way for binding in found for way in self._bound(binding, inside)) or UNTRACED
        if isinstance(base, Outside) and base.receiver is None:
            return self._outside(f"{base.name}.{value.name}")
        if isinstance(base, Instance) and isinstance(base.kind, Kind):
            own = objects.attribute(self, base, value.name)
            if own is not None:
                return own
        return self.part(value.base, value.name, frame)

    def _subscript(self, value: o.Subscript, frame: Frame) -> Ways:
        if isinstance(value.key, o.Literal) and isinstance(value.key.value, str | int):
            return self.part(value.base, str(value.key.value), frame)
        ways = self.ways(value.base, frame)
        if isinstance(value.key, o.Other):  # a slice of it
            return periods(self.names.libraries, ways) if _ends_early(value.key) else ways
        return taken(ways, ELEMENT)

    def part(self, base: o.Value, key: str, frame: Frame) -> Ways:
        """An entry or attribute of a value: of a mapping the program builds, else one step further into its sources. The year
        of a time is a period."""
        given = follow(self.names, Given(base, frame))
        if isinstance(given.value, o.Mapping):
            entry = item(self.names, Given(base, frame), key)
            if isinstance(entry, Given):
                return self.ways(entry.value, entry.frame)
        ways = self.ways(base, frame)
        if key in self.names.libraries.settings.get("period_parts", ()):
            return periods(self.names.libraries, ways, key)
        return taken(ways, key)


def _cuts_down(value: o.Value) -> bool:
    """``ts // 3600`` and ``ts - ts % 3600`` are the hour, whatever the time."""
    if not isinstance(value, o.Operation):
        return False
    remainder = any(isinstance(part, o.Operation) and part.operator == "%" for part in value.operands)
    return value.operator == "//" or (value.operator == "-" and remainder)


def _ends_early(key: o.Other) -> bool:
    limits = [part.value for part in key.parts if isinstance(part, o.Literal) and isinstance(part.value, int)]
    return bool(limits) and 0 < max(limits) <= _MINUTES
