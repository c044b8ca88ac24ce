"""Findings for a person at a terminal: what will happen, where, what belongs to it, what can be done."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from twice.finding import Finding, Fix, Problem, Severity
from twice.report.frame import Frame, frame, gutter
from twice.report.lines import Line, Span, line, visible, wrapped
from twice.text import Place, Text
from twice.truth import Truth

Named = Callable[[str], str]


class Page(Struct, frozen=True):
    """What a report is written on: the files it shows, the width, and how a path is called from where the person stands.

    ``linked`` makes a link of the words for a place, where there are links; ``written`` is a name as it may stand there.
    """

    files: Mapping[str, bytes]
    width: int
    named: Named = str
    linked: Callable[[Place, str], str] = lambda place, words: words
    written: Callable[[str], str] = visible

    def text(self, path: str) -> Text:
        return _text(self.files[path])

    def where(self, place: Place) -> str:
        """``path:line:column`` of a place, counted from 1; the path alone when its text is not there."""
        if place.path not in self.files:
            return self.named(place.path)
        position = self.text(place.path).position(place.start)
        return f"{self.named(place.path)}:{position.line + 1}:{position.column + 1}"

    def link(self, place: Place) -> str:
        """What ``where`` says, as a link where there are links."""
        return self.linked(place, self.where(place))

    def line(self, place: Place) -> str:
        """``path:line`` of a place, as a link where there are links."""
        where = self.where(place)
        return self.linked(place, where.rpartition(":")[0] or where)


@lru_cache(maxsize=64)
def _text(data: bytes) -> Text:
    """Finding the lines of a large file once for each of its findings would take longer than checking it."""
    return Text(data)


def findings(page: Page, found: Iterable[Finding], held: bool = False) -> Iterator[Line]:
    """All findings, each followed by an empty line; ``held`` ones say why they are held back."""
    for finding in found:
        yield from _finding(page, finding, held)
        yield ()


def problems(page: Page, found: Iterable[Problem]) -> Iterator[Line]:
    """What is wrong with the input itself, or with us. Most messages say where; the others get it from their place."""
    for problem in found:
        style: Severity = "error" if problem.kind == "internal" else "warning"
        place = problem.place
        where = f"{page.where(place)}: " if place is not None and not problem.message.startswith(place.path) else ""
        yield from wrapped(where + problem.message, page.width, (Span(f"{_KINDS[problem.kind]}: ", style),))
        if problem.expected:
            yield from wrapped(problem.expected, page.width, (Span("  = ", "quiet"),))


_KINDS = {"file": "file", "rule": "rule file", "config": "setting", "internal": "fault of Twice"}


# --- one finding -----------------------------------------------------------------------------------------------------


def _finding(page: Page, finding: Finding, held: bool) -> Iterator[Line]:
    sources = [
        (page.text(place.path), place)
        for place in (finding.place, *(related.place for related in finding.related))
        if place.path in page.files
    ]
    layout = Frame(page.width, gutter(sources))
    style: Severity = "hint" if held else finding.severity
    word = f"unsure {finding.severity}" if held else finding.severity
    yield from wrapped(finding.message, page.width, (Span(f"{word} {finding.code}: ", style),), "strong")
    handler = f" (handler: {finding.handler})" if finding.handler else ""
    yield line(Span(f"{' ' * layout.gutter}--> ", "quiet"), Span(page.where(finding.place), "path"), handler)
    if finding.place.path in page.files:
        yield from frame(layout, page.text(finding.place.path), finding.place, style)
    for related in finding.related:
        yield from _related(page, layout, finding.place, related.place, related.message)
    yield layout.bar()
    if held:
        yield from _why_held(layout, finding)
    yield from _notes(page, layout, finding)


def _related(page: Page, layout: Frame, first: Place, place: Place, message: str) -> Iterator[Line]:
    """Another place: its own frame, with the name of its file when that is another one."""
    if place.path not in page.files:
        yield from layout.note("see", f"{page.named(place.path)}: {message}", "quiet")
        return
    yield line(Span(f"{' ' * layout.gutter}::: ", "quiet"), page.where(place))
    yield from frame(layout, page.text(place.path), place, "quiet", "-", message, context=0)


def _notes(page: Page, layout: Frame, finding: Finding) -> Iterator[Line]:
    for fix in finding.fixes:
        yield from layout.note("fix", f"{fix.title} ({_offer(fix)})")
    place = page.line(finding.place)
    yield from layout.command(finding.name, f"twice explain {finding.code} {shlex.quote(place)}")


def _why_held(layout: Frame, finding: Finding) -> Iterator[Line]:
    if finding.truth is Truth.YES:
        yield from layout.note(
            "held back", f"{finding.confidence} confidence (--confidence {finding.confidence} shows it)"
        )
    for answer in finding.proof:
        if answer.truth is Truth.UNKNOWN:
            sentence = f"this is a {answer.sentence}" if answer.part == "find" else f"`{answer.sentence}`"
            yield from layout.note("held back", f"it cannot be told from here whether {sentence}")


def _offer(fix: Fix) -> str:
    return "--fix makes it" if fix.safety == "safe" else "--fix --unsafe-fixes makes it; read what it changes"
