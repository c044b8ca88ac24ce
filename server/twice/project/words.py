"""Words in a text: looking for them costs far less than reading the code they stand in."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=64)
def any_of(words: frozenset[str]) -> re.Pattern[bytes]:
    """The pattern of one of these words; without any it matches nothing."""
    if not words:
        return re.compile(rb"(?!)")
    return re.compile(rb"\b(?:" + b"|".join(re.escape(word.encode()) for word in sorted(words)) + rb")\b")
