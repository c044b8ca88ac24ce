"""Measures Twice: cold start, throughput beside ruff, keystroke to diagnostics, server start, memory. ``make bench``.

Every figure is taken in this run on this machine; ratios compare runs that alternate with each other.
Prints a Markdown table and leaves with 1 when something could not be measured.

    python benchmarks/bench.py                  everything
    python benchmarks/bench.py cold server      some of it: cold, throughput, keystrokes, server, workspace
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import handlers
import workspace as large
from editor import Editor, NoAnswer, editing, peak_bytes

TREES = Path(__file__).resolve().parents[1] / ".cache" / "real" / "trees"
TWICE = [sys.executable, "-m", "twice"]
TREE_SITTER = "import tree_sitter, tree_sitter_python"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report."""

    what: str
    value: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One finished process."""

    seconds: float
    peak_bytes: int


class NotMeasured(Exception):
    """A benchmark that could not run; the message says why and what to do."""


Benchmark = Callable[[], Iterator[Figure]]


def main() -> int:
    benchmarks: dict[str, Benchmark] = {
        "cold": cold,
        "throughput": throughput,
        "keystrokes": keystrokes,
        "server": server,
        "workspace": workspace,
    }
    unknown = [name for name in sys.argv[1:] if name not in benchmarks]
    if unknown:
        print(f"bench: {unknown[0]!r} is none of {', '.join(benchmarks)}", file=sys.stderr)
        return 2
    # An installed program has its bytecode; where writing it is forbidden, a checkout would measure the compiler.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([*TWICE, "check", os.devnull], capture_output=True, check=False)
    print(f"{_machine()}\n\n| figure | value | |\n|---|---|---|")
    missing = 0
    for name in sys.argv[1:] or benchmarks:
        try:
            for figure in benchmarks[name]():
                print(f"| {figure.what} | {figure.value} | {figure.remark} |", flush=True)
        except (NotMeasured, NoAnswer) as problem:
            print(f"| {name} | not measured | {problem} |", flush=True)
            missing += 1
    return 1 if missing else 0


def cold(rounds: int = 15) -> Iterator[Figure]:
    """A new process checks one file; beside it the interpreter alone and with the parser."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "app.py")
        file.write_text(handlers.source(500))
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "python with tree-sitter imported": [sys.executable, "-c", TREE_SITTER],
            "twice check, one file of 500 lines": [*TWICE, "check", file.name],
        }
        runs: dict[str, list[Run]] = {what: [] for what in commands}
        for _ in range(rounds):
            for what, command in commands.items():
                runs[what].append(_run(command, Path(directory)))
    medians = {what: statistics.median(run.seconds for run in found) for what, found in runs.items()}
    _, floor, twice = medians.values()
    for what, median in medians.items():
        yield Figure(what, f"{median * 1000:.0f} ms", f"median of {rounds}")
    yield Figure("cold check / python with tree-sitter", f"{twice / floor:.1f} x", "target: at most 5 x, under 250 ms")
    peak = max(run.peak_bytes for run in runs["twice check, one file of 500 lines"])
    yield Figure("peak memory, one file", _megabytes(peak))


def throughput() -> Iterator[Figure]:
    """Lines per second over the real packages, beside ruff on the same directories."""
    trees = sorted(tree for tree in TREES.glob("*") if tree.is_dir() and tree.suffix != ".half")
    if not trees:
        raise NotMeasured(f"{TREES} is empty: run `make real` first")
    lines = sum(path.read_bytes().count(b"\n") for tree in trees for path in tree.rglob("*.py"))
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--isolated", "--exit-zero", "--quiet"]
    ruff += ["--no-respect-gitignore", "--config", "exclude=[]", "."]
    both = [(_run([*TWICE, "check", "--format", "json", "."], tree), _run(ruff, tree)) for tree in trees]
    twice, other = (sum(pair[side].seconds for pair in both) for side in (0, 1))
    yield Figure("real packages", f"{len(trees)} packages, {lines:,} lines", "the trees of tests/real")
    yield Figure("twice check", f"{lines / twice:,.0f} lines/s", f"{twice:.1f} s in all, one process each")
    yield Figure("ruff check --no-cache", f"{lines / other:,.0f} lines/s", f"{other:.1f} s in all, one process each")
    yield Figure("twice / ruff", f"{twice / other:.0f} x slower", "ruff has default rules and uses every core")
    yield Figure("peak memory, largest package", _megabytes(max(pair[0].peak_bytes for pair in both)))


def keystrokes() -> Iterator[Figure]:
    """From a keystroke to the published diagnostics of that version, without the debounce."""
    for lines, rounds in ((500, 60), (5000, 30)):
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory).resolve()
            file = _workspace(root, lines)
            with editing([*TWICE, "serve"], root) as editor:
                editor.open(file)
                taken = sorted(_typed(editor, file, rounds))
        median, late = statistics.median(taken), taken[round(0.95 * (len(taken) - 1))]
        remark = f"p95 {late * 1000:.0f} ms, {rounds} keystrokes"
        yield Figure(f"keystroke to diagnostics, {lines:,} lines", f"{median * 1000:.0f} ms", remark)
        yield Figure(f"peak memory of the server, {lines:,} lines", _megabytes(editor.peak_bytes))


def server(rounds: int = 5) -> Iterator[Figure]:
    """From the start of the process to the first diagnostics of an opened file."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        file = _workspace(root, 500)
        taken = []
        for _ in range(rounds):
            begin = time.perf_counter()
            with editing([*TWICE, "serve"], root) as editor:
                editor.open(file)
                taken.append(time.perf_counter() - begin)
    yield Figure(
        "server start to first diagnostics", f"{statistics.median(taken) * 1000:.0f} ms", f"median of {rounds}"
    )


def workspace(templates: int = 300, handlers_there: int = 1000, rounds: int = 10) -> Iterator[Figure]:
    """A large workspace in the server: from its start to the first diagnostics, and from one edit of a template to the next ones."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        large.write(root, templates, handlers_there)
        file = root / "services" / "service_150" / "template.yaml"
        line, text = next(
            (number, one) for number, one in enumerate(file.read_text().splitlines()) if one.endswith("Timeout: 30")
        )
        begin = time.perf_counter()
        with editing([*TWICE, "serve"], root) as editor:
            editor.open(file, "yaml")
            cold_seconds = time.perf_counter() - begin
            taken = []
            for number in range(rounds):
                digit = str(number % 10)
                taken.append(editor.type(file, line, len(text) - 1, digit, replaced=1))
    median = statistics.median(taken)
    yield Figure(
        f"{templates} templates, {handlers_there:,} handlers: first diagnostics", f"{cold_seconds:.1f} s", "cold"
    )
    yield Figure("the same workspace: one edit of a template", f"{median * 1000:.0f} ms", f"median of {rounds}")
    share = f"{100 * median / cold_seconds:.1f} %"
    yield Figure("an edit of a template / cold", share, f"target: under 5 %; slowest {max(taken) * 1000:.0f} ms")
    yield Figure("peak memory of the server, that workspace", _megabytes(editor.peak_bytes))


def _typed(editor: Editor, file: Path, rounds: int) -> Iterator[float]:
    """Types a name into a handler letter by letter, and deletes it again."""
    text = file.read_text()
    line = handlers.middle(text)
    indent = " " * 12
    editor.type(file, line, len(text.splitlines()[line]), f"\n{indent}")
    for number in range(rounds // 2):
        yield editor.type(file, line + 1, len(indent) + number, "x")
    for number in reversed(range(rounds // 2)):
        yield editor.type(file, line + 1, len(indent) + number, "", replaced=1)


def _workspace(root: Path, lines: int) -> Path:
    file = root / "app.py"
    file.write_text(handlers.source(lines))
    (root / "template.yaml").write_text(handlers.template(lines, "app"))
    return file


def _run(command: list[str], directory: Path) -> Run:
    """Run a command to its end. Findings are fine (1), but whoever has findings has also printed something."""
    with tempfile.TemporaryFile() as complaint:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=directory, stdout=subprocess.PIPE, stderr=complaint)
        assert process.stdout is not None
        printed = process.stdout.read()
        peak = peak_bytes(process)
        seconds = time.perf_counter() - begin
        process.stdout.close()
        complaint.seek(0)
        last = complaint.read().decode("utf-8", "replace").strip().splitlines()[-1:]
    if process.returncode not in (0, 1) or (process.returncode == 1 and not printed):
        raise NotMeasured(f"`{' '.join(command[1:4])}` ended with {process.returncode}: {''.join(last)}")
    return Run(seconds, peak)


def _machine() -> str:
    names = [line for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")]
    name = names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.is_file() else []


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
