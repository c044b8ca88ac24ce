"""All guards of a run: claims and checks that recognise an event seen before, and the tests that may be one.

A call that claims (atomic, named by a library file) is a guard when its answer decides something or it raises on a
conflict; an insert is one when its conflict is caught. A look-up whose *found* branch leaves, or whose *missing* branch does
the work, is a check; it is a guard for certain when the same run also records. Anything that nobody can see into, asked
about the event and deciding a branch, is a possible guard: it excuses, and never accuses.
"""

from __future__ import annotations

from collections.abc import Iterator

from twice.facts import Guard, Key
from twice.noun import Fact
from twice.project.asking import tests_of
from twice.project.checks import checks
from twice.project.claims import claim, refused_insert
from twice.project.maybes import possible_guards
from twice.project.scene import Scene
from twice.text import Place


def guards(scene: Scene) -> Iterator[Fact]:
    """All guards of a run, with their keys."""
    for guard in _guards(scene):
        yield guard
        if isinstance(guard.key, Key):
            yield guard.key


def _guards(scene: Scene) -> Iterator[Guard]:
    tests = tests_of(scene)
    for site, meaning in scene.with_role("guard"):
        guard = claim(scene, site, meaning, tests)
        if guard is not None:
            yield guard
    for site, meaning in scene.with_role("insert", "record"):
        if "guard" not in meaning.spec.nouns and (refused := refused_insert(scene, site, meaning)) is not None:
            yield refused
    told: set[Place] = set()
    for test in tests:  # the outermost test of a call decides
        for check in checks(scene, test):
            if check.place not in told:
                told.add(check.place)
                yield check
    yield from possible_guards(scene)
