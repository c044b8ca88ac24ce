"""Long work that can be watched, interrupted and left: a generator of the steps it takes, with the result at its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Result = TypeVar("Result")

# What is being done, how much of it is done, and how much there is.
Step = tuple[str, int, int]
Steps = Generator[Step, None, Result]
Progress = Callable[[str, int, int], None]


def finished(work: Steps[Result], progress: Progress | None = None) -> Result:
    """Do the work to its end in one go; ``progress`` is told of every step before it is done."""
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        if progress is not None:
            progress(*step)
