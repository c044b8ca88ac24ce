"""The vocabulary as a page for rule authors, made from the docstrings of ``facts`` and ``relations``.

`python -m twice.vocabulary` prints docs/VOCABULARY.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import getdoc

from twice.facts import NOUNS, vocabulary
from twice.noun import Fact
from twice.relations import ORIGINS, VERBS

_HEAD = """\
# The vocabulary

The words a rule can use. Made from `server/twice/facts/` and `server/twice/relations.py`; change them there
and run `python -m twice.vocabulary > docs/VOCABULARY.md`. How they make a sentence: [rules/README.md](../rules/README.md).

Every question is answered YES, NO or UNKNOWN, and a rule speaks only on YES. A field is the effective value, the vendor's
default filled in; `default` means that the author left it out, `none` that neither author nor vendor sets it.
Durations have a unit: `5s 10min 24h 4d`.
"""


def page() -> str:
    """The text of docs/VOCABULARY.md."""
    return "\n".join((_HEAD, *_verbs(), *_origins(), *_nouns()))


def _verbs() -> Iterator[str]:
    yield "## Verbs\n"
    for name, verb in VERBS.items():
        right = ", ".join(_known(verb.right)) or "origins, joined by `|`"
        left = ", ".join(_known(verb.left))
        yield f"### {name}\n\n{getdoc(verb.answer) or ''}\n"
        yield f"*{'Values: fields that hold one, and' if not verb.right else 'From:'} {left}. To: {right}.*\n"


def _origins() -> Iterator[str]:
    yield "## Origins\n\n| origin | meaning |\n|---|---|"
    for name, meaning in ORIGINS.items():
        yield f"| `{name}` | {meaning} |"
    yield ""


def _nouns() -> Iterator[str]:
    yield "## Nouns\n\nA form has the fields of its noun and what holds for the noun holds for it.\n"
    for name, noun in NOUNS.items():
        parent = noun.__mro__[1]
        form = f" A form of `{parent.__name__.lower()}`." if parent is not Fact else ""
        yield f"### {name}\n\n{getdoc(noun) or ''}{form}\n"
        yield from _fields(noun, parent)


def _fields(noun: type[Fact], parent: type[Fact]) -> Iterator[str]:
    inherited = vocabulary(parent)
    own = {name: told for name, told in vocabulary(noun).items() if name not in inherited}
    if not own:
        return
    yield "| field | kind | meaning |\n|---|---|---|"
    for name, word in own.items():
        yield f"| `{name}` | {word.kind} | {word.meaning} |"
    yield ""


def _known(nouns: Iterable[str]) -> tuple[str, ...]:
    return tuple(noun for noun in nouns if noun in NOUNS)


if __name__ == "__main__":
    print(page(), end="")
