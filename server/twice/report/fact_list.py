"""What is understood of handlers: what starts them, their steps, what guards what, and what was left over; as text and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from twice.facts import (
    App,
    Client,
    Effect,
    Function,
    Guard,
    Handler,
    Key,
    Publish,
    Queue,
    Schedule,
    Subscription,
    vocabulary,
)
from twice.finding import HandlerSeen
from twice.noun import Fact, Traced
from twice.project.obscure import Obscure
from twice.relations import encloses, precedes
from twice.report.lines import Line, Span, line, wrapped
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.text import Place
from twice.truth import NO, NONE, UNKNOWN, YES, Setting, Truth, effective
from twice.world import World

VERSION = 2

# What starts a handler, and what its steps work with: told before and behind the steps.
_STARTS = (Subscription, Schedule, Function, App)
_TOOLS = (Client, Key, Queue)


class Section(Struct, frozen=True):
    """A handler with the facts of its run and what was not understood in it, or the facts that belong to no handler."""

    handler: HandlerSeen | None
    facts: tuple[Fact, ...]
    obscure: tuple[Obscure, ...] = ()


def text(sections: Iterable[Section], page: Page, world: World, detailed: bool = False) -> Iterator[Line]:
    """Handlers with kind and trigger, what starts them, their steps in the order of the source, and what was not understood.

    Without ``detailed``, what is false, none or UNKNOWN is left out, and so are facts outside handlers of more than one file.
    """
    for section in sections:
        handler = section.handler
        if handler is None:
            yield from _outside(section, page, detailed)
        else:
            trigger = f", fed by {handler.trigger}" if handler.trigger else ""
            yield line(
                Span(page.where(handler.place), "path"),
                Span(f"  handler {handler.name}", "strong"),
                f"  ({handler.kind}{trigger})",
            )
            yield from _of_handler(section, page, world, detailed)
        yield ()


def _outside(section: Section, page: Page, detailed: bool) -> Iterator[Line]:
    paths = {fact.place.path for fact in section.facts}
    if len(paths) > 1 and not detailed:
        told = f"Outside handlers {len(section.facts):,} facts are known of {len(paths):,} files: "
        yield from wrapped(f"{told}`twice facts FILE` shows those of a file, --all all of them.", page.width)
        return
    yield line(Span("outside handlers", "strong"))
    for fact in section.facts:
        yield from _fact(fact, page, detailed)


def _of_handler(section: Section, page: Page, world: World, detailed: bool) -> Iterator[Line]:
    facts = [fact for fact in section.facts if not isinstance(fact, Handler)]
    for own in (fact for fact in section.facts if isinstance(fact, Handler)):
        yield from _fields(own, page, detailed)
    read = [effective(fact.queue) for fact in facts if isinstance(fact, Subscription)]
    starts = [fact for fact in facts if isinstance(fact, _STARTS) or fact in read]
    tools = [fact for fact in facts if isinstance(fact, _TOOLS) and fact not in starts]
    steps = [fact for fact in facts if fact not in starts and fact not in tools]
    for title, group in (("started by", starts), ("steps", steps), ("by means of", tools)):
        if group:
            yield line("  ", Span(title, "strong"))
        for fact in group:
            yield from _fact(fact, page, detailed)
            yield from _guarded(fact, steps, page, world)
    yield from _left(section.obscure, page)


def _left(obscure: Iterable[Obscure], page: Page) -> Iterator[Line]:
    """What was not understood, by the reason."""
    by_reason: dict[str, list[Obscure]] = {}
    for one in obscure:
        by_reason.setdefault(one.reason, []).append(one)
    if by_reason:
        yield line("  ", Span("not understood", "strong"))
    for reason, several in by_reason.items():
        yield from wrapped(reason, page.width, (Span("    "),))
        for one in several:
            yield line(Span(f"      {page.where(one.place)}  ", "quiet"), one.text)


def undeclared(functions: Iterable[Obscure], page: Page) -> Iterator[Line]:
    """The decorators that no library file speaks of, each with the first function that has it."""
    by_decorator: dict[str, list[Obscure]] = {}
    for one in functions:
        by_decorator.setdefault(one.reason, []).append(one)
    if by_decorator:
        told = "No library file speaks of these decorators. One that declares handlers is told in .twice/libraries: see rules/README.md."
        yield from wrapped(told, page.width)
    for name, several in by_decorator.items():
        more = f" and {len(several) - 1} more" if len(several) > 1 else ""
        yield line(Span(f"  {page.where(several[0].place)}  ", "quiet"), f"{name}: {several[0].text}{more}")


def _guarded(fact: Fact, steps: list[Fact], page: Page, world: World) -> Iterator[Line]:
    """What keeps a copy of the event from an effect that must not be repeated."""
    if not isinstance(fact, Effect) or True in (effective(fact.repeatable), effective(fact.best_effort)):
        return
    found = list(guards_of(fact, steps, world))
    recognised = (fact.key, fact.deduplicated_by if isinstance(fact, Publish) else NONE)
    if not found and all(effective(one) is NONE for one in recognised):
        yield line(Span("        nothing guards it against a copy of its event", "quiet"))
    for guard, certain in found:
        doubt = "" if certain is YES else "perhaps "
        yield line(Span(f"        {doubt}guarded by {guard.name}, {page.where(guard.place)}", "quiet"))


def guards_of(effect: Effect, steps: Iterable[Fact], world: World) -> Iterator[tuple[Guard, Truth]]:
    """The guards of a run that stand before an effect, or around it."""
    for guard in steps:
        if isinstance(guard, Guard):
            certain = (precedes(world, guard, effect) | encloses(world, guard, effect)) & guard.certain
            if certain is not NO:
                yield guard, certain


def data(sections: Iterable[Section], page: Page, world: World) -> dict[str, Any]:
    """The same for programs."""
    handlers: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for section in sections:
        facts = [_as_data(fact, section.facts, page, world) for fact in section.facts]
        if section.handler is None:
            others += facts
        else:
            seen = section.handler
            about = {"name": seen.name, "kind": seen.kind, "trigger": seen.trigger}
            left = [{**as_place(one.place, page), "call": one.text, "reason": one.reason} for one in section.obscure]
            handlers.append({**as_place(seen.place, page), **about, "facts": facts, "not_understood": left})
    return {"version": VERSION, "handlers": handlers, "facts": others}


def known_fields(fact: Fact) -> Iterator[tuple[str, str, bool]]:
    """The fields that are known, in words, and whether the value is the vendor's default."""
    for name, word in vocabulary(type(fact)).items():
        value = getattr(fact, name)
        if effective(value) is UNKNOWN:
            continue
        yield name, _words(value, word.kind), isinstance(value, Setting) and value.default


def _words(value: object, kind: str) -> str:
    plain = effective(value)
    origins = sorted({origin for way in plain.ways for origin in way}) if isinstance(plain, Traced) else []
    return f"{in_words(value, kind)} ({', '.join(origins)})" if origins else in_words(value, kind)


def _fact(fact: Fact, page: Page, detailed: bool) -> Iterator[Line]:
    noun = type(fact).__name__.lower()
    doubt = "" if fact.certain is YES else " (perhaps)"
    yield line("    ", Span(f"{page.where(fact.place)}  ", "quiet"), Span(noun, "information"), f" {fact.name}{doubt}")
    yield from _fields(fact, page, detailed)


def _fields(fact: Fact, page: Page, detailed: bool) -> Iterator[Line]:
    """What holds, with values; then, in detail, the names of what does not, of what there is none of, and of what is unknown."""
    groups: dict[str, list[str]] = {"": [], "not: ": [], "none: ": []}
    for name, value, default in known_fields(fact):
        group = "not: " if value == "false" else "none: " if value == "none" else ""
        told = name if value == "true" or group else f"{name} = {value}"
        groups[group].append(f"{told}{' (default)' if default else ''}")
    if detailed:
        known = {name for name, _, _ in known_fields(fact)}
        groups["unknown: "] = [name for name in vocabulary(type(fact)) if name not in known]
    for title, fields in groups.items():
        if fields and (detailed or not title):
            rest = ("; " if not title else ", ").join(fields)
            yield from wrapped(rest, page.width, (Span(f"        {title}"),), "quiet")


def as_settings(fact: Fact) -> dict[str, Any]:
    """The fields of a fact that are known: value (durations in seconds), and whether the vendor's default counts."""
    return {
        name: {"value": _plain(getattr(fact, name), words), "default": default}
        for name, words, default in known_fields(fact)
    }


def _as_data(fact: Fact, near: Iterable[Fact], page: Page, world: World) -> dict[str, Any]:
    noun = type(fact).__name__.lower()
    told = {
        "noun": noun,
        "name": fact.name,
        **as_place(fact.place, page),
        "certain": fact.certain is YES,
        "fields": as_settings(fact),
    }
    if isinstance(fact, Effect):
        guards = guards_of(fact, near, world)
        told["guarded_by"] = [{**as_place(g.place, page), "name": g.name, "certain": sure is YES} for g, sure in guards]
    return told


def _plain(value: object, words: str) -> object:
    """Truth values and numbers as they are (durations in seconds), null for none, everything else in words."""
    value = effective(value)
    if value is NONE:
        return None
    return value if isinstance(value, bool | int | float) else words


def as_place(place: Place, page: Page) -> dict[str, Any]:
    position = page.text(place.path).position(place.start)
    return {"path": place.path, "line": position.line + 1, "column": position.column + 1}
