"""Which facts the rules have to be asked about again, when most of the world is as it was.

What a rule says of a fact hangs on the facts that were looked at for it, on what stands beside those in the tables of the world,
and on lists of all facts of a noun. Facts never change: an edit makes new ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from twice.noun import Fact
from twice.rules.grouping import FindingMemory, Hit
from twice.rules.model import Rule
from twice.world import Listing, Pair, Pairs, Table, World

_TABLES = ("runs", "feeds", "uses", "watches")


class Asked(Struct):
    """What the rules said of one fact, and what they looked at."""

    hits: list[Hit] = field(default_factory=list)
    facts: set[Fact] = field(default_factory=set)
    listings: set[Listing] = field(default_factory=set)


class MatchMemory(Struct):
    """What the rules said of the last world. Dropping it changes the speed only."""

    rules: tuple[Rule, ...] = ()
    held: bool = True
    world: World | None = None
    asked: dict[Fact, Asked] = field(default_factory=dict)
    findings: FindingMemory = field(default_factory=FindingMemory)

    def asks_the_same(self, rules: tuple[Rule, ...], held: bool, world: World) -> bool:
        """Does what was said before say something about these rules and this world?"""
        same = len(self.rules) == len(rules) and all(one is other for one, other in zip(self.rules, rules, strict=True))
        return (
            same and self.held == held and self.world is not None and self.world.by_noun.keys() == world.by_noun.keys()
        )

    def standing(self, world: World) -> dict[Fact, Asked]:
        """What was said of facts for which it would be said again."""
        if self.world is None:
            return {}
        changed = _changed(self.world, world)
        listings = set().union(*(asked.listings for asked in self.asked.values()))
        other = {one for one in listings if self.world.listed(one) != world.listed(one)}
        return {
            fact: asked
            for fact, asked in self.asked.items()
            if fact not in changed and asked.facts.isdisjoint(changed) and asked.listings.isdisjoint(other)
        }


def _changed(before: World, after: World) -> set[Fact]:
    """The facts that came or went, and those beside which something else stands now."""
    both = set(before.facts) & set(after.facts)
    found = {fact for facts in (before.facts, after.facts) for fact in facts if fact not in both}
    for name in _TABLES:
        one: Table = getattr(before, name)
        other: Table = getattr(after, name)
        for pair in _differing(one.pairs, other.pairs):
            found.update(pair)
    return found


def _differing(one: Pairs, other: Pairs) -> Iterator[Pair]:
    yield from one.keys() ^ other.keys()
    yield from (pair for pair, truth in one.items() if other.get(pair, truth) is not truth)
