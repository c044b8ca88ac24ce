"""The whole pipeline on one screen. Start here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from twice.config import DEFAULT, Config
from twice.finding import Finding, HandlerSeen, Problem
from twice.languages import python
from twice.languages.cloudformation import Template, is_template, template
from twice.languages.python_edit import PythonWriter
from twice.languages.yaml_edit import YamlWriter
from twice.libraries import Libraries
from twice.outline import Outline
from twice.project.deployments import deployed
from twice.project.infrastructure import change, infrastructure
from twice.project.link import Linked, link
from twice.project.versions import versions
from twice.rules.match import match
from twice.rules.model import Rulebook
from twice.world import World, world

Progress = Callable[[str, int, int], None]

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
    known, linked = understand(files, rules, memory, progress)
    findings, held = match(rules.rules, known, config)
    return Checked(findings, held, linked.handlers, linked.problems)


def understand(
    files: Mapping[str, bytes], rules: Rulebook, memory: Memory | None = None, progress: Progress | None = None
) -> tuple[World, Linked]:
    """The world of facts of a workspace: everything that is true of it, before any rule is asked."""
    libraries = rules.libraries if isinstance(rules.libraries, Libraries) else Libraries()
    memory = memory or Memory()
    templates = read_templates(files, memory)
    outlines = read_outlines(files, memory, progress)
    deployment = infrastructure(templates, libraries.resources)
    linked = link(outlines, libraries, deployed(deployment.deployments, outlines), versions(files))
    templating = YamlWriter(files, partial(change, deployment))
    writers = {".py": PythonWriter(outlines, lambda place, origin: None), **dict.fromkeys(templates, templating)}
    facts = dict.fromkeys((*deployment.facts, *linked.facts))
    known = world(facts, linked.runs, deployment.feeds, watches=deployment.watches, writers=writers)
    return known, linked


def matters(path: str, data: bytes) -> bool:
    """Can a file of a workspace say anything? Most YAML and JSON files are data and cannot."""
    return not path.endswith(_TEMPLATE_ENDINGS) or is_template(data)


def read_outlines(files: Mapping[str, bytes], memory: Memory, progress: Progress | None = None) -> dict[str, Outline]:
    """The outline of every Python file, from memory where its bytes have been read before."""
    sources = {path: data for path, data in files.items() if path.endswith(".py")}
    outlines: dict[str, Outline] = {}
    kept: dict[bytes, Outline] = {}
    for count, (path, data) in enumerate(sources.items()):
        if progress is not None:
            progress("reading", count, len(sources))
        digest = _digest(path, data)
        outlines[path] = kept[digest] = memory.outlines.get(digest) or python.read(data)
    memory.outlines = kept
    return outlines


def read_templates(files: Mapping[str, bytes], memory: Memory) -> dict[str, Template]:
    """The templates among the files; most YAML and JSON files of a workspace are none."""
    kept: dict[bytes, Template | None] = {}
    found: dict[str, Template] = {}
    for path, data in files.items():
        if not path.endswith(_TEMPLATE_ENDINGS):
            continue
        digest = _digest(path, data)
        known = memory.templates[digest] if digest in memory.templates else template(data)
        kept[digest] = known
        if known is not None:
            found[path] = known
    memory.templates = kept
    return found


def _digest(path: str, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest() + path.encode()
