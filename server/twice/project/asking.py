"""Which calls decide a test, and which way: through names, comparisons and functions of ours. What they mean is decided elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.project.calls import Meaning, meanings
from twice.project.course import Site
from twice.project.scene import Scene
from twice.project.scopes import visible
from twice.project.things import Frame, Outside, Routine

_DEEPEST = 5

# Comparisons with nothing (None, False, 0), with one and with two: does the test hold when what is compared does? Of a counter,
# one is the first and more is a copy.
_COMPARED = (
    {"==": False, "is": False, "!=": True, "is not": True, ">": True, "<=": False},
    {"==": True, "is": True, "!=": False, "is not": False, ">=": True, "<": False, ">": False, "<=": True},
    {">=": False, "<": True},
)


class Question(Struct, frozen=True, eq=False):
    """A call that a test asks, or a ``field`` of its answer.

    ``agrees``: the test holds when the call's answer does, fails then (False), or cannot be told.
    """

    call: o.Call
    frame: Frame
    agrees: bool | None
    meaning: Meaning | None = None
    field: str = ""


class Test(Struct, frozen=True, eq=False):
    """A branch of the run with the calls that decide it."""

    site: Site
    questions: tuple[Question, ...]


def tests_of(scene: Scene) -> tuple[Test, ...]:
    """The branches of a run, those of the handler itself before those of the functions it calls."""
    found = [
        Test(site, tuple(questions(scene, site.what.test, site.frame)))
        for site in scene.run.sites
        if site.kind == "test" and isinstance(site.what, o.If)
    ]
    return tuple(sorted(found, key=lambda test: test.site.frame.depth()))


def questions(
    scene: Scene, value: o.Value, frame: Frame, agrees: bool | None = True, depth: int = _DEEPEST
) -> Iterator[Question]:
    """The calls whose answers a value is made of."""
    if depth == 0:
        return
    match value:
        case o.Operation():
            yield from _of_operation(scene, value, frame, agrees, depth)
        case o.Name():
            for inner, inside in _bound(scene, value, frame):
                yield from questions(scene, inner, inside, agrees, depth - 1)
        case o.Attribute() | o.Subscript():
            yield from _of_earlier(scene, value.base, o.part_name(value), value.start, frame, agrees)
            for asked in questions(scene, value.base, frame, agrees, depth):
                yield _of_field(scene, asked, o.part_name(value))
        case o.Await() | o.Bind():
            yield from questions(scene, value.value, frame, agrees, depth)
        case o.Call():
            yield from _of_call(scene, value, frame, agrees, depth)
        case o.Comprehension() | o.Collection() | o.Choice():
            for part in o.parts(value):
                yield from questions(scene, part, frame, None, depth)


def _of_field(scene: Scene, asked: Question, field: str) -> Question:
    """A part of an answer that only says whether something was found is no field of it."""
    settings = scene.names.libraries.settings
    plain = (*settings.get("answer_fields", ()), *settings.get("answers_of_last", ()))
    return replace(asked, field=field) if field and field not in plain else asked


def _of_operation(
    scene: Scene, value: o.Operation, frame: Frame, agrees: bool | None, depth: int
) -> Iterator[Question]:
    first, last = value.operands[0], value.operands[-1]
    match value.operator:
        case "not":
            yield from questions(scene, first, frame, _same(agrees, False), depth)
        case "and" | "or":
            for operand in value.operands:
                yield from questions(scene, operand, frame, agrees, depth)
        case "in" | "not in" if isinstance(first, o.Literal):
            yield from questions(scene, last, frame, _same(agrees, value.operator == "in"), depth)
        case _:
            matched = value.operator == "match" and isinstance(last, o.Other) and len(last.parts) == 1
            literal = last.parts[0] if isinstance(last, o.Other) and matched else last
            operator = "==" if matched else value.operator
            holds = _compared(operator, literal if isinstance(literal, o.Literal) else None)
            for operand in value.operands:
                yield from questions(scene, operand, frame, _same(agrees, holds), depth)


def _compared(operator: str, literal: o.Literal | None) -> bool | None:
    """Does a comparison with this literal hold when what is compared is true, there, or the first?"""
    value = literal.value if literal is not None else ""
    number = 0 if value is None else value
    return _COMPARED[int(number)].get(operator) if isinstance(number, int) and 0 <= number <= 2 else None


def _of_call(scene: Scene, call: o.Call, frame: Frame, agrees: bool | None, depth: int) -> Iterator[Question]:
    found = meanings(scene.names, call, frame)
    thing = scene.names.resolve(call.callee, frame)
    if isinstance(thing, Routine) and not found:
        if not frame.runs(thing.function) and frame.depth() < 8:
            inside = scene.names.frames.enter(thing, call, frame)
            yield from _of_block(scene, thing.function.body, inside, agrees, depth - 1, ())
        return
    for meaning in found or (None,):
        yield Question(call, frame, agrees, meaning)
    if isinstance(call.callee, o.Attribute):
        yield from _of_earlier(scene, call.callee.base, call.callee.name, call.start, frame, agrees)
        taken = call.arguments[0].value if call.callee.name == "get" and call.arguments else None
        field = str(taken.value) if isinstance(taken, o.Literal) else ""
        for asked in questions(scene, call.callee.base, frame, agrees, depth):
            yield _of_field(scene, asked, field)
    if isinstance(thing, Outside) and (thing.name.startswith("builtins.") or any(m.spec.passes for m in found)):
        for one in call.arguments:
            yield from questions(scene, one.value, frame, agrees, depth)


def _of_earlier(
    scene: Scene, base: o.Value, name: str, before: int, frame: Frame, agrees: bool | None
) -> Iterator[Question]:
    """``cursor.rowcount`` asks the statement that the cursor executed last, ``pipeline.execute()`` all that was put into it."""
    settings = scene.names.libraries.settings
    if name not in settings.get("answers_of_last", ()) and name not in settings.get("answers_of_all", ()):
        return
    text = scene.text(base, frame)
    earlier = [
        call
        for call in frame.function.calls
        if call.start < before
        and isinstance(call.callee, o.Attribute)
        and call.callee.name != name
        and scene.text(call.callee.base, frame) == text
        and meanings(scene.names, call, frame)
    ]
    together = name in settings.get("answers_of_all", ())
    for call in earlier if together else earlier[-1:]:
        for meaning in meanings(scene.names, call, frame):
            if not (together and "increment" in meaning.spec.nouns):  # whatever it counts, it is not what is asked
                yield Question(call, frame, agrees, meaning)


# Functions of ours: what they return, and under which condition

_Condition = tuple[o.Value, bool]


def _of_block(
    scene: Scene, block: o.Block, frame: Frame, agrees: bool | None, depth: int, under: tuple[_Condition, ...]
) -> Iterator[Question]:
    for statement in block:
        match statement:
            case o.Leave(kind="return") if statement.value is not None:
                yield from _of_return(scene, statement.value, frame, agrees, depth, under)
            case o.If():
                yield from _of_block(scene, statement.then, frame, agrees, depth, (*under, (statement.test, True)))
                yield from _of_block(
                    scene, statement.otherwise, frame, agrees, depth, (*under, (statement.test, False))
                )
                if _leaves(statement.then):
                    under = (*under, (statement.test, False))
            case o.Try():
                yield from _of_block(scene, statement.body, frame, agrees, depth, under)
                for clause in statement.excepts:
                    yield from _of_conflict(scene, statement, clause, frame, agrees)
                yield from _of_block(scene, statement.otherwise, frame, agrees, depth, under)
            case _:
                for inner in o.blocks_of(statement):
                    yield from _of_block(scene, inner, frame, agrees, depth, under)


def _of_return(
    scene: Scene, value: o.Value, frame: Frame, agrees: bool | None, depth: int, under: tuple[_Condition, ...]
) -> Iterator[Question]:
    if not isinstance(value, o.Literal):
        yield from questions(scene, value, frame, agrees, depth)
    for test, holds in under:
        way = _same(agrees, holds == bool(value.value)) if isinstance(value, o.Literal) else None
        yield from questions(scene, test, frame, way, depth)


def _of_conflict(
    scene: Scene, statement: o.Try, clause: o.Except, frame: Frame, agrees: bool | None
) -> Iterator[Question]:
    """``except Conflict: return False``: the answer says whether the claim in the try held."""
    for inner in o.statements(clause.body):
        if isinstance(inner, o.Leave) and inner.kind == "return":
            known = inner.value is None or isinstance(inner.value, o.Literal)
            held = not bool(getattr(inner.value, "value", None)) if known else None
            for call in o.calls_in(statement.body):
                for meaning in meanings(scene.names, call, frame):
                    yield Question(call, frame, _same(agrees, held), meaning)


def _leaves(block: o.Block) -> bool:
    return bool(block) and isinstance(block[-1], o.Leave)


def _bound(scene: Scene, name: o.Name, frame: Frame) -> Iterator[tuple[o.Value, Frame]]:
    for binding in visible(frame.function, name.id, name.start):
        value = binding.value
        if binding.how not in ("assign", "enter") or isinstance(value, o.Function | o.Class | o.Import | None):
            continue
        if not (binding.path == (0,) and _is_claim(scene, value, frame)):  # the row, and whether it is new
            yield value, frame
    if name.id in frame.arguments:
        yield frame.arguments[name.id]


def _is_claim(scene: Scene, value: o.Value, frame: Frame) -> bool:
    called = value.value if isinstance(value, o.Await) else value
    found = meanings(scene.names, called, frame) if isinstance(called, o.Call) else ()
    return any("guard" in meaning.spec.nouns for meaning in found)


def _same(one: bool | None, other: bool | None) -> bool | None:
    """Agreement through two steps; unknown when one of them is."""
    return None if one is None or other is None else one == other
