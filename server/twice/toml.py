"""TOML as data."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def read_toml(data: bytes) -> dict[str, Any]:
    """What a TOML file holds. Raises ValueError (a mistake, or no UTF-8) and RecursionError."""
    parser = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")  # only when there is a file to read
    found: dict[str, Any] = parser.loads(data.decode("utf-8-sig"))
    return found
