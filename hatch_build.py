"""Writes the rules of this checkout into the wheel, as the one file that loads in a moment."""

from __future__ import annotations

import sys
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

        target = Path(self.directory) / "rules.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        compile_rules(root / "rules", target)
        build_data["force_include"][str(target)] = "twice/rules.json"
