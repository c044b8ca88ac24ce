"""How a handler treats the records of a batch: fields of ``Handler``. What becomes of a single failure: ``failures``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from twice import outline as o
from twice.facts import Effect, Transaction, Wait
from twice.noun import Fact, Traced
from twice.project.calls import Meaning
from twice.project.course import Site, catches_all
from twice.project.given import argument
from twice.project.handles import statement_of
from twice.project.refusals import expected_error
from twice.project.scene import Scene, callee_place
from twice.project.swallows import clause_place, ends_quietly
from twice.project.things import Instance, Outside
from twice.project.values import Given
from twice.reachability import Nodes
from twice.text import Place
from twice.truth import NO, NONE, UNKNOWN, YES, Setting, Truth, any_of, effective, truth


class Batch(Struct, frozen=True, eq=False):
    """What goes over the records of a batch in one run: its own loops, or what a library runs for each record."""

    scene: Scene
    facts: Sequence[Fact]
    loops: tuple[Site, ...]
    runs: tuple[tuple[Site, Meaning], ...]
    elsewhere: bool


def batch_of(scene: Scene, facts: Sequence[Fact]) -> Batch:
    # A with around a call has the call's meaning, and runs nothing by itself.
    each = [(site, m) for site in scene.run.sites if site.kind != "with" for m in site.meanings if m.spec.how == "each"]
    return Batch(
        scene,
        facts,
        tuple(site for site in scene.run.sites if site.kind == "loop" and site.each_record),
        tuple((site, meaning) for site, meaning in each if meaning.spec.through),
        any(not meaning.spec.through for _, meaning in each),
    )


def batch_fields(batch: Batch) -> dict[str, Any]:
    """The fields that only the treatment of the records decides."""
    return {
        "goes_on_after_failure": goes_on_after_failure(batch),
        "failure_fails_batch": _failure_fails_batch(batch),
        **_record_loop(batch),
        "raises_when_all_fail": _raises_when_all_fail(batch),
        **_processor_fields(batch),
    }


def _record_loop(batch: Batch) -> dict[str, Any]:
    """The only loop over the records as they come, with how the answer would name one of them that failed."""
    root, scene = batch.scene.run.root, batch.scene
    loop = batch.loops[0].what if len(batch.loops) == 1 and batch.loops[0].frame is root else None
    if not isinstance(loop, o.Loop) or not isinstance(loop.target, o.Name) or batch.runs or batch.elsewhere:
        return {}
    kind = next((root.event[name] for name in root.event if name == _taken_from(loop.source)), "")
    layout = scene.names.libraries.layouts.get(kind)
    if layout is None or not layout.failed_entry:
        return {}
    return {
        "record_loop": Traced(scene.text(loop.source, root), Place(root.path, loop.start, loop.end)),
        "failed_entry": Setting(layout.failed_entry.replace("{record}", loop.target.id)),
        "failures_in": Setting(layout.failures_in),
    }


def _taken_from(source: o.Value) -> str:
    """The name of which a value is an entry, by a key that is written: ``event["Records"]``."""
    keyed = isinstance(source, o.Subscript) and isinstance(source.key, o.Literal) and isinstance(source.base, o.Name)
    return source.base.id if keyed and isinstance(source, o.Subscript) and isinstance(source.base, o.Name) else ""


# --- going on --------------------------------------------------------------------------------------------------------


def goes_on_after_failure(batch: Batch) -> object:
    """True at the except, or at the processor, that lets the next record begin; UNKNOWN where that may depend."""
    found = [(clause_place(c, c.what), sure) for c, sure in passed_over(batch) if isinstance(c.what, o.Except)]
    for site, meaning in batch.runs:
        answer = effective(processor_says(batch, site, meaning, "goes_on_after_failure"))
        found.append((processor_place(batch, site, meaning), _as_truth(answer)))
    sure = any_of(answer for _, answer in found)
    if sure is YES:
        return Setting(True, place=next(place for place, answer in found if answer is YES))
    unseen = batch.elsewhere or not (batch.loops or batch.runs)
    return UNKNOWN if sure is Truth.UNKNOWN or unseen else Setting(False)


def passed_over(batch: Batch) -> Iterator[tuple[Site, Truth]]:
    """The excepts inside a round in which the failure of its record can end, with how sure it is that the next one begins."""
    for loop in batch.loops:
        for clause in batch.scene.run.sites:
            if clause.kind != "except" or clause.node not in loop.inside or not clause.inside <= loop.inside:
                continue
            assert isinstance(clause.what, o.Except)
            after = batch.scene.run.graph.reach(clause.node) | Nodes.of([clause.node])
            yield clause, truth(bool(after & Nodes.of(loop.again))) & _catches_failure(batch, clause, clause.what, loop)


def _catches_failure(batch: Batch, clause: Site, what: o.Except, loop: Site) -> Truth:
    """Does it catch whatever happens to a record, for good, and without asking later what happened?"""
    if expected_error(batch.scene, what):
        return NO
    broad = YES if catches_all(what) or _is_broad(batch, clause, what) else Truth.UNKNOWN
    unsure = _raises_too(batch, clause) or _is_asked_later(batch, clause, loop)
    return broad & _does_the_work(batch, clause) & (Truth.UNKNOWN if unsure else YES)


def _is_broad(batch: Batch, clause: Site, what: o.Except) -> bool:
    broad = batch.scene.names.libraries.settings.get("broad_errors", ())
    named = [batch.scene.names.resolve(kind, clause.frame) for kind in what.types]
    return any(isinstance(thing, Outside) and thing.name in broad for thing in named)


def _raises_too(batch: Batch, clause: Site) -> bool:
    return any(
        site.node in clause.then and isinstance(site.what, o.Leave) and site.what.kind == "raise"
        for site in batch.scene.run.sites
    )


def _does_the_work(batch: Batch, clause: Site) -> Truth:
    """Is it the work of the record that is tried, and not something beside it? A call that gets the record is work."""
    effects = [fact for fact in batch.facts if isinstance(fact, Effect) and fact.step is not None]
    if any(
        e.step is not None and e.step.node in clause.inside and effective(e.best_effort) is not True for e in effects
    ):
        return YES
    side = {e.step.node for e in effects if e.step is not None}
    calls = [
        (site, site.what)
        for site in batch.scene.run.sites
        if site.kind == "call" and site.node in clause.inside - side and isinstance(site.what, o.Call)
    ]
    work = [
        call for site, call in calls if not batch.scene.only_tells(call, site.frame) and _gets_record(batch, site, call)
    ]
    if work:
        return YES
    return Truth.UNKNOWN if calls else NO


def _gets_record(batch: Batch, site: Site, call: o.Call) -> bool:
    return any(batch.scene.from_event(one.value, site.frame) for one in call.arguments)


def _is_asked_later(batch: Batch, clause: Site, loop: Site) -> bool:
    """Something the clause notes down decides what the rest of the loop does, or the caller looks at the answer."""
    if clause.frame is not loop.frame and _answer_is_used(clause, loop):
        return True
    noted = set(_noted(batch, clause))
    tests = [site for site in batch.scene.run.sites if site.kind == "test" and site.node in loop.inside - clause.then]
    asked = [site.what.test for site in tests if isinstance(site.what, o.If)]
    return any(isinstance(part, o.Name) and part.id in noted for test in asked for part in o.walk(test))


def _noted(batch: Batch, clause: Site) -> Iterator[str]:
    for site in batch.scene.run.sites:
        if site.node not in clause.then:
            continue
        values: tuple[o.Value, ...] = ()
        if isinstance(site.what, o.Assign):
            values = site.what.targets
        elif isinstance(site.what, o.Call) and isinstance(site.what.callee, o.Attribute):
            values = (site.what.callee.base,)
        for value in values:
            inner = value.base if isinstance(value, o.Subscript) else value
            if isinstance(inner, o.Name):
                yield inner.id


def _answer_is_used(clause: Site, loop: Site) -> bool:
    """The clause stands in a function whose answer the loop's own function does something with."""
    frame = clause.frame
    while frame.caller is not None and frame.caller is not loop.frame:
        frame = frame.caller
    if frame.call is None or frame.caller is None:
        return True
    statement = statement_of(frame.caller.function, frame.call)
    return not (isinstance(statement, o.Do) and statement.value in (frame.call, _awaited(statement.value)))


def _awaited(value: o.Value) -> o.Value | None:
    return value.value if isinstance(value, o.Await) else None


# --- failing together ------------------------------------------------------------------------------------------------


def _failure_fails_batch(batch: Batch) -> object:
    """True at the first step of a round whose failure nothing catches; UNKNOWN when there is none to be seen."""
    if batch.runs:
        return Setting(False)
    inside = set().union(*(loop.inside for loop in batch.loops)) if batch.loops else set()
    steps = [fact for fact in batch.facts if fact.step is not None and fact.step.node in inside and _can_fail(fact)]
    found = [(fact, _sheltered(batch, fact)) for fact in steps]
    open_to = [fact for fact, sheltered in found if sheltered is NO]
    if open_to and not _is_one_write(batch):
        return Setting(True, place=open_to[0].place)
    return Setting(False) if found and all(sheltered is YES for _, sheltered in found) else UNKNOWN


def _can_fail(fact: Fact) -> bool:
    if isinstance(fact, Effect):
        return effective(fact.best_effort) is not True and effective(fact.can_fail) is not False
    return isinstance(fact, Wait) and effective(fact.duration) in (NONE, UNKNOWN)


def _sheltered(batch: Batch, fact: Fact) -> Truth:
    """Is a failure of this step caught and kept from leaving the handler?"""
    assert fact.step is not None
    best = NO
    for site in batch.scene.run.sites:
        if fact.step.node not in site.inside:
            continue
        if site.kind == "except" and isinstance(site.what, o.Except) and ends_quietly(batch.scene, site):
            whole = catches_all(site.what) and not _raises_too(batch, site)
            best = best | (YES if whole else Truth.UNKNOWN)
        elif site.kind == "with" and any("swallow" in meaning.spec.nouns for meaning in site.meanings):
            best = best | Truth.UNKNOWN
    return best


def _is_one_write(batch: Batch) -> bool:
    """A transaction around the whole loop: nothing of a failed batch stays, so nothing is done twice."""
    around = [fact.region for fact in batch.facts if isinstance(fact, Transaction) and fact.region is not None]
    return any(Nodes.of(loop.inside) <= region.nodes for loop in batch.loops for region in around)


# --- processors ------------------------------------------------------------------------------------------------------


def processor_says(batch: Batch, site: Site, meaning: Meaning, name: str) -> object:
    """A field of the object that runs the records, as the library file tells it of its making."""
    processor = processor_of(batch, site, meaning)
    return batch.scene.evaluator.client(processor, name, "truth") if processor is not None else UNKNOWN


def processor_of(batch: Batch, site: Site, meaning: Meaning) -> Instance | None:
    if not meaning.spec.through.startswith("$"):
        return meaning.receiver if meaning.spec.through == "receiver" else None
    given = argument(batch.scene.names, meaning.call, meaning.frame, meaning.spec.through)
    thing = batch.scene.names.resolve(given.value, given.frame) if isinstance(given, Given) else None
    return thing if isinstance(thing, Instance) else None


def processor_place(batch: Batch, site: Site, meaning: Meaning) -> Place:
    """Where the processor is made; where it is used when that is not seen."""
    processor = processor_of(batch, site, meaning)
    if processor is None or processor.call is None or processor.frame is None:
        return callee_place(meaning.call, meaning.frame.path)
    return Place(processor.frame.path, processor.call.start, processor.call.end)


def _processor_fields(batch: Batch) -> dict[str, Any]:
    """The processor as it is made. One that is made with options of its own cannot be exchanged without looking."""
    if not batch.runs:
        return {"processor": NONE, "ordered_processor": NONE}
    processor = processor_of(batch, *batch.runs[0])
    if len(batch.runs) > 1 or processor is None or processor.call is None or processor.frame is None:
        return {"processor": UNKNOWN, "ordered_processor": UNKNOWN}
    plain = len(processor.call.arguments) <= 1
    ordered = batch.scene.evaluator.client(processor, "ordered_form", "word") if plain else NONE
    traced = batch.scene.evaluator.tracer.traced(processor.call, processor.frame)
    return {"processor": traced, "ordered_processor": ordered}


def _raises_when_all_fail(batch: Batch) -> object:
    """A processor says so; a loop of its own may raise behind the last round."""
    if batch.runs:
        answers = {repr(processor_says(batch, *run, "raises_when_all_fail")) for run in batch.runs}
        return processor_says(batch, *batch.runs[0], "raises_when_all_fail") if len(answers) == 1 else UNKNOWN
    return UNKNOWN if raises_behind(batch) or not batch.loops else Setting(False)


def raises_behind(batch: Batch) -> bool:
    """Can the handler still raise when a failed record has been passed over?"""
    inside = set().union(*(loop.inside for loop in batch.loops)) if batch.loops else set()
    failed = [clause for clause, sure in passed_over(batch) if sure is not NO]
    raises = [s.node for s in batch.scene.run.sites if isinstance(s.what, o.Leave) and s.what.kind == "raise"]
    return any(
        node in batch.scene.run.graph.reach(clause.node) for clause in failed for node in raises if node not in inside
    )


def _as_truth(answer: object) -> Truth:
    return truth(answer) if isinstance(answer, bool) else Truth.UNKNOWN
