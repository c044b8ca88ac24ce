"""Long work that can be watched, interrupted and left: a generator of the steps it takes, with the result at its end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from math import inf
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


class Patience:
    """How long the handlers of one file may take together, in seconds of a ``clock``. Without a clock it is endless."""

    def __init__(self, seconds: float = inf, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.seconds = seconds
        self._clock = clock
        self._spent: dict[str, float] = {}
        self.left_out: dict[str, int] = {}

    def lasts(self, path: str) -> bool:
        """May another handler of this file be looked at? When not, that is remembered."""
        if self._spent.get(path, 0.0) < self.seconds:
            return True
        self.left_out[path] = self.left_out.get(path, 0) + 1
        return False

    @contextmanager
    def spending(self, path: str) -> Iterator[None]:
        """The time that passes is spent on this file."""
        began = self._clock()
        try:
            yield
        finally:
            self._spent[path] = self._spent.get(path, 0.0) + self._clock() - began
