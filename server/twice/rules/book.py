"""Opens a whole rulebook: the rules of some folders together with the library files beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from twice.finding import Problem
from twice.libraries import load_libraries
from twice.rules.load import LARGEST, compiled, load_rules
from twice.rules.model import Rulebook


def shipped() -> Path:
    """Where this installation keeps its rules: one compiled file in a wheel, the ``rules`` folder in a checkout."""
    package = Path(__file__).parents[1]
    compiled_rules = package / "rules.json"
    return compiled_rules if compiled_rules.is_file() else package.parents[1] / "rules"


def open_book(folders: Sequence[Path], *, examples: bool = False) -> Rulebook:
    """The rules and libraries of rule folders, or of files that ``compile_rules`` wrote. Later folders add to earlier."""
    book = load_rules(folders, examples=examples)
    unreadable: list[Problem] = []
    libraries, problems = load_libraries(_documents(folders, unreadable))
    return replace(book, libraries=libraries, problems=(*book.problems, *unreadable, *problems))


def _documents(folders: Sequence[Path], unreadable: list[Problem]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for folder in folders:
        if folder.is_file():
            for path, document in compiled(folder).items():
                if path.startswith("libraries/"):
                    yield path, document
            continue
        own = folder / "libraries"
        shared = folder.parent / "libraries" if folder.parent.name == ".twice" else own
        for file in sorted(own.glob("*.yaml")) or sorted(shared.glob("*.yaml")):
            document = _read(file, folder, unreadable)
            if document is not None:
                yield f"{folder.name}/libraries/{file.name}", document


def _read(file: Path, folder: Path, unreadable: list[Problem]) -> Mapping[str, Any] | None:
    import yaml  # only when there is a file to read: a compiled rulebook does without

    shown = f"{folder.name}/libraries/{file.name}"
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError("the file is larger than 1 MiB")
        document = yaml.load(file.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        problem = f"{shown}: cannot be read: {' '.join(str(error).split())}"
        unreadable.append(
            Problem(problem, None, "a library file is a YAML mapping: see rules/libraries/README.md", "rule")
        )
        return None
    if not isinstance(document, Mapping):
        unreadable.append(Problem(f"{shown}: is not a mapping", None, "see rules/libraries/README.md", "rule"))
        return None
    return document
