"""A rule as data: its sentences, its words for people, its fixes. Made by ``load``, read by everybody after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal as OneOf

from msgspec import Struct, field

from twice.finding import Confidence, Problem, Safety, Severity
from twice.libraries import Libraries


class Path(Struct, frozen=True):
    """A name of the rule (``effect``, ``another effect``) and the fields that follow it."""

    name: str
    fields: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        return self.name.rpartition(" ")[2]

    def __str__(self) -> str:
        return ".".join((self.name, *self.fields))


class Literal(Struct, frozen=True):
    """A value written in a rule. ``value`` is a number (seconds for a duration), a truth value, NONE or the word default."""

    kind: OneOf["number", "duration", "truth", "none", "default"]
    value: object
    text: str


class Inverse(Struct, frozen=True):
    """What a product is divided by."""

    of: Path | Literal


Factor = Path | Literal | Inverse
SIGNS = ("<=", ">=", "<", ">", "is not", "is")


class Amount(Struct, frozen=True):
    """A sum of products and quotients of literals and paths; mostly a single one."""

    terms: tuple[tuple[Factor, ...], ...]

    @property
    def single(self) -> Factor | None:
        """The only factor, when there is only one."""
        return self.terms[0][0] if len(self.terms) == 1 and len(self.terms[0]) == 1 else None


class Link(Struct, frozen=True):
    """`guard precedes effect`: a verb between two facts."""

    text: str
    left: Path
    verb: str
    right: Path


class Source(Struct, frozen=True):
    """`key comes from event.id | digest`: where a value comes from."""

    text: str
    left: Path
    verb: str
    origins: tuple[str, ...]


class Compare(Struct, frozen=True):
    """`lock.expiry < handler.time_limit`, `queue.ordered is true`, `subscription.function is function`."""

    text: str
    left: Amount
    sign: str
    right: Amount


Sentence = Link | Source | Compare


def paths(sentence: Sentence) -> Iterator[Path]:
    """The paths of a sentence, from left to right."""
    if isinstance(sentence, Source):
        yield sentence.left
    elif isinstance(sentence, Link):
        yield sentence.left
        yield sentence.right
    else:
        for amount in (sentence.left, sentence.right):
            factors = (one.of if isinstance(one, Inverse) else one for term in amount.terms for one in term)
            yield from (factor for factor in factors if isinstance(factor, Path))


def names(sentence: Sentence) -> tuple[str, ...]:
    """The names of a sentence, each once, from left to right."""
    return tuple(dict.fromkeys(path.name for path in paths(sentence)))


class FixStep(Struct, frozen=True):
    """One action of a fix, with its arguments as they were written (see ``twice.action``)."""

    action: str
    arguments: tuple[tuple[str, object], ...]
    imports: str = ""


class FixPlan(Struct, frozen=True):
    """How a rule is put right: steps that are made together or not at all.

    Where one of ``unless`` holds, it is no help. ``alone``: what it writes is right at one place of a handler only.
    """

    title: str
    safety: Safety
    steps: tuple[FixStep, ...]
    unless: tuple[tuple[Sentence, ...], ...] = ()
    alone: bool = False


class Example(Struct, frozen=True):
    """One example of a rule: files as a user would have them, with markers. ``fixed`` is what the fix makes of a bad one."""

    kind: OneOf["bad", "good"]
    files: tuple[tuple[str, str], ...]
    fixed: tuple[tuple[str, str], ...] = ()


class Rule(Struct, frozen=True):
    """One misconception and the sentences that recognise it. ``path`` is its file as people know it."""

    code: str
    name: str
    items: tuple[str, ...]
    severity: Severity
    confidence: Confidence
    find: str
    present: tuple[Sentence, ...]
    absent: tuple[tuple[Sentence, ...], ...]
    message: str
    why: str
    instead: str
    report: Path
    related: tuple[tuple[Path, str], ...] = ()
    fixes: tuple[FixPlan, ...] = ()
    hides: frozenset[str] = frozenset()
    hides_in_handler: frozenset[str] = frozenset()
    yields_to: frozenset[str] = frozenset()
    about: str = ""
    see: tuple[str, ...] = ()
    wave: int = 1
    examples: tuple[Example, ...] = ()
    path: str = ""


class Rulebook(Struct, frozen=True):
    """All rules that could be read, and what is wrong with the others."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[Problem, ...] = ()
    libraries: Libraries = field(default_factory=Libraries)
