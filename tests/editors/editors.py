"""Drives real editors without a screen through one scenario, with the configurations of docs/EDITORS.md, and prints a table.

An editor that cannot be installed here is told and passed over; one that is there and fails makes the exit code 1.
Everything that is written lies in ``.cache/editors``.

    python tests/editors/editors.py                  every editor
    python tests/editors/editors.py neovim vim-ale   these
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import programs
import scenario
from page import block

HERE = Path(__file__).resolve().parent
RUNS = programs.CACHE / "runs"
SECONDS = 180  # far more than any of them needs, so that a busy machine does not fail them


@dataclass(frozen=True, slots=True)
class Drive:
    """How one editor is started: its command, and the variables it needs besides the scenario."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor by name; ``prepare`` installs it, writes its configuration into a folder and says how it is driven."""

    name: str
    prepare: Callable[[Path], Drive]


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    result: str
    seconds: float = 0.0
    note: str = ""


def main() -> int:
    arguments = _arguments()
    chosen = [editor for editor in EDITORS if not arguments.names or editor.name in arguments.names]
    rows = [drive(editor, arguments.twice) for editor in chosen]
    print_table(rows)
    if arguments.pictures:
        _keep_pictures([row.name for row in rows if row.result == "passed"])
    return 1 if any(row.result == "FAILED" for row in rows) else 0


def drive(editor: Editor, twice: Path) -> Row:
    """Installs one editor and takes it through the scenario."""
    print(f"{editor.name}", flush=True)
    folder = RUNS / editor.name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "home").mkdir(parents=True)
    expected = scenario.prepare(folder)
    try:
        how = editor.prepare(folder)
    except programs.Unavailable as reason:
        print(f"    {reason}", flush=True)
        return Row(editor.name, "not here", note=str(reason))
    started = time.monotonic()
    code, output = _run(how, folder, expected, twice)
    print("".join(f"    {line}\n" for line in output.splitlines()), end="", flush=True)
    seconds = time.monotonic() - started
    return Row(editor.name, "passed" if code == 0 else "FAILED", seconds, _version(output))


def print_table(rows: Sequence[Row]) -> None:
    width = max(len(row.name) for row in rows)
    print()
    for row in rows:
        seconds = f"{row.seconds:5.1f} s" if row.seconds else " " * 7
        print(f"{row.name:{width}}  {row.result:8}  {seconds}  {row.note}".rstrip())


# --- the editors -----------------------------------------------------------------------------------------------------


def _neovim(name: str) -> Callable[[Path], Drive]:
    def prepare(folder: Path) -> Drive:
        return _driven_neovim([str(programs.neovim())], block(name), folder)

    return prepare


def _older_neovim(folder: Path) -> Drive:
    program = programs.from_trixie("usr/bin/nvim", "neovim")
    drive = _driven_neovim(program, block("neovim-before-0.11"), folder)
    root = Path(program[-1]).parents[2]
    [libraries] = root.glob("usr/lib/*-linux-gnu")
    runtime = {"VIMRUNTIME": str(root / "usr/share/nvim/runtime"), "LUA_CPATH": f"{libraries}/lua/5.1/?.so"}
    parsers = ["--cmd", f"set runtimepath+={root / 'usr/lib/nvim'}"]
    return Drive([*program, *parsers, *drive.command[len(program) :]], runtime)


def _driven_neovim(program: Sequence[str], configuration: str, folder: Path) -> Drive:
    config = _written(folder / "init.lua", configuration)
    return Drive([*program, "--headless", "-u", str(config), "-c", f"luafile {HERE / 'neovim.lua'}", scenario.FILE])


def _emacs(client: str) -> Callable[[Path], Drive]:
    def prepare(folder: Path) -> Drive:
        program = programs.from_debian("emacs", "emacs-nox", f"elpa-{client}", "elpa-yaml-mode")
        config = _written(folder / "init.el", block(client))
        command = [str(program), "--quick", "--batch", "--load", str(HERE / "emacs.el")]
        return Drive(command, {"CONFIG": str(config), "CLIENT": client})

    return prepare


def _ale(folder: Path) -> Drive:
    program = programs.from_debian("vim", "vim-nox", "vim-ale")
    config = _written(folder / "vimrc", block("ale"))
    return _vim(program, config, "ale")


def _vim_lsp(folder: Path) -> Drive:
    program = programs.from_debian("vim", "vim-nox")
    plugin = f"set runtimepath^={programs.vim_lsp()}\nfiletype plugin on\n"
    config = _written(folder / "vimrc", plugin + block("vim-lsp"))
    return _vim(program, config, "vim-lsp")


def _vim(program: Path, config: Path, client: str) -> Drive:
    said = config.with_name("said.txt")
    drive = ["-N", "-u", str(config), "-i", "NONE", "-n", "-es", "-S", str(HERE / "vim.vim"), scenario.FILE]
    # Without a screen Vim says nothing at all.
    return Drive(
        ["sh", "-c", '"$@"; code=$?; cat "$SAID"; exit $code', "sh", str(program), *drive],
        {"CLIENT": client, "SAID": str(said)},
    )


def _helix(folder: Path) -> Drive:
    programs.from_debian("tmux", "tmux")
    helix = programs.from_trixie("usr/lib/hx/hx", "hx")
    settings = folder / "home" / ".config" / "helix"
    _written(settings / "languages.toml", block("helix"))
    # Without a person to move the cursor, all messages have to stand on the screen.
    _written(settings / "config.toml", '[editor]\nend-of-line-diagnostics = "hint"\n')
    environment = {"HELIX_RUNTIME": str(Path(helix[-1]).parent / "runtime"), "TERM": "xterm-256color"}
    return Drive([sys.executable, str(HERE / "helix.py"), *helix], environment)


def _vscode(script: str) -> Callable[[Path], Drive]:
    def prepare(folder: Path) -> Drive:
        environment = {**programs.vscode(), "SETTINGS": str(_written(folder / "settings.json", block("vscode")))}
        return Drive([environment["NODE"], str(HERE / "vscode" / script)], environment)

    return prepare


EDITORS = (
    Editor("neovim", _neovim("neovim")),
    Editor("neovim-before-0.11", _neovim("neovim-before-0.11")),
    Editor("neovim-0.10", _older_neovim),
    Editor("eglot", _emacs("eglot")),
    Editor("lsp-mode", _emacs("lsp-mode")),
    Editor("vim-ale", _ale),
    Editor("vim-lsp", _vim_lsp),
    Editor("helix", _helix),
    Editor("vscode", _vscode("drive.mjs")),
    Editor("vscode-server", _vscode("server.mjs")),
    Editor("vscode-own", _vscode("own.mjs")),
    Editor("vscode-no-python", _vscode("no-python.mjs")),
    Editor("vscode-trust", _vscode("trust.mjs")),
    Editor("vscode-environment", _vscode("environment.mjs")),
)


# Pictures of our pages, by the editor whose driver takes them; the small ones are the extension's own.
_PICTURES = {
    "vscode": {"hover.png": "docs/images/vscode.png", "hover.jpg": "client-vscode/media/finding.jpg"},
    "vscode-own": {
        "review.png": "docs/images/review.png",
        "events.png": "docs/images/events.png",
        "events.jpg": "client-vscode/media/events.jpg",
    },
}


def _keep_pictures(passed: Sequence[str]) -> None:
    for name in passed:
        for taken, kept in _PICTURES.get(name, {}).items():
            shutil.copyfile(RUNS / name / taken, scenario.ROOT / kept)


# --- running ---------------------------------------------------------------------------------------------------------


def _run(how: Drive, folder: Path, expected: Path, twice: Path) -> tuple[int, str]:
    """Exit code and output of a driver. What it started ends with it."""
    home = str(folder / "home")
    environment = {
        **os.environ,
        "HOME": home,
        "XDG_CONFIG_HOME": f"{home}/.config",
        "XDG_DATA_HOME": f"{home}/.local/share",
        "XDG_STATE_HOME": f"{home}/.local/state",
        "XDG_CACHE_HOME": f"{home}/.cache",
        "PATH": f"{twice.parent}{os.pathsep}{os.environ['PATH']}",
        "SCENARIO": str(expected),
        "TWICE": str(twice),
        **how.environment,
    }
    process = subprocess.Popen(
        how.command,
        cwd=folder / "workspace",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        _end(process)
        output, _ = process.communicate()
        return 1, f"{output}\nno end after {SECONDS} seconds"
    finally:
        _end(process)
    return process.returncode, output


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _version(output: str) -> str:
    """What the driver says first: the editor and its version."""
    first = next((line for line in output.splitlines() if " ms  " in line), "")
    return first.partition(" ms  ")[2]


def _written(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Drives real editors through one scenario.")
    parser.add_argument("names", nargs="*", choices=[[], *(editor.name for editor in EDITORS)], metavar="EDITOR")
    parser.add_argument("--pictures", action="store_true", help="keep the pictures of our pages")
    beside = Path(sys.executable).with_name("twice")
    parser.add_argument("--twice", type=Path, default=beside, help="the program that is driven (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
