"""From the code of a handler to the handler: the frame it runs in, with what its parameters are given."""

from __future__ import annotations

from twice import outline as o
from twice.libraries import HandlerSpec
from twice.project.calls import Meaning, meanings
from twice.project.constants import constant
from twice.project.declared import Declared, named_place
from twice.project.given import argument
from twice.project.names import Names
from twice.project.things import Frame, Routine
from twice.project.values import Given


def declared(
    names: Names,
    spec: HandlerSpec,
    routine: Routine,
    kind: str,
    declaration: Meaning | None,
    bound: int = 0,
    event: str = "",
) -> Declared:
    """The handler with the frame it runs in. ``bound`` parameters are given already; ``event`` is the one that carries the event,
    where that is told beside the code."""
    function = routine.function
    frame = Frame(function, routine.path, receiver=routine.receiver, closure=routine.closure)
    parameters = [p for p in function.parameters if not p.star]
    if function.owner is not None and parameters and parameters[0].name in ("self", "cls"):
        parameters = parameters[1:]
    parameters = parameters[bound:]
    given: dict[str, str] = {}
    if spec.bound == "always" and parameters:
        given[parameters[0].name] = spec.parameters[0]
        parameters = parameters[1:]
    elif spec.bound and declaration is not None and parameters:
        option = argument(names, declaration.call, declaration.frame, spec.bound)
        if isinstance(option, Given) and constant(names, option.value, option.frame) is True:
            given[parameters[0].name] = spec.parameters[0]
            parameters = parameters[1:]
    elif spec.parameters:
        given = {p.name: typed for p, typed in zip(parameters, spec.parameters, strict=False) if typed}
    frame.given = given
    carried = {event: kind} if event else _carried(names, spec, kind, parameters, declaration, routine.path)
    frame.event = _unwrapped(names, function, routine.path, carried)
    names.frames.keep(frame)
    place = named_place(function, routine.path)
    return Declared(spec, kind, routine.path, function, frame, function.body, place, declaration)


def _unwrapped(names: Names, function: o.Function, path: str, carried: dict[str, str]) -> dict[str, str]:
    """What is left of the event for a function whose decorator takes it out of its envelope."""
    outer = names.frames.module_frame(path)
    for decorator in function.decorators:
        found = meanings(names, decorator, outer) if isinstance(decorator, o.Call) else ()
        for reference in (reference for meaning in found for reference in meaning.spec.passes):
            if reference.startswith("event/"):
                inside = reference.partition("/")[2].replace("/", ".")
                return {name: f"{kind}:{inside}" for name, kind in carried.items()}
    return carried


def _carried(
    names: Names, spec: HandlerSpec, kind: str, parameters: list[o.Parameter], declaration: Meaning | None, path: str
) -> dict[str, str]:
    if spec.event == "all":
        return {p.name: f"{kind}:{p.name}" for p in parameters}
    if isinstance(spec.event, str) and spec.event.startswith("$"):
        given = argument(names, declaration.call, declaration.frame, spec.event) if declaration is not None else None
        named = constant(names, given.value, given.frame) if isinstance(given, Given) else None
        return {p.name: kind for p in parameters if p.name == named}
    if spec.annotated:
        return {p.name: kind for p in parameters if promises(names, p, path, spec.annotated)}
    if isinstance(spec.event, tuple):
        return {p.name: f"{kind}:{part}" for p, part in zip(parameters, spec.event, strict=False) if part}
    index = int(spec.event)
    return {parameters[index].name: kind} if index < len(parameters) else {}


def promises(names: Names, parameter: o.Parameter, path: str, wanted: str) -> bool:
    """Is it annotated with this type, or as a list of such?"""
    annotation = parameter.annotation
    if isinstance(annotation, o.Subscript) and isinstance(annotation.base, o.Name | o.Attribute):
        name = annotation.base.name if isinstance(annotation.base, o.Attribute) else annotation.base.id
        annotation = annotation.key if name in ("List", "list", "Sequence", "Iterable") else annotation
    promised = names.annotated(annotation, names.frames.module_frame(path))
    return promised is not None and wanted in set(names.type_names(promised))
