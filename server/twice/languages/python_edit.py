"""Writes changes into Python source: arguments, statements, imports, in the style of the place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from twice import outline as o
from twice.finding import Edit
from twice.languages.python_imports import imported, named
from twice.languages.python_lines import indent, line_end, line_start, next_line
from twice.languages.python_places import beside, blocks, call_at, call_of_name, clause_at, statement_at
from twice.languages.python_rewrites import (
    body_of,
    bound,
    entry,
    error_name,
    hoisted,
    is_word,
    logger_name,
    making,
    outermost_loop,
    renamed,
    threaded,
)
from twice.languages.template_edit import Change
from twice.noun import Fact
from twice.text import Place

Edits = tuple[Edit, ...]


class PythonWriter(Struct, frozen=True, eq=False):
    """The writer of ``.py`` files. ``origin_of`` finds the expression of an origin where a place stands.

    ``change_of`` says which property of a resource a field of a fact is, where code makes that resource.
    """

    outlines: Mapping[str, o.Outline]
    origin_of: Callable[[Place, str], str | None]
    change_of: Callable[[Fact, str, object], Change | None] = lambda fact, field, value: None

    def set_property(self, fact: Fact, field: str, value: object) -> Edits | None:
        """An argument of the call that makes a resource, or of a call among its arguments."""
        change = self.change_of(fact, field, value)
        outline = self.outlines.get(change.place.path) if change is not None else None
        call = call_of_name(outline, change.place) if outline is not None and change is not None else None
        for key in change.keys[:-1] if change is not None else ():
            inner = next((one.value for one in call.arguments if one.name == key), None) if call is not None else None
            call = inner if isinstance(inner, o.Call) else None
        if change is None or call is None:
            return None
        text = repr(change.value)
        imports: Edits = ()
        if change.made_by:
            module, _, member = change.made_by.rpartition(".")
            package, _, last = module.rpartition(".")
            usual, importing = f"{last}.{member}", f"from {package} import {last}"
            named, imports = self._named(change.place, change.made_by, usual, importing)
            text = f"{named}({text})"
        edits = self.set_argument(Place(change.place.path, call.start, call.end), change.keys[-1], text)
        return (*imports, *edits) if edits is not None else None

    def set_argument(self, call: Place, argument: str, text: str) -> Edits | None:
        found = call_at(self.outlines[call.path], call)
        filled = self._filled(call, text)
        if filled is None:
            return None
        text, imports = filled
        outline = self.outlines[call.path]
        if found is not None and "{made}" in text:
            text = text.replace("{made}", making(outline, found, argument))
        if not text:
            return None
        nested = argument.startswith("@") or ":" in argument
        made = (
            entry(outline, call.path, found, argument, text)
            if found is not None and nested
            else self._keyword(call.path, found, argument, text)
        )
        return (*imports, *made) if made is not None else None

    def _keyword(self, path: str, found: o.Call | None, argument: str, text: str) -> Edits | None:
        if (
            not argument.isidentifier()
            or found is None
            or not found.opens
            or any(one.star == "**" for one in found.arguments)
        ):
            return None
        for one in found.arguments:
            if one.name == argument:
                return (Edit(Place(path, one.value.start, one.value.end), text),)
        if not found.arguments:
            return (Edit(Place(path, found.opens, found.opens), f"{argument}={text}"),)
        return self._after_last(path, found, f"{argument}={text}")

    def _after_last(self, path: str, call: o.Call, text: str) -> Edits:
        """After the last argument: on a line of its own when each argument has one, keeping a trailing comma."""
        data = self.outlines[path].data
        last = call.arguments[-1]
        rest = data[last.end : call.end]
        comma = re.match(rb"\s*,", rest)
        at = last.end + (comma.end() if comma else 0)
        between = data[call.opens : last.start]
        if b"\n" in between:
            margin = indent(data, last.start)
            ending = "," if comma else ""
            return (Edit(Place(path, at, at), f"{'' if comma else ','}\n{margin}{text}{ending}"),)
        if comma and not rest[comma.end() : -1].strip():
            return (Edit(Place(path, last.end, last.end), f", {text}"),)
        return (Edit(Place(path, at, at), f"{'' if comma else ','} {text}"),)

    def replace(self, place: Place, text: str) -> Edits | None:
        return (Edit(place, text),)

    def origin(self, place: Place, origin: str) -> str | None:
        return self.origin_of(place, origin)

    def move_statement_after(self, statement: Place, after: Place) -> Edits | None:
        outline = self.outlines[statement.path]
        moved, target = statement_at(outline, statement), statement_at(outline, after)
        if moved is None or target is None or not isinstance(moved, o.Do | o.Assign):
            return None
        data = outline.data
        around = beside(outline, moved, Place(after.path, target.start, target.end))
        if around is None:
            return None
        end = line_end(data, around.end)
        first = line_start(data, moved.start)
        text = data[moved.start : moved.end].decode("utf-8", "replace")
        removed = Edit(Place(statement.path, first, next_line(data, moved.end)), "")
        insert = Edit(Place(statement.path, end, end), f"\n{indent(data, moved.start)}{text}")
        return (removed, insert) if data[first : moved.start].strip() == b"" else None

    def insert_statement_after(self, after: Place, text: str) -> Edits | None:
        return self._behind(after, statement_at(self.outlines[after.path], after), text)

    def insert_behind_loops(self, after: Place, text: str) -> Edits | None:
        outline = self.outlines[after.path]
        return self._behind(after, outermost_loop(outline, after) or statement_at(outline, after), text)

    def _behind(self, after: Place, target: o.Statement | None, text: str) -> Edits | None:
        outline = self.outlines[after.path]
        filled = self._filled(after, text)
        if target is None or isinstance(target, o.Leave) or filled is None:
            return None
        text, imports = filled
        end = line_end(outline.data, target.end)
        margin = indent(outline.data, target.start)
        lines = "".join(f"\n{margin}{line}" if line else "\n" for line in text.rstrip("\n").split("\n"))
        return (*imports, Edit(Place(after.path, end, end), lines))

    def insert_statement_before(self, before: Place, text: str) -> Edits | None:
        outline = self.outlines[before.path]
        target = statement_at(outline, before)
        start = line_start(outline.data, target.start) if target is not None else 0
        if (
            target is None
            or outline.data[start : target.start].strip()
            or outline.data.startswith(b"elif", target.start)
        ):
            return None
        filled = self._filled(before, text)
        if filled is None:
            return None
        text, imports = filled
        margin = indent(outline.data, target.start)
        lines = "".join(f"{margin}{line}\n" for line in text.rstrip("\n").split("\n"))
        return (*imports, Edit(Place(before.path, start, start), lines))

    def begin_clause(self, clause: Place, text: str) -> Edits | None:
        found = clause_at(self.outlines[clause.path], clause)
        body = found.body if found is not None else body_of(self.outlines[clause.path], clause)
        if not body:
            return None
        first = Place(clause.path, body[0].start, body[0].end)
        return self.insert_statement_before(first, text)

    def delete_statement(self, statement: Place) -> Edits | None:
        outline = self.outlines[statement.path]
        found = statement_at(outline, statement)
        if found is None:
            return None
        start, end = line_start(outline.data, found.start), next_line(outline.data, found.end)
        if outline.data[start : found.start].strip():
            return None
        return (Edit(Place(statement.path, start, end), ""),)

    def return_statement(self, statement: Place) -> Edits | None:
        outline = self.outlines[statement.path]
        found = statement_at(outline, statement)
        last = any(function.body and function.body[-1] is found for function in outline.functions)
        if not isinstance(found, o.Do) or not last:
            return None
        return (Edit(Place(statement.path, found.start, found.start), "return "),)

    def raise_instead(self, statement: Place) -> Edits | None:
        outline = self.outlines[statement.path]
        found = statement_at(outline, statement)
        tries = (one for block in blocks(outline, statement) for one in block if isinstance(one, o.Try))
        caught = any(found is inner for one in tries for c in one.excepts for inner in o.statements(c.body))
        if found is None or not caught:
            return None
        return (Edit(Place(statement.path, found.start, found.end), "raise"),)

    def call_through(self, call: Place, function: str) -> Edits | None:
        """``f(x)`` as ``on_commit(partial(f, x))``, under the names that the file has for both or is given.

        A function that begins with a dot is one of what the call is made on: ``a.f(x)`` as ``a.later(partial(a.f, x))``.
        """
        outline = self.outlines[call.path]
        statement, found = statement_at(outline, call), call_at(outline, call)
        if found is None or not isinstance(statement, o.Do) or statement.value is not found:
            return None
        callee = outline.data[found.callee.start : found.callee.end].decode("utf-8", "replace")
        imports: Edits = ()
        if function.startswith("."):
            if not isinstance(found.callee, o.Attribute):
                return None
            owner = found.callee.base
            later = outline.data[owner.start : owner.end].decode("utf-8", "replace") + function
        else:
            module, _, member = function.rpartition(".")
            package, _, last = module.rpartition(".")
            later, imports = self._named(call, function, f"{last}.{member}", f"from {package} import {last}")
        if found.arguments:
            given = outline.data[found.opens : found.end - 1].decode("utf-8", "replace")
            partial, more = self._named(call, "functools.partial", "partial", "from functools import partial")
            callee, imports = f"{partial}({callee}, {given.lstrip()})", (*imports, *more)
        return (*imports, Edit(Place(call.path, found.start, found.end), f"{later}({callee})"))

    def bind(self, call: Place) -> Edits | None:
        """``lambda: f(x)`` as ``partial(f, x)``."""

        def named() -> tuple[str, Edits]:
            return self._named(call, "functools.partial", "partial", "from functools import partial")

        return bound(self.outlines[call.path], call, named)

    def in_thread(self, call: Place) -> Edits | None:
        """``f(x)`` as ``await asyncio.to_thread(f, x)``."""

        def named() -> tuple[str, Edits]:
            return self._named(call, "asyncio.to_thread", "asyncio.to_thread", "import asyncio")

        found = call_at(self.outlines[call.path], call)
        return threaded(self.outlines[call.path], call, found, named) if found is not None else None

    def hoist(self, value: Place, before: Place) -> Edits | None:
        outline = self.outlines[value.path]
        name = hoisted(outline, value, statement_at(outline, before))
        text = outline.data[value.start : value.end].decode("utf-8", "replace")
        made = self.insert_statement_before(before, f"{name} = {text}") if name and "\n" not in text else None
        return (*made, Edit(value, name)) if made is not None else None

    def rename(self, parameter: Place, name: str) -> Edits | None:
        return renamed(self.outlines[parameter.path], parameter, name)

    def raise_in(self, clause: Place) -> Edits | None:
        """``raise`` as the last statement of the clause; it takes the place of one that only leaves or does nothing."""
        outline = self.outlines[clause.path]
        found = clause_at(outline, clause)
        if found is None or not found.body:
            return None
        last = found.body[-1]
        text = outline.data[last.start : last.end]
        if isinstance(last, o.Leave) or text.strip() in (b"pass", b"..."):
            return (Edit(Place(clause.path, last.start, last.end), "raise"),)
        if outline.data[line_start(outline.data, last.start) : last.start].strip():
            return None
        end = line_end(outline.data, last.end)
        return (Edit(Place(clause.path, end, end), f"\n{indent(outline.data, last.start)}raise"),)

    def let_through(self, clause: Place, error: str) -> Edits | None:
        outline = self.outlines[clause.path]
        found = clause_at(outline, clause)
        if found is None or not found.body:
            return None
        start = line_start(outline.data, found.start)
        own, inner = indent(outline.data, found.start), indent(outline.data, found.body[0].start)
        if outline.data[start : found.start].strip() or len(inner) <= len(own):
            return None
        module, _, name = error.rpartition(".")
        named, imports = self._named(clause, error, name, f"from {module} import {name}")
        return (*imports, Edit(Place(clause.path, start, start), f"{own}except {named}:\n{inner}raise\n"))

    def look(self, call: Place, text: str) -> Edits | None:
        """``answer = call(...)`` and the statement behind it; an answer that has a name already keeps it."""
        outline = self.outlines[call.path]
        statement, found = statement_at(outline, call), call_at(outline, call)
        value = statement.value if isinstance(statement, o.Do | o.Assign) else None
        if found is None or value is None or (value.value if isinstance(value, o.Await) else value) is not found:
            return None
        name = _name_for(outline, statement)
        behind = self.insert_statement_after(call, text.replace("{answer}", name)) if name else None
        if behind is None or not isinstance(statement, o.Do):
            return behind
        return (Edit(Place(call.path, statement.start, statement.start), f"{name} = "), *behind)

    def _filled(self, place: Place, text: str) -> tuple[str, Edits] | None:
        """Text with the words of its place: ``{owner}`` is what the call is made on, ``{error}`` what is caught around it, ``{log}``
        the file's logger."""
        outline = self.outlines[place.path]
        edits: Edits = ()
        if "{owner}" in text:
            callee = call.callee if (call := call_at(outline, place)) is not None else None
            if not isinstance(callee, o.Attribute) or isinstance(callee.base, o.Call):
                return None
            text = text.replace("{owner}", outline.data[callee.base.start : callee.base.end].decode("utf-8", "replace"))
        if "{error}" in text:
            caught = error_name(outline, place)
            if caught is None:
                return None
            text, edits = text.replace("{error}", caught[0]), caught[1]
        if "{log}" in text:
            name = logger_name(outline)
            edits = (*edits, *(() if name else self.add_import(place, "import logging") or ()))
            text = text.replace("{log}", name or "logging")
        return text, edits

    def _named(self, place: Place, dotted: str, usual: str, importing: str) -> tuple[str, Edits]:
        return named(self.outlines[place.path], place, dotted, usual, importing)

    def add_import(self, place: Place, text: str) -> Edits | None:
        return imported(self.outlines[place.path], place, text)


def _name_for(outline: o.Outline, statement: o.Statement | None) -> str:
    """What the answer is called that a statement keeps; a new name where it keeps none."""
    if isinstance(statement, o.Assign):
        target = statement.targets[0] if len(statement.targets) == 1 and not statement.operator else None
        return target.id if isinstance(target, o.Name) else ""
    return next((name for name in ("answer", "response", "outcome") if not is_word(outline, name)), "")
