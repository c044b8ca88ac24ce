"""What the block of a resource says: its attributes and the blocks in it. Knows syntax, no provider's meaning."""

from __future__ import annotations

from twice.languages import hcl_tree as h
from twice.languages.template import Absent, Alternatives, Items, Record, Unknown, Value
from twice.languages.terraform_values import Evaluator


def properties(evaluator: Evaluator, body: h.Body) -> Record:
    """Attributes, and blocks by their kind: one alone, or several in order."""
    fields = {one.name: evaluator.value(one.value) for one in body.attributes}
    keys = {one.name: (one.start, one.end) for one in body.attributes}
    blocks: dict[str, list[Value]] = {}
    for block in body.blocks:
        kind, value = _block(evaluator, block)
        blocks.setdefault(kind, []).append(value)
        keys.setdefault(kind, (block.start, block.end))
    for kind, values in blocks.items():
        there = [one for one in values if not isinstance(one, Absent)]
        first = values[0]
        fields[kind] = there[0] if len(there) == 1 else Items(tuple(there), first.start, first.end) if there else first
    return Record(fields, keys, body.start, body.end, body.whole)


def _block(evaluator: Evaluator, block: h.Block) -> tuple[str, Value]:
    """A block, or a dynamic one: there once for each of what it goes through."""
    if block.kind != "dynamic" or not block.labels:
        return block.kind, properties(evaluator, block.body)
    contents = block.body.of("content")
    each = block.body.get("for_each")
    over = evaluator.value(each.value) if each is not None else Unknown(block.start, block.end)
    body = properties(evaluator, contents[0].body) if contents else None
    found: Value = body if body is not None else Unknown(block.start, block.end)
    absent = Absent(block.start, block.end)
    if isinstance(over, Items) and over.whole:
        return block.labels[0].text, found if over.items else absent
    return block.labels[0].text, Alternatives((absent, found), block.start, block.end)
