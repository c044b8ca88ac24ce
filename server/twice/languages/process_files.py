"""Files that say which process runs, and nothing else: Dockerfiles and Procfiles, from text to resources. Knows syntax, no program's meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

from twice.comments import Comment
from twice.languages.marks import IMAGE
from twice.languages.template import Items, Literal, Record, Resource, Template, Value
from twice.languages.template_edit import Change, Span

_PROCESS = re.compile(rb"^(?P<name>[\w-]+)[ \t]*:[ \t]*(?P<command>[^\s#][^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
# An instruction reaches over lines that end with a backslash, and over comments between these.
_INSTRUCTION = re.compile(
    rb"^[ \t]*(?P<word>[A-Za-z]+)[ \t]+(?P<rest>(?:[^\n\\]|\\(?![ \t]*\r?\n)|\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*)*)",
    re.MULTILINE,
)
_INSIDE = re.compile(rb"\\[ \t]*\r?\n(?:[ \t]*(?:#[^\n]*)?\r?\n)*")
_HERE = re.compile(rb"<<-?[ \t]*[\"']?(?P<end>\w+)")
_SPOKEN = re.compile(rb"^[ \t]*(?P<said>#[ \t]*twice:[^\r\n]*)", re.MULTILINE)
# What a comment is about: the next line, and those that it goes on in.
_BELOW = re.compile(rb"(?:\s*(?:#[^\n]*\n)?)*(?P<about>(?:[^\n]*\\[ \t]*\r?\n)*[^\r\n]*)")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SHELL = ("/bin/sh", "-c")


class Stage(Struct):
    """What one FROM begins: its name, where it stands, and what has been said of it."""

    title: str
    start: int
    end: int
    said: dict[str, Value]


def process_file(path: str, data: bytes) -> Template | None:
    """The processes of a file, or None when there are none."""
    found = list(_images(path, data) if IMAGE.fullmatch(basename(path)) else _processes(data))
    return Template({one.name: one for one in found}) if found else None


def change(data: bytes, change: Change) -> tuple[Span, ...] | None:
    """The instruction of a stage, in the place of one or before what starts its process."""
    [word], own = change.keys, False
    for said, text, start in _instructions(data):
        if said == "FROM":
            own = start == change.place.start
        elif own and said == word:
            return ((start, start + len(text.rstrip().encode("utf-8", "surrogateescape")), str(change.value)),)
        elif own and said in ("CMD", "ENTRYPOINT"):
            line = data.rfind(b"\n", 0, start) + 1
            return ((line, line, f"{word} {change.value}\n"),)
    return None


def comments(data: bytes) -> Iterator[Comment]:
    """The comments in which ``# twice:`` stands: each on a line of its own."""
    for found in _SPOKEN.finditer(data):
        start, end = found.span("said")
        below = _BELOW.match(data, end)
        yield Comment(start, end, True, below.span("about") if below is not None and below["about"] else None)


def _processes(data: bytes) -> Iterator[Resource]:
    for match in _PROCESS.finditer(data):
        name, (start, end) = match["name"].decode(), match.span("name")
        command = Literal(match["command"].decode("utf-8", "surrogateescape"), *match.span("command"))
        properties = Record({"Command": command}, {"Command": (start, end)}, start, match.end())
        yield Resource(name, "procfile.process", start, end, properties, name)


def _images(path: str, data: bytes) -> Iterator[Resource]:
    """The stages of a file that start something. One that is made from another one has what was said of that."""
    stages: dict[str, Stage] = {}
    here: Stage | None = None
    for word, text, start in _instructions(data):
        if word == "FROM":
            here = _stage(path, text, start, stages)
            stages[here.title] = here
        elif here is not None and word in ("CMD", "ENTRYPOINT"):
            here.said[word] = _command(text, start, "SHELL" in here.said)
            if word == "ENTRYPOINT":
                here.said.pop("CMD", None)
        elif here is not None and word in ("STOPSIGNAL", "SHELL"):
            here.said[word] = Literal(
                text.strip(), start, start + len(text.rstrip().encode("utf-8", "surrogateescape"))
            )
    for stage in stages.values():
        if "CMD" in stage.said or "ENTRYPOINT" in stage.said:
            properties = Record(_effective(stage.said), {}, stage.start, len(data))
            yield Resource(stage.title, "dockerfile.stage", stage.start, stage.end, properties, stage.title)


def _instructions(data: bytes) -> Iterator[tuple[str, str, int]]:
    at = 0
    while (match := _INSTRUCTION.search(data, at)) is not None:
        at = max(match.end(), at + 1)
        here = _HERE.search(match["rest"]) if match["word"].upper() in (b"RUN", b"COPY", b"ADD") else None
        if here is not None:
            end = re.compile(rb"^\t*" + here["end"] + rb"[ \t]*\r?$", re.MULTILINE).search(data, at)
            at = end.end() if end is not None else len(data)
            continue
        # What stands in its own place keeps its place.
        rest = _INSIDE.sub(lambda gap: b" " * len(gap[0]), match["rest"]).rstrip()
        yield match["word"].decode().upper(), rest.decode("utf-8", "surrogateescape"), match.start("rest")


def _stage(path: str, text: str, start: int, stages: dict[str, Stage]) -> Stage:
    words = [word for word in text.split() if not word.startswith("--")]
    named = len(words) == 3 and words[1].lower() == "as"
    title = words[2] if named else basename(path)
    base = words[0] if words else ""
    end = start + len(text.encode("utf-8", "surrogateescape"))
    said: dict[str, Value] = {"FROM": Literal(base, start, end)}
    if base in stages:
        said = dict(stages[base].said)
    return Stage(title, start, end, said)


def _command(text: str, start: int, other_shell: bool) -> Value:
    """A list of words; what is no list is given to a shell."""
    end = start + len(text.encode("utf-8", "surrogateescape"))
    try:
        words = json.loads(text)
    except ValueError:
        words = None
    if isinstance(words, list) and all(isinstance(word, str) for word in words) and text.isascii():
        found = _STRING.finditer(text)
        return Items(
            tuple(Literal(json.loads(one[0]), start + one.start(), start + one.end()) for one in found), start, end
        )
    shell = tuple(Literal(word, start, end) for word in (("shell", "-c") if other_shell else _SHELL))
    return Items((*shell, Literal(text, start, end)), start, end)


def _effective(said: dict[str, Value]) -> dict[str, Value]:
    """A command is handed to the entry point, unless that is a shell's script, which takes none."""
    entry = said.get("ENTRYPOINT")
    first = entry.items[0] if isinstance(entry, Items) and entry.items else None
    if isinstance(first, Literal) and first.value == _SHELL[0]:
        return {name: one for name, one in said.items() if name != "CMD"}
    return said
