"""All guards of a run: claims and checks that recognise an event seen before, and the tests that may be one.

A call that claims (atomic, named by a library file) is a guard when its answer decides something or it raises on a
conflict. A look-up whose *found* branch leaves, or whose *missing* branch does the work, is a check; it is a guard for
certain when the same run also records. Anything that nobody can see into, asked about the event and deciding a branch,
is a possible guard: it excuses, and never accuses.
"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Fact, Guard, Key
from twice.project.checks import deciding
from twice.project.claims import claim
from twice.project.refusals import expected_error, refused_inserts
from twice.project.scene import Scene


def guards(scene: Scene) -> Iterator[Fact]:
    """All guards of a run, with their keys."""
    for site, meaning in scene.with_role("guard"):
        guard = claim(scene, site, meaning)
        if guard is not None:
            yield from _with_key(guard)
    for site in scene.run.sites:
        if site.kind == "test" and isinstance(site.what, o.If):
            for guard in deciding(scene, site, site.what):
                yield from _with_key(guard)
        elif site.kind == "except" and isinstance(site.what, o.Except) and expected_error(scene, site.what):
            for guard in refused_inserts(scene, site):
                yield from _with_key(guard)


def _with_key(guard: Guard) -> Iterator[Fact]:
    yield guard
    if isinstance(guard.key, Key):
        yield guard.key
