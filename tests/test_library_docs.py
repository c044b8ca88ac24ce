"""Whatever a library file may hold is explained to who writes one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from twice.libraries import ROLES, CallSpec, HandlerSpec, Layout
from twice.rules.book import open_book

README = (Path(__file__).parent.parent / "rules" / "libraries" / "README.md").read_text("utf-8")
# What the reader makes of other keys.
_OWN = {"nouns", "fields", "library", "name"}


@pytest.mark.parametrize("kind", [CallSpec, HandlerSpec, Layout], ids=lambda kind: kind.__name__)
def test_every_key_is_explained(kind: type[CallSpec] | type[HandlerSpec] | type[Layout]) -> None:
    keys = set(kind.__struct_fields__) - _OWN
    assert {key for key in keys if not re.search(rf"\b{key}\b", README)} == set()


def test_every_role_is_explained() -> None:
    assert {role for role in ROLES if f"`{role}`" not in README} == set()


def test_no_common_method_makes_every_function_worth_reading() -> None:
    """Functions in which a trigger is called are followed: `get` once doubled the time of a check. Give its loop ``marks``."""
    libraries = open_book([Path(__file__).parent.parent / "rules"]).libraries
    common = {
        "get",
        "set",
        "pop",
        "append",
        "update",
        "add",
        "run",
        "join",
        "close",
        "read",
        "write",
        "items",
        "call",
        "save",
    }
    assert libraries.triggers() & common == set()
