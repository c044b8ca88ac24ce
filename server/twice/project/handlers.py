"""Finds the handlers of a workspace: what the library files and the templates say is run because an event arrived."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from twice import outline as o
from twice.libraries import HandlerSpec, Layout
from twice.project import decorators, registered
from twice.project.consuming import consume_loops, takers
from twice.project.declared import Declared, declaration
from twice.project.declaring import declared, promises
from twice.project.documents import Documents
from twice.project.listed import listed
from twice.project.names import Names
from twice.project.routes import routes
from twice.project.things import Instance, Kind, Routine

# A file, where the code starts, the class that inherits it, and where the arguments begin that it runs with.
Identity = tuple[str, int, str, int]


class Deployed(Struct, frozen=True):
    """Code that a template deploys: a function by file and name, and the kinds of source that feed it."""

    path: str
    function: str
    kinds: frozenset[str]
    facts: tuple[object, ...] = field(default=())


def handlers(
    names: Names, deployed: Iterable[Deployed], reached: Mapping[str, frozenset[str]], documents: Documents
) -> list[Declared]:
    """All handlers. ``reached`` are the files whose bodies are worth reading, with the trigger words found in them, ``documents``
    what stands beside the code."""
    found: dict[Identity, Declared] = {}
    if names.declared is None:
        by_code = _by_code(names, reached)
        names.declared = (*by_code, *_by_annotation(names), *_by_route(names), *_by_signature(names))
    declared_in_code: dict[Identity, Declared] = {}
    for made in (*listed(names, documents), *names.declared):
        declared_in_code.setdefault(_identity(made), made)
    for made in (*_by_template(names, deployed, declared_in_code), *declared_in_code.values()):
        found.setdefault(_identity(made), made)
    # A function that only starts a consume loop is not a handler besides it.
    looping = {id(made.function) for made in found.values() if made.loop is not None}
    both = {
        key for key, made in found.items() if made.loop is None and not made.deployed and id(made.function) in looping
    }
    return [made for key, made in sorted(found.items()) if key not in both]


def _identity(made: Declared) -> Identity:
    """A handler is one piece of code; a loop with the arguments it runs with, a method of the class that inherits it."""
    heir = made.heir.qualified_name if made.heir is not None else ""
    if made.loop is None:
        return (made.path, made.function.start, heir, 0)
    frame = made.rounds.frame if made.rounds is not None else made.frame
    given = min((value.start for value, _ in frame.arguments.values()), default=0)
    return (made.path, made.loop.start, heir, given)


# By template


def _by_template(
    names: Names, deployed: Iterable[Deployed], declared_in_code: Mapping[Identity, Declared]
) -> Iterator[Declared]:
    """What templates deploy. A function that its own code declares for a library is what that says."""
    specs = [spec for spec in names.libraries.handlers if spec.signature and not spec.signs]
    for one in deployed:
        key = (one.path, one.function, one.kinds)
        made = names.deployed[key] if key in names.deployed else _deployed(names, one, specs)
        known = declared_in_code.get(_identity(made)) if made is not None else None
        if made is not None and known is not None and not known.spec.signature and known.spec is not made.spec:
            made = known
        if made is not None and made.deployed != one.facts:
            made = replace(made, deployed=one.facts)
        names.deployed[key] = made
        if made is not None:
            yield made


def _deployed(names: Names, one: Deployed, specs: Sequence[HandlerSpec]) -> Declared | None:
    outline = names.outlines.get(one.path)
    thing = names.global_name(one.path, one.function) if outline is not None and specs else None
    if outline is None or not isinstance(thing, Routine):
        return None
    return declared(names, specs[0], thing, _kind_of(names, one, outline, thing.function, specs[0]), None)


def _kind_of(names: Names, one: Deployed, outline: o.Outline, function: o.Function, spec: HandlerSpec) -> str:
    """What the template joins it to; where that is nothing, or several things, what it does with its event."""
    known = [kind for kind in sorted(one.kinds) if kind in names.libraries.layouts]
    if len(known) == 1:
        return known[0]
    marked = _layout_by_marks(names, outline, function, spec)
    if marked is not None and (marked.kind in known or (not known and (marked.evident or not one.kinds))):
        return marked.kind
    return "mixed" if known else next(iter(one.kinds), spec.kind)


# By decorators, callbacks, loops, base classes


def _by_code(names: Names, reached: Mapping[str, frozenset[str]]) -> Iterator[Declared]:
    decorators = _by_name(names, "decorator")
    callbacks, loops = registered.callbacks(names), takers(names)
    for path, outline in names.code.items():
        for function in outline.everywhere() if path in reached else outline.functions:
            if function.decorators:
                yield from _decorated(names, function, path, decorators)
        if path in reached:
            for found in registered.registrations(names, path, callbacks, reached[path]):
                yield declared(names, found.spec, found.routine, found.spec.kind, found.used, found.bound)
            here = loops.within(reached[path])
            for function in (outline.module, *outline.everywhere()):
                yield from consume_loops(names, function, path, here)
        for found in registered.by_settings(names, path, callbacks):
            yield declared(names, found.spec, found.routine, found.spec.kind, found.used, found.bound)
        for definition in outline.classes:
            yield from _based(names, definition, path)


def _by_name(names: Names, attribute: str) -> dict[str, HandlerSpec]:
    found = ((getattr(spec, attribute), spec) for spec in names.libraries.handlers if not spec.signs)
    return {name: spec for name, spec in found if name}


def _decorated(names: Names, function: o.Function, path: str, specs: Mapping[str, HandlerSpec]) -> Iterator[Declared]:
    frame = names.frames.module_frame(path)
    if function.outer is not None and function.outer.name != "<module>":
        frame = names.frames.own_frame(function.outer, path)
    for decorator in function.decorators:
        call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())
        for outside, inner, inside in decorators.decorations(names, names.resolve(call.callee, frame)):
            spec = next((specs[name] for name in names.spellings(outside) if name in specs), None)
            if spec is None:
                continue
            routine = Routine(function, path, Instance(Kind(function.owner, path)) if function.owner else None)
            used = declaration(spec, inner or call, inside or frame, outside)
            yield declared(names, spec, routine, spec.kind, used)
            return


def _based(names: Names, definition: o.Class, path: str) -> Iterator[Declared]:
    """A class that extends a library's base class and implements its method."""
    if not definition.bases:
        return
    for spec in names.libraries.handlers:
        method = definition.methods.get(spec.method) if spec.base and not spec.signs else None
        if method is not None and spec.base in set(names.type_names(Kind(definition, path))):
            routine = Routine(method, path, Instance(Kind(definition, path)))
            call = _class_statement(names, spec, definition)
            yield declared(
                names, spec, routine, spec.kind, declaration(spec, call, names.frames.module_frame(path), None)
            )


def _class_statement(names: Names, spec: HandlerSpec, definition: o.Class) -> o.Call:
    """The class as if it were declared by a call: it is what its own objects are made of."""
    start, end = definition.start, definition.name_start + len(definition.name.encode())
    own = o.Name(definition.name_start, end, definition.name)
    named = names.libraries.classes.get(spec.base, ())[:1]
    arguments = tuple(o.Argument(definition.name_start, end, name, own) for name in named)
    return o.Call(start, end, own, arguments)


# By what it is annotated to take


def _by_annotation(names: Names) -> Iterator[Declared]:
    specs = [(spec, spec.annotated.rpartition(".")[2].encode()) for spec in names.libraries.handlers if spec.annotated]
    for path, outline in names.code.items():
        near = [spec for spec, word in specs if word in outline.data]
        for function in outline.functions if near else ():
            spec = next((spec for spec in near if _takes(names, function, path, spec)), None)
            if spec is not None:
                receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
                end = function.name_start + len(function.name.encode())
                said = o.Call(function.name_start, end, o.Name(function.name_start, end, function.name), ())
                used = declaration(spec, said, names.frames.module_frame(path), None)
                yield declared(names, spec, Routine(function, path, receiver), spec.kind, used)


def _takes(names: Names, function: o.Function, path: str, spec: HandlerSpec) -> bool:
    """A function of a module, or what an object does when it is called, with one parameter of this type.

    One that goes by a name of its own may have more parameters beside it."""
    own = function.owner is not None
    if (own and function.name != "__call__") or (function.outer is not None and function.outer.name != "<module>"):
        return False
    if spec.called and not re.fullmatch(spec.called, function.name):
        return False
    parameters = [p for p in function.parameters[1 if own else 0 :] if p.default is None]
    if not spec.called and (len(parameters) != 1 or parameters[0].star):
        return False
    return any(promises(names, one, path, spec.annotated) for one in parameters)


# By what a web address is sent


def _by_route(names: Names) -> Iterator[Declared]:
    for one in routes(names):
        yield declared(names, one.spec, one.routine, one.spec.kind, one.used)


# By signature and what is done with the event, by name last


def _by_signature(names: Names) -> Iterator[Declared]:
    specs = [spec for spec in names.libraries.handlers if spec.signature and not spec.signs]
    for path, outline in names.code.items():
        for function in outline.functions:
            spec = next((spec for spec in specs if _fits(function, spec)), None)
            if spec is None:
                continue
            marked = _layout_by_marks(names, outline, function, spec)
            if (marked is not None and marked.evident) or _has_its_name(function, spec):
                kind = marked.kind if marked is not None else spec.kind
                receiver = Instance(Kind(function.owner, path)) if function.owner is not None else None
                yield declared(names, spec, Routine(function, path, receiver), kind, None)


def _has_its_name(function: o.Function, spec: HandlerSpec) -> bool:
    """A function of a module that is called what such handlers are: then what it reads may tell nothing of its events."""
    return function.owner is None and spec.called != "" and re.fullmatch(spec.called, function.name) is not None


def _fits(function: o.Function, spec: HandlerSpec) -> bool:
    """Has it the parameters of a handler? What more it needs, a decorator has to give."""
    parameters = [p for p in function.parameters if p.name not in ("self", "cls")]
    if len(parameters) < len(spec.signature) or any(p.star for p in parameters[: len(spec.signature)]):
        return False
    further = [p for p in parameters[len(spec.signature) :] if not p.star and p.default is None]
    if further and not function.decorators:
        return False
    return all(re.fullmatch(pattern, p.name) for pattern, p in zip(spec.signature, parameters, strict=False))


def _layout_by_marks(names: Names, outline: o.Outline, function: o.Function, spec: HandlerSpec) -> Layout | None:
    """The kind of event by what the function reads of it; None when nothing gives it away, or two kinds do."""
    own = "".join(_text(outline, one) + "\n" for one in (*function.decorators, function))
    found = [layout for layout in names.libraries.layouts.values() if _marked(layout, own)]
    found = [layout for layout in found if layout.evident] or found
    if found or ("record" not in own and "event" not in own):
        return found[0] if len(found) == 1 else None
    rest = _beside(outline, function, own, spec)
    found = [layout for layout in names.libraries.layouts.values() if layout.evident and _marked(layout, rest)]
    return found[0] if len(found) == 1 else None


def _beside(outline: o.Outline, function: o.Function, own: str, spec: HandlerSpec) -> str:
    """Its whole file: helpers may read the event. What could be other handlers reads events of its own, unless it is called here."""
    others = [one for one in outline.functions if one is not function and _fits(one, spec)]
    parts, after = [], 0
    for one in sorted(others, key=lambda one: one.start):
        start = min((decorator.start for decorator in one.decorators), default=one.start)
        if start >= after and not re.search(rf"\b{re.escape(one.name)}\b", own):
            parts.append(outline.data[after:start])
            after = one.end
    return b"".join((*parts, outline.data[after:])).decode("utf-8", "replace")


def _text(outline: o.Outline, part: o.Node) -> str:
    return outline.data[part.start : part.end].decode("utf-8", "replace")


def _marked(layout: Layout, text: str) -> bool:
    return any(re.search(mark, text) for mark in layout.marks)
