"""The definition of one state machine in a file of its own: from text to the resource that it is. Knows syntax, no service's meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath

from msgspec.structs import replace

from twice.languages import yaml_tree as y
from twice.languages.intrinsics import Scope, value
from twice.languages.marks import is_machine
from twice.languages.template import (
    Items,
    Literal,
    Record,
    Resource,
    Template,
    Value,
    joined,
    moved,
)

TYPE = "AWS::Serverless::StateMachine"
_FILLED = re.compile(r"\$\{(\w+)\}")


def machine(path: str, data: bytes) -> Template | None:
    """The state machine in a file as the only resource of a template, or None when the file holds none."""
    if not is_machine(data):
        return None
    for document in y.documents(data):
        if (
            isinstance(document, y.Mapping)
            and document.get("StartAt")
            and isinstance(document.get("States"), y.Mapping)
        ):
            found = value(document, Scope())
            properties = Record({"Definition": found}, {}, document.start, document.end)
            name = path.rpartition("/")[2].partition(".")[0]
            return Template({name: Resource(name, TYPE, document.start, document.start, properties, title=name)})
    return None


def placed(templates: Mapping[str, Template], files: frozenset[str]) -> dict[str, Template]:
    """The templates, where those that name one of these files have its machine, with what they fill into it."""
    found, named = dict(templates), set[str]()
    for path, template in templates.items():
        made = {one.name: one for one in _machines(path, template, templates, files)}
        if made:
            found[path] = replace(template, resources={**template.resources, **made})
            named |= {one.path for one in made.values()}
    return {path: template for path, template in found.items() if path not in named}


def _machines(
    path: str, template: Template, templates: Mapping[str, Template], files: frozenset[str]
) -> Iterator[Resource]:
    for resource in template.resources.values():
        uri = resource.properties.fields.get("DefinitionUri") if resource.type == TYPE else None
        file = normpath(join(dirname(path), str(uri.value))) if isinstance(uri, Literal) else ""
        if file in files:
            (own,) = templates[file].resources.values()
            given = resource.properties.fields.get("DefinitionSubstitutions")
            properties = _filled(own.properties, given.fields if isinstance(given, Record) else {})
            name = f"{resource.name}.{own.name}"
            yield replace(own, name=name, properties=properties, title=resource.title, path=file)


def _filled(found: Value, given: Mapping[str, Value]) -> Value:
    """A value with what stands for its placeholders, at the places of these."""
    if isinstance(found, Record):
        return replace(found, fields={name: _filled(one, given) for name, one in found.fields.items()})
    if isinstance(found, Items):
        return replace(found, items=tuple(_filled(one, given) for one in found.items))
    if not isinstance(found, Literal) or not isinstance(found.value, str) or "${" not in found.value:
        return found
    texts = _FILLED.split(found.value)
    parts = [_part(found, text, given if index % 2 else None) for index, text in enumerate(texts)]
    said = [one for one in parts if not isinstance(one, Literal) or one.value != ""]
    return said[0] if len(said) == 1 else joined(said, found.start, found.end)


def _part(whole: Literal, text: str, given: Mapping[str, Value] | None) -> Value:
    if given is None:
        return replace(whole, value=text)
    known = given.get(text)
    return moved(known, whole.start, whole.end) if known is not None else replace(whole, value=f"${{{text}}}")
