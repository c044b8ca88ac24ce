"""Processes that templates start, and the handlers that run in them: by the program of their command and the module it is given.

The section ``workers`` of the library files tells the programs and their options. No vendor is named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import basename
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.facts import Handler, Scheduler, Subscription, Worker, vocabulary
from twice.noun import Fact
from twice.outline import Outline
from twice.project.commands import Started, Term, option, started, told
from twice.project.loaded import begun, loaded
from twice.project.modules import Modules
from twice.truth import NO, NONE, UNKNOWN, YES, Setting, Truth, effective, truth

Programs = Mapping[str, Mapping[str, Any]]


class Running(Struct, frozen=True):
    """A program of a worker's command: what the library files say of it, and the words that it is given."""

    name: Term
    given: tuple[Term, ...]
    spec: Mapping[str, Any]
    asked_to_stop: object


class Code(Struct, frozen=True, eq=False):
    """The code of the workspace, as far as it matters which of it a process loads."""

    outlines: Mapping[str, Outline]
    modules: Modules

    def loaded_by(self, words: Iterable[str], path: str) -> frozenset[str]:
        """The files that a program loads which is given these words in a file at ``path``: ``shop.web:app`` names the module."""
        named = (self.modules.find(word.partition(":")[0], path) for word in words if word[:1] not in ("-", "."))
        found = next((one for one in named if one in self.outlines), None)
        return loaded(found, self.outlines, self.modules) if found is not None else frozenset()

    def begins(self, pattern: str, paths: Iterable[str]) -> bool:
        """Is that done when these files are loaded: where they are imported, or in a function that one of them uses?"""
        return begun(re.compile(pattern.encode()), {path: self.outlines[path] for path in paths})


class Stopping(Struct, frozen=True):
    """How a process is asked to stop: by this signal, through the command as it ``begins`` in sight; and does its shell hand it on?"""

    signal: Setting | None
    begins: bool
    hands_on: object


def equipped(worker: Worker, command: Iterable[Term], stopping: Stopping, programs: Programs) -> Worker:
    """The worker with what its command says."""
    running = next(_running(tuple(command), programs), None)
    if running is None:
        return worker
    words = vocabulary(Worker)
    fields: dict[str, Any] = {
        name: told(source, running.given, words[name].kind) for name, source in running.spec.get("options", {}).items()
    }
    heard = _hears(running, stopping)
    return replace(worker, hears_stop_signal=heard, needs_signal=_needed(running, stopping, heard), **fields)


def copied(worker: Worker) -> Worker:
    """The worker with how many processes of it there are: its replicas, each with as many as its command asks for."""
    replicas, processes = effective(worker.replicas), effective(worker.processes)
    if not isinstance(processes, int) or processes == 1:
        return replace(worker, copies=worker.replicas)
    place = getattr(worker.processes, "place", None)
    return replace(worker, copies=Setting(processes * (replicas if isinstance(replicas, int) else 1), place=place))


def manned(
    workers: Iterable[Worker],
    facts: Iterable[Fact],
    runs: Iterable[tuple[Fact, Fact]],
    modules: Modules,
    programs: Programs,
) -> Iterator[tuple[Worker, Handler, Truth]]:
    """Which workers run which handlers: those of the program's kind that lie where the module lies which the command names.

    A program that is told of no module runs them wherever they are, if they all lie in one place. It may run those that lie elsewhere, or any
    of them where its module is not in sight. One that reads some queues only runs what waits in these; where nobody knows what that is, all that read the same run it,
    and of several that differ nobody knows.
    """
    handlers = [(one, modules.roots.get(one.place.path)) for one in facts if isinstance(one, Handler)]
    if not handlers:
        return
    lanes = {other: effective(one.lane) for one, other in runs if isinstance(one, Subscription)}
    crews: list[tuple[Worker, str, str | None]] = []
    for worker in workers:
        for running in _running(worker.command, programs):
            kind = running.spec["kind"]
            if running.spec.get("schedules", {}).get("imported"):
                continue  # it does something else, and has the scheduler with it
            everywhere = {root for handler, root in handlers if handler.kind == kind}
            roots = everywhere if running.spec.get("anywhere") else _roots(running, worker, modules)
            crews.append((worker, kind, roots.pop() if len(roots) == 1 else None))
    for worker, kind, here in crews:
        read = effective(worker.queues)
        alike = all(effective(other.queues) == read for other, *place in crews if place == [kind, here])
        for handler, root in handlers:
            lies_there = YES if here is not None and root == here else Truth.UNKNOWN
            certain = _reads(read, lanes.get(handler, UNKNOWN), alike) & lies_there
            if handler.kind == kind and certain is not NO:
                yield worker, handler, certain


def scheduling(
    workers: Iterable[Worker], runs: Iterable[tuple[Fact, Fact]], code: Code, programs: Programs
) -> Iterator[tuple[Worker, Scheduler]]:
    """Which workers send off periodic tasks. Not for certain where the code knows something by which the copies of one agree."""
    declared: dict[str, set[str]] = {}
    for one, handler in runs:
        if isinstance(handler, Handler) and effective(handler.recurs) is True:
            declared.setdefault(handler.kind, set()).add(one.place.path)
    for worker in workers:
        for spec, words in _told_to(worker.command, programs):
            told = spec.get("schedules")
            if told is None or not _schedules(words, told) or ("recurring" in told and spec["kind"] not in declared):
                continue
            near = frozenset(code.outlines)
            if told.get("imported"):
                files = code.loaded_by(words[1:], worker.place.path)
                near = files & declared[spec["kind"]] if code.begins(told["imported"], files) else frozenset()
            if not near:
                continue
            agreeing = re.compile(("|".join(told.get("agreeing", ())) or "(?!)").encode())
            texts = (*(word.encode() for word in words), *(code.outlines[path].data for path in near))
            agreed = any(agreeing.search(text) for text in texts)
            yield worker, Scheduler(place=worker.place, name=worker.name, certain=Truth.UNKNOWN if agreed else YES)
            break


def _told_to(command: tuple[Term, ...], programs: Programs) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """Every program that is known, with its own name and the words behind it."""
    for simple in started(command):
        for index, word in enumerate(simple.words):
            if (spec := programs.get(basename(word))) is not None:
                yield spec, simple.words[index:]


def _schedules(words: Sequence[str], told: Mapping[str, Any]) -> bool:
    asked = "words" not in told or not set(told["words"]).isdisjoint(words)
    return asked and set(told.get("unless", ())).isdisjoint(words)


def commanded(workers: Iterable[Worker], modules: Modules, programs: Programs) -> dict[str, Setting]:
    """The settings of frameworks that commands have the last word about, by their type and name.

    UNKNOWN where the workers of a project do not agree; those of several projects say nothing.
    """
    found: dict[str, list[Setting]] = {}
    roots: dict[str, set[str | None]] = {}
    for worker in workers:
        for running in _running(worker.command, programs):
            for name, source in running.spec.get("sets", {}).items():
                found.setdefault(name, []).append(told(source, running.given, "number"))
                roots.setdefault(name, set()).update(_roots(running, worker, modules) or {None})
    said = {name: all_said for name, all_said in found.items() if len(roots[name]) == 1 and None not in roots[name]}
    written = {name: one for name, one in said.items() if any(not told.default for told in one)}
    return {
        name: one[0] if len({repr(told.value) for told in one}) == 1 else Setting(UNKNOWN)
        for name, one in written.items()
    }


def _reads(queues: object, lane: object, alike: bool) -> Truth:
    """Does who reads these queues run what waits in this one?"""
    if not isinstance(queues, str):
        return YES
    if isinstance(lane, str):
        return truth(lane in queues.split(","))
    return YES if alike else Truth.UNKNOWN


def _running(command: tuple[Term, ...], programs: Programs) -> Iterator[Running]:
    """The programs that run handlers, behind whatever starts them."""
    for simple in started(command):
        for index, term in enumerate(simple.terms):
            spec, given = programs.get(basename(term.text)), simple.terms[index + 1 :]
            if spec is not None and ("word" not in spec or any(one.text == spec["word"] for one in given)):
                yield Running(term, given, spec, _asked(simple, index))
                break


def _asked(simple: Started, index: int) -> object:
    """What stands before a program may hand on what it is asked, or not."""
    return simple.asked_to_stop if index == 0 or simple.asked_to_stop is not True else UNKNOWN


def _hears(running: Running, stopping: Stopping) -> Setting:
    """Does the program end its work in good order when the process is asked to end?"""
    asked = stopping.hands_on if running.asked_to_stop is None else running.asked_to_stop
    asked = asked if stopping.begins else UNKNOWN
    place = running.name.place
    wanted = running.spec.get("stops_by")
    if asked is not True or wanted is None:
        return Setting(asked, place=place)
    chosen = option(running.given, running.spec.get("stop_option", ()))
    sent = stopping.signal.value if stopping.signal is not None else UNKNOWN
    wanted = chosen[0].text if chosen else wanted
    return Setting(str(sent).removeprefix("SIG") == wanted if isinstance(sent, str) else UNKNOWN, place=place)


def _needed(running: Running, stopping: Stopping, heard: Setting) -> object:
    """The signal it would have to be sent, where it is told of another one in a command that can be told which."""
    asked = stopping.hands_on if running.asked_to_stop is None else running.asked_to_stop
    wanted = running.spec.get("stops_by")
    return Setting(f"SIG{wanted}") if heard.value is False and asked is True and wanted is not None else NONE


def _roots(running: Running, worker: Worker, modules: Modules) -> set[str | None]:
    """Where the module lies that the command names; empty when it is not in sight."""
    return {modules.roots.get(_module(running, worker.place.path, modules) or "")} - {None}


def _module(running: Running, path: str, modules: Modules) -> str | None:
    """The file of the module that the command names."""
    if "app" in running.spec:
        named = next((one.text for one in option(running.given, running.spec["app"]) or ()), "")
    else:
        named = next(
            (one.text for one in running.given if one.text[:1] != "-" and one.text != running.spec.get("word")), ""
        )
    dotted = named.partition(":")[0]
    # The module itself, an object in it, or the module of a package that is called as the program is.
    program = basename(running.name.text)
    meant = (dotted, dotted.rpartition(".")[0], f"{dotted}.{program}") if dotted else ()
    return next((found for one in meant if one and (found := modules.find(one, path)) is not None), None)
