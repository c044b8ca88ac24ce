"""The extension for VS Code and the page about editors agree with the server: nothing here starts an editor."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from twice import __version__
from twice.config import KEYS
from twice.engine import check
from twice.lsp.server import COMMANDS
from twice.rules.book import book_of

ROOT = Path(__file__).parents[1]
MANIFEST: dict[str, Any] = json.loads((ROOT / "client-vscode" / "package.json").read_text())
SETTINGS: dict[str, Any] = MANIFEST["contributes"]["configuration"]["properties"]
# What the extension itself acts on, and what makes sense for an exit code only.
OWN = {"enable", "path", "args", "fromEnvironment", "installServer", "trace.server"}
OF_THE_COMMAND_LINE = {"fail-on"}
OF_EDITORS = {"debounce", "inlay-hints"}


def test_the_extension_offers_the_settings_of_the_server_and_no_others() -> None:
    offered = {name.removeprefix("twice.") for name in SETTINGS} - OWN
    known = set(KEYS)
    assert {_hyphenated(name) for name in offered} == known - OF_THE_COMMAND_LINE | OF_EDITORS


def test_a_setting_of_the_project_decides_where_the_editor_sets_nothing() -> None:
    own = {f"twice.{name}" for name in (*OWN, "debounce", "inlayHints")}
    passed_on = {name: one for name, one in SETTINGS.items() if name not in own}
    assert {name: one["default"] for name, one in passed_on.items()} == dict.fromkeys(passed_on)


def test_an_untrusted_workspace_cannot_choose_the_program_that_is_started() -> None:
    restricted = MANIFEST["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert set(restricted) == {"twice.path", "twice.args", "twice.fromEnvironment"}
    assert {SETTINGS[name]["scope"] for name in restricted} == {"machine-overridable"}


def test_only_the_user_decides_whether_something_is_installed() -> None:
    assert SETTINGS["twice.installServer"]["scope"] == "machine"


def test_the_walkthrough_shows_pages_that_are_there_and_commands_that_exist() -> None:
    contributed = {one["command"] for one in MANIFEST["contributes"]["commands"]}
    for step in MANIFEST["contributes"]["walkthroughs"][0]["steps"]:
        assert (ROOT / "client-vscode" / step["media"]["markdown"]).is_file()
        assert set(re.findall(r"command:(twice\.\w+)", step["description"])) <= contributed


def test_the_demo_of_the_extension_has_a_finding() -> None:
    demo = (ROOT / "client-vscode" / "media" / "demo.py").read_bytes()
    assert "DUP101" in {one.code for one in check({"demo.py": demo}, book_of(ROOT)).findings}


def test_the_server_of_this_checkout_is_new_enough_for_the_extension() -> None:
    assert _numbers(MANIFEST["minimumServer"]) <= _numbers(__version__)


def test_the_command_behind_a_rules_page_is_one_of_the_server() -> None:
    asked = re.findall(r'executeCommand\("(twice\.\w+)"', (ROOT / "client-vscode" / "src" / "pages.ts").read_text())
    assert asked
    assert set(asked) <= set(COMMANDS)


def test_the_lock_file_of_the_extension_does_not_say_where_packages_come_from() -> None:
    locked: dict[str, Any] = json.loads((ROOT / "client-vscode" / "package-lock.json").read_text())
    assert [name for name, one in locked["packages"].items() if "resolved" in one] == []


def test_every_configuration_that_is_driven_stands_on_the_page() -> None:
    driven = re.findall(r"^<!-- driven: ([\w.-]+) -->$", (ROOT / "docs" / "EDITORS.md").read_text(), re.MULTILINE)
    drivers = (ROOT / "tests" / "editors" / "editors.py").read_text()
    assert driven
    assert [name for name in driven if f'"{name}"' not in drivers] == []


def _hyphenated(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"-\1", name).lower()


def _numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]
