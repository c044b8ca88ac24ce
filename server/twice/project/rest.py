"""What a function does behind a clause of a ``try``, as it is written: it raises, goes on, or stands in another clause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twice import outline as o
from twice.project.course import Site


def raises_behind(site: Site) -> bool:
    """Whoever leaves this clause at its end meets a ``raise``, whichever way: the failure is told, in other words."""
    if not isinstance(site.what, o.Except):
        return False
    return _raises(_rest(site.frame.function.body, site.what))


def stands_in_clause(site: Site) -> bool:
    """Does the ``try`` of this clause stand in a clause of another one?"""
    return any(
        clause is not site.what and clause.start < site.what.start < clause.end
        for statement in site.frame.function.statements
        if isinstance(statement, o.Try)
        for clause in statement.excepts
    )


def _rest(block: o.Block, clause: o.Except) -> tuple[o.Statement, ...]:
    """The statements that follow the clause, as far as control reaches them without another round of a loop."""
    for index, statement in enumerate(block):
        if not statement.start <= clause.start < statement.end:
            continue
        behind = tuple(block[index + 1 :])
        if isinstance(statement, o.Try) and clause in statement.excepts:
            return behind
        inner = next((part for part in _inner(statement) if _holds(part, clause)), ())
        return (*_rest(inner, clause), *behind) if inner else ()
    return ()


def _inner(statement: o.Statement) -> Iterator[o.Block]:
    """The blocks of a statement from whose ends, and from whose errors, control passes to what stands behind it or above."""
    if isinstance(statement, o.If):
        yield from (statement.then, statement.otherwise)
    elif isinstance(statement, o.With):
        yield statement.body
    elif isinstance(statement, o.Try):
        yield from (one.body for one in statement.excepts)
        yield from (statement.otherwise, statement.final)
        if not statement.excepts:
            yield statement.body


def _holds(block: o.Block, clause: o.Except) -> bool:
    return bool(block) and block[0].start <= clause.start < block[-1].end


def _raises(block: Sequence[o.Statement]) -> bool:
    """Every way through these statements ends in a ``raise``."""
    for statement in block:
        if isinstance(statement, o.Leave):
            return statement.kind == "raise"
        if isinstance(statement, o.If) and _raises(statement.then) and _raises(statement.otherwise):
            return True
        if any(isinstance(one, o.Leave) and one.kind != "raise" for one in o.statements((statement,))):
            return False
    return False
