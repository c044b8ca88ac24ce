"""Twice reads event handlers and the infrastructure that deploys them. The public names are imported when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twice.engine import check as check
    from twice.finding import Finding as Finding
    from twice.rules.model import Rule as Rule

__version__ = "0.1.0"

_PUBLIC = {"check": "twice.engine", "Finding": "twice.finding", "Rule": "twice.rules.model"}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)
