"""Which code a deployed function runs: from a handler's name and a folder to files of the workspace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from posixpath import basename, dirname, join, normpath
from typing import Any

from msgspec import Struct

from twice.facts import Function
from twice.languages.template import Literal
from twice.noun import Fact
from twice.project.handlers import Deployed
from twice.project.resources import View, evaluate, value_at

_ARCHIVES = (".zip", ".jar", ".whl")


class Deployment(Struct, frozen=True, eq=False):
    """A deployed function with the files and names its code may have, the likeliest first.

    ``kinds`` are the kinds of what starts it, ``facts`` the function and its subscriptions.
    """

    function: Function
    code: tuple[tuple[str, str], ...]
    kinds: frozenset[str]
    facts: tuple[Fact, ...]


def candidates(code: Mapping[str, Any], view: View) -> Iterator[tuple[str, str]]:
    """The files that a function's handler can be in, relative to the root, and the name in them.

    ``src/app.handler`` is the function ``handler`` in ``src/app.py``, seen from the code's folder; that folder is seen
    from the template's, or from one above it. A file name without a folder (``*/app.py``) stands for code that is put
    together elsewhere.
    """
    if any(evaluate(source, view, "any") is not None for source in code.get("inline", ())):
        return
    handler = evaluate(code["handler"], view, "value") if "handler" in code else None
    language = evaluate(code["language"], view, "value") if "language" in code else None
    if handler is None or not isinstance(handler.value, str) or (language is not None and language.value is False):
        return
    module, _, name = handler.value.rpartition(".")
    if not module and "file" in code:
        file = evaluate(code["file"], view, "value")
        module = file.value.removesuffix(".py") if file is not None and isinstance(file.value, str) else ""
    if not module or not name.isidentifier():
        return
    path = module.replace(".", "/").lstrip("/")
    folder = _folder(code, view)
    if folder is None:
        yield f"*/{path}.py", name
        return
    for place in _folders(dirname(view.path), folder):
        for ending in (".py", "/__init__.py"):
            found = normpath(join(place, path + ending))
            if not found.startswith("../") and not found.startswith("/"):
                yield found, name


def deployed(deployments: Iterable[Deployment], paths: Collection[str]) -> tuple[Deployed, ...]:
    """The deployed functions whose code is in the workspace; functions that share their code are one."""
    known = paths if isinstance(paths, set | frozenset | dict) else frozenset(paths)
    found: dict[tuple[str, str], list[Deployment]] = {}
    for one in deployments:
        code = next((place for place in (_found(*code, known) for code in one.code) if place is not None), None)
        if code is not None:
            found.setdefault(code, []).append(one)
    return tuple(
        Deployed(path, name, frozenset().union(*(one.kinds for one in group)), _all_facts(group))
        for (path, name), group in found.items()
    )


def _all_facts(group: list[Deployment]) -> tuple[Fact, ...]:
    return tuple(fact for one in group for fact in one.facts)


def _found(path: str, name: str, known: Collection[str]) -> tuple[str, str] | None:
    if not path.startswith("*/"):
        return (path, name) if path in known else None
    ending = path[1:]
    places = [one for one in known if one.endswith(ending) or one == ending[1:]]
    return (places[0], name) if len(places) == 1 else None


def _folder(code: Mapping[str, Any], view: View) -> str | None:
    """The folder of the code as the template writes it; None when the code comes from elsewhere."""
    for source in code.get("folder", ()):
        found = value_at(view, source)
        if found is None:
            continue
        text = str(found.value) if isinstance(found, Literal) else ""
        if text.endswith(".py"):
            return dirname(text) or "."
        local = text and "://" not in text and not basename(text).endswith(_ARCHIVES)
        return text if local else None
    return "."


def _folders(start: str, folder: str) -> Iterator[str]:
    """The folder seen from the template, then from each folder above it, up to the root."""
    above = [start]
    while above[-1] != dirname(above[-1]):
        above.append(dirname(above[-1]))
    yield from dict.fromkeys(normpath(join(one, folder)) for one in above)
