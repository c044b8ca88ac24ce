"""Puts new resources into a template in YAML or JSON: behind the one they belong to, in its style and with its indentation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from twice.languages import yaml_tree as y
from twice.languages.template_edit import Addition, Borrowed, Change, Span, line_after
from twice.languages.yaml_edit import change, column, end_of_line, entry_at, step_of, trees
from twice.languages.yaml_writing import block_lines, in_yaml
from twice.text import Place

_SECTION, _PARAMETERS = "Resources", "Parameters"
# The attribute of a resource that says whether it exists at all.
_CONDITION = "Condition"


def add(files: Mapping[str, bytes], addition: Addition) -> tuple[Span, ...] | None:
    """What to replace in the file of the place so that the new resources are there; None where it cannot be written."""
    data = files[addition.place.path]
    borrowed = {f"{{{name}}}": _borrowed(files, one) for name, one in addition.borrowed}
    made = [(name, _with(content, borrowed)) for name, content in addition.made]
    if None in borrowed.values() or not all(isinstance(content, Mapping) for _, content in made):
        return None
    found = (
        *(_parameter(data, name, content) for name, content in addition.asked),
        *(_set(data, addition.place, path, _with(value, borrowed)) for path, value in _together(data, addition)),
        _inserted(data, addition.place.start, made) if made else (),
    )
    return tuple(span for spans in found for span in spans or ()) if None not in found else None


def _together(data: bytes, addition: Addition) -> tuple[tuple[str, object], ...]:
    """The properties to be set; those of a resource that has none yet are set as one."""
    owner = entry_at(data, addition.place.start)
    body = owner.value if owner is not None else None
    properties = dict(one for one in addition.sets if not one[0].startswith("."))
    if len(properties) < 2 or not isinstance(body, y.Mapping) or body.entry("Properties") is not None:
        return addition.sets
    others = (one for one in addition.sets if one[0].startswith("."))
    return ((".Properties", properties), *others)


def _set(data: bytes, place: Place, path: str, value: Any) -> tuple[Span, ...] | None:
    """A property; a path that begins with a dot stands right below the name of the resource, where nothing is replaced."""
    keys, beside = tuple(path.removeprefix(".").split(".")), path.startswith(".")
    owner = entry_at(data, place.start)
    body = owner.value if owner is not None else None
    is_there = isinstance(body, y.Mapping) and body.entry(keys[0]) is not None
    return None if beside and len(keys) == 1 and is_there else change(data, Change(place, keys, value, spelled=beside))


# --- where -----------------------------------------------------------------------------------------------------------


def _around(data: bytes, start: int) -> tuple[y.Mapping, y.Entry] | None:
    """The section of resources, and the one around a byte."""
    for section in _sections(data):
        for entry in section.entries:
            if not entry.merged and entry.key.start <= start <= max(entry.key.end, entry.at[1]):
                return section, entry
    return None


def _sections(data: bytes) -> Iterator[y.Mapping]:
    """Where resources stand: at the top, or in the part of a service that is a template."""
    for document in trees(data):
        if not isinstance(document, y.Mapping):
            continue
        part = document.get(_SECTION.lower())
        for node in (document, *(part.items if isinstance(part, y.Sequence) else (part,))):
            section = node.entry(_SECTION) if isinstance(node, y.Mapping) else None
            found = section.value if section is not None else None
            is_here = isinstance(found, y.Mapping) and any(not one.merged for one in found.entries)
            if section is not None and isinstance(found, y.Mapping) and is_here and found.start == section.at[0]:
                yield found


def _begun(data: bytes, made: list[tuple[str, Any]]) -> tuple[Span, ...] | None:
    """A section of resources at the end of a service that has none. Its head is an edit of its own, which several fixes share."""
    document = next(iter(trees(data)), None)
    if not isinstance(document, y.Mapping) or document.flow or data[-1:] not in (b"\n", b"\r"):
        return None
    if document.entry("service") is None or document.entry(_SECTION.lower()) is not None:
        return None
    end = len(data)
    text = "".join(f"{line}\n" for name, content in made for line in block_lines(name, content, "    ", 2))
    return (end, end, f"\n{_SECTION.lower()}:\n  {_SECTION}:\n"), (end, end, text)


def _inserted(data: bytes, start: int, made: list[tuple[str, Any]]) -> tuple[Span, ...] | None:
    """Behind the resource around a byte, and under its condition; what belongs to none of them stands behind the last one."""
    found = _around(data, start)
    if found is None:
        section = next(_sections(data), None)
        return _behind(data, section, _last(section), made) if section is not None else _begun(data, made)
    section, owner = found
    condition = owner.value.get(_CONDITION) if isinstance(owner.value, y.Mapping) else None
    if condition is None:
        return _behind(data, section, owner, made)
    if not isinstance(condition, y.Scalar) or condition.tag:
        return None
    return _behind(data, section, owner, [(name, _under(content, condition.value)) for name, content in made])


def _last(section: y.Mapping) -> y.Entry:
    return max((one for one in section.entries if not one.merged), key=lambda one: one.key.start)


def _behind(data: bytes, section: y.Mapping, entry: y.Entry, made: list[tuple[str, Any]]) -> tuple[Span, ...] | None:
    span = _in_flow(data, section, entry, made) if section.flow else _in_block(data, section, entry, made)
    return (span,) if span is not None else None


def _parameter(data: bytes, name: str, content: Any) -> tuple[Span, ...] | None:
    """A parameter of the template, unless it has one of this name; a section for it in front of the resources where there is none."""
    document = next(iter(trees(data)), None)
    resources = document.entry(_SECTION) if isinstance(document, y.Mapping) else None
    if not isinstance(document, y.Mapping) or resources is None or resources.merged:
        return None
    known = document.entry(_PARAMETERS)
    if known is None:
        return (_section(data, document, resources, {name: content}),)
    section = known.value
    if not isinstance(section, y.Mapping) or not any(not one.merged for one in section.entries):
        return None
    if known.at[0] != section.start:
        return None
    if section.entry(name) is not None:
        return ()
    return _behind(data, section, _last(section), [(name, content)])


def _section(data: bytes, document: y.Mapping, resources: y.Entry, content: Mapping[str, Any]) -> Span:
    start = resources.key.start
    if not document.flow:
        lines = "".join(f"{line}\n" for line in block_lines(_PARAMETERS, content, "", 2))
        return start, start, f"{lines}\n"
    as_json = data[start : start + 1] == b'"'
    margin = " " * column(data, start) if b"\n" in data[document.start : start] else ""
    text = _flow(_PARAMETERS, content, margin, len(margin), as_json)
    return start, start, f"{text},\n{margin}" if margin else f"{text}, "


def _under(content: Mapping[str, Any], condition: str) -> dict[str, Any]:
    """The same resource, which is there where the one that it belongs to is."""
    (kind, of), *others = content.items()
    return {kind: of, _CONDITION: condition, **dict(others)}


def _in_block(data: bytes, section: y.Mapping, owner: y.Entry, made: list[tuple[str, Any]]) -> Span | None:
    """On the lines behind the resource, with an empty line between them where those of the file have one."""
    end = max(owner.key.end, owner.at[0] + len(data[owner.at[0] : owner.at[1]].rstrip()))
    after = line_after(data, end_of_line(data, end))
    if after is None:
        return None
    margin = " " * column(data, owner.key.start)
    step = step_of(data, owner, owner.value) if isinstance(owner.value, y.Mapping) else 2
    gap = "\n" if len(section.entries) > 1 and _is_apart(data, section, owner) else ""
    texts = ["".join(f"{line}\n" for line in block_lines(name, content, margin, step)) for name, content in made]
    return after, after, "".join(f"{gap}{text}" for text in texts)


def _is_apart(data: bytes, section: y.Mapping, owner: y.Entry) -> bool:
    """Is there an empty line between the resource and the next one, or the one before?"""
    own = sorted((one for one in section.entries if not one.merged), key=lambda one: one.key.start)
    index = own.index(owner)
    one, other = own[index : index + 2] if index + 1 < len(own) else own[index - 1 : index + 1]
    return re.search(rb"\n[ \t]*\r?\n", data[one.key.end : other.key.start]) is not None


def _in_flow(data: bytes, section: y.Mapping, owner: y.Entry, made: list[tuple[str, Any]]) -> Span | None:
    end = max(owner.key.end, owner.at[1])
    as_json = data[owner.key.start : owner.key.start + 1] == b'"'
    first = min(one.key.start for one in section.entries)
    is_spread = b"\n" in data[section.start : first]
    margin = " " * column(data, owner.key.start) if is_spread else ""
    step = column(data, first) - _indent_of(data, section.start) if is_spread else 0
    texts = [_flow(name, content, margin, step, as_json) for name, content in made]
    gap = f"\n{margin}" if is_spread else " "
    return end, end, "".join(f",{gap}{text}" for text in texts)


def _flow(name: str, content: Any, margin: str, step: int, as_json: bool) -> str:
    if not as_json:
        return f"{name}: {in_yaml(content)}"
    text = json.dumps(content, indent=step or None, ensure_ascii=False)
    return f"{json.dumps(name)}: {text}".replace("\n", f"\n{margin}")


def _indent_of(data: bytes, at: int) -> int:
    line = data[data.rfind(b"\n", 0, at) + 1 : at]
    return len(line) - len(line.lstrip())


# --- what another resource has ---------------------------------------------------------------------------------------


def _borrowed(files: Mapping[str, bytes], borrowed: object) -> Any:
    """The value of a property of another resource of the template; None where it is none that can be copied."""
    if not isinstance(borrowed, Borrowed):
        return borrowed
    data = files.get(borrowed.place.path, b"")
    for section in _sections(data):
        for entry in section.entries:
            if entry.key.start == borrowed.place.start:
                node: y.Node | None = entry.value
                for key in ("Properties", *borrowed.keys):
                    node = node.get(key) if isinstance(node, y.Mapping) else None
                return _plain(node)
    return None


def _plain(node: y.Node | None) -> Any:
    """The value of a node, with functions in their long form; None where it is not known."""
    if isinstance(node, y.Scalar):
        name = node.tag.removeprefix("!")
        if not name:
            return node.value
        named = "Ref" if name == "Ref" else f"Fn::{name}"
        return {named: node.value.split(".", 1) if name == "GetAtt" else node.value}
    if isinstance(node, y.Sequence) and not node.tag:
        items = [_plain(item) for item in node.items]
        return items if None not in items else None
    if isinstance(node, y.Mapping) and not node.tag:
        fields = {entry.key.value: _plain(entry.value) for entry in node.entries}
        return fields if None not in fields.values() else None
    return None


def _with(value: Any, borrowed: Mapping[str, Any]) -> Any:
    """The same, with what is borrowed in its place."""
    if isinstance(value, Mapping):
        return {key: _with(one, borrowed) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_with(one, borrowed) for one in value]
    return borrowed.get(value, value) if isinstance(value, str) else value
