"""The compiled rules of a checkout, kept in its ``.cache`` until a rule changes. A wheel has its own and needs none of this."""

from __future__ import annotations

import time
from pathlib import Path
from zlib import crc32

from twice.rules.load import compile_rules

_DAY = 24 * 60 * 60


def kept(folder: Path) -> Path | None:
    """The compiled file of a rules folder, written anew when a file of it has changed.

    None when it cannot be written, or when a rule has a mistake: then the folder itself is read, which tells where.
    """
    directory = folder.parent / ".cache" / "rules" / _state(folder)
    compiled = directory / "rules.json"
    return compiled if compiled.is_file() or _written(folder, directory) else None


def _state(folder: Path) -> str:
    """Changes with every change of a rule, a library, or of the code that compiles them: names, sizes and times."""
    files = sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml"), Path(__file__).with_name("load.py")])
    found = [(str(file), file.stat()) for file in files]
    newest = max(state.st_mtime_ns for _, state in found)
    names = "\n".join(f"{name} {state.st_size} {state.st_mtime_ns}" for name, state in found)
    return f"{len(found)}-{newest}-{crc32(names.encode()):08x}"


def _written(folder: Path, directory: Path) -> bool:
    """Compile beside the target and rename: nobody ever sees half a file. States of another day are taken away."""
    import shutil
    import tempfile

    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        old = [other for other in directory.parent.iterdir() if other.stat().st_mtime < time.time() - _DAY]
        made = Path(tempfile.mkdtemp(dir=directory.parent))
    except OSError:
        return False
    try:
        compile_rules(folder, made / "rules.json")
        made.rename(directory)
    except (OSError, ValueError):
        shutil.rmtree(made, ignore_errors=True)
        return (directory / "rules.json").is_file()
    for other in old:
        shutil.rmtree(other, ignore_errors=True)
    return True
