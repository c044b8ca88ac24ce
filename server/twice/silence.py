"""How people disagree: ``# twice: allow CODE because REASON``, and what is wrong with such a sentence.

Where comments stand is for the languages to say; here it is decided what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches

from msgspec import Struct, field

from twice.comments import Allowance, Comment
from twice.finding import Edit, Finding, Fix, Severity
from twice.rules.model import Example, Path, Rule
from twice.text import Place

# Another remark may follow in the same comment, for another tool: ``because ... # noqa``.
_SENTENCE = re.compile(rb"#[ \t]*twice:[ \t]*(?P<says>(?:(?![ \t]#)[^\r\n])*)(?P<more>[ \t]+#)?")
_ALLOW = re.compile(
    rb"(?P<word>allow-file|allow)[ \t]+(?P<rules>[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)"
    rb"(?:[ \t]+because\b[ \t]*(?P<reason>.*))?"
)
_NAME = re.compile(rb"[\w-]+")
_CODE = re.compile(rb"\b[A-Z]{3}\d{2,4}\b|^allow\b")


class Silence(Struct, frozen=True):
    """One sentence by which a person disagrees: the rules it names, each with its place, and the range it is about.

    ``place`` is the sentence, ``whole`` what goes when it goes; None when it cannot be taken out by itself.
    A sentence without rules could not be understood.
    """

    place: Place
    rules: tuple[tuple[str, Place], ...]
    reason: str
    about: Place | None
    whole: Place | None = None

    def covers(self, place: Place) -> bool:
        about = self.about
        return about is not None and place.path == about.path and about.start <= place.start <= about.end


class Silences(Struct):
    """The silences of a workspace, and which of them one check has made use of."""

    by_path: dict[str, tuple[Silence, ...]]
    used: set[Place] = field(default_factory=set)

    def silent(self, rule: Rule, places: Sequence[Place]) -> bool:
        """May this rule not speak of one of these places? Every silence that says so has been of use."""
        found = {
            named
            for place in places
            for silence in self.by_path.get(place.path, ())
            for name, named in silence.rules
            if name in (rule.code, rule.name) and silence.covers(place)
        }
        self.used |= found
        return bool(found)


def silences(path: str, data: bytes, spoken: Iterable[Comment | Allowance]) -> tuple[Silence, ...]:
    """The silences of a file, from what its language handed over."""
    return tuple(
        silence
        for one in spoken
        for silence in (_metadata(path, one) if isinstance(one, Allowance) else _comment(path, data, one))
    )


def complaints(
    spoken: Silences, rules: Iterable[Rule], speaks: Callable[[Rule, str], bool] = lambda rule, path: True
) -> tuple[Finding, ...]:
    """What is wrong with the silences themselves, after a check with all these rules in which some ``speaks`` in some files."""
    rules = (*rules, *RULES)
    known = {name: rule for rule in rules for name in (rule.code, rule.name)}
    found: list[Finding] = []
    for silence in (silence for several in spoken.by_path.values() for silence in several):
        found += _about_one(silence, spoken.used, known, speaks)
    by_code = {rule.code: rule for rule in RULES}
    return tuple(
        one
        for one in found
        if speaks(by_code[one.code], one.place.path) and not spoken.silent(by_code[one.code], (one.place,))
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def _comment(path: str, data: bytes, comment: Comment) -> Iterator[Silence]:
    """The sentences of one comment. One that begins like ours and says nothing of a rule is somebody's prose."""
    for sentence in _SENTENCE.finditer(data, comment.start, comment.end):
        place = Place(path, sentence.start(), sentence.end("says"))
        whole = _whole(path, data, comment, sentence)
        allow = _ALLOW.match(data, sentence.start("says"), sentence.end("says"))
        if allow is None:
            if _CODE.search(sentence["says"]):
                yield Silence(place, (), "", None, whole)
            continue
        names = _NAME.finditer(data, *allow.span("rules"))
        rules = tuple((name[0].decode(), Place(path, *name.span())) for name in names)
        about = (0, len(data)) if allow["word"] == b"allow-file" else comment.about
        reason = (allow["reason"] or b"").decode("utf-8", "replace").strip()
        yield Silence(place, rules, reason, Place(path, *about) if about is not None else None, whole)


def _whole(path: str, data: bytes, comment: Comment, sentence: re.Match[bytes]) -> Place:
    """The sentence with the space around it, and its line when nothing else stands there."""
    start, end = sentence.start(), sentence.end("says")
    if sentence["more"]:
        return Place(path, start, sentence.end("more") - 1)
    if not comment.alone or start > comment.start:
        return Place(path, len(data[:start].rstrip(b" \t")), end)
    line = len(data[:start].rstrip(b" \t"))
    ending = re.compile(rb"\r\n|\r|\n").match(data, end)
    return Place(path, line, ending.end() if ending else end)


def _metadata(path: str, allowance: Allowance) -> Iterator[Silence]:
    place = Place(path, allowance.start, allowance.end)
    yield Silence(place, ((allowance.rule, place),), allowance.reason, Place(path, *allowance.about))


# --- what is wrong with a silence ------------------------------------------------------------------------------------


def _about_one(
    silence: Silence, used: set[Place], known: dict[str, Rule], speaks: Callable[[Rule, str], bool]
) -> Iterator[Finding]:
    unknown = [named for named in silence.rules if named[0] not in known]
    own = {rule.code for rule in RULES}
    idle = [
        (name, place)
        for name, place in silence.rules
        if name in known and place not in used and known[name].code not in own and speaks(known[name], place.path)
    ]
    if not silence.rules:
        message = "This comment silences nothing: it does not read `twice: allow CODE because REASON`."
        yield _finding(NOT_UNDERSTOOD, silence, message, ())
    if unknown:
        close = get_close_matches(unknown[0][0], known, n=1)
        meant = f" Did you mean {close[0]}?" if close else ""
        yield _finding(NOT_UNDERSTOOD, silence, f"{_listed(unknown)}: no rule has this code or name.{meant}", unknown)
    if idle:
        yield _finding(OF_NOTHING, silence, f"{_listed(idle)} finds nothing here: there is nothing to allow.", idle)
    if silence.rules and not silence.reason and not unknown:
        message = f"The next reader cannot tell whether {_listed(silence.rules)} is still allowed: no reason is given."
        yield _finding(WITHOUT_REASON, silence, message, None)


def _finding(rule: Rule, silence: Silence, message: str, removed: Sequence[tuple[str, Place]] | None) -> Finding:
    fixes = () if removed is None or silence.whole is None else (_removal(silence, silence.whole, removed),)
    return Finding(
        rule.code, rule.name, rule.items, rule.severity, rule.confidence, silence.place, message, fixes=fixes
    )


def _removal(silence: Silence, whole: Place, removed: Sequence[tuple[str, Place]]) -> Fix:
    """Take these names out of the sentence, and the sentence when none is left."""
    kept = [name for name, place in silence.rules if (name, place) not in removed]
    if not kept:
        return Fix("Remove the comment", "safe", (Edit(whole, ""),))
    first, last = silence.rules[0][1], silence.rules[-1][1]
    return Fix(
        f"Take {_listed(removed)} out of the comment",
        "safe",
        (Edit(Place(whole.path, first.start, last.end), ", ".join(kept)),),
    )


def _listed(named: Iterable[tuple[str, Place]]) -> str:
    return ", ".join(name for name, _ in named)


# --- the rules about silences, for `twice rules` and `twice explain` -------------------------------------------------


def _rule(code: str, name: str, severity: Severity, message: str, why: str, instead: str, bad: str, good: str) -> Rule:
    examples = (Example("bad", (("billing.py", bad),)), Example("good", (("billing.py", good),)))
    return Rule(
        code=code,
        name=name,
        items=(),
        severity=severity,
        confidence="high",
        find="silence",
        present=(),
        absent=(),
        message=message,
        why=why,
        instead=instead,
        report=Path("silence"),
        examples=examples,
    )


_CALL = 'def handle(event, context):\n    charge(event["order_id"], event["cents"])'
_REASON = "because the ledger refuses a second row for an order"

WITHOUT_REASON = _rule(
    "TWC001",
    "silence-without-reason",
    "hint",
    "The next reader cannot tell whether the rule is still allowed: no reason is given.",
    "A silence outlives the thought behind it. Without the reason nobody can tell whether it still holds.",
    "Write the reason behind `because`: what makes the finding harmless in this place.",
    f"{_CALL}  # twice: allow DUP101\n",
    f"{_CALL}  # twice: allow DUP101 {_REASON}\n",
)
OF_NOTHING = _rule(
    "TWC002",
    "silence-of-nothing",
    "warning",
    "The rule finds nothing here: there is nothing to allow.",
    "The mistake is gone, or stands elsewhere. The comment would hide the next one that is made in this place.",
    "Remove the comment: `twice check --fix` does.",
    "def total(order):\n    return sum(order)  # twice: allow DUP101 because it charges nothing\n",
    "def total(order):\n    return sum(order)\n",
)
NOT_UNDERSTOOD = _rule(
    "TWC003",
    "silence-not-understood",
    "warning",
    "This comment silences nothing: no rule has this code or name.",
    "The author meant to disagree with a finding, and the finding is still there or will come back.",
    "Write `# twice: allow CODE because REASON`, with a code or name that `twice rules` lists.",
    f"{_CALL}  # twice: ignore DUP101\n",
    f"{_CALL}  # twice: allow DUP101 {_REASON}\n",
)
RULES = (WITHOUT_REASON, OF_NOTHING, NOT_UNDERSTOOD)
