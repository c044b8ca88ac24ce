"""Can a function take the arguments by the names under which a library gives them to it?"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.calls import Meaning
from twice.project.course import Site
from twice.project.given import argument
from twice.project.scene import Scene
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting


def accepts_its_call(scene: Scene) -> object:
    """False at the parameter that nothing is given for, or at the name of a function that takes too little."""
    answers = [
        _takes(site.routine.function, site.routine.path, meaning.spec.by_name)
        for site, meaning in _called_by_name(scene)
        if site.routine is not None
    ]
    wrong = next((one for one in answers if one is not None), None)
    if wrong is not None:
        return Setting(False, place=wrong)
    return Setting(True) if answers else UNKNOWN


def called_with(scene: Scene) -> object:
    """The name that the only parameter without a default should have."""
    for site, meaning in _called_by_name(scene):
        function = site.routine.function if site.routine is not None else None
        wanted = [name for name in meaning.spec.by_name if not name.startswith("?")]
        own = [one for one in function.parameters if one.name not in ("self", "cls")] if function is not None else []
        if len(own) == 1 and len(wanted) == 1 and not own[0].star and own[0].name != wanted[0]:
            return Setting(wanted[0])
    return NONE


def _called_by_name(scene: Scene) -> Iterator[tuple[Site, Meaning]]:
    for site in scene.run.sites:
        for meaning in site.meanings:
            if meaning.spec.by_name and not _is_made(scene, meaning):
                yield site, meaning


def _is_made(scene: Scene, meaning: Meaning) -> bool:
    """What is run is made by a call, which may give it some of its arguments: ``partial(book, session)``"""
    given = argument(scene.names, meaning.call, meaning.frame, meaning.spec.runs)
    return isinstance(given, Given) and isinstance(follow(scene.names, given).value, o.Call)


def _takes(function: o.Function, path: str, given: tuple[str, ...]) -> Place | None:
    """Where it does not fit; None when it does, or when another decorator may stand in between."""
    if function.decorators:
        return None
    own = [one for one in function.parameters if not (function.owner is not None and one.name in ("self", "cls"))]
    names = {one.name for one in own}
    wanted = [name for name in given if not name.startswith("?")]
    known = {name.removeprefix("?") for name in given}
    if not any(one.star == "**" for one in own) and not names.issuperset(wanted):
        first = next((one for one in own if not one.star), None)
        at = first if first is not None and first.name not in known else None
        return _place(path, function, at)
    spare = [one for one in own if one.name not in known and not one.star and one.default is None]
    return _place(path, function, spare[0]) if spare else None


def _place(path: str, function: o.Function, parameter: o.Parameter | None) -> Place:
    if parameter is not None:
        return Place(path, parameter.start, parameter.start + len(parameter.name.encode()))
    return Place(path, function.name_start, function.name_start + len(function.name.encode()))
