"""A Python file that a fix writes into: its text and tree, and the words that new text takes from its place."""

from __future__ import annotations

import re

from msgspec import Struct

from twice import outline as o
from twice.action import Edits
from twice.finding import Edit
from twice.languages.python_imports import imported, named
from twice.languages.python_places import call_at
from twice.languages.python_words import error_name, logger_name
from twice.text import Place


class Source(Struct, frozen=True, eq=False):
    """One file as it is parsed."""

    path: str
    outline: o.Outline

    @property
    def data(self) -> bytes:
        return self.outline.data

    def text(self, node: o.Node) -> str:
        """The user's own text of a node."""
        return self.data[node.start : node.end].decode("utf-8", "replace")

    def given(self, call: o.Call) -> str:
        """The user's own text of what stands between the brackets of a call."""
        return self.data[call.opens : call.end - 1].decode("utf-8", "replace").lstrip()

    def given_behind(self, first: str, call: o.Call) -> str:
        """The same behind another argument, which has a line of its own where those have that."""
        given = self.data[call.opens : call.end - 1].decode("utf-8", "replace")
        lines = re.match(r"\s*\n[ \t]*", given)
        return f"{lines[0]}{first},{given}" if lines is not None else f"{first}, {given.lstrip()}"

    def edit(self, start: int, end: int, text: str) -> Edit:
        return Edit(Place(self.path, start, end), text)

    def place(self, node: o.Node) -> Place:
        return Place(self.path, node.start, node.end)

    def named(self, dotted: str, usual: str, importing: str) -> tuple[str, Edits]:
        """What the file calls a function, and the import that it needs for that."""
        return named(self.outline, self.path, dotted, usual, importing)

    def member(self, dotted: str) -> tuple[str, Edits]:
        """The same for ``a.b.c``, which new text calls ``b.c``."""
        module, _, member = dotted.rpartition(".")
        package, _, last = module.rpartition(".")
        return self.named(dotted, f"{last}.{member}", f"from {package} import {last}")

    def partial(self) -> tuple[str, Edits]:
        return self.named("functools.partial", "partial", "from functools import partial")

    def add_import(self, text: str) -> Edits | None:
        return imported(self.outline, self.path, text)

    def filled(self, place: Place, text: str) -> tuple[str, Edits] | None:
        """Text with the words of its place: ``{owner}`` is what the call is made on, ``{error}`` what is caught around it, ``{log}``
        the file's logger, ``{module}`` what the file is called."""
        edits: Edits = ()
        text = text.replace("{module}", _called(self.path))
        if "{owner}" in text:
            callee = call.callee if (call := call_at(self.outline, place)) is not None else None
            if not isinstance(callee, o.Attribute) or isinstance(callee.base, o.Call):
                return None
            text = text.replace("{owner}", self.text(callee.base))
        if "{error}" in text:
            caught = error_name(self.outline, place)
            if caught is None:
                return None
            text, edits = text.replace("{error}", caught[0]), caught[1]
        if "{log}" in text:
            name = logger_name(self.outline)
            edits = (*edits, *(() if name else self.add_import("import logging") or ()))
            text = text.replace("{log}", name or "logging")
        return text, edits


# Names of files that say nothing of what is in them: the folder does.
_USUAL = frozenset({"__init__", "__main__", "main", "app"})


def _called(path: str) -> str:
    *folders, name = path.removesuffix(".py").split("/")
    return folders[-1] if folders and name in _USUAL else name
