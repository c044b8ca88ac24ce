"""Loops that send the rows of a table, and how they know which rows are still to be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice import outline as o
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.scopes import visible
from twice.project.things import Frame, Instance
from twice.project.values import Given, follow
from twice.truth import Setting

_WAITS = re.compile(r"(?i)sleep|\bwait")


def relays(scene: Scene, site: Site) -> bool:
    """In a loop over rows that a lock has been taken on: each is sent and then marked or removed in one transaction."""
    locking = scene.names.libraries.settings.get("locking_reads", r"(?!)")
    return any(
        re.search(locking, text)
        for loop, source in _loops(scene, site)
        for text, _ in _query(scene, Given(source, loop.frame))
    )


def by_position(scene: Scene, site: Site) -> Setting:
    """In a loop over the rows behind a position that outlives the loop, whatever has become of those before it."""
    settings = scene.names.libraries.settings
    position, state = settings.get("positions", r"(?!)"), settings.get("picked_by_state", r"(?!)")
    for loop, source in _loops(scene, site):
        texts = list(_query(scene, Given(source, loop.frame)))
        query = " ".join(text for text, _ in texts)
        found = re.search(position, query)
        if found is None or re.search(state, query.replace(found[0], "")):
            continue
        names = {name for _, several in texts for name in several}
        if _remembers(scene, loop, found[1], names):
            return Setting(True)
    return Setting(False)


def _loops(scene: Scene, site: Site) -> Iterator[tuple[Site, o.Value]]:
    """The loops around a step with what they go over, innermost first."""
    for loop in reversed(scene.run.sites):
        what = loop.what
        if loop.kind == "loop" and isinstance(what, o.Loop) and what.target is not None and site.node in loop.inside:
            yield loop, what.source


def _query(scene: Scene, given: Given, depth: int = 6) -> Iterator[tuple[str, list[str]]]:
    """The texts of the calls that a query is put together from, with the names in them."""
    found = follow(scene.names, given)
    if isinstance(found.value, o.Subscript):  # a page of it
        found = follow(scene.names, Given(found.value.base, found.frame))
    if not isinstance(found.value, o.Call) or not depth or _makes_client(scene, found.value, found.frame):
        return
    names = [part.id for part in o.walk(found.value) if isinstance(part, o.Name)]
    yield scene.text(found.value, found.frame), names
    for part in (part for one in found.value.arguments for part in o.walk(one.value) if isinstance(part, o.Name)):
        inner = follow(scene.names, Given(part, found.frame))
        if inner.value is not part:
            yield scene.text(inner.value, inner.frame), []
    base = o.root(found.value)
    if isinstance(found.value.callee, o.Attribute) and base is not found.value:
        yield from _before(scene, found.value.callee.base, found.frame, depth)


def _makes_client(scene: Scene, call: o.Call, frame: Frame) -> bool:
    """What a client is told when it is made is no part of the query."""
    made = scene.names.resolve(call, frame)
    if not isinstance(made, Instance) or made.call is not call:
        return False
    return any(name in scene.names.libraries.clients for name in scene.names.type_names(made))


def _before(scene: Scene, base: o.Value, frame: Frame, depth: int) -> Iterator[tuple[str, list[str]]]:
    """What was asked of the object whose answers are read: the statement that its cursor has been given."""
    yield from _query(scene, Given(base, frame), depth - 1)
    if not isinstance(base, o.Name):
        return
    for statement in frame.function.statements:
        call = o.awaited(statement.value) if isinstance(statement, o.Do) else None
        if isinstance(call, o.Call) and isinstance(call.callee, o.Attribute) and call.callee.name == "execute":
            if isinstance(call.callee.base, o.Name) and call.callee.base.id == base.id:
                yield from _query(scene, Given(call, frame), depth - 1)


def _remembers(scene: Scene, loop: Site, column: str, asked: set[str]) -> bool:
    """The column of a row becomes the position, and the next query, in another run or after a pause, begins there."""
    function = loop.frame.function
    assert isinstance(loop.what, o.Loop)
    row = loop.what.target.id if isinstance(loop.what.target, o.Name) else ""
    columns = (
        {part.id for part in o.walk(loop.what.target) if isinstance(part, o.Name)} - {row}
        if loop.what.target
        else set()
    )
    for statement in function.statements:
        if not isinstance(statement, o.Assign | o.Do | o.Leave) or statement.value is None:
            continue
        taken = [part for part in o.walk(statement.value) if o.part_name(part) == column]
        unpacked = isinstance(statement.value, o.Name) and statement.value.id in columns
        named = unpacked and isinstance(statement.value, o.Name) and statement.value.id.strip("_") == column
        if not named and not any(_is_row(part, row, loop.what.source) for part in taken):
            continue
        targets = [t.id for t in statement.targets if isinstance(t, o.Name)] if isinstance(statement, o.Assign) else []
        if not targets and not isinstance(statement, o.Assign):
            if isinstance(statement.value, o.Call) and _keeps(statement.value):
                return True
        for target in targets:
            if target in asked and (_is_given(function, target, column) or _goes_on(scene, loop)):
                return True
        if any(isinstance(t, o.Attribute | o.Subscript) for t in getattr(statement, "targets", ())):
            return True
    return False


def _goes_on(scene: Scene, loop: Site) -> bool:
    """Will the same run ask again later: after a pause, or in a loop around it that nothing ends? One that ends with an
    empty page goes once over all rows there are."""
    if _WAITS.search(_text(scene, loop.frame)):
        return True
    around = [(s.what, s.inside) for s in scene.run.sites if s.kind == "loop" and loop.node in s.inside]
    leaves = [s.node for s in scene.run.sites if isinstance(s.what, o.Leave) and s.what.kind in ("break", "return")]
    return any(isinstance(one, o.Loop) and one.is_endless and inside.isdisjoint(leaves) for one, inside in around)


def _is_row(part: o.Value, row: str, source: o.Value) -> bool:
    """Of the loop's row, or of the last of the rows that it goes over."""
    base = part.base if isinstance(part, o.Attribute | o.Subscript) else part
    root = o.root(base)
    rows = source.id if isinstance(source, o.Name) else ""
    return isinstance(root, o.Name) and root.id in {row, rows} - {""}


def _keeps(call: o.Call) -> bool:
    return o.called_name(call) in (
        "set",
        "put",
        "save",
        "update",
        "write",
        "write_text",
        "set_cursor",
        "store",
        "execute",
    )


def _is_given(function: o.Function, name: str, column: str) -> bool:
    """Does it come from elsewhere: as an argument, from outside, or from a call? A constant begins at the first row."""
    if any(parameter.name == name for parameter in function.parameters):
        return True
    values = (one.value for one in visible(function, name, function.end))
    return any(isinstance(one, o.Call | o.Await | o.Subscript) and o.part_name(one) != column for one in values)


def _text(scene: Scene, frame: Frame) -> str:
    data = scene.names.outlines[frame.path].data
    return data[frame.function.start : frame.function.end].decode("utf-8", "replace")
