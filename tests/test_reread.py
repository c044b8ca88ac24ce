"""Single files of a workspace: read again, and asked about, by the same rules by which the whole is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from twice.config import Config
from twice.files import belongs, read_workspace, reread
from twice.languages.templates import matters

TEMPLATE = "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n"
TREE = {
    ".gitignore": "generated/\n*_pb2.py\n!kept_pb2.py\n",
    "app.py": "x = 1\n",
    "order_pb2.py": "x = 1\n",
    "kept_pb2.py": "x = 1\n",
    "notes.txt": "no\n",
    "template.yaml": TEMPLATE,
    "data.yaml": "a: 1\n",
    "generated/client.py": "x = 1\n",
    "src/.gitignore": "local.py\n/only_here.py\n",
    "src/local.py": "x = 1\n",
    "src/only_here.py": "x = 1\n",
    "src/deep/only_here.py": "x = 1\n",
    "src/deep/local.py": "x = 1\n",
    "legacy/old.py": "x = 1\n",
    ".hidden/app.py": "x = 1\n",
    "node_modules/a/b.py": "x = 1\n",
    "environment/pyvenv.cfg": "home = /usr\n",
    "environment/lib/site.py": "x = 1\n",
}
CONFIG = Config(exclude=("legacy/",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in TREE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "linked.py").symlink_to(tmp_path / "app.py")
    (tmp_path / "linked").symlink_to(tmp_path / "src")
    return tmp_path


def test_a_file_belongs_when_the_whole_workspace_holds_it(root: Path) -> None:
    whole = read_workspace(root, CONFIG).files
    there = [*TREE, "linked.py", "linked/deep/only_here.py"]
    assert {path for path in there if belongs(root, CONFIG, path)} == set(whole)
    assert "src/deep/only_here.py" in whole


def test_a_file_that_is_not_there_yet_belongs_by_its_name(root: Path) -> None:
    assert belongs(root, CONFIG, "src/new/handler.py")
    assert not belongs(root, CONFIG, "src/new/local.py")
    assert not belongs(root, CONFIG, "src/new/handler.js")


def test_files_read_again_are_as_the_whole_has_them(root: Path) -> None:
    whole = read_workspace(root, CONFIG, matters=matters).files
    again = reread(root, CONFIG, TREE, matters)
    assert {path: data for path, data in again.items() if data is not None} == whole
    assert again["data.yaml"] is None


def test_a_file_that_is_gone_reads_as_none(root: Path) -> None:
    (root / "app.py").unlink()
    assert reread(root, CONFIG, ["app.py", "template.yaml"]) == {"app.py": None, "template.yaml": TEMPLATE.encode()}
