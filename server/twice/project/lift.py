"""One run of a function as a graph of steps, with the functions it calls lifted into the place of the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from twice import outline as o
from twice.flow import Graph, Region
from twice.project.calls import Given, Meaning, argument, meanings, meanings_of
from twice.project.names import Frame, Instance, Names, Outside, Routine, is_abstract, is_context_manager
from twice.text import Place

# Deeper chains and larger graphs are cut; the graph then says that it is not whole.
_DEEPEST_CALL = 10
_MOST_NODES = 6000


@dataclass(slots=True, eq=False)
class Site:
    """One step that may mean something.

    ``kind``: call, test, loop, with, except, leave, decorated, assign. ``inside`` are the nodes it surrounds: the body
    of a loop, with or decorated function, the work of a handover, the try of an except. ``then`` and ``otherwise`` are
    the branches of a test, ``then`` alone the clause of an except; the flags say whether a branch always leaves.
    ``again`` are the steps of a loop behind which the next round begins.
    """

    kind: str
    node: int
    what: o.Value | o.Statement | o.Except
    frame: Frame
    meanings: tuple[Meaning, ...] = ()
    inside: set[int] = field(default_factory=set)
    then: set[int] = field(default_factory=set)
    otherwise: set[int] = field(default_factory=set)
    again: set[int] = field(default_factory=set)
    then_leaves: bool = False
    otherwise_leaves: bool = False
    deferred: str = ""
    each_record: bool = False
    routine: Routine | None = None

    @property
    def place(self) -> Place:
        return Place(self.frame.path, self.what.start, self.what.end)


@dataclass(slots=True, eq=False)
class Run:
    """The graph of one run with its sites in the order they were met. ``ends`` are the steps after which it is over."""

    graph: Graph
    root: Frame
    sites: list[Site] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)
    nodes: dict[int, str] = field(default_factory=dict)

    _calls: frozenset[int] | None = None
    _written: frozenset[str] | None = None

    def region(self, nodes: Iterable[int]) -> Region:
        return Region(self.graph, frozenset(nodes))

    @property
    def calls(self) -> frozenset[int]:
        """The nodes at which something is called. Ask when the run is complete."""
        if self._calls is None:
            self._calls = frozenset(site.node for site in self.sites if site.kind == "call")
        return self._calls

    @property
    def written(self) -> frozenset[str]:
        """The names of the attributes and keys that the run sets, and of the arguments it passes. Ask when it is complete."""
        if self._written is None:
            self._written = frozenset(name for site in self.sites for name in _written_by(site.what))
        return self._written


@dataclass(slots=True)
class _Scope:
    """Where ``break``, ``continue`` and ``return`` lead from here."""

    returns: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    continues: list[int] = field(default_factory=list)


Frontier = frozenset[int]
Body = Callable[[Frontier], Frontier]


@dataclass(frozen=True, slots=True, eq=False)
class _Taker:
    """What is done with each thing that the generator of this frame gives out: the body of a ``for`` or ``with``."""

    frame: Frame
    body: Body


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """A loop over a generator, and the frame it stands in."""

    loop: o.Loop
    frame: Frame


def lift(
    names: Names,
    frame: Frame,
    block: o.Block,
    is_record_loop: Callable[[o.Value, Frame], bool],
    decorated: bool = True,
    rounds: Rounds | None = None,
) -> Run:
    """The run of a block: the body of a handler, or of the consume loop that is one. ``rounds`` is the loop that takes what
    the block gives out, when the block is a generator's."""
    lifting = _Lifting(names, Run(Graph(), frame), is_record_loop)
    if rounds is not None:
        lifting.takers.append(_Taker(frame, lifting.round_of(rounds.loop, rounds.frame, lifting.scopes[-1])))
    return lifting.whole(frame, block, decorated)


class _Lifting:
    def __init__(self, names: Names, run: Run, is_record_loop: Callable[[o.Value, Frame], bool]) -> None:
        self.names = names
        self.run = run
        self.is_record_loop = is_record_loop
        self.raising: list[list[int]] = [[]]
        self.scopes: list[_Scope] = [_Scope()]
        self.takers: list[_Taker] = []
        self.foreign: list[tuple[int, set[int]]] = []
        self.later: list[tuple[Site, Routine, o.Call | None, Frame]] = []

    def whole(self, frame: Frame, block: o.Block, decorated: bool) -> Run:
        start = self.step(frozenset(), "start")
        surrounding = self.decorations(frame.function, frame, start) if decorated else []
        end = self.block(block, frame, self.run_first(surrounding, frozenset({start})))
        scope = self.scopes[-1]
        self.run.ends = set(end) | set(scope.returns) | set(scope.breaks) | set(scope.continues)
        for site in surrounding:
            site.inside = set(range(start + 1, len(self.run.graph.successors)))
        while self.later and self.run.graph.whole:
            self.deferred(*self.later.pop(0))
        return self.run

    # Nodes

    def step(self, frontier: Frontier, what: str = "") -> int:
        if len(self.run.graph.successors) >= _MOST_NODES:
            self.run.graph.whole = False
        node = self.run.graph.add()
        self.run.graph.link(frontier, node)
        self.raising[-1].append(node)
        if what:
            self.run.nodes[node] = what
        return node

    def site(self, kind: str, node: int, what: o.Value | o.Statement | o.Except, frame: Frame) -> Site:
        made = Site(kind, node, what, frame)
        self.run.sites.append(made)
        return made

    def since(self, start: int) -> set[int]:
        return set(range(start, len(self.run.graph.successors)))

    @property
    def count(self) -> int:
        return len(self.run.graph.successors)

    # Statements

    def block(self, block: o.Block, frame: Frame, frontier: Frontier) -> Frontier:
        for statement in block:
            if not frontier or not self.run.graph.whole:
                break
            frontier = self.statement(statement, frame, frontier)
        return frontier

    def statement(self, statement: o.Statement, frame: Frame, frontier: Frontier) -> Frontier:
        match statement:
            case o.If():
                return self.branch(statement, frame, frontier)
            case o.Loop():
                return self.loop(statement, frame, frontier)
            case o.With():
                return self.within(statement.items, statement.body, frame, frontier)
            case o.Try():
                return self.try_(statement, frame, frontier)
            case o.Leave():
                return self.leave(statement, frame, frontier)
            case o.Assign():
                frontier = self.values(o.values_of(statement), frame, frontier)
                node = self.step(frontier)
                self.site("assign", node, statement, frame)
                return frozenset({node})
        return self.values(o.values_of(statement), frame, frontier)

    def branch(self, statement: o.If, frame: Frame, frontier: Frontier) -> Frontier:
        frontier = self.value(statement.test, frame, frontier)
        node = self.step(frontier, "test")
        site = self.site("test", node, statement, frame)
        always = statement.test.value if isinstance(statement.test, o.Literal) else None
        nowhere: tuple[set[int], Frontier] = set(), frozenset()
        site.then, then = self.way(statement.then, frame, node) if always is not False else nowhere
        site.otherwise, otherwise = self.way(statement.otherwise, frame, node) if always is not True else nowhere
        site.then_leaves, site.otherwise_leaves = not then, bool(statement.otherwise) and not otherwise
        return then | otherwise

    def way(self, block: o.Block, frame: Frame, node: int) -> tuple[set[int], Frontier]:
        """One way on from a test, with a step of its own in front of what is done there."""
        start = self.count
        end = self.block(block, frame, frozenset({self.step(frozenset({node}))})) if block else frozenset({node})
        return self.since(start), end

    def loop(self, statement: o.Loop, frame: Frame, frontier: Frontier) -> Frontier:
        generator = self.names.generator(statement.source, frame) if statement.target is not None else None
        if generator is not None:
            return self.over(statement, frame, frontier, *generator)
        endless = statement.target is None and isinstance(statement.source, o.Literal) and bool(statement.source.value)
        if statement.target is not None:
            frontier = self.value(statement.source, frame, frontier)
        head = self.step(frontier, "loop")
        site = self.site("loop", head, statement, frame)
        site.each_record = statement.target is not None and self.is_record_loop(statement.source, frame)
        start = self.count
        self.scopes.append(_Scope(self.scopes[-1].returns))
        inside: Frontier = frozenset({head})
        if statement.target is None:
            inside = self.value(statement.source, frame, inside)
        body = self.block(statement.body, frame, inside)
        scope = self.scopes.pop()
        site.again = again = set(body) | set(scope.continues)
        site.inside = self.since(start)
        site.each_record = site.each_record or (statement.target is not None and self.settles(site.inside))
        ended: set[int] = set() if endless else set(inside) | {head}
        if site.each_record:
            ended |= again
        else:
            self.run.graph.link(again, head)
        return self.block(statement.otherwise, frame, frozenset(ended)) | frozenset(scope.breaks)

    def settles(self, nodes: set[int]) -> bool:
        """Rounds that settle something are rounds over events, whatever the loop's source is."""
        return any(site.node in nodes and any("ack" in m.spec.nouns for m in site.meanings) for site in self.run.sites)

    def over(
        self, statement: o.Loop, frame: Frame, frontier: Frontier, routine: Routine, call: o.Call | None
    ) -> Frontier:
        """A loop over a generator of ours: its rounds happen where the generator gives something out."""
        frontier = self.values(o.parts(call) if call is not None else (statement.source,), frame, frontier)
        head = self.step(frontier, "loop")
        site = self.site("loop", head, statement, frame)
        scope = _Scope(self.scopes[-1].returns)
        body = self.round_of(statement, frame, scope, site)
        end = self.inline(routine, call, frame, head, taker=body)
        if not site.inside:
            end |= body(end)
        return self.block(statement.otherwise, frame, end) | frozenset(scope.breaks)

    def round_of(self, statement: o.Loop, frame: Frame, scope: _Scope, site: Site | None = None) -> Body:
        """One round of a loop over a generator. Its failures are the loop's, not the generator's."""
        level, failures = len(self.takers), self.raising[-1]

        def body(frontier: Frontier) -> Frontier:
            start = self.count
            takers, self.takers = self.takers, self.takers[:level]
            self.scopes.append(scope)
            self.raising.append(failures)
            end = self.block(statement.body, frame, frontier) | frozenset(scope.continues)
            self.raising.pop()
            self.scopes.pop()
            self.takers = takers
            scope.continues.clear()
            self.foreign.append((level, self.since(start)))
            if site is not None:
                site.inside |= self.since(start)
                site.again |= end
            return end

        return body

    def given(self, value: o.Yield, frame: Frame, frontier: Frontier) -> Frontier:
        """What a generator gives out goes to the loop or the block that takes it, which runs in its place."""
        taker = next((taker for taker in reversed(self.takers) if taker.frame is frame), None)
        inner = self.names.generator(value.value, frame) if value.delegates and value.value is not None else None
        frontier = self.values(o.parts(value), frame, frontier) if inner is None else frontier
        node = self.step(frontier, "yield")
        if inner is not None and taker is not None:
            return self.inline(*inner, frame, node, taker=taker.body)
        return taker.body(frozenset({node})) if taker is not None else frozenset({node})

    def within(
        self, items: tuple[tuple[o.Value, o.Value | None], ...], body: o.Block, frame: Frame, frontier: Frontier
    ) -> Frontier:
        """The block of a with, inside the first of its items and those that follow."""
        if not items:
            return self.block(body, frame, frontier)
        value = items[0][0]
        manager = self.manager(value, frame)
        frontier = self.values(o.parts(manager[1]) if manager is not None else (value,), frame, frontier)
        node = self.step(frontier, "with")
        site = self.site("with", node, value, frame)
        site.meanings = self.entering(value, frame)
        inside = self.block_of(items[1:], body, frame, site)
        if manager is not None:
            return self.inline(*manager, frame, node, taker=inside)
        self.raising.append([])
        end = inside(frozenset({node}))
        raised = self.raising.pop()
        if any("swallow" in meaning.spec.nouns for meaning in site.meanings):
            return end | frozenset(raised) | {node}
        self.raising[-1].extend(raised)
        return end

    def block_of(
        self, items: tuple[tuple[o.Value, o.Value | None], ...], body: o.Block, frame: Frame, site: Site
    ) -> Body:
        """The block of a with. Its failures come up where the manager stands."""
        level, scope = len(self.takers), self.scopes[-1]

        def inside(frontier: Frontier) -> Frontier:
            start = self.count
            takers, self.takers = self.takers, self.takers[:level]
            self.scopes.append(scope)
            end = self.within(items, body, frame, frontier)
            self.scopes.pop()
            self.takers = takers
            site.inside |= self.since(start)
            return end

        return inside

    def manager(self, value: o.Value, frame: Frame) -> tuple[Routine, o.Call] | None:
        """The context manager of ours that a with enters, written as a generator."""
        called = value.value if isinstance(value, o.Await) else value
        thing = self.names.resolve(called.callee, frame) if isinstance(called, o.Call) else None
        if not isinstance(called, o.Call) or not isinstance(thing, Routine) or frame.runs(thing.function):
            return None
        return (thing, called) if is_context_manager(thing.function) and thing.function.yields else None

    def entering(self, value: o.Value, frame: Frame) -> tuple[Meaning, ...]:
        called = value.value if isinstance(value, o.Await) else value
        if isinstance(called, o.Call):
            return meanings(self.names, called, frame)
        thing = self.names.resolve(called, frame)
        if isinstance(thing, Instance) and isinstance(thing.kind, Outside):
            entered = Outside(f"{thing.kind.name}.__enter__", thing)
            return meanings_of(self.names, entered, o.Call(value.start, value.end, value, ()), frame)
        return ()

    def try_(self, statement: o.Try, frame: Frame, frontier: Frontier) -> Frontier:
        if not statement.final:
            return self.guarded(statement, frame, frontier)
        inner = _Scope()
        self.scopes.append(inner)
        self.raising.append([])
        ends = self.guarded(statement, frame, frontier)
        raised = [*self.raising.pop(), *frontier]
        self.scopes.pop()
        return self.final(statement.final, frame, ends, inner, raised)

    def guarded(self, statement: o.Try, frame: Frame, frontier: Frontier) -> Frontier:
        """A try with its excepts and its else."""
        start = self.count
        self.raising.append([])
        end = self.block(statement.body, frame, frontier)
        raised = self.raising.pop()
        tried = self.since(start) - self.elsewhere()
        entry = frozenset(raised) | frontier
        ends = set(self.block(statement.otherwise, frame, end))
        for clause in statement.excepts:
            node = self.step(entry, "except")
            site = self.site("except", node, clause, frame)
            site.inside = tried
            first = self.count
            after = self.block(clause.body, frame, frozenset({node}))
            site.then, site.then_leaves = self.since(first) | {node}, not after
            ends |= after
        if not any(catches_all(clause) for clause in statement.excepts):
            self.raising[-1].extend(raised)
        return frozenset(ends)

    def elsewhere(self) -> set[int]:
        """Steps of loops that take what this generator gives out: they run in between, but not inside its blocks."""
        return {node for level, nodes in self.foreign if level < len(self.takers) for node in nodes}

    def final(self, block: o.Block, frame: Frame, ends: Frontier, inner: _Scope, raised: list[int]) -> Frontier:
        """A finally block, once for each way that passes through it: each goes on to where it was bound for."""
        outer = self.scopes[-1]
        after = self.block(block, frame, ends)
        for ways, onward in (
            (raised, self.raising[-1]),
            (inner.returns, outer.returns),
            (inner.breaks, outer.breaks),
            (inner.continues, outer.continues),
        ):
            onward.extend(self.block(block, frame, frozenset(ways)))
        return after

    def leave(self, statement: o.Leave, frame: Frame, frontier: Frontier) -> Frontier:
        if statement.value is not None:
            frontier = self.value(statement.value, frame, frontier)
        node = self.step(frontier, statement.kind)
        self.site("leave", node, statement, frame)
        scope = self.scopes[-1]
        {"return": scope.returns, "break": scope.breaks, "continue": scope.continues}.get(statement.kind, []).append(
            node
        )
        return frozenset()

    # Values

    def values(self, values: Iterable[o.Value], frame: Frame, frontier: Frontier) -> Frontier:
        for value in values:
            frontier = self.value(value, frame, frontier)
        return frontier

    def value(self, value: o.Value, frame: Frame, frontier: Frontier) -> Frontier:
        match value:
            case o.Literal() | o.Name() | o.Lambda():
                return frontier
            case o.Operation(operator="and" | "or"):
                frontier = self.value(value.operands[0], frame, frontier)
                return frontier | self.values(value.operands[1:], frame, frontier)
            case o.Choice():
                frontier = self.value(value.test, frame, frontier)
                return self.value(value.then, frame, frontier) | self.value(value.otherwise, frame, frontier)
            case o.Comprehension():
                return self.comprehension(value, frame, frontier)
            case o.Call():
                return self.call(value, frame, frontier)
            case o.Yield():
                return self.given(value, frame, frontier)
        return self.values(o.parts(value), frame, frontier)

    def comprehension(self, value: o.Comprehension, frame: Frame, frontier: Frontier) -> Frontier:
        frontier = self.values((source for _, source in value.clauses), frame, frontier)
        head = self.step(frontier)
        site = self.site("loop", head, value, frame)
        site.each_record = any(self.is_record_loop(source, frame) for _, source in value.clauses)
        start = self.count
        body = self.values((*value.tests, value.element), frame, frozenset({head}))
        site.inside, site.again = self.since(start), set(body)
        if site.each_record:
            return frozenset({head}) | body
        self.run.graph.link(body, head)
        return frozenset({head})

    def call(self, call: o.Call, frame: Frame, frontier: Frontier) -> Frontier:
        found = meanings(self.names, call, frame)
        aside = next((meaning for meaning in found if meaning.spec.runs), None)
        handed = self.handed(aside) if aside is not None else None
        start = self.count
        for part in (call.callee, *(one.value for one in call.arguments)):
            if handed is not None and handed.value is part and isinstance(part, o.Call):
                frontier = self.values(o.parts(part), frame, frontier)
            else:
                frontier = self.value(part, frame, frontier)
        node = self.step(frontier, "call")
        site = self.site("call", node, call, frame)
        site.meanings = found
        if aside is not None and handed is not None:
            return self.handover(site, aside, handed)
        if aside is not None and aside.spec.runs == "*":
            site.inside = set(range(start, node))
        thing = self.names.resolve(call.callee, frame)
        if isinstance(thing, Instance) and not isinstance(thing.kind, Outside):
            callee = self.names.resolve(call.callee, frame)
            thing = self.names.member(callee, "__call__")
        if isinstance(thing, Routine):
            return self.inline(thing, call, frame, node)
        return frozenset({node})

    def handed(self, meaning: Meaning) -> Given | None:
        if meaning.spec.runs == "*":
            return None
        given = argument(self.names, meaning.call, meaning.frame, meaning.spec.runs)
        return given if isinstance(given, Given) else None

    def handover(self, site: Site, meaning: Meaning, handed: Given) -> Frontier:
        """A function given away: run now, for each record, aside in another task, or later after the commit."""
        value = handed.value.value if isinstance(handed.value, o.Await) else handed.value
        inner = value if isinstance(value, o.Call) else None
        thing = self.names.resolve(inner.callee if inner is not None else value, handed.frame)
        if inner is not None and isinstance(thing, Outside) and thing.name == "functools.partial":
            thing, inner = self.names.resolve(inner, handed.frame), None
        if not isinstance(thing, Routine):
            return frozenset({site.node})
        site.routine = thing
        if meaning.spec.how in ("aside", "later"):
            site.deferred = meaning.spec.how
            self.later.append((site, thing, inner, handed.frame))
            return frozenset({site.node})
        start = self.count
        self.raising.append([])
        self.scopes.append(_Scope())
        end = self.inline(thing, inner, handed.frame, site.node, each=meaning.spec.how == "each")
        self.scopes.pop()
        raised = self.raising.pop()
        site.inside = self.since(start)
        if meaning.spec.how == "each":
            return end | frozenset(raised)
        self.raising[-1].extend(raised)
        return end

    def deferred(self, site: Site, routine: Routine, call: o.Call | None, frame: Frame) -> None:
        start = self.count
        self.raising, self.scopes = [[]], [_Scope()]
        self.inline(routine, call, frame, site.node)
        site.inside = self.since(start)
        for inner in self.run.sites:
            if inner.node in site.inside and not inner.deferred:
                inner.deferred = f"in {site.deferred}"

    def inline(
        self,
        routine: Routine,
        call: o.Call | None,
        frame: Frame,
        node: int,
        each: bool = False,
        taker: Body | None = None,
    ) -> Frontier:
        """The body of a function of ours in the place of its call. Nothing follows a function that never returns."""
        function = routine.function
        if frame.runs(function) or not self.run.graph.whole or is_abstract(function):
            return frozenset({node})
        if frame.depth() > _DEEPEST_CALL:
            self.run.graph.whole = False
            return frozenset({node})
        inside = self.names.enter(routine, call, frame)
        if call is None:
            inside.call = frame.call
        if each and function.parameters:
            self.carry_record(routine, inside)
        surrounding = self.decorations(function, inside, node)
        start = self.count
        self.scopes.append(_Scope())
        if taker is not None:
            self.takers.append(_Taker(inside, taker))
        end = self.block(function.body, inside, self.run_first(surrounding, frozenset({node})))
        if taker is not None:
            self.takers.pop()
        end |= frozenset(self.scopes.pop().returns)
        for site in surrounding:
            site.inside = self.since(start)
        return frozenset({self.step(end, "returned")}) if end else frozenset()

    def carry_record(self, routine: Routine, inside: Frame) -> None:
        """The function that is run for each record gets one: the event of its root, one step into the batch."""
        parameters = [
            p for p in routine.function.parameters if not (routine.receiver is not None and p.name in ("self", "cls"))
        ]
        root: Frame | None = inside
        while root is not None and not root.event:
            root = root.caller
        if root is not None and parameters:
            kind = next(iter(root.event.values())).partition(":")[0]
            layout = self.names.libraries.layouts.get(kind)
            batch = layout.batch[0] if layout is not None and layout.batch else "[]"
            inside.event = {parameters[0].name: f"{kind}:{batch}.[]"}

    def decorations(self, function: o.Function, frame: Frame, node: int) -> list[Site]:
        """The library decorators around a function, as sites at its entry."""
        result: list[Site] = []
        outer = self.names.module_frame(frame.path)
        for decorator in function.decorators:
            call = decorator if isinstance(decorator, o.Call) else o.Call(decorator.start, decorator.end, decorator, ())
            found = meanings(self.names, call, outer)
            if not found:
                found = self.own_decorator(call, outer)
            if found:
                site = self.site("decorated", node, decorator, frame)
                site.meanings = found
                result.append(site)
        return result

    def run_first(self, surrounding: list[Site], frontier: Frontier) -> Frontier:
        """What decorators run before the function they stand around."""
        for site in surrounding:
            for meaning in site.meanings:
                handed = self.handed(meaning) if meaning.spec.how == "each" else None
                if handed is not None:
                    frontier = self.handover(site, meaning, replace(handed, frame=site.frame))
        return frontier

    def own_decorator(self, call: o.Call, frame: Frame) -> tuple[Meaning, ...]:
        thing = self.names.resolve(call.callee, frame)
        if not isinstance(thing, Routine):
            return ()
        found: list[Meaning] = []
        for outside, inner, inside in self.names.decorations(thing):
            if inner is not None and inside is not None:
                made = meanings_of(self.names, outside, inner, inside)
                found.extend(m for m in made if {"guard", "transaction", "retry", "lock"} & set(m.spec.nouns))
        return tuple(found)


def _written_by(what: o.Value | o.Statement | o.Except) -> Iterator[str]:
    if isinstance(what, o.Assign):
        yield from (o.part_name(target) for target in what.targets)
    elif isinstance(what, o.Call):
        yield from (argument.name for argument in what.arguments if argument.name)


def catches_all(clause: o.Except) -> bool:
    """Does the clause catch every failure of the handler's own work?"""
    return not clause.types or any(
        isinstance(kind, o.Name) and kind.id in ("Exception", "BaseException") for kind in clause.types
    )
