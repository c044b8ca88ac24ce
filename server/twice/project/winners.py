"""Order by clocks: which event wins, or comes first, by the time of a broker, of a sender, or of our own."""

from __future__ import annotations

from collections.abc import Iterator

from twice import outline as o
from twice.facts import Comparison
from twice.noun import Traced
from twice.project.course import Site
from twice.project.scene import Scene, callee_place, way_to
from twice.project.sources import Source
from twice.project.things import Frame, Routine
from twice.project.values import Given, follow
from twice.reachability import Nodes
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Setting

_ORDERS = frozenset({"<", "<=", ">", ">="})
_SORTS = frozenset({"sorted", "max", "min"})


def picks_winner(scene: Scene, site: Site) -> object:
    """Does the test put a time of the event beside one that is kept: the broker's beside that of an earlier event, or any
    beside one that our own clock has written?"""
    assert isinstance(site.what, o.If)
    orders = [one for one in o.walk(site.what.test) if isinstance(one, o.Operation) and one.operator in _ORDERS]
    return Setting(any(_is_decided_by_clock(scene, one, site.frame) for one in orders))


def puts_in_order(scene: Scene, site: Site) -> object:
    """Does the test ask which of two values is the greater one, here, or in the function of ours or the name that answers
    it? UNKNOWN where a call does that nobody sees into."""
    assert isinstance(site.what, o.If)
    asked = list(_asked_by(scene, site.what.test, site.frame))
    if any(isinstance(one, o.Operation) and one.operator in _ORDERS for one, _ in asked):
        return Setting(True)
    calls = [(one, frame) for one, frame in asked if isinstance(one, o.Call)]
    return UNKNOWN if any(scene.unresolved(call, frame) for call, frame in calls) else Setting(False)


def _asked_by(scene: Scene, value: o.Value, frame: Frame, depth: int = 3) -> Iterator[tuple[o.Value, Frame]]:
    """The parts of a question, and of what its names and its calls of our functions stand for."""
    for part in o.walk(value):
        yield part, frame
        behind = follow(scene.names, Given(part, frame)) if depth and isinstance(part, o.Name) else None
        if behind is not None and behind.value is not part:
            yield from _asked_by(scene, behind.value, behind.frame, depth - 1)
        called = scene.names.resolve(part.callee, frame) if depth and isinstance(part, o.Call) else None
        if isinstance(called, Routine):
            inner = Frame(called.function, called.path, caller=frame)
            for statement in called.function.statements:
                decides = isinstance(statement, o.Leave | o.If)
                tested = statement.value if isinstance(statement, o.Leave) else getattr(statement, "test", None)
                if decides and tested is not None:
                    yield from _asked_by(scene, tested, inner, depth - 1)


def _is_decided_by_clock(scene: Scene, order: o.Operation, frame: Frame) -> bool:
    for one, other in (order.operands[:2], order.operands[1::-1]):
        sources = _sources(scene, one, frame)
        if not sources or not all(_is_time(scene, source) for source in sources):
            continue
        if all(_is_brokers(scene, source) for source in sources) and _is_kept(scene, other, frame):
            return True
        if _is_of_own_clock(scene, other, frame):
            return True
    return False


def _sources(scene: Scene, value: o.Value, frame: Frame) -> set[Source]:
    return {source for way in scene.evaluator.tracer.ways(value, frame) for source in way}


def _is_time(scene: Scene, source: Source) -> bool:
    return "event.timestamp" in scene.evaluator.tracer.words(source)


def _is_brokers(scene: Scene, source: Source) -> bool:
    """A time that came with the event, and not in it."""
    layout = scene.names.libraries.layouts.get(source.kind)
    return layout is not None and bool(layout.payload) and not set(source.path) & set(layout.payload)


def _is_kept(scene: Scene, value: o.Value, frame: Frame) -> bool:
    """Something that is looked up by a part of the event."""
    found = follow(scene.names, Given(value, frame))
    keys: list[o.Value] = []
    if isinstance(found.value, o.Subscript):
        keys = [found.value.key]
    elif isinstance(found.value, o.Call) and isinstance(found.value.callee, o.Attribute):
        keys = [one.value for one in found.value.arguments]
    return any(scene.from_event(key, found.frame) for key in keys)


def _is_of_own_clock(scene: Scene, value: o.Value, frame: Frame) -> bool:
    """A column that is declared to be filled with the time of its writing."""
    name = o.part_name(value)
    pattern = scene.names.libraries.settings.get("own_clocks", "")
    from_store = any(source.origin == "store" for source in _sources(scene, value, frame))
    return bool(name and pattern and from_store) and scene.evaluator.is_mentioned([pattern.format(name=name)])


# --- a batch that is put in order ------------------------------------------------------------------------------------


def sorted_batches(scene: Scene) -> Iterator[Comparison]:
    """Events of a batch that are sorted, or of which the last one is taken, by a time in them: with all steps behind that."""
    for site in scene.run.sites:
        call = site.what
        if site.kind != "call" or not isinstance(call, o.Call):
            continue
        batch = _sorted(call)
        key = next((one.value for one in call.arguments if one.name == "key"), None)
        if batch is None or key is None or not _is_of_events(scene, Given(batch, site.frame)):
            continue
        words = _asked(scene, key)
        if words:
            place = Place(site.frame.path, key.start, key.end)
            yield Comparison(
                place=callee_place(call, site.frame.path),
                name=scene.text(call.callee, site.frame),
                step=scene.step(site),
                region=scene.region(_decided(scene, site, call, batch)),
                way=way_to(site.frame),
                value=Traced(scene.text(key, site.frame), place, (words,)),
                picks_winner=Setting("event.timestamp" in words),
                puts_in_order=Setting(True),
                discards=NONE,
                silent_default=UNKNOWN,
            )


def _sorted(call: o.Call) -> o.Value | None:
    """What is sorted: the argument of a function, or the list whose method it is."""
    if isinstance(call.callee, o.Name) and call.callee.id in _SORTS:
        return next((one.value for one in call.arguments if one.name is None), None)
    if isinstance(call.callee, o.Attribute) and call.callee.name == "sort":
        return call.callee.base
    return None


def _decided(scene: Scene, site: Site, call: o.Call, batch: o.Value) -> Nodes:
    """What the order decides: of one event that is picked, all behind it; of a sorted batch, what is done to one after the other."""
    if o.called_name(call) in ("max", "min") or _is_picked_from(site, call, batch):
        return scene.run.graph.reach(site.node)
    inside: set[int] = set()
    for loop in scene.run.sites:
        if isinstance(loop.what, o.Loop) and _is_sorted(scene, Given(loop.what.source, loop.frame), call, batch):
            inside |= loop.inside
    return Nodes.of(inside)


def _is_sorted(scene: Scene, given: Given, call: o.Call, batch: o.Value) -> bool:
    """Is it the answer of this call, or the list that the call has sorted?"""
    parts = [follow(scene.names, Given(part, given.frame)).value for part in o.walk(given.value)]
    behind = follow(scene.names, Given(batch, given.frame)).value if o.called_name(call) == "sort" else call
    return any(part is behind for part in parts)


def _is_picked_from(site: Site, call: o.Call, batch: o.Value) -> bool:
    """Is its first or last entry taken: ``sorted(batch)[-1]``, or of the name it is given?"""
    function = site.frame.function
    names = {batch.id} if o.called_name(call) == "sort" and isinstance(batch, o.Name) else set()
    for statement in function.statements:
        if isinstance(statement, o.Assign) and statement.value is call:
            names |= {target.id for target in statement.targets if isinstance(target, o.Name)}
    parts = (part for one in function.statements for value in o.values_of(one) for part in o.walk(value))
    return any(
        isinstance(part, o.Subscript)
        and isinstance(part.key, o.Literal | o.Operation)
        and (part.base is call or (isinstance(part.base, o.Name) and part.base.id in names))
        for part in parts
    )


def _is_of_events(scene: Scene, given: Given) -> bool:
    """The records of the batch, or one thing made of each of them."""
    found = follow(scene.names, given)
    if isinstance(found.value, o.Comprehension):
        return any(scene.is_batch(source, found.frame) for _, source in found.value.clauses[:1])
    return scene.is_batch(found.value, found.frame)


def _asked(scene: Scene, key: o.Value) -> frozenset[str]:
    """The words for the fields by which it is sorted: of a function of one line, or a getter of the standard library."""
    if isinstance(key, o.Call):
        fields = [one.value.value for one in key.arguments if isinstance(one.value, o.Literal)]
        paths: list[tuple[str, ...]] = [(field,) for field in fields if isinstance(field, str)]
    elif isinstance(key, o.Lambda):
        returned = [one.value for one in key.function.statements if isinstance(one, o.Leave)]
        paths = [path for one in returned if one is not None for path in _paths(one)]
    else:
        return frozenset()
    words = (scene.evaluator.tracer.words(Source("event", "", path)) for path in paths)
    return frozenset(word for several in words for word in several)


def _paths(value: o.Value) -> Iterator[tuple[str, ...]]:
    """The names by which it goes down to each field, outermost first."""
    parts = o.walk(value)
    inner = {id(one.base) for one in parts if isinstance(one, o.Attribute | o.Subscript)}
    inner |= {id(one.callee) for one in parts if isinstance(one, o.Call)}
    for part in parts:
        if o.part_name(part) and id(part) not in inner:
            yield tuple(reversed([o.part_name(one) for one in _chain(part)]))
        elif isinstance(part, o.Call) and isinstance(part.callee, o.Attribute) and not part.arguments:
            yield (f"{part.callee.name}()",)


def _chain(value: o.Value) -> Iterator[o.Value]:
    while o.part_name(value):
        yield value
        value = value.base if isinstance(value, o.Attribute | o.Subscript) else value
