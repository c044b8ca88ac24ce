"""Inserts that refuse a copy: the conflict is caught, and the clause that catches it says `already done`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.facts import Guard, Key
from twice.project.claims import place_of
from twice.project.keys import key_of
from twice.project.lift import Site
from twice.project.scene import Scene, way_to
from twice.truth import UNKNOWN


def expected_error(scene: Scene, clause: o.Except) -> bool:
    """Does the clause catch only the error that says `already done`?"""
    data_of = scene.names.libraries.settings.get("already_done_errors", ())
    names = {_last_name(kind) for kind in clause.types}
    return bool(names) and all(any(re.search(pattern, name) for pattern in data_of) for name in names)


def _last_name(value: o.Value) -> str:
    return value.name if isinstance(value, o.Attribute) else value.id if isinstance(value, o.Name) else ""


def refused_inserts(scene: Scene, clause: Site) -> Iterator[Guard]:
    for site, meaning in scene.with_role("insert", "record"):
        if site.node in clause.inside:
            found = key_of(scene, site, meaning)
            yield Guard(
                place=place_of(site),
                name="insert that refuses a copy",
                step=scene.step(site),
                way=way_to(site.frame),
                key=found if isinstance(found, Key) else None,
                durable=True,
                atomic=True,
                claims=UNKNOWN,
                has_state=UNKNOWN,
                released_on_failure=UNKNOWN,
            )
