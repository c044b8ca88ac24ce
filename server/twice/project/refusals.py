"""Inserts that refuse a copy: the conflict is caught, and the clause that catches it says `already done`."""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene


def expected_error(scene: Scene, clause: o.Except) -> bool:
    """Does the clause catch only the error that says `already done`?"""
    names = {_last_name(kind) for kind in clause.types}
    return bool(names) and all(_is_conflict(scene, name) for name in names)


def names_conflict(scene: Scene, site: Site) -> bool:
    """Does a clause, or a test in it, ask for the error of a conflict by its code?"""
    what = site.what
    text = ""
    if isinstance(what, o.If):
        text = scene.text(what.test, site.frame)
    elif isinstance(what, o.Except) and what.body:
        text = scene.text(o.Other(what.body[0].start, what.body[-1].end), site.frame)
    return any(re.search(pattern, text) for pattern in scene.names.libraries.settings.get("conflict_codes", ()))


def refused_by(scene: Scene, inserted: Site) -> Site | None:
    """The clause that catches the conflict of an insert and takes it for `already done`."""
    for site in scene.run.sites:
        if site.kind == "except" and inserted.node in site.inside and isinstance(site.what, o.Except):
            if expected_error(scene, site.what) or names_conflict(scene, site):
                return site
    return None


def _is_conflict(scene: Scene, name: str) -> bool:
    return any(re.search(pattern, name) for pattern in scene.names.libraries.settings.get("already_done_errors", ()))


def _last_name(value: o.Value) -> str:
    return value.name if isinstance(value, o.Attribute) else value.id if isinstance(value, o.Name) else ""
