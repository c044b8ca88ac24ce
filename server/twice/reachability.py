"""Which nodes of a graph lie behind which, and which lie on every path from the entry.

A graph is the list of the successors of its nodes; its entry is node 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

Successors = Sequence[set[int]]


class Nodes(Struct, frozen=True):
    """A set of nodes: bit n of ``bits`` stands for node n.

    A set of integers would take fifty times the memory, and there is one for each node of graphs that have thousands.
    """

    bits: int = 0

    @classmethod
    def of(cls, nodes: Iterable[int]) -> Nodes:
        bits = bytearray()
        for node in nodes:
            if node >> 3 >= len(bits):
                bits.extend(bytes((node >> 3) + 1 - len(bits)))
            bits[node >> 3] |= 1 << (node & 7)
        return cls(int.from_bytes(bits, "little"))

    def __contains__(self, node: int) -> bool:
        return self.bits >> node & 1 == 1

    def __iter__(self) -> Iterator[int]:
        return (node for node, bit in enumerate(reversed(f"{self.bits:b}")) if bit == "1")

    def __bool__(self) -> bool:
        return self.bits != 0

    def __and__(self, other: Nodes) -> Nodes:
        return Nodes(self.bits & other.bits)

    def __or__(self, other: Nodes) -> Nodes:
        return Nodes(self.bits | other.bits)

    def __xor__(self, other: Nodes) -> Nodes:
        return Nodes(self.bits ^ other.bits)

    def __sub__(self, other: Nodes) -> Nodes:
        return Nodes(self.bits & ~other.bits)

    def __le__(self, other: Nodes) -> bool:
        return self.bits & ~other.bits == 0


def reachability(successors: Successors) -> list[Nodes]:
    """For each node those behind it."""
    masks = [0] * len(successors)
    for component in components(successors):
        mask = 0
        for node in component:
            for after in successors[node]:
                mask |= masks[after] | 1 << after
        if len(component) > 1:
            for node in component:
                mask |= 1 << node
        for node in component:
            masks[node] = mask
    return list(map(Nodes, masks))


def reached(edges: Successors, starts: Iterable[int], stops: Collection[int] = ()) -> set[int]:
    """What lies behind the starts; the stops are reached and not passed. For one question; ``reachability`` answers all."""
    seen: set[int] = set()
    waiting = list(starts)
    while waiting:
        for node in edges[waiting.pop()]:
            if node not in seen:
                seen.add(node)
                if node not in stops:
                    waiting.append(node)
    return seen


def components(successors: Successors) -> list[list[int]]:
    """The strongly connected components, each one after all those behind it (Tarjan 1972, without recursion)."""
    found: list[list[int]] = []
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    done: set[int] = set()
    for root in range(len(successors)):
        waiting = [(root, iter(successors[root]))] if root not in order else []
        if waiting:
            order[root] = low[root] = len(order)
            path.append(root)
        while waiting:
            node, rest = waiting[-1]
            after = next((one for one in rest if one not in done), None)
            if after is None:
                waiting.pop()
                if waiting:
                    low[waiting[-1][0]] = min(low[waiting[-1][0]], low[node])
                if low[node] == order[node]:
                    at = path.index(node) if path[-1] != node else len(path) - 1
                    found.append(path[at:])
                    done.update(path[at:])
                    del path[at:]
            elif after in order:
                low[node] = min(low[node], order[after])
            else:
                order[after] = low[after] = len(order)
                path.append(after)
                waiting.append((after, iter(successors[after])))
    return found


def dominators(successors: Successors) -> list[int]:
    """The immediate dominator of each node, -1 where the entry leads to none (Cooper, Harvey and Kennedy 2001)."""
    order = _reverse_postorder(successors)
    rank = {node: at for at, node in enumerate(order)}
    before: dict[int, list[int]] = {node: [] for node in order}
    for node in order:
        for after in successors[node]:
            before[after].append(node)
    nearest = [-1] * len(successors)
    if order:
        nearest[0] = 0
    changed = True
    while changed:
        changed = False
        for node in order[1:]:
            found = -1
            for one in before[node]:
                if nearest[one] >= 0:
                    found = one if found < 0 else _common(one, found, nearest, rank)
            if found != nearest[node]:
                nearest[node] = found
                changed = True
    return nearest


def spans(nearest: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers for the tree of dominators: a node dominates those whose first number lies within its two; -1 is outside."""
    children: list[list[int]] = [[] for _ in nearest]
    for node, parent in enumerate(nearest):
        if parent >= 0 and node != 0:
            children[parent].append(node)
    found = [(-1, -1)] * len(nearest)
    count = 0
    waiting = [(0, False)] if nearest else []
    starts: dict[int, int] = {}
    while waiting:
        node, left = waiting.pop()
        if left:
            found[node] = (starts[node], count - 1)
            continue
        starts[node] = count
        count += 1
        waiting.append((node, True))
        waiting.extend((child, False) for child in children[node])
    return found


def _common(one: int, other: int, nearest: Sequence[int], rank: dict[int, int]) -> int:
    """Where the chains of dominators of two nodes meet."""
    while one != other:
        while rank[one] > rank[other]:
            one = nearest[one]
        while rank[other] > rank[one]:
            other = nearest[other]
    return one


def _reverse_postorder(successors: Successors) -> list[int]:
    seen = {0}
    order: list[int] = []
    waiting = [(0, iter(successors[0]))] if successors else []
    while waiting:
        node, rest = waiting[-1]
        after = next((one for one in rest if one not in seen), None)
        if after is None:
            order.append(node)
            waiting.pop()
        else:
            seen.add(after)
            waiting.append((after, iter(successors[after])))
    return order[::-1]
