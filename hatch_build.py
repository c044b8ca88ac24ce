"""Writes the rules of this checkout into the wheel, as two files that load in a moment: rules, and their examples."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledRules(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":  # a checkout reads its own rules folder
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "server"))
        from twice.rules.load import compile_rules

        self.made = tempfile.TemporaryDirectory()
        target = Path(self.made.name) / "rules.json"
        compile_rules(root / "rules", target)
        for file in (target, target.with_name("examples.json")):
            build_data["force_include"][str(file)] = f"twice/{file.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self.made.cleanup()
