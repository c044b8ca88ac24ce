"""Words for people: the names of a message filled in with the user's own text, durations as an engineer writes them."""

from __future__ import annotations

from math import inf

from twice.noun import Fact, Traced
from twice.rules.answers import Binding, reading_of
from twice.rules.grammar import UNITS, kind_of
from twice.rules.model import Path
from twice.rules.reading import HOLE
from twice.truth import Missing, effective

LONGEST = 140
_SHORTEST = 8


def message(template: str, binding: Binding, limit: int = LONGEST) -> str:
    """The template filled in; the user's text is shortened where the whole would be too long."""
    fillings = {hole: filling(hole, binding) for hole in HOLE.findall(template)}
    text = _filled(template, fillings)
    while len(text) > limit:
        longest = max(fillings, key=lambda hole: len(fillings[hole]), default="")
        if not longest or len(fillings[longest]) <= _SHORTEST:
            return text[: limit - 1].rstrip() + "…"
        keep = max(_SHORTEST, len(fillings[longest]) - (len(text) - limit) - 1)
        fillings[longest] = fillings[longest][: keep - 1].rstrip() + "…"
        text = _filled(template, fillings)
    return text


def code(template: str, binding: Binding) -> str | None:
    """Source text for a fix: only the holes that name something of the rule are filled, and nothing is shortened.

    None when there is nothing to fill one of them with.
    """
    for hole in HOLE.findall(template):
        name, *fields = hole.split(".")
        if name in binding:
            value = effective(reading_of(Path(name, tuple(fields)), binding).value)
            if isinstance(value, Missing):
                return None
            template = template.replace("{" + hole + "}", value if isinstance(value, str) else filling(hole, binding))
    return template


def filling(hole: str, binding: Binding) -> str:
    """What stands for a name or path in a message: source text, a name, a duration, a number."""
    name, *fields = hole.split(".")
    if name not in binding:
        return name.rpartition(" ")[2]
    return value_at(Path(name, tuple(fields)), binding)


def value_at(path: Path, binding: Binding) -> str:
    """What stands at a path, in words: source text, a name, a duration, a number."""
    return in_words(reading_of(path, binding).value, kind_of(path))


def in_words(value: object, kind: str) -> str:
    """A value of a fact's field as people write it; ``kind`` is the kind of the field."""
    value = effective(value)
    if isinstance(value, Fact):
        return value.name or type(value).__name__.lower()
    if isinstance(value, Traced):
        return " ".join(value.text.split())
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return duration(value) if kind == "duration" else f"{value:.12g}"
    return " ".join(str(getattr(value, "value", value)).split())


def duration(seconds: float) -> str:
    """Seconds in the largest unit that needs no fraction: 30 s, 5 min, 4 d."""
    if seconds == inf:
        return "for ever"
    for unit in ("d", "h", "min", "s"):
        if seconds >= UNITS[unit] and seconds % UNITS[unit] == 0:
            return f"{seconds / UNITS[unit]:g} {unit}"
    return f"{seconds:g} s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:g} ms"


def _filled(template: str, fillings: dict[str, str]) -> str:
    text = HOLE.sub(lambda hole: fillings[hole[1]], template)
    return f"T{text[1:]}" if text.startswith("the ") else text  # our own words begin a sentence; a name stays as it is
