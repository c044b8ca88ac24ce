"""What a rule means, and the proof of what it says about a place, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from twice.finding import Answer
from twice.report.lines import Line, Span, Style, line, wrapped
from twice.report.terminal import Page
from twice.rules.model import Rule
from twice.truth import NO, YES, Truth

_WORDS: Mapping[Truth, tuple[str, Style]] = {
    YES: ("YES", "good"),
    NO: ("NO", "error"),
    Truth.UNKNOWN: ("UNKNOWN", "warning"),
}


class Proof(Struct, frozen=True):
    """What is said of a rule at a place: the verdict in a sentence, and the answers that lead to it."""

    verdict: str
    answers: tuple[Answer, ...] = ()
    style: Style = "strong"


def page(rule: Rule, beliefs: Mapping[str, str], width: int) -> Iterator[Line]:
    """The page of a rule: what happens, why, what to do instead, an example, the fixes, how to disagree."""
    yield line(Span(f"{rule.code} {rule.name}", "strong"), f"  {rule.severity}, {rule.confidence} confidence")
    yield ()
    yield from wrapped(rule.message.replace("{", "<").replace("}", ">"), width, (Span("  "),))
    if rule.items:
        yield from _section("Beliefs behind it")
        for item in rule.items:
            yield from wrapped(beliefs.get(item, ""), width, (Span(f"  {item:<6}  ", "quiet"),))
    yield from _section("Why")
    yield from wrapped(rule.why, width, (Span("  "),))
    yield from _section("Instead")
    yield from wrapped(rule.instead, width, (Span("  "),))
    yield from _speaks(rule, width)
    yield from _examples(rule)
    yield from _fixes(rule, width)
    yield from _disagreeing(rule)
    if rule.see:
        yield from _section("Read more")
        yield from (line(f"  {link}") for link in rule.see)


def proof(shown: Proof, where: Page) -> Iterator[Line]:
    """The verdict about a place and the sentences it rests on, each with the values and places of what it names."""
    yield from wrapped(shown.verdict, where.width, (), shown.style)
    part = ""
    for answer in shown.answers:
        word, style = _WORDS[answer.truth]
        yield line(f"  {answer.part if answer.part != part else '':<8}", Span(f"{word:<8}", style), answer.sentence)
        part = answer.part
        for path, value in answer.values:
            yield from wrapped(f"{path} = {value}", where.width, (Span(" " * 20),), "quiet")
        for name, place in answer.facts:
            yield line(Span(f"{' ' * 20}{name}: {where.where(place)}", "quiet"))
    if shown.answers:
        yield ()
        rest = "A rule speaks when everything of `with` is YES and everything of `without` is NO."
        yield from wrapped(rest, where.width, (), "quiet")


def _section(title: str) -> Iterator[Line]:
    yield ()
    yield line(Span(title, "strong"))


def _speaks(rule: Rule, width: int) -> Iterator[Line]:
    if not rule.present and not rule.absent:
        return
    yield from _section("When it speaks")
    yield line(f"  find     {rule.find}")
    for number, sentence in enumerate(rule.present):
        yield from wrapped(sentence.text, width, (Span("  with     " if number == 0 else " " * 11),))
    for number, situation in enumerate(rule.absent):
        text = " and ".join(sentence.text for sentence in situation)
        yield from wrapped(text, width, (Span("  without  " if number == 0 else " " * 11),))


def _examples(rule: Rule) -> Iterator[Line]:
    """The first bad example, and beside it what makes it good."""
    bad = next((example for example in rule.examples if example.kind == "bad"), None)
    good = next((example for example in rule.examples if example.kind == "good"), None)
    if bad is not None:
        yield from _files("Example", bad.files)
        if bad.fixed:
            yield from _files("The same with the fix", bad.fixed)
    if good is not None and not (bad and bad.fixed):
        yield from _files("An example that is right", good.files)


def _files(title: str, files: tuple[tuple[str, str], ...]) -> Iterator[Line]:
    yield from _section(title)
    for number, (name, text) in enumerate(files):
        if number:
            yield ()
        yield line(Span(f"  {name}", "path"))
        yield from (line(f"    {row}") for row in text.splitlines())


def _fixes(rule: Rule, width: int) -> Iterator[Line]:
    if not rule.fixes:
        return
    yield from _section("Fixes")
    for fix in rule.fixes:
        how = "`twice check --fix` makes it" if fix.safety == "safe" else "`twice check --fix --unsafe-fixes` makes it"
        yield from wrapped(f"{fix.title} ({fix.safety}: {how})", width, (Span("  "),))


def _disagreeing(rule: Rule) -> Iterator[Line]:
    yield from _section("How to disagree")
    yield line(f"  # twice: allow {rule.code} because ...")
    yield line("      beside the line, above it, or above the function: for all that it does")
    yield line(f"  # twice: allow-file {rule.code} because ...")
    yield line(f"  Metadata: {{twice: {{allow: {{{rule.code}: ...}}}}}}")
    yield line("      in a resource of a template that has no comments")
    yield line(f'  ignore = ["{rule.code}"]')
    yield line("      in twice.toml: see docs/configuration.md. For a single file that has no comments:")
    yield line(f'  per-path-ignores = {{"connect/orders.json" = ["{rule.code}"]}}')
