"""Puts a resource beside another one that a call makes: as an argument of that call, with the imports that its text needs."""

from __future__ import annotations

import re

from twice import outline as o
from twice.action import Edits
from twice.languages import python_arguments as arguments
from twice.languages.python_places import call_of_name
from twice.languages.python_source import Source
from twice.languages.template_edit import Addition

# What the new resource is made in: the first argument of a call that makes one.
_SCOPE = "{scope}"
_DOTTED = re.compile(r"(?<![\w.\"'])[a-z_]\w*(?:\.\w+){2,}")


def add(source: Source, addition: Addition) -> Edits | None:
    """The edits by which the arguments are there; None where the call is not in sight, or already has them."""
    call = call_of_name(source.outline, addition.place)
    if call is None or addition.made or addition.borrowed:
        return None
    edits: Edits = ()
    for argument, value in addition.sets:
        written = _written(source, call, str(value))
        if written is None or any(one.name == argument for one in call.arguments):
            return None
        text, imports = written
        made = arguments.insert(source, source.place(call), argument, text)
        if made is None:
            return None
        edits = (*edits, *imports, *made)
    return tuple(dict.fromkeys(edits))


def _written(source: Source, call: o.Call, text: str) -> tuple[str, Edits] | None:
    """The text with what the file calls the names of libraries in it, and the imports of those that it has not."""
    scope = next((one.value for one in call.arguments if one.name in (None, "scope") and not one.star), None)
    if _SCOPE in text:
        if scope is None:
            return None
        text = text.replace(_SCOPE, source.text(scope))
    edits: Edits = ()
    for dotted in dict.fromkeys(_DOTTED.findall(text)):
        own, imports = source.member(dotted)
        text = re.sub(rf"(?<![\w.]){re.escape(dotted)}(?!\w)", own, text)
        edits = (*edits, *imports)
    return text, edits
