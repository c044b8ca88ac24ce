"""Every row of a library file is shown by a fact fixture or by the example of a rule: understanding one of them looks the row up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from markers import clean
from msgspec.structs import replace
from test_facts import CASES
from twice.engine import understand
from twice.project.declared import Declared
from twice.project.runs import tell_handler
from twice.rules.book import open_book
from twice.rules.model import Rulebook

ROOT = Path(__file__).parent.parent
_TABLES = ("calls", "types", "clients", "layouts")


class Recording(dict[str, Any]):
    """A table that notes which of its keys are found."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        super().__init__(table)
        self.found: set[str] = set()

    def get(self, key: Any, default: Any = None) -> Any:
        if key in self:
            self.found.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.found.add(key)
        return super().__getitem__(key)


def test_every_row_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unshown_rows(monkeypatch) == set(), "show these rows in tests/facts"


def unshown_rows(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    book = open_book([ROOT / "rules"], examples=True)
    tables = {name: Recording(getattr(book.libraries, name)) for name in _TABLES}
    kinds: set[str] = set()

    def tell(evaluator: Any, queues: Any, declared: Declared, curious: bool = False) -> Any:
        kinds.add(declared.spec.kind)
        return tell_handler(evaluator, queues, declared, curious)

    monkeypatch.setattr("twice.project.link.tell_handler", tell)
    recording = replace(book, libraries=replace(book.libraries, **tables))
    for files in _workspaces(book):
        understand({path: text.encode() for path, text in files.items()}, recording)
    found = {name: table.found for name, table in tables.items()} | {"handlers": kinds}
    return {row for row, where, names in _rows() if not any(name in found[where] for name in names)}


def _workspaces(book: Rulebook) -> Iterator[Mapping[str, str]]:
    for case in CASES:
        texts, _ = clean(case.shared | case.files)
        yield {path: text.decode() for path, text in texts.items()}
    for rule in book.rules:
        yield from (dict(example.files) for example in rule.examples)


def _rows() -> Iterator[tuple[str, str, list[str]]]:
    """A row as it is called here, the table it lies in, and the names it goes by."""
    for file in sorted((ROOT / "rules" / "libraries").glob("*.yaml")):
        document = yaml.safe_load(file.read_bytes())
        for section, table in (("calls", "calls"), ("types", "types"), ("clients", "clients"), ("events", "layouts")):
            for names in document.get(section) or {}:
                yield f"{file.stem} {section} {names.split()[0]}", table, names.split()
        for handler in document.get("handlers") or ():
            yield f"{file.stem} handlers {handler['kind']}", "handlers", [handler["kind"]]
