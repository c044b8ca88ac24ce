"""The same deployment says the same in every language: the examples of the rules, and what they are rewritten into."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from markers import clean
from twice import fixes
from twice.engine import understand
from twice.finding import Finding
from twice.languages import hcl_tree as h
from twice.languages import marks
from twice.languages.hcl_reading import read
from twice.rules.book import open_book
from twice.rules.match import match
from twice.rules.model import Example, Rule

ROOT = Path(__file__).parent.parent
BOOK = open_book([ROOT / "rules"], examples=True)
_YAML = (".yaml", ".yml")
_PLAIN = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}


def _yaml_templates(files: dict[str, bytes]) -> frozenset[str]:
    """The files that are CloudFormation templates in YAML; none where a service includes them by their names."""
    if any(path.rpartition("/")[2].startswith("serverless") for path in files):
        return frozenset()
    return frozenset(path for path, data in files.items() if path.endswith(_YAML) and marks.is_cloudformation(data))


def _texts(example: Example) -> dict[str, bytes]:
    return clean(dict(example.files))[0]


deployed = pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{rule.code}-{example.kind}-{number + 1}")
        for rule in BOOK.rules
        for number, example in enumerate(rule.examples)
        if _yaml_templates(_texts(example))
    ],
)


# --- two languages each ----------------------------------------------------------------------------------------------

# Why the deployments of a rule's examples are written in one language.
_ALONE = {
    "REC801": "only Pub/Sub deletes what nobody reads, and Terraform is what deploys it of what is read",
}


def test_the_examples_of_a_rule_deploy_in_two_languages() -> None:
    spoken = {rule.code: frozenset(map(_language, _deploying(rule))) for rule in BOOK.rules}
    assert {code for code, languages in spoken.items() if len(languages) == 1} == set(_ALONE)


def _deploying(rule: Rule) -> Iterator[tuple[str, bytes]]:
    """The files of its examples that deploy something."""
    for example in rule.examples:
        for path, data in _texts(example).items():
            if path.endswith(".py"):
                yield from [(path, data)] if b"aws_cdk" in data else []
            elif not path.endswith(".txt"):
                yield path, data


def _language(file: tuple[str, bytes]) -> str:
    path, data = file
    name = path.rpartition("/")[2]
    if marks.is_service(path, data):
        return "Serverless Framework"
    if marks.is_cloudformation(data):
        return "CloudFormation"
    if path.endswith(_YAML):
        words = {b"strimzi.io": "Strimzi", b"apiVersion": "Kubernetes", b"services": "Compose"}
        return next(language for word, language in words.items() if word in data)
    if marks.is_document(path):
        return "settings beside the code"
    return name if marks.is_process_file(path) else ("tf" if name.endswith(".tf.json") else name.rpartition(".")[2])


# --- YAML and JSON ---------------------------------------------------------------------------------------------------


@deployed
@pytest.mark.parametrize("indent", [2, None], ids=["lines", "one-line"])
def test_a_template_in_json_gives_the_findings_of_its_yaml(rule: Rule, example: Example, indent: int | None) -> None:
    files = _texts(example)
    templates = _yaml_templates(files)
    rewritten = {
        _as_json(path) if path in templates else path: _json(data, indent) if path in templates else data
        for path, data in files.items()
    }
    found, expected = _findings(rewritten), _findings(files)
    assert _said(found, rewritten, frozenset(map(_as_json, templates))) == _said(expected, files, templates)
    ours = [one for one in expected if one.code == rule.code and one.fixes]
    fixed = _fixed(files, ours)
    fixed_json = _fixed(rewritten, [one for one in found if one.code == rule.code and one.fixes])
    assert {path: json.loads(fixed_json[_as_json(path)]) for path in templates} == {
        path: yaml.load(fixed[path], _Tags) for path in templates
    }


class _Tags(yaml.SafeLoader):
    """Reads a template with the short forms of functions as long ones, and dates as the texts they are."""


_Tags.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _long_form(loader: _Tags, name: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any = loader.construct_object(_untagged(node), deep=True)
    if name == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": argument}


def _untagged(node: yaml.Node) -> yaml.Node:
    plain = copy(node)
    plain.tag = _PLAIN[type(node)]
    return plain


_Tags.add_multi_constructor("!", _long_form)


def _as_json(path: str) -> str:
    return path.rpartition(".")[0] + ".json"


def _json(template: bytes, indent: int | None) -> bytes:
    return json.dumps(yaml.load(template, _Tags), indent=indent, ensure_ascii=False).encode()


def _findings(files: dict[str, bytes]) -> tuple[Finding, ...]:
    return match(BOOK.rules, understand(files, BOOK)[0])[0]


def _fixed(files: dict[str, bytes], findings: list[Finding]) -> dict[str, bytes]:
    """The files after the first fix of each finding."""
    edits = [edit for fix in fixes.compatible(one.fixes[0] for one in findings) for edit in fix.edits]
    return {
        path: fixes.apply(data, [edit for edit in edits if edit.place.path == path]) for path, data in files.items()
    }


def _said(findings: tuple[Finding, ...], files: dict[str, bytes], templates: frozenset[str]) -> Counter[Hashable]:
    """What is found: rule, message and place; in a template the place is what stands there."""
    return Counter((one.code, one.message, _place(one, files, templates)) for one in findings)


def _place(finding: Finding, files: dict[str, bytes], templates: frozenset[str]) -> Hashable:
    place = finding.place
    if place.path not in templates:
        return place
    line = files[place.path].rfind(b"\n", 0, place.start) + 1
    text = b" " * (place.start - line) + files[place.path][place.start : place.end]
    return json.dumps(yaml.load(text, _Tags))


# --- HCL and JSON ----------------------------------------------------------------------------------------------------

planned = pytest.mark.parametrize(
    ("rule", "example"),
    [
        pytest.param(rule, example, id=f"{rule.code}-{example.kind}-{number + 1}")
        for rule in BOOK.rules
        for number, example in enumerate(rule.examples)
        if any(path.endswith(".tf") for path, _ in example.files)
    ],
)


@planned
@pytest.mark.parametrize("listed", [False, True], ids=["objects", "lists"])
def test_terraform_in_json_gives_the_findings_of_its_hcl(rule: Rule, example: Example, listed: bool) -> None:
    files = _texts(example)
    rewritten = {
        f"{path}.json" if path.endswith(".tf") else path: _terraform_json(data, listed)
        if path.endswith(".tf")
        else data
        for path, data in files.items()
    }
    found = _findings(rewritten)
    assert _named(found) == _named(_findings(files))
    ours = [one for one in found if one.code == rule.code and one.fixes]
    assert not [one for one in _findings(_fixed(rewritten, ours)) if ours and one.code == rule.code]


def _named(findings: tuple[Finding, ...]) -> Counter[Hashable]:
    """What is found, without the place: the same setting stands elsewhere."""
    return Counter((one.code, one.message, one.place.path.removesuffix(".json")) for one in findings)


def _terraform_json(data: bytes, listed: bool) -> bytes:
    """The file in JSON; a block in another one is an object, or a list of objects."""
    root: dict[str, Any] = {}
    for block in read(data).blocks:
        inner = root.setdefault(block.kind, {})
        for label in block.labels[:-1]:
            inner = inner.setdefault(label.text, {})
        if block.labels:
            inner[block.labels[-1].text] = _body(data, block.body, listed)
        else:
            inner.update(_body(data, block.body, listed))
    return json.dumps(root, indent=2).encode()


def _body(data: bytes, body: h.Body, listed: bool) -> dict[str, Any]:
    found = {one.name: _value(data, one.value) for one in body.attributes}
    for block in body.blocks:
        inner = _body(data, block.body, listed)
        for label in reversed(block.labels):
            inner = {label.text: inner}
        alone = len(body.of(block.kind)) == 1
        found[block.kind] = inner if alone and not listed else [*found.get(block.kind, ()), inner]
    return found


def _value(data: bytes, node: h.Node) -> Any:
    if isinstance(node, h.Plain):
        return node.value
    if isinstance(node, h.Text):
        return "".join(part if isinstance(part, str) else _hole(data, part) for part in node.parts)
    if isinstance(node, h.List):
        return [_value(data, item) for item in node.items]
    if isinstance(node, h.Object):
        return {str(_value(data, entry.key)): _value(data, entry.value) for entry in node.entries}
    return _hole(data, node)


def _hole(data: bytes, node: h.Node) -> str:
    return f"${{{data[node.start : node.end].decode()}}}"
