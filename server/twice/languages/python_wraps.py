"""Writes something around the rest of a block: what is done once a claim is taken, or from a check on."""

from __future__ import annotations

import re

from twice import outline as o
from twice.action import Edits
from twice.finding import Edit
from twice.languages.python_lines import indent, line_end, line_start
from twice.languages.python_places import blocks, function_at, statement_at
from twice.languages.python_rounds import STEP, laid_out, split
from twice.languages.python_source import Source
from twice.text import Place

_BODY = "{body}"


def wrap_behind(source: Source, test: Place, around: tuple[Place, ...], text: str) -> Edits | None:
    """What is done only where the claim at a place was taken, as the lines of a text say; ``{body}`` is what stands there now.

    ``around`` are places that may be among it: one has to be. None where the answer is asked for something else.
    """
    claimed = _claimed(source, test)
    filled = source.filled(test, text)
    if not claimed or filled is None:
        return None
    text, imports = filled
    used = set(re.findall(r"\w+", text.replace(_BODY, "")))
    if not _hold(claimed, around) or not _is_movable(source, claimed) or used & o.names_bound(claimed):
        return None
    return (*imports, _wrapped(source, claimed, text))


def wrap_from(source: Source, first: Place, around: tuple[Place, ...], text: str) -> Edits | None:
    """The statement at a place and what stands behind it in its block, as the lines of a text say; one of the places is among it."""
    found = statement_at(source.outline, first)
    block = next((one for one in blocks(source.outline, first) if any(s is found for s in one)), ())
    rest = block[block.index(found) :] if found in block else ()
    filled = source.filled(first, text)
    if filled is None or not _hold(rest, around) or not _is_movable(source, rest):
        return None
    text, imports = filled
    return (*imports, _wrapped(source, rest, text))


def _claimed(source: Source, test: Place) -> o.Block:
    """The statements that only the first delivery comes to."""
    found = statement_at(source.outline, test)
    block = next((one for one in blocks(source.outline, test) if any(s is found for s in one)), ())
    behind = block[block.index(found) + 1 :] if found in block else ()
    if isinstance(found, o.Assign):
        return _of_answer(found, behind)
    if isinstance(found, o.If):
        return _of_test(found, _asked(found.test), test, behind)
    around = next(
        (s for b in blocks(source.outline, test) for s in b if isinstance(s, o.Try) and found in s.body), None
    )
    return _of_refusal(source, around) if around is not None and isinstance(found, o.Do) else ()


def _of_answer(kept: o.Assign, behind: o.Block) -> o.Block:
    """``new = claim()``, and the next statement asks for that name."""
    name = kept.targets[0] if len(kept.targets) == 1 and not kept.operator else None
    following = behind[0] if behind else None
    if not isinstance(name, o.Name) or not isinstance(following, o.If):
        return ()
    asked = _asked(following.test)
    is_it = isinstance(asked, o.Name) and asked.id == name.id
    return _branch(following, behind[1:]) if is_it else ()


def _of_test(found: o.If, asked: o.Value, test: Place, behind: o.Block) -> o.Block:
    asked = asked.value if isinstance(asked, o.Await) else asked
    is_it = isinstance(asked, o.Call) and asked.callee.start <= test.start and test.end <= asked.callee.end
    return _branch(found, behind) if is_it else ()


def _of_refusal(source: Source, tried: o.Try) -> o.Block:
    """The claim raises for a copy: all that is behind the ``try``, when each of its clauses leaves."""
    place = source.place(tried)
    block = next((one for one in blocks(source.outline, place) if tried in one), ())
    alone = len(tried.body) == 1 and not tried.otherwise and not tried.final
    leaves = all(_leaves(clause.body) for clause in tried.excepts)
    return block[block.index(tried) + 1 :] if alone and leaves and tried.excepts else ()


def _asked(test: o.Value) -> o.Value:
    return test.operands[0] if isinstance(test, o.Operation) and test.operator == "not" else test


def _branch(found: o.If, behind: o.Block) -> o.Block:
    """Where the answer is true: the branch itself, or what stands behind one that leaves for all others."""
    if not isinstance(found.test, o.Operation):
        return found.then
    return behind if _leaves(found.then) and not found.otherwise else ()


def _leaves(block: o.Block) -> bool:
    """Its last statement leaves, in each of its branches."""
    last = block[-1] if block else None
    if isinstance(last, o.If):
        return _leaves(last.then) and _leaves(last.otherwise)
    return isinstance(last, o.Leave)


def _hold(body: o.Block, around: tuple[Place, ...]) -> bool:
    return any(body[0].start <= one.start and one.end <= body[-1].end for one in around if body)


def _is_movable(source: Source, body: o.Block) -> bool:
    """Can these statements be moved to the right without a change of what they do?"""
    first, end = line_start(source.data, body[0].start), line_end(source.data, body[-1].end)
    text = source.data[first:end]
    begins = not source.data[first : body[0].start].strip() and not source.data.startswith(b"elif", body[0].start)
    return begins and re.search(rb'"""|\'\'\'|\\\r?\n', text) is None


def _wrapped(source: Source, body: o.Block, text: str) -> Edit:
    start, end = body[0].start, line_end(source.data, body[-1].end)
    own = indent(source.data, start)
    lines = laid_out(
        text, own, _step(source, body[0]), {_BODY: (split(source.data[line_start(source.data, start) : end]), own)}
    )
    return source.edit(start, end, "\n".join(lines).lstrip())


def _step(source: Source, node: o.Node) -> str:
    """By how much the function around a node is indented more than its own head."""
    function = function_at(source.outline, node)
    if function is None or not function.body:
        return STEP
    return indent(source.data, function.body[0].start).removeprefix(indent(source.data, function.start)) or STEP
