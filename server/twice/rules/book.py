"""Opens a whole rulebook: the rules of some folders together with the library files beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from twice.finding import Problem
from twice.rules.library_files import libraries
from twice.rules.load import LARGEST, compiled, line_at, load_rules, problem_of
from twice.rules.model import Rulebook
from twice.text import Place


def shipped() -> Path:
    """Where this installation keeps its rules: one compiled file in a wheel, the ``rules`` folder in a checkout.

    A checkout keeps them compiled too, until a rule changes: its YAML takes ten times as long to read.
    """
    package = Path(__file__).parents[1]
    compiled_rules = package / "rules.json"
    if compiled_rules.is_file():
        return compiled_rules
    from twice.rules.kept import kept  # not in a wheel's way

    folder = package.parents[1] / "rules"
    return kept(folder) or folder


def open_book(folders: Sequence[Path], *, examples: bool = False) -> Rulebook:
    """The rules and libraries of rule folders, or of files that ``compile_rules`` wrote. Later folders add to earlier."""
    book = load_rules(folders, examples=examples)
    problems: list[Problem] = []
    sources: dict[str, bytes] = {}
    known = libraries(
        _documents(folders, sources, problems),
        lambda path, error: problems.append(problem_of(path, sources.get(path, b""), error)),
        sources,
    )
    return replace(book, libraries=known, problems=(*book.problems, *problems))


def book_of(root: Path, *, examples: bool = False) -> Rulebook:
    """The rules of this installation, and those that a project keeps in ``.twice/rules`` and ``.twice/libraries``.

    A ``.twice`` that leads out of the project is not followed.
    """
    own = root / ".twice"
    has_own = own.is_dir() and own.resolve().is_relative_to(root.resolve())
    return open_book([shipped(), *([own / "rules"] if has_own else [])], examples=examples)


def complaints_about(shown: str, data: bytes) -> tuple[Problem, ...]:
    """What is wrong with the text of a library file that may not be saved yet."""
    problems: list[Problem] = []
    document = _document(shown, data, problems)
    if document is not None:
        libraries([(shown, document)], lambda path, error: problems.append(problem_of(path, data, error)), [shown])
    return tuple(problems)


def _yaml(data: bytes) -> Any:
    import yaml  # only when there is a file to read: a compiled rulebook does without

    return yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _documents(
    folders: Sequence[Path], sources: dict[str, bytes], unreadable: list[Problem]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The library files by the path people know them by; ``sources`` gets the bytes of those that were read here."""
    for folder in folders:
        if folder.is_file():
            for path, document in compiled(folder).items():
                if path.startswith("libraries/"):
                    yield path, document
            continue
        own, shown = folder / "libraries", f"{folder.name}/libraries"
        if folder.parent.name == ".twice" and not own.is_dir():
            own, shown = folder.parent / "libraries", ".twice/libraries"
        for file in sorted(own.glob("*.yaml")):
            document = _read(file, f"{shown}/{file.name}", sources, unreadable)
            if document is not None:
                yield f"{shown}/{file.name}", document


def _read(file: Path, shown: str, sources: dict[str, bytes], unreadable: list[Problem]) -> Mapping[str, Any] | None:
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError("the file is larger than 1 MiB")
        sources[shown] = file.read_bytes()
    except (OSError, ValueError) as error:
        unreadable.append(_unreadable(shown, Place(shown, 0, 0), error))
        return None
    return _document(shown, sources[shown], unreadable)


def _document(shown: str, data: bytes, unreadable: list[Problem]) -> Mapping[str, Any] | None:
    import yaml

    place = Place(shown, 0, 0)
    try:
        document = _yaml(data)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        unreadable.append(_unreadable(shown, line_at(shown, data, mark.line) if mark is not None else place, error))
        return None
    if not isinstance(document, Mapping):
        unreadable.append(Problem(f"{shown}: is not a mapping", place, "see rules/libraries/README.md", "rule"))
        return None
    return document


def _unreadable(shown: str, place: Place, error: Exception) -> Problem:
    problem = f"{shown}: cannot be read: {' '.join(str(error).split())}"
    return Problem(problem, place, "a library file is a YAML mapping: see rules/libraries/README.md", "rule")
