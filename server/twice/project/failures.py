"""What becomes of a failure: swallows and endless retries. Error answers: ``exits``. How a batch treats a bad record: ``batches``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.facts import Retry, Swallow
from twice.project.course import Site, catches_all
from twice.project.names import Outside
from twice.project.refusals import expected_error
from twice.project.scene import Scene, callee_place, way_to
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting

# Roles that keep an event although its handling failed.
_KEEPS = frozenset({"publish", "requeue", "reject", "insert", "record", "retry"})


def swallows(scene: Scene) -> Iterator[Swallow]:
    """The except clauses and suppressing contexts in which a failure can end quietly."""
    for site in scene.run.sites:
        if site.kind == "except" and isinstance(site.what, o.Except) and ends_quietly(scene, site):
            yield _swallow(scene, site, site.what)
        elif site.kind == "with":
            for meaning in site.meanings:
                if "swallow" in meaning.spec.nouns:
                    yield _suppress(scene, site)


def ends_quietly(scene: Scene, site: Site) -> bool:
    """Some way through the clause leaves without raising."""
    leaves = [other for other in scene.run.sites if other.kind == "leave" and other.node in site.then]
    quiet = [other for other in leaves if isinstance(other.what, o.Leave) and other.what.kind != "raise"]
    ends_process = any(
        "ends_process" in meaning.spec.origin for s in scene.run.sites if s.node in site.then for meaning in s.meanings
    )
    return (bool(quiet) or not site.then_leaves) and not ends_process


def _swallow(scene: Scene, site: Site, clause: o.Except) -> Swallow:
    return Swallow(
        place=clause_place(site, clause),
        name=_clause_text(scene, site, clause),
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        keeps_event=_keeps_event(scene, site),
        expected=_expected(scene, site, clause),
        catches_control=_catches_control(scene, site, clause),
    )


def clause_place(site: Site, clause: o.Except) -> Place:
    """What a clause catches; its keyword when it catches everything."""
    start = clause.types[0].start if clause.types else clause.start
    end = clause.types[-1].end if clause.types else clause.start + len("except")
    return Place(site.frame.path, start, end)


def _clause_text(scene: Scene, site: Site, clause: o.Except) -> str:
    if not clause.types:
        return "except"
    data = scene.names.outlines[site.frame.path].data
    return "except " + ", ".join(data[t.start : t.end].decode("utf-8", "replace") for t in clause.types)


def _suppress(scene: Scene, site: Site) -> Swallow:
    call = site.what
    assert isinstance(call, o.Call)
    broad = any(isinstance(a.value, o.Name) and a.value.id in ("Exception", "BaseException") for a in call.arguments)
    return Swallow(
        place=callee_place(call, site.frame.path),
        name="suppress",
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        keeps_event=Setting(False),
        expected=Setting(False) if broad else UNKNOWN,
        catches_control=Setting(broad),
    )


def _expected(scene: Scene, site: Site, clause: o.Except) -> object:
    """A broad clause swallows whatever happens; a narrow one names what its author expects, which we cannot judge."""
    if expected_error(scene, clause):
        return Setting(True)
    if _is_retry_round(scene, site):
        return UNKNOWN
    if catches_all(clause):
        return Setting(False)
    broad = scene.names.libraries.settings.get("broad_errors", ())
    names = [scene.names.resolve(kind, site.frame) for kind in clause.types]
    return Setting(False) if any(isinstance(n, Outside) and n.name in broad for n in names) else UNKNOWN


def _is_retry_round(scene: Scene, site: Site) -> bool:
    """The try is one round of a loop that tries again, so the failure need not be the last word."""
    for loop in scene.run.sites:
        if loop.kind == "loop" and not loop.each_record and site.node in loop.inside and isinstance(loop.what, o.Loop):
            tried = [s for s in scene.run.sites if s.kind == "leave" and s.node in site.inside]
            if any(isinstance(s.what, o.Leave) and s.what.kind in ("break", "return") for s in tried):
                return True
    return False


def _keeps_event(scene: Scene, site: Site) -> object:
    """Is the event stored, dead-lettered, requeued or reported in the clause?"""
    unsure = False
    for other in scene.run.sites:
        if other.node not in site.then:
            continue
        roles = {noun for meaning in other.meanings for noun in meaning.spec.nouns}
        if roles & _KEEPS or _reports(scene, other):
            return Setting(True)
        if other.kind == "call" and isinstance(other.what, o.Call) and not other.meanings:
            unsure = unsure or _may_keep(scene, other, other.what)
        if other.kind == "assign" and isinstance(other.what, o.Assign):
            unsure = unsure or any(not isinstance(target, o.Name) for target in other.what.targets)
    unsure = unsure or _remembers_failure(scene, site)
    return UNKNOWN if unsure else Setting(False)


def _may_keep(scene: Scene, site: Site, call: o.Call) -> bool:
    """A call nobody can see into that gets something of the event, or of the object the handler belongs to."""
    if not scene.unresolved(call, site.frame):
        return False
    if isinstance(call.callee, o.Attribute) and call.callee.name in ("append", "add", "put", "extend"):
        return True
    values = [argument.value for argument in call.arguments]
    base = getattr(call.callee, "base", None)
    return any(scene.from_event(value, site.frame) for value in (*values, *((base,) if base is not None else ())))


def _reports(scene: Scene, site: Site) -> bool:
    """The record joins a list that the handler hands back as its failures, or the error is answered as such."""
    what = site.what
    if site.kind != "call" or not isinstance(what, o.Call) or not isinstance(what.callee, o.Attribute):
        return False
    if what.callee.name not in ("append", "add", "extend") or not what.arguments:
        return False
    text = scene.names.outlines[site.frame.path].data[what.callee.base.start : what.callee.base.end].decode()
    return bool(re.search(r"(?i)fail|error|retry|dead|reject", text)) or _is_failure_item(
        scene, what.arguments[0].value
    )


def _is_failure_item(scene: Scene, value: o.Value) -> bool:
    names = {
        key.value
        for part in o.walk(value)
        if isinstance(part, o.Mapping)
        for key, _ in part.items
        if isinstance(key, o.Literal)
    }
    wanted = {name for layout in scene.names.libraries.layouts.values() for name in layout.failure_id}
    return bool(names & wanted)


def _remembers_failure(scene: Scene, site: Site) -> bool:
    """A flag or list set in the clause may be looked at later."""
    assigned = {
        target.id
        for other in scene.run.sites
        if other.kind == "assign" and other.node in site.then and isinstance(other.what, o.Assign)
        for target in other.what.targets
        if isinstance(target, o.Name)
    }
    if not assigned:
        return False
    for other in scene.run.sites:
        if other.node in site.then or other.node not in scene.run.graph.reach(site.node):
            continue
        values = (
            o.values_of(other.what)
            if isinstance(other.what, o.If | o.Leave | o.Do | o.Assign)
            else (other.what,)
            if isinstance(other.what, o.Call)
            else ()
        )
        if any(isinstance(part, o.Name) and part.id in assigned for value in values for part in o.walk(value)):
            return True
    return False


def _catches_control(scene: Scene, site: Site, clause: o.Except) -> object:
    """Does it also catch the signal by which the framework is told to try again?"""
    control = scene.declared.spec.control if scene.declared is not None else ()
    if not control or not catches_all(clause):
        return Setting(False)
    tried = [s for s in scene.run.sites if s.kind == "except" and s.inside == site.inside and s.node < site.node]
    for earlier in tried:
        if isinstance(earlier.what, o.Except) and any(_named(kind) in control for kind in earlier.what.types):
            return Setting(False)
    return Setting(True)


def _named(value: o.Value) -> str:
    return value.name if isinstance(value, o.Attribute) else value.id if isinstance(value, o.Name) else ""


# Endless retries written as loops


def retry_loops(scene: Scene) -> Iterator[Retry]:
    """``while True: try: ...; return  except: ...`` around a call that can fail: it tries for ever."""
    for site in scene.run.sites:
        loop = site.what
        if site.kind != "loop" or not isinstance(loop, o.Loop) or site.each_record or loop.target is not None:
            continue
        if not (isinstance(loop.source, o.Literal) and loop.source.value):
            continue
        for clause in scene.run.sites:
            if clause.kind == "except" and clause.node in site.inside and clause.inside <= site.inside:
                if _tries_for_ever(scene, site, clause):
                    yield _retry(scene, site, loop)
                    break


def _tries_for_ever(scene: Scene, loop: Site, clause: Site) -> bool:
    inside = [s for s in scene.run.sites if s.node in loop.inside]
    succeeds = [
        s for s in inside if s.kind == "leave" and isinstance(s.what, o.Leave) and s.what.kind in ("break", "return")
    ]
    if not succeeds or any(s.node in clause.then for s in succeeds) or clause.then_leaves:
        return False
    fallible = [
        s
        for s in inside
        if s.node in clause.inside
        and any({"effect", "wait", "payment", "publish"} & set(m.spec.nouns) for m in s.meanings)
    ]
    counts = [
        s for s in inside if s.kind == "assign" and isinstance(s.what, o.Assign) and s.what.operator in ("+=", "-=")
    ]
    raises = [s for s in inside if s.kind == "leave" and isinstance(s.what, o.Leave) and s.what.kind == "raise"]
    return bool(fallible) and not counts and not raises and isinstance(clause.what, o.Except)


def _retry(scene: Scene, site: Site, loop: o.Loop) -> Retry:
    sleeps = any("pause" in m.spec.kind for s in scene.run.sites if s.node in site.inside for m in s.meanings)
    return Retry(
        place=Place(site.frame.path, loop.start, loop.source.end),
        name="while loop",
        step=scene.step(site),
        region=scene.region(site.inside),
        way=way_to(site.frame),
        attempts=Setting(NONE),
        delay=UNKNOWN if sleeps else Setting(NONE),
        takes_effect=Setting(True),
    )
