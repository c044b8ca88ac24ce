"""Reads templates that nobody here wrote, each by itself, whole and cut at random places: nothing may raise an exception.

    python tests/real/templates.py [--cuts 4] [--seed 1] DIRECTORY ...

A directory is a clone of any repository that holds CloudFormation, Terraform, serverless.yml, compose files, manifests, connectors
or AsyncAPI documents. Half of the cuts lose the rest of the file, the others a piece in its middle.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from twice.config import Config
from twice.engine import understand
from twice.files import read_workspace
from twice.languages.templates import matters
from twice.rules.book import open_book
from twice.rules.model import Rulebook

ROOT = Path(__file__).resolve().parents[2]
# What is read longer than this is named, in seconds.
SLOW = 2.0


@dataclass
class Tally:
    """What was read, and what went wrong."""

    files: int = 0
    facts: int = 0
    cuts: int = 0
    slowest: tuple[float, str] = (0.0, "")
    faults: list[str] = field(default_factory=list)


def main() -> int:
    parser = argparse.ArgumentParser(description="Read templates that nobody here wrote, whole and cut.")
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--cuts", type=int, default=4, help="how often each file is cut (default: 4)")
    parser.add_argument("--seed", type=int, default=1, help="of the random places (default: 1)")
    asked = parser.parse_args()
    book, tally, places = open_book([ROOT / "rules"]), Tally(), random.Random(asked.seed)
    for directory in asked.directories:
        for path, data in templates(directory):
            read(f"{directory.name}/{path}", path, data, book, tally)
            for text in cut(data, asked.cuts, places):
                tally.cuts += 1
                read(f"{directory.name}/{path}, cut to {len(text)} bytes", path, text, book, tally, counted=False)
    print(report(tally))
    return 1 if tally.faults or tally.slowest[0] > SLOW else 0


def templates(directory: Path) -> Iterator[tuple[str, bytes]]:
    """The files that can say something, but code and its pins; what the directory ignores is read all the same."""
    found = read_workspace(directory.resolve(), Config(), matters=matters)
    if not found.files:
        raise SystemExit(f"templates: there is nothing to read in {directory}")
    yield from (
        (path, data) for path, data in found.files.items() if not path.endswith((".py", ".txt", ".toml", ".lock"))
    )


def read(shown: str, path: str, data: bytes, book: Rulebook, tally: Tally, counted: bool = True) -> None:
    """Tell all facts of one file."""
    begin = time.perf_counter()
    try:
        known, linked = understand({path: data}, book)
        faults = [problem.message for problem in linked.problems if problem.kind == "internal"]
    except Exception as error:  # noqa: BLE001
        tally.faults.append(f"{shown}: {type(error).__name__}: {error}")
        return
    tally.faults += [f"{shown}: {fault}" for fault in faults]
    tally.slowest = max(tally.slowest, (time.perf_counter() - begin, shown))
    if counted:
        tally.files += 1
        tally.facts += len(known.facts)


def cut(data: bytes, times: int, places: random.Random) -> Iterator[bytes]:
    """The file without its rest, and without a piece of it, in turn."""
    for number in range(times if data else 0):
        start, end = sorted(places.randrange(len(data) + 1) for _ in range(2))
        yield data[:end] if number % 2 else data[:start] + data[end:]


def report(tally: Tally) -> str:
    lines = [
        f"{tally.files:,} files read whole, with {tally.facts:,} facts; {tally.cuts:,} cut ones read",
        f"slowest: {tally.slowest[0]:.2f} s, {tally.slowest[1]}",
        *(f"FAULT {fault}" for fault in tally.faults),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
