"""The last lines of a check: what was found in how much, and what is not shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twice.engine import Checked
from twice.finding import SEVERITIES, Severity
from twice.report.lines import Line, Span, line


def summary(checked: Checked, files: int, seconds: float, shows_held: bool = False) -> Iterator[Line]:
    """Findings by severity, the handlers and files that were looked at, and what a clean run does not mean."""
    yield _found(checked, files, seconds)
    unseen = [f"{len(checked.silenced):,} silenced"] if checked.silenced else []
    if checked.held and not shows_held:
        unseen.append(f"{len(checked.held):,} held back as unsure (--unsure shows them)")
    if unseen:
        yield line(f"Not shown: {', '.join(unseen)}.")
    if checked.broken:
        names = ", ".join(checked.broken[:3]) + (" ..." if len(checked.broken) > 3 else "")
        yield line(f"Syntax errors may hide something in {_count(len(checked.broken), 'file')}: {names}")


def _found(checked: Checked, files: int, seconds: float) -> Line:
    taken = f"({_count(files, 'file')}, {seconds:.2g} s)"
    counts = {severity: _number(checked, severity) for severity in SEVERITIES if _number(checked, severity)}
    deployed = len(checked.deployed)
    if not counts and not checked.handlers and not deployed:
        return line(f"Neither handlers nor infrastructure found: nothing to check {taken}")
    looked_at = _count(len(checked.handlers), "event handler") if checked.handlers else ""
    looked_at = looked_at or (_count(deployed, "deployed resource") if deployed else "")
    where = f" in {looked_at} {taken}" if looked_at else f" {taken}"
    if not counts:
        return line(Span("No findings", "good"), where)
    worst = next(iter(counts))
    return line(Span(_joined([_severe(count, severity) for severity, count in counts.items()]), worst), where)


def _number(checked: Checked, severity: Severity) -> int:
    return sum(finding.severity == severity for finding in checked.findings)


def _severe(count: int, severity: Severity) -> str:
    return f"{count:,} information" if severity == "information" else _count(count, severity)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
