"""What a name, attribute or call stands for, across files: function, class, object of a class, or a library's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice import outline as o
from twice.libraries import Libraries
from twice.project.arguments import bound
from twice.project.modules import Modules
from twice.project.scopes import Binding, bindings, visible

# Chains of names longer than this are loops of imports or of assignments.
_DEEPEST = 40


class File(Struct, frozen=True, eq=False):
    """A module of the workspace as a value."""

    path: str


class Routine(Struct, frozen=True, eq=False):
    """A function of the workspace, with the object it is bound to and the frame it was defined in."""

    function: o.Function
    path: str
    receiver: Thing | None = None
    closure: Frame | None = None


class Kind(Struct, frozen=True, eq=False):
    """A class of the workspace."""

    definition: o.Class
    path: str


class Outside(Struct, frozen=True, eq=False):
    """A dotted name of an installed library; ``receiver`` is the object it was reached through."""

    name: str
    receiver: Instance | None = None


class Instance(Struct, frozen=True, eq=False):
    """An object: of a class of ours or of a library's type, with the call that made it.

    ``element`` is the class of ours that the objects in it have (a query's rows, say).
    """

    kind: Kind | Outside
    call: o.Call | None = None
    frame: Frame | None = None
    element: Kind | None = None


Thing = File | Routine | Kind | Outside | Instance


class Frame(Struct, eq=False):
    """One activation of a function: what its parameters are bound to, and where it was called from.

    ``event`` maps parameters of a handler to the kind of event they carry; ``given`` maps parameters to library types. A
    wrapper around a handler ``stands_for`` the handler's own frame.
    """

    function: o.Function
    path: str
    arguments: Mapping[str, tuple[o.Value, Frame]] = field(default_factory=dict)
    receiver: Thing | None = None
    caller: Frame | None = None
    call: o.Call | None = None
    closure: Frame | None = None
    event: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    stands_for: Frame | None = None

    def depth(self) -> int:
        return 1 + (self.caller.depth() if self.caller else 0)

    def runs(self, function: o.Function) -> bool:
        """Is the function already active here? Then calling it again is recursion."""
        return self.function is function or (self.caller is not None and self.caller.runs(function))


class Names:
    """Resolves names of one workspace snapshot; remembers what it found."""

    def __init__(self, outlines: Mapping[str, o.Outline], modules: Modules, libraries: Libraries) -> None:
        self.outlines = outlines
        self.modules = modules
        self.libraries = libraries
        self._module_frames: dict[str, Frame] = {}
        self._own_frames: dict[int, Frame] = {}
        self._star_imports: dict[int, tuple[o.Import, ...]] = {}
        self._entered_frames: dict[tuple[object, ...], Frame] = {}
        self._own_values: dict[int, dict[str, list[tuple[o.Value | None, o.Value | None, o.Function]]]] = {}
        self._known: dict[tuple[int, int], Thing | None] = {}
        self._decorated: dict[int, Instance | None] = {}
        self._alive: list[object] = []
        self._depth = 0
        # What ``calls.meanings`` has found, by call and frame.
        self.meant: dict[tuple[int, int], Any] = {}
        # What ``wrappers`` has found, by decorated function.
        self.wrappers: dict[int, Routine | None] = {}

    # The three questions

    def resolve(self, value: o.Value | None, frame: Frame) -> Thing | None:
        """What a value stands for, or None when that cannot be told."""
        if value is None or self._depth > _DEEPEST:
            return None
        key = (id(value), id(frame))
        if key in self._known:
            return self._known[key]
        self._known[key] = None
        self._alive.append((value, frame))
        self._depth += 1
        try:
            result = self._resolve(value, frame)
        finally:
            self._depth -= 1
        self._known[key] = result
        return result

    def member(self, thing: Thing | None, name: str) -> Thing | None:
        """What an attribute of a thing stands for."""
        match thing:
            case File():
                return self.global_name(thing.path, name) or self._submodule(thing.path, name)
            case Outside():
                return self._outside(f"{thing.name}.{name}", None)
            case Kind():
                return self._class_member(thing, name, None)
            case Instance(kind=Kind() as kind):
                return self._class_member(kind, name, thing)
            case Instance(kind=Outside() as kind):
                return self._outside(f"{kind.name}.{name}", thing)
            case Routine():
                made = self.decorated(thing.function, thing.path)
                return self.member(made, name) if made is not None else None
        return None

    def decorated(self, function: o.Function, path: str) -> Instance | None:
        """The object a decorated function becomes (a task, say), also through a decorator of ours; one of a class of ours
        when the decorator, or the application it belongs to, names one."""
        if not function.decorators:
            return None
        if id(function) not in self._decorated:
            self.keep(function)
            self._decorated[id(function)] = None  # a decorator that is asked about itself
            self._decorated[id(function)] = self._made_by_decorator(function, path)
        return self._decorated[id(function)]

    def _made_by_decorator(self, function: o.Function, path: str) -> Instance | None:
        frame = self.module_frame(path)
        for decorator in function.decorators:
            thing = self.resolve(decorator.callee if isinstance(decorator, o.Call) else decorator, frame)
            for outside, call, inside in self.decorations(thing):
                typed = next((t for n in self.spellings(outside) if (t := self.libraries.types.get(f"{n}@"))), None)
                if typed is not None:
                    used = call or (decorator if isinstance(decorator, o.Call) else None)
                    return self._of_class(typed, outside, used, inside or frame)
        return None

    def _of_class(self, typed: str, outside: Outside, call: o.Call | None, frame: Frame) -> Instance | None:
        """None when a class is named that nobody here knows: what its objects do cannot be told."""
        for name in self.libraries.classes.get(typed, ()):
            given = self._class_named(name, outside, call, frame)
            if given is not None:
                thing, inside = given
                found = self._written_out(thing, inside) or self.resolve(thing, inside)
                if isinstance(found, Kind):
                    return Instance(found, call, frame)
                known = isinstance(found, Outside) and typed in self._lineage(found.name)
                return Instance(Outside(typed)) if known else None
        return Instance(Outside(typed))

    def _written_out(self, value: o.Value, frame: Frame) -> Thing | None:
        """What a text names: ``shop.tasks:Task`` or ``shop.tasks.Task``."""
        if not isinstance(value, o.Literal) or not isinstance(value.value, str):
            return None
        module, _, name = value.value.replace(":", ".").rpartition(".")
        target = self.modules.find(module, frame.path) if module else None
        return self.global_name(target, name) if target is not None else None

    def _class_named(
        self, name: str, outside: Outside, call: o.Call | None, frame: Frame
    ) -> tuple[o.Value, Frame] | None:
        """The argument of the decorator, or of the call that made the application, or an attribute of the application's class."""
        app = outside.receiver
        for made, inside in ((call, frame), (app.call, app.frame) if app is not None else (None, None)):
            for one in made.arguments if made is not None else ():
                if one.name == name and inside is not None:
                    return one.value, inside
        for ancestor in self.ancestors(app.kind) if app is not None and isinstance(app.kind, Kind) else ():
            if isinstance(ancestor, Kind):
                for assign in ancestor.definition.assigns:
                    if assign.value is not None and any(_is_name(target, name) for target in assign.targets):
                        return assign.value, self.module_frame(ancestor.path)
        return None

    def decorations(self, thing: Thing | None, depth: int = 3) -> Iterator[tuple[Outside, o.Call | None, Frame | None]]:
        """The library decorators a decorator applies: itself, or those that a decorator of ours calls inside."""
        if isinstance(thing, Outside):
            yield thing, None, None
        elif isinstance(thing, Routine) and depth:
            frame = self.own_frame(thing.function, thing.path)
            for call, inside in self._inner_calls(thing.function, frame):
                callee = self.resolve(call.callee, inside)
                if isinstance(callee, Outside):
                    yield callee, call, inside
                elif isinstance(callee, Routine) and callee.function is not thing.function:
                    yield from self.decorations(callee, depth - 1)

    def _inner_calls(self, function: o.Function, frame: Frame) -> Iterator[tuple[o.Call, Frame]]:
        for call in function.calls:
            yield call, frame
        for statement in function.statements:
            if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
                inner = self.own_frame(statement.what, frame.path)
                for decorator in statement.what.decorators:
                    call = (
                        decorator
                        if isinstance(decorator, o.Call)
                        else o.Call(decorator.start, decorator.end, decorator, ())
                    )
                    yield call, frame
                yield from self._inner_calls(statement.what, inner)

    def enter(self, routine: Routine, call: o.Call | None, caller: Frame | None, skip: int = 0) -> Frame:
        """The frame of a call of a function of ours, one and the same each time it is asked for.

        ``skip`` positional arguments belong to somebody else.
        """
        if caller is not None and caller.stands_for is not None and caller.stands_for.function is routine.function:
            return _handed_on(caller.stands_for, routine, call, caller)
        activation = (
            id(routine.function),
            id(call),
            id(caller),
            _identity(routine.receiver),
            id(routine.closure),
            skip,
        )
        known = self._entered_frames.get(activation)
        if known is None:
            known = self._entered_frames[activation] = self._activation(routine, call, caller, skip)
            self._alive.append((routine, call, caller))
        return known

    def _activation(self, routine: Routine, call: o.Call | None, caller: Frame | None, skip: int) -> Frame:
        parameters = list(routine.function.parameters)
        if (
            routine.receiver is not None
            and routine.function.owner is not None
            and parameters
            and not is_static(routine.function)
        ):
            parameters = parameters[1:]
        arguments: dict[str, tuple[o.Value, Frame]] = {}
        if call is not None and caller is not None:
            arguments = bound(parameters, call, caller, skip)
        return Frame(routine.function, routine.path, arguments, routine.receiver, caller, call, routine.closure)

    # Generators

    def generator(self, value: o.Value, frame: Frame) -> tuple[Routine, o.Call | None] | None:
        """The generator of ours that a loop over this value runs, with its call; an object's ``__iter__`` has none."""
        called = value.value if isinstance(value, o.Await) else value
        call = called if isinstance(called, o.Call) else None
        thing = self.resolve(call.callee, frame) if call is not None else None
        if not isinstance(thing, Routine):
            thing, call = self._iterator(self.resolve(called, frame)), None
        if not isinstance(thing, Routine) or not thing.function.yields or is_context_manager(thing.function):
            return None
        return None if frame.runs(thing.function) or frame.depth() > 12 else (thing, call)

    def _iterator(self, thing: Thing | None) -> Thing | None:
        if not isinstance(thing, Instance) or not isinstance(thing.kind, Kind):
            return None
        return self.member(thing, "__iter__") or self.member(thing, "__aiter__")

    def given_out(self, value: o.Value, frame: Frame) -> tuple[tuple[o.Value, Frame], ...]:
        """What the generator behind a value gives out, with the frames in which that stands."""
        found = self.generator(value, frame)
        if found is None:
            return ()
        inside = self.enter(found[0], found[1], frame)
        given: list[tuple[o.Value, Frame]] = []
        for one in found[0].function.yields:
            if one.value is not None:
                given.extend(self.given_out(one.value, inside) if one.delegates else ((one.value, inside),))
        return tuple(given)

    # Frames

    def keep(self, thing: object) -> None:
        """Keeps a frame alive: what is remembered goes by identity."""
        self._alive.append(thing)

    def module_frame(self, path: str) -> Frame:
        if path not in self._module_frames:
            self._module_frames[path] = Frame(self.outlines[path].module, path)
        return self._module_frames[path]

    def own_frame(self, function: o.Function, path: str) -> Frame:
        """A frame for a function seen by itself, with nothing known of its caller."""
        if id(function) not in self._own_frames:
            receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
            self._own_frames[id(function)] = Frame(function, path, receiver=receiver)
            self._alive.append(function)
        return self._own_frames[id(function)]

    # Types

    def type_names(self, thing: Thing | None) -> Iterator[str]:
        """The library types an object or class is, its own first, then its bases'."""
        kind = thing.kind if isinstance(thing, Instance) else thing
        if isinstance(kind, Outside):
            yield from self._lineage(kind.name)
        elif isinstance(kind, Kind):
            for base in self.ancestors(kind):
                if isinstance(base, Outside):
                    yield from self._lineage(base.name)

    def spellings(self, outside: Outside) -> Iterator[str]:
        """The names under which a library name's meaning may be listed: its own type's, then its bases'."""
        parent, _, member = outside.name.rpartition(".")
        yield outside.name
        for ancestor in list(self._lineage(parent))[1:]:
            yield f"{ancestor}.{member}"

    def _lineage(self, name: str) -> Iterator[str]:
        seen: set[str] = set()
        current: str | None = name
        while current and current not in seen:
            seen.add(current)
            yield current
            current = self.libraries.bases.get(current)

    def ancestors(self, kind: Kind) -> Iterator[Kind | Outside]:
        """A class and its bases, depth first; library bases come as dotted names."""
        waiting: list[Kind | Outside] = [kind]
        seen: set[int] = set()
        while waiting:
            current = waiting.pop(0)
            if isinstance(current, Kind):
                if id(current.definition) in seen:
                    continue
                seen.add(id(current.definition))
            yield current
            if isinstance(current, Kind):
                frame = self._scope_of(current.definition, current.path)
                found = (self.resolve(_bare(base), frame) for base in current.definition.bases)
                waiting[:0] = [base for base in found if isinstance(base, Kind | Outside) and not _adds_nothing(base)]

    def annotated(self, annotation: o.Value | None, frame: Frame) -> Instance | None:
        """The object an annotation promises."""
        annotation = _bare(annotation)
        if isinstance(annotation, o.Literal) and isinstance(annotation.value, str):
            annotation = _dotted(annotation.value, annotation)
        if annotation is None:
            return None
        thing = self.resolve(annotation, frame)
        if isinstance(thing, Outside):
            return Instance(Outside(self.libraries.types.get(thing.name, thing.name)))
        return Instance(thing) if isinstance(thing, Kind) else None

    # How each form resolves

    def _resolve(self, value: o.Value, frame: Frame) -> Thing | None:
        match value:
            case o.Name():
                return self._name(value, frame)
            case o.Attribute():
                return self.member(self.resolve(value.base, frame), value.name)
            case o.Call():
                return self._call(value, frame)
            case o.Await() | o.Bind():
                return self.resolve(value.value, frame)
            case o.Choice():
                return self.resolve(value.then, frame) or self.resolve(value.otherwise, frame)
            case o.Lambda():
                return Routine(value.function, frame.path, None, frame)
            case o.Operation(operator="or"):
                return next((thing for part in value.operands if (thing := self.resolve(part, frame))), None)
            case o.Subscript():
                return self._element(self.resolve(value.base, frame), value.base, frame, value.key)
        return None

    def _name(self, value: o.Name, frame: Frame) -> Thing | None:
        name = value.id
        if name == "super":
            return Outside("builtins.super")
        scope: o.Function | None = frame.function
        current: Frame | None = frame
        at = value.start
        while scope is not None and scope.name != "<module>":
            used = current if current is not None and current.function is scope else self.own_frame(scope, frame.path)
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
            if _has_decorator(scope, "classmethod"):
                return Kind(scope.owner, frame.path)
            return frame.receiver or Instance(Kind(scope.owner, frame.path))
        if parameter.name in frame.arguments:
            value, caller = frame.arguments[parameter.name]
            if (thing := self.resolve(value, caller)) is not None:
                return thing
        if parameter.name in frame.given:
            return Instance(Outside(frame.given[parameter.name]))
        outer = self.module_frame(frame.path)
        if (promised := self.annotated(parameter.annotation, outer)) is not None:
            return promised
        return self.resolve(parameter.default, outer)

    def global_name(self, path: str, name: str, at: int | None = None) -> Thing | None:
        """What a module's global name stands for; built-in names are names of the library ``builtins``."""
        outline = self.outlines.get(path)
        if outline is None:
            return None
        frame = self.module_frame(path)
        table = bindings(outline.module)
        found = visible(outline.module, name, at) if at is not None else list(reversed(table.get(name, [])))
        for binding in found:
            if (thing := self._bound(binding, frame)) is not None:
                return thing
        if found:
            return self._known_by_use(outline, name, found[0], frame)
        for binding in table.get("", ()):
            if isinstance(binding.value, o.Import) and (thing := self._star(binding.value, path, name)) is not None:
                return thing
        for statement in self._stars(outline):
            if (thing := self._star(statement, path, name)) is not None:
                return thing
        return Outside(f"builtins.{name}") if name in _BUILTINS else None

    def _stars(self, outline: o.Outline) -> tuple[o.Import, ...]:
        """The star imports of a module."""
        if id(outline) not in self._star_imports:
            imports = (one for one in outline.module.body if isinstance(one, o.Import) and one.member == "*")
            self._star_imports[id(outline)] = tuple(imports)
        return self._star_imports[id(outline)]

    def _known_by_use(self, outline: o.Outline, name: str, binding: Binding, frame: Frame) -> Thing | None:
        """An object whose making is not in sight, by the methods that its own module calls on it."""
        if binding.how != "assign" or not isinstance(binding.value, o.Call):
            return None
        for typed, methods in self.libraries.known_by.items():
            if all(f"{name}.{method}(".encode() in outline.data for method in methods):
                return Instance(Outside(typed), binding.value, frame)
        return None

    def _star(self, statement: o.Import, path: str, name: str) -> Thing | None:
        target = self.modules.find(statement.module, path)
        if target is None or target == path or self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            thing = self.global_name(target, name)
        finally:
            self._depth -= 1
        return None if isinstance(thing, Outside) and thing.name.startswith("builtins.") else thing

    def _bound(self, binding: Binding, frame: Frame) -> Thing | None:
        value = binding.value
        match value:
            case o.Function():
                closure = frame if frame.function.name != "<module>" else None
                return Routine(value, frame.path, None, closure)
            case o.Class():
                return Kind(value, frame.path)
            case o.Import():
                return self._import(value, frame.path)
            case None:
                return None
        if binding.path:
            return self._unpacked(value, binding, frame)
        if binding.how == "element":
            return self._element(self.resolve(value, frame), value, frame, None)
        if binding.how == "enter":
            return self._entered(self.resolve(value, frame))
        return self.resolve(value, frame) if binding.how == "assign" else None

    def _unpacked(self, value: o.Value, binding: Binding, frame: Frame) -> Thing | None:
        if (
            binding.how == "assign"
            and isinstance(value, o.Collection)
            and len(binding.path) == 1
            and binding.path[0] is not None
        ):
            return self.resolve(value.items[binding.path[0]], frame) if binding.path[0] < len(value.items) else None
        return None

    def _import(self, statement: o.Import, path: str) -> Thing | None:
        if statement.member is None:
            target = self.modules.find(statement.module, path)
            return File(target) if target is not None else Outside(statement.module)
        target = self.modules.find(statement.module, path)
        if target is not None:
            return self._imported(target, statement.member)
        submodule = (
            f"{statement.module.rstrip('.')}.{statement.member}"
            if not statement.module.endswith(".")
            else statement.module + statement.member
        )
        if (inner := self.modules.find(submodule, path)) is not None:
            return File(inner)
        if statement.module.startswith("."):
            return None
        return self._outside(f"{statement.module}.{statement.member}", None)

    def _imported(self, target: str, name: str) -> Thing | None:
        """A name of another module; modules that import it from each other in a circle do not have it."""
        if self._depth > _DEEPEST:
            return None
        self._depth += 1
        try:
            return self.member(File(target), name)
        finally:
            self._depth -= 1

    def _submodule(self, path: str, name: str) -> Thing | None:
        if not path.endswith("/__init__.py"):
            return None
        folder = path.removesuffix("/__init__.py")
        for candidate in (f"{folder}/{name}.py", f"{folder}/{name}/__init__.py"):
            if candidate in self.outlines:
                return File(candidate)
        return None

    def _outside(self, name: str, receiver: Instance | None) -> Thing:
        """A library's name; an attribute with a known type is an object of that type."""
        parent, _, member = name.rpartition(".")
        for ancestor in self._lineage(parent):
            if (typed := self.libraries.types.get(f"{ancestor}.{member}")) is not None:
                return Instance(
                    Outside(typed), receiver.call if receiver else None, receiver.frame if receiver else None
                )
        return Outside(name, receiver)

    def _class_member(self, kind: Kind, name: str, receiver: Instance | None) -> Thing | None:
        name = self._overridden(kind, name)
        outside: Outside | None = None
        for ancestor in self.ancestors(kind):
            if isinstance(ancestor, Outside):
                outside = outside or ancestor
                continue
            if (method := ancestor.definition.methods.get(name)) is not None:
                return self._method(method, ancestor.path, receiver or kind)
            if (thing := self._attribute(ancestor, name, receiver)) is not None:
                return thing
        thing = self._outside(f"{outside.name}.{name}", receiver) if outside is not None else None
        made = isinstance(thing, Instance) and thing.element is None
        return replace(thing, element=kind) if made and isinstance(thing, Instance) else thing

    def _overridden(self, kind: Kind, name: str) -> str:
        """The method that does the work of a library's method, when a class of ours has its own."""
        methods = [base.definition.methods for base in self.ancestors(kind) if isinstance(base, Kind)]
        if any(name in own for own in methods):
            return name
        for typed in self.type_names(kind):
            via = next((spec.via for spec in self.libraries.calls.get(f"{typed}.{name}", ()) if spec.via), "")
            if via and any(via in own for own in methods):
                return via
        return name

    def _method(self, method: o.Function, path: str, receiver: Thing) -> Thing | None:
        routine = Routine(method, path, receiver)
        if any(_has_decorator(method, word) for word in ("property", "cached_property")):
            return self._returned(routine, None, None)
        return routine

    def _attribute(self, kind: Kind, name: str, receiver: Instance | None) -> Thing | None:
        for assign in kind.definition.assigns:
            if any(isinstance(target, o.Name) and target.id == name for target in assign.targets):
                frame = self._scope_of(kind.definition, kind.path)
                thing = self.resolve(assign.value, frame)
                if thing is None and assign.annotation is not None:
                    thing = self.annotated(assign.annotation, frame)
                if thing is not None:
                    return thing
        for value, annotation, method in self.self_values(kind, name):
            frame = self.method_frame(method, kind, receiver)
            thing = self.resolve(value, frame) if value is not None else self.annotated(annotation, frame)
            if thing is not None:
                return thing
        return None

    def self_values(self, kind: Kind, name: str) -> Iterator[tuple[o.Value | None, o.Value | None, o.Function]]:
        """What the methods of a class assign to ``self.name``; ``__init__`` first."""
        definition = kind.definition
        if id(definition) not in self._own_values:
            table: dict[str, list[tuple[o.Value | None, o.Value | None, o.Function]]] = {}
            for found, value, annotation, method in _self_values(definition):
                table.setdefault(found, []).append((value, annotation, method))
            self._own_values[id(definition)] = table
            self._alive.append(definition)
        yield from self._own_values[id(definition)].get(name, ())

    def method_frame(self, method: o.Function, kind: Kind, receiver: Instance | None) -> Frame:
        if (
            receiver is not None
            and method.name == "__init__"
            and receiver.call is not None
            and receiver.frame is not None
        ):
            return self.enter(Routine(method, kind.path, receiver), receiver.call, receiver.frame)
        if receiver is not None:
            return self.enter(Routine(method, kind.path, receiver), None, None)
        return self.own_frame(method, kind.path)

    def _scope_of(self, definition: o.Class, path: str) -> Frame:
        outer = definition.outer
        if outer is None or outer.name == "<module>":
            return self.module_frame(path)
        return self.own_frame(outer, path)

    def unmistaken(self, call: o.Call, frame: Frame) -> Outside | None:
        """A method that only one library has: known by its name, by the arguments it is given, and by a word of its file."""
        if not isinstance(call.callee, o.Attribute):
            return None
        entry = self.libraries.unmistakable.get(call.callee.name)
        known = {"of": entry} if isinstance(entry, str) else entry or {}
        given = {argument.name for argument in call.arguments}
        if not known or not given.issuperset(known.get("given", ())):
            return None
        if str(known.get("where", "")).encode() not in self.outlines[frame.path].data:
            return None
        return Outside(f"{known['of']}.{call.callee.name}")

    def _call(self, value: o.Call, frame: Frame) -> Thing | None:
        callee = self.resolve(value.callee, frame) or self.unmistaken(value, frame)
        match callee:
            case Outside(name="builtins.super"):
                return self._super(frame)
            case Outside(name="functools.partial") if value.arguments:
                return self.resolve(value.arguments[0].value, frame)
            case Outside():
                return self._made_outside(callee, value, frame)
            case Kind():
                return Instance(callee, value, frame)
            case Routine():
                return self._returned(callee, value, frame)
            case Instance(kind=Outside() as kind):
                return self._made_outside(Outside(f"{kind.name}.__call__", callee), value, frame)
            case Instance(kind=Kind()):
                method = self.member(callee, "__call__")
                return self._returned(method, value, frame) if isinstance(method, Routine) else None
        return None

    def _super(self, frame: Frame) -> Thing | None:
        inside: Frame | None = frame
        while inside is not None and inside.function.owner is None:
            inside = inside.closure
        owner = inside.function.owner if inside is not None else None
        if owner is None:
            return None
        for ancestor in list(self.ancestors(Kind(owner, frame.path)))[1:]:
            return Instance(ancestor) if isinstance(ancestor, Kind) else Instance(ancestor, None, None)
        return None

    def _made_outside(self, callee: Outside, call: o.Call, frame: Frame) -> Thing | None:
        parent, _, member = callee.name.rpartition(".")
        for ancestor in (callee.name, *(f"{name}.{member}" for name in self._lineage(parent))):
            first = next((a.value for a in call.arguments if a.name in (None, "service_name") and not a.star), None)
            if isinstance(first, o.Literal) and isinstance(first.value, str):
                typed = self.libraries.types.get(f'{ancestor}("{first.value}")')
                if typed is not None:
                    return Instance(Outside(typed), call, frame)
            if (typed := self.libraries.types.get(f"{ancestor}()")) is not None:
                return self._typed(typed, callee.receiver, call, frame)
        return Instance(Outside(callee.name), call, frame) if member[:1].isupper() else None

    def _typed(self, typed: str, receiver: Instance | None, call: o.Call, frame: Frame) -> Thing | None:
        """What a library's call answers: ``self``, ``element`` (an object in it), ``$0`` (its first argument), or a type."""
        element = receiver.element if receiver is not None else None
        if typed == "self":
            return receiver
        if typed == "element":
            return Instance(element, call, frame) if element is not None else None
        if typed == "$0":
            return self.resolve(call.arguments[0].value, frame) if call.arguments else None
        return Instance(Outside(typed), call, frame, element)

    def _returned(self, routine: Routine, call: o.Call | None, caller: Frame | None) -> Thing | None:
        if caller is not None and (caller.runs(routine.function) or caller.depth() > 12):
            return None
        frame = self.enter(routine, call, caller)
        for statement in routine.function.statements:
            if isinstance(statement, o.Leave) and statement.kind == "return" and statement.value is not None:
                if (thing := self.resolve(statement.value, frame)) is not None:
                    return thing
        if is_context_manager(routine.function):
            for given in routine.function.yields:
                if (thing := self.resolve(given.value, frame)) is not None:
                    return thing
        return self.annotated(routine.function.returns, self.module_frame(routine.path))

    def _element(self, source: Thing | None, value: o.Value, frame: Frame, key: o.Value | None) -> Thing | None:
        called = value.value if isinstance(value, o.Await) else value
        if isinstance(called, o.Call):
            callee = self.resolve(called.callee, frame)
            typed = self.libraries.types.get(f"{callee.name}()[]") if isinstance(callee, Outside) else None
            if typed is not None:
                return Instance(Outside(typed), called, frame)
        for given, inside in self.given_out(value, frame) if key is None else ():
            if (thing := self.resolve(given, inside)) is not None:
                return thing
        element = source.element if isinstance(source, Instance) else None
        for name in self.type_names(source):
            if (typed := self.libraries.types.get(f"{name}[]")) == "element":
                return Instance(element) if element is not None else None
            if typed is not None:
                return Instance(Outside(typed))
        return None

    def _entered(self, thing: Thing | None) -> Thing | None:
        for name in self.type_names(thing):
            if (typed := self.libraries.types.get(f"{name}.__enter__()")) is not None:
                return Instance(Outside(typed))
        return thing


def _self_values(definition: o.Class) -> Iterator[tuple[str, o.Value | None, o.Value | None, o.Function]]:
    """Every assignment to an attribute of the object itself: name, value, annotation, method."""
    for method in sorted(definition.methods.values(), key=lambda method: method.name != "__init__"):
        own = method.parameters[0].name if method.parameters else ""
        for statement in method.statements if own else ():
            if isinstance(statement, o.Assign) and statement.operator == "":
                for target in statement.targets:
                    if isinstance(target, o.Attribute) and _is_name(target.base, own):
                        yield target.name, statement.value, statement.annotation, method


def _identity(receiver: Thing | None) -> tuple[object, ...]:
    """What tells one object from another: its class, and the call that made it."""
    if isinstance(receiver, Instance):
        return (*_identity(receiver.kind), id(receiver.call), id(receiver.frame))
    if isinstance(receiver, Kind):
        return (id(receiver.definition),)
    return (receiver.name,) if isinstance(receiver, Outside) else (id(receiver),)


def _handed_on(frame: Frame, routine: Routine, call: o.Call | None, caller: Frame) -> Frame:
    """The frame of a handler, called by the wrapper around it."""
    if frame.caller is None and call is not None:
        frame.caller, frame.call = caller, call
        parameters = routine.function.parameters[1 if routine.function.owner is not None else 0 :]
        frame.arguments = bound(parameters, call, caller)
    return frame


def _bare(annotation: o.Value | None) -> o.Value | None:
    """``Optional[X]``, ``Annotated[X, ...]``, ``X | None`` and ``Base[X]`` without their wrapping."""
    if isinstance(annotation, o.Subscript):
        name = annotation.base.name if isinstance(annotation.base, o.Attribute) else getattr(annotation.base, "id", "")
        if name in ("Optional", "Annotated", "ClassVar", "Final"):
            key = annotation.key
            return _bare(key.items[0] if isinstance(key, o.Collection) and key.items else key)
        return annotation.base
    if isinstance(annotation, o.Operation) and annotation.operator == "|":
        return next((_bare(part) for part in annotation.operands if not isinstance(part, o.Literal)), None)
    if isinstance(annotation, o.Other) and annotation.parts:
        return _bare(annotation.parts[0])
    return annotation


def _dotted(text: str, at: o.Node) -> o.Value | None:
    words = text.partition("[")[0].strip().split(".")
    if not all(word.isidentifier() for word in words):
        return None
    value: o.Value = o.Name(at.start, at.end, words[0])
    for word in words[1:]:
        value = o.Attribute(at.start, at.end, value, word, at.start)
    return value


def _has_decorator(function: o.Function, word: str) -> bool:
    for decorator in function.decorators:
        name = decorator.callee if isinstance(decorator, o.Call) else decorator
        if (isinstance(name, o.Name) and name.id == word) or (isinstance(name, o.Attribute) and name.name == word):
            return True
    return False


def _adds_nothing(base: Kind | Outside) -> bool:
    """A base that has no attributes to inherit: what is not found in the class is then not known, rather than the library's."""
    return isinstance(base, Outside) and base.name in _PLAIN_BASES


def is_context_manager(function: o.Function) -> bool:
    """A generator that a ``with`` runs around its block."""
    return any(_has_decorator(function, word) for word in ("contextmanager", "asynccontextmanager"))


def is_abstract(function: o.Function) -> bool:
    """A method that only says what others have to write."""
    only = function.body[-1] if function.body else None
    raised = only.value if isinstance(only, o.Leave) and only.kind == "raise" else None
    name = raised.callee if isinstance(raised, o.Call) else raised
    unwritten = isinstance(name, o.Name) and name.id == "NotImplementedError"
    return _has_decorator(function, "abstractmethod") or (unwritten and len(function.body) <= 2)


def is_static(function: o.Function) -> bool:
    return _has_decorator(function, "staticmethod")


def _is_name(value: o.Value, name: str) -> bool:
    return isinstance(value, o.Name) and value.id == name


_PLAIN_BASES = frozenset({"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"})
_BUILTINS = frozenset(dir(__builtins__) if not isinstance(__builtins__, dict) else __builtins__)
