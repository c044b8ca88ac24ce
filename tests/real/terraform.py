"""Compares what Twice reads from Terraform with what python-hcl2 does, on files that nobody here wrote.

    make terraform TREE="one another"     clones of any repositories with Terraform in them

Every block of every file: its labels, its attributes and its inner blocks. Literal values have to be the same; what has an
expression in it has to be one for both.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
from twice.languages import hcl_tree as h
from twice.languages.hcl_reading import read

EXPRESSION = "(an expression)"
_HEREDOC = re.compile(r'"?<<-?(?P<word>[\w-]+)\r?\n(?P<text>.*?)^[ \t]*(?P=word)"?\Z', re.DOTALL | re.MULTILINE)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare readings of Terraform files.")
    parser.add_argument("directories", nargs="+", type=Path)
    compared, refused, blocks = 0, 0, 0
    different: list[str] = []
    for directory in parser.parse_args().directories:
        for path in sorted(directory.rglob("*.tf")):
            text = path.read_bytes().decode("utf-8", "replace")
            try:
                other = hcl2.loads(text if text.endswith("\n") else f"{text}\n")
            except Exception:  # noqa: BLE001  whatever it raises for a file that is not whole
                refused += 1
                continue
            compared += 1
            mine, theirs = Counter(own(read(text.encode()))), Counter(foreign(other))
            blocks += theirs.total()
            shown = path.relative_to(directory.parent)
            different += [f"{shown}: only Twice reads {one}" for one in (mine - theirs)]
            different += [f"{shown}: only python-hcl2 reads {one}" for one in (theirs - mine)]
    print(f"{compared:,} files compared, {blocks:,} blocks; python-hcl2 reads {refused:,} others not at all")
    print("\n".join(f"DIFFERENT {one}" for one in different) or "no difference")
    return 1 if different or not compared else 0


# --- what Twice reads ------------------------------------------------------------------------------------------------


def own(body: h.Body) -> Iterator[str]:
    """The blocks of a file as text, the same for both readers."""
    for block in body.blocks:
        labels = [label.text for label in block.labels]
        yield _line(block.kind, labels, _body(block.body))


def _body(body: h.Body) -> dict[str, Any]:
    found: dict[str, Any] = {one.name: _value(one.value) for one in body.attributes}
    for block in body.blocks:
        inner = _body(block.body)
        for label in reversed(block.labels):
            inner = {label.text: inner}
        found.setdefault(block.kind, []).append(inner)
    return found


def _value(node: h.Node) -> Any:
    match node:
        case h.Plain():
            return node.value
        case h.Text():
            parts = [part if isinstance(part, str) else None for part in node.parts]
            return EXPRESSION if None in parts else _level("".join(part for part in parts if part is not None))
        case h.List():
            return [_value(item) for item in node.items]
        case h.Object():
            return {_key(entry.key): _value(entry.value) for entry in node.entries}
        case h.Operation(operator="-", operands=(h.Plain(value=int() | float() as number),)):
            return -number
        case _:
            return EXPRESSION


def _key(node: h.Node) -> str:
    return str(_value(node))


# --- what python-hcl2 reads ------------------------------------------------------------------------------------------


def foreign(document: Mapping[str, Any]) -> Iterator[str]:
    """The blocks of a file as text, from what python-hcl2 makes of it."""
    for kind, blocks in document.items():
        if kind.startswith("__"):
            continue
        for block in blocks if isinstance(blocks, list) else ():
            labels, inner = _unlabelled(block)
            yield _line(kind, labels, _plain(inner))


def _unlabelled(block: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    """The labels of a block, which are keys with nothing else beside them but what is told about the text."""
    labels: list[str] = []
    while not block.get("__is_block__"):
        names = [name for name in block if not name.startswith("__")]
        if len(names) != 1 or not isinstance(block[names[0]], dict):
            break
        labels.append(names[0].strip('"'))
        block = block[names[0]]
    return labels, block


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {_name(key): _plain(one) for key, one in found.items() if not key.startswith("__")}
    if isinstance(found, list):
        return [_plain(one) for one in found]
    return _text(found) if isinstance(found, str) else found


def _name(key: str) -> str:
    """A key as it is written, or what is written in its quotes."""
    return EXPRESSION if "${" in key else str(_text(key)) if key.startswith('"') else key


def _text(found: str) -> Any:
    bracketed = re.fullmatch(r'\$\{\(\s*("[^"]*")\s*\)\}', found)
    found = bracketed[1] if bracketed is not None else found
    heredoc = _HEREDOC.fullmatch(found)
    if heredoc is not None:
        text = heredoc["text"]
        return EXPRESSION if _has_expression(text) else _level(_without_escapes(text))
    if not (found.startswith('"') and found.endswith('"')) or _has_expression(found):
        return EXPRESSION
    return _level(_without_escapes(re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _escaped, found[1:-1])))


def _has_expression(text: str) -> bool:
    return re.search(r"(?<!\$)(?:\$\$)*\$\{|(?<!%)(?:%%)*%\{", text) is not None


def _escaped(found: re.Match[str]) -> str:
    return chr(int(found[1][1:], 16)) if found[1][0] == "u" else _ESCAPES.get(found[1], found[0])


def _without_escapes(text: str) -> str:
    return text.replace("$${", "${").replace("%%{", "%{")


def _level(text: str) -> str:
    """Lines without their indentation, which Twice keeps where ``<<-`` takes it away: nothing it asks of a text hangs on it."""
    return re.sub(r"(?m)^[ \t]+", "", text) if "\n" in text else text


def _line(kind: str, labels: list[str], body: dict[str, Any]) -> str:
    return f"{' '.join([kind, *labels])} {json.dumps(body, sort_keys=True)}"


if __name__ == "__main__":
    sys.exit(main())
