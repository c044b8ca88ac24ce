"""The same deployment says the same in every language: the examples of the rules, and what they are rewritten into."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from markers import clean
from twice import fixes
from twice.engine import understand
from twice.finding import Finding
from twice.languages import cloudformation
from twice.rules.book import open_book
from twice.rules.match import match
from twice.rules.model import Example, Rule

ROOT = Path(__file__).parent.parent
BOOK = open_book([ROOT / "rules"], examples=True)
_YAML = (".yaml", ".yml")


def _yaml_templates(files: dict[str, bytes]) -> frozenset[str]:
    """The files that are CloudFormation templates in YAML; none where a service includes them by their names."""
    if any(path.rpartition("/")[2].startswith("serverless") for path in files):
        return frozenset()
    return frozenset(path for path, data in files.items() if path.endswith(_YAML) and cloudformation.is_template(data))


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

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, Any]]]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _long_form(loader: _Tags, name: str, node: yaml.Node) -> dict[str, Any]:
    argument: Any = loader.construct_object(_untagged(node), deep=True)
    if name == "GetAtt" and isinstance(argument, str):
        argument = argument.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": argument}


def _untagged(node: yaml.Node) -> yaml.Node:
    kinds = {yaml.ScalarNode: "str", yaml.SequenceNode: "seq", yaml.MappingNode: "map"}
    return type(node)(f"tag:yaml.org,2002:{kinds[type(node)]}", node.value)


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
