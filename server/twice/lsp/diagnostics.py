"""What every file of a snapshot has to show, and what has changed since the editor was told. Sends nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from lsprotocol import types
from msgspec import Struct

from twice.finding import Finding, Problem
from twice.lsp import convert
from twice.lsp.client import Client
from twice.lsp.snapshot import Snapshot
from twice.text import Place


class Report(Struct, frozen=True):
    """The diagnostics of one file. ``version`` is that of the open document, None for a file on disk.

    Two reports with the same ``result`` show the same. ``about`` is what the ``items`` were made of.
    """

    uri: str
    version: int | None
    result: str
    items: tuple[types.Diagnostic, ...]
    about: tuple[Finding | Problem, ...] = ()


Reports = Mapping[str, Report]


class Told(Struct, frozen=True, eq=False):
    """What the editor was told of a folder, and the moment it was told of."""

    snapshot: Snapshot
    reports: Reports


def reports(snapshot: Snapshot, client: Client, before: Told | None = None) -> dict[str, Report]:
    """A report by address for every file with something to show, and for every open document.

    Those that were told ``before`` and would be the same are taken from there: most of a large folder after every edit.
    """
    shown: dict[str, list[Finding | Problem]] = {path: [] for path in (*snapshot.buffers, *snapshot.drafts)}
    for finding in snapshot.checked.findings:
        shown.setdefault(finding.place.path, []).append(finding)
    for path, problem in _complaints(snapshot):
        shown.setdefault(path, []).append(problem)
    standing = _standing(before, snapshot)
    return {
        uri: standing(path, about) or _report(snapshot, client, path, about)
        for path, about in shown.items()
        for uri in (snapshot.uri(path),)
    }


def nothing(uri: str) -> Report:
    """The report of a file that has nothing to show any more."""
    return Report(uri, None, "", ())


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


def _complaints(snapshot: Snapshot) -> Iterator[tuple[str, Problem]]:
    """Problems in the files they stand in. Those that stand nowhere are for the log."""
    for problem in (*snapshot.folder.problems, *snapshot.checked.problems):
        place = problem.place
        if place is not None and _is_there(snapshot, place):
            yield place.path, problem


def _is_there(snapshot: Snapshot, place: Place) -> bool:
    folder = snapshot.folder
    return snapshot.open(place.path) is not None or place.path in folder.files or place.path in folder.spoken_of


def _standing(before: Told | None, snapshot: Snapshot) -> Callable[[str, Sequence[Finding | Problem]], Report | None]:
    """The report of a file that was told before, if the same things are to be shown in it and in the same texts."""
    if before is None or before.snapshot.folder.book is not snapshot.folder.book:
        return lambda path, about: None
    known, other = before.reports, _different(before.snapshot, snapshot)

    def standing(path: str, about: Sequence[Finding | Problem]) -> Report | None:
        report = known.get(snapshot.uri(path))
        if report is None or path in other or report.about != tuple(about):
            return None
        return report if other.isdisjoint(place.path for one in about for place in _places(one)) else None

    return standing


def _different(one: Snapshot, other: Snapshot) -> set[str]:
    """The files that have another text, version or address in these two moments."""
    opened = {path for moment in (one, other) for path in (*moment.buffers, *moment.drafts)}
    before, after = ({**moment.folder.spoken_of, **moment.files} for moment in (one, other))
    return {path for path in opened if one.open(path) != other.open(path)} | {
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    }


def _places(about: Finding | Problem) -> Iterator[Place]:
    """Where it is shown, and what is told beside it."""
    if about.place is not None:
        yield about.place
    if isinstance(about, Finding):
        yield from (related.place for related in about.related)


def _report(snapshot: Snapshot, client: Client, path: str, about: Sequence[Finding | Problem]) -> Report:
    items = tuple(_diagnostic(one, snapshot, client) for one in about)
    result = hashlib.blake2b(repr(items).encode(), digest_size=12).hexdigest() if items else ""
    return Report(snapshot.uri(path), snapshot.version(path), result, items, tuple(about))


def _diagnostic(about: Finding | Problem, snapshot: Snapshot, client: Client) -> types.Diagnostic:
    if isinstance(about, Finding):
        return convert.diagnostic(about, snapshot, client)
    assert about.place is not None, "a problem that stands nowhere is shown nowhere"
    return convert.complaint(about, about.place, snapshot, client)
