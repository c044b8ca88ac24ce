"""What comes before what in one run of a handler: each case is a small program and the questions put to it.

In the programs ``one``, ``two``, ``three`` ... are steps nobody sees into; the questions read as the rule language does.
"""

from __future__ import annotations

from collections.abc import Mapping

from twice import flow
from twice.flow import Step
from twice.languages import python
from twice.libraries import Libraries
from twice.outline import Name
from twice.project.course import Run
from twice.project.lift import lift
from twice.project.modules import modules
from twice.project.names import Names

VERBS = {"precedes": flow.precedes, "follows": flow.follows}


def run_of(files: Mapping[str, str]) -> Run:
    """The run of ``handle`` in ``app.py``; loops over ``event`` go over its records."""
    outlines = {path: python.read(text.encode()) for path, text in files.items()}
    names = Names(outlines, modules(outlines, frozenset()), Libraries())
    handle = next(f for f in outlines["app.py"].functions if f.name == "handle")
    frame = names.frames.own_frame(handle, "app.py")
    return lift(names, frame, handle.body, lambda source, _: isinstance(source, Name) and source.id == "event")


def answers(run: Run, question: str) -> str:
    """The answer for the calls of these names; where one is met several times, all its answers."""
    first, verb, second = question.split()
    pairs = [(a, b) for a in _steps(run, first) for b in _steps(run, second)]
    assert pairs, f"{first} and {second} are both met in the run"
    return " ".join(sorted({VERBS[verb](a, b).name for a, b in pairs}))


def _steps(run: Run, name: str) -> list[Step]:
    return [
        Step(run.graph, site.node)
        for site in run.sites
        if site.kind == "call" and getattr(getattr(site.what, "callee", None), "id", "") == name
    ]


def check(text: str, expected: str, **others: str) -> None:
    run = run_of({"app.py": text, **{f"{name}.py": other for name, other in others.items()}})
    for line in filter(None, (line.strip() for line in expected.splitlines())):
        question, _, answer = line.rpartition(": ")
        assert answers(run, question) == answer, f"{question}: {answers(run, question)} instead of {answer}"


# --- branches --------------------------------------------------------------------------------------------------------


def test_a_step_before_a_branch_precedes_both_sides() -> None:
    check(
        """
def handle(event):
    one()
    if event:
        two()
    else:
        three()
    four()
""",
        """
        one precedes two: YES
        one precedes four: YES
        two precedes four: UNKNOWN
        two precedes three: NO
        three follows one: YES
        three follows two: NO
        """,
    )


def test_a_branch_that_returns_leaves_the_rest_to_the_other() -> None:
    check(
        """
def handle(event):
    if one():
        two()
        return
    three()
    four()
""",
        """
        one precedes four: YES
        three precedes four: YES
        four follows two: NO
        """,
    )


def test_what_stands_behind_an_or_may_be_left_out() -> None:
    check(
        """
def handle(event):
    one() or two()
    three()
""",
        """
        one precedes three: YES
        two precedes three: UNKNOWN
        """,
    )


# --- loops -----------------------------------------------------------------------------------------------------------


def test_the_next_record_of_a_batch_is_another_event() -> None:
    check(
        """
def handle(event):
    for record in event:
        one(record)
        two(record)
""",
        """
        one precedes two: YES
        one follows two: NO
        """,
    )


def test_rounds_over_anything_else_belong_to_the_same_event() -> None:
    check(
        """
def handle(event):
    for part in event.parts:
        one(part)
        two(part)
    three()
""",
        """
        one follows two: YES
        one precedes three: UNKNOWN
        """,
    )


def test_continue_skips_the_rest_of_a_round() -> None:
    check(
        """
def handle(event):
    for record in event:
        if one(record):
            two(record)
            continue
        three(record)
        four(record)
    five()
""",
        """
        three follows two: NO
        three precedes four: YES
        five follows two: YES
        """,
    )


def test_break_leaves_the_loop_without_its_else() -> None:
    check(
        """
def handle(event):
    for part in event.parts:
        if one(part):
            two()
            break
    else:
        three()
    four()
""",
        """
        three follows two: NO
        four follows two: YES
        """,
    )


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_step_in_a_try_need_not_have_happened_in_the_except() -> None:
    check(
        """
def handle(event):
    try:
        one()
        two()
    except Exception:
        three()
    else:
        four()
    five()
""",
        """
        one precedes two: YES
        one precedes three: UNKNOWN
        two precedes four: YES
        three follows two: YES
        four follows three: NO
        one precedes five: UNKNOWN
        """,
    )


def test_an_except_that_raises_does_not_reach_what_follows_the_try() -> None:
    check(
        """
def handle(event):
    try:
        one()
    except ValueError:
        two()
        raise
    three()
""",
        """
        one precedes three: YES
        three follows two: NO
        """,
    )


def test_a_failure_passes_through_the_finally_and_goes_on_outwards() -> None:
    check(
        """
def handle(event):
    try:
        one()
    finally:
        two()
    three()
""",
        """
        one precedes three: YES
        one precedes two: UNKNOWN YES
        two precedes three: NO YES
        three follows two: NO YES
        """,
    )


def test_a_finally_comes_after_a_return() -> None:
    check(
        """
def handle(event):
    try:
        if one():
            two()
            return
        three()
    finally:
        four()
    five()
""",
        """
        four follows two: NO YES
        five follows two: NO
        three precedes five: YES
        """,
    )


def test_each_of_several_returns_runs_the_finally() -> None:
    check(
        """
def handle(event):
    try:
        if one():
            return two()
        if three():
            return four()
    finally:
        five()
""",
        """
        five follows two: NO YES
        five follows four: NO YES
        four follows two: NO
        """,
    )


def test_a_finally_runs_before_the_loop_goes_on_or_ends() -> None:
    check(
        """
def handle(event):
    for part in event.parts:
        try:
            if one():
                continue
            if two():
                break
            three()
        finally:
            four()
        five()
    six()
""",
        """
        five follows three: YES
        three precedes five: YES
        four follows two: YES
        six follows four: NO YES
        """,
    )


def test_a_return_in_a_finally_swallows_the_failure() -> None:
    check(
        """
def handle(event):
    three()
    inner()
    four()

def inner():
    try:
        one()
    finally:
        return two()
""",
        """
        three precedes four: YES
        four follows two: YES
        one precedes four: UNKNOWN
        """,
    )


def test_a_failure_in_a_helper_is_caught_around_its_call() -> None:
    check(
        """
from work import work

def handle(event):
    try:
        work(event)
        one()
    except Exception:
        two()
    three()
""",
        """
        four precedes one: YES
        two follows four: YES
        two follows five: YES
        four precedes three: UNKNOWN
        """,
        work="""
def work(event):
    four()
    five()
""",
    )


def test_what_a_narrow_except_lets_through_reaches_the_outer_one() -> None:
    check(
        """
def handle(event):
    try:
        try:
            one()
        except ValueError:
            two()
        three()
    except Exception:
        four()
""",
        """
        four follows one: YES
        one precedes three: UNKNOWN
        four follows two: YES
        """,
    )


def test_what_a_broad_except_keeps_does_not_reach_the_outer_one() -> None:
    check(
        """
def handle(event):
    try:
        try:
            one()
        except Exception:
            pass
    except Exception:
        four()
    five()
""",
        """
        one precedes five: UNKNOWN
        """,
    )


# --- calls -----------------------------------------------------------------------------------------------------------


def test_five_levels_of_helpers_in_several_files_are_one_run() -> None:
    check(
        """
from a import a

def handle(event):
    a(event)
    one()
""",
        """
        two precedes three: YES
        three precedes one: YES
        four precedes three: YES
        """,
        a="from b import b\n\ndef a(x):\n    b(x)\n",
        b="from c import c\n\ndef b(x):\n    two()\n    c(x)\n",
        c="from d import d\n\ndef c(x):\n    d(x)\n",
        d="""
from e import e

def d(x):
    if four():
        raise ValueError(x)
    e(x)
""",
        e="def e(x):\n    three()\n",
    )


def test_a_function_that_calls_itself_is_read_once() -> None:
    check(
        """
def handle(event):
    one()
    walk(event)
    three()

def walk(node):
    two()
    for child in node.children:
        walk(child)
""",
        """
        one precedes two: YES
        two precedes three: YES
        two follows three: NO
        """,
    )


def test_an_early_return_of_a_helper_ends_only_the_helper() -> None:
    check(
        """
def handle(event):
    if not known(event):
        return
    three()

def known(event):
    if one():
        return False
    two()
    return True
""",
        """
        one precedes three: YES
        two precedes three: UNKNOWN
        """,
    )


def test_a_with_surrounds_its_body() -> None:
    check(
        """
def handle(event):
    with one() as thing:
        two(thing)
    three()
""",
        """
        one precedes two: YES
        two precedes three: YES
        """,
    )


# --- generators and context managers ---------------------------------------------------------------------------------


def test_a_loop_over_a_generator_runs_where_it_gives_something_out() -> None:
    check(
        """
from messages import messages

def handle(event):
    for message in messages(event):
        two(message)
        three(message)
    five()
""",
        """
        one precedes two: YES
        two precedes four: YES
        four follows three: YES
        two follows four: NO
        """,
        messages="""
def messages(event):
    for record in event:
        message = one(record)
        yield message
        four(record)
""",
    )


def test_a_round_that_goes_on_gives_the_generator_its_turn_and_one_that_breaks_does_not() -> None:
    check(
        """
def handle(event):
    for part in parts(event):
        if two(part):
            continue
        if three(part):
            break
        four(part)
    six()

def parts(event):
    yield one()
    five()
""",
        """
        two precedes five: YES
        five follows four: YES
        six follows three: YES
        four precedes five: UNKNOWN
        """,
    )


def test_the_generator_does_not_catch_what_fails_in_the_loop() -> None:
    check(
        """
def handle(event):
    for part in parts(event):
        two(part)

def parts(event):
    try:
        one()
        yield event
    except ValueError:
        three()
""",
        """
        three follows one: YES
        three follows two: NO
        """,
    )


def test_a_generator_that_passes_on_what_another_gives_out() -> None:
    check(
        """
def handle(event):
    for part in parts(event):
        two(part)
    four()

def parts(event):
    one()
    yield from inner(event)
    three()

def inner(event):
    yield event
""",
        """
        one precedes two: YES
        two precedes three: YES
        three precedes four: YES
        """,
    )


def test_an_object_that_is_looped_over_runs_its_own_generator() -> None:
    check(
        """
def handle(event):
    for part in Parts():
        two(part)

class Parts:
    def __iter__(self):
        yield one()
        three()
""",
        """
        one precedes two: YES
        two precedes three: YES
        """,
    )


def test_a_context_manager_stands_around_its_block() -> None:
    check(
        """
from contextlib import contextmanager

def handle(event):
    with session() as it:
        two(it)
    five()

@contextmanager
def session():
    one()
    try:
        yield it
        three()
    except Exception:
        four()
        raise
""",
        """
        one precedes two: YES
        two precedes three: YES
        four follows two: YES
        three precedes five: YES
        five follows four: NO
        """,
    )


def test_a_context_manager_may_keep_a_failure_to_itself() -> None:
    check(
        """
from contextlib import asynccontextmanager

async def handle(event):
    async with quietly():
        one()
    two()

@asynccontextmanager
async def quietly():
    try:
        yield
    except Exception:
        three()
""",
        """
        one precedes two: UNKNOWN
        two follows three: YES
        """,
    )


# --- functions that do not come back ---------------------------------------------------------------------------------


def test_nothing_follows_a_function_that_always_raises() -> None:
    check(
        """
def handle(event):
    if one():
        refuse(event)
    two()

def refuse(event):
    three()
    raise ValueError(event)
""",
        """
        two follows three: NO
        one precedes two: YES
        """,
    )


def test_a_method_that_others_have_to_write_comes_back() -> None:
    check(
        """
class Worker:
    def process(self, event):
        raise NotImplementedError

def handle(event):
    one()
    Worker().process(event)
    two()
""",
        """
        one precedes two: YES
        """,
    )


# --- other forms -----------------------------------------------------------------------------------------------------


def test_the_cases_of_a_match_exclude_each_other() -> None:
    check(
        """
def handle(event):
    one()
    match event:
        case {"kind": "paid"}:
            two()
        case {"kind": "sent"}:
            three()
            return
    four()
""",
        """
        one precedes two: YES
        two precedes three: NO
        two precedes four: UNKNOWN
        three precedes four: NO
        one precedes four: YES
        """,
    )


def test_a_match_with_a_case_for_everything_takes_one_of_them() -> None:
    check(
        """
def handle(event):
    match event:
        case {"kind": "paid"}:
            return
        case _:
            one()
    two()
""",
        """
        one precedes two: YES
        """,
    )


def test_an_except_group_catches_as_an_except_does() -> None:
    check(
        """
def handle(event):
    try:
        one()
    except* ValueError:
        two()
    three()
""",
        """
        one precedes two: UNKNOWN
        one precedes three: UNKNOWN
        two follows one: YES
        """,
    )


def test_the_body_of_a_comprehension_runs_where_it_stands() -> None:
    check(
        """
def handle(event):
    one()
    found = [two(part) for part in parts if three(part)]
    four()
""",
        """
        one precedes two: YES
        three precedes two: YES
        two precedes four: UNKNOWN
        """,
    )


def test_a_value_that_is_kept_in_a_test_is_worked_out_before_it() -> None:
    check(
        """
def handle(event):
    if (found := one(event)) is None:
        return
    two(found)
""",
        """
        one precedes two: YES
        """,
    )


def test_guards_of_both_polarities() -> None:
    check(
        """
def handle(event):
    if not one(event):
        two()
    if three(event):
        return
    four()
""",
        """
        one precedes two: YES
        one precedes four: YES
        three precedes four: YES
        two precedes four: UNKNOWN
        """,
    )


def test_a_function_inside_runs_where_it_is_called() -> None:
    check(
        """
def handle(event):
    def inner():
        two()

    one()
    inner()
    three()
""",
        """
        one precedes two: YES
        two precedes three: YES
        """,
    )


def test_coroutines_run_where_they_are_awaited() -> None:
    check(
        """
async def book(event):
    two()


async def handle(event):
    one()
    await book(event)
    three()
""",
        """
        one precedes two: YES
        two precedes three: YES
        """,
    )


def test_a_function_that_is_defined_twice_may_be_either() -> None:
    check(
        """
import sys

if sys.version_info >= (3, 11):

    def book(event):
        one()

else:

    def book(event):
        one()


def handle(event):
    book(event)
    two()
""",
        """
        one precedes two: YES
        """,
    )


def test_what_is_left_for_a_name_is_bound_to_it() -> None:
    check(
        """
def handle(event):
    match one(event):
        case 1:
            two()
        case other:
            three(other)
            four()
""",
        """
        three precedes four: YES
        two precedes three: NO
        one precedes four: YES
        """,
    )
