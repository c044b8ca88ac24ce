"""Documents that people follow when events have to be dealt with by hand: from text to facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twice.facts import Runbook
from twice.languages.prose import is_runbook, prose
from twice.text import Place

Key = tuple[str, bytes]


def runbooks(files: Mapping[str, bytes], known: Mapping[Key, Runbook]) -> Iterator[tuple[Key, Runbook]]:
    """One for each such document, by path and content: those that are ``known`` are not read again."""
    for path, data in files.items():
        if is_runbook(path):
            yield (path, data), known.get((path, data)) or _runbook(path, data)


def _runbook(path: str, data: bytes) -> Runbook:
    found = prose(data)
    return Runbook(place=Place(path, found.start, found.end), name=found.title or path, address=found.names)
