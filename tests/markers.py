"""Markers: caret lines below the code that say what should be found there, in the comment syntax of the file.

    stripe.Charge.create(amount=1)
    #             ^^^^^^ DUP101                 a finding with its exact range
    #             ^^^^^^ DUP101: charged again   and words of its message
    #             ^^^^^^ effect payment          a fact: its noun and its name
    #             ^^^^^^ lock jobs expiry=30s    and what its fields and verbs say (see ``fact_words``)
    #             ^^^^^^ todo DUP101             a known gap; fails when it closes
    #<- DUP101                                  at the start of the line, where no caret can stand

Marker lines are taken out before the text is checked. A marker belongs to the last line above it that is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from twice.facts import NOUNS
from twice.finding import Finding
from twice.noun import Fact
from twice.text import Place, Text

_MARKER = re.compile(
    r"^(?P<before>[ \t]*(?:#|//|--|;))(?:(?P<start><-)|(?P<space>[ \t]*)(?P<carets>\^+))[ \t]+(?P<says>\S.*?)[ \t]*$"
)
# As the server counts lines: form feeds and the like end none.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_CODE = re.compile(r"[A-Z]{2,5}\d{2,4}")
_ASKED = re.compile(r"(?:^|\s+)([a-z_]+(?:\.[a-z_]+)*)=(\"[^\"]*\"|\S+)")
_COMMENTS = {"js": "//", "ts": "//", "java": "//", "json": "//", "sql": "--", "ini": ";"}


@dataclass(frozen=True, slots=True)
class Marker:
    """What one marker says: the zero-based line of the clean text, the columns (None: start of the line), and the words.

    ``asked`` are fields of a fact with the values they must have.
    """

    path: str
    line: int
    columns: tuple[int, int] | None
    label: str
    words: str = ""
    todo: bool = False
    asked: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was really found, in the columns of the clean text.

    ``says`` tells what may stand for a field of it, the best first; nothing for what is no field.
    """

    path: str
    line: int
    columns: tuple[int, int]
    label: str
    message: str = ""
    says: Callable[[str], tuple[str, ...]] = field(default=lambda asked: (), compare=False, repr=False)


def clean(files: Mapping[str, str]) -> tuple[dict[str, bytes], list[Marker]]:
    """The files as a user would have them, and what their markers say."""
    texts: dict[str, bytes] = {}
    markers: list[Marker] = []
    for path, text in files.items():
        kept: list[str] = []
        for line in _LINE.findall(text):
            marker = _marker(path, len(kept) - 1, line.rstrip("\r\n"))
            if marker is None:
                kept.append(line)
            else:
                markers.append(marker)
        texts[path] = "".join(kept).encode()
    return texts, markers


def seen(findings: Iterable[Finding], texts: Mapping[str, bytes]) -> list[Seen]:
    """Findings by line and column."""
    return [_seen(finding.place, finding.code, finding.message, texts) for finding in findings]


def seen_facts(
    facts: Iterable[Fact], texts: Mapping[str, bytes], says: Callable[[Fact, str], tuple[str, ...]] = lambda *_: ()
) -> list[Seen]:
    """Facts by line and column; ``effect payment`` marks an effect named payment, ``payment`` one of that form."""
    return [
        replace(_seen(fact.place, type(fact).__name__.lower(), fact.name, texts), says=partial(says, fact))
        for fact in facts
    ]


def differences(files: Mapping[str, str], found: Sequence[Seen], labels: Iterable[str] | None = None) -> str:
    """Empty when the markers say exactly what was found; else the files as they would have had to be written.

    ``missing`` is marked and was not found, ``noisy`` was found and is not marked. Other labels are left alone.
    """
    _, markers = clean(files)
    wanted = None if labels is None else set(labels)
    markers = [marker for marker in markers if wanted is None or marker.label in wanted]
    found = [one for one in found if wanted is None or one.label in wanted]
    verdicts = _verdicts(markers, found)
    if not verdicts:
        return ""
    return "\n".join(_shown(path, text, verdicts) for path, text in files.items())


def rewritten(files: Mapping[str, str], found: Sequence[Seen], labels: Iterable[str] | None = None) -> dict[str, str]:
    """The files with markers for what was found. Markers that hold stay as they are, and so do other labels."""
    wanted = None if labels is None else set(labels)
    found = [one for one in found if wanted is None or one.label in wanted]
    return {
        path: _rewritten(
            path, text, [one for one in found if one.path == path], lambda label: wanted is None or label in wanted
        )
        for path, text in files.items()
    }


def replaced(source: str, old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """A YAML file with the new texts of an example in the place of the old ones, as deep as those were."""
    for path, text in old.items():
        if text == new[path]:
            continue
        first, *others = [re.escape(line.rstrip()) for line in lines_of(text.rstrip("\n"))]
        rest = (rf"(?P=indent){line}[ ]*" if line else "[ ]*" for line in others)
        pattern = re.compile("\n".join((rf"^(?P<indent> +){first}[ ]*", *rest)) + "$", re.MULTILINE)
        found = pattern.search(source)
        if found is None:
            raise ValueError(f"the example of {path} is not in the file as it was read")
        source = source[: found.start()] + _indented(new[path], found["indent"]) + source[found.end() :]
    return source


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends."""
    return [line.rstrip("\r\n") for line in _LINE.findall(text)]


# --- reading ---------------------------------------------------------------------------------------------------------


def _marker(path: str, line: int, text: str) -> Marker | None:
    found = _MARKER.match(text)
    if found is None or line < 0:
        return None
    says, todo = found["says"], found["says"].startswith("todo ")
    label, _, words = says.removeprefix("todo ").partition(" ")
    if not (_CODE.fullmatch(label.rstrip(":")) or label in NOUNS):
        return None
    columns = None if found["start"] else found.span("carets")
    asked = tuple((name, value.strip('"')) for name, value in _ASKED.findall(words)) if label in NOUNS else ()
    words = _ASKED.sub("", words) if asked else words
    return Marker(path, line, columns, label.rstrip(":"), words.strip(), todo, asked)


def _seen(place: Place, label: str, message: str, texts: Mapping[str, bytes]) -> Seen:
    text = Text(texts[place.path])
    start, end = text.position(place.start), text.position(place.end)
    last = end.column if end.line == start.line else len(text.line(start.line))
    return Seen(place.path, start.line, (start.column, max(last, start.column + 1)), label, message)


# --- comparing -------------------------------------------------------------------------------------------------------


def _verdicts(markers: Sequence[Marker], found: Sequence[Seen]) -> dict[Marker | Seen, str]:
    """What is wrong: each marker without a finding, each finding without a marker, each gap that closed."""
    verdicts: dict[Marker | Seen, str] = {}
    left = list(found)
    differing: list[Marker] = []
    for marker in markers:
        match = next((one for one in left if _agree(marker, one) and not _other_fields(marker, one)), None)
        left = [one for one in left if one is not match]
        if match is not None and marker.todo:
            verdicts[marker] = "closed: take the todo away"
        elif match is None:
            differing.append(marker)
    for marker in differing:
        near = next((one for one in left if _agree(marker, one)), None)
        left = [one for one in left if one is not near]
        if not marker.todo:
            verdicts[marker] = "missing" if near is None else f"but {_asked(_other_fields(marker, near))}"
    return {**verdicts, **dict.fromkeys(left, "noisy")}


def _agree(marker: Marker, one: Seen) -> bool:
    if (marker.path, marker.line, marker.label) != (one.path, one.line, one.label):
        return False
    same_place = one.columns[0] < 2 if marker.columns is None else marker.columns == one.columns
    return same_place and marker.words.casefold() in one.message.casefold()


def _other_fields(marker: Marker, one: Seen) -> list[tuple[str, str]]:
    """The fields that are not as the marker says, as they are."""
    answers = {name: one.says(name) for name, _ in marker.asked}
    return [(name, (*answers[name], "no field")[0]) for name, value in marker.asked if value not in answers[name]]


def _asked(fields: Iterable[tuple[str, str]]) -> str:
    return " ".join(f'{name}="{value}"' if " " in value else f"{name}={value}" for name, value in fields)


# --- writing ---------------------------------------------------------------------------------------------------------


def _shown(path: str, text: str, verdicts: Mapping[Marker | Seen, str]) -> str:
    """The file with its verdicts: ``missing`` beside the marker, ``noisy`` on a marker line of its own."""
    lines = [f"--- {path}"]
    kept = -1
    waiting: list[str] = []
    for line in lines_of(text):
        marker = _marker(path, kept, line)
        if marker is None:
            lines += [*waiting, line]
            kept += 1
            noisy = [one for one in verdicts if isinstance(one, Seen) and (one.path, one.line) == (path, kept)]
            waiting = [f"{_line(one)}        <-- {verdicts[one]}" for one in noisy]
        else:
            lines.append(f"{line}        <-- {verdicts[marker]}" if marker in verdicts else line)
    return "\n".join((*lines, *waiting))


def _line(one: Seen) -> str:
    """The marker line for what was found."""
    comment = _COMMENTS.get(one.path.rpartition(".")[2], "#")
    start, end = one.columns
    says = f"{one.label} {one.message}" if one.label in NOUNS else f"{one.label}: {one.message}"
    if start < len(comment):
        return f"{comment}<- {says}"
    return f"{comment}{' ' * (start - len(comment))}{'^' * (end - start)} {says}"


def _rewritten(path: str, text: str, found: list[Seen], ours: Callable[[str], bool]) -> str:
    lines: list[str] = []
    kept = -1
    waiting: list[Seen] = []
    for line in lines_of(text):
        marker = _marker(path, kept, line)
        if marker is None:
            lines += [*map(_short, waiting), line]
            kept += 1
            waiting = [one for one in found if one.line == kept]
            continue
        close = [one for one in waiting if _agree(marker, one)]
        match = min(close, key=lambda one: len(_other_fields(marker, one)), default=None)
        if match is not None:
            waiting.remove(match)
        holds = match is not None and not _other_fields(marker, match)
        if not ours(marker.label) or (marker.todo and not holds) or (match is not None and holds and not marker.todo):
            lines.append(line)
        elif match is not None:
            lines.append(_short(match) if not marker.asked else f"{_short(match)} {_asked(_as_found(marker, match))}")
    ending = "\n" if text.endswith("\n") else ""
    return "\n".join((*lines, *map(_short, waiting))) + ending


def _as_found(marker: Marker, one: Seen) -> list[tuple[str, str]]:
    """The fields that a marker asks for, with what they are."""
    other = dict(_other_fields(marker, one))
    return [(name, other.get(name, value)) for name, value in marker.asked]


def _short(one: Seen) -> str:
    """A marker line that stays true when the message is reworded."""
    return _line(one) if one.label in NOUNS else _line(one).partition(":")[0]


def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}" if line else "" for line in lines_of(text.rstrip("\n")))
