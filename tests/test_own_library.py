"""The worked example of rules/README.md: a team's wrapper before and after its library file, word by word."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from twice.__main__ import main
from twice.rules.schema import library_schema

ROOT = Path(__file__).parent.parent
_SECTION = (
    (ROOT / "rules" / "README.md").read_text("utf-8").partition("## A team's own wrapper")[2].partition("\n## ")[0]
)
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_example_of_the_readme_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "twice.toml").write_text("")
    shown = 0
    for language, path, text in _BLOCK.findall(_SECTION):
        if language == "console":
            command, _, expected = text.partition("\n")
            assert main(command.removeprefix("$ twice ").split()) == 0
            assert capsys.readouterr().out.strip() == expected.strip()
            shown += 1
        else:
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
    assert shown == 2
    assert main(["check"]) == 1
    assert "DUP101" in capsys.readouterr().out
    assert len((tmp_path / ".twice/libraries/acme.yaml").read_text().splitlines()) == 5


def test_the_schema_of_library_files_is_the_one_of_the_loader() -> None:
    assert (ROOT / "rules" / "library.schema.json").read_text("utf-8") == library_schema(), "run: make generated"


@pytest.mark.parametrize("file", sorted((ROOT / "rules" / "libraries").glob("*.yaml")), ids=lambda file: file.stem)
def test_our_library_files_keep_to_the_schema(file: Path) -> None:
    jsonschema.validate(yaml.safe_load(file.read_bytes()), yaml.safe_load(library_schema()))


@pytest.mark.parametrize(
    "text",
    [
        "calz: {}",
        "calls: {acme.get: {is: publsh}}",
        "calls: {acme.get: {is: publish, how: soon}}",
        "handlers: [{decorator: acme.task}]",
        "handlers: [{kind: acme, fields: {x: 1}}]",
        "events: {acme: {evident: maybe}}",
    ],
)
def test_a_mistake_is_one_for_the_schema_too(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), yaml.safe_load(library_schema()))
