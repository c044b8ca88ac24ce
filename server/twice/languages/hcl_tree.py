"""HCL text, in which Terraform is written, as a tree with byte offsets. Knows nothing of what the text is about."""

from __future__ import annotations

from msgspec import Struct


class Plain(Struct, frozen=True):
    """A number, a truth value, or null."""

    value: int | float | bool | None
    start: int
    end: int


class Text(Struct, frozen=True):
    """A text: what is written out, and the expressions in it."""

    parts: tuple[str | Node, ...]
    start: int
    end: int


class Path(Struct, frozen=True):
    """What a name, or another expression, leads to: ``var.a["b"].c``. A step is a name, ``*`` for a splat, or an index."""

    root: str | Node
    steps: tuple[str | Node, ...]
    start: int
    end: int


class Call(Struct, frozen=True):
    function: str
    arguments: tuple[Node, ...]
    start: int
    end: int


class Entry(Struct, frozen=True):
    """An entry of an object: ``at`` is where its key is written."""

    key: Node
    at: tuple[int, int]
    value: Node


class Object(Struct, frozen=True):
    """Keys with values. Not ``whole`` when lines inside it could not be read."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    whole: bool = True


class List(Struct, frozen=True):
    items: tuple[Node, ...]
    start: int
    end: int
    whole: bool = True


class Choice(Struct, frozen=True):
    """``test ? then : otherwise``"""

    test: Node
    then: Node
    otherwise: Node
    start: int
    end: int


class Operation(Struct, frozen=True):
    """An operator with one operand or two."""

    operator: str
    operands: tuple[Node, ...]
    start: int
    end: int


class Computed(Struct, frozen=True):
    """A value that cannot be told from the text: a ``for`` expression, a directive in a text."""

    start: int
    end: int


class Missing(Struct, frozen=True):
    """A value that is not, or only half, typed yet."""

    start: int
    end: int


Node = Plain | Text | Path | Call | Object | List | Choice | Operation | Computed | Missing


class Label(Struct, frozen=True):
    """A label of a block, without its quotes."""

    text: str
    start: int
    end: int


class Attribute(Struct, frozen=True):
    """``name = value``, placed at its name."""

    name: str
    value: Node
    start: int
    end: int


class Body(Struct, frozen=True):
    """The attributes and blocks between two braces, or of a whole file. Not ``whole`` when a line could not be read."""

    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]
    start: int
    end: int
    whole: bool = True

    def get(self, name: str) -> Attribute | None:
        return next((one for one in self.attributes if one.name == name), None)

    def of(self, kind: str) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == kind)


class Block(Struct, frozen=True):
    """``kind "label" { ... }``; ``start`` and ``end`` are those of its kind."""

    kind: str
    labels: tuple[Label, ...]
    body: Body
    start: int
    end: int
