"""Reviews as text for a terminal, as Markdown for a pull request, and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from twice.finding import Finding
from twice.report.lines import Line, Span, Style, line, wrapped
from twice.report.terminal import Page
from twice.review import Belief, Evidence, Review, State

VERSION = 1
CATEGORIES = {
    "ORD": "Message ordering",
    "DUP": "Message duplication",
    "IDM": "Idempotency",
    "LOD": "Load management",
    "PRO": "Producer contract",
    "CON": "Consumer contract",
    "DLQ": "Dead letter queues",
    "REC": "Recovery",
    "ARC": "Architecture",
}

_STYLES: dict[State, Style] = {"broken": "error", "covered": "good", "open": "warning", "not applicable": "quiet"}
_WORDS: dict[State, str] = {"broken": "broken", "covered": "covered", "open": "open", "not applicable": "n/a"}
_INDENT = "         "


def counted(review: Review) -> str:
    """``3 broken, 9 covered, 12 open, 28 not applicable``: the states that occur."""
    return ", ".join(f"{count} {state}" for state, count in review.counts().items() if count)


# --- for a terminal --------------------------------------------------------------------------------------------------


def text(reviews: Iterable[Review], page: Page, detailed: bool = False) -> Iterator[Line]:
    """Each handler with its beliefs by category; ``detailed`` tells as well what is true instead."""
    for review in reviews:
        seen = review.handler
        yield line(Span(page.where(seen.place), "path"), Span(f"  {seen.name}", "strong"), f"  ({_kind(review)})")
        yield line(f"  {counted(review)}")
        category, told = "", dict[Finding, str]()
        for belief in review.beliefs:
            if belief.item.id[:3] != category:
                category = belief.item.id[:3]
                yield ()
                yield line(Span(CATEGORIES.get(category, category), "strong"))
            yield from _belief(belief, page, detailed, told)
        yield ()


def _kind(review: Review) -> str:
    return f"{review.handler.kind}{f', fed by {review.handler.trigger}' if review.handler.trigger else ''}"


def _belief(belief: Belief, page: Page, detailed: bool, told: dict[Finding, str]) -> Iterator[Line]:
    state = Span(f"{_WORDS[belief.state]:<9}", _STYLES[belief.state])
    yield from wrapped(belief.item.belief, page.width, (state, Span(f"{belief.item.id}  ")))
    before = Span(_INDENT)
    if detailed:
        yield from wrapped(belief.item.reality, page.width, (before,))
    for finding in belief.findings:
        yield from wrapped(_finding(finding, page, told, belief), page.width, (before,))
    for shown in belief.evidence:
        yield from wrapped(_evidence(shown, page), page.width, (before, Span("+ ", "good")))
    for question in belief.questions:
        yield from wrapped(question, page.width, (before, Span("? ", "warning")))
    if belief.reason:
        yield from wrapped(belief.reason, page.width, (before,), "quiet")
    for link in belief.item.see if detailed else ():
        yield line(before, Span(link, "quiet"))


def _finding(finding: Finding, page: Page, told: dict[Finding, str], belief: Belief) -> str:
    """The finding, or under which item it has been told already."""
    first = told.setdefault(finding, belief.item.id)
    said = f"{page.link(finding.place)}: {finding.message}" if first == belief.item.id else f"as under {first}"
    return f"{finding.code} {said}"


def _evidence(evidence: Evidence, page: Page) -> str:
    return f"{evidence.text}: {page.where(evidence.place)}"


# --- for a pull request ----------------------------------------------------------------------------------------------

_MARKS: dict[State, str] = {"broken": "[ ] ❌", "covered": "[x]", "open": "[ ]", "not applicable": "[x]"}


def markdown(reviews: Iterable[Review], page: Page) -> str:
    """A list of tasks for each handler: what is covered is ticked."""
    parts: list[str] = []
    for review in reviews:
        seen = review.handler
        parts += [f"## `{seen.name}` ({_kind(review)})", "", f"{page.line(seen.place)}: {counted(review)}", ""]
        category, told = "", dict[Finding, str]()
        for belief in review.beliefs:
            if belief.item.id[:3] != category:
                category = belief.item.id[:3]
                parts += ["", f"### {CATEGORIES.get(category, category)}", ""]
            parts += _task(belief, page, told)
        parts.append("")
    return "\n".join(parts)


def _task(belief: Belief, page: Page, told: dict[Finding, str]) -> Iterator[str]:
    struck = belief.state == "not applicable"
    said = f"~~{belief.item.belief}~~" if struck else f"**{belief.item.belief}**"
    yield f"- {_MARKS[belief.state]} {belief.item.id} {said}{f': {belief.reason}' if belief.reason else ''}"
    yield from (f"  - {_finding(one, page, told, belief)}" for one in belief.findings)
    yield from (f"  - shown by `{one.text}` at {page.line(one.place)}" for one in belief.evidence)
    yield from (f"  - {question}" for question in belief.questions)


# --- for programs ----------------------------------------------------------------------------------------------------


def data(reviews: Iterable[Review], page: Page) -> dict[str, Any]:
    """The same for programs: docs/review.schema.json."""
    return {"version": VERSION, "handlers": [_as_data(one, page) for one in reviews]}


def _as_data(review: Review, page: Page) -> dict[str, Any]:
    seen = review.handler
    about = {"name": seen.name, "kind": seen.kind, "trigger": seen.trigger}
    beliefs = [_belief_data(one, page) for one in review.beliefs]
    return {**_place(seen.place.path, seen.place.start, page), **about, "counts": review.counts(), "beliefs": beliefs}


def _belief_data(belief: Belief, page: Page) -> dict[str, Any]:
    return {
        "item": belief.item.id,
        "belief": belief.item.belief,
        "state": belief.state,
        "findings": [
            {"code": one.code, "message": one.message, **_place(one.place.path, one.place.start, page)}
            for one in belief.findings
        ],
        "evidence": [
            {"sentences": one.text, **_place(one.place.path, one.place.start, page)} for one in belief.evidence
        ],
        "questions": list(belief.questions),
        "reason": belief.reason,
    }


def _place(path: str, start: int, page: Page) -> dict[str, Any]:
    if path not in page.files:
        return {"path": path, "line": None}
    return {"path": path, "line": page.text(path).position(start).line + 1}
