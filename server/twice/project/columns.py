"""What an SQL text says of its values: the table, the columns an insert sets, and the columns a conflict is about."""

from __future__ import annotations

import re

from msgspec import Struct

_TABLE = re.compile(
    r"(?i)\b(?:from|into|update|join|delete\s+from)\s+(?:only\s+)?[\"`\[]?((?:\w+[\"`\]]?\.[\"`\[]?)?\w+)"
)
_INSERT = re.compile(r"(?is)\binto\s+[^\s(]+\s*\((?P<columns>[^)]*)\)\s*values\s*\(")
_CONFLICT = re.compile(r"(?is)\bon\s+conflict\s*\((?P<columns>[^)]*)\)")
_PLACEHOLDER = re.compile(
    r"%\((?P<pyformat>\w+)\)s|(?<!:):(?P<named>[A-Za-z_]\w*)|\$(?P<number>\d+)|(?P<next>%s|\?|\{\})"
)

# What stands in quotes or brackets is no word of the statement itself.
_WORDS = re.compile(r"""'[^']*'|"[^"]*"|(?P<open>\()|(?P<close>\))|(?P<word>\w+)""")


class Placeholder(Struct, frozen=True):
    """Where a value of a statement comes from: a name, or a position counted from 0."""

    name: str | None = None
    position: int = 0


def table_of(text: str) -> str | None:
    """The first table a statement names, without quotes."""
    found = _TABLE.search(text)
    return re.sub(r"[\"`\[\]]", "", found[1]).lower() if found is not None else None


def placeholders(text: str) -> tuple[Placeholder, ...]:
    """All placeholders of a statement in their order."""
    found: list[Placeholder] = []
    for one in _PLACEHOLDER.finditer(text):
        name = one["pyformat"] or one["named"]
        position = int(one["number"]) - 1 if one["number"] else sum(1 for p in found if p.name is None)
        found.append(Placeholder(name, position))
    return tuple(found)


def beside(text: str, word: str) -> tuple[tuple[Placeholder, ...], tuple[Placeholder, ...]]:
    """The placeholders before and behind the first such word of a statement itself, of no part of it in brackets."""
    found = placeholders(text)
    depth = 0
    for one in _WORDS.finditer(text):
        depth += (one["open"] is not None) - (one["close"] is not None)
        if depth == 0 and (one["word"] or "").lower() == word:
            before = len(placeholders(text[: one.start()]))
            return found[:before], found[before:]
    return found, ()


def inserted(text: str) -> dict[str, Placeholder]:
    """The columns an insert sets from one placeholder each; those it sets from SQL itself are left out."""
    found = _INSERT.search(text)
    if found is None:
        return {}
    values = _values(text[found.end() :])
    before = len(placeholders(text[: found.end()]))
    result: dict[str, Placeholder] = {}
    for column, value in zip(_names(found["columns"]), values, strict=False):
        here = placeholders(value)
        if len(here) == 1:
            numbered = here[0].name is None and "$" not in value
            result[column] = Placeholder(position=before) if numbered else here[0]
        before += len(here)
    return result


def conflicting(text: str) -> tuple[str, ...]:
    """The columns of ``ON CONFLICT (...)``."""
    found = _CONFLICT.search(text)
    return _names(found["columns"]) if found is not None else ()


def _names(columns: str) -> tuple[str, ...]:
    return tuple(re.sub(r"[\"`\[\]\s]", "", column).lower() for column in columns.split(","))


def _values(text: str) -> list[str]:
    """The values of the first row, up to its closing bracket; brackets inside a value belong to it."""
    values, depth = [""], 0
    for char in text:
        if char == ")" and depth == 0:
            break
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            values.append("")
        else:
            values[-1] += char
    return values
