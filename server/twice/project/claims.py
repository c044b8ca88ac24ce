"""Claims: steps that record an event and tell whether it was there before, and what becomes of them when the work fails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from twice import outline as o
from twice.facts import Guard, Key, vocabulary
from twice.flow import Region, Step, precedes
from twice.project.asking import Question, Test, questions
from twice.project.calls import Meaning
from twice.project.constants import literal_text
from twice.project.copies import Branch, branch_of, decided_at, of_answer, of_clause, of_conflict, settles
from twice.project.course import Site
from twice.project.given import argument, item, names_argument
from twice.project.keys import key_of
from twice.project.refusals import refused_by
from twice.project.retold import retold
from twice.project.scene import Scene, callee_place, callee_text, way_to
from twice.project.stores import same_record
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import NONE, UNKNOWN, YES, Setting, Truth, effective

_AROUND = ("decorated", "with")

# Names in a condition that stand for values: ``version = :seen``
_NAMES = re.compile(r":\w+")


def claim(scene: Scene, site: Site, meaning: Meaning, tests: Sequence[Test]) -> Guard | None:
    """The claim that a call is, None when nobody looks at its answer."""
    answer = _answer(site, meaning, tests)
    if answer is None and not (meaning.spec.raises or site.kind in _AROUND or is_tested(scene, site)):
        return None
    if given_back(scene, site, meaning):
        return None
    certain = Truth.UNKNOWN if meaning.spec.kind == "possible" or _keeps_writers_apart(scene, meaning) else YES
    if answer is None:
        return _guard(scene, site, meaning, of_conflict(scene, site), certain=certain)
    test, agrees = answer
    decided = decided_at(scene, test, not agrees)
    return _guard(scene, site, meaning, branch_of(scene, test, not agrees), certain=certain, decided=decided)


def _keeps_writers_apart(scene: Scene, meaning: Meaning) -> bool:
    """A condition on a value that was read before is about who writes first, not about who has been here before."""
    sources = (meaning.spec.compared, str(meaning.spec.fields.get("condition", "")))
    if not all(map(names_argument, sources)):
        return False
    values, condition = (argument(scene.names, meaning.call, meaning.frame, source) for source in sources)
    if not isinstance(values, Given) or not isinstance(condition, Given):
        return False
    for name in _NAMES.findall(literal_text(scene.names, condition.value, condition.frame) or ""):
        found = item(scene.names, values, name)
        ways = scene.evaluator.tracer.ways(found.value, found.frame) if isinstance(found, Given) else ()
        if any(source.origin == "store" for way in ways for source in way):
            return True
    return False


def refused_insert(scene: Scene, site: Site, meaning: Meaning) -> Guard | None:
    """The claim that an insert is, when its conflict is caught and taken for `already done`."""
    clause = refused_by(scene, site)
    if clause is None:
        return None
    branch = of_clause(scene, site, clause)
    return _guard(scene, site, meaning, branch, name="the insert that refuses a copy")


def given_back(scene: Scene, site: Site, meaning: Meaning) -> list[Site]:
    """The steps that remove a claim after success too: then it is a lock, which keeps copies apart and remembers nothing."""
    return _forgets(scene, site, meaning, in_failure=False)


def _guard(
    scene: Scene,
    site: Site,
    meaning: Meaning,
    branch: Branch | None,
    name: str = "",
    certain: Truth = YES,
    decided: Step | None = None,
) -> Guard:
    known = vocabulary(Guard)
    fields: dict[str, Any] = {"atomic": True, "durable": True, "claims": True}
    given = {n: source for n, source in meaning.spec.fields.items() if n in known}
    fields.update({n: scene.evaluator.field(source, meaning, known[n].kind) for n, source in given.items()})
    if {"insert", "overwrite"} & set(meaning.spec.nouns):
        fields.setdefault("window", NONE)  # a row stays until somebody removes it
    if "has_state" not in given:
        fields["has_state"] = _has_state(scene, site, meaning)
    if "released_on_failure" not in given:
        fields["released_on_failure"] = _released(scene, site, meaning)
    if "settles_copies" not in given:
        unhandled = branch is None and meaning.spec.raises
        fields["settles_copies"] = Setting(False) if unhandled else settles(scene, branch)
    fields["release"] = retold(scene, meaning, fields.get("release", NONE))
    if "deadline_set" in given:
        fields["deadline_set"] = _deadline_set(scene, meaning, fields["deadline_set"])
    found = key_of(scene, site, meaning)
    data = scene.names.outlines[site.frame.path].data
    called = callee_text(site.what, data) if isinstance(site.what, o.Call) else "guard"
    return Guard(
        place=place_of(site),
        name=name or meaning.spec.title or called,
        step=_step(scene, site, decided),
        region=_skipped(scene, site, branch),
        way=way_to(site.frame),
        certain=certain,
        key=found if isinstance(found, Key) else None,
        **fields,
    )


def _deadline_set(scene: Scene, meaning: Meaning, written: object) -> object:
    """The statement with the names of its arguments; they have to be those of the file in which the handler stands."""
    declared, text = scene.declared, effective(written)
    own = declared.function.parameters if declared is not None and declared.function.owner is None else ()
    holes = re.findall(r"\{(\w+)\}", text) if isinstance(text, str) else []
    if declared is None or len(own) != 2 or not holes or meaning.frame.path != declared.path:
        return NONE
    given = {one.name: one.value.id for one in meaning.call.arguments if one.name and isinstance(one.value, o.Name)}
    named = {**given, "context": own[1].name}
    return Setting(str(text).format_map(named)) if all(hole in named for hole in holes) else NONE


def _skipped(scene: Scene, site: Site, branch: Branch | None) -> Region | None:
    """What a copy does not come to: the block that the claim surrounds, or the steps beyond the answer."""
    if site.inside:
        return scene.region(site.inside)
    return scene.region(branch.skips) if branch is not None else None


def _step(scene: Scene, site: Site, decided: Step | None) -> Step:
    """The claim itself; where it may be refused on the way to the test of its answer, the test."""
    claimed = scene.step(site)
    return claimed if decided is None or precedes(claimed, decided) is YES else decided


def place_of(site: Site) -> Place:
    """Where a guard is underlined: the name of what is called."""
    if isinstance(site.what, o.Call):
        return callee_place(site.what, site.frame.path)
    return Place(site.frame.path, site.what.start, site.what.end)


def _answer(site: Site, meaning: Meaning, tests: Sequence[Test]) -> tuple[Test, bool] | None:
    if not isinstance(site.what, o.Call) or site.kind in _AROUND:
        return None
    return of_answer(Question(site.what, site.frame, None, meaning), tests)


def is_tested(scene: Scene, site: Site, in_branches: bool = True) -> bool:
    """Does the answer decide an ``and``, a conditional value, a while, an assert, a filter of a comprehension, or, with
    ``in_branches``, an ``if`` whose outcome cannot be told?"""
    return any(
        asked.call is site.what
        for statement in o.statements(site.frame.function.body)
        for test in _tests_in(statement, in_branches)
        for asked in questions(scene, test, site.frame)
    )


def _tests_in(statement: o.Statement, in_branches: bool) -> list[o.Value]:
    tests = [statement.test] if in_branches and isinstance(statement, o.If) else []
    if isinstance(statement, o.Loop) and statement.target is None:
        tests.append(statement.source)
    if isinstance(statement, o.Do) and isinstance(statement.value, o.Other):  # an assert
        tests += o.parts(statement.value)
    for value in o.values_of(statement) if in_branches or not isinstance(statement, o.If) else ():
        for part in o.walk(value):
            tests += _deciding_parts(part)
    return tests


def _deciding_parts(value: o.Value) -> list[o.Value]:
    match value:
        case o.Operation(operator="and" | "or"):
            return list(value.operands[:-1])
        case o.Choice():
            return [value.test]
        case o.Comprehension():
            return list(value.tests)
    return []


# What becomes of a claim


def _forgets(scene: Scene, claimed: Site, meaning: Meaning, in_failure: bool) -> list[Site]:
    """The steps behind a claim that remove it, in an except clause or on the way of success."""
    reached = scene.run.graph.reach(claimed.node)
    clauses = [site for site in scene.run.sites if site.kind == "except"]
    return [
        site
        for site, forgetting in scene.with_role("forget")
        if site.node in reached
        and any(site.node in clause.then for clause in clauses) == in_failure
        and same_record(scene, meaning, forgetting)
    ]


def _released(scene: Scene, claimed: Site, meaning: Meaning) -> object:
    """Is the claim given back when the work behind it fails?"""
    if _forgets(scene, claimed, meaning, in_failure=True):
        return Setting(True)
    reached = scene.run.graph.reach(claimed.node)
    clauses = [site for site in scene.run.sites if site.kind == "except" and site.node in reached]
    if any(_may_release(scene, site) for site in scene.run.sites if any(site.node in c.then for c in clauses)):
        return UNKNOWN
    if meaning.spec.kept == "by_commit":
        return Setting(False) if _commits(scene, claimed) else UNKNOWN
    return Setting(False)


def _may_release(scene: Scene, site: Site) -> bool:
    call = site.what
    if site.kind != "call" or not isinstance(call, o.Call) or not scene.unresolved(call, site.frame):
        return False
    return any(scene.from_event(one.value, site.frame) for one in call.arguments)


def _commits(scene: Scene, claimed: Site) -> bool:
    """Is the claim made permanent: by a commit behind it, or at the end of the block that is its transaction?"""
    reached = scene.run.graph.reach(claimed.node)
    return any(site.node in reached for site, _ in scene.with_role("commit")) or any(
        claimed.node in site.inside for site, _ in scene.with_role("transaction", "commit")
    )


def _has_state(scene: Scene, site: Site, meaning: Meaning) -> object:
    """Does the record say whether the work is under way or done? By its own words, or because it is written again later."""
    said = scene.names.libraries.settings
    text = _text(scene, meaning)
    if any(re.search(pattern, text) for pattern in said.get("states", ())):
        return Setting(True)
    reached = scene.run.graph.reach(site.node)
    for other, record in scene.with_role("record", "overwrite"):
        if other is not site and other.node in reached and same_record(scene, meaning, record):
            return Setting(True)
    return UNKNOWN if any(re.search(pattern, text) for pattern in said.get("lock_words", ())) else Setting(False)


def _text(scene: Scene, meaning: Meaning) -> str:
    """What is written in a call, and in the names that are handed to it."""
    texts = [scene.text(meaning.call, meaning.frame)]
    for one in meaning.call.arguments:
        given = follow(scene.names, Given(one.value, meaning.frame))
        if given.value is not one.value:
            texts.append(scene.text(given.value, given.frame))
    return " ".join(texts)
