"""Settings: what is honoured, and what is said about a slip."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from twice import config
from twice.config import Config, load, settings, unknown_selectors

FULL = """\
select = ["DUP", "timestamp-as-idempotency-key"]
ignore = ["DUP102"]
exclude = ["old/", "*_pb2.py"]
fail-on = "error"
confidence = "high"

[per-path-ignores]
"scripts/" = ["LOD301"]
"""


def loaded(folder: Path, **files: str) -> tuple[Config, list[str]]:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")
    found, problems = load(folder)
    return found, [problem.message for problem in problems]


def test_a_project_without_settings_has_the_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path) == (Config(), [])


def test_twice_toml_sets_everything(tmp_path: Path) -> None:
    found, problems = loaded(tmp_path, twice=FULL)
    assert problems == []
    assert replace(found, written={}) == Config(
        select=("DUP", "timestamp-as-idempotency-key"),
        ignore=("DUP102",),
        exclude=("old/", "*_pb2.py"),
        fail_on="error",
        confidence="high",
        per_path_ignores=(("scripts/", ("LOD301",)),),
    )


def test_pyproject_sets_the_same_in_its_table(tmp_path: Path) -> None:
    table = "[project]\nname = 'x'\n[tool.twice]\n" + FULL.replace("[per", "[tool.twice.per")
    found, problems = loaded(tmp_path, pyproject=table)
    assert (replace(found, written={}), problems) == (replace(settings_of(FULL, tmp_path), written={}), [])


def settings_of(text: str, folder: Path) -> Config:
    (folder / "apart").mkdir()
    return loaded(folder / "apart", twice=text)[0]


def test_twice_toml_wins_over_pyproject(tmp_path: Path) -> None:
    found, _ = loaded(tmp_path, twice='fail-on = "error"', pyproject='[tool.twice]\nfail-on = "hint"')
    assert found.fail_on == "error"


def test_a_pyproject_of_somebody_else_is_none_of_our_business(tmp_path: Path) -> None:
    assert loaded(tmp_path, pyproject="[tool.ruff]\nselect = 3 twice") == (Config(), [])


@pytest.mark.parametrize(
    ("text", "complaint", "expected"),
    [
        ("\nselct = []", "twice.toml:2: 'selct' is no setting", "did you mean 'select'?"),
        ("select = 'DUP'", "twice.toml:1: 'select' is 'DUP'", 'expected a list: select = ["..."]'),
        ("ignore = ['DUP', 3]", "twice.toml:1: 'ignore' holds 3", 'expected text in quotes, such as "DUP101"'),
        ("fail-on = 'warn'", "twice.toml:1: 'fail-on' is 'warn'", "did you mean 'warning'?"),
        ("# c\n\nconfidence = true", "twice.toml:3: 'confidence' is true", "expected one of high, medium, low"),
        ("per-path-ignores = []", "twice.toml:1: 'per-path-ignores' is []", 'expected a table: "tests/" = ["DUP101"]'),
        ("exclude = ['\\']", "twice.toml:1: '\\' is no pattern", "write it in the syntax of .gitignore"),
        ("x = 1\ny = [", "twice.toml:2: not TOML: ", "no setting is read until this is mended"),
        ("x = 1\nx = 2\n", "twice.toml:2: not TOML: ", "no setting is read until this is mended"),
    ],
)
def test_a_slip_is_told_with_its_line_and_what_would_be_right(
    tmp_path: Path, text: str, complaint: str, expected: str
) -> None:
    (tmp_path / "twice.toml").write_text(text, "utf-8")
    [problem] = load(tmp_path)[1]
    assert problem.message.startswith(complaint)
    assert expected in problem.expected
    assert problem.kind == "config"


def test_a_slip_costs_only_the_setting_it_stands_in(tmp_path: Path) -> None:
    found, problems = loaded(tmp_path, twice="ignore = ['DUP101', 4]\nfail-on = 'no'\nconfidence = 'low'\n")
    assert (found.ignore, found.fail_on, found.confidence) == (("DUP101",), "warning", "low")
    assert len(problems) == 2


def test_a_slip_in_pyproject_is_found_in_its_table(tmp_path: Path) -> None:
    _, problems = loaded(tmp_path, pyproject="[tool.ruff]\nselect = []\n[tool.twice]\nselect = 1\n")
    assert problems == ["pyproject.toml:4: 'select' is 1"]


def test_settings_that_are_not_utf8_are_told(tmp_path: Path) -> None:
    (tmp_path / "twice.toml").write_bytes(b'ignore = []\nselect = ["\xe9"]\n')
    [problem] = load(tmp_path)[1]
    assert problem.message == "twice.toml:2: not UTF-8"


def test_a_very_deep_file_is_told_and_not_fatal(tmp_path: Path) -> None:
    (tmp_path / "twice.toml").write_text("select = " + "[" * 100_000, "utf-8")
    [problem] = load(tmp_path)[1]
    assert problem.message.startswith("twice.toml:1: not TOML")


def test_a_selector_that_means_no_rule_is_told_with_its_line(tmp_path: Path) -> None:
    found, _ = loaded(tmp_path, twice="select = [\n  'DUP',\n  'DUP1O1',\n]\n[per-path-ignores]\n'x/' = ['payment']\n")
    problems = unknown_selectors(found, [("DUP101", "payment-repeats")])
    assert [problem.message for problem in problems] == [
        "twice.toml:3: 'DUP1O1' is no rule",
        "twice.toml:6: 'payment' is no rule",
    ]
    assert "did you mean 'DUP101'" in problems[0].expected


def test_an_editor_sends_the_same_settings_as_a_mapping() -> None:
    found, problems = settings({"ignore": ["DUP101"], "confidence": "low", "trace": True})
    assert (found.ignore, found.confidence) == (("DUP101",), "low")
    assert [problem.message for problem in problems] == ["settings: 'trace' is no setting"]


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [("error", ["error"]), ("information", ["error", "warning", "information"]), ("never", [])],
)
def test_fail_on_is_the_lowest_severity_that_fails(fail_on: config.FailOn, failing: list[str]) -> None:
    found = Config(fail_on=fail_on)
    assert [severity for severity in config.SEVERITIES if found.fails(severity)] == failing
