"""The rules and the checklist as pages for people who read on the web, made from the rule files.

`python -m twice.pages docs` writes docs/rules/ and docs/checklist.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from twice.report.review_text import CATEGORIES
from twice.rules.book import open_book
from twice.rules.checklist import Item, checklist
from twice.rules.model import Rule

_MADE = "<!-- Made from {path} by `make generated`. -->\n"
# More examples than these are for the tests of the rule.
_MOST_GOOD = 2


def pages(rules: Iterable[Rule], items: Iterable[Item]) -> dict[str, str]:
    """The text of each page by its path in docs/."""
    rules, beliefs = tuple(rules), {item.id: item for item in items}
    known = {rule.code: rule for rule in rules}
    made = {f"rules/{rule.code}.md": _rule(rule, beliefs, known) for rule in rules}
    return {**made, "rules/README.md": _list(rules), "checklist.md": _checklist(rules, beliefs.values())}


def _rule(rule: Rule, beliefs: Mapping[str, Item], known: Mapping[str, Rule]) -> str:
    parts = [
        _MADE.format(path=rule.path),
        f"# {rule.code} {rule.name}\n",
        f"{rule.severity.capitalize()}, {rule.confidence} confidence. "
        f"Behind it: {_joined(f'[{one}](../checklist.md#{one.lower()}) {beliefs[one].belief}' for one in rule.items)}.\n",
        f"> {rule.message.replace('{', '<').replace('}', '>')}\n",
        f"## Why\n\n{rule.why}\n",
        f"## Instead\n\n{rule.instead}\n",
        *_speaks(rule),
        *_examples(rule),
        *_fixes(rule),
        *_beside(rule, known),
        f"## How to disagree\n\nBeside the line, above it, or above the function for all that it does:\n\n"
        f"```python\n# twice: allow {rule.code} because ...\n```\n",
        *_disagreeing_in_json(rule),
    ]
    if rule.see:
        parts.append("## Read more\n\n" + "\n".join(f"- <{link}>" for link in rule.see) + "\n")
    return "\n".join(parts)


def _disagreeing_in_json(rule: Rule) -> Iterator[str]:
    """JSON has no comments: who is shown some has to know where else the sentence can stand."""
    named = next((name for one in rule.examples for name, _ in one.files if name.endswith(".json")), None)
    if named is not None:
        yield (
            "JSON has no comments. A resource of a template says it in its metadata, as "
            f'`"Metadata": {{"twice": {{"allow": {{"{rule.code}": "..."}}}}}}`; for any other file `twice.toml` does:\n\n'
            f'```toml\n[per-path-ignores]\n"{named}" = ["{rule.code}"]  # because ...\n```\n'
        )


def _speaks(rule: Rule) -> Iterator[str]:
    yield "## When it speaks\n"
    lines = [f"find     {rule.find}"]
    lines += [f"{'with' if n == 0 else '':<9}{one.text}" for n, one in enumerate(rule.present)]
    for number, situation in enumerate(rule.absent):
        lines.append(f"{'without' if number == 0 else '':<9}{' and '.join(one.text for one in situation)}")
    yield "```\n" + "\n".join(lines) + "\n```\n"
    yield (
        "It speaks when everything of `with` is certain and nothing of `without` is possible. "
        "The words are those of [VOCABULARY.md](../VOCABULARY.md).\n"
    )


def _examples(rule: Rule) -> Iterator[str]:
    bad = next((one for one in rule.examples if one.kind == "bad"), None)
    good = [one for one in rule.examples if one.kind == "good"]
    if bad is not None:
        yield "## Example\n"
        yield from _files(bad.files)
        if bad.fixed:
            yield "## The same with the fix\n"
            yield from _files(bad.fixed)
    if good:
        yield "## Nothing to say\n"
        for one in good[:_MOST_GOOD]:
            yield from _files(one.files)


def _files(files: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for name, text in files:
        language = {"py": "python", "yaml": "yaml", "yml": "yaml", "tf": "hcl"}.get(name.rpartition(".")[2], "")
        yield f"`{name}`\n\n```{language}\n{text.rstrip()}\n```\n"


def _fixes(rule: Rule) -> Iterator[str]:
    if rule.fixes:
        yield "## Fixes\n"
        for fix in rule.fixes:
            flags = "--fix" if fix.safety == "safe" else "--fix --unsafe-fixes"
            yield f"- {fix.title} ({fix.safety}: `twice check {flags}`)\n"


def _beside(rule: Rule, known: Mapping[str, Rule]) -> Iterator[str]:
    hidden = sorted((rule.hides | rule.hides_in_handler) & set(known))
    hiding = sorted(
        {o.code for o in known.values() if rule.code in o.hides | o.hides_in_handler} | rule.yields_to & set(known)
    )
    if hidden:
        yield f"Where it speaks, these say nothing about the same: {_joined(map(_link, hidden))}.\n"
    if hiding:
        yield f"These say the same more sharply: {_joined(map(_link, hiding))}.\n"


def _link(code: str) -> str:
    return f"[{code}]({code}.md)"


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(parts)


def _list(rules: Iterable[Rule]) -> str:
    lines = [
        _MADE.format(path="rules/"),
        "# The rules\n",
        "| code | name | severity | confidence | fix |",
        "|---|---|---|---|---|",
    ]
    for rule in rules:
        fix = ", ".join(dict.fromkeys(one.safety for one in rule.fixes))
        lines.append(f"| {_link(rule.code)} | {rule.name} | {rule.severity} | {rule.confidence} | {fix} |")
    return "\n".join(lines) + "\n"


def _checklist(rules: Iterable[Rule], items: Iterable[Item]) -> str:
    rules = tuple(rules)
    parts = [_MADE.format(path="rules/checklist.yaml"), "# The 52 beliefs\n"]
    category = ""
    for item in items:
        if item.id[:3] != category:
            category = item.id[:3]
            parts.append(f"## {CATEGORIES[category]}\n")
        parts += [f"### {item.id}\n", f"*{item.belief}.*\n", f"{item.reality}\n"]
        asked = [f"- {question}" if key == "all" else f"- {key}: {question}" for key, question in item.question.items()]
        parts.append("To ask:\n\n" + "\n".join(asked) + "\n")
        parts.append("\n".join(_shown(item)) + "\n")
        about = [f"[{rule.code}](rules/{rule.code}.md) {rule.name}" for rule in rules if item.id in rule.items]
        parts.append(f"Rules: {_joined(about)}.\n" if about else f"No rule: {item.no_rule}\n")
    return "\n".join(parts)


def _shown(item: Item) -> Iterator[str]:
    """What in a repository is evidence, and of what there has to be some."""
    beside = {"yes": "", "part": ", as far as settings go", "no": ", beside the question, which only people can answer"}
    yield f"Shown by{f' one of these for each {item.every}' if item.every else ''}{beside[item.shows]}:\n"
    for situation in item.evidence:
        yield f"- {', '.join(f'`{sentence.text}`' for sentence in situation)}"


def main(arguments: list[str]) -> int:
    """Write the pages into a directory; those of rules that are gone are removed."""
    docs = Path(arguments[0])
    rules = Path(__file__).parents[2] / "rules"
    made = pages(open_book([rules], examples=True).rules, checklist(rules)[0])
    for old in (docs / "rules").glob("*.md"):
        if f"rules/{old.name}" not in made:
            old.unlink()
    for path, text in made.items():
        (docs / path).parent.mkdir(parents=True, exist_ok=True)
        (docs / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
