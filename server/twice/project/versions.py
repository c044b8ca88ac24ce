"""Which versions of libraries a project is pinned to: lock files, requirements and exact pins, nearest to the code first."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import dirname
from typing import Any

from msgspec import Struct, field

from twice.toml import read_toml

Version = tuple[int, ...]

# The tables of uv, Poetry and PDM, and of PEP 751. As text: a lock file of 700 KB takes tomllib 15 times as long.
_TABLE = re.compile(r"^\[\[packages?\]\]\s*$", re.MULTILINE)
_NAME = re.compile(r'^name\s*=\s*"([^"]+)"', re.MULTILINE)
_VERSION = re.compile(r'^version\s*=\s*"(\d[\w.+-]*)"', re.MULTILINE)
# ``acme[fast]==5.0.1 ; python_version < "3.12" --hash=...``, but not ``acme==5.*``, which pins too little.
_PIN = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*\(?===?\s*(\d[\w+-]*(?:\.[\w+-]+)*)(?![\w.]*\*)")
_REQUIREMENTS = re.compile(r"(?:[\w.-]*requirements[\w.-]*|constraints[\w.-]*)\.txt")
# A folder of requirements speaks for the project it lies in.
_FOLDER_OF_PINS = re.compile(r"(?:^|/)(?:requirements|reqs|constraints)$")


class Pins(Struct, frozen=True):
    """The versions by folder and package. Several of one package in one folder disagree."""

    by_folder: Mapping[str, Mapping[str, frozenset[Version]]] = field(default_factory=dict)

    def of(self, package: str, path: str) -> Version | None:
        """The version that code at ``path`` runs with: that of the nearest folder around it that says something, else what all
        others agree about. None when nothing is said, or two things are."""
        package, folder = _normal(package), path
        while folder:
            folder = dirname(folder)
            said = self.by_folder.get(folder, {}).get(package)
            if said:
                return _only(said)
        return _only(version for pins in self.by_folder.values() for version in pins.get(package, ()))


def pins(files: Mapping[str, bytes]) -> Pins:
    """What the lock files, requirements and project files among these say. A file that cannot be read says nothing."""
    found: dict[str, dict[str, frozenset[Version]]] = {}
    for path, data in files.items():
        read = _reader(path)
        for package, version in read(data) if read is not None else ():
            here = found.setdefault(_FOLDER_OF_PINS.sub("", dirname(path)), {})
            here[_normal(package)] = here.get(_normal(package), frozenset()) | {_numbers(version)}
    return Pins(found)


def is_pinning(path: str) -> bool:
    """May a file of this name pin a library?"""
    return _reader(path) is not None


def _only(versions: Iterable[Version]) -> Version | None:
    several = set(versions)
    return several.pop() if len(several) == 1 else None


def _normal(package: str) -> str:
    """PEP 503"""
    return re.sub(r"[-_.]+", "-", package).lower()


def _numbers(version: str) -> Version:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


# One function for each kind of file


def _reader(path: str) -> Callable[[bytes], Iterable[tuple[str, str]]] | None:
    name = path.rpartition("/")[2]
    if name in ("uv.lock", "poetry.lock", "pdm.lock") or re.fullmatch(r"pylock(\.[\w-]+)?\.toml", name):
        return _locked
    if name == "Pipfile.lock":
        return _pipfile
    if name == "pyproject.toml":
        return _project
    in_folder = name.endswith(".txt") and _FOLDER_OF_PINS.search(dirname(path)) is not None
    return _required if in_folder or _REQUIREMENTS.fullmatch(name) else None


def _locked(data: bytes) -> Iterator[tuple[str, str]]:
    text = data.decode("utf-8", "replace")
    for table in _TABLE.split(text)[1:]:
        name, version = _NAME.search(table), _VERSION.search(table)
        if name is not None and version is not None:
            yield name[1], version[1]


def _pipfile(data: bytes) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    groups = document.values() if isinstance(document, dict) else ()
    for package, about in (pair for group in groups if isinstance(group, dict) for pair in group.items()):
        version = about.get("version") if isinstance(about, dict) else None
        if isinstance(version, str) and version.startswith("=="):
            yield package, version.lstrip("=")


def _required(data: bytes) -> Iterator[tuple[str, str]]:
    for line in data.decode("utf-8", "replace").splitlines():
        if (pin := _PIN.match(line)) is not None:
            yield pin[1], pin[2]


def _project(data: bytes) -> Iterator[tuple[str, str]]:
    """PEP 621 and PEP 735, and the tables of Poetry, in which a bare version is a pin."""
    if b"==" not in data and b"tool.poetry" not in data:
        return
    try:
        document = read_toml(data)
    except (ValueError, RecursionError):
        return
    for one in _texts([document.get(key) for key in ("project", "dependency-groups")]):
        yield from _required(one.encode())
    poetry = document.get("tool", {}).get("poetry", {}) if isinstance(document.get("tool"), dict) else {}
    for package, wanted in _poetry(poetry if isinstance(poetry, dict) else {}):
        version = wanted.get("version") if isinstance(wanted, dict) else wanted
        if isinstance(version, str) and re.fullmatch(r"(==)?\s*\d+(\.\d+)+", version):
            yield package, version.lstrip("= ")


def _poetry(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from value.items() if key.endswith("dependencies") else _poetry(value)


def _texts(value: object) -> Iterator[str]:
    """All texts in a value, at every depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)
