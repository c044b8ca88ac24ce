"""Writes one expression as another that means the same, but for what a fix is about."""

from __future__ import annotations

import re

from twice import outline as o
from twice.action import Edits
from twice.languages.python_places import blocks, call_at, calls_within, function_at, statement_at
from twice.languages.python_source import Source
from twice.languages.python_words import is_word
from twice.text import Place


def call_through(source: Source, call: Place, function: str) -> Edits | None:
    """``f(x)`` as ``on_commit(partial(f, x))``, under the names that the file has for both or is given.

    Only where nobody uses its answer. A function that begins with a dot is one of what the call is made on: ``a.f(x)`` as
    ``a.later(partial(a.f, x))``.
    """
    statement, found = statement_at(source.outline, call), call_at(source.outline, call)
    if not function or found is None or not isinstance(statement, o.Do) or statement.value is not found:
        return None
    callee = source.text(found.callee)
    imports: Edits = ()
    if not function.startswith("."):
        later, imports = source.member(function)
    elif isinstance(found.callee, o.Attribute):
        later = source.text(found.callee.base) + function
    else:
        return None
    if found.arguments:
        partial, more = source.partial()
        callee, imports = f"{partial}({source.given_behind(callee, found)})", (*imports, *more)
    return (*imports, source.edit(found.start, found.end, f"{later}({callee})"))


def call_directly(source: Source, call: Place) -> Edits | None:
    """``f.later(x).get()`` as ``f(x)``: what waits for another run of a function calls it itself."""
    found = call_at(source.outline, call)
    asked = found.callee.base if found is not None and isinstance(found.callee, o.Attribute) else None
    if found is None or not isinstance(asked, o.Call) or not isinstance(asked.callee, o.Attribute):
        return None
    given = [one.value for one in asked.arguments]
    if any(isinstance(one, o.Collection | o.Mapping) for one in given) or any(
        one.name == "args" for one in asked.arguments
    ):
        return None  # its arguments are handed over in one
    text = f"{source.text(asked.callee.base)}({source.given(asked)})"
    return (source.edit(found.start, found.end, text),)


def pass_each(source: Source, call: Place, function: str) -> Edits | None:
    """``f(*[g(x) for x in y])`` as ``f(*[function(g(x)) for x in y])``; None where the name is one of the file's."""
    found = call_at(source.outline, call)
    given = found.arguments[0] if found is not None and len(found.arguments) == 1 else None
    each = given.value.element if given is not None and isinstance(given.value, o.Comprehension) else None
    if given is None or given.star != "*" or not isinstance(each, o.Call) or is_word(source.outline, function):
        return None
    return (source.edit(each.start, each.end, f"{function}({source.text(each)})"),)


def digest(source: Source, value: Place) -> Edits | None:
    """``hash(x)`` in an expression, which is another one in each process, as the SHA-256 of its text."""
    found = [
        call
        for call in calls_within(source.outline, value)
        if isinstance(call.callee, o.Name) and call.callee.id == "hash"
    ]
    if len(found) != 1 or len(found[0].arguments) != 1:
        return None
    sha256, imports = source.named("hashlib.sha256", "hashlib.sha256", "import hashlib")
    text = f"{sha256}(str({source.given(found[0])}).encode()).hexdigest()"
    return (*imports, source.edit(found[0].start, found[0].end, text))


def bind(source: Source, call: Place) -> Edits | None:
    """``lambda: f(x)`` as ``partial(f, x)``."""
    found = [one for one in _lambdas(source.outline, call) if not one.function.parameters]
    around = min(found, key=lambda one: one.end - one.start, default=None)
    if around is None or len(around.function.body) != 1:
        return None
    body = around.function.body[0]
    made = body.value if isinstance(body, o.Leave) else None
    if not isinstance(made, o.Call) or not made.arguments or not made.callee.start <= call.start < made.end:
        return None
    partial, imports = source.partial()
    text = f"{partial}({source.given_behind(source.text(made.callee), made)})"
    return (*imports, source.edit(around.start, around.end, text))


def in_thread(source: Source, call: Place) -> Edits | None:
    """``f(x)`` as ``await asyncio.to_thread(f, x)``, where the call stands in the body of a coroutine itself."""
    found = call_at(source.outline, call)
    function = function_at(source.outline, found) if found is not None else None
    if found is None or function is None or not function.is_async or found.start < function.body[0].start:
        return None
    values = [part for s in function.statements for value in o.values_of(s) for part in o.walk(value)]
    inside = (part for part in values if isinstance(part, o.Lambda | o.Comprehension))
    if any(part.start <= found.start < part.end for part in inside):
        return None
    thread, imports = source.named("asyncio.to_thread", "asyncio.to_thread", "import asyncio")
    callee = source.text(found.callee)
    text = f"await {thread}({source.given_behind(callee, found) if found.arguments else callee})"
    is_used = source.data[found.end : found.end + 1] in (b".", b"[", b"(")
    return (*imports, source.edit(found.start, found.end, f"({text})" if is_used else text))


def rename(source: Source, parameter: Place, name: str) -> Edits | None:
    """A parameter's own place and all that read it; None where a text, a comment or a callback may mean it too, or the name is taken."""
    function = function_at(source.outline, o.Node(parameter.start, parameter.end))
    old = source.data[parameter.start : parameter.end].decode("utf-8", "replace")
    if not name or function is None or not old.isidentifier() or is_word(source.outline, name):
        return None
    body = (part for s in function.statements for value in o.values_of(s) for part in o.walk(value))
    read = {(one.start, one.end) for one in body if isinstance(one, o.Name) and one.id == old}
    said = re.findall(rb"\b%s\b" % old.encode(), source.data[function.start : function.end])
    if len(said) != len(read) + 1:
        return None
    places = sorted({(parameter.start, parameter.end), *read})
    return tuple(source.edit(start, end, name) for start, end in places)


def _lambdas(outline: o.Outline, place: Place) -> list[o.Lambda]:
    return [
        part
        for block in blocks(outline, place)
        for statement in block
        for value in o.values_of(statement)
        for part in o.walk(value)
        if isinstance(part, o.Lambda) and part.start <= place.start and place.end <= part.end
    ]
