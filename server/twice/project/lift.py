"""One run of a function as a graph of steps, with the functions it calls lifted into the place of the call."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twice import outline as o
from twice.flow import Graph
from twice.project import calling, generators, iterated
from twice.project.constants import constant
from twice.project.course import Frontier, Rounds, Run, Scope, Site, Taker, catches_all
from twice.project.names import Names
from twice.project.things import Frame, Routine
from twice.project.wrappers import standing_for, wrapper_of

# Larger graphs are cut; the graph then says that it is not whole.
_MOST_NODES = 6000


def lift(
    names: Names,
    frame: Frame,
    block: o.Block,
    is_record_loop: Callable[[o.Value, Frame], bool],
    decorated: bool = True,
    rounds: Rounds | None = None,
    dispatches: bool = False,
) -> Run:
    """The run of a block: the body of a handler, or of the consume loop that is one. ``rounds`` is the loop that takes what
    the block gives out, when the block is a generator's. What ``dispatches`` calls the functions of registries."""
    lifting = Lifting(names, Run(Graph(), frame), is_record_loop)
    lifting.dispatches = dispatches
    if rounds is not None:
        body = generators.round_of(lifting, rounds.loop, rounds.frame, lifting.scopes[-1])
        lifting.takers.append(Taker(frame, body))
    return lifting.whole(frame, block, decorated)


class Lifting:
    """A graph in the making: what is being lifted, and where failures, returns and what generators give out go from here."""

    def __init__(self, names: Names, run: Run, is_record_loop: Callable[[o.Value, Frame], bool]) -> None:
        self.names = names
        self.run = run
        self.is_record_loop = is_record_loop
        self.raising: list[list[int]] = [[]]
        self.scopes: list[Scope] = [Scope()]
        self.takers: list[Taker] = []
        self.foreign: list[tuple[int, set[int]]] = []
        self.dispatches = False
        # The calls of entries of registries that have been followed: once for each run is enough.
        self.dispatched: set[int] = set()
        self.later: list[tuple[Site, Routine, o.Call | None, Frame]] = []

    def whole(self, frame: Frame, block: o.Block, decorated: bool) -> Run:
        start = self.step(frozenset(), "start")
        surrounding = calling.decorations(self, frame.function, frame, start) if decorated else []
        entry = calling.run_first(self, surrounding, frozenset({start}))
        wrapper = wrapper_of(self.names, frame.function, frame.path, frame.closure) if decorated else None
        if wrapper is not None:
            frame = standing_for(self.names, wrapper, frame)
            block = wrapper.function.body
        end = self.block(block, frame, entry)
        scope = self.scopes[-1]
        self.run.ends = set(end) | set(scope.returns) | set(scope.breaks) | set(scope.continues)
        for site in surrounding:
            site.inside = set(range(start + 1, len(self.run.graph.successors)))
        while self.later and self.run.graph.whole:
            calling.deferred(self, *self.later.pop(0))
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
                return generators.within(self, statement.items, statement.body, frame, frontier)
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
        always = self.always(statement.test, frame)
        nowhere: tuple[set[int], Frontier] = set(), frozenset()
        site.then, then = self.way(statement.then, frame, node) if always is not False else nowhere
        site.otherwise, otherwise = self.way(statement.otherwise, frame, node) if always is not True else nowhere
        site.then_leaves, site.otherwise_leaves = not then, bool(statement.otherwise) and not otherwise
        return then | otherwise

    def always(self, test: o.Value, frame: Frame) -> object:
        """What a test comes to in this call, where a constant decides it: a literal, or what a parameter was given."""
        if isinstance(test, o.Operation) and test.operator == "not" and len(test.operands) == 1:
            inner = self.always(test.operands[0], frame)
            return not inner if isinstance(inner, bool) else None
        if isinstance(test, o.Literal):
            return test.value
        given = isinstance(test, o.Name) and any(one.name == test.id for one in frame.function.parameters)
        return constant(self.names, test, frame) if given else None

    def way(self, block: o.Block, frame: Frame, node: int) -> tuple[set[int], Frontier]:
        """One way on from a test, with a step of its own in front of what is done there."""
        start = self.count
        end = self.block(block, frame, frozenset({self.step(frozenset({node}))})) if block else frozenset({node})
        return self.since(start), end

    def loop(self, statement: o.Loop, frame: Frame, frontier: Frontier) -> Frontier:
        generator = iterated.generator(self.names, statement.source, frame) if statement.target is not None else None
        if generator is not None:
            return generators.over(self, statement, frame, frontier, *generator)
        if statement.target is not None:
            frontier = self.value(statement.source, frame, frontier)
        head = self.step(frontier, "loop")
        site = self.site("loop", head, statement, frame)
        site.each_record = statement.target is not None and self.is_record_loop(statement.source, frame)
        start = self.count
        self.scopes.append(Scope(self.scopes[-1].returns))
        inside: Frontier = frozenset({head})
        if statement.target is None:
            inside = self.value(statement.source, frame, inside)
        body = self.block(statement.body, frame, inside)
        scope = self.scopes.pop()
        site.again = again = set(body) | set(scope.continues)
        site.inside = self.since(start)
        site.each_record = site.each_record or (statement.target is not None and self.settles(site.inside))
        ended: set[int] = set() if statement.is_endless else set(inside) | {head}
        if site.each_record:
            ended |= again
        else:
            self.run.graph.link(again, head)
        return self.block(statement.otherwise, frame, frozenset(ended)) | frozenset(scope.breaks)

    def settles(self, nodes: set[int]) -> bool:
        """Rounds that settle something are rounds over events, whatever the loop's source is."""
        return any(site.node in nodes and any("ack" in m.spec.nouns for m in site.meanings) for site in self.run.sites)

    def try_(self, statement: o.Try, frame: Frame, frontier: Frontier) -> Frontier:
        if not statement.final:
            return self.guarded(statement, frame, frontier)
        inner = Scope()
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

    def final(self, block: o.Block, frame: Frame, ends: Frontier, inner: Scope, raised: list[int]) -> Frontier:
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
                return calling.call(self, value, frame, frontier)
            case o.Yield():
                return generators.given(self, value, frame, frontier)
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
