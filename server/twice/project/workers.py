"""Processes that templates start, and the handlers that run in them: by the program of their command and the module it is given.

The section ``workers`` of the library files tells the programs. No vendor is named here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from posixpath import basename
from typing import Any

from twice.facts import Handler, Schedule, Worker
from twice.languages.template import Items, Literal, Value
from twice.noun import Fact
from twice.project.modules import Modules
from twice.truth import YES, Truth, effective

_SHELLS = frozenset({"sh", "bash", "ash", "dash"})


def command(parts: Iterable[Value | None]) -> tuple[str, ...]:
    """The words of a command; empty when some of it is decided elsewhere."""
    words: list[str] = []
    for part in parts:
        if part is None:
            continue
        given = part.items if isinstance(part, Items) and part.whole else (part,)
        if not all(isinstance(one, Literal) for one in given):
            return ()
        texts = [str(one.value) for one in given if isinstance(one, Literal)]
        words += texts if isinstance(part, Items) else _split(texts[0])
    return tuple(words)


def manned(
    workers: Iterable[Worker], facts: Iterable[Fact], modules: Modules, programs: Mapping[str, Any]
) -> Iterator[tuple[Worker, Handler]]:
    """Which workers run which handlers: those of the program's kind that lie where the module lies which the command names.

    A program that is told of no module runs them wherever they are, if they all lie in one place.
    """
    handlers = [(one, modules.roots.get(one.place.path)) for one in facts if isinstance(one, Handler)]
    for worker in workers if handlers else ():
        for words in _programs(list(worker.command)):
            spec = programs.get(basename(words[0]))
            if spec is None or ("word" in spec and spec["word"] not in words):
                continue
            own = [(handler, root) for handler, root in handlers if handler.kind == spec["kind"]]
            if spec.get("anywhere"):
                roots = {root for _, root in own}
            else:
                roots = {modules.roots.get(_module(words, spec, worker.place.path, modules) or "")} - {None}
            yield from ((worker, handler) for handler, root in own if len(roots) == 1 and root in roots)


def scheduling(
    workers: Iterable[Worker], facts: Iterable[Fact], code: Collection[bytes], programs: Mapping[str, Any]
) -> Iterator[tuple[Worker, Schedule]]:
    """Which workers send off periodic tasks. Not for certain where the workspace knows something by which the copies of one agree."""
    recurring = {one.kind for one in facts if isinstance(one, Handler) and effective(one.recurs) is True}
    for worker in workers:
        for words in _programs(list(worker.command)):
            spec = programs.get(basename(words[0]), {})
            told = spec.get("schedules")
            if told is None or not _schedules(words, told) or ("recurring" in told and spec["kind"] not in recurring):
                continue
            agreeing = re.compile(("|".join(told.get("agreeing", ())) or "(?!)").encode())
            agreed = any(agreeing.search(text) for text in (*(word.encode() for word in words), *code))
            yield worker, Schedule(place=worker.place, name=worker.name, certain=Truth.UNKNOWN if agreed else YES)
            break


def _schedules(words: Sequence[str], told: Mapping[str, Any]) -> bool:
    asked = "words" not in told or not set(told["words"]).isdisjoint(words)
    return asked and set(told.get("unless", ())).isdisjoint(words)


def _programs(words: list[str]) -> Iterator[list[str]]:
    """The command from each of its words on; of a shell, those of what it is given."""
    for index, word in enumerate(words):
        if basename(word) in _SHELLS and "-c" in words[index:]:
            inner = words[words.index("-c", index) + 1 :]
            yield from _programs(_split(inner[0])) if inner else ()
            return
        yield words[index:]


def _module(words: Sequence[str], spec: Mapping[str, Any], path: str, modules: Modules) -> str | None:
    """The file of the module that the command names."""
    program, *given = words
    named = _option(given, spec["app"]) if "app" in spec else next((one for one in given if one[:1] != "-"), "")
    dotted = named.partition(":")[0]
    # The module itself, an object in it, or the module of a package that is called as the program is.
    meant = (dotted, dotted.rpartition(".")[0], f"{dotted}.{basename(program)}") if dotted else ()
    return next((found for one in meant if one and (found := modules.find(one, path)) is not None), None)


def _option(words: Sequence[str], names: Sequence[str]) -> str:
    for index, word in enumerate(words):
        if word in names:
            return words[index + 1] if index + 1 < len(words) else ""
        for name in names:
            long = word.startswith(f"{name}=")
            if long or (len(name) == 2 and word.startswith(name) and not word.startswith("--")):
                return word[len(name) + long :]
    return ""


def _split(text: str) -> list[str]:
    import shlex  # only when there is a command to read

    try:
        return shlex.split(text)
    except ValueError:
        return []
