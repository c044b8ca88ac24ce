"""What can be written in a comment that allows a finding: the words, the codes with their names, and ``because``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from twice.lsp.explain import rule_text
from twice.lsp.folder import Folder
from twice.lsp.offers import Offer
from twice.silence import RULES

# A sentence of ours up to the cursor, in a comment of any language that is read.
_BEGUN = re.compile(r"#[ \t]*twice:[ \t]*(?P<says>[^#]*)$")
_NAMING = re.compile(r"(?:allow-file|allow)[ \t]+(?:[\w-]+[ \t]*,[ \t]*)*(?P<typed>[\w-]*)")
_NAMED = re.compile(r"(?:allow-file|allow)[ \t]+[\w-]+(?:[ \t]*,[ \t]*[\w-]+)*[ \t]+(?P<typed>[a-z]*)")


def offers(folder: Folder, before: str, behind: str, here: Collection[str]) -> Iterator[Offer]:
    """The offers at the end of ``before``, the line up to the cursor; rules with a finding ``here`` come first."""
    begun = _BEGUN.search(before)
    if begun is None:
        return
    says = begun["says"]
    if re.fullmatch(r"[a-z-]*", says):
        for word, meaning in _WORDS.items():
            yield Offer(word, "word", meaning, typed=len(says), written=f"{word} ")
    elif naming := _NAMING.fullmatch(says):
        because = "" if "because" in behind or "," in says else " because "
        yield from _codes(folder, naming["typed"], because, here)
    elif (named := _NAMED.fullmatch(says)) and "because".startswith(named["typed"]) and "because" not in behind:
        yield Offer("because", "word", _REASON, typed=len(named["typed"]), written="because ")


def _codes(folder: Folder, typed: str, because: str, here: Collection[str]) -> Iterator[Offer]:
    own = {rule.code for rule in RULES}
    for rule in folder.book.rules:
        if rule.code not in own:
            yield Offer(
                rule.code,
                "code",
                rule_text(rule),
                rule.name,
                len(typed.encode()),
                f"{rule.code}{because}",
                0 if rule.code in here else 1,
                rule.name,
            )


_REASON = "What makes the finding harmless in this place. The next reader needs it."
_WORDS = {
    "allow": "Rules stay silent about this statement, function or resource: `# twice: allow CODE because REASON`.",
    "allow-file": "Rules stay silent in the whole file: `# twice: allow-file CODE because REASON`.",
}
