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


def book_of(root: Path, *, examples: bool = False) -> Rulebook:
    """The rules of this installation, and those that a project keeps in ``.twice/rules`` and ``.twice/libraries``.

    A ``.twice`` that leads out of the project is not followed.
    """
    own = root / ".twice"
    has_own = own.is_dir() and own.resolve().is_relative_to(root.resolve())
    return open_book([shipped(), *([own / "rules"] if has_own else [])], examples=examples)


def beliefs(source: Path) -> dict[str, str]:
    """What people believe, by the item of the checklist: ``DUP-1`` is that events are not duplicated."""
    if source.is_file():
        entries: Any = compiled(source).get("checklist.yaml", ())
    else:
        entries = _yaml((source / "checklist.yaml").read_bytes())
    return {entry["id"]: entry["belief"] for entry in entries}


def _yaml(data: bytes) -> Any:
    import yaml  # only when there is a file to read: a compiled rulebook does without

    return yaml.load(data, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


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
    import yaml

    shown = f"{folder.name}/libraries/{file.name}"
    try:
        if file.stat().st_size > LARGEST:
            raise ValueError("the file is larger than 1 MiB")
        document = _yaml(file.read_bytes())
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
