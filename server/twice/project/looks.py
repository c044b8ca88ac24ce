"""What a program does with the answer of a call: does it look at a part that tells a failure?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.project.calls import meanings
from twice.project.handles import statement_of
from twice.project.names import Names
from twice.project.scopes import visible
from twice.project.things import Frame, Routine

# How many calls an answer is followed through, up to callers and down into functions it is given to.
_DEEPEST = 4

# None where it cannot be told.
Verdict = bool | None


class Answer(Struct, frozen=True):
    """An answer on its way: the frame it is in, the parts of it that tell a failure, and those that may.

    One that comes ``later`` is looked at by waiting for it; the first of its ``awaits`` only hand it in.
    """

    names: Names
    frame: Frame
    telling: tuple[str, ...]
    may_tell: tuple[str, ...]
    later: bool
    awaits: int = 0
    depth: int = 0

    def read(self, part: str) -> Verdict:
        if part in self.telling or (self.later and part in _WAITING):
            return True
        if part in _REACHING or part in self.may_tell:
            return None
        return not self.telling and not self.later

    def tested(self) -> Verdict:
        """Is it a look to test the answer as a whole?"""
        return True if not self.telling or "tested" in self.telling else None


_WAITING = frozenset({"get", "result", "exception", "add_errback", "add_done_callback", "add_callback", "add_both"})
# Those that raise when it has failed.
_RAISING = frozenset({"get", "result"})
# What gives any part of a mapping.
_REACHING = frozenset({"", "get", "items", "values", "pop"})


def looked_at(answer: Answer, value: o.Value) -> Verdict:
    """What becomes of a value where it stands."""
    function = answer.frame.function
    statement = statement_of(function, value)
    if statement is None:
        return None
    for whole in o.values_of(statement):
        around = _around(whole, value)
        if around is not None:
            return _through(answer, value, around, statement)
    return None


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    """One look is enough; else one that cannot be told leaves it open."""
    found = list(verdicts)
    return True if True in found else None if None in found else False


def _around(whole: o.Value, value: o.Value) -> list[o.Value] | None:
    """The values around a value, the innermost first."""
    if whole is value:
        return []
    for part in o.parts(whole):
        found = _around(part, value)
        if found is not None:
            return [*found, whole]
    return None


def _through(answer: Answer, value: o.Value, around: list[o.Value], statement: o.Statement) -> Verdict:
    """Outwards from a value to the statement it stands in."""
    for index, outer in enumerate(around):
        match outer:
            case o.Await() if answer.later and not answer.awaits:
                return True
            case o.Await():
                answer = replace(answer, awaits=max(0, answer.awaits - 1))
            case o.Bind():
                further = _through(answer, outer, around[index + 1 :], statement)
                return _any((further, _named(answer, [outer.target.id], outer)))
            case o.Attribute() | o.Subscript() if outer.base is value:
                return _part(answer, outer, around[index + 1 :])
            case o.Call() if outer.callee is not value:
                if not _hands_on(answer, outer):
                    return _given(answer, outer, value, around[index + 1 :])
            case o.Operation(operator="in" | "not-in", operands=(o.Literal() as key, _)):
                return answer.read(str(key.value))
            case o.Operation(operator="not" | "and" | "or" | "is" | "is-not" | "==" | "!="):
                return answer.tested()
            case _:
                return False if _is_dropped(around[index:], statement) else _logged(answer, around[index:])
        value = outer
    return _at_statement(answer, value, statement)


def _is_dropped(around: list[o.Value], statement: o.Statement) -> bool:
    """``[send(one) for one in many]`` as a statement of its own."""
    return isinstance(statement, o.Do) and all(isinstance(one, o.Comprehension | o.Collection) for one in around)


def _at_statement(answer: Answer, value: o.Value, statement: o.Statement) -> Verdict:
    match statement:
        case o.Do():
            return False
        case o.Assign() if all(isinstance(target, o.Name) for target in statement.targets):
            return _named(answer, [target.id for target in statement.targets if isinstance(target, o.Name)], statement)
        case o.Leave(kind="return"):
            return _at_caller(answer)
        case o.With():
            target = next((name for entered, name in statement.items if entered is value), None)
            if target is None:
                return False
            return _named(answer, [target.id], value) if isinstance(target, o.Name) else None
        case o.If() | o.Loop(target=None):
            return answer.tested()
    return None


def _at_caller(answer: Answer) -> Verdict:
    frame = answer.frame
    if frame.caller is None or frame.call is None or answer.depth >= _DEEPEST:
        return None
    return looked_at(replace(answer, frame=frame.caller, depth=answer.depth + 1), frame.call)


# --- what is done with it --------------------------------------------------------------------------------------------


def _part(answer: Answer, part: o.Attribute | o.Subscript, around: list[o.Value]) -> Verdict:
    if isinstance(part, o.Attribute):
        called = around[0] if around and isinstance(around[0], o.Call) and around[0].callee is part else None
        name = _key_of(called) if called is not None and part.name in ("get", "pop") and not answer.later else part.name
        verdict = answer.read(name)
        if answer.later and called is not None and name in _RAISING:
            return True  # whatever is done with what it gives
    else:
        verdict = answer.read(str(part.key.value) if isinstance(part.key, o.Literal) else "")
    return False if _is_told(answer, around) else verdict


def _key_of(call: o.Call) -> str:
    first = call.arguments[0].value if call.arguments else None
    return str(first.value) if isinstance(first, o.Literal) else ""


def _given(answer: Answer, call: o.Call, value: o.Value, around: list[o.Value]) -> Verdict:
    """Handed to a function: one of ours shows what it does with it, and to tell it to a log is no look."""
    if _is_told(answer, [call, *around]):
        return False
    thing = answer.names.resolve(call.callee, answer.frame)
    if not isinstance(thing, Routine) or answer.depth >= _DEEPEST:
        return None
    inside = answer.names.frames.enter(thing, call, answer.frame)
    names = [name for name, (given, _) in inside.arguments.items() if _holds(given, value)]
    deeper = replace(answer, frame=inside, depth=answer.depth + 1)
    return _named(deeper, names, None) if names else None


def _holds(given: o.Value, value: o.Value) -> bool:
    return given is value or (isinstance(given, o.Await) and given.value is value)


def _hands_on(answer: Answer, call: o.Call) -> bool:
    """A call that gives back what it is given, in another form."""
    return any(meaning.spec.passes for meaning in meanings(answer.names, call, answer.frame))


def _logged(answer: Answer, around: list[o.Value]) -> Verdict:
    return False if _is_told(answer, around) else None


def _is_told(answer: Answer, around: list[o.Value]) -> bool:
    """Inside a call that only tells: a log, a print."""
    patterns = answer.names.libraries.settings.get("telling_calls", ())
    data = answer.names.outlines[answer.frame.path].data
    for outer in around:
        if isinstance(outer, o.Call):
            text = data[outer.callee.start : outer.callee.end].decode("utf-8", "replace")
            if any(re.search(pattern, text) for pattern in patterns):
                return True
    return False


# --- names -----------------------------------------------------------------------------------------------------------


def _named(answer: Answer, names: list[str], bound: o.Node | None) -> Verdict:
    """What becomes of the names it was bound to; None as the binding for a parameter."""
    function = answer.frame.function
    looks = list(_uses(answer, function, names, bound))
    for statement in function.statements:
        if isinstance(statement, o.Define) and isinstance(statement.what, o.Function):
            inner = replace(answer, frame=answer.names.frames.own_frame(statement.what, answer.frame.path))
            looks += _uses(inner, statement.what, names, None)
    return _any(looks)


def _uses(answer: Answer, function: o.Function, names: list[str], bound: o.Node | None) -> Iterator[Verdict]:
    loops = [s for s in function.statements if isinstance(s, o.Loop) and bound and _inside(bound, s)]
    for statement in function.statements:
        for whole in o.values_of(statement):
            for part in o.walk(whole):
                if not isinstance(part, o.Name) or part.id not in names or _is_target(part, statement):
                    continue
                if bound is not None and not _sees(function, part, bound, loops):
                    continue
                around = _around(whole, part)
                if around is not None:
                    yield _through(answer, part, around, statement)


def _is_target(part: o.Name, statement: o.Statement) -> bool:
    return isinstance(statement, o.Assign) and any(part is target for target in statement.targets)


def _inside(inner: o.Node, outer: o.Node) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _sees(function: o.Function, part: o.Name, bound: o.Node, loops: list[o.Loop]) -> bool:
    """Can the use see this binding: no other one stands in between, or a loop leads back to it."""
    if any(_inside(part, loop) for loop in loops):
        return part.start > bound.end or part.start < bound.start
    seen = visible(function, part.id, part.start) if part.start > bound.end else []
    return any(isinstance(one.value, o.Node) and _inside(one.value, bound) for one in seen)
