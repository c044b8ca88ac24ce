"""Values that are filled in before a file is used: by a shell, a template engine, or a provider of secrets."""

from __future__ import annotations

import re

from msgspec.structs import replace

from twice.languages.template import Items, Literal, Record, Unknown, Value

_FILLED = re.compile(r"\$\{|\$\(|\{\{|^\$\w|^<.*>$|^%\w+%$|^@\w+@$")


def decided(found: Value) -> Value:
    """The value, with what is decided elsewhere as unknown."""
    if isinstance(found, Record):
        return replace(found, fields={key: decided(one) for key, one in found.fields.items()})
    if isinstance(found, Items):
        return replace(found, items=tuple(decided(one) for one in found.items))
    if isinstance(found, Literal) and isinstance(found.value, str) and _FILLED.search(found.value):
        return Unknown(found.start, found.end)
    return found
