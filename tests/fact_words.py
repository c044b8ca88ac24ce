"""What a marker may say of a fact: its fields, and the verbs that hold for it.

``# ^^^ subscription partial_failures=false redelivery_after=30s batch_size=default dead_letter.retention=14d`` asks for fields,
``# ^^^ guard precedes=charge`` for a verb, ``# ^^^ key value=event.id|clock+random`` for the origins of a value: its ways by
``|``, what flows into one of them by ``+``.
"""

from __future__ import annotations

from twice.facts import NOUNS, vocabulary
from twice.noun import Fact, Traced, value_of
from twice.relations import VERBS
from twice.rules.wording import duration
from twice.truth import YES, Setting, effective, is_default
from twice.world import World


def says(world: World, fact: Fact, asked: str) -> tuple[str, ...]:
    """What may stand behind ``asked=``, the best first; empty when it is neither a field nor a verb.

    ``certain=unknown`` asks for facts that excuse and never accuse.
    """
    if asked == "certain":
        return (fact.certain.name.lower(),)
    if asked in VERBS:
        answer = VERBS[asked].answer
        return tuple(other.name for other in world.facts if other is not fact and answer(world, fact, other) is YES)
    *way, name = asked.split(".")
    owner = effective(value_of(fact, tuple(way)))
    if not isinstance(owner, Fact) or name not in vocabulary(type(owner)):
        return ()
    value = getattr(owner, name)
    words = (_word(effective(value), vocabulary(type(owner))[name].kind),)
    return (*words, "default") if isinstance(value, Setting) and is_default(value) is YES else words


def with_forms(nouns: list[str]) -> list[str]:
    """The nouns with all their forms."""
    return [noun for noun, kind in NOUNS.items() if any(issubclass(kind, NOUNS[wanted]) for wanted in nouns)]


def _word(value: object, kind: str) -> str:
    if isinstance(value, Fact):
        return value.name
    if isinstance(value, Traced):
        return "|".join(sorted("+".join(sorted(way)) for way in value.ways)) or "unknown"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return duration(value).replace(" ", "") if kind == "duration" else f"{value:.12g}"
    return str(getattr(value, "value", value))
