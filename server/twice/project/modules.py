"""Which file an import names: the modules of the workspace, with source roots found as Python finds them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname, join, normpath

from msgspec import Struct


class Modules(Struct, frozen=True):
    """Dotted names of the workspace's files. A file's root is the folder above its outermost package."""

    paths: frozenset[str]
    roots: Mapping[str, str]
    by_name: Mapping[str, tuple[str, ...]]
    foreign: frozenset[str]

    def find(self, dotted: str, importer: str) -> str | None:
        """The file of an absolute or relative (leading dots) module name, seen from ``importer``; None if not ours."""
        if dotted.startswith("."):
            return self._relative(dotted, importer)
        top = dotted.partition(".")[0]
        if top in sys.stdlib_module_names or top in self.foreign:
            return None
        candidates = [path for path in self.by_name.get(dotted, ()) if path != importer]
        if not candidates:
            return None
        root = self.roots.get(importer, "")
        return min(candidates, key=lambda path: (self.roots[path] != root, -_shared(path, importer), len(path), path))

    def _relative(self, dotted: str, importer: str) -> str | None:
        name = dotted.lstrip(".")
        folder = dirname(importer)
        for _ in range(len(dotted) - len(name) - 1):
            folder = dirname(folder)
        target = join(folder, *name.split(".")) if name else folder
        for path in (f"{target}.py", f"{target}/__init__.py"):
            if normpath(path) in self.paths:
                return normpath(path)
        return None


def modules(paths: Iterable[str], foreign: frozenset[str]) -> Modules:
    """The modules of all Python files; ``foreign`` are top names that always mean an installed library."""
    known = frozenset(path for path in paths if path.endswith(".py"))
    roots: dict[str, str] = {}
    by_name: dict[str, tuple[str, ...]] = {}
    # A script finds what lies beside it, also where that is a package itself.
    scripts = {dirname(path) for path in known if path.rpartition("/")[2] == "manage.py"}
    sources = {folder for path in known for folder in _folders(path) if _is_source(folder, known)}
    for path in sorted(known):
        roots[path] = root = _root(path, known)
        starts = (folder for folder in _folders(path) if folder in scripts or folder in sources)
        for start in {root, "", *starts}:
            name = _dotted(path, start)
            if name:
                by_name[name] = (*by_name.get(name, ()), path)
    return Modules(known, roots, by_name, foreign)


def is_test(path: str) -> bool:
    """Tests and examples show what may not be done elsewhere."""
    parts = path.split("/")
    name = parts[-1]
    return (
        any(re.fullmatch(r"(?i)(.*[-_])?(tests?|testing|examples|smoke)", part) for part in parts[:-1])
        or name.startswith("test_")
        or name.endswith(("_test.py", "_tests.py"))
        or name == "conftest.py"
    )


def _root(path: str, known: frozenset[str]) -> str:
    folder = dirname(path)
    while folder and f"{folder}/__init__.py" in known:
        folder = dirname(folder)
    return folder


def _folders(path: str) -> Iterator[str]:
    """The folders a file lies in, innermost first."""
    while path := dirname(path):
        yield path


def _is_source(folder: str, known: frozenset[str]) -> bool:
    """A folder that is put on Python's path to install what lies in it: there a package may do without ``__init__.py``."""
    return folder.rpartition("/")[2] == "src" or f"{folder}/setup.py" in known


def _dotted(path: str, root: str) -> str:
    inside = path[len(root) + 1 :] if root else path
    return inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
