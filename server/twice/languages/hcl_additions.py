"""Puts new blocks into a file of HCL, behind the block that they belong to."""

from __future__ import annotations

from collections.abc import Mapping
from posixpath import dirname

from twice.languages.hcl_edit import block_at, blocks_of, change, end_of_line
from twice.languages.template_edit import Addition, Borrowed, Change, Expression, Span, line_after

# A block that is there several times, or perhaps not at all: it goes by other names than its own.
_SEVERAL = ("count", "for_each")


def add(files: Mapping[str, bytes], addition: Addition) -> tuple[Span, ...] | None:
    """What to replace in the file of the place so that the new blocks are there; None where they cannot be written."""
    data = files[addition.place.path]
    owner = block_at(data, addition.place.start)
    borrowed = {f"{{{name}}}": _borrowed(files, one) for name, one in addition.borrowed}
    if owner is None or not owner.body.whole or any(owner.body.get(one) for one in _SEVERAL):
        return None
    after = line_after(data, end_of_line(data, owner.body.end))
    if None in borrowed.values() or after is None:
        return None
    spans: list[Span] = []
    for path, value in addition.sets:
        keys = tuple(path.split("."))
        blocks = (*(True for _ in keys[1:]), isinstance(value, Mapping))
        made = change(data, Change(addition.place, keys, _written(value, borrowed), blocks, True, over=True))
        if made is None:
            return None
        spans += made
    spans += _asked(files, addition)
    texts = [f"\n{_written(text, borrowed)}".rstrip("\n") + "\n" for _, text in addition.made]
    return (*spans, (after, after, "".join(texts))) if texts else tuple(spans)


def _asked(files: Mapping[str, bytes], addition: Addition) -> tuple[Span, ...]:
    """The variables that no file of the directory declares yet, at the end of the file: several fixes share them."""
    path = addition.place.path
    beside = [data for one, data in files.items() if one.endswith(".tf") and dirname(one) == dirname(path)]
    declared = {
        block.labels[0].text
        for data in beside
        for block in blocks_of(data)
        if block.kind == "variable" and block.labels
    }
    end = len(files[path])
    return tuple((end, end, f"\n{text}".rstrip("\n") + "\n") for name, text in addition.asked if name not in declared)


def _written(value: object, borrowed: Mapping[str, str | None]) -> object:
    """The same, in which texts are expressions, with what is borrowed in its place."""
    if isinstance(value, Mapping):
        return {name: _written(one, borrowed) for name, one in value.items()}
    if not isinstance(value, str):
        return value
    for hole, text in borrowed.items():
        value = value.replace(hole, text or "")
    return Expression(value.rstrip("\n"))


def _borrowed(files: Mapping[str, bytes], borrowed: object) -> str | None:
    """The text of an argument of another block, which means the same in all files of a directory."""
    if not isinstance(borrowed, Borrowed):
        return str(borrowed)
    data = files.get(borrowed.place.path, b"")
    block = block_at(data, borrowed.place.start)
    found = block.body.get(borrowed.keys[0]) if block is not None else None
    return data[found.value.start : found.value.end].decode("utf-8", "replace") if found is not None else None
