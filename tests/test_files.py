"""Which files are read from disk, and which are left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from twice import files
from twice.config import DEFAULT, Config
from twice.files import is_relevant, read_workspace, root_of
from twice.languages import templates

ROOT = Path(__file__).parent.parent


def made(folder: Path, *paths: str, **texts: str) -> Path:
    """A folder with these files; ``__`` in a keyword stands for a slash, its text is the content."""
    for path in paths:
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x = 1\n", "utf-8")
    for name, text in texts.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


def names(folder: Path, config: Config = DEFAULT) -> list[str]:
    return list(read_workspace(folder, config).files)


# --- the root --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("marker", ["twice.toml", ".git/HEAD"])
def test_the_root_is_the_nearest_directory_that_says_so(tmp_path: Path, marker: str) -> None:
    made(tmp_path, marker, "a/b/c.py", "a/d.py")
    assert root_of([tmp_path / "a/b/c.py"]) == tmp_path.resolve()
    made(tmp_path / "a", marker)
    assert root_of([tmp_path / "a/b/c.py", tmp_path / "a/d.py"]) == (tmp_path / "a").resolve()


def test_a_pyproject_is_a_root_only_with_our_table(tmp_path: Path) -> None:
    made(tmp_path, "twice.toml", "a/b.py")
    (tmp_path / "a/pyproject.toml").write_text("[tool.ruff]\n", "utf-8")
    assert root_of([tmp_path / "a/b.py"]) == tmp_path.resolve()
    (tmp_path / "a/pyproject.toml").write_text("[tool.ruff]\n[tool.twice]\n", "utf-8")
    assert root_of([tmp_path / "a/b.py"]) == (tmp_path / "a").resolve()


def test_without_a_sign_the_root_is_the_common_parent(tmp_path: Path) -> None:
    made(tmp_path, "a/b/c.py", "a/d.py")
    assert root_of([tmp_path / "a/b/c.py", tmp_path / "a/d.py"]) == (tmp_path / "a").resolve()


def test_what_lies_in_an_environment_or_cache_is_a_project_of_its_own(tmp_path: Path) -> None:
    made(tmp_path, "twice.toml", ".venv/lib/thing/a.py", "src/b.py")
    assert root_of([tmp_path / ".venv/lib/thing"]) == (tmp_path / ".venv/lib/thing").resolve()
    assert root_of([tmp_path / "src"]) == tmp_path.resolve()


# --- which files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["a.py", "a/b.yaml", "c.yml", "d.json", "e.template", "Dockerfile", "x/worker.Dockerfile", "Procfile", "uv.lock", "x/poetry.lock", "requirements-dev.txt", "requirements/base.txt", "pyproject.toml", "docs/runbooks/orders.md", "OPERATIONS.rst"],
)  # fmt: skip
def test_code_templates_and_pins_are_relevant(path: str) -> None:
    assert is_relevant(path)


@pytest.mark.parametrize(
    "path",
    [
        "a.pyc",
        "notes.txt",
        "README.md",
        "docs/cooperation.md",
        "image.png",
        "Makefile",
        "a.pyi",
        "other.lock",
        "x.toml",
        "sam/packaged.yaml",
        "packaged-template.yml",
    ],
)
def test_everything_else_is_not(path: str) -> None:
    assert not is_relevant(path)


def test_hidden_directories_environments_and_builds_are_skipped(tmp_path: Path) -> None:
    made(
        tmp_path, "app.py", ".git/a.py", ".venv/b.py", "node_modules/x/c.json", "build/d.py", "env/pyvenv.cfg",
        "env/lib/e.py", "pkg/__pycache__/f.py", "cdk.out/asset.0123456789abcdef0123456789abcdef/g.py", "environment/h.py",
    )  # fmt: skip
    assert names(tmp_path) == ["app.py", "environment/h.py"]


def test_ignore_files_hold_below_their_directory_and_the_inner_one_wins(tmp_path: Path) -> None:
    made(tmp_path, "a.py", "b.py", "gen/c.py", "sub/b.py", "sub/keep/d.py", "sub/e.py", "sub/deep/f.py")
    (tmp_path / ".gitignore").write_text("/b.py\ngen/\ne.py\n", "utf-8")
    (tmp_path / "sub/.gitignore").write_text("!e.py\n/deep\n", "utf-8")
    assert names(tmp_path) == ["a.py", "sub/b.py", "sub/e.py", "sub/keep/d.py"]


def test_the_setting_excludes_whatever_ignore_files_say(tmp_path: Path) -> None:
    made(tmp_path, "a.py", "old/b.py", "x_pb2.py")
    (tmp_path / ".gitignore").write_text("!old/\n", "utf-8")
    assert names(tmp_path, Config(exclude=("old/", "*_pb2.py"))) == ["a.py"]


def test_a_bad_pattern_costs_only_itself(tmp_path: Path) -> None:
    made(tmp_path, "a.py", "b.py")
    (tmp_path / ".gitignore").write_text("\\\nb.py\n", "utf-8")
    found = read_workspace(tmp_path, Config())
    assert list(found.files) == ["a.py"]
    assert [problem.message for problem in found.problems] == [".gitignore: '\\' is no pattern"]


def test_what_is_asked_for_by_name_is_read_although_it_is_ignored(tmp_path: Path) -> None:
    made(tmp_path, "a.py", "b.py", "build/c.py", "build/d/e.py")
    (tmp_path / ".gitignore").write_text("b.py\nbuild/\n", "utf-8")
    found = read_workspace(tmp_path, Config(), [tmp_path / "b.py", tmp_path / "build"])
    assert list(found.files) == ["a.py", "b.py", "build/c.py", "build/d/e.py"]


def test_nothing_outside_the_root_is_read_even_when_it_is_named(tmp_path: Path) -> None:
    made(tmp_path, "in/a.py", "out/b.py")
    assert list(read_workspace(tmp_path / "in", Config(), [tmp_path / "out/b.py"]).files) == ["a.py"]


def test_data_that_cannot_be_a_template_is_not_kept(tmp_path: Path) -> None:
    made(tmp_path, "a.py")
    (tmp_path / "prices.json").write_text("[1, 2]", "utf-8")
    (tmp_path / "stack.json").write_text('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}', "utf-8")
    assert list(read_workspace(tmp_path, Config(), matters=templates.matters).files) == ["a.py", "stack.json"]


# --- links, limits, what cannot be read ------------------------------------------------------------------------------


def test_links_are_not_followed(tmp_path: Path) -> None:
    made(tmp_path, "root/a.py", "outside/secret.py")
    (tmp_path / "root/loop").symlink_to(tmp_path / "root", target_is_directory=True)
    (tmp_path / "root/out").symlink_to(tmp_path / "outside", target_is_directory=True)
    (tmp_path / "root/secret.py").symlink_to(tmp_path / "outside/secret.py")
    (tmp_path / "root/nowhere.py").symlink_to(tmp_path / "gone.py")
    found = read_workspace(tmp_path / "root", Config())
    assert (list(found.files), found.problems) == (["a.py"], ())


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    made(tmp_path, "a.py")
    os.mkfifo(tmp_path / "b.py")
    assert names(tmp_path) == ["a.py"]


def test_a_file_over_the_limit_is_told_when_it_is_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 10)
    made(tmp_path, "small.py")
    (tmp_path / "big.py").write_text("x = 1  # long\n", "utf-8")
    (tmp_path / "big.json").write_text("[1, 2, 3, 4, 5]\n", "utf-8")
    found = read_workspace(tmp_path, Config())
    assert list(found.files) == ["small.py"]
    [problem] = found.problems
    assert problem.message == "big.py: is not read: larger than 1 MiB" and "exclude" in problem.expected


def test_a_home_directory_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 2)
    found = read_workspace(made(tmp_path, "a.py", "b.py", "c.py"), Config())
    assert len(found.files) == 2
    assert "more than 2 files" in found.problems[0].message and "twice.toml" in found.problems[0].expected


@contextmanager
def without_privileges() -> Iterator[None]:
    """As somebody who may not read everything: the superuser can."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_read_is_told_and_the_others_are_read() -> None:
    with TemporaryDirectory() as directory:
        folder = made(Path(directory), "a.py", "b.py", "c/d.py")
        folder.chmod(0o755)
        (folder / "b.py").chmod(0)
        (folder / "c").chmod(0)
        with without_privileges():
            found = read_workspace(folder, DEFAULT)
        (folder / "c").chmod(0o700)
    assert list(found.files) == ["a.py"]
    assert sorted(problem.message for problem in found.problems) == [
        "b.py: cannot be read: Permission denied",
        "c/: cannot be read: Permission denied",
    ]
    assert all("exclude" in problem.expected for problem in found.problems)


def test_a_directory_that_disappears_is_told(tmp_path: Path) -> None:
    found = read_workspace(tmp_path / "gone", Config())
    assert [problem.message for problem in found.problems] == [".: cannot be read: No such file or directory"]


def test_the_library_for_ignore_files_is_imported_only_where_one_is(tmp_path: Path) -> None:
    made(tmp_path, "a.py")
    code = (
        "import sys; from pathlib import Path; from twice.config import Config; from twice.files import read_workspace\n"
        "read_workspace(Path(sys.argv[1]), Config()); print('pathspec' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "server")}
    run = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout.strip() == "False"
