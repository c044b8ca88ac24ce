"""The course of one run as data: its steps, what each of them surrounds, and where the ways out of its blocks lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field

from twice import outline as o
from twice.flow import Graph, Region
from twice.project.calls import Meaning
from twice.project.things import Frame, Routine
from twice.reachability import Nodes
from twice.text import Place

# The steps behind which the next one stands, and what is put there: steps that are lifted behind them, with their own ends.
Frontier = frozenset[int]
Body = Callable[[Frontier], Frontier]


class Site(Struct, eq=False):
    """One step that may mean something.

    ``kind``: call, test, loop, with, except, leave, decorated, assign. ``inside`` are the nodes it surrounds: the body
    of a loop, with or decorated function, the work of a handover, the try of an except. ``then`` and ``otherwise`` are
    the branches of a test, ``then`` alone the clause of an except; the flags say whether a branch always leaves.
    ``again`` are the steps of a loop behind which the next round begins. ``in_thread`` says of a hand-over that a library's function
    does its work beside the event loop.
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
    in_thread: bool = False

    @property
    def place(self) -> Place:
        return Place(self.frame.path, self.what.start, self.what.end)


class Run(Struct, eq=False):
    """The graph of one run with its sites in the order they were met. ``ends`` are the steps after which it is over."""

    graph: Graph
    root: Frame
    sites: list[Site] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)
    nodes: dict[int, str] = field(default_factory=dict)

    _calls: frozenset[int] | None = None
    _written: frozenset[str] | None = None

    def region(self, nodes: Iterable[int] | Nodes) -> Region:
        return Region(self.graph, nodes if isinstance(nodes, Nodes) else Nodes.of(nodes))

    @property
    def calls(self) -> frozenset[int]:
        """The nodes at which something is called. Ask when the run is complete."""
        if self._calls is None:
            self._calls = frozenset(site.node for site in self.sites if site.kind == "call")
        return self._calls

    @property
    def written(self) -> frozenset[str]:
        """The names of the attributes, keys and columns that the run sets. Ask when it is complete."""
        if self._written is None:
            self._written = frozenset(name for site in self.sites for name in _written_by(site.what))
        return self._written


class Scope(Struct):
    """Where ``break``, ``continue`` and ``return`` lead from here."""

    returns: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    continues: list[int] = field(default_factory=list)


class Taker(Struct, frozen=True, eq=False):
    """What is done with each thing that the generator of this frame gives out: the body of a ``for`` or ``with``."""

    frame: Frame
    body: Body


class Rounds(Struct, frozen=True, eq=False):
    """A loop over a generator, and the frame it stands in."""

    loop: o.Loop
    frame: Frame


# Methods whose keyword arguments are the columns they set.
_SETTERS = frozenset({"update", "aupdate", "values", "set", "modify", "update_or_create", "replace"})


def _written_by(what: o.Value | o.Statement | o.Except) -> Iterator[str]:
    if isinstance(what, o.Assign):
        yield from (o.part_name(target) for target in what.targets)
    elif isinstance(what, o.Call) and getattr(what.callee, "name", "") in _SETTERS:
        yield from (argument.name for argument in what.arguments if argument.name)


def catches_all(clause: o.Except) -> bool:
    """Does the clause catch every failure of the handler's own work?"""
    return not clause.types or any(
        isinstance(kind, o.Name) and kind.id in ("Exception", "BaseException") for kind in clause.types
    )


def is_awaited(call: o.Node, frame: Frame) -> bool:
    """Is the answer of this call awaited where it is called, by itself or among others, or entered by an ``async with``?"""
    for statement in frame.function.statements:
        if isinstance(statement, o.With) and statement.is_async and any(one is call for one, _ in statement.items):
            return True
        parts = [part for value in o.values_of(statement) for part in o.walk(value)]
        if any(isinstance(part, o.Await) and any(one is call for one in o.walk(part)) for part in parts):
            return True
    return False
