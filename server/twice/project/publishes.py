"""When a publish happens: at once, after the commit, or as the work of a relay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from twice import outline as o
from twice.noun import Traced
from twice.project.course import Site
from twice.project.edited import edits_event
from twice.project.late import binds_last_value
from twice.project.own_ids import renewed_id
from twice.project.relays import by_position, relays
from twice.project.scene import Scene
from twice.project.things import Frame
from twice.project.traces import carries_cause
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Setting

# What may wait until everything has been sent.
_WAITING = re.compile(r"(?i)(flush|wait|drain|join|result|sync|close)\w*$")


def publish_fields(scene: Scene, site: Site, sources: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """``deferred``, ``relays``, ``flushed`` and others of one publish, beside the ``fields`` that its library file has ``sources`` for."""
    found: dict[str, Any] = {
        "relays": Setting(relays(scene, site)),
        "by_position": by_position(scene, site),
        "flushed": _flushed(scene, site) if sources.get("outcome_comes_later") else UNKNOWN,
    }
    found["binds_last_value"] = binds_last_value(scene, site)
    found["carries_cause"] = carries_cause(scene, site)
    found["edits_event"] = edits_event(scene, site)
    found["id_from_arguments"] = _id_from_arguments(scene, site, fields.get("job_id"))
    found["renewed_id"] = renewed_id(scene, site, fields.get("deduplicated_by", NONE))
    found["one_lane_meant"] = Setting(_one_lane(scene, fields.get("ordered_by")), default=True)
    if site.deferred:
        found["deferred"] = "later" in site.deferred
    elif "deferred" not in sources and _is_deferred_otherwise(scene, site):
        found["deferred"] = UNKNOWN
    return found


def _flushed(scene: Scene, site: Site) -> object:
    """UNKNOWN where a call nobody sees into may do it, by its name."""
    behind = scene.run.graph.reach(site.node)
    if any(other.node in behind for other, _ in scene.with_role("flush")):
        return Setting(True)
    calls = [s for s in scene.run.sites if s.node in behind and s.kind == "call" and isinstance(s.what, o.Call)]
    if not scene.run.graph.whole or any(_WAITING.search(_callee(scene, one)) for one in calls):
        return UNKNOWN
    return Setting(False)


def _id_from_arguments(scene: Scene, site: Site, job_id: object) -> object:
    """A text in which parts of the other arguments stand: equal for two publishes of the same."""
    if not isinstance(job_id, Traced) or not isinstance(site.what, o.Call):
        return UNKNOWN
    own = next((one.value for one in site.what.arguments if one.value.start == job_id.place.start), None)
    made = follow(scene.names, Given(own, site.frame)) if own is not None else None
    if made is None or not isinstance(made.value, o.Joined):
        return UNKNOWN
    others = {
        _plain(scene, part, site.frame)
        for one in site.what.arguments
        if one.value is not own
        for part in o.walk(one.value)
        if not isinstance(part, o.Literal)
    }
    parts = [part for part in made.value.parts if not isinstance(part, o.Literal)]
    return Setting(True) if parts and all(_plain(scene, part, made.frame) in others for part in parts) else UNKNOWN


def _plain(scene: Scene, value: o.Value, frame: Frame) -> str:
    """Its text: inside a text people take the other quotes."""
    return scene.text(value, frame).replace("'", '"')


def _one_lane(scene: Scene, key: object) -> bool:
    """A constant key that says why it is constant."""
    meant = scene.names.libraries.settings.get("one_lane_keys", r"(?!)")
    return isinstance(key, Traced) and re.search(meant, key.text) is not None


def _is_deferred_otherwise(scene: Scene, site: Site) -> bool:
    """Another branch makes the same call after the commit: its author knows when not to wait for one."""
    own = _callee(scene, site)
    later = [other for other in scene.run.sites if "later" in other.deferred and _callee(scene, other) == own]
    if not later or not own:
        return False
    statements = [s for s in site.frame.function.statements if isinstance(s, o.If)]
    for statement in statements:
        for one, other in ((statement.then, statement.otherwise), (statement.otherwise, statement.then)):
            if _holds(one, site.what) and any(_holds(other, found.what) for found in later):
                return True
    return False


def _callee(scene: Scene, site: Site) -> str:
    return scene.text(site.what.callee, site.frame) if isinstance(site.what, o.Call) else ""


def _holds(block: o.Block, what: o.Node) -> bool:
    return bool(block) and block[0].start <= what.start and what.end <= block[-1].end
