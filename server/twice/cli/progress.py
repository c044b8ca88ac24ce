"""Tells a person who waits what is being done, when it takes longer than a second."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_PATIENCE = 1.0
_PAUSE = 0.1


class Waiting:
    """A line on a terminal that is written over and taken away at the end. Silent everywhere else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stderr if stream is None else stream
        self.is_watched = self.stream.isatty()
        self.next = time.monotonic() + _PATIENCE
        self.written = 0

    def __call__(self, doing: str, done: int, of: int) -> None:
        now = time.monotonic()
        if not self.is_watched or now < self.next:
            return
        self.next = now + _PAUSE
        text = f"{doing} {done:,} of {of:,}" if of else f"{doing} {done:,}"
        self.stream.write(f"\r{text:<{self.written}}")
        self.stream.flush()
        self.written = len(text)

    def done(self) -> None:
        """Take the line away."""
        if self.written:
            self.stream.write(f"\r{'':<{self.written}}\r")
            self.stream.flush()
            self.written = 0
