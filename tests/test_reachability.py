"""Reachability and dominance against the definitions, on graphs drawn at random."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twice.flow import Graph
from twice.reachability import Nodes

graphs = st.integers(1, 9).flatmap(
    lambda size: st.lists(st.sets(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size)
)


def walked(successors: list[set[int]], start: int, without: int = -1) -> set[int]:
    """The nodes behind one, by walking there."""
    seen: set[int] = set()
    waiting = [start]
    while waiting:
        for node in successors[waiting.pop()] - seen - {without}:
            seen.add(node)
            waiting.append(node)
    return seen


@given(graphs)
def test_what_lies_behind_a_node_is_what_a_walk_finds(successors: list[set[int]]) -> None:
    graph = Graph(successors)
    for start in range(len(successors)):
        assert set(graph.reach(start)) == walked(successors, start)


@given(graphs)
def test_a_node_dominates_what_the_entry_cannot_lead_to_without_it(successors: list[set[int]]) -> None:
    graph = Graph(successors)
    for first in range(len(successors)):
        ways = walked(successors, 0, without=first) | {0}
        for second in range(1, len(successors)):
            dominates = second == first or first == 0 or second not in ways
            assert graph.dominates(first, second) == dominates


def test_a_chain_of_thousands_of_steps_is_no_problem() -> None:
    graph = Graph([{node + 1} for node in range(9_999)] + [{0}])
    assert 9_999 in graph.reach(9_999) and graph.dominates(5_000, 9_999) and not graph.dominates(5_000, 4_999)


sets = st.sets(st.integers(0, 40))


@given(sets, sets)
def test_sets_of_nodes_are_sets(one: set[int], other: set[int]) -> None:
    first, second = Nodes.of(one), Nodes.of(other)
    assert set(first) == one and bool(first) == bool(one) and (first == second) == (one == other)
    assert [node in first for node in range(41)] == [node in one for node in range(41)]
    found = [set(made) for made in (first & second, first | second, first ^ second, first - second)]
    assert found == [one & other, one | other, one ^ other, one - other]
    assert (first <= second) == (one <= other)
