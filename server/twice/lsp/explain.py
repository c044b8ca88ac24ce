"""A rule in words, as Markdown or plain text: for hovers, and as a page of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lsprotocol import types

from twice.rules.model import Rule


def rule_text(rule: Rule) -> str:
    """The explanation of a rule, as Markdown: why, what to do instead, where to read on."""
    told = [" ".join(rule.why.split())]
    if rule.instead:
        told.append(f"**Instead:** {' '.join(rule.instead.split())}")
    if rule.see:
        told.append(" · ".join(f"[{_short(link)}]({link})" for link in rule.see))
    return "\n\n".join(told)


def page(rule: Rule) -> str:
    """The explanation as a document of its own."""
    items = f" It believes: {', '.join(rule.items)}." if rule.items else ""
    head = f"# {rule.code} {rule.name}\n\n{rule.severity.capitalize()}, {rule.confidence} confidence.{items}"
    allow = f"Where it is meant to be so: `# twice: allow {rule.code} because …`"
    return f"{head}\n\n{rule_text(rule)}\n\n{allow}\n"


def markup(paragraphs: Iterable[str], markdown: bool) -> types.MarkupContent:
    """Markdown for editors that want it, plain text for the others."""
    text = "\n\n".join(paragraphs)
    if markdown:
        return types.MarkupContent(types.MarkupKind.Markdown, text)
    return types.MarkupContent(types.MarkupKind.PlainText, plain(text))


def plain(markdown: str) -> str:
    """The text without the few marks we use."""
    linked = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r"\2", markdown)
    return re.sub(r"\*\*|`|^#+ |^---$", "", linked, flags=re.MULTILINE)


def _short(link: str) -> str:
    """The site of a link and the end of its path."""
    site, _, path = re.sub(r"^https?://(www\.)?", "", link).partition("/")
    end = path.rstrip("/").rpartition("/")[2]
    return f"{site}: {end}" if end else site
