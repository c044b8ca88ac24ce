"""What stands in the files that deploy something, as far as code is asked about it by its words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field


class Deploying(Struct, eq=False):
    """The texts of these files by path, and what was asked of them so far."""

    texts: Mapping[str, bytes] = field(default_factory=dict)
    answers: dict[str, bool] = field(default_factory=dict)

    def mentions(self, patterns: Sequence[str]) -> bool:
        """Does one of them hold text that one of these patterns fits?"""
        for pattern in patterns:
            if pattern not in self.answers:
                found = re.compile(pattern.encode())
                self.answers[pattern] = any(found.search(data) for data in self.texts.values())
        return any(self.answers[pattern] for pattern in patterns)

    def becomes(self, other: Deploying) -> bool:
        """Would others have answered the same so far? Then it speaks of their texts from now on."""
        if any(other.mentions([pattern]) is not answer for pattern, answer in self.answers.items()):
            return False
        self.texts = other.texts
        return True
