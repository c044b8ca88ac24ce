"""Long work on the message loop without holding it up. Knows nothing of the work.

Threads would not help: parsing holds the interpreter's lock, and two threads that both compute take turns anyway.
Between two slices the loop handles what the editor has sent, and a cancelled task ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from twice.steps import Step, Steps

Result = TypeVar("Result")

# In seconds. Nobody notices that an answer comes this much later.
SLICE = 0.01


async def in_slices(work: Steps[Result], report: Callable[[Step], None] = lambda step: None) -> Result:
    """The result of the work, done a little at a time; ``report`` is told after each slice how far it is."""
    began = time.perf_counter()
    while True:
        try:
            step = next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
        if time.perf_counter() - began < SLICE:
            continue
        report(step)
        await asyncio.sleep(0)
        began = time.perf_counter()
