"""Where a value comes from: event, clock, random, store, config ... through names, calls, text and containers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twice import outline as o
from twice.facts import Traced
from twice.project.calls import Given, argument, follow, item, meanings
from twice.project.names import File, Frame, Instance, Kind, Names, Outside, Routine
from twice.project.scopes import Binding, visible
from twice.text import Place
from twice.truth import Missing

_DEEPEST = 40
_MOST_WAYS = 8
_TEXT_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Source:
    """One origin of a value. For the event: its kind and the path of keys and attributes to the part that was taken."""

    origin: str
    kind: str = ""
    path: tuple[str, ...] = ()

    def inside(self, key: str) -> Source:
        return Source(self.origin, self.kind, (*self.path, key)) if self.origin == "event" else self


Way = frozenset[Source]
Ways = tuple[Way, ...]

UNTRACED: Ways = (frozenset({Source("unknown")}),)
CONSTANT: Ways = (frozenset({Source("constant")}),)


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
        self._depth += 1
        try:
            result = self._ways(value, frame)
        finally:
            self._depth -= 1
        self._known[key] = result
        return result

    def traced(self, value: o.Value, frame: Frame) -> Traced:
        """The value as a fact: its text, place and origins."""
        data = self.names.outlines[frame.path].data
        text = " ".join(data[value.start : value.end].decode("utf-8", "replace").split())
        if len(text) > _TEXT_LIMIT:
            text = text[: _TEXT_LIMIT - 1] + "…"
        ways = tuple(frozenset(self.origin(source) for source in way) for way in self.ways(value, frame))
        complete = not any("unknown" in way for way in ways)
        return Traced(text, Place(frame.path, value.start, value.end), ways, complete)

    def origin(self, source: Source) -> str:
        """The vocabulary's word for a source."""
        if source.origin != "event":
            return source.origin
        layout = self.names.libraries.layouts.get(source.kind)
        path = list(source.path)
        if layout is not None:
            before, after = _split(path, layout.payload, layout.batch)
            if after is None:
                last = next((key for key in reversed(before) if key in layout.fields), None)
                if last is not None:
                    return layout.fields[last]
                path = [key for key in before if key not in layout.batch] if not layout.payload else []
            else:
                path = after
        return self._by_name(path)

    def _by_name(self, path: list[str]) -> str:
        for key in reversed(path):
            if key == "[]" or key.isdigit():
                continue
            for origin, pattern in self.names.libraries.names:
                if pattern.search(key.removesuffix("()")):
                    return origin
            break
        return "event.payload"

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
                return self._call(value, frame)
            case o.Choice():
                return _limited((*self.ways(value.then, frame), *self.ways(value.otherwise, frame)))
            case o.Operation(operator="or"):
                return _limited(way for part in value.operands for way in self.ways(part, frame))
            case o.Await() | o.Bind():
                return self.ways(value.value, frame)
            case o.Comprehension():
                return self.ways(value.element, frame)
            case o.Lambda():
                return UNTRACED
        found = o.parts(value)
        return self._mixed([self.ways(part, frame) for part in found]) if found else CONSTANT

    def _mixed(self, parts: list[Ways]) -> Ways:
        """A value put together from parts: every combination of their alternatives."""
        result: list[Way] = [frozenset()]
        for ways in parts:
            result = [way | other for way in result for other in ways]
            if len(result) > _MOST_WAYS:
                result = [frozenset().union(*result)]
        return tuple(dict.fromkeys(result))

    def _name(self, value: o.Name, frame: Frame) -> Ways:
        scope: o.Function | None = frame.function
        current: Frame | None = frame
        at = value.start
        while scope is not None:
            inside = self._frame_of(scope, current, frame)
            found = visible(scope, value.id, at)
            if found:
                return _limited(way for binding in found for way in self._bound(binding, inside))
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

    def _frame_of(self, scope: o.Function, current: Frame | None, frame: Frame) -> Frame:
        if current is not None and current.function is scope:
            return current
        if scope.name == "<module>":
            return self.names.module_frame(frame.path)
        return self.names.own_frame(scope, frame.path)

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
            return self.ways(parameter.default, self.names.module_frame(frame.path))
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
        ways = self.ways(value, frame)
        if binding.how == "element":
            return _taken(ways, "[]")
        return ways

    def _unpacked(self, value: o.Value, binding: Binding, frame: Frame) -> Ways:
        index = binding.path[0]
        if (
            binding.how == "assign"
            and isinstance(value, o.Collection)
            and index is not None
            and index < len(value.items)
        ):
            return self.ways(value.items[index], frame)
        ways = self.ways(value, frame)
        inner = _taken(ways, "[]") if binding.how == "element" else ways
        called = value.value if isinstance(value, o.Await) else value
        counting = isinstance(called, o.Call) and isinstance(called.callee, o.Name) and called.callee.id == "enumerate"
        if counting and index == 0:
            return CONSTANT
        return inner if counting or index is None else _taken(inner, str(index))

    def _imported(self, statement: o.Import, frame: Frame) -> Ways:
        target = self.names.modules.find(statement.module, frame.path)
        if target is None or statement.member in (None, "*"):
            dotted = statement.module if statement.member is None else f"{statement.module}.{statement.member}"
            return self._outside(dotted)
        module = self.names.outlines[target].module
        found = visible(module, str(statement.member), module.end)
        inside = self.names.module_frame(target)
        return _limited(way for binding in found for way in self._bound(binding, inside)) or UNTRACED

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
            inside = self.names.module_frame(base.path)
            return _limited(way for binding in found for way in self._bound(binding, inside)) or UNTRACED
        if isinstance(base, Outside) and base.receiver is None:
            return self._outside(f"{base.name}.{value.name}")
        if isinstance(base, Instance) and isinstance(base.kind, Kind):
            own = self._object_attribute(base, value.name)
            if own is not None:
                return own
        return self._through(value.base, value.name, frame)

    def _object_attribute(self, instance: Instance, name: str) -> Ways | None:
        assert isinstance(instance.kind, Kind)
        if instance.call is not None and instance.frame is not None:
            given = argument(self.names, instance.call, instance.frame, f"${name}")
            if isinstance(given, Given):
                return self.ways(given.value, given.frame)
        found: list[Way] = []
        for ancestor in self.names.ancestors(instance.kind):
            if isinstance(ancestor, Kind):
                for value, _, method in self.names.self_values(ancestor, name):
                    if value is not None:
                        found.extend(self.ways(value, self.names.method_frame(method, ancestor, instance)))
        return _limited(found) if found else None

    def _subscript(self, value: o.Subscript, frame: Frame) -> Ways:
        if isinstance(value.key, o.Literal) and isinstance(value.key.value, str | int):
            return self._through(value.base, str(value.key.value), frame)
        return _taken(self.ways(value.base, frame), "[]")

    def _through(self, base: o.Value, key: str, frame: Frame) -> Ways:
        given = follow(self.names, Given(base, frame))
        if isinstance(given.value, o.Mapping):
            entry = item(self.names, Given(base, frame), key)
            if isinstance(entry, Given):
                return self.ways(entry.value, entry.frame)
        return _taken(self.ways(base, frame), key)

    def _call(self, value: o.Call, frame: Frame) -> Ways:
        for meaning in meanings(self.names, value, frame):
            spec = meaning.spec
            if spec.passes or spec.origin:
                parts = [self._passed(value, frame, reference) for reference in spec.passes]
                own: list[Ways] = [(frozenset({Source(spec.origin)}),)] if spec.origin else []
                return self._mixed([*own, *parts])
            if "receive" in spec.nouns:
                return (frozenset({Source("event", spec.kind)}),)
            if "read" in spec.nouns or "lookup" in spec.nouns:
                return (frozenset({Source("store")}),)
        thing = self.names.resolve(value.callee, frame)
        if isinstance(thing, Routine):
            return self._returned(thing, value, frame)
        if isinstance(value.callee, o.Attribute):
            return self._method(value, value.callee, frame)
        return self._made(value, frame, isinstance(thing, Kind))

    def _passed(self, call: o.Call, frame: Frame, reference: str) -> Ways:
        if reference == "receiver":
            return self.ways(call.callee.base, frame) if isinstance(call.callee, o.Attribute) else UNTRACED
        if reference == "*":
            return self._mixed([self.ways(one.value, frame) for one in call.arguments])
        given = argument(self.names, call, frame, reference)
        if isinstance(given, Given):
            return self.ways(given.value, given.frame)
        return UNTRACED if isinstance(given, Missing) else CONSTANT

    def _returned(self, routine: Routine, call: o.Call, frame: Frame) -> Ways:
        if frame.runs(routine.function) or frame.depth() > 10:
            return UNTRACED
        inside = self.names.enter(routine, call, frame)
        found: list[Way] = []
        for statement in o.statements(routine.function.body):
            if isinstance(statement, o.Leave) and statement.kind == "return" and statement.value is not None:
                found.extend(self.ways(statement.value, inside))
        return _limited(found) or UNTRACED

    def _method(self, call: o.Call, callee: o.Attribute, frame: Frame) -> Ways:
        """A method of a value: taking a part (``get``), passing it on (``strip``), or reading it (``timestamp()``)."""
        base = self.ways(callee.base, frame)
        if callee.name in ("get", "pop", "setdefault", "getlist") and call.arguments:
            key = call.arguments[0].value
            taken = (
                self._through(callee.base, str(key.value), frame)
                if isinstance(key, o.Literal) and isinstance(key.value, str | int)
                else _taken(base, "[]")
            )
            extra = [self.ways(one.value, frame) for one in call.arguments[1:2] if not _is_empty(one.value)]
            return _limited((*taken, *(way for ways in extra for way in ways)))
        if not any(source.origin == "event" for way in base for source in way):
            known = all(
                source.origin in ("store", "clock", "random", "digest", "constant", "config")
                for way in base
                for source in way
            )
            arguments = [self.ways(one.value, frame) for one in call.arguments]
            if known and not (base == CONSTANT and callee.name not in self.names.libraries.passing):
                return self._mixed([base, *arguments])
            return self._mixed([UNTRACED, *arguments])
        if callee.name in self.names.libraries.passing:
            return self._mixed([base, *(self.ways(one.value, frame) for one in call.arguments)])
        if not call.arguments:
            return _taken(base, f"{callee.name}()")
        return self._mixed([base, UNTRACED, *(self.ways(one.value, frame) for one in call.arguments)])

    def _made(self, call: o.Call, frame: Frame, ours: bool) -> Ways:
        """An object of a class of ours carries its arguments; of anything else we cannot tell."""
        arguments = [self.ways(one.value, frame) for one in call.arguments]
        return self._mixed(arguments if ours and arguments else [UNTRACED, *arguments])


def _taken(ways: Ways, key: str) -> Ways:
    return tuple(frozenset(source.inside(key) for source in way) for way in ways)


def _limited(ways: Iterable[Way]) -> Ways:
    found = tuple(dict.fromkeys(ways))
    return (
        found if len(found) <= _MOST_WAYS else (*found[: _MOST_WAYS - 1], frozenset().union(*found[_MOST_WAYS - 1 :]))
    )


def _is_empty(value: o.Value) -> bool:
    return isinstance(value, o.Literal) and value.value in (None, "", 0, False)


def _split(path: list[str], payload: tuple[str, ...], batch: tuple[str, ...]) -> tuple[list[str], list[str] | None]:
    """The path up to the payload, and the path inside it (None when it does not reach the payload)."""
    for index, key in enumerate(path):
        if key in payload:
            return path[:index], path[index + 1 :]
    return path, None
