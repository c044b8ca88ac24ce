"""Which fields a JMESPath expression takes of its input: ``[powertools_json(body).order_id, detail.id]``.

Only the names are read: fields, indexes, lists, hashes, functions of one argument. Nothing is computed.
"""

from __future__ import annotations

import re

Path = tuple[str, ...]

_TOKEN = re.compile(
    r"""\s*(?:(?P<name>[A-Za-z_]\w*)|"(?P<quoted>[^"]*)"|(?P<number>-?\d+)|(?P<sign>\|\||[.\[\](){},:*|@])|(?P<literal>'[^']*'|`[^`]*`))"""
)


def selected(expression: str) -> tuple[Path, ...] | None:
    """The paths to the fields that flow into the answer; None for an expression that is not understood."""
    tokens = _tokens(expression)
    if not tokens:
        return None
    try:
        reader = _Reader(tokens)
        found = reader.alternatives(((),))
        return found if not reader.tokens else None
    except (IndexError, ValueError):
        return None


def _tokens(expression: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(expression.rstrip()):
        token = _TOKEN.match(expression, at)
        if token is None or token.lastgroup is None:
            return []
        kind = "name" if token.lastgroup == "quoted" else token.lastgroup
        found.append((kind, token[token.lastgroup]))
        at = token.end()
    return found


class _Reader:
    """Reads tokens from the front; every method answers the paths taken of ``start``, and raises when it is at a loss."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens

    def alternatives(self, start: tuple[Path, ...]) -> tuple[Path, ...]:
        found = self.chain(start)
        while self.tokens and self.tokens[0][1] in ("||", "|"):
            sign = self.tokens.pop(0)[1]
            found = self.chain(found) if sign == "|" else (*found, *self.chain(start))
        return found

    def chain(self, start: tuple[Path, ...]) -> tuple[Path, ...]:
        found = self.one(start)
        while self.tokens and self.tokens[0][1] in (".", "["):
            if self.tokens[0][1] == ".":
                self.tokens.pop(0)
            found = self.one(found)
        return found

    def one(self, start: tuple[Path, ...]) -> tuple[Path, ...]:
        kind, text = self.tokens.pop(0)
        if kind == "literal":
            return ()
        if kind == "name":
            called = bool(self.tokens) and self.tokens[0] == ("sign", "(")
            return self.several(start, ")", skip=1) if called else tuple((*path, text) for path in start)
        if text == "[" and self.tokens[0][0] != "name" and self.tokens[0][1] != "@":
            return self.index(start)
        if text in ("[", "{"):
            return self.several(start, "]" if text == "[" else "}")
        if text == "@":
            return start
        raise ValueError(text)

    def index(self, start: tuple[Path, ...]) -> tuple[Path, ...]:
        key = "[]"
        while (token := self.tokens.pop(0))[1] != "]":
            key = token[1] if token[0] == "number" else key
        return tuple((*path, key) for path in start)

    def several(self, start: tuple[Path, ...], closing: str, skip: int = 0) -> tuple[Path, ...]:
        """A list or hash of selections, or the arguments of a function."""
        del self.tokens[:skip]
        found: list[Path] = []
        while self.tokens[0][1] != closing:
            if closing == "}":
                del self.tokens[:2]  # the name it is given, and the colon
            found.extend(self.alternatives(start))
            if self.tokens[0][1] == ",":
                self.tokens.pop(0)
        self.tokens.pop(0)
        return tuple(found)
