"""What of one round of a loop belongs to the event that is taken in it: a loop may look after other things too."""

from __future__ import annotations

from msgspec.structs import replace

from twice import outline as o
from twice.libraries import HandlerSpec
from twice.project.names import Names


def of_event(names: Names, spec: HandlerSpec, taken: o.Statement, block: o.Block) -> o.Block:
    """What of a round belongs to the event: only the branch it is taken in, when nothing is left to do for it behind that."""
    if spec.settles != "return":
        return block
    statement = next((one for one in block if one.start <= taken.start < one.end), None)
    if isinstance(statement, o.Try) and statement.body[0].start <= taken.start < statement.body[-1].end:
        inner = of_event(names, spec, taken, statement.body)
        others = [*(s for clause in statement.excepts for s in clause.body), *statement.otherwise, *statement.final]
    elif isinstance(statement, o.If):
        branches = (one for one in (statement.then, statement.otherwise) if one)
        inner = next((one for one in branches if one[0].start <= taken.start < one[-1].end), block)
        others = []
    else:
        return block
    if inner in (block, getattr(statement, "body", ())) or _is_used(
        _bound_in(inner), [*others, *(one for one in block if one is not statement)]
    ):
        return block
    if isinstance(statement, o.If):
        return of_event(names, spec, taken, inner)
    less = replace(statement, body=inner)
    names.frames.keep(less)
    return (less,)


def _bound_in(block: o.Block) -> set[str]:
    """The names that get a value in a block, or an entry; what is put into an object stays with that."""
    targets = (t for one in o.statements(block) if isinstance(one, o.Assign) for t in one.targets)
    parts = (part for target in targets for part in (target.items if isinstance(target, o.Collection) else (target,)))
    named = (part.base if isinstance(part, o.Subscript) else part for part in parts)
    return {name.id for name in named if isinstance(name, o.Name)}


def _is_used(names: set[str], block: list[o.Statement]) -> bool:
    values = (value for statement in o.statements(tuple(block)) for value in o.values_of(statement))
    return any(isinstance(part, o.Name) and part.id in names for value in values for part in o.walk(value))
