"""Rows that their session writes back: what is set on one of them, and then committed, is an update."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from twice import outline as o
from twice.facts import Effect, Increment, Overwrite
from twice.project.calls import Meaning
from twice.project.counters import counts
from twice.project.course import Site
from twice.project.event_times import time_in
from twice.project.overwrites import state_fields
from twice.project.row_changes import found_by, look_up, value_set
from twice.project.row_kinds import kind_looked_up, named_in
from twice.project.scene import Scene, way_to
from twice.project.set_attributes import Change, changes_in, texts
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting


class Changed(Struct, frozen=True, eq=False):
    """What a run sets on one row between two commits: where it begins, the look-up of the row, and the changes."""

    site: Site
    row: o.Name
    found: Meaning
    changes: list[Change]


def tracked_changes(scene: Scene) -> Iterator[Changed]:
    """In the order of the run; a commit ends what is set before it."""
    if not any(True for _ in scene.with_role("tracked")):
        return
    open_: dict[int, Changed] = {}
    for site in scene.run.sites:
        if site.kind == "call" and any("commit" in one.spec.nouns for one in site.meanings):
            yield from open_.values()
            open_ = {}
        row = _row_of(site)
        found = look_up(scene.names, row, site.frame) if row is not None else None
        if row is None or found is None or "tracked" not in found[0].spec.nouns:
            continue
        assert isinstance(site.what, o.Assign)
        known = open_.setdefault(id(found[1].value), Changed(site, row, found[0], []))
        known.changes.extend(changes_in(site.what, row.id))
    yield from open_.values()


def tracked_updates(scene: Scene) -> Iterator[Effect]:
    """One update for each row between two commits, at the first attribute that is set; one that is added to depends on what stood there."""
    for one in tracked_changes(scene):
        frame, tracer = one.site.frame, scene.evaluator.tracer
        written = " ".join(texts(one.changes, scene.names.outlines[frame.path].data))
        adds = any(change.adds for change in one.changes)
        # A row that is read has been written before.
        told = {**state_fields(scene, one.site, written), "row_of_its_own": Setting(False)}
        told["kind_of_row"] = Setting(named_in(kind_looked_up(scene, one.row, frame)))
        noun, more = (Increment, {}) if adds else (Overwrite, told)
        yield noun(
            place=_place(one.site),
            name="the update",
            step=scene.step(one.site),
            region=None,
            way=way_to(frame),
            row=found_by(tracer, one.row, frame) or UNKNOWN,
            value=value_set(tracer, one.changes, frame),
            repeatable=Setting(not adds),
            condition=NONE,
            key=NONE,
            external=Setting(False),
            best_effort=Setting(adds and all(counts(scene, change.name) for change in one.changes if change.adds)),
            can_fail=Setting(False),  # the commit can
            failure_in_answer=Setting(False),
            partial_failure=NONE,
            of_other_cluster=Setting(False),
            check=NONE,
            event_time=time_in(scene, [(change.name, change.value) for change in one.changes], frame),
            **more,
        )


def _row_of(site: Site) -> o.Name | None:
    """The name behind which an attribute is set here."""
    if site.kind != "assign" or not isinstance(site.what, o.Assign):
        return None
    bases = [target.base for target in site.what.targets if isinstance(target, o.Attribute)]
    return next((base for base in bases if isinstance(base, o.Name)), None)


def _place(site: Site) -> Place:
    """The attribute that is set."""
    assert isinstance(site.what, o.Assign)
    target = next(one for one in site.what.targets if isinstance(one, o.Attribute))
    return Place(site.frame.path, target.name_start, target.end)
