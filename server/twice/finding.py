"""What Twice says: plain frozen data, made by ``rules.match`` and read by every rim."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from twice.text import Place
from twice.truth import Truth

Severity = Literal["error", "warning", "information", "hint"]
Confidence = Literal["high", "medium", "low"]
Safety = Literal["safe", "unsafe"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "information", "hint")


class Related(Struct, frozen=True):
    """Another place that belongs to a finding: the other end of the event."""

    place: Place
    message: str


class Edit(Struct, frozen=True):
    """Replace the bytes of ``place`` by ``text``; an empty range inserts."""

    place: Place
    text: str


class Fix(Struct, frozen=True):
    """A change that removes a finding. ``safe`` does what the author visibly meant and may run without asking."""

    title: str
    safety: Safety
    edits: tuple[Edit, ...]


class Answer(Struct, frozen=True):
    """One sentence of a rule with the answer it got: a line of the proof.

    ``facts`` are its names with the places of their facts, ``values`` its paths with what stands there in this code.
    """

    part: Literal["find", "with", "without"]
    sentence: str
    truth: Truth
    facts: tuple[tuple[str, Place], ...] = ()
    values: tuple[tuple[str, str], ...] = ()


class Finding(Struct, frozen=True):
    """One mistake at one place. ``handler`` is the qualified name of the handler it belongs to, if any; ``concerns`` are the
    places of all handlers that it means, also when it stands in a template that feeds them.

    ``truth`` is YES for a finding and UNKNOWN for one that was held back (``--unsure``).
    """

    code: str
    name: str
    items: tuple[str, ...]
    severity: Severity
    confidence: Confidence
    place: Place
    message: str
    handler: str | None = None
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
    proof: tuple[Answer, ...] = ()
    truth: Truth = Truth.YES
    concerns: tuple[Place, ...] = ()


def in_order(finding: Finding) -> tuple[str, int, int, str]:
    """The order of findings: by file, place and code."""
    return finding.place.path, finding.place.start, finding.place.end, finding.code


class Problem(Struct, frozen=True):
    """Something about the input that a person has to know: an unreadable file, a rule with a typo.

    ``place`` is None when the whole run is concerned; ``expected`` says what would be right and what to do next.
    """

    message: str
    place: Place | None = None
    expected: str = ""
    kind: Literal["file", "rule", "config", "internal"] = "file"


class HandlerSeen(Struct, frozen=True):
    """A handler as every rim shows it: where it is and what it is.

    ``place`` covers its name. ``trigger`` names what feeds it (``queue OrdersQueue``), or is empty.
    """

    place: Place
    name: str
    kind: str
    trigger: str = ""
