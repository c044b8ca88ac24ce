"""Checks packages that nobody here wrote: downloads pinned source distributions, runs Twice on each, prints a table.

Nothing of a package is ever executed: pip's index and network code finds and fetches the archive, its hash is compared
with the pinned one, and only plain files are unpacked. Archives, trees and reports stay in ``.cache/real``.

    python tests/real/real.py                     every package of packages.txt
    python tests/real/real.py Weblate pretix      these packages
    python tests/real/real.py --tree DIRECTORY    a directory that is already there, as one more row
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache" / "real"
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)\s+--hash=sha256:(?P<digest>[0-9a-f]{64})$")


class Refused(Exception):
    """A package that cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of packages.txt."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Row:
    """What one check of one tree came to."""

    name: str
    files: int
    lines: int
    handlers: Counter[str]
    findings: Counter[str]
    seconds: float
    trouble: str = ""


def main() -> int:
    arguments = parser("Check packages that nobody here wrote.").parse_args()
    rows: list[Row] = []
    refused: list[str] = []
    for name, tree in trees(arguments, refused):
        rows.append(_checked(name, tree))
        print(_progress(rows[-1]), file=sys.stderr)
    print(table(rows))
    for message in refused:
        print(f"not checked: {message}", file=sys.stderr)
    return 1 if refused or any(row.trouble for row in rows) else 0


def pins(text: str) -> list[Pin]:
    """The packages of a requirements file with hashes; a line of another form is refused."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = PIN.match(line)
        if match is None:
            raise Refused(f"packages.txt:{number}: {line!r} is not of the form NAME==VERSION --hash=sha256:DIGEST")
        found.append(Pin(match["name"], match["version"], match["digest"]))
    return found


def tree_of(pin: Pin) -> Path:
    """The unpacked source distribution of a package, downloaded unless it is already here."""
    tree = CACHE / "trees" / f"{pin.name}-{pin.version}"
    if tree.is_dir():
        return tree
    archive = _archive(pin)
    half = tree.with_name(tree.name + ".half")
    shutil.rmtree(half, ignore_errors=True)
    unpack(archive, half)
    half.rename(tree)
    return tree


def unpack(archive: Path, target: Path) -> None:
    """Write the plain files of a tar archive below ``target``: no links, no devices, nothing outside."""
    target.mkdir(parents=True)
    with tarfile.open(archive) as tar:
        for member in tar:
            parts = PurePosixPath(member.name.replace("\\", "/")).parts
            source = tar.extractfile(member) if member.isreg() and _stays_inside(parts) else None
            if source is None:
                continue
            path = target.joinpath(*parts[1:])
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                shutil.copyfileobj(source, file)


def verify(archive: Path, digest: str) -> None:
    """Refuse an archive that is not the pinned one, and remove it."""
    found = _digest(archive)
    if found != digest:
        archive.unlink()
        raise Refused(f"the archive's sha256 is {found}, not the pinned {digest}; nothing was unpacked")


def table(rows: list[Row]) -> str:
    """Packages by size, handlers by kind, findings by rule, seconds; then the sums."""
    kinds = sorted({kind for row in rows for kind in row.handlers})
    head = ["package", "files", "lines", *kinds, "findings", "seconds", "by rule"]
    body = [_cells(row, kinds) for row in rows]
    total = _cells(_sum(rows), kinds)
    widths = [max(len(line[i]) for line in [head, total, *body]) for i in range(len(head) - 1)]
    lines = [_line(cells, widths) for cells in [head, *body, total]]
    rule = "-" * max(map(len, lines[:1]))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def parser(description: str) -> argparse.ArgumentParser:
    """Takes names of packages, and directories."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("names", nargs="*", help="packages of packages.txt; none means all, unless --tree is given")
    parser.add_argument("--tree", action="append", default=[], type=Path, help="a directory to check as well")
    return parser


def trees(arguments: argparse.Namespace, refused: list[str]) -> Iterator[tuple[str, Path]]:
    """The names and directories of the packages that are asked for; why one cannot be had goes to ``refused``."""
    known = pins((HERE / "packages.txt").read_text())
    unknown = set(arguments.names) - {pin.name for pin in known}
    refused.extend(f"{name} is not in packages.txt" for name in sorted(unknown))
    for pin in known:
        if pin.name not in arguments.names and (arguments.names or arguments.tree):
            continue
        try:
            yield pin.name, tree_of(pin)
        except (Refused, OSError, tarfile.TarError) as problem:
            refused.append(f"{pin.name}: {problem}")
    yield from ((tree.name, tree) for tree in arguments.tree)


def _archive(pin: Pin) -> Path:
    path = CACHE / "archives" / f"{pin.name}-{pin.version}.tar.gz"
    if not path.is_file() or _digest(path) != pin.digest:
        path.parent.mkdir(parents=True, exist_ok=True)
        _download(pin, path)
    verify(path, pin.digest)
    return path


def _download(pin: Pin, path: Path) -> None:
    """Fetch the source distribution with pip's finder and session, so that pip's own configuration holds.

    ``pip download`` itself would run the package's build backend to ask for metadata; this stops after the transfer.
    """
    from pip._internal.commands.download import DownloadCommand
    from pip._vendor.packaging.specifiers import SpecifierSet

    command = DownloadCommand("download", "fetch a source distribution")
    options, _ = command.parse_args(["--quiet", "--no-deps", "--no-binary", ":all:", pin.name])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session)
        found = finder.find_best_candidate(pin.name, SpecifierSet(f"=={pin.version}")).best_candidate
        if found is None or not found.link.filename.endswith(".tar.gz"):
            raise Refused(f"the index has no .tar.gz of version {pin.version}")
        answer = session.get(found.link.url_without_fragment, timeout=120)
        answer.raise_for_status()
        path.write_bytes(answer.content)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _stays_inside(parts: tuple[str, ...]) -> bool:
    """Archives hold one directory at the top; a path that is absolute or climbs is left out."""
    return len(parts) > 1 and not any(part in ("/", "..") or ":" in part for part in parts)


def _checked(name: str, tree: Path) -> Row:
    files, lines = _size(tree)
    report = CACHE / "reports" / f"{name}.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-m", "twice", "check", "--format", "json", "."], cwd=tree, capture_output=True, check=False
    )
    seconds = time.perf_counter() - begin
    report.write_bytes(run.stdout)
    handlers, findings, trouble = _read(run.stdout)
    if run.returncode not in (0, 1):
        last = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        trouble = f"exit {run.returncode}: {''.join(last)}"
    return Row(name, files, lines, handlers, findings, seconds, trouble)


def _read(output: bytes) -> tuple[Counter[str], Counter[str], str]:
    try:
        answer = json.loads(output)
    except ValueError:
        return Counter(), Counter(), "the output is not JSON"
    handlers = Counter(handler["kind"] for handler in answer["handlers"])
    return handlers, Counter(finding["code"] for finding in answer["findings"]), ""


def _size(tree: Path) -> tuple[int, int]:
    files = lines = 0
    for path in _python_files(tree):
        files += 1
        lines += path.read_bytes().count(b"\n")
    return files, lines


def _python_files(tree: Path) -> Iterable[Path]:
    for directory, _, names in os.walk(tree):
        yield from (Path(directory, name) for name in names if name.endswith(".py"))


def _progress(row: Row) -> str:
    state = row.trouble or f"{sum(row.handlers.values())} handlers, {sum(row.findings.values())} findings"
    return f"{row.name}: {state}, {row.seconds:.1f} s"


def _sum(rows: list[Row]) -> Row:
    handlers: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    for row in rows:
        handlers += row.handlers
        findings += row.findings
    sizes = sum(row.files for row in rows), sum(row.lines for row in rows)
    return Row("all", *sizes, handlers, findings, sum(row.seconds for row in rows))


def _cells(row: Row, kinds: list[str]) -> list[str]:
    rules = "  ".join(f"{code} {count}" for code, count in sorted(row.findings.items()))
    handlers = [str(row.handlers[kind] or ".") for kind in kinds]
    found = str(sum(row.findings.values()))
    return [row.name, str(row.files), str(row.lines), *handlers, found, f"{row.seconds:.1f}", row.trouble or rules]


def _line(cells: list[str], widths: list[int]) -> str:
    first, *numbers = cells[:-1]
    padded = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))]
    return "  ".join([*padded, cells[-1]]).rstrip()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Refused as problem:
        sys.exit(f"real: {problem}")
