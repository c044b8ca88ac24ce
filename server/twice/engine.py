"""The whole pipeline on one screen. Start here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from twice.finding import Finding, HandlerSeen, Problem
from twice.rules.load import Rulebook


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules speak: codes or prefixes of codes. Empty ``select`` means all."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check found. ``held`` are the findings that were kept back because an answer was UNKNOWN."""

    findings: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    handlers: tuple[HandlerSeen, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Memory:
    """Outlines by content hash, kept between checks by the server. Dropping it changes the speed, never the answer."""

    outlines: dict[bytes, object] = field(default_factory=dict)


def check(
    files: Mapping[str, bytes], rules: Rulebook, selection: Selection = Selection(), memory: Memory | None = None
) -> Checked:
    """All findings of a workspace: paths relative to its root with forward slashes, and their bytes.

    A pure function: no clock, no file system, no environment.
    """
    raise NotImplementedError
