"""Which files deploy something, and in which language: the one place that tells these languages apart.

What reads a language is imported when the first file of it is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from twice.comments import Allowance, Comment
from twice.languages import (
    cloudformation,
    connectors,
    process_files,
    states,
    workloads,
    yaml_comments,
    yaml_edit,
    yaml_tree,
)
from twice.languages.template import Template, Value
from twice.languages.template_edit import Change, TemplateWriter
from twice.noun import Fact
from twice.steps import Steps

if TYPE_CHECKING:
    from twice.languages.hcl_tree import Body

_YAML = (".yaml", ".yml", ".template", ".json")
_PROPERTIES = ".properties"
_HCL = (".tf", ".tfvars", "terragrunt.hcl")
_TERRAFORM = (*_HCL, ".tf.json")
# A service by its name and by what every one says; a part of it, which it names, by the words of a function or a variable.
_SERVICE_NAME = re.compile(r"(?:.*/)?serverless(?:[.-][\w-]+)?\.ya?ml$")
_SERVICE = re.compile(rb"^provider[ \t]*:", re.MULTILINE)
_PART = re.compile(rb"^[ \t-]*(?:handler|Type)[ \t]*:|\$\{(?:self|opt|env|sls|file|param)\b", re.MULTILINE)

# Settings of a framework, in JSON beside the code.
_DOCUMENT = re.compile(r"(?:.*/)?(?:host\.json|function\.json|\.chalice/config\.json)$")

# The hidden directory in which one of these stands.
READ_HIDDEN = "chalice"

Key = tuple[str, bytes]
Files = Mapping[str, bytes]


class TemplateMemory(Struct):
    """What single files say, by path and content, kept between checks."""

    templates: dict[Key, Template | None] = field(default_factory=dict)
    bodies: dict[Key, Body] = field(default_factory=dict)
    documents: dict[Key, yaml_tree.Node | None] = field(default_factory=dict)


def is_named(path: str) -> bool:
    """Is a file known by its whole name, for want of an ending?"""
    return process_files.is_process_file(path)


def matters(path: str, data: bytes) -> bool:
    """Can a file of a workspace say anything? Most YAML and JSON files are data and cannot."""
    if path.endswith(_PROPERTIES):
        return connectors.is_connected(path, data)
    if not path.endswith(_YAML) or path.endswith(_TERRAFORM):
        return True
    if _DOCUMENT.match(path):
        return True
    is_part = path.endswith((".yml", ".yaml")) and _PART.search(data) is not None
    return (
        is_part
        or _is_service(path, data)
        or cloudformation.is_template(data)
        or states.is_machine(data)
        or workloads.is_workload(data)
        or connectors.is_connected(path, data)
    )


def _is_service(path: str, data: bytes) -> bool:
    return _SERVICE_NAME.match(path) is not None and _SERVICE.search(data) is not None


def reading(files: Files, memory: TemplateMemory) -> Steps[dict[str, Template]]:
    """What the files deploy: by file, or by directory where all files of one are a template together."""
    templates = yield from _cloudformation(files, memory)
    terraform = yield from _terraform(files, memory)
    return _with_services(files, memory, templates) | terraform


def documents(files: Files) -> dict[str, Value]:
    """The files of settings that stand beside the code, by path."""
    found = {path: data for path, data in files.items() if path.endswith(".json") and _DOCUMENT.match(path)}
    if not found:
        return {}
    from twice.languages.intrinsics import Scope, value

    return {path: value(yaml_tree.first(data), Scope()) for path, data in found.items()}


def comments(path: str, data: bytes) -> Iterator[Comment | Allowance]:
    """What people write beside a template for Twice."""
    if path.endswith(_YAML):
        yield from yaml_comments.comments(data)
        yield from cloudformation.allowances(data)
    elif is_named(path):
        yield from process_files.comments(data)
    elif path.endswith(_HCL):
        from twice.languages import hcl_comments

        yield from hcl_comments.comments(data)
    elif path.endswith(_PROPERTIES):
        from twice.languages import properties

        yield from properties.comments(data)


def writers(
    files: Files, templates: Mapping[str, Template], change_of: Callable[[Fact, str, object], Change | None]
) -> dict[str, TemplateWriter]:
    """Who writes into templates, by path or suffix."""
    parts = {one.path for template in templates.values() for one in template.resources.values() if one.path}
    yaml_writer = TemplateWriter(files, change_of, yaml_edit.change)
    found = dict.fromkeys((path for path in (*templates, *parts) if path.endswith(_YAML)), yaml_writer)
    if any(path.endswith(_HCL) for path in parts):
        from twice.languages import hcl_edit

        found[".tf"] = TemplateWriter(files, change_of, hcl_edit.change)
    return found


# --- one language each -----------------------------------------------------------------------------------------------


def _cloudformation(files: Files, memory: TemplateMemory) -> Steps[dict[str, Template]]:
    endings = (*_YAML, _PROPERTIES)
    sources = {path: data for path, data in files.items() if path.endswith(endings) or is_named(path)}
    found: dict[str, Template] = {}
    kept: dict[Key, Template | None] = {}
    for count, (path, data) in enumerate(sources.items()):
        yield "reading templates", count, len(sources)
        key = path, data
        if key not in memory.templates:
            memory.templates[key] = _template(path, data)
        known = kept[key] = memory.templates[key]
        if known is not None:
            found[path] = known
    memory.templates = kept
    return found


def _template(path: str, data: bytes) -> Template | None:
    if path.endswith(_PROPERTIES):
        return connectors.connected(path, data)
    if not path.endswith(_YAML):
        return process_files.process_file(path, data)
    alone = cloudformation.template(data) or states.machine(path, data)
    if alone is not None:
        return alone
    found = [one for one in (workloads.workload(data), connectors.connected(path, data)) if one is not None]
    return Template({name: made for one in found for name, made in one.resources.items()}) if found else None


def _terraform(files: Files, memory: TemplateMemory) -> Steps[dict[str, Template]]:
    sources = {path: data for path, data in files.items() if path.endswith(_TERRAFORM)}
    if not sources:
        return {}
    from twice.languages import terraform

    bodies: dict[str, Body] = {}
    kept: dict[Key, Body] = {}
    for count, (path, data) in enumerate(sources.items()):
        yield "reading templates", count, len(sources)
        known = memory.bodies.get((path, data))
        bodies[path] = kept[path, data] = terraform.file(path, data) if known is None else known
    memory.bodies = kept
    return terraform.templates(bodies)


def _with_services(files: Files, memory: TemplateMemory, templates: dict[str, Template]) -> dict[str, Template]:
    """The templates with the services that include some of them: a file that is included is no template by itself."""
    paths = [path for path, data in files.items() if _is_service(path, data)]
    if not paths:
        return templates
    from twice.languages import serverless

    kept: dict[Key, yaml_tree.Node | None] = {}

    def read(path: str) -> yaml_tree.Node | None:
        data = files.get(path)
        if data is None or not path.endswith(_YAML):
            return None
        key = path, data
        if key not in kept:
            kept[key] = memory.documents[key] if key in memory.documents else yaml_tree.first(data)
        return kept[key]

    services = {path: found for path in paths if (found := serverless.service(path, read)) is not None}
    memory.documents = kept
    included = {one for _, used in services.values() for one in used}
    others = {path: one for path, one in templates.items() if path not in included}
    return others | {path: found for path, (found, _) in services.items()}
