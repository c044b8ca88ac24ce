"""What a project may set, read from twice.toml or pyproject.toml. A mistake is told with its line; the rest is honoured."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from twice.finding import SEVERITIES, Confidence, Problem, Severity
from twice.silence import RULES
from twice.text import Place, Position, Text
from twice.toml import read_toml

FailOn = Literal["error", "warning", "information", "hint", "never"]

OWN_FILE = "twice.toml"
SHARED_FILE = "pyproject.toml"
# In which table of each file the settings stand; the first file that has any counts.
TABLES: Mapping[str, tuple[str, ...]] = {OWN_FILE: (), SHARED_FILE: ("tool", "twice")}
_LARGEST = 1024 * 1024
_CONTENT = re.compile(rb"^[ \t]*[^\s#]", re.MULTILINE)


class Config(Struct, frozen=True):
    """What a project may set. A selector is a code, the beginning of codes, or a rule's name; the longer one wins.

    The key of a setting in the file is the field's name with hyphens, and ``MEANINGS`` says what it is. ``written`` is where a selector stands (``twice.toml:3``, and the place), for complaints.

    ``inner`` are the settings of directories inside, by path with a slash at the end: they take the place of these and are not merged.
    Patterns hold where they are written: ``below`` a directory of the project, or in a directory that is ``above`` it by this path.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: FailOn = "warning"
    confidence: Confidence = "medium"
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    written: Mapping[str, tuple[str, Place]] = field(default_factory=dict)
    below: str = ""
    above: str = ""
    inner: Mapping[str, Config] = field(default_factory=dict)

    def at(self, path: str) -> Config:
        """The settings nearest to a file: those of the innermost directory around it that has any."""
        around = [below for below in self.inner if path.startswith(below)]
        return self.inner[max(around, key=len)] if around else self

    def all(self) -> tuple[Config, ...]:
        """These settings and those of the directories inside."""
        return (self, *self.inner.values())

    def each(self, change: Callable[[Config], Config]) -> Config:
        """The same change made here and in the directories inside."""
        return replace(change(self), inner={below: change(one) for below, one in self.inner.items()})

    def fails(self, severity: Severity) -> bool:
        """Does a finding of this severity make the exit code 1?"""
        return self.fail_on != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(self.fail_on)

    def shows(self, confidence: Confidence) -> bool:
        """Is a finding of this confidence shown without being asked for?"""
        levels = get_args(Confidence)
        return levels.index(confidence) <= levels.index(self.confidence)

    def silent_in(self, path: str) -> tuple[str, ...]:
        """The selectors of the rules that stay silent in a file."""
        own = self.above + path.removeprefix(self.below)
        found = (codes for pattern, codes in self.per_path_ignores if is_below(own, pattern))
        return tuple(code for codes in found for code in codes)

    def selectors(self) -> tuple[str, ...]:
        """All selectors of these settings, those inside aside."""
        local = (selector for _, several in self.per_path_ignores for selector in several)
        return tuple(dict.fromkeys((*self.select, *self.ignore, *local)))


DEFAULT = Config()


def is_below(path: str, pattern: str) -> bool:
    """Does a pattern in the syntax of .gitignore mean this path?"""
    from pathspec import GitIgnoreSpec  # only when there is a pattern: it costs 15 ms

    return GitIgnoreSpec.from_lines([pattern]).match_file(path)


def load(root: Path) -> tuple[Config, tuple[Problem, ...]]:
    """The settings of a project: those of twice.toml, else of ``[tool.twice]`` in pyproject.toml, else none."""
    return find(root) or (Config(), ())


def of_the_user() -> Path:
    """The folder where a person keeps a ``twice.toml`` for all projects that have none, which only editors read."""
    given = os.environ.get("APPDATA" if sys.platform == "win32" else "XDG_CONFIG_HOME", "")
    home = Path(os.environ.get("HOME") or os.sep)
    return (Path(given) if Path(given).is_absolute() else home / ".config") / "twice"


def find(root: Path, below: str = "") -> tuple[Config, tuple[Problem, ...]] | None:
    """The settings of a project, or of the directory ``below`` it; None when it has none."""
    for name, tables in TABLES.items():
        path = below + name
        try:
            data = _bytes(root / path)
        except OSError as error:
            problem = Problem(f"{path}: cannot be read: {error.strerror}", None, "check its permissions", "config")
            return Config(below=below), (problem,)
        if data is not None and (not tables or b"twice" in data):
            found = _read(path, data, tables)
            if found is not None:
                return replace(found[0], below=below), found[1]
    return None


def holds_settings(path: str) -> bool:
    """May a file of this path hold settings?"""
    return path.rpartition("/")[2] in TABLES


def written_in(path: str, data: bytes) -> tuple[Config, tuple[Problem, ...]]:
    """The settings in the text of one of the two files; the defaults when it has none."""
    return _read(path, data, TABLES[path.rpartition("/")[2]]) or (Config(), ())


def settings(mapping: Mapping[str, Any]) -> tuple[Config, tuple[Problem, ...]]:
    """The settings of a mapping with the keys of twice.toml, such as an editor sends."""
    reader = _Reader("settings", b"", ())
    return reader.config(mapping), tuple(reader.problems)


def unknown_selectors(config: Config, rules: Iterable[tuple[str, str]]) -> tuple[Problem, ...]:
    """Selectors that mean no rule; ``rules`` are the rules of the book by code and name."""
    known = dict(rules) | {rule.code: rule.name for rule in RULES}
    words = (*known, *known.values())
    problems = []
    for settings, selector in ((one, selector) for one in config.all() for selector in one.selectors()):
        if selector in known.values() or any(code.startswith(selector) for code in known):
            continue
        where, place = settings.written.get(selector, ("", None))
        close = get_close_matches(selector, words, n=1)
        meant = f"did you mean '{close[0]}'? " if close else ""
        expected = f"{meant}`twice rules` lists all codes and names"
        problems.append(Problem(f"{where}'{selector}' is no rule", place, expected, "config"))
    return tuple(problems)


# --- reading the file ------------------------------------------------------------------------------------------------


def _bytes(file: Path) -> bytes | None:
    if not file.is_file():
        return None
    with file.open("rb") as opened:
        return opened.read(_LARGEST)


def _read(name: str, data: bytes, tables: tuple[str, ...]) -> tuple[Config, tuple[Problem, ...]] | None:
    """The settings of one file; None when they are in none of its tables."""
    reader = _Reader(name, data, tables)
    try:
        mapping: Any = read_toml(data) if _CONTENT.search(data) else {}
    except (ValueError, RecursionError) as error:
        if tables and not reader.has_table():
            return None
        return Config(), (reader.broken(error),)
    for table in tables:
        mapping = mapping.get(table) if isinstance(mapping, Mapping) else None
        if mapping is None:
            return None
    if not isinstance(mapping, Mapping):
        return Config(), (reader.problem(f"'{'.'.join(tables)}' is no table", tables[-1], "write [tool.twice]"),)
    return reader.config(mapping), tuple(reader.problems)


class _Reader:
    """Reads one mapping of settings and notes what is wrong with it, and where."""

    def __init__(self, path: str, data: bytes, tables: tuple[str, ...]) -> None:
        self.path = path
        self.text = Text(data)
        self.tables = tables
        self.problems: list[Problem] = []
        self.written: dict[str, tuple[str, Place]] = {}

    def config(self, mapping: Mapping[str, Any]) -> Config:
        values: dict[str, Any] = {}
        for key, value in mapping.items():
            if key not in KEYS:
                close = get_close_matches(key, KEYS, n=1)
                meant = f"did you mean '{close[0]}'?" if close else f"expected one of {', '.join(KEYS)}"
                self.complain(f"'{key}' is no setting", key, meant)
                continue
            read = _SHAPES[KEYS[key]](self, key, value)
            if read is not None:
                values[KEYS[key]] = read
        return Config(**values, written=self.written)

    def texts(self, key: str, value: object) -> tuple[str, ...] | None:
        """A list of text; entries of another kind are complained about and left out."""
        if not isinstance(value, list):
            self.complain(f"'{key}' is {_shown(value)}", key, f'expected a list: {key} = ["..."]')
            return None
        for entry in value:
            if not isinstance(entry, str) or not entry:
                self.complain(f"'{key}' holds {_shown(entry)}", key, 'expected text in quotes, such as "DUP101"')
            else:
                place = self.place(key, entry)
                self.written.setdefault(entry, (f"{self._named(place)}: ", place))
        return tuple(entry for entry in value if isinstance(entry, str) and entry)

    def word(self, words: tuple[str, ...], key: str, value: object) -> str | None:
        if isinstance(value, str) and value in words:
            return value
        close = get_close_matches(value, words, n=1) if isinstance(value, str) else ()
        meant = f"; did you mean '{close[0]}'?" if close else ""
        self.complain(f"'{key}' is {_shown(value)}", key, f"expected one of {', '.join(words)}{meant}")
        return None

    def by_path(self, key: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
        if not isinstance(value, Mapping):
            self.complain(f"'{key}' is {_shown(value)}", key, 'expected a table: "tests/" = ["DUP101"]')
            return None
        read = (
            (pattern, self.texts(pattern, codes)) for pattern, codes in value.items() if self.is_pattern(key, pattern)
        )
        return tuple((pattern, codes) for pattern, codes in read if codes)

    def patterns(self, key: str, value: object) -> tuple[str, ...] | None:
        texts = self.texts(key, value)
        return tuple(text for text in texts if self.is_pattern(key, text)) if texts is not None else None

    def is_pattern(self, key: str, pattern: str) -> bool:
        try:
            is_below("", pattern)
        except ValueError:
            self.complain(f"'{pattern}' is no pattern", key, "write it in the syntax of .gitignore")
            return False
        return True

    def complain(self, complaint: str, key: str, expected: str) -> None:
        self.problems.append(self.problem(complaint, key, expected))

    def problem(self, complaint: str, key: str, expected: str) -> Problem:
        return self._at(self.place(key), complaint, expected)

    def broken(self, error: Exception) -> Problem:
        """A file that is no TOML; its parser tells the line in its message only."""
        if isinstance(error, UnicodeDecodeError):
            line = self.text.position(error.start).line
            return self._at(self._line(line), "not UTF-8", "save it as UTF-8 text")
        told = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)", str(error))
        line = int(told[1]) - 1 if told and told[1] else self.text.position(len(self.text.data.rstrip())).line
        complaint = str(error)[: told.start()] if told else str(error)
        return self._at(self._line(line), f"not TOML: {complaint}", "no setting is read until this is mended")

    def has_table(self) -> bool:
        return re.search(rb"^\s*\[\s*tool\s*\.\s*twice\s*[\].]", self.text.data, re.MULTILINE) is not None

    def place(self, key: str, value: str = "") -> Place:
        """Where a key is written, or a text behind it; the top of the file when it cannot be found."""
        if not self.text.data:
            return Place(self.path, 0, 0)
        start = 0
        if self.tables:
            table = re.search(rb"^\s*\[\s*tool\s*\.\s*twice\s*[\].]", self.text.data, re.MULTILINE)
            start = table.start() if table else 0
        name = re.escape(key.encode())
        found = re.compile(rb"""(?:^|[{,\[.])[ \t]*(["']?%s["']?)[ \t]*[=\].]""" % name, re.MULTILINE)
        at = found.search(self.text.data, start)
        if at is None:
            return self._line(self.text.position(start).line)
        quoted = re.compile(rb"""["']%s["']""" % re.escape(value.encode())).search(self.text.data, at.end())
        span = quoted.span() if value and quoted else at.span(1)
        return Place(self.path, *span)

    def _line(self, line: int) -> Place:
        start = self.text.offset(Position(line, 0))
        return Place(self.path, start, start + len(self.text.line(line).encode()))

    def _at(self, place: Place, complaint: str, expected: str) -> Problem:
        return Problem(f"{self._named(place)}: {complaint}", place, expected, "config")

    def _named(self, place: Place) -> str:
        return f"{self.path}:{self.text.position(place.start).line + 1}" if self.text.data else self.path


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else f"{str(value)[:40].lower()}"


_SHAPES: Mapping[str, Callable[[_Reader, str, object], Any]] = {
    "select": _Reader.texts,
    "ignore": _Reader.texts,
    "exclude": _Reader.patterns,
    "fail_on": lambda reader, key, value: reader.word(get_args(FailOn), key, value),
    "confidence": lambda reader, key, value: reader.word(get_args(Confidence), key, value),
    "per_path_ignores": _Reader.by_path,
}

# The keys that a file may have, with the fields they set.
KEYS: Mapping[str, str] = {name.replace("_", "-"): name for name in _SHAPES}

# What each key is for, and the words of those that take no others.
MEANINGS: Mapping[str, str] = {
    "select": "The rules that speak: codes, beginnings of codes, or names. Without it all of them.",
    "ignore": "The rules that stay silent: codes, beginnings of codes, or names.",
    "exclude": "Paths that are not read, in the syntax of .gitignore.",
    "fail-on": "The lowest severity that makes `twice check` end with 1, or never.",
    "confidence": "The lowest confidence that is shown.",
    "per-path-ignores": "Rules that stay silent in some paths: a table of .gitignore patterns with codes or names.",
}
WORDS: Mapping[str, tuple[str, ...]] = {"fail-on": get_args(FailOn), "confidence": get_args(Confidence)}
