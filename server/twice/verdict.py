"""What a rule says about one line: a finding with its proof, or how far it comes and why no further."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from twice.config import Config
from twice.engine import Checked, check, understand
from twice.finding import Answer, Finding
from twice.noun import Fact
from twice.rules.model import Rule, Rulebook
from twice.rules.proof import attempt
from twice.steps import Progress
from twice.text import Place, Text
from twice.truth import NO, YES
from twice.world import World

Kind = Literal["found", "held", "silenced", "failed", "hidden", "nothing"]


class Verdict(Struct, frozen=True):
    """One answer. ``place`` is what it is about, on the line or the nearest to it.

    ``because`` is the sentence that failed, or the code of the rule whose finding hides this one.
    """

    kind: Kind
    answers: tuple[Answer, ...] = ()
    place: Place | None = None
    because: str = ""


def verdicts(
    files: Mapping[str, bytes], book: Rulebook, config: Config, rule: Rule, line: Line, progress: Progress | None = None
) -> tuple[Verdict, ...]:
    """What the rule says about a line, whether the settings select it or not. There is always an answer."""
    every = config.each(lambda one: replace(one, select=(), ignore=(), confidence="low"))
    checked = check(files, book, every, progress=progress)
    told = [one for one in _told(checked, rule) if line.meets(_places(one[1]))]
    if told:
        return tuple(Verdict(kind, finding.proof, finding.place) for kind, finding in told)
    if not rule.present:
        return (Verdict("nothing"),)
    known, _ = understand(files, book)
    near = _nearest(known, rule, line)
    same = [one for one in _told(checked, rule) if any(_is_about(one[1], fact) for fact in near)]
    if same:
        return tuple(Verdict(kind, finding.proof, finding.place) for kind, finding in same)
    return (_without_finding(known, rule, near, book.rules, checked),)


class Line:
    """A line of a file, counted from 0."""

    def __init__(self, files: Mapping[str, bytes], path: str, number: int) -> None:
        self.path, self.number = path, number
        self.text = Text(files.get(path, b""))

    def distance(self, place: Place) -> int:
        """Lines between this one and a place of the file."""
        first, last = self.text.position(place.start).line, self.text.position(place.end).line
        return max(first - self.number, self.number - last, 0)

    def nearest(self, places: Iterable[Place]) -> int | None:
        """Lines to the nearest of these places, as far as they lie in this file."""
        return min((self.distance(place) for place in places if place.path == self.path), default=None)

    def meets(self, places: Iterable[Place]) -> bool:
        return self.nearest(places) == 0


def _told(checked: Checked, rule: Rule) -> Iterator[tuple[Kind, Finding]]:
    kinds: tuple[tuple[Kind, tuple[Finding, ...]], ...] = (
        ("found", checked.findings),
        ("held", checked.held),
        ("silenced", checked.silenced),
    )
    for kind, findings in kinds:
        yield from ((kind, finding) for finding in findings if finding.code == rule.code)


def _places(finding: Finding) -> tuple[Place, ...]:
    return (finding.place, *(related.place for related in finding.related))


def _is_about(finding: Finding, fact: Fact) -> bool:
    return bool(finding.proof) and fact.place in [place for _, place in finding.proof[0].facts]


# --- without a finding -----------------------------------------------------------------------------------------------


def _nearest(known: World, rule: Rule, line: Line) -> list[Fact]:
    """The facts nearest to the line that the rule could be about; what a called function does is near its call."""
    found = [(line.nearest((fact.place, *fact.way)), fact) for fact in known.of(rule.find)]
    distance = min((lines for lines, _ in found if lines is not None), default=None)
    return [fact for lines, fact in found if distance is not None and lines == distance]


def _without_finding(known: World, rule: Rule, near: list[Fact], rules: Iterable[Rule], checked: Checked) -> Verdict:
    if not near:
        return Verdict("nothing")
    answers, fact = max(((attempt(rule, fact, known), fact) for fact in near), key=lambda tried: len(tried[0]))
    failed = next((answer for answer in answers if not _holds(answer)), None)
    if failed is not None:
        return Verdict("failed", answers, fact.place, failed.sentence)
    return Verdict("hidden", answers, fact.place, _hider(rule, rules, checked))


def _holds(answer: Answer) -> bool:
    return answer.truth is (NO if answer.part == "without" else YES)


def _hider(rule: Rule, rules: Iterable[Rule], checked: Checked) -> str:
    """The code of a rule with a finding that hides this one; empty when it cannot be told."""
    spoken = {finding.code for finding in (*checked.findings, *checked.silenced)}
    hiding = (
        other.code
        for other in rules
        if rule.code in other.hides | other.hides_in_handler or other.code in rule.yields_to
    )
    return next((code for code in hiding if code in spoken), "")
