"""The server with what real editors say of themselves: recorded greetings of Neovim, Emacs and VS Code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsp_editor import PUSH, codes, in_process
from lsp_shop import shop

RECORDED = sorted((Path(pytest_lsp.__file__).parent / "clients").glob("*.json"))
ENCODINGS = {"emacs_v29.1": "utf-32", "neovim_v0.11.0": "utf-8"}


@pytest.mark.asyncio
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda file: file.stem)
async def test_an_editor_is_greeted_shown_and_offered_what_it_can_take(tmp_path: Path, recorded: Path) -> None:
    root = shop(tmp_path)
    greeting: dict[str, Any] = json.loads(recorded.read_text())
    async with in_process() as editor:
        editor.answers["workspace/configuration"] = lambda params: [{"debounce": 0} for _ in params["items"]]
        capabilities = await editor.greet(root, capabilities=greeting["capabilities"])
        assert capabilities["positionEncoding"] == ENCODINGS.get(recorded.stem, "utf-16")
        uri = editor.open(root / "charge.py")
        found = await editor.diagnostics(uri, 1)
        assert codes(found) == ["TST301", "TST101"]
        assert {"range", "message", "severity", "code", "source"} <= set(found[1])
        place = {"textDocument": {"uri": uri}, "position": found[1]["range"]["start"]}
        assert "TST101" in (await editor.ask("textDocument/hover", place))["contents"]["value"]
        params = {"textDocument": {"uri": uri}, "range": found[1]["range"], "context": {"diagnostics": found[1:]}}
        actions = await editor.ask("textDocument/codeAction", params)
        assert actions[0]["diagnostics"] == found[1:]


@pytest.mark.asyncio
async def test_an_editor_that_takes_only_commands_is_offered_no_actions(tmp_path: Path) -> None:
    capabilities = {"textDocument": {"publishDiagnostics": PUSH["textDocument"]["publishDiagnostics"]}}
    async with in_process() as editor:
        await editor.greet(shop(tmp_path), capabilities=capabilities)
        uri = editor.open(tmp_path / "charge.py")
        (_, payment) = await editor.diagnostics(uri, 1)
        params = {"textDocument": {"uri": uri}, "range": payment["range"], "context": {"diagnostics": []}}
        assert await editor.ask("textDocument/codeAction", params) == []
