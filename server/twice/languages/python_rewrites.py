"""What a fix writes around a place of Python source: an entry of a mapping, a bound callback, the name of a caught error."""

from __future__ import annotations

import re
from collections.abc import Callable

from twice import outline as o
from twice.finding import Edit
from twice.languages.python_places import blocks
from twice.text import Place

Edits = tuple[Edit, ...]

_LOGGER = re.compile(r"(?i)(get_?)?logger")


def entry(outline: o.Outline, path: str, call: o.Call, argument: str, text: str) -> Edits | None:
    """An argument written ``@0:a.b`` is the entry ``"a.b"`` of the mapping that is the call's first argument, ``config:a`` the argument
    ``a`` of the call that makes the argument ``config``, ``@0`` the first argument itself. None where that is not in sight.
    """
    name, _, key = argument.partition(":")
    given = argument_of(call, name)
    if not key:
        return (Edit(Place(path, given.start, given.end), text),) if given is not None else None
    made = _made(outline, given) if given is not None else None
    if (
        isinstance(made, o.Call) and key.isidentifier() and o.called_name(made)[:1].isupper()
    ):  # a class, no function of theirs
        return _keyword(path, made, f"{key}={text}", key, text)
    if not isinstance(made, o.Mapping) or any(one is None for one, _ in made.items):
        return None
    for one, value in made.items:
        if isinstance(one, o.Literal) and one.value == key:
            return (Edit(Place(path, value.start, value.end), text),)
    if not made.items:
        return (Edit(Place(path, made.start + 1, made.start + 1), f'"{key}": {text}'),)
    return _behind(path, outline.data, made, f'"{key}": {text}')


def argument_of(call: o.Call, name: str) -> o.Value | None:
    """The argument of this name, or at this place among those without a name (``@0``)."""
    if not name.startswith("@"):
        return next((one.value for one in call.arguments if one.name == name), None)
    plain = [one.value for one in call.arguments if one.name is None and not one.star]
    at = int(name[1:]) if name[1:].isdigit() else len(plain)
    return plain[at] if at < len(plain) else None


def making(outline: o.Outline, call: o.Call, name: str) -> str:
    """How an argument is made that has a name of its own: the text of that call."""
    given = argument_of(call, name)
    made = _made(outline, given) if isinstance(given, o.Name) else None
    return outline.data[made.start : made.end].decode("utf-8", "replace") if isinstance(made, o.Call) else ""


def _made(outline: o.Outline, value: o.Value) -> o.Value | None:
    """A value, or what the one assignment of this file gives to its name; a mapping only when nobody else has it."""
    if not isinstance(value, o.Name):
        return value
    functions = (outline.module, *outline.everywhere())
    found = [
        statement
        for function in functions
        for statement in function.statements
        if isinstance(statement, o.Assign)
        and any(isinstance(target, o.Name) and target.id == value.id for target in statement.targets)
    ]
    made = found[0].value if len(found) == 1 and not found[0].operator else None
    shared = len(re.findall(rb"\b%s\b" % value.id.encode(), outline.data)) > 2
    return None if isinstance(made, o.Mapping) and shared else made


def _keyword(path: str, call: o.Call, whole: str, name: str, text: str) -> Edits | None:
    if not call.opens or any(one.star == "**" for one in call.arguments):
        return None
    for one in call.arguments:
        if one.name == name:
            return (Edit(Place(path, one.value.start, one.value.end), text),)
    at = call.arguments[-1].end if call.arguments else call.opens
    return (Edit(Place(path, at, at), f", {whole}" if call.arguments else whole),)


def _behind(path: str, data: bytes, mapping: o.Mapping, text: str) -> Edits:
    """Behind the last entry, on a line of its own where that has one."""
    last = mapping.items[-1]
    first = last[0] or last[1]
    line = data[: first.start].rpartition(b"\n")[2]
    between = f"\n{line.decode('utf-8', 'replace')}" if line.strip() == b"" and b"\n" in data[: first.start] else " "
    return (Edit(Place(path, last[1].end, last[1].end), f",{between}{text}"),)


def error_name(outline: o.Outline, place: Place) -> tuple[str, Edits] | None:
    """What the clause around a place calls the error it caught, and how it comes to that name; None where nothing is caught by type."""
    tries = [one for block in blocks(outline, place) for one in block if isinstance(one, o.Try)]
    clauses = [c for one in tries for c in one.excepts if c.start <= place.start and place.end <= c.end]
    clause = min(clauses, key=lambda one: one.end - one.start, default=None)
    if clause is None or not clause.types:
        return None
    if clause.name:
        return clause.name, ()
    header = re.compile(rb"[\s,)]*:").match(outline.data, clause.types[-1].end)
    name = next((one for one in ("error", "failure") if not is_word(outline, one)), None)
    if header is None or name is None:
        return None
    return name, (Edit(Place(place.path, header.end() - 1, header.end() - 1), f" as {name}"),)


def logger_name(outline: o.Outline) -> str:
    """What the file calls its own logger; nothing when it has none."""
    for statement in outline.module.body:
        if isinstance(statement, o.Assign) and isinstance(statement.value, o.Call) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, o.Name) and _LOGGER.fullmatch(o.called_name(statement.value)):
                return target.id
    return ""


def bound(outline: o.Outline, call: Place, named: Callable[[], tuple[str, Edits]]) -> Edits | None:
    """``lambda: f(x)`` as ``partial(f, x)``; ``named`` is how the file calls ``partial``."""
    found = [one for one in _lambdas(outline, call) if not one.function.parameters]
    around = min(found, key=lambda one: one.end - one.start, default=None)
    if around is None or len(around.function.body) != 1:
        return None
    body = around.function.body[0]
    made = body.value if isinstance(body, o.Leave) else None
    if not isinstance(made, o.Call) or not made.arguments or not made.callee.start <= call.start < made.end:
        return None
    callee = outline.data[made.callee.start : made.callee.end].decode("utf-8", "replace")
    given = outline.data[made.opens : made.end - 1].decode("utf-8", "replace")
    partial, imports = named()
    return (*imports, Edit(Place(call.path, around.start, around.end), f"{partial}({callee}, {given.lstrip()})"))


def threaded(outline: o.Outline, place: Place, call: o.Call, named: Callable[[], tuple[str, Edits]]) -> Edits | None:
    """``await to_thread(f, x)``, where the call stands in the body of a coroutine itself; ``named`` is what the file calls it."""
    function = _function_at(outline, call)
    if function is None or not function.is_async or call.start < function.body[0].start:
        return None
    values = [part for s in function.statements for value in o.values_of(s) for part in o.walk(value)]
    inside = (part for part in values if isinstance(part, o.Lambda | o.Comprehension))
    if any(part.start <= call.start < part.end for part in inside):
        return None
    callee = outline.data[call.callee.start : call.callee.end].decode("utf-8", "replace")
    given = outline.data[call.opens : call.end - 1].decode("utf-8", "replace")
    name, imports = named()
    text = f"await {name}({callee}, {given.lstrip()})" if call.arguments else f"await {name}({callee})"
    behind = outline.data[call.end : call.end + 1]
    wrapped = f"({text})" if behind in (b".", b"[", b"(") else text
    return (*imports, Edit(Place(place.path, call.start, call.end), wrapped))


def body_of(outline: o.Outline, name: Place) -> o.Block:
    """The statements of the function whose name stands at a place, behind its docstring."""
    function = next((one for one in outline.everywhere() if one.name_start == name.start), None)
    body = function.body if function is not None else ()
    first = body[0] if body else None
    spoken = isinstance(first, o.Do) and isinstance(first.value, o.Literal) and isinstance(first.value.value, str)
    return body[1:] if spoken else body


def hoisted(outline: o.Outline, value: Place, around: o.Statement | None) -> str:
    """A new name for a value that a loop computes in each round; nothing when it takes what the loop itself binds."""
    if not isinstance(around, o.Loop) or not around.start <= value.start < around.end or around.target is None:
        return ""
    inside = o.statements(around.body)
    targets = [around.target, *(t for s in inside if isinstance(s, o.Assign) for t in s.targets)]
    targets += [t for s in inside if isinstance(s, o.With) for _, t in s.items if t is not None]
    targets += [s.target for s in inside if isinstance(s, o.Loop) and s.target is not None]
    made = {part.id for target in targets for part in o.walk(target) if isinstance(part, o.Name)}
    text = outline.data[value.start : value.end].decode("utf-8", "replace")
    if made & set(re.findall(r"\w+", text)):
        return ""
    return next((name for name in ("message_id", "same_id") if not is_word(outline, name)), "")


def renamed(outline: o.Outline, parameter: Place, name: str) -> Edits | None:
    """A parameter's own place and all that read it; None where a text, a comment or a callback may mean it too, or the name is taken."""
    function = _function_at(outline, o.Node(parameter.start, parameter.end))
    old = outline.data[parameter.start : parameter.end].decode("utf-8", "replace")
    if function is None or not old.isidentifier() or is_word(outline, name):
        return None
    body = (part for s in function.statements for value in o.values_of(s) for part in o.walk(value))
    read = {(one.start, one.end) for one in body if isinstance(one, o.Name) and one.id == old}
    said = re.findall(rb"\b%s\b" % old.encode(), outline.data[function.start : function.end])
    if len(said) != len(read) + 1:
        return None
    places = sorted({(parameter.start, parameter.end), *read})
    return tuple(Edit(Place(parameter.path, start, end), name) for start, end in places)


def _function_at(outline: o.Outline, node: o.Node) -> o.Function | None:
    """The innermost function around a node, lambdas aside."""
    around = (one for one in outline.everywhere() if one.start <= node.start and node.end <= one.end)
    return min(around, key=lambda one: one.end - one.start, default=None)


def _lambdas(outline: o.Outline, place: Place) -> list[o.Lambda]:
    return [
        part
        for block in blocks(outline, place)
        for statement in block
        for value in o.values_of(statement)
        for part in o.walk(value)
        if isinstance(part, o.Lambda) and part.start <= place.start and place.end <= part.end
    ]


def outermost_loop(outline: o.Outline, place: Place) -> o.Loop | None:
    """The outermost loop around a place in its function; None when there is none, or when it may be left by a return."""
    inner = _function_at(outline, o.Node(place.start, place.end))
    around = inner.statements if inner is not None else ()
    loops = [one for one in around if isinstance(one, o.Loop) and one.start <= place.start and place.end <= one.end]
    outermost = max(loops, key=lambda one: one.end - one.start, default=None)
    if outermost is None or any(isinstance(s, o.Leave) and s.kind == "return" for s in o.statements(outermost.body)):
        return None
    return outermost


def is_word(outline: o.Outline, name: str) -> bool:
    return re.search(rb"\b%s\b" % name.encode(), outline.data) is not None
