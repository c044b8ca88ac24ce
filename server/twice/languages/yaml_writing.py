"""How a new value is written in YAML: in flow style on one line, or in block style on several."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

# A text that needs no quotes; Vendor::Kind and service:Action are such texts.
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(?:::?[\w*][\w.*-]*)*$")


def in_yaml(value: object) -> str:
    """A value in flow style; a function of a template in its short form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return _function(value) or "{" + ", ".join(f"{key}: {in_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_yaml(one) for one in value) + "]"
    if isinstance(value, int | float):
        return str(value)
    return str(value) if _PLAIN.match(str(value)) else json.dumps(str(value))


def _function(value: Mapping[str, object]) -> str:
    """``!Ref Name``, ``!GetAtt Name.Arn``; empty for a mapping that is no function, or one that has no such form."""
    name, argument = next(iter(value.items())) if len(value) == 1 else ("", None)
    if name == "Fn::GetAtt" and isinstance(argument, list | tuple):
        return f"!GetAtt {'.'.join(str(one) for one in argument)}"
    if isinstance(argument, str) and (name == "Ref" or name.startswith("Fn::")):
        return f"!{name.removeprefix('Fn::')} {in_yaml(argument)}"
    return ""


def block_lines(key: str, value: Any, margin: str, step: int) -> Iterator[str]:
    """An entry on lines of its own: mappings and lists deeper by one step, functions and what is plain behind the key."""
    if isinstance(value, Mapping) and not _is_function(value):
        yield f"{margin}{key}:"
        for name, inner in value.items():
            yield from block_lines(name, inner, margin + " " * step, step)
    elif isinstance(value, list | tuple) and value:
        yield f"{margin}{key}:"
        for item in value:
            yield from _item(item, margin + " " * step, step)
    else:
        yield f"{margin}{key}: {in_yaml(value)}"


def _item(item: Any, margin: str, step: int) -> Iterator[str]:
    if not isinstance(item, Mapping) or _is_function(item):
        yield f"{margin}- {in_yaml(item)}"
        return
    lines = [line for name, inner in item.items() for line in block_lines(name, inner, f"{margin}  ", step)]
    yield f"{margin}- {lines[0].lstrip()}"
    yield from lines[1:]


def _is_function(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
