"""Giving an event back for another try: which calls do, and whether anything counts how often."""

from __future__ import annotations

import re

from twice import outline as o
from twice.project.calls import Meaning, meanings
from twice.project.course import Site, catches_all
from twice.project.raw import is_whole
from twice.project.scene import Scene, given_argument
from twice.project.values import Given, follow
from twice.truth import NONE, UNKNOWN, Setting, effective

_COUNTER = re.compile(
    r"(?i)attempt|retr(y|ies|ied)|redeliver|x-death|deliver\w*.?count|num_?deliver|receive.?count|\btries\b|max_"
)
# Where something travels beside an event.
_BESIDE = frozenset({"headers", "attributes", "properties", "application_properties"})


def gives_back(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """Is this call a requeue here? Some are so only where a failure is handled."""
    return not meaning.spec.on_failure_only or site.kind == "left" or clause_of(scene, site) is not None


def is_sent_back(scene: Scene, site: Site, meaning: Meaning) -> bool:
    """A publish that goes to where the event itself came from, of the event as it is where something asks for that, or where a failure is handled."""
    if not ("publish" in meaning.spec.nouns or meaning.spec.sent_back) or not isinstance(site.what, o.Call):
        return False
    if clause_of(scene, site) is None and not (_is_decided(scene, site) and _as_it_came(scene, site, site.what)):
        return False
    return _to_its_own_queue(scene, meaning) or _to_its_own_topic(scene, meaning)


def _is_decided(scene: Scene, site: Site) -> bool:
    """Does it depend on anything? What is sent to its own queue in any case is not given back, it goes round."""
    tests = (one for one in scene.run.sites if one.kind == "test")
    return any(one.then_leaves or one.otherwise_leaves or site.node in one.then | one.otherwise for one in tests)


def _as_it_came(scene: Scene, site: Site, call: o.Call) -> bool:
    """The event itself is sent, not one that has been put together anew."""
    for one in call.arguments:
        given = follow(scene.names, Given(one.value, site.frame))
        made = isinstance(given.value, o.Call) and bool(meanings(scene.names, given.value, given.frame))
        if not made and is_whole(scene, given.value, given.frame):
            return True
    return False


def _to_its_own_queue(scene: Scene, meaning: Meaning) -> bool:
    read = scene.queues.read_by(scene.declared) if scene.declared is not None else NONE
    target = effective(scene.queues.destination(scene.declared, meaning, True))
    return isinstance(read, tuple) and target in read


def _to_its_own_topic(scene: Scene, meaning: Meaning) -> bool:
    """The destination is read from the event, whatever that is called."""
    given = given_argument(scene, meaning, meaning.spec.sent_back) if meaning.spec.sent_back else None
    if given is None:
        return False
    ways = scene.evaluator.tracer.ways(given.value, given.frame)
    return bool(ways) and all(
        len(way) == 1 and all(s.origin == "event" and s.path[-1:] in (("topic",), ("topic()",)) for s in way)
        for way in ways
    )


def counts_attempts(scene: Scene, site: Site) -> object:
    """True when a counter is read and compared on the way, UNKNOWN when somebody else may do so or only some errors come here."""
    for test in scene.run.sites:
        if test.kind != "test" or not isinstance(test.what, o.If) or site.node not in scene.run.graph.reach(test.node):
            continue
        if _COUNTER.search(_text(scene, test, test.what.test)):
            return Setting(True)
        if any(isinstance(p, o.Call) and scene.unresolved(p, test.frame) for p in o.walk(test.what.test)):
            return UNKNOWN
    assert isinstance(site.what, o.Call)
    if _COUNTER.search(_text(scene, site, site.what).partition("(")[2]):
        return UNKNOWN
    if any(one.name in _BESIDE and _is_marked(one.value) for one in site.what.arguments):
        return UNKNOWN
    clause = clause_of(scene, site)
    narrow = clause is not None and isinstance(clause.what, o.Except) and not catches_all(clause.what)
    return UNKNOWN if narrow else Setting(False)


def _is_marked(value: o.Value) -> bool:
    """Something of our own travels beside the event, by which it can be told from one that comes for the first time."""
    return any(isinstance(part, o.Literal) for part in o.walk(value))


def clause_of(scene: Scene, site: Site) -> Site | None:
    """The innermost except clause a step stands in."""
    around = [s for s in scene.run.sites if s.kind == "except" and site.node in s.then]
    return min(around, key=lambda clause: len(clause.then), default=None)


def _text(scene: Scene, site: Site, value: o.Value) -> str:
    return scene.names.outlines[site.frame.path].data[value.start : value.end].decode("utf-8", "replace")
