"""What users set in their editors: every shape it is sent in, and which setting wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsp_editor import PUSH, Failure, codes, in_process
from lsp_shop import shop
from twice.config import Config
from twice.lsp.settings import DEBOUNCE, Settings, laid_over, settings

CONFIGURES = {**PUSH, "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}


@pytest.mark.parametrize(
    "sent",
    [
        {"select": ["DUP"], "perPathIgnores": {"old/": ["DUP101"]}},
        {"twice": {"select": ["DUP"], "per_path_ignores": {"old/": ["DUP101"]}}},
        {"settings": {"twice": {"select": ["DUP"], "per-path-ignores": {"old/": ["DUP101"]}}}},
    ],
)
def test_every_shape_that_editors_send_is_understood(sent: object) -> None:
    assert settings(sent).project == {"select": ["DUP"], "per-path-ignores": {"old/": ["DUP101"]}}


@pytest.mark.parametrize("sent", [None, [], "x", 3, {"twice": None}, {"select": None, "ignore": [], "trace": {"a": 1}}])
def test_what_says_nothing_sets_nothing(sent: object) -> None:
    assert settings(sent) == Settings()


@pytest.mark.parametrize(
    ("sent", "seconds"), [(0, 0.0), (300, 0.3), (-5, 0.0), (10**9, 10.0), ("5", DEBOUNCE), (True, DEBOUNCE)]
)
def test_the_debounce_is_given_in_milliseconds_and_kept_in_bounds(sent: object, seconds: float) -> None:
    assert settings({"debounce": sent}).debounce == seconds


def test_the_users_settings_replace_those_of_the_project_key_by_key() -> None:
    project = Config(select=("DUP",), ignore=("DUP101",), confidence="high")
    config, problems = laid_over(settings({"ignore": ["DUP201"], "confidence": "low"}), project)
    assert (config.select, config.ignore, config.confidence) == (("DUP",), ("DUP201",), "low")
    assert problems == ()


def test_a_setting_of_the_wrong_kind_is_told_and_the_project_holds() -> None:
    config, problems = laid_over(settings({"confidence": "lots"}), Config(confidence="high"))
    assert config.confidence == "high"
    assert "'confidence' is 'lots'" in problems[0].message


@pytest.mark.asyncio
async def test_the_settings_of_each_folder_are_asked_for(tmp_path: Path) -> None:
    one, other = shop(tmp_path / "one"), shop(tmp_path / "other")
    chosen = {one.as_uri(): {"select": ["TST1"]}, other.as_uri(): {"select": ["TST3"]}}
    async with in_process() as editor:
        editor.answers["workspace/configuration"] = lambda params: answers(params, chosen)
        await editor.greet(one, other, capabilities=CONFIGURES)
        assert codes(await editor.diagnostics(editor.open(one / "charge.py"), 1)) == ["TST101"]
        assert codes(await editor.diagnostics(editor.open(other / "charge.py"), 1)) == ["TST301"]


@pytest.mark.asyncio
async def test_a_changed_setting_is_asked_for_and_holds_at_once(tmp_path: Path) -> None:
    root = shop(tmp_path)
    chosen: dict[str, Any] = {}
    async with in_process() as editor:
        editor.answers["workspace/configuration"] = lambda params: answers(params, chosen)
        await editor.greet(root, capabilities=CONFIGURES)
        registered = await editor.wait("client/registerCapability")
        assert [one["method"] for one in registered["registrations"]] == ["workspace/didChangeConfiguration"]
        uri = editor.open(root / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST301", "TST101"]
        since = len(editor.heard)
        chosen[root.as_uri()] = {"ignore": ["TST3"]}
        editor.tell("workspace/didChangeConfiguration", {"settings": None})
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST101"]


@pytest.mark.asyncio
async def test_settings_that_are_sent_along_hold_where_none_are_asked_for(tmp_path: Path) -> None:
    root = shop(tmp_path)
    async with in_process() as editor:
        await editor.greet(root, options={"debounce": 0, "ignore": ["TST1"]})
        uri = editor.open(root / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST301"]
        since = len(editor.heard)
        editor.tell("workspace/didChangeConfiguration", {"settings": {"twice": {"ignore": ["TST3"]}}})
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST101"]


@pytest.mark.asyncio
async def test_an_editor_that_refuses_to_tell_is_served_with_the_other_settings(tmp_path: Path) -> None:
    def refuse(params: object) -> object:
        raise Failure({"code": -32601, "message": "no such method"})

    async with in_process() as editor:
        editor.answers["workspace/configuration"] = refuse
        await editor.greet(shop(tmp_path), capabilities=CONFIGURES)
        assert codes(await editor.diagnostics(editor.open(tmp_path / "charge.py"), 1)) == ["TST301", "TST101"]
        assert (
            "no such method" in (await editor.wait("window/logMessage", lambda params: params["type"] == 2))["message"]
        )


@pytest.mark.asyncio
async def test_the_users_own_file_counts_where_a_project_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    own = tmp_path / "home" / "twice" / "twice.toml"
    own.parent.mkdir(parents=True)
    own.write_text('select = ["TST1"]\nconfidence = "lots"\n')
    with_none, with_some = shop(tmp_path / "none"), shop(tmp_path / "some")
    (with_none / "twice.toml").unlink()
    async with in_process() as editor:
        await editor.greet(with_none, with_some)
        uri = editor.open(with_none / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST101"]
        assert codes(await editor.diagnostics(editor.open(with_some / "charge.py"), 1)) == ["TST301", "TST101"]
        told = await editor.wait("window/logMessage", lambda params: "confidence" in params["message"])
        assert told["type"] == 2
        own.write_text('select = ["TST3"]\n')
        editor.open(own, language="toml")
        since = len(editor.heard)
        editor.save(own.as_uri())
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST301"]


@pytest.mark.asyncio
async def test_a_wrong_setting_is_told_in_the_log(tmp_path: Path) -> None:
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), options={"confidence": "lots"})
        told = await editor.wait("window/logMessage", lambda params: "confidence" in params["message"])
        assert told["type"] == 2


def answers(params: Any, chosen: dict[str, Any]) -> list[Any]:
    assert {item["section"] for item in params["items"]} == {"twice"}
    return [chosen.get(item.get("scopeUri")) for item in params["items"]]
