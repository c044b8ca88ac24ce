"""Where files meet: outlines and templates in, one world of facts out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from msgspec import Struct, field

from twice import outline as o
from twice.facts import Function, Handler, Queue, Schedule, Subscription, Test
from twice.finding import HandlerSeen, Problem
from twice.flow import Graph
from twice.languages.template import Template
from twice.libraries import Libraries
from twice.noun import Fact
from twice.project.declared import Declared
from twice.project.deploying import Deploying
from twice.project.destinations import Question, Queues
from twice.project.documents import Documents
from twice.project.elsewhere import elsewhere
from twice.project.expressions import expression_of
from twice.project.fields import Evaluator
from twice.project.handlers import Deployed, handlers
from twice.project.modules import is_test, modules
from twice.project.names import Names
from twice.project.obscure import Obscure, undeclared
from twice.project.repeating import Tested, repeating_tests, test_files
from twice.project.runs import Told, tell_function, tell_handler
from twice.project.schedules import schedules_in_settings
from twice.project.settings import Applications
from twice.project.things import Frame
from twice.project.trace import Tracer
from twice.project.versions import Pins
from twice.project.words import any_of
from twice.steps import Patience, Steps
from twice.text import Place
from twice.truth import Setting, Truth, effective
from twice.world import Root, graph_of

Answer = TypeVar("Answer")


class Linked(Struct, frozen=True, eq=False):
    """All facts of a workspace, who runs and feeds whom, and what was seen of its handlers.

    ``broken`` files have syntax errors. ``expression`` writes an origin where a place stands. ``undeclared`` are functions whose
    decorator nobody knows, for those who are curious.
    """

    facts: tuple[Fact, ...]
    runs: tuple[tuple[Fact, Fact], ...]
    feeds: Mapping[tuple[Fact, Fact], Truth]
    handlers: tuple[HandlerSeen, ...] = ()
    problems: tuple[Problem, ...] = ()
    about: Mapping[Place, tuple[Fact, ...]] = field(default_factory=dict)
    tellings: tuple[Told, ...] = field(default=())
    broken: tuple[str, ...] = ()
    expression: Callable[[Place, str], str | None] = lambda place, origin: None
    undeclared: tuple[Obscure, ...] = ()
    roots: Mapping[Graph, Root] = field(default_factory=dict)


def naming(outlines: Mapping[str, o.Outline], libraries: Libraries) -> Names:
    """What the names in these files stand for, of which nothing is found before somebody asks."""
    return Names(outlines, modules(outlines, _foreign(libraries)), libraries)


def constructed(names: Names) -> dict[str, Template]:
    """What the code itself would deploy. Who deploys otherwise does not pay for it."""
    if names.constructed is None:
        names.constructed = _constructed(names)
    return names.constructed


def _constructed(names: Names) -> dict[str, Template]:
    """Mappings that are registered, and what calls make."""
    tops = _constructing(names)
    paths = [path for path, one in names.code.items() if any(top in one.data for top in tops)]
    found: dict[str, Template] = {}
    if _registers(names):
        from twice.project.mappings import mappings  # few programs have any

        found = mappings(names)
    if paths:
        from twice.project.constructs import constructs

        for path, made in constructs(names, paths).items():
            found[path] = Template({**made.resources, **(found[path].resources if path in found else {})})
    return found


def _registers(names: Names) -> bool:
    """Does some code hold a mapping with a key that the library files know as that of a resource?"""
    keys = [name[1:-1].encode() for name in names.libraries.resources if name.startswith("{")]
    return any(key in one.data for key in keys for one in names.code.values())


def _constructing(names: Names) -> list[bytes]:
    """The libraries in use of which some name that makes a resource stands beside theirs."""
    words: dict[str, set[bytes]] = {}
    for name in names.libraries.resources:
        top, dot, _ = name.partition(".")
        if dot and top in names.modules.foreign:
            words.setdefault(top, set()).add(name.rpartition(".")[2].encode())
    return [top.encode() for top, last in words.items() if _is_beside(names, top.encode(), last)]


def _is_beside(names: Names, top: bytes, words: set[bytes]) -> bool:
    texts = [one.data for one in names.code.values() if top in one.data]
    return any(word in text for text in texts for word in words)


class Tellings(Struct):
    """What was told with one evaluator, by the function or the declared handler it was told of, with what was asked for it.

    A telling stands as long as its questions are answered as they were: everything else it looks at is the evaluator's.
    """

    evaluator: Evaluator
    queues: Queues | None = None
    known: dict[object, tuple[tuple[Question, ...], Told]] = field(default_factory=dict)

    def told(self, about: object, queues: Queues, tell: Callable[[], Told]) -> Told:
        """What was told of this, or what is told now."""
        before = self.known.get(about)
        if before is not None and queues.still(before[0]):
            return before[1]
        queues.asked.clear()
        told = tell()
        self.known[about] = tuple(queues.asked), told
        return told

    def forget(self, queues: Queues, told: Iterable[Told]) -> None:
        """Keep the queues and what was told last; the rest is of code that is no longer deployed as it was."""
        standing = {id(one) for one in told}
        self.queues, self.known = queues, {about: one for about, one in self.known.items() if id(one[1]) in standing}


def evaluating(
    names: Names,
    pins: Pins | None = None,
    documents: Documents | None = None,
    evicting: Mapping[str, Setting] | None = None,
    ordered: Mapping[str, Setting] | None = None,
    deploying: Mapping[str, bytes] | None = None,
) -> Evaluator:
    """Who reads values, with all that is written beside the code."""
    return Evaluator(
        Tracer(names),
        Applications(names),
        pins or Pins(),
        documents or Documents(),
        evicting or {},
        ordered or {},
        Deploying(deploying or {}),
    )


def linking(
    tellings: Tellings,
    deployed: tuple[Deployed, ...] = (),
    queues: tuple[Queue, ...] = (),
    curious: bool = False,
    patience: Patience | None = None,
    functions: tuple[Function, ...] = (),
) -> Steps[Linked]:
    """Resolves names across files, finds the handlers and tells the facts of each, in small steps.

    A file that exhausts the ``patience`` is told in part.
    """
    patience = patience or Patience()
    evaluator, tracer = tellings.evaluator, tellings.evaluator.tracer
    names = tracer.names
    known = Queues(evaluator, queues, tellings.queues, functions)
    reached = _reached(names)
    told: list[Told] = []
    problems: list[Problem] = []
    yield "finding handlers", 0, len(names.outlines)
    found = [
        declared for declared in handlers(names, deployed, reached, evaluator.documents) if not is_test(declared.path)
    ]
    for declared in found:
        _attempt(problems, declared.place, partial(known.announce, declared))
    for count, declared in enumerate(found):
        yield "following events", count, len(found)
        if patience.lasts(declared.path):
            with patience.spending(declared.path):
                tell = partial(tell_handler, evaluator, known, declared, curious)
                told.extend(_attempt(problems, declared.place, partial(tellings.told, declared, known, tell)))
    seen = frozenset().union(*(one.reached for one in told)) if told else frozenset()
    others = elsewhere(names, reached, seen)
    for count, (path, function) in enumerate(others):
        yield "reading other code", count, len(others)
        place = Place(path, function.name_start, function.name_start)
        if patience.lasts(path):
            with patience.spending(path):
                tell = partial(tell_function, evaluator, known, function, path)
                told.extend(_attempt(problems, place, partial(tellings.told, (path, id(function)), known, tell)))
    yield "reading timetables", 0, 1
    told.extend(
        _attempt(
            problems,
            Place("", 0, 0),
            partial(tellings.told, "timetables", known, partial(_timetables, evaluator, known)),
        )
    )
    tellings.forget(known, told)
    due = schedules(fact for one in told for fact in one.facts)
    tested = [Tested(one.declared.function, one.handler) for one in told if one.declared and one.handler]
    testing = list(test_files(names, tested))
    repeating: list[tuple[Test, Handler]] = []
    for count, (path, words) in enumerate(testing):
        yield "reading tests", count, len(testing)
        tell_tests = partial(repeating_tests, names, path, words, tested)
        repeating += (pair for pairs in _attempt(problems, Place(path, 0, 0), tell_tests) for pair in pairs)
    problems.extend(_in_part(path, count, patience.seconds) for path, count in patience.left_out.items())
    return Linked(
        (*(fact for one in told for fact in one.facts), *known, *(test for test, _ in repeating)),
        (*(pair for one in told for pair in one.runs), *_run_by_steps(told), *repeating),
        known.links | {pair: certain for one in told for pair, certain in one.feeds.items()},
        tuple(handler_seen(one, one.declared) for one in told if one.declared is not None),
        tuple(problems),
        {one.declared.place: about(one, one.declared, due) for one in told if one.declared is not None},
        tuple(told),
        tuple(path for path, outline in names.code.items() if outline.broken or path in patience.left_out),
        partial(expression_of, tracer, _frames(told)),
        tuple(undeclared(names)) if curious else (),
        {flow: one.root for one in told if one.root for fact in one.facts if (flow := graph_of(fact)) is not None},
    )


def _timetables(evaluator: Evaluator, queues: Queues) -> Told:
    return Told(tuple(schedules_in_settings(evaluator, queues)))


def _run_by_steps(told: Iterable[Told]) -> Iterator[tuple[Fact, Fact]]:
    """The steps of workflows with the handlers that they run: by the function, or by a name that only one of them has."""
    stepping = [pair for one in told for pair in one.steps]
    if not stepping:
        return
    found = [(one.declared.function, one.handler) for one in told if one.declared and one.handler]
    for step, target in stepping:
        run = [handler for function, handler in found if function is target or function.name == target]
        if len(run) == 1:
            yield step, run[0]


def _frames(told: Iterable[Told]) -> dict[str, list[Frame]]:
    """The frames of all runs by file, those of handlers first."""
    found: dict[str, list[Frame]] = {}
    for one in sorted(told, key=lambda one: one.declared is None):
        for frame in one.frames:
            found.setdefault(frame.path, []).append(frame)
    return found


def _attempt(problems: list[Problem], place: Place, tell: Callable[[], Answer]) -> list[Answer]:
    """What is told, if it can be: a mistake of ours in one handler must not cost the findings of the others."""
    try:
        return [tell()]
    except Exception as error:  # noqa: BLE001
        message = f"could not be read to the end ({type(error).__name__}: {error})"
        problems.append(Problem(message, place, "this is a fault of Twice; the other findings stand", "internal"))
        return []


def _in_part(path: str, functions: int, seconds: float) -> Problem:
    message = f"{path}: checked in part: after {seconds:g} s, {functions} of its functions were left out"
    return Problem(message, Place(path, 0, 0), "split the file, or exclude it; `twice check` takes the time it needs")


def _foreign(libraries: Libraries) -> frozenset[str]:
    """The top names of the libraries we have files for: an import of them is never a file of the workspace."""
    named = (*libraries.calls, *libraries.types, *libraries.clients)
    return frozenset(name.partition(".")[0] for name in named if "." in name) - {"builtins"}


def _reached(names: Names) -> dict[str, frozenset[str]]:
    """The files in which a trigger word occurs, with the words."""
    triggers = names.libraries.triggers()
    if not triggers:
        return {}
    pattern = any_of(triggers)
    words = {path: outline.words(pattern) for path, outline in names.code.items()}
    return {path: found for path, found in words.items() if found}


def handler_seen(told: Told, declared: Declared) -> HandlerSeen:
    """A handler as people are told of it."""
    return HandlerSeen(declared.place, declared.name, declared.kind, _trigger(told.facts))


def schedules(facts: Iterable[Fact]) -> tuple[Schedule, ...]:
    """The entries of timetables among these."""
    return tuple(fact for fact in facts if isinstance(fact, Schedule))


def about(told: Told, declared: Declared, schedules: Iterable[Schedule] = ()) -> tuple[Fact, ...]:
    """The handler itself, what starts and feeds it, and what it does. Of the ``schedules`` those that put runs of it into its queue."""
    queues = [queue for fact in told.facts if isinstance(queue := effective(getattr(fact, "queue", None)), Queue)]
    functions = [fact for fact in declared.deployed if isinstance(fact, Function)]
    read = {effective(fact.queue) for fact in told.facts if isinstance(fact, Subscription)} if schedules else ()
    due = [one for one in schedules if isinstance(queue := effective(one.queue), Queue) and queue in read]
    return tuple(dict.fromkeys((*told.facts, *due, *functions, *queues)))


def _trigger(facts: Iterable[Fact]) -> str:
    """What feeds a handler: the kind and name of its first queue."""
    for fact in facts:
        if isinstance(fact, Subscription):
            queue = effective(fact.queue)
            return f"{fact.kind} {queue.name}" if isinstance(queue, Queue) else fact.kind
    return ""
