"""What is understood of one file: its handlers and their facts, as text and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from twice.facts import Handler, vocabulary
from twice.finding import HandlerSeen
from twice.noun import Fact, Traced
from twice.report.lines import Line, Span, line, wrapped
from twice.report.terminal import Page
from twice.rules.wording import in_words
from twice.truth import NONE, UNKNOWN, YES, Setting, effective

VERSION = 1


class Section(Struct, frozen=True):
    """A handler with the facts of its run, or the facts that belong to no handler."""

    handler: HandlerSeen | None
    facts: tuple[Fact, ...]


def text(sections: Iterable[Section], page: Page) -> Iterator[Line]:
    """Handlers with kind and trigger, then their facts in the order of the source, each with its known fields."""
    for section in sections:
        handler = section.handler
        if handler is not None:
            trigger = f", fed by {handler.trigger}" if handler.trigger else ""
            yield line(
                Span(page.where(handler.place), "path"),
                Span(f"  handler {handler.name}", "strong"),
                f"  ({handler.kind}{trigger})",
            )
        else:
            yield line(Span("outside handlers", "strong"))
        own = [fact for fact in section.facts if isinstance(fact, Handler)]
        for one in own:
            yield from _fields(one, page)
        for fact in section.facts:
            yield from () if fact in own else _fact(fact, page)
        yield ()


def data(sections: Iterable[Section], page: Page, path: str) -> dict[str, Any]:
    """The same for programs."""
    handlers: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for section in sections:
        facts = [_as_data(fact, page) for fact in section.facts]
        if section.handler is None:
            others += facts
        else:
            seen = section.handler
            about = {"name": seen.name, "kind": seen.kind, "trigger": seen.trigger}
            handlers.append({**_place(seen, page), **about, "facts": facts})
    return {"version": VERSION, "path": path, "handlers": handlers, "facts": others}


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


def _fact(fact: Fact, page: Page) -> Iterator[Line]:
    noun = type(fact).__name__.lower()
    doubt = "" if fact.certain is YES else " (perhaps)"
    yield line("  ", Span(f"{page.where(fact.place)}  ", "quiet"), Span(noun, "information"), f" {fact.name}{doubt}")
    yield from _fields(fact, page)


def _fields(fact: Fact, page: Page) -> Iterator[Line]:
    fields = [f"{name} = {value}{' (default)' if default else ''}" for name, value, default in known_fields(fact)]
    if fields:
        yield from wrapped("; ".join(fields), page.width, (Span(" " * 6),), "quiet")


def _as_data(fact: Fact, page: Page) -> dict[str, Any]:
    noun = type(fact).__name__.lower()
    fields = {
        name: {"value": _plain(getattr(fact, name), words), "default": default}
        for name, words, default in known_fields(fact)
    }
    return {"noun": noun, "name": fact.name, **_place(fact, page), "certain": fact.certain is YES, "fields": fields}


def _plain(value: object, words: str) -> object:
    """Truth values and numbers as they are (durations in seconds), null for none, everything else in words."""
    value = effective(value)
    if value is NONE:
        return None
    return value if isinstance(value, bool | int | float) else words


def _place(one: Fact | HandlerSeen, page: Page) -> dict[str, Any]:
    place = one.place
    position = page.text(place.path).position(place.start)
    return {"path": place.path, "line": position.line + 1, "column": position.column + 1}
