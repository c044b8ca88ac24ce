"""Which files deploy something, and in which language: the one place that tells these languages apart.

What reads a language is imported when the first file of it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct, field

from twice.comments import Allowance, Comment
from twice.languages import marks
from twice.languages.template import Template, Value
from twice.languages.template_edit import Changes, TemplateWriter
from twice.steps import Steps

if TYPE_CHECKING:
    from twice.languages import yaml_tree
    from twice.languages.hcl_tree import Body

_YAML = (".yaml", ".yml", ".template", ".json")
_PROPERTIES = ".properties"
_HCL = (".tf", ".tfvars", "terragrunt.hcl")
_TERRAFORM = (*_HCL, ".tf.json")

# The hidden directory in which settings of a framework stand.
READ_HIDDEN = "chalice"

Key = tuple[str, bytes]
Files = Mapping[str, bytes]


class Included(Struct, frozen=True):
    """A service with the files it was made of, by path; None for one that is not there."""

    found: tuple[Template, frozenset[str]] | None
    files: dict[str, bytes | None]


class TemplateMemory(Struct):
    """What single files say, by path and content, kept between checks; and what several say together, as long as all stay the same."""

    templates: dict[Key, Template | None] = field(default_factory=dict)
    bodies: dict[Key, Body] = field(default_factory=dict)
    documents: dict[Key, yaml_tree.Node | None] = field(default_factory=dict)
    services: dict[str, Included] = field(default_factory=dict)
    terraform: dict[str, Template] | None = None


def is_named(path: str) -> bool:
    """Is a file known by its whole name, for want of an ending?"""
    return marks.is_process_file(path)


def matters(path: str, data: bytes) -> bool:
    """Can a file of a workspace say anything? Most YAML and JSON files are data and cannot."""
    if path.endswith(_PROPERTIES):
        return marks.is_connected(path, data)
    if not path.endswith(_YAML) or path.endswith(_TERRAFORM):
        return True
    return (
        marks.is_document(path)
        or marks.is_part(path, data)
        or marks.is_service(path, data)
        or marks.is_cloudformation(data)
        or marks.is_machine(data)
        or marks.is_workload(data)
        or marks.is_connected(path, data)
        or marks.is_contract(data)
        or marks.is_policy(data)
    )


def reading(files: Files, memory: TemplateMemory) -> Steps[dict[str, Template]]:
    """What the files deploy: by file, or by directory where all files of one are a template together."""
    templates = _with_machines(files, (yield from _single(files, memory)))
    terraform = yield from _terraform(files, memory)
    return _with_services(files, memory, templates) | terraform


def texts(files: Files) -> dict[str, bytes]:
    """What can deploy something, as it is written."""
    return {path: data for path, data in files.items() if path.endswith((*_YAML, *_HCL)) or is_named(path)}


def documents(files: Files) -> dict[str, Value]:
    """The files of settings that stand beside the code, by path."""
    found = {path: data for path, data in files.items() if marks.is_document(path)}
    if not found:
        return {}
    from twice.languages import yaml_tree
    from twice.languages.intrinsics import Scope, value

    return {path: value(yaml_tree.first(data), Scope()) for path, data in found.items()}


def comments(path: str, data: bytes) -> Iterator[Comment | Allowance]:
    """What people write beside a template for Twice."""
    if path.endswith(_YAML):
        from twice.languages import cloudformation, yaml_comments

        yield from yaml_comments.comments(data)
        yield from cloudformation.allowances(data)
    elif is_named(path):
        from twice.languages import process_files

        yield from process_files.comments(data)
    elif path.endswith(_HCL):
        from twice.languages import hcl_comments

        yield from hcl_comments.comments(data)
    elif path.endswith(_PROPERTIES):
        from twice.languages import properties

        yield from properties.comments(data)


def writers(files: Files, templates: Mapping[str, Template], changes: Changes) -> dict[str, TemplateWriter]:
    """Who writes into templates, by path or suffix."""
    parts = {one.path for template in templates.values() for one in template.resources.values() if one.path}
    found: dict[str, TemplateWriter] = {}
    if yaml := [path for path in (*templates, *parts) if path.endswith(_YAML)]:
        from twice.languages import yaml_additions, yaml_edit

        for path in yaml:
            is_terraform = path.endswith(_TERRAFORM)
            found[path] = (
                TemplateWriter(files, changes, yaml_edit.change_below)
                if is_terraform
                else TemplateWriter(files, changes, yaml_edit.change, yaml_additions.add)
            )
    if any(path.endswith(_PROPERTIES) for path in templates):
        from twice.languages import properties

        found[_PROPERTIES] = TemplateWriter(files, changes, properties.change)
    if named := [path for path in templates if is_named(path)]:
        from twice.languages import process_files

        found |= dict.fromkeys(named, TemplateWriter(files, changes, process_files.change))
    if any(path.endswith(_HCL) for path in parts):
        from twice.languages import hcl_additions, hcl_edit

        found[".tf"] = TemplateWriter(files, changes, hcl_edit.change, hcl_additions.add)
    return found


# --- one language each -----------------------------------------------------------------------------------------------


def _single(files: Files, memory: TemplateMemory) -> Steps[dict[str, Template]]:
    """What single files deploy, each a template by itself."""
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
    """What a file says in the languages whose mark it bears: the first that is a whole file's, else all the others together."""
    whole = next((one for one in _alone(path, data) if one is not None), None)
    found = [one for one in _beside(path, data) if one is not None] if whole is None else [whole]
    if len(found) < 2:
        return found[0] if found else None
    return Template({name: made for one in found for name, made in one.resources.items()})


def _alone(path: str, data: bytes) -> Iterator[Template | None]:
    if is_named(path):
        from twice.languages.process_files import process_file

        yield process_file(path, data)
    elif path.endswith(_YAML):
        if marks.is_cloudformation(data):
            from twice.languages.cloudformation import template

            yield template(data)
        if marks.is_machine(data):
            from twice.languages.states import machine

            yield machine(path, data)
        if marks.is_contract(data):
            from twice.languages.contracts import contract

            yield contract(data)


def _beside(path: str, data: bytes) -> Iterator[Template | None]:
    if path.endswith(_YAML) and marks.is_workload(data):
        from twice.languages.workloads import workload

        yield workload(data)
    if not is_named(path) and marks.is_connected(path, data):
        from twice.languages.connectors import connected

        yield connected(path, data)


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
    if memory.terraform is None or list(kept) != list(memory.bodies):
        memory.terraform = terraform.templates(bodies)
    memory.bodies = kept
    return memory.terraform


def _with_machines(files: Files, templates: dict[str, Template]) -> dict[str, Template]:
    """The templates with the state machines that lie in files of their own: what fills these in stands in the template."""
    machines = frozenset(
        path for path in templates if marks.is_machine(files[path]) and len(templates[path].resources) == 1
    )
    if not machines or len(machines) == len(templates):
        return templates
    from twice.languages.states import placed

    return placed(templates, machines)


def _with_services(files: Files, memory: TemplateMemory, templates: dict[str, Template]) -> dict[str, Template]:
    """The templates with the services that include some of them: a file that is included is no template by itself."""
    paths = [path for path, data in files.items() if marks.is_service(path, data)]
    if not paths:
        return templates
    from twice.languages import serverless, yaml_tree

    kept: dict[Key, yaml_tree.Node | None] = {}

    def read(used: dict[str, bytes | None], path: str) -> yaml_tree.Node | None:
        data = used[path] = files.get(path)
        if data is None or not path.endswith(_YAML):
            return None
        key = path, data
        if key not in kept:
            kept[key] = memory.documents[key] if key in memory.documents else yaml_tree.first(data)
        return kept[key]

    made: dict[str, Included] = {}
    for path in paths:
        known = memory.services.get(path)
        if known is not None and all(files.get(one) == data for one, data in known.files.items()):
            made[path] = known
            read_before = ((one, data) for one, data in known.files.items() if data is not None)
            kept.update((key, memory.documents[key]) for key in read_before if key in memory.documents)
        else:
            used: dict[str, bytes | None] = {}
            made[path] = Included(serverless.service(path, partial(read, used)), used)
    memory.services, memory.documents = made, kept
    services = {path: one.found for path, one in made.items() if one.found is not None}
    included = {one for _, used in services.values() for one in used}
    others = {path: one for path, one in templates.items() if path not in included}
    return others | {path: found for path, (found, _) in services.items()}
