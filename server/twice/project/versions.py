"""Which versions of libraries a project is pinned to: lock files and exact pins, read as text."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BLOCK = re.compile(r'\[\[package\]\]\s*\nname\s*=\s*"([^"]+)"\s*\nversion\s*=\s*"([^"]+)"')
_PIN = re.compile(r"^\s*([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?\s*==\s*(\d[\w.]*)", re.MULTILINE)
_PIPFILE = re.compile(r'"([\w.-]+)":\s*\{[^{}]*"version":\s*"==(\d[\w.]*)"')


def versions(files: Mapping[str, bytes]) -> dict[str, tuple[int, ...]]:
    """The pinned version of each package; a package pinned to two versions is left out, because nobody can tell."""
    found: dict[str, set[tuple[int, ...]]] = {}
    for path, data in files.items():
        name = path.rpartition("/")[2]
        text = data.decode("utf-8", "replace")
        if name in ("uv.lock", "poetry.lock", "pdm.lock"):
            pairs = _BLOCK.findall(text)
        elif name == "Pipfile.lock":
            pairs = _PIPFILE.findall(text)
        elif name.startswith("requirements") and name.endswith(".txt"):
            pairs = _PIN.findall(text)
        else:
            continue
        for package, version in pairs:
            found.setdefault(package.lower().replace("_", "-"), set()).add(_numbers(version))
    return {package: several.copy().pop() for package, several in found.items() if len(several) == 1}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
