"""What every file of a snapshot has to show, and what has changed since the editor was told. Sends nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from lsprotocol import types
from msgspec import Struct

from twice.lsp import convert
from twice.lsp.client import Client
from twice.lsp.snapshot import Snapshot
from twice.text import Place


class Report(Struct, frozen=True):
    """The diagnostics of one file. ``version`` is that of the open document, None for a file on disk.

    Two reports with the same ``result`` show the same.
    """

    uri: str
    version: int | None
    result: str
    items: tuple[types.Diagnostic, ...]


Reports = Mapping[str, Report]


def reports(snapshot: Snapshot, client: Client) -> dict[str, Report]:
    """A report by address for every file with something to show, and for every open document."""
    items: dict[str, list[types.Diagnostic]] = {path: [] for path in (*snapshot.buffers, *snapshot.drafts)}
    for finding in snapshot.checked.findings:
        items.setdefault(finding.place.path, []).append(convert.diagnostic(finding, snapshot, client))
    for path, item in _complaints(snapshot, client):
        items.setdefault(path, []).append(item)
    made = (_report(snapshot.uri(path), snapshot.version(path), found) for path, found in items.items())
    return {report.uri: report for report in made}


def nothing(uri: str) -> Report:
    """The report of a file that has nothing to show any more."""
    return _report(uri, None, ())


def changed(before: Reports, now: Reports) -> Iterator[Report]:
    """What the editor has to be told: new and different reports, then empty ones for those that are gone."""
    yield from (report for uri, report in now.items() if before.get(uri) != report)
    yield from (nothing(uri) for uri, report in before.items() if uri not in now and report.items)


def elsewhere(before: Reports, now: Reports) -> bool:
    """Do files look different in which nothing was typed? Whoever asks for diagnostics would not know to ask again."""
    for report in changed(before, now):
        known = before.get(report.uri)
        untouched = known is not None and known.version == report.version
        if untouched and known is not None and known.result != report.result:
            return True
        if known is None and report.version is None:
            return True
    return False


def _complaints(snapshot: Snapshot, client: Client) -> Iterator[tuple[str, types.Diagnostic]]:
    """Problems in the files they stand in. Those that stand nowhere are for the log."""
    for problem in (*snapshot.folder.problems, *snapshot.checked.problems):
        place = problem.place
        if place is not None and _is_there(snapshot, place):
            yield place.path, convert.complaint(problem, place, snapshot, client)


def _is_there(snapshot: Snapshot, place: Place) -> bool:
    folder = snapshot.folder
    return snapshot.open(place.path) is not None or place.path in folder.files or place.path in folder.spoken_of


def _report(uri: str, version: int | None, items: Sequence[types.Diagnostic]) -> Report:
    result = hashlib.blake2b(repr(items).encode(), digest_size=12).hexdigest() if items else ""
    return Report(uri, version, result, tuple(items))
