"""The whole pipeline on one screen. Start here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice.comments import Allowance, Comment
from twice.config import DEFAULT, Config
from twice.facts import Function, Queue, Runbook
from twice.facts.deployed import DEPLOYED
from twice.finding import Finding, HandlerSeen, Problem, in_order
from twice.languages import python, python_comments, templates
from twice.languages.python_edit import PythonWriter
from twice.languages.template_edit import Changes
from twice.languages.templates import TemplateMemory
from twice.libraries import Libraries
from twice.noun import Fact
from twice.outline import Outline
from twice.project.additions import additions
from twice.project.changes import change, changed_at
from twice.project.deployments import deployed
from twice.project.documents import Documents
from twice.project.infrastructure import InfrastructureMemory, infrastructure
from twice.project.link import Linked, Tellings, constructed, evaluating, linking, naming
from twice.project.modules import is_test
from twice.project.names import Names
from twice.project.runbooks import runbooks
from twice.project.versions import pins
from twice.project.workers import Code, commanded, manned, scheduling
from twice.review import Reviews, reviews
from twice.rules.again import MatchMemory
from twice.rules.checklist import Item
from twice.rules.match import How, is_selected, matching, selects
from twice.rules.model import Rule, Rulebook
from twice.silence import Silence, Silences, complaints, silences
from twice.steps import Patience, Progress, Steps, finished
from twice.text import Place
from twice.truth import YES
from twice.world import World, world


class Checked(Struct, frozen=True):
    """What one check found.

    ``held`` was kept back because an answer is UNKNOWN or the rule is not confident enough, ``silenced`` because a person
    disagrees. ``deployed`` is where templates have resources that something is known of. ``reviews`` are there when items of the checklist were given. ``about`` are the facts of a handler by the place of its name. ``broken`` are the files with syntax errors, in which something may have been missed.
    ``known`` is everything that is true, for those who ask more.
    """

    findings: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    silenced: tuple[Finding, ...] = ()
    handlers: tuple[HandlerSeen, ...] = ()
    deployed: tuple[Place, ...] = ()
    about: Mapping[Place, tuple[Fact, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    broken: tuple[str, ...] = ()
    reviews: Reviews = field(default_factory=Reviews)
    known: World | None = None


class Wanted(Struct, frozen=True):
    """What a check is asked for beside the findings, each of which takes time.

    The ``proofs`` of findings; what is ``held`` back; a review of each handler by these ``items`` of the checklist.
    """

    proofs: bool = True
    held: bool = True
    items: tuple[Item, ...] = ()


EVERYTHING, FINDINGS_ONLY = Wanted(), Wanted(proofs=False, held=False)

Key = tuple[str, bytes]


class Memory(Struct):
    """What is kept between checks by the server. Dropping it, or any part of it, changes the speed only.

    What single files say, by path and content; what groups of templates say, with the ``resources`` of the libraries; what was
    told of code that is still the same; what the rules found for facts that are.
    ``patience`` makes what each check may spend on a single file; without it a check takes the time it needs.
    """

    outlines: dict[Key, Outline] = field(default_factory=dict)
    templates: TemplateMemory = field(default_factory=TemplateMemory)
    silences: dict[Key, tuple[Silence, ...]] = field(default_factory=dict)
    runbooks: dict[Key, Runbook] = field(default_factory=dict)
    infrastructure: InfrastructureMemory = field(default_factory=InfrastructureMemory)
    resources: Mapping[str, Any] | None = None
    tellings: Tellings | None = None
    matches: MatchMemory = field(default_factory=MatchMemory)
    patience: Callable[[], Patience] = Patience


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
    files: Mapping[str, bytes],
    rules: Rulebook,
    config: Config = DEFAULT,
    memory: Memory | None = None,
    wanted: Wanted = EVERYTHING,
) -> Steps[Checked]:
    """The same check in small steps, for those who have other things to do between them."""
    memory = memory or Memory()
    try:
        return (yield from _checking(files, rules, config, memory, wanted))
    except Exception:
        faults = yield from _faults(files, rules, config)
        if not faults:
            raise
        others = {path: data for path, data in files.items() if path not in faults}
        found = yield from _checking(others, rules, config, memory, wanted)
        return replace(found, problems=(*found.problems, *faults.values()))


def _checking(
    files: Mapping[str, bytes],
    rules: Rulebook,
    config: Config,
    memory: Memory,
    wanted: Wanted,
) -> Steps[Checked]:
    known, linked = yield from understanding(files, rules, memory)
    spoken = read_silences(files, memory)
    problems = list(linked.problems)
    silent = partial(_silent, config, spoken)
    how = How(wanted.proofs, wanted.held, memory.matches, files)
    selected = [rule for rule in rules.rules if any(_speaks(one, rule) for one in config.all())]
    found = yield from matching(selected, known, None, silent, problems, how)
    mistaken = complaints(spoken, rules.rules, lambda rule, path: _speaks(config.at(path), rule))
    findings = sorted((*found.findings, *mistaken), key=in_order)
    shown = tuple(finding for finding in findings if _is_shown(config, finding))
    held = (*found.held, *(finding for finding in findings if not _is_shown(config, finding)))
    libraries = rules.libraries
    return Checked(
        shown,
        tuple(sorted(held, key=in_order)),
        found.silenced,
        linked.handlers,
        tuple(fact.place for fact in known.facts if isinstance(fact, DEPLOYED) and not fact.place.path.endswith(".py")),
        linked.about,
        tuple(problems),
        linked.broken,
        reviews(linked.handlers, known, shown, wanted.items, libraries) if wanted.items else Reviews(),
        known,
    )


def _faults(files: Mapping[str, bytes], rules: Rulebook, config: Config) -> Steps[dict[str, Problem]]:
    """The files that cannot be checked even alone, because of a mistake of ours."""
    found: dict[str, Problem] = {}
    for count, (path, data) in enumerate(files.items()):
        yield "looking for the file that cannot be read", count, len(files)
        try:
            finished(_checking({path: data}, rules, config, Memory(), FINDINGS_ONLY))
        except Exception as error:  # noqa: BLE001
            message = f"could not be read ({type(error).__name__}: {error})"
            expected = "this is a fault of Twice; the findings of other files stand"
            found[path] = Problem(message, Place(path, 0, 0), expected, "internal")
    return found


def understand(
    files: Mapping[str, bytes], rules: Rulebook, progress: Progress | None = None, curious: bool = False
) -> tuple[World, Linked]:
    """The world of facts of a workspace: everything that is true of it, before any rule is asked.

    For the ``curious``, its tellings hold what was not understood.
    """
    return finished(understanding(files, rules, curious=curious), progress)


def understanding(
    files: Mapping[str, bytes], rules: Rulebook, memory: Memory | None = None, curious: bool = False
) -> Steps[tuple[World, Linked]]:
    """What ``understand`` does, in small steps."""
    libraries = rules.libraries
    memory = memory or Memory()
    deploying = yield from templates.reading(files, memory.templates)
    outlines = yield from read_outlines(files, memory)
    names = _naming(outlines, libraries, memory)
    deploying |= constructed(names)
    if memory.resources is not libraries.resources:
        memory.infrastructure, memory.resources = InfrastructureMemory(), libraries.resources
    deployment = infrastructure(deploying, libraries.resources, libraries.workers, memory.infrastructure)
    queues = tuple(fact for fact in deployment.facts if isinstance(fact, Queue))
    functions = tuple(fact for fact in deployment.facts if isinstance(fact, Function))
    code = deployed(deployment.deployments, outlines)
    ordered = commanded(deployment.workers, names.modules, libraries.workers)
    beside = Documents(templates.documents(files)), deployment.evicting, ordered, templates.texts(files)
    tellings = Tellings(evaluating(names, pins(files), *beside))
    if not curious and memory.tellings is not None and tellings.evaluator.reads_the_same(memory.tellings.evaluator):
        tellings = memory.tellings
    linked = yield from linking(tellings, code, queues, curious, memory.patience(), functions)
    memory.tellings = tellings if not curious else None
    changes = Changes(partial(change, deployment.written), partial(additions, deployment.written, libraries.additions))
    writers = {
        ".py": PythonWriter(outlines, linked.expression, changes),
        **templates.writers(files, deploying, changes),
    }
    crews = manned(deployment.workers, linked.facts, linked.runs, names.modules, libraries.workers)
    schedules = tuple(scheduling(deployment.workers, linked.runs, Code(outlines, names.modules), libraries.workers))
    runs = {(worker, one): certain for worker, one, certain in crews} | dict.fromkeys(schedules, YES)
    memory.runbooks = dict(runbooks(files, memory.runbooks))
    facts = dict.fromkeys(
        (
            *deployment.facts,
            *(worker for (worker, _), certain in runs.items() if certain is YES),  # who only may run one excuses others
            *linked.facts,
            *(one for _, one in schedules),
            *memory.runbooks.values(),
        )
    )
    known = world(
        facts,
        dict.fromkeys(linked.runs, YES) | runs,
        {**deployment.feeds, **linked.feeds},
        writers=writers,
        roots=linked.roots,
        changed_at=partial(changed_at, deployment.written),
    )
    return known, linked


def _naming(outlines: Mapping[str, Outline], libraries: Libraries, memory: Memory) -> Names:
    """What names stand for: the same as before where all code is the same."""
    known = memory.tellings.evaluator.tracer.names if memory.tellings is not None else None
    if known is not None and known.libraries is libraries and known.outlines.keys() == outlines.keys():
        if all(known.outlines[path] is outline for path, outline in outlines.items()):
            return known
    return naming(outlines, libraries)


def read_outlines(files: Mapping[str, bytes], memory: Memory) -> Steps[dict[str, Outline]]:
    """The outline of every Python file, from memory where its bytes have been read before."""
    sources = {path: data for path, data in files.items() if path.endswith(".py")}
    outlines: dict[str, Outline] = {}
    kept: dict[Key, Outline] = {}
    for count, (path, data) in enumerate(sources.items()):
        yield "reading code", count, len(sources)
        key = path, data
        known = memory.outlines.get(key)
        if known is None:
            known = memory.outlines[key] = python.read(data)
        outlines[path] = kept[key] = known
        if not is_test(path):
            _ = known.contents  # here, where others have their turn in between
    memory.outlines = kept
    return outlines


def read_silences(files: Mapping[str, bytes], memory: Memory) -> Silences:
    """What people allow, by file; few files of a workspace say anything."""
    kept: dict[Key, tuple[Silence, ...]] = {}
    found: dict[str, tuple[Silence, ...]] = {}
    for path, data in files.items():
        if b"twice" not in data:
            continue
        key = path, data
        known = memory.silences.get(key)
        kept[key] = silences(path, data, _spoken(path, data)) if known is None else known
        found[path] = kept[key]
    memory.silences = kept
    return Silences(found)


def _spoken(path: str, data: bytes) -> Iterator[Comment | Allowance]:
    if path.endswith(".py"):
        yield from python_comments.comments(data)
    else:
        yield from templates.comments(path, data)


def _silent(config: Config, spoken: Silences, rule: Rule, places: tuple[Place, ...]) -> bool:
    """Does a person disagree here, in the settings nearest to the place, or in a comment?"""
    path = places[0].path
    nearest = config.at(path)
    if nearest is not config and not _speaks(nearest, rule):
        return True
    return spoken.silent(rule, places) or selects(rule.code, rule.name, nearest.silent_in(path)) >= 0


def _speaks(config: Config, rule: Rule) -> bool:
    return is_selected(rule.code, rule.name, config)


def _is_shown(config: Config, finding: Finding) -> bool:
    return config.at(finding.place.path).shows(finding.confidence)
