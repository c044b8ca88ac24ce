"""What can be written in ``twice.toml`` and in ``[tool.twice]``, and what the words there mean. Reads what is half typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from twice.config import MEANINGS, OWN_FILE, TABLES, WORDS
from twice.lsp.explain import rule_text
from twice.lsp.folder import Folder
from twice.lsp.offers import Offer
from twice.silence import RULES

_TABLE = re.compile(r"^[ \t]*\[[ \t]*([^\[\]]+?)[ \t]*\]", re.MULTILINE)
_KEY = re.compile(r"""^[ \t]*(["']?)(?P<key>[^\s"'=]+)\1[ \t]*=[ \t]*(?P<value>.*)""")
_BY_PATH = "per-path-ignores"
_OF_RULES = ("select", "ignore", _BY_PATH)


def offers(folder: Folder, path: str, before: str) -> Iterator[Offer]:
    """The offers at the end of ``before``, the file up to the cursor."""
    table = _table(path, before)
    if table is None:
        return
    line = before.rpartition("\n")[2]
    key, value = _open_value(before)
    if key is None:
        typed = re.fullmatch(r"[ \t]*([a-z-]*)", line)
        if table == "" and typed:
            yield from (_key(name, len(typed[1])) for name in MEANINGS if not _is_set(path, before, name))
        return
    typed_word = re.search(r"[\w-]*$", value)
    word = typed_word[0] if typed_word else ""
    quoted = value[: len(value) - len(word)].count('"') % 2 == 1 or value[: len(value) - len(word)].count("'") % 2 == 1
    if key in WORDS and table == "":
        yield from (Offer(one, "word", typed=len(word), written=_quoted(one, quoted)) for one in WORDS[key])
    elif key in _OF_RULES or table == _BY_PATH:
        yield from _selectors(folder, len(word), quoted)


def meaning(folder: Folder, path: str, before: str, word: str) -> str | None:
    """What a word means; ``before`` ends where it begins."""
    if _table(path, before) is None:
        return None
    if word in MEANINGS and _open_value(before)[0] is None:
        values = f" One of {', '.join(f'`{one}`' for one in WORDS[word])}." if word in WORDS else ""
        return f"**{word}**\n\n{MEANINGS[word]}{values}"
    rule = folder.rule(word)
    return f"**{rule.code}** {rule.name}\n\n{rule_text(rule)}" if rule is not None else None


def _table(path: str, before: str) -> str | None:
    """The table of ours that the end of the text lies in, by its name below our own; None in tables of others."""
    written = [name.replace(" ", "").replace('"', "") for name in _TABLE.findall(before[: before.rfind("\n") + 1])]
    inside = written[-1] if written else ""
    ours = ".".join(TABLES[_name(path)])
    if not ours:
        return inside
    if inside == ours:
        return ""
    return inside.removeprefix(f"{ours}.") if inside.startswith(f"{ours}.") else None


def _open_value(before: str) -> tuple[str | None, str]:
    """The key whose value is being written at the end of the text, and the value so far."""
    lines = before.split("\n")
    for number in range(len(lines) - 1, -1, -1):
        found = _KEY.match(lines[number])
        if found is None:
            if _TABLE.match(lines[number]):
                break
            continue
        value = "\n".join((found["value"], *lines[number + 1 :]))
        whole = number == len(lines) - 1 or value.count("[") > value.count("]") or value.count("{") > value.count("}")
        return (found["key"], value) if whole else (None, "")
    return None, ""


def _is_set(path: str, before: str, name: str) -> bool:
    return _name(path) == OWN_FILE and re.search(rf"^{re.escape(name)}[ \t]*=", before, re.MULTILINE) is not None


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _key(name: str, typed: int) -> Offer:
    written = {"fail-on": f'{name} = "', "confidence": f'{name} = "', _BY_PATH: f"{name} = {{ "}.get(
        name, f'{name} = ["'
    )
    return Offer(name, "key", MEANINGS[name], typed=typed, written=written)


def _selectors(folder: Folder, typed: int, quoted: bool) -> Iterator[Offer]:
    rules = (*folder.book.rules, *RULES)
    categories = sorted({rule.code.rstrip("0123456789") for rule in rules})
    for rule in rules:
        yield Offer(rule.code, "code", rule_text(rule), rule.name, typed, _quoted(rule.code, quoted), also=rule.name)
    for category in categories:
        yield Offer(
            category, "code", f"All rules whose code begins with {category}.", "", typed, _quoted(category, quoted), 1
        )


def _quoted(word: str, quoted: bool) -> str:
    return word if quoted else f'"{word}"'
