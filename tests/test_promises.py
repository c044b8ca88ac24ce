"""What docs/ARCHITECTURE.md promises of the whole house, one test for each promise."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from twice import engine, finding, outline
from twice.engine import Memory, check
from twice.facts import NOUNS, vocabulary
from twice.finding import Finding
from twice.languages import hcl_comments, python, python_comments, serverless, terraform, yaml_comments, yaml_tree
from twice.languages.cloudformation import template
from twice.relations import ORIGINS, VERBS
from twice.rules.book import open_book, shipped
from twice.truth import NO, YES

ROOT = Path(__file__).parent.parent
CODE = ROOT / "server" / "twice"
BOOK = open_book([ROOT / "rules"], examples=True)
DEMO = {
    file.relative_to(ROOT / "docs" / "demo").as_posix(): file.read_bytes()
    for file in sorted((ROOT / "docs" / "demo").rglob("*"))
    if file.is_file()
}

# Imports point one way: a layer knows those to the left of it.
LAYERS = [
    "text",
    "toml",
    "steps",
    "comments",
    "truth",
    "finding",
    "reachability",
    "flow",
    "noun",
    "facts",
    "action",
    "syntax",
    "outline",
    "world",
    "relations",
    "graph",
    "languages",
    "libraries",
    "project",
    "fixes",
    "rules",
    "silence",
    "allowing",
    "config",
    "review",
    "engine",
    "verdict",
    "report",
    "files",
    "cli",
    "lsp",
]
# What reads files, the clock or the environment: the rims, and the loaders of rules and settings.
RIMS = (
    "cli/",
    "lsp/",
    "report/lines.py",
    "files.py",
    "config.py",
    "rules/load.py",
    "rules/book.py",
    "rules/kept.py",
    "rules/checklist.py",
)
OUTSIDE_WORLD = {
    "os", "io", "time", "datetime", "random", "secrets", "uuid", "socket", "ssl", "http", "urllib", "subprocess",
    "shutil", "tempfile", "glob", "platform", "getpass", "locale", "threading", "multiprocessing", "asyncio", "logging",
}  # fmt: skip


def test_every_layer_is_in_the_list() -> None:
    found = {path.split("/")[0].removesuffix(".py") for path in _modules()}
    assert found - {"__init__", "__main__", "vocabulary", "pages"} == set(LAYERS)


# --- 1: a check is a pure function -----------------------------------------------------------------------------------


def test_nothing_below_the_rims_imports_the_outside_world() -> None:
    guilty = {
        (path, name)
        for path in _modules()
        if not path.startswith(("__", *RIMS))
        for name in _imports(path)
        if name.partition(".")[0] in OUTSIDE_WORLD
    }
    assert guilty == set()


def test_nothing_below_the_rims_opens_a_file() -> None:
    calls = re.compile(
        r"(?<![.\w])(?:open|input|print|eval|exec|__import__)\(|\.(?:read_text|read_bytes|write_text|write_bytes)\("
    )
    guilty = [
        (path, found[0])
        for path in _modules()
        if not path.startswith(("__", "vocabulary", "pages", *RIMS))
        for found in calls.finditer(_code_of(path))
    ]
    assert guilty == []


def test_a_check_touches_nothing_outside_itself() -> None:
    """The interpreter reports every file, socket and process that is opened; a second check opens none."""
    code = (
        "import sys; from pathlib import Path; from twice.engine import check; from twice.rules.book import open_book\n"
        "root = Path(sys.argv[1]); book = open_book([Path(sys.argv[2])])\n"
        "files = {str(file.relative_to(root)): file.read_bytes() for file in root.rglob('*') if file.is_file()}\n"
        "first = check(files, book)\n"
        "seen = []\n"
        "watched = ('open', 'os.', 'socket.', 'subprocess.', 'shutil.', 'urllib.', 'import', 'exec')\n"
        "sys.addaudithook(lambda event, _: seen.append(event) if event.startswith(watched) else None)\n"
        "second = check(files, book)\n"
        "sys.stdout.write(repr((first.findings == second.findings, len(first.findings) > 0, seen)))"
    )
    command = [sys.executable, "-c", code, str(ROOT / "docs" / "demo"), str(ROOT / "rules")]
    run = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=True)
    assert run.stdout == "(True, True, [])"


def test_the_order_of_the_files_changes_nothing() -> None:
    assert check(dict(reversed(DEMO.items())), BOOK).findings == _demo_findings()


@pytest.mark.parametrize(
    "kind",
    [kind for kind in vars(finding).values() if isinstance(kind, type) and issubclass(kind, Struct)],
    ids=lambda kind: kind.__name__,
)
def test_what_is_said_is_frozen(kind: type[Struct]) -> None:
    assert kind is Struct or kind.__struct_config__.frozen


# --- 2, 3: an outline depends on the bytes of its file; everything else starts over ----------------------------------


def test_an_outline_is_a_function_of_the_bytes() -> None:
    for path, data in DEMO.items():
        if path.endswith(".py"):
            one, other = python.read(data), python.read(bytes(bytearray(data)))
            assert _shape(one.module) == _shape(other.module) and one.broken == other.broken


def test_what_is_remembered_changes_the_speed_only() -> None:
    memory = Memory()
    assert check(DEMO, BOOK, memory=memory).findings == _demo_findings()
    for path in ("template.yaml", "src/payments.py", "tea_club/celery_app.py"):
        others = {other: data for other, data in DEMO.items() if other != path}
        assert check(others, BOOK, memory=memory).findings == check(others, BOOK).findings
    assert check(DEMO, BOOK, memory=memory).findings == _demo_findings()


# --- 4: parsing and extraction never fail ----------------------------------------------------------------------------

SOURCES = sorted(data for path, data in DEMO.items() if path.endswith((".py", ".yaml")))
EXAMPLES = [
    {path: text.encode() for path, text in example.files} for rule in BOOK.rules for example in rule.examples
]  # fmt: skip
TOKENS = sorted({token for data in SOURCES for token in re.findall(rb"\w+|[^\w\s]|\n +", data)})
bounded = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """A real source after some slips: parts deleted, repeated, swapped with a token, cut off, bytes broken."""
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        part = data[at : at + length]
        new = draw(st.one_of(st.just(b""), st.just(part * 3), st.sampled_from(TOKENS), st.binary(max_size=4)))
        data = data[:at] + new + (b"" if draw(st.integers(0, 20)) == 0 else data[at + length :])
    return data


@bounded
@given(st.data())
def test_no_slip_makes_reading_fail(choice: st.DataObject) -> None:
    data = choice.draw(mutated(choice.draw(st.sampled_from(SOURCES))))
    for function in python.read(data).functions:
        list(outline.calls_in(function.body))
    list(python_comments.comments(data))
    template(data)
    list(yaml_comments.comments(data))
    list(hcl_comments.comments(data))
    terraform.templates({path: terraform.file(path, data) for path in ("main.tf", "main.tf.json")})
    serverless.service("serverless.yml", lambda path: yaml_tree.first(data))


@bounded
@given(st.data())
def test_no_slip_makes_a_check_fail(choice: st.DataObject) -> None:
    files = dict(choice.draw(st.sampled_from(EXAMPLES)))
    path = choice.draw(st.sampled_from(sorted(files)))
    files[path] = choice.draw(mutated(files[path]))
    answer = check(files, BOOK)
    assert answer.problems == ()
    for one in (*answer.findings, *answer.held):
        assert 0 <= one.place.start <= one.place.end <= len(files[one.place.path])


# --- 5: a rule speaks only when the answer is YES --------------------------------------------------------------------


def test_a_finding_rests_on_certain_answers_only() -> None:
    found = [one for files in EXAMPLES for one in check(files, BOOK).findings if one.proof]
    assert len(found) > len(BOOK.rules) // 2
    for one in found:
        assert {answer.truth for answer in one.proof if answer.part != "without"} <= {YES}
        assert {answer.truth for answer in one.proof if answer.part == "without"} <= {NO}


# --- 6: rules know no language and no library, extractors know no rule -----------------------------------------------

# The words of vendors and their libraries; some library files describe the language and words of the field.
VENDORS = {file.stem for file in (ROOT / "rules" / "libraries").glob("*.yaml")} - {
    "python",
    "payload",
    "requests",
    "urllib",
    "locks",
    "limits",
    "notifications",
    "retrying",
}
VENDORS |= {
    "sqs",
    "sns",
    "dynamodb",
    "kinesis",
    "eventbridge",
    "rabbitmq",
    "django",
    "flask",
    "fastapi",
    "dramatiq",
    "pubsub",
}
VENDORS |= {"azure", "servicebus", "gcp", "google", "aws", "amazon", "psycopg", "psycopg2", "sqlalchemy", "pymongo"}


def test_no_word_of_the_rule_language_is_a_vendors() -> None:
    words = {*NOUNS, *VERBS, *ORIGINS, *(name for noun in NOUNS.values() for name in vocabulary(noun))}
    parts = {part for word in words for part in re.split(r"[ ._]", word)}
    assert parts & VENDORS == set()


def test_vendors_are_named_in_library_files_and_languages_only() -> None:
    words = re.compile(rf"(?i)(?<![a-z0-9])(?:{'|'.join(map(re.escape, sorted(VENDORS)))})(?![a-z0-9])")
    guilty = [
        (path, found[0])
        for path in _modules()
        if not path.startswith("languages/")
        for found in words.finditer((CODE / path).read_text("utf-8"))
    ]
    assert guilty == []


def test_no_extractor_names_a_rule() -> None:
    codes = re.compile(r"\b(?:ORD|DUP|IDM|LOD|PRO|CON|DLQ|REC|ARC)\d{3}\b")
    layers = LAYERS[: LAYERS.index("rules")]
    guilty = [
        (path, found[0])
        for path in _modules()
        if path.split("/")[0].removesuffix(".py") in layers
        for found in codes.finditer((CODE / path).read_text("utf-8"))
    ]
    assert guilty == []


# --- the house -------------------------------------------------------------------------------------------------------


def test_imports_point_one_way() -> None:
    guilty = [
        f"{path} imports {other}"
        for path in _modules()
        if (layer := path.split("/")[0].removesuffix(".py")) in LAYERS
        for name in _imports(path)
        if name.startswith("twice.") and (other := name.split(".")[1]) in LAYERS
        if LAYERS.index(other) > LAYERS.index(layer) or (layer, other) == ("lsp", "cli")
        if path != "cli/serve.py"  # the one door from the command line to the server
    ]
    assert guilty == []


@pytest.mark.parametrize(
    ("library", "places"),
    [
        ("tree_sitter", ("syntax.py", "languages/")),
        ("tree_sitter_python", ("syntax.py", "languages/")),
        ("yaml", ("languages/", "rules/load.py", "rules/book.py")),
        ("pygls", ("lsp/",)),
        ("lsprotocol", ("lsp/",)),
        ("rich", ("report/",)),
        ("pathspec", ("files.py", "config.py")),
        ("tomllib", ("config.py",)),
    ],
)
def test_a_library_is_known_in_one_place(library: str, places: tuple[str, ...]) -> None:
    users = [path for path in _modules() if any(name.partition(".")[0] == library for name in _imports(path))]
    assert [path for path in users if not path.startswith(places)] == []


def test_no_module_is_a_drawer() -> None:
    drawers = {
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "core",
        "base",
        "misc",
        "manager",
        "tools",
        "shared",
        "lib",
    }
    assert [path for path in _modules() if drawers & set(re.split(r"[/_.]", path))] == []


def test_every_module_says_what_lives_in_it() -> None:
    empty = [path for path in _modules() if not path.endswith("__init__.py") and not ast.get_docstring(_tree(path))]
    assert empty == []


def test_what_can_be_said_of_a_noun_is_defined() -> None:
    for name, noun in NOUNS.items():
        assert noun.__doc__ and not noun.__doc__.startswith(f"{noun.__name__}("), name
        assert all(word.meaning for word in vocabulary(noun).values()), name
        assert set(vocabulary(noun)) <= set(noun.__struct_fields__), name


# --- 7: the server holds one mutable object --------------------------------------------------------------------------


def test_what_a_request_works_on_never_changes() -> None:
    """Importing the server for that would cost half a second: the sources say it."""
    found = {
        node.name: "frozen=True" in ast.unparse(node)
        for path in _modules()
        if path.startswith("lsp/")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ClassDef) and "Struct" in map(ast.unparse, node.bases)
    }
    assert {"Snapshot", "Folder", "Settings"} <= set(found)
    assert [name for name, frozen in found.items() if not frozen] == []


# --- 8: a check does without the language server ---------------------------------------------------------------------


def test_a_check_never_imports_the_language_server_nor_what_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "twice.toml").touch()
    (tmp_path / "worker.py").write_text("import os  # twice: allow DUP101\n")
    assert shipped().is_file()  # the compiled rules; where the checkout cannot be written, YAML is read
    needless = (
        "pygls",
        "lsprotocol",
        "cattrs",
        "asyncio",
        "rich",
        "pathspec",
        "yaml",
        "email",
        "socket",
        "http",
        "twice.languages.hcl_values",
        "twice.languages.terraform",
        "twice.languages.serverless",
    )
    code = (
        "import sys; from twice.__main__ import main; code = main(['check', '.'])\n"
        f"sys.stdout.write(repr((code, [name for name in {needless} if name in sys.modules])))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=_environment(), capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines()[-1] == "(1, [])"


# --- reading the source ----------------------------------------------------------------------------------------------


@cache
def _modules() -> tuple[str, ...]:
    """The modules of the package by their path in it."""
    return tuple(sorted(file.relative_to(CODE).as_posix() for file in CODE.rglob("*.py")))


@cache
def _tree(path: str) -> ast.Module:
    return ast.parse((CODE / path).read_text("utf-8"))


@cache
def _imports(path: str) -> tuple[str, ...]:
    """All modules that a module imports, wherever in it; ``from twice.rules import load`` imports ``twice.rules.load``."""
    return tuple(_imported(_tree(path)))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"twice(\.\w+)+", node.value)
        ):
            yield node.value


def _code_of(path: str) -> str:
    """The source of a module without its texts."""
    return ast.unparse(_WithoutTexts().visit(ast.parse((CODE / path).read_text("utf-8"))))


class _WithoutTexts(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.copy_location(ast.Constant(""), node) if isinstance(node.value, str | bytes) else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.Constant:
        return ast.copy_location(ast.Constant(""), node)


def _shape(node: object, seen: frozenset[int] = frozenset()) -> object:
    """A value of an outline as nested tuples, so that two of them can be compared."""
    if isinstance(node, tuple | list):
        return tuple(_shape(one, seen) for one in node)
    if not isinstance(node, Struct) or id(node) in seen:
        return node if isinstance(node, str | bytes | int | float | bool | None) else type(node).__name__
    inner = seen | {id(node)}
    if isinstance(node, outline.Function):
        return (node.qualified_name, node.start, node.end, _shape(node.parameters, inner), _shape(node.body, inner))
    skipped = ("methods", "outer", "owner", "read")
    return (
        type(node).__name__,
        *(_shape(getattr(node, name), inner) for name in node.__struct_fields__ if name not in skipped),
    )


@cache
def _demo_findings() -> tuple[Finding, ...]:
    return engine.check(DEMO, BOOK).findings


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "server")}
