"""Settings that stand beside the code in a file of their own: which file holds for a piece of code, and what it says at a path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join

from msgspec import Struct, field

from twice.languages.template import Items, Literal, Record, Unknown, Value
from twice.project.resources import reading, value_below
from twice.truth import UNKNOWN, Setting


class Documents(Struct, frozen=True, eq=False):
    """The files of settings of a workspace, by their paths."""

    files: Mapping[str, Value] = field(default_factory=dict)

    def setting(self, source: str, path: str, kind: str) -> Setting | None:
        """``document.NAME:a.b.*.c``: what the file of this name, in the folder of the code or the nearest one above, says there.

        ``*`` stands for every entry or element, ``type=X`` for those whose ``type`` is that word. None when nothing is written; UNKNOWN when the entries do not agree.
        """
        name, _, keys = source.removeprefix("document.").partition(":")
        near = next((one for one in _above(path, name) if one in self.files), None)
        if near is None:
            return None
        found = list(_at(self.files[near], keys.split(".")))
        told = [reading(one, near, kind) if one is not None else None for one in found]
        values = {repr(one.value) if one is not None else "" for one in told}
        if len(values) > 1:
            return Setting(UNKNOWN)
        return told[0] if told else None


def _above(path: str, name: str) -> Iterator[str]:
    folder = dirname(path)
    yield join(folder, name)
    while folder:
        folder = dirname(folder)
        yield join(folder, name)


def _at(found: Value | None, keys: list[str]) -> Iterator[Value | None]:
    if not keys or found is None:
        yield found
    elif "=" in keys[0]:
        for one in _inside(found):
            if has_word(one, keys[0]):
                yield from _at(one, keys[1:])
    elif keys[0] != "*":
        yield from _at(value_below(found, keys[0]), keys[1:])
    elif isinstance(found, Unknown):
        yield found
    else:
        for one in _inside(found):
            yield from _at(one, keys[1:])


def _inside(found: Value) -> Iterable[Value]:
    return found.fields.values() if isinstance(found, Record) else found.items if isinstance(found, Items) else ()


def has_word(found: Value, wanted: str) -> bool:
    """``type=X``: is that what stands there? In any case, as those read it who write such files."""
    key, _, word = wanted.partition("=")
    written = value_below(found, key)
    return isinstance(written, Literal) and str(written.value).casefold() == word.casefold()
