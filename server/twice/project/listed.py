"""Handlers that a document beside the code lists: which file and function runs for which kind of event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, join, normpath
from typing import Any

from twice import outline as o
from twice.languages.template import Items, Literal, Value
from twice.libraries import HandlerSpec
from twice.project.declared import Declared, declaration
from twice.project.declaring import declared
from twice.project.documents import Documents, has_word
from twice.project.names import Names
from twice.project.resources import value_below
from twice.project.things import Routine


def listed(names: Names, documents: Documents) -> tuple[Declared, ...]:
    """Those of all documents; the same ones as before where these are the same."""
    if names.listed is None or names.listed[0] != documents.files:
        names.listed = documents.files, tuple(_listed(names, documents.files))
    found: tuple[Declared, ...] = names.listed[1]
    return found


def _listed(names: Names, files: Mapping[str, Value]) -> Iterator[Declared]:
    specs = [spec for spec in names.libraries.handlers if spec.listed]
    for path, document in files.items():
        for spec in specs:
            if basename(path) == spec.listed["in"] and (made := _made(names, spec, path, document)) is not None:
                yield made


def _made(names: Names, spec: HandlerSpec, path: str, document: Value) -> Declared | None:
    entries = value_below(document, spec.listed["at"])
    entry = next(
        (one for one in (entries.items if isinstance(entries, Items) else ()) if has_word(one, spec.listed["word"])),
        None,
    )
    file, name = (_text(document, spec.listed[key]) for key in ("file", "function"))
    if entry is None or not file or not name:
        return None
    code = normpath(join(dirname(path), file))
    thing = names.global_name(code, name) if code in names.outlines else None
    if not isinstance(thing, Routine):
        return None
    function, event = thing.function, _text(entry, [spec.listed["event"]])
    taken = event if any(one.name == event for one in function.parameters) else ""
    end = function.name_start + len(function.name.encode())
    said = o.Call(function.name_start, end, o.Name(function.name_start, end, function.name), ())
    used = declaration(spec, said, names.frames.module_frame(thing.path), None)
    return declared(names, spec, thing, spec.kind, used, event=taken)


def _text(found: Value, keys: list[Any]) -> str:
    """The text at the first key, or else the second word itself: what holds where nothing is written."""
    written = value_below(found, keys[0])
    if isinstance(written, Literal):
        return str(written.value)
    return str(keys[1]) if written is None and len(keys) > 1 else ""
