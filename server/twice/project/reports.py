"""Does a handler hand back the list of the records that failed, in the form that its queue reads?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twice import outline as o
from twice.noun import Traced
from twice.project.batches import Batch, passed_over, raises_behind
from twice.project.calls import meanings
from twice.project.course import Site
from twice.project.given import item
from twice.project.scene import Scene
from twice.project.sources import Source
from twice.project.things import Frame
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import NO, NONE, UNKNOWN, YES, Setting, Truth

_Judged = tuple[Truth, Place | None]


def reports_partial_failures(batch: Batch) -> object:
    """True when an answer behind a failure carries the list, False when none does or the list cannot be read."""
    scene = batch.scene
    answers = list(_answers_behind_failure(batch))
    judged = [_answer(scene, site) for site in answers]
    if not judged:
        return Setting(False, place=_dropped_at(batch)) if _ends_silently(batch) else UNKNOWN
    without = [place for sure, place in judged if sure is NO]
    if len(without) == len(judged):
        return Setting(False, place=next((place for place in without if place is not None), None))
    if any(sure is Truth.UNKNOWN for sure, _ in judged) or (raises_behind(batch) and not batch.runs):
        return UNKNOWN
    # An answer without the list stands beside one with it: that of a batch in which nothing failed.
    return Setting(True)


def unreturned_report(batch: Batch) -> object:
    """The list that is computed by the last statement of the handler, and not handed back."""
    root = batch.scene.run.root
    last = root.function.body[-1] if root.function.body else None
    value = last.value if isinstance(last, o.Do) else None
    for site in batch.scene.run.sites:
        if site.frame is root and value is not None and site.what is _unawaited(value):
            if any("reports" in meaning.spec.kind for meaning in site.meanings):
                return Traced(batch.scene.text(value, root), Place(root.path, value.start, value.end))
    return NONE


def _dropped_at(batch: Batch) -> Place | None:
    dropped = unreturned_report(batch)
    return dropped.place if isinstance(dropped, Traced) else None


def _unawaited(value: o.Value) -> o.Value:
    return value.value if isinstance(value, o.Await) else value


# --- answers ---------------------------------------------------------------------------------------------------------


def _answers_behind_failure(batch: Batch) -> Iterator[Site]:
    """The returns of the handler itself that can follow the failure of a record."""
    scene = batch.scene
    returns = [s for s in scene.run.sites if isinstance(s.what, o.Leave) and s.what.kind == "return"]
    own = [site for site in returns if site.frame is scene.run.root]
    starts = [clause.node for clause, sure in passed_over(batch) if sure is not NO] + [s.node for s, _ in batch.runs]
    for site in own:
        if not starts or any(site.node in scene.run.graph.reach(start) for start in starts):
            yield site


def _ends_silently(batch: Batch) -> bool:
    """No return of a value at all: the answer is None."""
    return bool(batch.runs) or any(sure is YES for _, sure in passed_over(batch)) or not _returns(batch)


def _returns(batch: Batch) -> bool:
    return any(
        isinstance(site.what, o.Leave) and site.what.kind == "return" and site.frame is batch.scene.run.root
        for site in batch.scene.run.sites
    )


def _answer(scene: Scene, site: Site) -> _Judged:
    assert isinstance(site.what, o.Leave)
    value = site.what.value
    if value is None or isinstance(value, o.Literal):
        return NO, None
    return _carries(scene, Given(value, site.frame))


def _carries(scene: Scene, answer: Given) -> _Judged:
    given = follow(scene.names, answer)
    called = _unawaited(given.value)
    if isinstance(called, o.Call):
        found = meanings(scene.names, called, given.frame)
        return (YES if any("reports" in meaning.spec.kind for meaning in found) else Truth.UNKNOWN), None
    if not isinstance(called, o.Mapping):
        return (NO if isinstance(called, o.Joined | o.Collection | o.Literal) else Truth.UNKNOWN), None
    for name in scene.names.libraries.settings.get("partial_failure_answers", ()):
        entry = item(scene.names, answer, name)
        if isinstance(entry, Given):
            return _list(scene, entry)
        if entry is UNKNOWN:
            return Truth.UNKNOWN, None
    return NO, Place(given.frame.path, called.start, called.end)


# --- the list --------------------------------------------------------------------------------------------------------


def _list(scene: Scene, entry: Given) -> _Judged:
    """Can the queue read the entries? An entry that is not seen is taken for a good one."""
    wrong = [found for found in _entries(scene, entry) if _is_wrong(scene, *found)]
    if wrong:
        value, frame = wrong[0]
        return NO, Place(frame.path, value.start, value.end)
    return YES, None


def _entries(scene: Scene, entry: Given) -> Iterator[tuple[o.Value, Frame]]:
    """What is put into a list: its display, its comprehension, and what is appended to it in the same function."""
    given = follow(scene.names, entry)
    if isinstance(given.value, o.Comprehension):
        yield given.value.element, given.frame
    elif isinstance(given.value, o.Collection):
        yield from ((one, given.frame) for one in given.value.items)
    if isinstance(entry.value, o.Name):
        for call in entry.frame.function.calls:
            if _is_append(call, entry.value.id):
                yield call.arguments[0].value, entry.frame


def _is_append(call: o.Call, name: str) -> bool:
    callee = call.callee
    return (
        isinstance(callee, o.Attribute)
        and callee.name == "append"
        and isinstance(callee.base, o.Name)
        and callee.base.id == name
        and len(call.arguments) == 1
    )


def _is_wrong(scene: Scene, value: o.Value, frame: Frame) -> bool:
    """An entry without the name of the identifier, or with something else of the event in its place."""
    layouts = [layout for layout in scene.names.libraries.layouts.values() if layout.failure_id]
    given = follow(scene.names, Given(value, frame))
    if isinstance(given.value, o.Mapping):
        keys = [key.value if isinstance(key, o.Literal) else None for key, _ in given.value.items]
        names = {name for layout in layouts for name in layout.failure_id}
        if None in keys or not keys:
            return False
        entry = next((one for key, one in given.value.items if isinstance(key, o.Literal) and key.value in names), None)
        return entry is None or _is_other_id(scene, entry, given.frame)
    return isinstance(given.value, o.Subscript) and bool(_sources(scene, given.value, given.frame))


def _is_other_id(scene: Scene, value: o.Value, frame: Frame) -> bool:
    """A field of the record that is known, and is not the one by which this queue knows its records."""
    for source in _sources(scene, value, frame):
        layout = scene.names.libraries.layouts.get(source.kind)
        last = source.path[-1] if source.path else ""
        if layout is None or not layout.failed_by or last in layout.failed_by or last not in layout.fields:
            return False
    return bool(_sources(scene, value, frame))


def _sources(scene: Scene, value: o.Value, frame: Frame) -> list[Source]:
    """Where a value comes from when all of it comes from the event."""
    ways = scene.evaluator.tracer.ways(value, frame)
    sources: Iterable[Source] = (source for way in ways for source in way)
    found = list(sources)
    return found if all(source.origin == "event" for source in found) else []
