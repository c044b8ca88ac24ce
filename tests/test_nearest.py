"""Settings hold below the directory they stand in: those nearest to a file count, and nothing of the others is mixed in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lsp_editor import Editor, codes, in_process
from lsp_shop import CODE, shop
from test_check import IDLE, WORKER
from twice.__main__ import main
from twice.config import Config, load
from twice.files import belongs, read_workspace, reread

TABLE = "[project]\nname = 'b'\n[tool.twice]\n"


def written(root: Path, **files: str) -> Path:
    """Files by path, ``a__worker`` for ``a/worker.py`` and ``a__twice`` for ``a/twice.toml``."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path = path.with_suffix(".toml" if path.name in ("twice", "pyproject") else ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def read(root: Path) -> Config:
    return read_workspace(root, load(root)[0]).config


def test_the_nearest_settings_count_and_are_not_mixed(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        twice="ignore = ['LOD']\nconfidence = 'low'\n",
        a__twice="select = ['DUP']\n",
        a__deep__pyproject=f"{TABLE}ignore = ['IDM']\n",
        b__pyproject="[project]\nname = 'b'\n",
    )
    found = read(root)
    assert found.at("x.py") is found.at("b/x.py") is found
    assert (found.at("a/x.py").select, found.at("a/x.py").ignore, found.at("a/x.py").confidence) == (
        ("DUP",),
        (),
        "medium",
    )
    assert found.at("a/deep/x.py").ignore == ("IDM",)
    assert found.at("a/deeper/x.py").select == ("DUP",)
    assert found.at("another/x.py") is found


def test_patterns_hold_where_they_are_written(tmp_path: Path) -> None:
    root = written(
        tmp_path,
        twice="exclude = ['/old.py', 'made/']\n[per-path-ignores]\n'/run.py' = ['LOD']\n",
        a__twice="exclude = ['/old.py', '*_pb2.py']\n[per-path-ignores]\n'/run.py' = ['DUP']\n",
        **dict.fromkeys(("run", "old", "a__run", "a__old", "a__b_pb2", "a__made__x", "c_pb2", "made__x"), "x = 1\n"),
    )
    found = read_workspace(root, load(root)[0])
    python = {path for path in found.files if path.endswith(".py")}
    assert python == {"run.py", "a/run.py", "a/made/x.py", "c_pb2.py"}
    assert found.config.silent_in("run.py") == ("LOD",)
    assert found.config.at("a/run.py").silent_in("a/run.py") == ("DUP",)
    everything = [path.relative_to(root).as_posix() for path in root.rglob("*.py")]
    assert {path for path in everything if belongs(root, found.config, path)} == python
    assert {path for path, data in reread(root, found.config, everything).items() if data} == python


def test_a_finding_is_told_as_the_settings_nearest_to_it_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(
        tmp_path,
        twice="",
        a__twice="ignore = ['DUP101']\n",
        b__twice="fail-on = 'never'\n",
        b__worker=WORKER,
        a__worker=WORKER.replace("amount=cents)", "amount=cents)  # twice: allow DUP101 because it is a test account"),
    )
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {(one["path"], one["code"]) for one in answer["findings"]} == {("b/worker.py", "DUP101")}
    (tmp_path / "worker.py").write_text(WORKER)
    assert main(["check", "--format", "json"]) == 1
    capsys.readouterr()
    assert main(["check", "--format", "json", "--select", "IDM"]) == 0


def test_a_silence_of_a_rule_that_does_not_speak_here_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, twice="", a__twice="ignore = ['IDM']\n", a__idle=IDLE, b__idle=IDLE)
    monkeypatch.chdir(tmp_path)
    main(["check", "--format", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert [(one["path"], one["code"]) for one in answer["findings"]] == [("b/idle.py", "TWC002")]


def test_a_slip_is_told_with_the_file_it_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, twice="", a__twice="\nselect = ['NOPE']\nconfidence = 3\n")
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    told = capsys.readouterr().err
    assert "a/twice.toml:2: 'NOPE' is no rule" in told
    assert "a/twice.toml:3: 'confidence' is 3" in told


@pytest.mark.asyncio
async def test_the_editor_shows_what_the_settings_nearest_to_a_file_say(tmp_path: Path) -> None:
    root = service(shop(tmp_path))
    own = root / "service" / "twice.toml"
    async with in_process() as editor:
        await editor.greet(root)
        assert await shown(editor, root) == (["TST301", "TST101"], ["TST101"])
        since = len(editor.heard)
        own.write_text("select = ['TST3']\n")
        editor.touched(own)
        assert await shown(editor, root, since) == (["TST301", "TST101"], ["TST301"])
        since = len(editor.heard)
        own.unlink()
        editor.touched(own, kind=3)
        assert await shown(editor, root, since) == (["TST301", "TST101"], ["TST301", "TST101"])


@pytest.mark.asyncio
async def test_a_wrong_setting_is_a_diagnostic_on_its_line_in_any_directory(tmp_path: Path) -> None:
    root = service(shop(tmp_path))
    (root / "service" / "twice.toml").write_text("select = ['TST1']\n\nconfidence = 'lots'\n")
    async with in_process() as editor:
        await editor.greet(root)
        uri = (root / "service" / "twice.toml").as_uri()
        (wrong,) = await editor.diagnostics(uri)
        assert (wrong["range"]["start"]["line"], wrong["message"].splitlines()[0]) == (2, "'confidence' is 'lots'")
        editor.open(root / "service" / "twice.toml", "select = ['TST9']\n", "toml")
        (typed,) = await editor.diagnostics(uri, 1)
        assert "'TST9' is no rule" in typed["message"]


@pytest.mark.asyncio
async def test_the_users_settings_replace_those_of_every_directory(tmp_path: Path) -> None:
    root = service(shop(tmp_path))
    async with in_process() as editor:
        await editor.greet(root, options={"debounce": 0, "select": ["TST3"]})
        assert await shown(editor, root) == (["TST301"], ["TST301"])


@pytest.mark.asyncio
async def test_a_folder_that_is_a_part_of_a_project_is_checked_with_the_projects_settings(tmp_path: Path) -> None:
    part = shop(tmp_path / "part")
    (part / "twice.toml").rename(tmp_path / "twice.toml")
    settings = "select = ['TST']\nexclude = ['/part/legacy/']\n[per-path-ignores]\n'/part/charge.py' = ['TST3']\n"
    (tmp_path / "twice.toml").write_text(settings)
    (part / "legacy").mkdir()
    (part / "legacy" / "charge.py").write_text(CODE)
    async with in_process() as editor:
        await editor.greet(part)
        uri = editor.open(part / "charge.py")
        assert codes(await editor.diagnostics(uri, 1)) == ["TST101"]
        assert not any("legacy" in str(one["params"]) for one in editor.heard if "Diagnostics" in one["method"])
        editor.open(tmp_path / "twice.toml", language="toml")
        (tmp_path / "twice.toml").write_text("select = ['TST3']\n")
        since = len(editor.heard)
        editor.save((tmp_path / "twice.toml").as_uri())
        assert codes(await editor.diagnostics(uri, 1, since)) == ["TST301"]


def service(root: Path) -> Path:
    """The shop with a second one in it, which has settings of its own."""
    for name in ("charge.py", "template.yaml"):
        (root / "service").mkdir(exist_ok=True)
        (root / "service" / name).write_bytes((root / name).read_bytes())
    (root / "service" / "twice.toml").write_text("select = ['TST1']\n")
    return root


async def shown(editor: Editor, root: Path, since: int = 0) -> tuple[list[str], list[str]]:
    """The codes in the handler's file of the shop, and in that of the second one, which is waited for."""
    inner = codes(await editor.diagnostics((root / "service" / "charge.py").as_uri(), since=since))
    return codes(await editor.diagnostics((root / "charge.py").as_uri())), inner
