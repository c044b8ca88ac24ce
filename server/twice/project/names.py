"""What a name, attribute or call stands for, across files: function, class, object of a class, or a library's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twice import outline as o
from twice.libraries import Libraries
from twice.project import contents, decorators, imports, members, results
from twice.project.frames import Frames
from twice.project.modules import Modules, is_test
from twice.project.scopes import Binding, bindings, visible
from twice.project.things import File, Frame, Instance, Kind, Outside, Routine, Thing, has_decorator, is_static

# Chains of names longer than this are loops of imports or of assignments.
_DEEPEST = 40


class Names:
    """Resolves names of one workspace snapshot; remembers what it found."""

    def __init__(self, outlines: Mapping[str, o.Outline], modules: Modules, libraries: Libraries) -> None:
        self.outlines = outlines
        self.modules = modules
        self.libraries = libraries
        self.frames = Frames(outlines)
        # The files that are no tests: what tests do says nothing of the others. Those are read when something imports them.
        self.code = {path: outline for path, outline in outlines.items() if not is_test(path)}
        # What other modules have found, by identity.
        self.star_imports: dict[int, tuple[o.Import, ...]] = {}
        self.own_values: dict[int, dict[str, list[tuple[o.Value | None, o.Value | None, o.Function]]]] = {}
        self.decorated_as: dict[int, Instance | None] = {}
        # What ``calls.meanings`` has found, by call and frame.
        self.meant: dict[tuple[int, int], Any] = {}
        # What ``stores`` has found, by meaning.
        self.records: dict[int, Any] = {}
        # What ``wrappers`` has found, by decorated function.
        self.wrappers: dict[int, Routine | None] = {}
        # What ``handlers`` has found: what code alone declares, and by file, name and kinds what templates deploy.
        self.declared: tuple[Any, ...] | None = None
        self.deployed: dict[Any, Any] = {}
        self.listed: tuple[Any, Any] | None = None
        # What ``link`` has found: the templates that code makes.
        self.constructed: dict[str, Any] | None = None
        # Whether ``elsewhere`` follows a function, by identity.
        self.spoken: dict[int, bool] = {}
        # What ``timetables`` has found: the names in those of a kind of handler.
        self.timetables: dict[str, frozenset[str]] = {}
        # What ``registries`` has found: by callee and frame, and by decorator.
        self.registries: dict[tuple[int, int], tuple[Routine, ...]] = {}
        self.decorated_by: dict[int, list[Routine]] | None = None
        self._known: dict[tuple[int, int], Thing | None] = {}
        self._ancestors: dict[int, tuple[Kind | Outside, ...]] = {}
        self._depth = 0

    # The two questions

    def resolve(self, value: o.Value | None, frame: Frame) -> Thing | None:
        """What a value stands for, or None when that cannot be told."""
        if value is None:
            return None
        key = (id(value), id(frame))
        if key in self._known:
            return self._known[key]
        if self._depth > _DEEPEST:
            return None
        self._known[key] = None
        self.frames.keep((value, frame))
        self._known[key] = result = self.deeper(lambda: self._resolve(value, frame))
        return result

    def deeper(self, question: Callable[[], Thing | None]) -> Thing | None:
        """The answer to a question that came up in answering another; None when they go round in a circle."""
        if self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            return question()
        finally:
            self._depth -= 1

    def member(self, thing: Thing | None, name: str) -> Thing | None:
        """What an attribute of a thing stands for."""
        match thing:
            case File():
                return self.global_name(thing.path, name) or imports.submodule(self, thing.path, name)
            case Outside():
                return self.outside(f"{thing.name}.{name}", thing.receiver)
            case Kind():
                return members.member_of(self, thing, name, None)
            case Instance(kind=Kind() as kind):
                return members.member_of(self, kind, name, thing)
            case Instance(kind=Outside() as kind):
                return self.outside(f"{kind.name}.{name}", thing)
            case Routine():
                made = decorators.decorated(self, thing.function, thing.path)
                return self.member(made, name) if made is not None else None
        return None

    # Types

    def type_names(self, thing: Thing | None) -> Iterator[str]:
        """The library types an object or class is, its own first, then its bases'."""
        kind = thing.kind if isinstance(thing, Instance) else thing
        if isinstance(kind, Outside):
            yield from self.lineage(kind.name)
        elif isinstance(kind, Kind):
            for base in self.ancestors(kind):
                if isinstance(base, Outside):
                    yield from self.lineage(base.name)

    def spellings(self, outside: Outside) -> Iterator[str]:
        """The names under which a library name's meaning may be listed: its own type's, then its bases'.

        The type may stand further in front: ``Client.messages.create``.
        """
        yield outside.name
        parent, member = outside.name, ""
        while "." in parent:
            parent, _, last = parent.rpartition(".")
            member = f"{last}.{member}" if member else last
            for ancestor in list(self.lineage(parent))[1:]:
                yield f"{ancestor}.{member}"

    def lineage(self, name: str) -> Iterator[str]:
        """A library's type and its bases, as the library files tell them."""
        seen: set[str] = set()
        current: str | None = name
        while current and current not in seen:
            seen.add(current)
            yield current
            current = self.libraries.bases.get(current)

    def ancestors(self, kind: Kind) -> tuple[Kind | Outside, ...]:
        """A class and its bases, depth first; library bases come as dotted names."""
        known = self._ancestors.get(id(kind.definition))
        if known is not None:
            return known
        waiting: list[Kind | Outside] = [kind]
        found: dict[Kind | Outside | int, Kind | Outside] = {}
        whole = True
        while waiting:
            current = waiting.pop(0)
            key = id(current.definition) if isinstance(current, Kind) else current
            if key in found:
                continue
            found[key] = current
            if isinstance(current, Kind):
                bases = self._bases(current)
                whole = whole and None not in bases
                waiting[:0] = [base for base in bases if isinstance(base, Kind | Outside) and not _adds_nothing(base)]
        result = tuple(found.values())
        if whole:  # else a base may be the very question that is being answered
            self.frames.keep(kind.definition)
            self._ancestors[id(kind.definition)] = result
        return result

    def _bases(self, kind: Kind) -> list[Thing | None]:
        frame = self.frames.around(kind.definition, kind.path)
        return [self.resolve(_bare(base), frame) for base in kind.definition.bases]

    def annotated(self, annotation: o.Value | None, frame: Frame) -> Instance | None:
        """The object an annotation promises."""
        annotation = _bare(annotation)
        if isinstance(annotation, o.Literal) and isinstance(annotation.value, str):
            annotation = _dotted(annotation.value, annotation)
        if annotation is None:
            return None
        thing = self.resolve(annotation, frame)
        if isinstance(thing, Outside) and thing.name in _ANYTHING:
            return None
        if isinstance(thing, Outside):
            return Instance(Outside(self.libraries.types.get(thing.name, thing.name)))
        if isinstance(thing, Instance) and isinstance(thing.kind, Outside):
            return thing  # a class that the library files know under another name
        return Instance(thing) if isinstance(thing, Kind) else None

    # How each form resolves

    def _resolve(self, value: o.Value, frame: Frame) -> Thing | None:
        match value:
            case o.Name():
                return self._name(value, frame)
            case o.Attribute():
                return self.member(self.resolve(value.base, frame), value.name)
            case o.Call():
                return results.called(self, value, frame)
            case o.Await() | o.Bind():
                return self.resolve(value.value, frame)
            case o.Choice():
                return self.resolve(value.then, frame) or self.resolve(value.otherwise, frame)
            case o.Lambda():
                return Routine(value.function, frame.path, None, frame)
            case o.Operation(operator="|"):
                return results.joined(self, self.resolve(value.operands[0], frame))
            case o.Operation(operator="or"):
                return next((thing for part in value.operands if (thing := self.resolve(part, frame))), None)
            case o.Subscript():
                return results.element(self, self.resolve(value.base, frame), value.base, frame, value.key)
        return None

    def _name(self, value: o.Name, frame: Frame) -> Thing | None:
        name = value.id
        if name == "super":
            return Outside("builtins.super")
        scope: o.Function | None = frame.function
        current: Frame | None = frame
        at = value.start
        while scope is not None and scope.name != "<module>":
            used = (
                current
                if current is not None and current.function is scope
                else self.frames.own_frame(scope, frame.path)
            )
            found, thing = self._local(name, scope, used, at)
            if found:
                return thing
            current = used.closure
            at = scope.end
            scope = scope.outer if current is None else current.function
        return self.global_name(frame.path, name, at if frame.function.name == "<module>" else None)

    def _local(self, name: str, scope: o.Function, frame: Frame, at: int) -> tuple[bool, Thing | None]:
        if name in bindings(scope):
            for binding in visible(scope, name, at):
                if (thing := self._bound(binding, frame)) is not None:
                    return True, thing
            if not any(parameter.name == name for parameter in scope.parameters):
                return True, None
        for index, parameter in enumerate(scope.parameters):
            if parameter.name == name:
                return True, self._parameter(index, parameter, scope, frame)
        return False, None

    def _parameter(self, index: int, parameter: o.Parameter, scope: o.Function, frame: Frame) -> Thing | None:
        if index == 0 and scope.owner is not None and not is_static(scope) and parameter.name not in frame.arguments:
            if has_decorator(scope, "classmethod"):
                return Kind(scope.owner, frame.path)
            return frame.receiver or Instance(Kind(scope.owner, frame.path))
        if parameter.name in frame.arguments:
            value, caller = frame.arguments[parameter.name]
            if (thing := self.resolve(value, caller)) is not None:
                return thing
        if parameter.name in frame.given:
            return Instance(Outside(frame.given[parameter.name]))
        outer = self.frames.module_frame(frame.path)
        if (promised := self.annotated(parameter.annotation, outer)) is not None:
            return promised
        if (handed := members.handed(self, scope, index, frame.path)) is not None:
            return handed
        return self.resolve(parameter.default, outer)

    def global_name(self, path: str, name: str, at: int | None = None) -> Thing | None:
        """What a module's global name stands for; built-in names are names of the library ``builtins``."""
        outline = self.outlines.get(path)
        if outline is None:
            return None
        frame = self.frames.module_frame(path)
        table = bindings(outline.module)
        found = visible(outline.module, name, at) if at is not None else list(reversed(table.get(name, [])))
        for binding in found:
            if (thing := self._bound(binding, frame)) is not None:
                return thing
        if found:
            return self._known_by_use(outline, name, found[0], frame)
        for binding in table.get("", ()):
            if (
                isinstance(binding.value, o.Import)
                and (thing := imports.from_star(self, binding.value, path, name)) is not None
            ):
                return thing
        for statement in imports.stars(self, outline):
            if (thing := imports.from_star(self, statement, path, name)) is not None:
                return thing
        return Outside(f"builtins.{name}") if name in _BUILTINS else None

    def _known_by_use(self, outline: o.Outline, name: str, binding: Binding, frame: Frame) -> Thing | None:
        """An object whose making is not in sight, by the methods that its own module calls on it."""
        if binding.how != "assign" or not isinstance(binding.value, o.Call):
            return None
        for typed, methods in self.libraries.known_by.items():
            if all(f"{name}.{method}(".encode() in outline.data for method in methods):
                return Instance(Outside(typed), binding.value, frame)
        return None

    def _bound(self, binding: Binding, frame: Frame) -> Thing | None:
        value = binding.value
        match value:
            case o.Function():
                closure = frame if frame.function.name != "<module>" else None
                return Routine(value, frame.path, None, closure)
            case o.Class():
                return Kind(value, frame.path)
            case o.Import():
                return imports.imported(self, value, frame.path)
            case None:
                return None
        if binding.path:
            return self._unpacked(value, binding, frame)
        if binding.how == "element":
            return results.element(self, self.resolve(value, frame), value, frame, None)
        if binding.how == "enter":
            return results.entered(self, self.resolve(value, frame))
        thing = self.resolve(value, frame) if binding.how == "assign" else None
        return thing or self.annotated(binding.annotation, frame)

    def _unpacked(self, value: o.Value, binding: Binding, frame: Frame) -> Thing | None:
        if (
            binding.how == "assign"
            and isinstance(value, o.Collection)
            and len(binding.path) == 1
            and binding.path[0] is not None
        ):
            return self.resolve(value.items[binding.path[0]], frame) if binding.path[0] < len(value.items) else None
        if binding.how == "assign" and len(binding.path) == 1 and binding.path[0] is not None:
            return contents.at(self, value, frame, binding.path[0])
        return None

    def outside(self, name: str, receiver: Instance | None) -> Thing:
        """A library's name; an attribute with a known type is an object of that type."""
        parent, _, member = name.rpartition(".")
        for ancestor in self.lineage(parent):
            if (typed := self.libraries.types.get(f"{ancestor}.{member}")) is not None:
                return Instance(
                    Outside(typed), receiver.call if receiver else None, receiver.frame if receiver else None
                )
        return Outside(name, receiver)


def _bare(annotation: o.Value | None) -> o.Value | None:
    """``Optional[X]``, ``Annotated[X, ...]``, ``X | None`` and ``Base[X]`` without their wrapping."""
    if isinstance(annotation, o.Subscript):
        name = annotation.base.name if isinstance(annotation.base, o.Attribute) else getattr(annotation.base, "id", "")
        if name in ("Optional", "Annotated", "ClassVar", "Final", "Union"):
            key = annotation.key
            parts = key.items if isinstance(key, o.Collection) and key.items else (key,)
            return _bare(next((part for part in parts if not _is_none(part)), parts[0]))
        return annotation.base
    if isinstance(annotation, o.Operation) and annotation.operator == "|":
        return next((_bare(part) for part in annotation.operands if not isinstance(part, o.Literal)), None)
    if isinstance(annotation, o.Other) and annotation.parts:
        return _bare(annotation.parts[0])
    return annotation


def _is_none(annotation: o.Value) -> bool:
    return isinstance(annotation, o.Literal) and annotation.value is None


def _dotted(text: str, at: o.Node) -> o.Value | None:
    words = text.partition("[")[0].strip().split(".")
    if not all(word.isidentifier() for word in words):
        return None
    value: o.Value = o.Name(at.start, at.end, words[0])
    for word in words[1:]:
        value = o.Attribute(at.start, at.end, value, word, at.start)
    return value


def _adds_nothing(base: Kind | Outside) -> bool:
    """A base that has no attributes to inherit: what is not found in the class is then not known, rather than the library's."""
    return isinstance(base, Outside) and base.name in _PLAIN_BASES


_ANYTHING = frozenset({"typing.Any", "typing_extensions.Any", "builtins.object"})
_PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})
_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
