"""Where a failure ends quietly. Error answers: ``exits``. How a batch treats a bad record: ``batches``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from twice import outline as o
from twice.facts import Swallow
from twice.project.course import Site, catches_all
from twice.project.dropped import other_swallows
from twice.project.left_marked import stays_marked
from twice.project.outages import is_outage
from twice.project.refusals import expected_error
from twice.project.rest import raises_behind, stands_in_clause
from twice.project.scene import Scene, way_to
from twice.project.things import Outside
from twice.project.traces import leaves_trace
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting, effective

# Roles that keep an event although its handling failed.
_KEEPS = frozenset({"publish", "requeue", "reject", "insert", "overwrite", "record", "retry", "handover"})

# Those of them by which somebody else gets it.
_HANDS_ON = frozenset({"publish", "requeue", "reject", "retry", "handover"})


def swallows(scene: Scene) -> Iterator[Swallow]:
    """The except clauses and suppressing contexts in which a failure can end quietly."""
    for site in scene.run.sites:
        if site.kind == "except" and isinstance(site.what, o.Except) and ends_quietly(scene, site):
            yield _swallow(scene, site, site.what)
    yield from other_swallows(scene)


def ends_quietly(scene: Scene, site: Site) -> bool:
    """Some way through the clause leaves without raising."""
    leaves = _leaves(scene, site, site.then)
    quiet = [other for other in leaves if isinstance(other.what, o.Leave) and other.what.kind != "raise"]
    ends_process = any(
        "ends_process" in meaning.spec.origin for s in scene.run.sites if s.node in site.then for meaning in s.meanings
    )
    goes_on = not site.then_leaves and not raises_behind(site)
    return (bool(quiet) or goes_on) and not ends_process


def _leaves(scene: Scene, site: Site, nodes: set[int]) -> list[Site]:
    """The ways out of the function that the clause stands in, not those of the functions it calls."""
    return [s for s in scene.run.sites if s.kind == "leave" and s.frame is site.frame and s.node in nodes]


def _swallow(scene: Scene, site: Site, clause: o.Except) -> Swallow:
    return Swallow(
        place=clause_place(site, clause),
        name=_clause_text(scene, site, clause),
        step=scene.step(site),
        region=scene.region(site.inside - _caught_before(scene, site)),
        way=way_to(site.frame),
        keeps_event=_keeps_event(scene, site),
        leaves_trace=leaves_trace(scene, site, clause),
        expected=_expected(scene, site, clause),
        catches_outage=Setting(_catches_outage(scene, site, clause)),
        others_follow=Setting(_others_follow(scene, site)),
        **_control(scene, site, clause),
    )


def _others_follow(scene: Scene, site: Site) -> bool:
    """It stands in a round of a loop over something else than events."""
    around = (one for one in scene.run.sites if one.kind == "loop" and site.node in one.inside)
    return any(not one.each_record and isinstance(one.what, o.Loop) and one.what.target is not None for one in around)


def _catches_outage(scene: Scene, site: Site, clause: o.Except) -> bool:
    """Whatever it names, or all that an earlier clause of the same try has left."""
    earlier = [s for s in scene.run.sites if s.kind == "except" and s.inside == site.inside and s.node < site.node]
    kinds = [(kind, s.frame) for s in earlier if isinstance(s.what, o.Except) for kind in s.what.types]
    if any(is_outage(scene.names, kind, frame) for kind, frame in kinds):
        return False
    return catches_all(clause) or any(is_outage(scene.names, kind, site.frame) for kind in clause.types)


def _caught_before(scene: Scene, site: Site) -> set[int]:
    """The calls whose errors an earlier clause of the same try is for: it names an error of their library."""
    libraries: set[str] = set()
    for earlier in scene.run.sites:
        if earlier.kind == "except" and earlier.inside == site.inside and earlier.node < site.node:
            kinds = earlier.what.types if isinstance(earlier.what, o.Except) else ()
            named = [scene.names.resolve(kind, earlier.frame) for kind in kinds]
            libraries |= {thing.name.partition(".")[0] for thing in named if isinstance(thing, Outside)}
    own = {s.node for s in scene.run.sites for m in s.meanings if m.spec.name.partition(".")[0] in libraries}
    return own & site.inside


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


def _expected(scene: Scene, site: Site, clause: o.Except) -> object:
    """A broad clause swallows whatever happens; a narrow one names what its author expects, which we cannot judge."""
    if expected_error(scene, clause):
        return Setting(True)
    if _is_retry_round(scene, site) or _fails_twice(scene, site):
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
            tried = _leaves(scene, site, site.inside)
            if any(isinstance(s.what, o.Leave) and s.what.kind in ("break", "return") for s in tried):
                return True
    return False


def _fails_twice(scene: Scene, site: Site) -> bool:
    """What is tried here only notes a failure that another clause has caught: the event itself was lost, or kept, before."""
    if not stands_in_clause(site):
        return False
    return not any(
        s.node in site.inside and _nouns(s) & _HANDS_ON and _is_given_event(scene, s) for s in scene.run.sites
    )


def _keeps_event(scene: Scene, site: Site) -> object:
    """Is the event stored, dead-lettered, requeued or reported in the clause, or does it come back by itself?"""
    inside = [other for other in scene.run.sites if other.node in site.then]
    if any(_keeps(scene, other) or _reports(scene, other) for other in inside):
        return Setting(True)
    if not scene.run.graph.whole:
        return UNKNOWN
    settled = _is_settled(scene, site)
    if effective(settled) is not True:
        return settled if settled is UNKNOWN else Setting(True)
    # Who raises some errors, or with some setting, has decided about the others.
    raises = any(isinstance(s.what, o.Leave) and s.what.kind == "raise" for s in _leaves(scene, site, site.then))
    unsure = (
        raises
        or stays_marked(scene, site)
        or any(_may_keep(scene, other) for other in inside)
        or _remembers_failure(scene, site)
    )
    return UNKNOWN if unsure or _tells_caller(scene, site) else Setting(False)


def _keeps(scene: Scene, site: Site) -> bool:
    """It stores something or sends it on; or any other effect, when it is given something of the event."""
    nouns = _nouns(site)
    return bool(nouns & _KEEPS) or ("effect" in nouns and _is_given_event(scene, site))


def _nouns(site: Site) -> set[str]:
    return {noun for meaning in site.meanings for noun in meaning.spec.nouns}


def _is_given_event(scene: Scene, site: Site) -> bool:
    given = site.what.arguments if isinstance(site.what, o.Call) else ()
    return any(scene.from_event(one.value, site.frame) for one in given)


def _is_settled(scene: Scene, site: Site) -> object:
    """Does the event count as done behind the clause? Not where each event needs an ack, and none follows."""
    if scene.declared is not None and scene.declared.spec.event == "all" and not scene.declared.frame.event:
        return UNKNOWN  # nothing is lost with an event that carries nothing: the next one asks for the same
    settles = scene.declared.spec.settles if scene.declared is not None else "return"
    acks = [other for other, m in scene.with_role("ack") if not {"requeue", "reject"} & set(m.spec.nouns)]
    if settles == "return":
        return Setting(True)
    if not settles and not acks:
        return UNKNOWN
    if settles == "position":
        # A later ack passes it, unless no later event is taken: then its own position may be where the next start begins.
        return UNKNOWN if _ends_consuming(scene, site) else Setting(True)
    return Setting(any(other.node in scene.run.graph.reach(site.node) for other in acks))


def _ends_consuming(scene: Scene, site: Site) -> bool:
    """Every way through the clause leaves the loop that takes the events."""
    loop = scene.declared.loop if scene.declared is not None else None
    if not isinstance(loop, o.Loop) or site.frame is not scene.run.root or not site.then_leaves:
        return False
    loops = [s for s in site.frame.function.statements if isinstance(s, o.Loop) and s.start <= site.what.start < s.end]
    leaves = [s.what.kind for s in _leaves(scene, site, site.then) if isinstance(s.what, o.Leave)]
    return loops[-1:] == [loop] and bool(leaves) and set(leaves) <= {"break", "return"}


def _may_keep(scene: Scene, site: Site) -> bool:
    """A call nobody can see into, or a value that is put where somebody else may find it."""
    if isinstance(site.what, o.Assign):
        return any(not isinstance(target, o.Name) for target in site.what.targets)
    if site.kind != "call" or not isinstance(site.what, o.Call) or site.meanings:
        return False
    if not scene.unresolved(site.what, site.frame) or _is_told(scene, site):
        return False
    return bool(site.what.arguments) or isinstance(site.what.callee, o.Attribute)


def _is_told(scene: Scene, site: Site) -> bool:
    """Its answer only goes into a log line: ``log.error("offset %s", message.offset())``"""
    calls = [
        s.what for s in scene.run.sites if s.kind == "call" and s.frame is site.frame and isinstance(s.what, o.Call)
    ]
    around = [call for call in calls if call.start <= site.what.start and site.what.end <= call.end]
    return any(call is not site.what and scene.only_tells(call, site.frame) for call in around)


def _tells_caller(scene: Scene, site: Site) -> bool:
    """The clause hands a value back to somebody who may look at it: another function of the run, or whoever asks for results."""
    leaves = [other.what for other in _leaves(scene, site, site.then)]
    answers = [what.value for what in leaves if isinstance(what, o.Leave) and what.kind == "return" and what.value]
    told = any(not isinstance(value, o.Literal) or value.value is not None for value in answers)
    if site.frame is not scene.run.root:
        return told or _returns_value(site.frame.function)
    return told and not _answer_is_ignored(scene)


def _returns_value(function: o.Function) -> bool:
    """Success gives something back, so that its absence can be noticed."""
    return any(isinstance(s, o.Leave) and s.kind == "return" and s.value is not None for s in function.statements)


def _answer_is_ignored(scene: Scene) -> bool:
    declared = scene.declared
    if declared is None:
        return False
    source = declared.spec.subscription.get("ignores_return_value")
    deployed = [effective(getattr(fact, "ignores_return_value", UNKNOWN)) for fact in declared.deployed]
    return source is True or (bool(deployed) and True in deployed)


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


def _control(scene: Scene, site: Site, clause: o.Except) -> dict[str, Any]:
    """Does it also catch the signal by which the framework is told to try again, and which one is it?"""
    control = scene.declared.spec.control if scene.declared is not None else ()
    if not control or not catches_all(clause):
        return {"catches_control": Setting(False), "control": NONE}
    signals = {name.rpartition(".")[2] for name in control}
    tried = [s for s in scene.run.sites if s.kind == "except" and s.inside == site.inside and s.node < site.node]
    for earlier in tried:
        if isinstance(earlier.what, o.Except) and any(_named(kind) in signals for kind in earlier.what.types):
            return {"catches_control": Setting(False), "control": NONE}
    return {"catches_control": Setting(True), "control": Setting(control[0])}


def _named(value: o.Value) -> str:
    return value.name if isinstance(value, o.Attribute) else value.id if isinstance(value, o.Name) else ""
