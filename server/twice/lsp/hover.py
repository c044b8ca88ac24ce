"""What is told about a place: the rule behind a diagnostic, the rule an allow comment names, the handler of a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lsprotocol import types

from twice.facts import Effect, Function, Guard, Handler, Queue, Schedule, Subscription
from twice.finding import Finding, HandlerSeen
from twice.graph import Node
from twice.lsp.client import Client
from twice.lsp.convert import offset_of, range_of
from twice.lsp.explain import markup, rule_text
from twice.lsp.snapshot import Snapshot
from twice.noun import Fact
from twice.report.behaviour import behaviour, sources
from twice.report.event_graph import connections
from twice.report.fact_list import known_fields
from twice.report.resource_text import is_resource, limits, settings
from twice.report.review_text import counted
from twice.report.terminal import Page
from twice.review import Review
from twice.text import Place

# The names of rules behind an allow comment, and the keys of an ``allow`` mapping in metadata, are single words.
_WORD = re.compile(rb"[\w-]+")
_ALLOWS = re.compile(rb"twice:[ \t]*allow|\ballow\b")

# What a handler runs under, and what it does.
_SETTINGS = (Handler, Function, Subscription, Schedule, Queue)
_DEEDS: dict[str, type[Fact]] = {"effects": Effect, "guards": Guard}


# More of them than these hide the rest of the hover.
_MOST_QUESTIONS = 4


def hover(snapshot: Snapshot, path: str, position: types.Position, client: Client) -> types.Hover | None:
    """Everything there is to say about this place; None when there is nothing."""
    offset = offset_of(snapshot.text(path), position, client.encoding)
    told = [
        *(_of_finding(finding, snapshot, client) for finding in snapshot.findings_at(path, offset, offset)),
        *_of_allowed(snapshot, path, offset),
        *(_of_handler(one, snapshot, client) for one in snapshot.checked.handlers if _holds(one.place, path, offset)),
        *(_of_resource(node, snapshot, client) for node in _resources(snapshot, path, offset)),
    ]
    if not told:
        return None
    place = told[0][0]
    found = range_of(snapshot.text(path), place.start, place.end, client.encoding)
    return types.Hover(markup((text for _, text in told), client.markdown), found)


def _of_finding(finding: Finding, snapshot: Snapshot, client: Client) -> tuple[Place, str]:
    """What happens, why, and what to do instead; without the message where the editor shows that in the same box."""
    rule = snapshot.folder.rule(finding.code)
    told = [f"**{finding.code}** {finding.name}"]
    if not client.repeats_messages:
        told.append(finding.message)
    if rule is not None:
        told.append(rule_text(rule))
    if finding.fixes:
        told.append("\n".join(f"- {fix.title}" for fix in finding.fixes))
    return finding.place, "\n\n".join(told)


def _of_allowed(snapshot: Snapshot, path: str, offset: int) -> Iterator[tuple[Place, str]]:
    """The rule that is named under the cursor, in a line that allows something."""
    text = snapshot.text(path)
    line = text.position(offset).line
    start, end = text.starts[line], text.starts[line + 1] if line + 1 < len(text.starts) else len(text.data)
    allows = _ALLOWS.search(text.data, start, end)
    for word in _WORD.finditer(text.data, allows.end() if allows else end, end):
        rule = (
            snapshot.folder.rule(word[0].decode("utf-8", "replace")) if word.start() <= offset <= word.end() else None
        )
        if rule is not None:
            yield Place(path, word.start(), word.end()), f"**{rule.code}** {rule.name}\n\n{rule_text(rule)}"


def _of_handler(handler: HandlerSeen, snapshot: Snapshot, client: Client) -> tuple[Place, str]:
    """Its kind and trigger, and what happens to its events; the settings it runs under, with the vendor's defaults; what it does and what guards it."""
    trigger = f", fed by {handler.trigger}" if handler.trigger else ""
    lines = [f"**{handler.name}**: {handler.kind} handler{trigger}", ""]
    facts = snapshot.checked.about.get(handler.place, ())
    page = snapshot.page(str if client.markdown else None)
    for one in (fact for fact in facts if isinstance(fact, Handler)):
        lines += [*(f"- {told}" for told in (*behaviour(one, facts), *sources(facts, page))), "", "**Settings**", ""]
    for noun in _SETTINGS:
        for fact in facts:
            settings = _settings(fact) if type(fact) is noun else ""
            if settings:
                lines.append(f"- {noun.__name__.lower()}{_named(fact)}: {settings}")
    for word, kind in _DEEDS.items():
        names = dict.fromkeys(fact.name for fact in facts if isinstance(fact, kind) and fact.name)
        if names:
            lines.append(f"- {word}: {', '.join(names)}")
    return handler.place, "\n".join((*lines, *_of_review(snapshot.review(handler.place), page)))


def _resources(snapshot: Snapshot, path: str, offset: int) -> list[Node]:
    """The queues, functions and subscriptions that a template declares here."""
    handlers = {handler.place for handler in snapshot.checked.handlers}
    return [
        node
        for node in snapshot.graph.nodes
        if _holds(node.place, path, offset) and is_resource(node.fact) and node.place not in handlers
    ]


def _of_resource(node: Node, snapshot: Snapshot, client: Client) -> tuple[Place, str]:
    """What it is, who sends and reads, how long an event lives in it, and its settings with where each comes from."""
    page = snapshot.page(str if client.markdown else None)
    lines = [f"**{node.name}**: {' '.join(filter(None, (node.sort, node.kind)))}", ""]
    if isinstance(node.fact, Queue):
        ends = connections(snapshot.graph, node, page)
        lines += [f"- {title}: {'; '.join(rows)}" for title, rows in ends if rows]
        read = [fact for edge in snapshot.graph.after(node, "feeds") for fact in edge.facts]
        found = limits(node.fact, [fact for fact in read if isinstance(fact, Subscription)])
        lines += ["", "**An event here**", "", *(f"- {told}" for told in found)]
    if node.fact is not None and (told := list(settings(node.fact, page))):
        lines += ["", "**Settings**", "", *(f"- {one}" for one in told)]
    return node.place, "\n".join(lines)


def _of_review(review: Review | None, page: Page) -> Iterator[str]:
    """How many beliefs are in which state, the first questions that nobody has answered, and what there is that bears on open ones."""
    if review is None:
        return
    yield f"\n**Checklist**: {counted(review)}\n"
    asked = [belief for belief in review.beliefs if belief.state == "open"]
    yield from (f"- {belief.item.id}: {belief.questions[-1]}" for belief in asked[:_MOST_QUESTIONS])
    if len(asked) > _MOST_QUESTIONS:
        yield f"- and {len(asked) - _MOST_QUESTIONS} more: `twice review`"
    beside = [f"- {belief.item.id}: {one.text}: {page.line(one.place)}" for belief in asked for one in belief.evidence]
    if beside:
        yield from ("", "**Beside open questions**", "", *beside[:_MOST_QUESTIONS])


def _named(fact: Fact) -> str:
    return f" {fact.name}" if isinstance(fact, Function | Schedule | Queue) and fact.name else ""


def _settings(fact: Fact) -> str:
    """The known fields in words; a truth only when it holds, and of a handler only what it has."""
    told = []
    for name, value, default in known_fields(fact):
        if value != "false" and not (value == "none" and isinstance(fact, Handler)):
            words = name.replace("_", " ")
            told.append((words if value == "true" else f"{words} {value}") + (" (default)" if default else ""))
    return ", ".join(told)


def _holds(place: Place, path: str, offset: int) -> bool:
    return place.path == path and place.start <= offset <= place.end
