"""One file, its language, its tree. tree-sitter is imported here and in ``languages``, nowhere else."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser, Range, Tree

# Trees cost about 2 KB a line. Only those who read one file in several goes ask for its tree again.
_KEPT_TREES = 4

_trees: OrderedDict[int, tuple[bytes, Tree]] = OrderedDict()


@lru_cache(maxsize=1)
def _python() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def python_root(data: bytes) -> Node:
    """The root of a Python file's tree. Never fails: what cannot be parsed becomes ERROR nodes."""
    known = _trees.get(id(data))
    if known is not None and known[0] is data:
        _trees.move_to_end(id(data))
        return known[1].root_node
    tree = _python().parse(data)
    _trees[id(data)] = (data, tree)
    while len(_trees) > _KEPT_TREES:
        _trees.popitem(last=False)
    return tree.root_node


@lru_cache(maxsize=1)
def _python_part() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def python_part(data: bytes, part: Range) -> Node:
    """The root of the tree of one function or class of a Python file, with the offsets of the file.

    As cheap as the part is short, and the same nodes that the whole file has there.
    """
    parser = _python_part()
    parser.included_ranges = [part]
    return parser.parse(data).root_node
