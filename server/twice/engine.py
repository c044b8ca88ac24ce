"""The whole pipeline on one screen. Start here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from twice.config import DEFAULT, Config
from twice.facts import Queue
from twice.finding import Finding, HandlerSeen, Problem
from twice.languages import python
from twice.languages.cloudformation import Template, is_template, template
from twice.languages.python_edit import PythonWriter
from twice.languages.yaml_edit import YamlWriter
from twice.libraries import Libraries
from twice.outline import Outline
from twice.project.deployments import deployed
from twice.project.infrastructure import change, infrastructure
from twice.project.link import Linked, linking
from twice.project.versions import versions
from twice.rules.match import matching
from twice.rules.model import Rulebook
from twice.steps import Progress, Steps, finished
from twice.world import World, world

_TEMPLATE_ENDINGS = (".yaml", ".yml", ".template", ".json")


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check found. ``held`` are the findings that were kept back because an answer was UNKNOWN."""

    findings: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    handlers: tuple[HandlerSeen, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Memory:
    """What single files say, by content hash, kept between checks by the server. Dropping it changes the speed only."""

    outlines: dict[bytes, Outline] = field(default_factory=dict)
    templates: dict[bytes, Template | None] = field(default_factory=dict)


def check(
    files: Mapping[str, bytes],
    rules: Rulebook,
    config: Config = DEFAULT,
    memory: Memory | None = None,
    progress: Progress | None = None,
) -> Checked:
    """All findings of a workspace: paths relative to its root with forward slashes, and their bytes.

    A pure function: no clock, no file system, no environment. ``progress`` is told what is being done, how much of it is
    done, and how much there is.
    """
    return finished(checking(files, rules, config, memory), progress)


def checking(
    files: Mapping[str, bytes], rules: Rulebook, config: Config = DEFAULT, memory: Memory | None = None
) -> Steps[Checked]:
    """The same check in small steps, for those who have other things to do between them."""
    known, linked = yield from understanding(files, rules, memory)
    findings, held = yield from matching(rules.rules, known, config)
    return Checked(findings, held, linked.handlers, linked.problems)


def understand(files: Mapping[str, bytes], rules: Rulebook) -> tuple[World, Linked]:
    """The world of facts of a workspace: everything that is true of it, before any rule is asked."""
    return finished(understanding(files, rules))


def understanding(
    files: Mapping[str, bytes], rules: Rulebook, memory: Memory | None = None
) -> Steps[tuple[World, Linked]]:
    """What ``understand`` does, in small steps."""
    libraries = rules.libraries if isinstance(rules.libraries, Libraries) else Libraries()
    memory = memory or Memory()
    templates = yield from read_templates(files, memory)
    outlines = yield from read_outlines(files, memory)
    deployment = infrastructure(templates, libraries.resources)
    queues = tuple(fact for fact in deployment.facts if isinstance(fact, Queue))
    code = deployed(deployment.deployments, outlines)
    linked = yield from linking(outlines, libraries, code, queues, versions(files))
    templating = YamlWriter(files, partial(change, deployment))
    writers = {".py": PythonWriter(outlines, lambda place, origin: None), **dict.fromkeys(templates, templating)}
    facts = dict.fromkeys((*deployment.facts, *linked.facts))
    known = world(facts, linked.runs, {**deployment.feeds, **linked.feeds}, watches=deployment.watches, writers=writers)
    return known, linked


def matters(path: str, data: bytes) -> bool:
    """Can a file of a workspace say anything? Most YAML and JSON files are data and cannot."""
    return not path.endswith(_TEMPLATE_ENDINGS) or is_template(data)


def read_outlines(files: Mapping[str, bytes], memory: Memory) -> Steps[dict[str, Outline]]:
    """The outline of every Python file, from memory where its bytes have been read before."""
    sources = {path: data for path, data in files.items() if path.endswith(".py")}
    outlines: dict[str, Outline] = {}
    kept: dict[bytes, Outline] = {}
    for count, (path, data) in enumerate(sources.items()):
        yield "reading code", count, len(sources)
        digest = _digest(path, data)
        known = memory.outlines.get(digest)
        if known is None:
            known = memory.outlines[digest] = python.read(data)
        outlines[path] = kept[digest] = known
    memory.outlines = kept
    return outlines


def read_templates(files: Mapping[str, bytes], memory: Memory) -> Steps[dict[str, Template]]:
    """The templates among the files; most YAML and JSON files of a workspace are none."""
    sources = {path: data for path, data in files.items() if path.endswith(_TEMPLATE_ENDINGS)}
    found: dict[str, Template] = {}
    kept: dict[bytes, Template | None] = {}
    for count, (path, data) in enumerate(sources.items()):
        yield "reading templates", count, len(sources)
        digest = _digest(path, data)
        if digest not in memory.templates:
            memory.templates[digest] = template(data)
        known = kept[digest] = memory.templates[digest]
        if known is not None:
            found[path] = known
    memory.templates = kept
    return found


def _digest(path: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest() + path.encode()
