"""Rule files to rules. A bad file never stops the others: it becomes a Problem with the exact line.

Rule files are data from anybody, an untrusted workspace too: they are read with limits, and nothing in them is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path as File
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.finding import Problem
from twice.rules import reading, rule_reading
from twice.rules.model import Rule, Rulebook
from twice.text import Place, Position, Text

LARGEST = 1024 * 1024
_VERSION = 1
_EXAMPLES_FILE = "examples.json"

_EXAMPLES = re.compile(rb"^examples:.*\n(?:(?:[ \t\-#].*)?\r?\n)*", re.MULTILINE)
_ANCHOR = re.compile(rb"(?:^|[\s\[{,:-])&[^\s&=]", re.MULTILINE)


def load_rules(folders: Sequence[File], *, examples: bool = False) -> Rulebook:
    """The rules of these folders, and of files written by ``compile_rules``. Examples are only needed by tests."""
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for source in _sources(folders, examples, problems):
        try:
            rule = rule_reading.rule(source.mapping, source.path)
            if rule.code in rules:
                raise reading.RuleError(
                    f"{rule.code} is already the code of {rules[rule.code].path}",
                    "give one of them a code of its own",
                    ("id",),
                )
            rules[rule.code] = rule
        except reading.RuleError as error:
            problems.append(problem_of(source.path, source.data, error))
    return Rulebook(tuple(sorted(rules.values(), key=lambda rule: rule.code)), tuple(problems))


def complaint_about(path: str, data: bytes) -> Problem | None:
    """What is wrong with the text of a rule file that may not be saved yet."""
    try:
        rule_reading.rule(_source(path, data, True).mapping, path)
    except _Unreadable as error:
        return error.problem
    except reading.RuleError as error:
        return problem_of(path, data, error)
    return None


def compile_rules(folder: File, target: File) -> None:
    """Write a rules folder, its libraries and its checklist as one JSON file that loads in a moment. A wheel ships it.

    The examples that people are shown, which are seldom wanted, go into ``examples.json`` beside it; the others are for tests.
    """
    problems: list[Problem] = []
    rules: list[tuple[str, Any]] = []
    examples: dict[str, Any] = {}
    for source in _sources([folder], True, problems):
        rule = dict(source.mapping) if isinstance(source.mapping, Mapping) else {}
        examples[source.path] = list(_for_people(rule.pop("examples", [])))
        rules.append((source.path, rule))
    others = {
        file.relative_to(folder).as_posix(): _yaml(file.read_bytes())
        for file in sorted((*folder.glob("libraries/*.y*ml"), *folder.glob("checklist.y*ml")))
    }
    if problems:
        raise ValueError("; ".join(problem.message for problem in problems))
    whole = {"version": _VERSION, "rules": rules, "others": others}
    target.write_text(json.dumps(_plain(whole)), encoding="utf-8")
    target.with_name(_EXAMPLES_FILE).write_text(json.dumps(_plain(examples)), encoding="utf-8")


def _for_people(examples: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """The first bad example, with what the fix makes of it, and the first good one."""
    seen: list[str] = []
    for entry in examples:
        for kind, files in entry.items():
            if kind not in seen and (kind != "fixed" or (seen[-1:] == ["bad"] and seen.count("bad") == 1)):
                yield {kind: files}
            seen.append(kind)


def compiled(file: File) -> Mapping[str, Any]:
    """The other YAML mappings of a compiled file by their path: ``libraries/acme.yaml``, ``checklist.yaml``."""
    others: Mapping[str, Any] = _compiled(file)["others"]
    return others


_PAIRS = "(pairs)"


def _plain(value: Any) -> Any:
    """JSON knows text keys only: a mapping with other keys (true, 1) is written as its pairs."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    if all(isinstance(key, str) for key in value):
        return {key: _plain(one) for key, one in value.items()}
    return {_PAIRS: [[key, _plain(one)] for key, one in value.items()]}


def _compiled(file: File) -> Any:
    return _decoded(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _decoded(file: File, changed: int) -> Any:
    """Read once for the rules, the libraries and the checklist, until it is ``changed``."""
    return json.loads(file.read_bytes(), object_hook=lambda found: dict(found[_PAIRS]) if _PAIRS in found else found)


class _Source(Struct, frozen=True):
    """A rule file that could be read; ``data`` is kept for the line of a complaint."""

    path: str
    mapping: object
    data: bytes = b""


# --- finding and reading the files -----------------------------------------------------------------------------------


def _sources(folders: Iterable[File], examples: bool, problems: list[Problem]) -> Iterator[_Source]:
    for folder in folders:
        if folder.is_file():
            beside = _compiled(folder.with_name(_EXAMPLES_FILE)) if examples else {}
            for path, mapping in _compiled(folder)["rules"]:
                yield _Source(path, {**mapping, "examples": beside[path]} if examples else mapping)
            continue
        for file in _files(folder):
            try:
                yield _read(folder, file, examples)
            except _Unreadable as error:
                problems.append(error.problem)


def _files(folder: File) -> list[File]:
    """The rule files of a folder, in the order of their names. Libraries and the checklist have readers of their own."""
    files = (file for suffix in ("yaml", "yml") for file in folder.rglob(f"*.{suffix}"))
    return sorted(
        file for file in files if file.stem != "checklist" and "libraries" not in file.relative_to(folder).parts[:-1]
    )


class _Unreadable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _read(folder: File, file: File, examples: bool) -> _Source:
    path = _shown(folder, file)
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            raise _Unreadable(_at(path, b"", 0, "the file leads out of its folder", "put the rule itself there"))
        if file.stat().st_size > LARGEST:
            raise _Unreadable(_at(path, b"", 0, "the file is larger than 1 MiB", "a rule has about 40 lines"))
        data = file.read_bytes()
    except OSError as error:
        raise _Unreadable(_at(path, b"", 0, f"cannot be read: {error.strerror}", "check the file")) from error
    return _source(path, data, examples)


def _source(path: str, data: bytes, examples: bool) -> _Source:
    _refuse_other_encodings(path, data)
    _refuse_aliases(path, data)
    return _Source(path, read_mapping(path, data if examples else _without_examples(data)), data)


def _shown(folder: File, file: File) -> str:
    """The path as people know it: ``rules/ordering/...``, ``.twice/rules/...``."""
    folder = folder.resolve() if folder.name in ("", ".", "..") else folder
    parts = folder.parts[-2:] if len(folder.parts) > 1 and folder.parts[-2] == ".twice" else folder.parts[-1:]
    return "/".join((*parts, file.relative_to(folder).as_posix()))


def _without_examples(data: bytes) -> bytes:
    """Blank the examples, which are most of a file: reading YAML costs more than all the rest of loading."""
    return _EXAMPLES.sub(lambda found: b"\n" * found[0].count(b"\n"), data + b"\n")


def read_mapping(path: str, data: bytes) -> object:
    """What a YAML file of ours holds, whatever that is."""
    import yaml  # only when there is a file to read: a compiled rulebook does without

    try:
        return _yaml(data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        complaint = f"not YAML: {error.problem or error.context}"
        raise _Unreadable(
            _at(path, data, mark.line if mark else 0, complaint, "check indentation and quotes")
        ) from error
    except yaml.YAMLError as error:
        complaint = f"not YAML: {' '.join(str(error).split())}"
        raise _Unreadable(_at(path, data, 0, complaint, "take control characters out")) from error
    except (RecursionError, ValueError) as error:
        raise _Unreadable(_at(path, data, 0, f"not a rule: {error}", "a rule is a flat mapping")) from error


@lru_cache(maxsize=512)
def _yaml(data: bytes) -> object:
    """The same bytes are the same mapping; a server and a test run open the same rules many times."""
    import yaml

    return yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _refuse_other_encodings(path: str, data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start)
        raise _Unreadable(_at(path, data, line, "not UTF-8", "save it as UTF-8 text")) from error


def _refuse_aliases(path: str, data: bytes) -> None:
    """Anchors and aliases let a small file grow to any size; no rule needs them."""
    if not _ANCHOR.search(data):
        return
    import yaml

    try:
        for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            anchor, mark = getattr(event, "anchor", None), event.start_mark
            if anchor:
                complaint = f"'{anchor}' is an anchor or alias"
                raise _Unreadable(_at(path, data, mark.line if mark else 0, complaint, "write the text out"))
    except (yaml.YAMLError, RecursionError):
        return  # the reader proper says what is wrong


# --- complaints ------------------------------------------------------------------------------------------------------


def problem_of(path: str, data: bytes, error: reading.RuleError) -> Problem:
    """A complaint with its line; a compiled file has none."""
    return _at(path, data, _line_of(data, error.at) if data else 0, error.complaint, error.expected)


def _at(path: str, data: bytes, line: int, complaint: str, expected: str) -> Problem:
    return Problem(f"{path}:{line + 1}: {complaint}", line_at(path, data, line), expected, "rule")


def line_at(path: str, data: bytes, line: int) -> Place:
    """The place of a whole line of a file, without its line end."""
    text = Text(data)
    start = text.offset(Position(line, 0))
    return Place(path, start, text.offset(Position(line, len(data))))


def _line_of(data: bytes, at: Sequence[str | int]) -> int:
    """The line of a key or entry, found by reading the file once more: only a wrong file pays for that."""
    import yaml

    node = yaml.compose(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    line = 0
    for step in at:
        found = _inside(node, step)
        if found is None:
            break
        line, node = found
    return line


def _inside(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(step, int):
        entries = node.value if isinstance(node.value, list) else []
        return (entries[step].start_mark.line, entries[step]) if step < len(entries) else None
    for pair in node.value if isinstance(node.value, list) else []:
        if isinstance(pair, tuple) and pair[0].value == step:
            return pair[0].start_mark.line, pair[1]
    return None


def with_rules(book: Rulebook, rules: Iterable[Rule]) -> Rulebook:
    """The same book with other rules."""
    return replace(book, rules=tuple(rules))
