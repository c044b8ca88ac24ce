"""The variables of the Serverless Framework: ``${self:custom.x}``, ``${opt:stage, 'dev'}``, ``${file(x.yml):y}``.

What is given on the command line or in the environment is not known; what stands behind it as a default counts as assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from posixpath import dirname, join, normpath

from msgspec import Struct, field
from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.intrinsics import Scope, value
from twice.languages.template import Alternatives, Literal, Unknown, Value, is_small, joined, moved

# From variable to variable: a chain that is longer goes in a circle.
_LONGEST = 20
_MOST_ROWS = 50

_FILE = re.compile(r"file\(([^()]*)\)(?::(.*))?$", re.DOTALL)
_CONSTANT = re.compile(r"""(?:'([^']*)'|"([^"]*)"|(-?\d+(?:\.\d+)?)|(true|false))$""")
# What Serverless fills in where nobody says anything.
_ASSUMED = {"opt:stage": "dev", "sls:stage": "dev", "opt:region": "us-east-1"}

Place = tuple[y.Node, str]


class Variable(Struct, frozen=True):
    """``${...}``: what to try, in order; each is text with variables in it."""

    attempts: tuple[tuple[str | Variable, ...], ...]


class Documents(Struct, eq=False):
    """The YAML files of a service. ``used`` are those that it has asked for, ``known`` what its variables stand for."""

    read: Callable[[str], y.Node | None]
    path: str
    used: set[str] = field(default_factory=set)
    nested: int = 0
    known: dict[tuple[Variable, str], Value] = field(default_factory=dict)

    @property
    def root(self) -> Place:
        return self.read(self.path) or y.Broken(0, 0), self.path

    def scope(self, path: str, resources: frozenset[str] = frozenset()) -> Scope:
        """What the values of one of the files can see."""
        return Scope(resources, text=lambda scalar: self.text(scalar, path, resources))

    def value(self, found: Place, resources: frozenset[str] = frozenset()) -> Value:
        node, path = found
        return value(node, self.scope(path, resources))

    def text(self, scalar: y.Scalar, path: str, resources: frozenset[str]) -> Value:
        """What a scalar with variables in it stands for."""
        parts = [self._part(one, scalar, path) for one in parsed(scalar.value)]
        if len(parts) == 1:
            return moved(parts[0], scalar.start, scalar.end)
        return joined(parts, scalar.start, scalar.end)

    def _part(self, part: str | Variable, scalar: y.Scalar, path: str) -> Value:
        if isinstance(part, str):
            return Literal(part, scalar.start, scalar.end)
        key = part, path
        if key not in self.known:
            # One that is made of itself, of very much, or over very many others is not known.
            self.known[key] = Unknown(0, 0)
            self.nested += 1
            found = self._resolved(part, path) if self.nested < _LONGEST else Unknown(0, 0)
            self.nested -= 1
            self.known[key] = found if is_small(found) else Unknown(0, 0)
        return self.known[key]

    def follow(self, found: Place) -> Place:
        """The node that a variable leads to, where it is nothing but a variable that names one."""
        for _ in range(_LONGEST):
            node, path = found
            if not isinstance(node, y.Scalar) or "${" not in node.value:
                break
            parts = parsed(node.value)
            if len(parts) != 1 or not isinstance(parts[0], Variable):
                break
            others = [one for attempt in parts[0].attempts if (one := self._node(attempt, path)) is not None]
            if not others:
                break
            found = others[0]
        return found

    # --- one variable ------------------------------------------------------------------------------------------------

    def _resolved(self, variable: Variable, path: str) -> Value:
        unknown: Value | None = None
        for attempt in variable.attempts:
            found = self._attempt(attempt, path)
            if isinstance(found, Unknown):
                unknown = unknown or found
            elif found is not None:
                decided_elsewhere = unknown is not None and isinstance(found, Literal)
                return replace(found, assumed=True) if decided_elsewhere and isinstance(found, Literal) else found
        return unknown or Unknown(0, 0)

    def _attempt(self, attempt: tuple[str | Variable, ...], path: str) -> Value | None:
        """What one attempt gives; None when it names nothing, and the next is tried."""
        text = "".join(part for part in attempt if isinstance(part, str)) if _is_plain(attempt) else None
        if text is not None and (constant := _CONSTANT.match(text)) is not None:
            return _constant(constant)
        if len(attempt) == 1 and isinstance(attempt[0], Variable):
            return self._resolved(attempt[0], path)
        if text in _ASSUMED:
            return Literal(_ASSUMED[text], 0, 0, assumed=True)
        rows = list(self._rows(attempt, path))
        if not rows:
            named = text is None or text.startswith(("self:", "file("))
            return None if named and text is not None else Unknown(0, 0, text or "")
        options = [self.value(self.follow(row)) for row in rows[:_MOST_ROWS]]
        return options[0] if len(options) == 1 else Alternatives(tuple(options), 0, 0)

    def _node(self, attempt: tuple[str | Variable, ...], path: str) -> Place | None:
        rows = list(self._rows(attempt, path))
        return rows[0] if len(rows) == 1 else None

    def _rows(self, attempt: tuple[str | Variable, ...], path: str) -> Iterator[Place]:
        """The nodes that a path leads to: several where a key on it is decided at deployment."""
        keys = [self._part(one, y.Scalar("", 0, 0), path) for one in attempt]
        text = "".join(str(one.value) if isinstance(one, Literal) else "\0" for one in keys)
        open_keys = any(not isinstance(one, Literal) or one.assumed for one in keys)
        if (found := _FILE.match(text)) is not None:
            start, names = self._file(found[1], path), found[2] or ""
        elif text.startswith("self:"):
            start, names = self.root, text[5:]
        else:
            return
        if start is not None:
            yield from self._below([start], _steps(attempt, names, keys, open_keys))

    def _file(self, written: str, path: str) -> Place | None:
        """A file of the workspace, seen from the service."""
        place = normpath(join(dirname(self.path), written.strip()))
        node = self.read(place) if "\0" not in written and not place.startswith("../") else None
        if node is None:
            return None
        self.used.add(place)
        return node, place

    def _below(self, found: list[Place], keys: list[tuple[str, bool]]) -> list[Place]:
        for key, is_open in keys:
            below: list[Place] = []
            for one in found:
                node, path = self.follow(one)
                if isinstance(node, y.Mapping):
                    entries = node.entries if is_open else [entry for entry in node.entries if entry.key.value == key]
                    below += [(entry.value, path) for entry in entries]
                elif isinstance(node, y.Sequence) and key.isdigit() and int(key) < len(node.items):
                    below.append((node.items[int(key)], path))
            found = below
        return found


def parsed(text: str) -> tuple[str | Variable, ...]:
    """Text with its variables; what is not closed is text."""
    parts, end = _parts(text, 0, closing=False)
    return parts if end == len(text) else (text,)


def _parts(text: str, at: int, closing: bool, depth: int = 0) -> tuple[tuple[str | Variable, ...], int]:
    parts: list[str | Variable] = []
    start = at
    while at < len(text) and not (closing and text[at] in "},"):
        if text.startswith("${", at) and depth < _LONGEST:
            if at > start:
                parts.append(text[start:at])
            variable, at = _variable(text, at + 2, depth + 1)
            parts.append(variable)
            start = at
        elif closing and text[at] in "'\"" and text.find(text[at], at + 1) > 0:
            at = text.find(text[at], at + 1) + 1
        else:
            at += 1
    if at > start:
        parts.append(text[start:at])
    return tuple(parts), at


def _variable(text: str, at: int, depth: int) -> tuple[Variable, int]:
    attempts: list[tuple[str | Variable, ...]] = []
    while True:
        parts, at = _parts(text, at, closing=True, depth=depth)
        attempts.append(_stripped(parts))
        if at >= len(text) or text[at] == "}":
            return Variable(tuple(attempts)), at + 1
        at += 1


def _stripped(parts: tuple[str | Variable, ...]) -> tuple[str | Variable, ...]:
    kept = [
        part.strip() if isinstance(part, str) and index in (0, len(parts) - 1) else part
        for index, part in enumerate(parts)
    ]
    return tuple(part for part in kept if part != "")


def _is_plain(attempt: tuple[str | Variable, ...]) -> bool:
    return all(isinstance(part, str) for part in attempt)


def _constant(found: re.Match[str]) -> Value:
    if found[3] is not None:
        return Literal(float(found[3]) if "." in found[3] else int(found[3]), 0, 0)
    if found[4] is not None:
        return Literal(found[4] == "true", 0, 0)
    return Literal(found[1] if found[1] is not None else found[2], 0, 0)


def _steps(
    attempt: tuple[str | Variable, ...], names: str, keys: list[Value], open_keys: bool
) -> list[tuple[str, bool]]:
    """The keys of a path, and which of them are decided at deployment."""
    if not names:
        return []
    if not open_keys:
        return [(name, False) for name in names.split(".")]
    marked = "".join(
        (f"\0{one.value}\0" if one.assumed else str(one.value)) if isinstance(one, Literal) else "\0\0" for one in keys
    )
    path = marked[-len(marked) + marked.find(":") + 1 :]
    return [(name.replace("\0", ""), "\0" in name) for name in path.split(".")]
