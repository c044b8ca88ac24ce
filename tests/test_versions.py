"""The versions a project is pinned to: every kind of file that says so, the nearest one first, and what disagrees."""

from __future__ import annotations

import pytest
from twice.files import is_relevant
from twice.project.versions import pins

UV = """version = 1

[[package]]
name = "redis"
version = "5.2.1"
source = { registry = "https://pypi.example/simple" }
dependencies = [
    { name = "async-timeout" },
]

[[package]]
name = "shop"
version = "0.1.0"
source = { editable = "." }
"""
POETRY = """[[package]]
name = "Kafka_Python"
description = "Pure Python client"
optional = false
version = "2.2.3"
files = [
    {file = "kafka_python-2.2.3.whl", hash = "sha256:00"},
]

[metadata]
lock-version = "2.1"
"""
PIPFILE = """{
    "_meta": {"sources": [{"name": "pypi"}]},
    "default": {
        "redis": {"extras": ["hiredis"], "hashes": ["sha256:00"], "index": "pypi", "markers": "python_version >= '3.8'", "version": "==4.6.0"},
        "local": {"path": "."}
    },
    "develop": {"pytest": {"version": "==8.0.0"}}
}"""
REQUIREMENTS = """# compiled
-r base.txt
--index-url https://pypi.example/simple
redis[hiredis]==5.0.1 ; python_version < "3.12" \\
    --hash=sha256:00
boto3>=1.26,<2
celery ~= 5.3
kombu==5.*
Kafka.Python===2.0.2
stripe == 11.4.1  # pinned
"""
PROJECT = """[project]
name = "shop"
dependencies = ["redis == 5.0.1", "boto3>=1.34"]
optional-dependencies = {jobs = ["celery[redis]==5.4.0; python_version>'3.9'"]}

[dependency-groups]
dev = ["pytest==8.3.3", {include-group = "docs"}]
"""
POETRY_PROJECT = """[tool.poetry.dependencies]
python = "^3.10"
redis = "5.0.1"
boto3 = "^1.34.0"
celery = {version = "5.4.0", extras = ["redis"]}

[tool.poetry.group.dev.dependencies]
pytest = "==8.3.3"
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("uv.lock", UV, {"redis": (5, 2, 1), "shop": (0, 1, 0), "async-timeout": None}),
        ("poetry.lock", POETRY, {"kafka-python": (2, 2, 3)}),
        ("pdm.lock", POETRY, {"kafka-python": (2, 2, 3)}),
        ("pylock.toml", UV.replace("[[package]]", "[[packages]]"), {"redis": (5, 2, 1)}),
        ("Pipfile.lock", PIPFILE, {"redis": (4, 6, 0), "pytest": (8, 0, 0), "local": None}),
        ("requirements.txt", REQUIREMENTS, {"redis": (5, 0, 1), "kafka-python": (2, 0, 2), "stripe": (11, 4, 1)}),
        ("requirements.txt", REQUIREMENTS, {"boto3": None, "celery": None, "kombu": None}),
        ("requirements-dev.txt", REQUIREMENTS, {"redis": (5, 0, 1)}),
        ("dev-requirements.txt", REQUIREMENTS, {"redis": (5, 0, 1)}),
        ("constraints.txt", REQUIREMENTS, {"redis": (5, 0, 1)}),
        ("requirements/base.txt", REQUIREMENTS, {"redis": (5, 0, 1)}),
        ("pyproject.toml", PROJECT, {"redis": (5, 0, 1), "celery": (5, 4, 0), "pytest": (8, 3, 3), "boto3": None}),
        (
            "pyproject.toml",
            POETRY_PROJECT,
            {"redis": (5, 0, 1), "celery": (5, 4, 0), "pytest": (8, 3, 3), "boto3": None},
        ),
    ],
)
def test_a_pin_is_read(path: str, text: str, expected: dict[str, tuple[int, ...] | None]) -> None:
    assert is_relevant(path)
    found = pins({path: text.encode()})
    assert {package: found.of(package, "shop/tasks.py") for package in expected} == expected


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("Pipfile.lock", b'{"default": {"redis": '),
        ("Pipfile.lock", b'["redis"]'),
        ("Pipfile.lock", b"\xff"),
        ("pyproject.toml", b'[project]\ndependencies = ["redis==5.0.1"'),
        ("pyproject.toml", b'tool = "x==1"'),
        ("pyproject.toml", b'[tool.poetry]\ndependencies = "redis==5"'),
        ("pyproject.toml", b"\xff == \xff"),
        ("uv.lock", b'[[package]]\nname = "redis"\n'),
        ("requirements.txt", b"\xff\xfe==1\n==2\n"),
    ],
)
def test_a_broken_file_says_nothing(path: str, data: bytes) -> None:
    assert pins({path: data}).of("redis", "tasks.py") is None


def test_the_nearest_folder_that_says_something_counts() -> None:
    found = pins(
        {
            "requirements.txt": b"redis==4.6.0\nboto3==1.34.0\n",
            "services/mail/requirements/base.txt": b"redis==5.0.1\n",
            "services/book/uv.lock": UV.encode(),
        }
    )
    assert found.of("redis", "services/mail/app/tasks.py") == (5, 0, 1)
    assert found.of("boto3", "services/mail/app/tasks.py") == (1, 34, 0)
    assert found.of("redis", "services/book/tasks.py") == (5, 2, 1)
    assert found.of("redis", "services/other/tasks.py") == (4, 6, 0)


def test_two_pins_of_one_folder_disagree() -> None:
    found = pins({"requirements.txt": b"redis==4.6.0\n", "uv.lock": UV.encode()})
    assert found.of("redis", "tasks.py") is None
    markers = b'redis==4.6.0; python_version < "3.9"\nredis==5.0.1; python_version >= "3.9"\n'
    assert pins({"requirements.txt": markers}).of("redis", "tasks.py") is None


def test_where_no_folder_around_the_code_says_anything_the_others_have_to_agree() -> None:
    files = {"deploy/a/requirements.txt": b"redis==5.0.1\n", "deploy/b/requirements.txt": b"redis==5.0.1\n"}
    assert pins(files).of("redis", "src/tasks.py") == (5, 0, 1)
    files["deploy/c/requirements.txt"] = b"redis==4.6.0\n"
    assert pins(files).of("redis", "src/tasks.py") is None
