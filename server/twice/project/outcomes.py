"""Does the program look at what a call answered?"""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.project.calls import Given, Meaning, argument
from twice.project.lift import Site
from twice.project.names import Routine
from twice.project.scene import Scene
from twice.truth import UNKNOWN, Setting, effective


def outcome_checked(scene: Scene, site: Site, meaning: Meaning) -> object:
    """False when the answer is dropped or bound to a name nobody reads, True when the telling part of it is read,
    UNKNOWN when it is passed on and we do not see what becomes of it."""
    if meaning.spec.reported_to is not None:
        return _reported(scene, site, meaning)
    found = _looked_at(scene, site, meaning)
    if effective(meaning.spec.fields.get("outcome_comes_later")) is True and effective(found) is False:
        return UNKNOWN if _flushed_later(scene, site) else found
    return found


def _looked_at(scene: Scene, site: Site, meaning: Meaning) -> object:
    statement = _statement_of(site)
    if statement is None or not isinstance(site.what, o.Call):
        return UNKNOWN
    if isinstance(statement, o.Do):
        return Setting(False) if _bare(statement.value) is site.what else _read_at_once(scene, statement, site, meaning)
    if isinstance(statement, o.Assign) and statement.value is not None and _bare(statement.value) is site.what:
        return _bound_outcome(scene, statement, site, meaning)
    return _read_at_once(scene, statement, site, meaning)


def _reported(scene: Scene, site: Site, meaning: Meaning) -> object:
    """The outcome goes to a callback: True when one is given that reads its first parameter, UNKNOWN when it cannot be seen."""
    for reference in meaning.spec.reported_to:
        if not str(reference).startswith("$"):
            if effective(scene.evaluator.field(reference, meaning, "truth")) is not False:
                return UNKNOWN
            continue
        given = argument(scene.names, meaning.call, meaning.frame, str(reference))
        if isinstance(given, Given):
            return _reads_error(scene, given)
        if given is not None:
            return UNKNOWN
    return UNKNOWN if _flushed_later(scene, site) else Setting(False)


def _reads_error(scene: Scene, given: Given) -> object:
    thing = scene.names.resolve(given.value, given.frame)
    if not isinstance(thing, Routine):
        return UNKNOWN
    parameters = [p.name for p in thing.function.parameters if p.name not in ("self", "cls")]
    read = any(
        isinstance(part, o.Name) and part.id == parameters[0]
        for statement in o.statements(thing.function.body)
        for value in o.values_of(statement)
        for part in o.walk(value)
        if parameters
    )
    return Setting(read)


def _flushed_later(scene: Scene, site: Site) -> bool:
    """A flush behind it in the same run waits for what has been handed in; whether it arrived, it does not say."""
    reached = scene.run.graph.reach(site.node)
    return any(other.node in reached for other, _ in scene.with_role("flush"))


def _statement_of(site: Site) -> o.Statement | None:
    for statement in o.statements(site.frame.function.body):
        if statement.start <= site.what.start and site.what.end <= statement.end:
            if any(value.start <= site.what.start and site.what.end <= value.end for value in o.values_of(statement)):
                return statement
    return None


def _bare(value: o.Value) -> o.Value:
    return _bare(value.value) if isinstance(value, o.Await) else value


def _read_at_once(scene: Scene, statement: o.Statement, site: Site, meaning: Meaning) -> object:
    """``client.call(...)["Failed"]``, ``send(...).get(timeout=10)``, ``return client.call(...)``"""
    telling = _telling(meaning)
    for value in o.values_of(statement):
        for part in o.walk(value):
            base = getattr(part, "base", None)
            if base is not None and _bare(base) is site.what:
                return Setting(_part_name(part) in telling) if telling else Setting(True)
    return UNKNOWN


def _bound_outcome(scene: Scene, statement: o.Assign, site: Site, meaning: Meaning) -> object:
    names = [target.id for target in statement.targets if isinstance(target, o.Name)]
    if len(names) != len(statement.targets):
        return UNKNOWN
    uses = list(_uses(site.frame.function, names, statement))
    if not uses:
        return Setting(all(name == "_" for name in names) and False)
    telling = _telling(meaning)
    if any(name in telling for name, _ in uses) or (not telling and any(name for name, _ in uses)):
        return Setting(True)
    return UNKNOWN if any(not name for name, _ in uses) else Setting(False)


def _uses(function: o.Function, names: list[str], after: o.Assign) -> Iterator[tuple[str, o.Value]]:
    """The parts of the bound answer that are read later: the key or attribute, or nothing when it is used whole."""
    for statement in o.statements(function.body):
        for value in o.values_of(statement):
            taken: set[int] = set()
            for part in reversed(list(o.walk(value))):
                base = getattr(part, "base", None)
                if isinstance(base, o.Name) and base.id in names and base.start > after.end:
                    taken.add(id(base))
                    yield _part_name(part), part
                elif isinstance(part, o.Name) and part.id in names and part.start > after.end and id(part) not in taken:
                    yield "", part
    for statement in o.statements(function.body):
        if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
            yield from _uses(statement.what, names, after)


def _part_name(part: o.Value) -> str:
    if isinstance(part, o.Subscript) and isinstance(part.key, o.Literal):
        return str(part.key.value)
    return part.name if isinstance(part, o.Attribute) else ""


def _telling(meaning: Meaning) -> frozenset[str]:
    """The parts of the answer that tell a failure, with the accessors that can reach any part."""
    named = effective(meaning.spec.fields.get("partial_failure"))
    if not isinstance(named, str):
        return frozenset()
    return frozenset({*named.split("|"), "get", "items", "values"})
