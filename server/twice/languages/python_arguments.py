"""Writes arguments of calls, and entries of mappings that calls are given."""

from __future__ import annotations

import re

from twice import outline as o
from twice.action import Edits
from twice.languages.python_lines import indent
from twice.languages.python_places import call_around, call_at, call_of_name, mapping_around, value_of_key
from twice.languages.python_source import Source
from twice.languages.python_words import whole
from twice.languages.template_edit import Change
from twice.text import Place


def set_property(source: Source, change: Change) -> Edits | None:
    """An argument of the call that makes a resource, or of a call among its arguments; an entry of a mapping that is one."""
    call = call_of_name(source.outline, change.place)
    for key in change.keys[:-1]:
        inner = next((one.value for one in call.arguments if one.name == key), None) if call is not None else None
        call = inner if isinstance(inner, o.Call) else None
    if call is None:
        return _set_setting(source, change)
    text = repr(change.value)
    imports: Edits = ()
    if change.made_by:
        maker, imports = source.member(change.made_by)
        text = f"{maker}({text})"
    edits = insert(source, source.place(call), change.keys[-1], text)
    return (*imports, *edits) if edits is not None else None


def _set_setting(source: Source, change: Change) -> Edits | None:
    """An entry of the mapping that the name stands in, or of the one beside that name; None where it is set somewhere else."""
    mapping = mapping_around(source.outline, change.place)
    for key in change.keys[:-1]:
        mapping = _inner(mapping, key) or mapping if mapping is not None else None
    if mapping is None or not mapping.items or any(one is None for one, _ in mapping.items):
        return None
    quote = source.text(mapping.items[0][0] or mapping)[:1]
    text = change.value if not isinstance(change.value, str) else f"{quote}{change.value}{quote}"
    for one, value in mapping.items:
        if isinstance(one, o.Literal) and one.value == change.keys[-1]:
            return (source.edit(value.start, value.end, str(text)),) if isinstance(value, o.Literal) else None
    if re.search(rb"['\"]%s['\"]" % re.escape(change.keys[-1].encode()), source.data) or quote not in ("'", '"'):
        return None
    return _behind(source, mapping, f"{quote}{change.keys[-1]}{quote}: {text}")


def _inner(mapping: o.Mapping, key: str) -> o.Mapping | None:
    named = (value for one, value in mapping.items if isinstance(one, o.Literal) and one.value == key)
    return next((value for value in named if isinstance(value, o.Mapping)), None)


def set_number(source: Source, call: Place, argument: str, value: object) -> Edits | None:
    """An argument that is a whole number."""
    text = whole(value)
    return insert(source, call, argument, text) if text is not None else None


def insert(source: Source, call: Place, argument: str, text: str) -> Edits | None:
    """An argument of the innermost call at the place, or of that which is given what stands there, or an entry of one.

    ``{made}`` is the call that makes the present one.
    """
    under = value_of_key(source.outline, call)
    if isinstance(under, o.Mapping):  # an entry that is written like the arguments of a call
        return _below(source, under, argument.split(":"), text)
    around = under if isinstance(under, o.Call) else call_around(source.outline, call)
    found = call_at(source.outline, call) or around
    filled = source.filled(call, text)
    if found is None or filled is None:
        return None
    text, imports = filled
    if "{made}" in text:
        text = text.replace("{made}", _making(source, found, argument))
    if not text:
        return None
    nested = argument.startswith("@") or ":" in argument
    edits = _entry(source, found, argument, text) if nested else _keyword(source, found, argument, text)
    return (*imports, *edits) if edits is not None else None


def _keyword(source: Source, call: o.Call, argument: str, text: str) -> Edits | None:
    """``maxsize@0`` is the argument of this name, which may also be given as the first one without a name; ``config?`` one that is not
    given yet."""
    is_new, argument = argument.endswith("?"), argument.removesuffix("?")
    argument, _, position = argument.partition("@")
    stars = {one.star for one in call.arguments if one.star}
    if not argument.isidentifier() or not call.opens or "**" in stars or (position and stars):
        return None
    given = _argument_of(call, argument) or (_argument_of(call, f"@{position}") if position else None)
    if given is not None and is_new:
        return None
    if given is not None:
        return (source.edit(given.start, given.end, text),)
    if not call.arguments:  # not beside the bracket: a second argument there would need a comma
        return (source.edit(call.opens - 1, call.opens, f"({argument}={text}"),)
    return _after_last(source, call, f"{argument}={text}")


def _after_last(source: Source, call: o.Call, text: str) -> Edits:
    """After the last argument: on a line of its own when each argument has one, keeping a trailing comma."""
    last = call.arguments[-1]
    rest = source.data[last.end : call.end]
    comma = re.match(rb"\s*,", rest)
    at = last.end + (comma.end() if comma else 0)
    if b"\n" in source.data[call.opens : last.start]:
        margin = indent(source.data, last.start)
        if (edits := _behind_remark(source, last.end, f"\n{margin}{text}")) is not None:
            return edits
        ending = "," if comma else ""
        return (source.edit(at, at, f"{'' if comma else ','}\n{margin}{text}{ending}"),)
    if comma and not rest[comma.end() : -1].strip():
        return (source.edit(last.end, last.end, f", {text}"),)
    return (source.edit(at, at, f"{'' if comma else ','} {text}"),)


def _entry(source: Source, call: o.Call, argument: str, text: str) -> Edits | None:
    """An argument written ``@0:a.b`` is the entry ``"a.b"`` of the mapping that is the call's first argument, ``config:a`` the argument
    ``a`` of the call that makes the argument ``config``, ``@0`` the first argument itself. None where that is not in sight; a mapping
    that is not given yet is made, for a key that can be no name.
    """
    name, _, key = argument.partition(":")
    given = _argument_of(call, name)
    if (
        given is None
        and key
        and not key.isidentifier()
        and not any(isinstance(one.value, o.Mapping) for one in call.arguments)
    ):
        return _keyword(source, call, name, f'{{"{key}": {text}}}')
    if not key:
        return (source.edit(given.start, given.end, text),) if given is not None else None
    made = _made(source.outline, given) if given is not None else None
    if isinstance(made, o.Call) and key.isidentifier() and o.called_name(made)[:1].isupper():
        return _keyword(source, made, key, text)  # a class, no function of theirs
    return _below(source, made, [key], text)


def _below(source: Source, value: o.Value | None, keys: list[str], text: str) -> Edits | None:
    """An entry of a mapping, or of one in it, which is made where it is not there yet. None where some of its entries are elsewhere."""
    if not isinstance(value, o.Mapping) or any(one is None for one, _ in value.items):
        return None
    quote = next((source.text(one)[:1] for one, _ in value.items if one is not None), '"')
    quote = quote if quote in ("'", '"') else '"'
    key, *more = keys
    for one, inner in value.items:
        if isinstance(one, o.Literal) and one.value == key:
            return _below(source, inner, more, text) if more else (source.edit(inner.start, inner.end, text),)
    for inside in reversed(more):
        text = f"{{{quote}{inside}{quote}: {text}}}"
    text = f"{quote}{key}{quote}: {text}"
    return _behind(source, value, text) if value.items else (source.edit(value.start + 1, value.start + 1, text),)


def _argument_of(call: o.Call, name: str) -> o.Value | None:
    """The argument of this name, or at this place among those without a name (``@0``)."""
    if not name.startswith("@"):
        return next((one.value for one in call.arguments if one.name == name), None)
    plain = [one.value for one in call.arguments if one.name is None and not one.star]
    at = int(name[1:]) if name[1:].isdigit() else len(plain)
    return plain[at] if at < len(plain) else None


def _making(source: Source, call: o.Call, name: str) -> str:
    """How an argument is made that has a name of its own: the text of that call."""
    given = _argument_of(call, name)
    made = _made(source.outline, given) if isinstance(given, o.Name) else None
    return source.text(made) if isinstance(made, o.Call) else ""


def _made(outline: o.Outline, value: o.Value) -> o.Value | None:
    """A value, or what the one assignment of this file gives to its name; a mapping only when nobody else has it."""
    if not isinstance(value, o.Name):
        return value
    functions = (outline.module, *outline.everywhere())
    found = [
        statement
        for function in functions
        for statement in function.statements
        if isinstance(statement, o.Assign)
        and any(isinstance(target, o.Name) and target.id == value.id for target in statement.targets)
    ]
    made = found[0].value if len(found) == 1 and not found[0].operator else None
    shared = len(re.findall(rb"\b%s\b" % value.id.encode(), outline.data)) > 2
    return None if isinstance(made, o.Mapping) and shared else made


def _behind(source: Source, mapping: o.Mapping, text: str) -> Edits:
    """Behind the last entry, on a line of its own where that has one."""
    last = mapping.items[-1]
    first = last[0] or last[1]
    line = source.data[: first.start].rpartition(b"\n")[2]
    between = (
        f"\n{line.decode('utf-8', 'replace')}" if line.strip() == b"" and b"\n" in source.data[: first.start] else " "
    )
    if between != " " and (edits := _behind_remark(source, last[1].end, f"{between}{text}")) is not None:
        return edits
    return (source.edit(last[1].end, last[1].end, f",{between}{text}"),)


def _behind_remark(source: Source, end: int, text: str) -> Edits | None:
    """Below a line that ends in a comment about what stands on it; None where it has none."""
    rest = re.compile(rb"[ \t]*(,?)[ \t]*#[^\r\n]*").match(source.data, end)
    if rest is None:
        return None
    if rest[1]:
        return (source.edit(rest.end(), rest.end(), f"{text},"),)
    return (source.edit(end, end, ","), source.edit(rest.end(), rest.end(), text))
