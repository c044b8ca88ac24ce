"""Whatever lies in a workspace: a word where a person can act, silence where nothing is wrong, and the other files are checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import force_setattr
from twice.__main__ import main
from twice.engine import check
from twice.rules.book import open_book
from twice.rules.model import Rulebook
from twice.rules.rule_reading import rule as read_rule

ROOT = Path(__file__).parent.parent
BOOK = open_book([ROOT / "rules"])

WORKER = """\
import stripe
from celery import Celery

app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)


@app.task(acks_late=True)
def refund(payment_id, cents):
    stripe.Refund.create(payment_intent=payment_id, amount=cents)
"""
QUEUE = "Resources:\n  Orders:\n    Type: AWS::SQS::Queue\n"


def nested(opening: str, closing: str, inside: str = "cents", depth: int = 3000) -> bytes:
    return f"{WORKER}    total = {opening * depth}{inside}{closing * depth}\n".encode()


def branches(first: str, other: str) -> bytes:
    return (WORKER + first + "".join(other.format(number=number) for number in range(3000))).encode()


# What stands in bad.py, and whether its own finding is still seen.
CODE = {
    "empty": (b"", False),
    "one line end": (b"\n", False),
    "byte order mark": (b"\xef\xbb\xbf" + WORKER.encode(), True),
    "mixed line ends": (WORKER.replace("\n", "\r\n", 3).replace("\n\n", "\r", 1).encode(), True),
    "not UTF-8": (b"# caf\xe9\nname = '\xff\xfe'\n" + WORKER.encode(), True),
    "UTF-16": (WORKER.encode("utf-16"), False),
    "an image": (bytes(range(256)) * 64, False),
    "NUL": (WORKER.replace("billing", "bil\x00ling").encode(), True),
    "NUL at the end": (WORKER.encode() + b"\x00", None),
    "syntax error": (WORKER.encode() + b"\n\ndef other(:\n    return (\n", True),
    "half typed": (WORKER.encode() + b"\n\n@app.task(\ndef ", True),
    "unclosed brackets": (WORKER.encode() + b"x = " + b"[" * 3000, True),
    "brackets": (nested("[", "]"), True),
    "parentheses": (nested("(", ")"), True),
    "calls": (nested("f(", ")"), True),
    "subscripts": (nested("a[", "]"), True),
    "attributes": (nested("", ".name"), True),
    "methods": (nested("", ".name()"), True),
    "sums": (nested("cents + ", ""), True),
    "ands": (nested("cents and ", ""), True),
    "comparisons": (nested("cents < ", ""), True),
    "nots": (nested("not ", ""), True),
    "lambdas": (nested("lambda: ", ""), True),
    "conditions": (nested("cents if cents else ", ""), True),
    "f-strings": (nested("", "", "f'" + "{cents}" * 3000 + "'"), True),
    "joined strings": (nested("", "", "(" + '"a" ' * 3000 + ")"), True),
    "ifs": (WORKER.encode() + b"".join(b" " * (4 + depth) + b"if cents:\n" for depth in range(300)), True),
    "elifs": (branches("    if cents:\n        pass\n", "    elif cents == {number}:\n        pass\n"), True),
    "cases": (branches("    match cents:\n", "        case {number}:\n            pass\n"), True),
    "decorators": (WORKER.encode() + b"@app.task\n" * 1000 + b"def f(): pass\n", None),
    "functions in functions": (b"".join(b" " * depth + b"def f():\n" for depth in range(300)) + b"", False),
    "a very long line": (WORKER.encode() + b'text = "' + b"x" * 500_000 + b'"\n', True),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one good file; it is the current directory."""
    (tmp_path / "twice.toml").touch()
    (tmp_path / "good.py").write_text(WORKER)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answered(capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    code = main(["check", "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def found_in(answer: Any) -> list[str]:
    return [finding["path"] for finding in answer["findings"] if finding["code"] == "DUP101"]


@pytest.mark.parametrize("name", CODE)
def test_code_of_any_kind_is_read_without_a_word_and_the_good_file_is_checked(name: str) -> None:
    data, is_found = CODE[name]
    answer = check({"bad.py": data, "good.py": WORKER.encode()}, BOOK)
    assert answer.problems == ()
    paths = [finding.place.path for finding in answer.findings if finding.code == "DUP101"]
    assert "good.py" in paths
    assert is_found is None or ("bad.py" in paths) == is_found


def test_a_finding_behind_a_byte_order_mark_stands_at_its_column(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "good.py").write_bytes(b"\xef\xbb\xbf" + WORKER.encode())
    [finding] = answered(capsys)[1]["findings"]
    assert (finding["line"], finding["column"]) == (9, 19)


def test_old_line_ends_count_as_lines(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "good.py").write_bytes(WORKER.replace("\n", "\r\n").encode())
    assert answered(capsys)[1]["findings"][0]["line"] == 9


def test_a_syntax_error_is_told_in_the_summary_and_is_no_problem(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "bad.py").write_text("def f(:\n")
    assert main(["check"]) == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "Syntax errors may hide something in 1 file: bad.py"
    assert printed.err == ""


def test_50000_lines_are_read(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    functions = "".join(f"def f{number}(a):\n    return a + {number}\n" for number in range(25_000))
    (project / "large.py").write_text(functions)
    code, answer = answered(capsys)
    assert (code, found_in(answer), answer["problems"]) == (1, ["good.py"], [])


# --- templates -------------------------------------------------------------------------------------------------------

BOMB = (
    QUEUE
    + 'a: &a ["x", "x"]\n'
    + "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghijklmn"))
)
SERVICE_BOMB = (
    "provider: {stage: x}\ncustom:\n  a: [x, x]\n"
    + "".join(
        f"  {b}: [" + ", ".join(["'${self:custom." + a + "}'"] * 9) + "]\n" for a, b in pairwise("abcdefghijklmn")
    )
    + "functions:\n  a: {handler: a.b, timeout: '${self:custom.n}'}\n"
)
TEMPLATES = {
    "alias bomb": ("t.yaml", BOMB.encode()),
    "unknown tag": ("t.yaml", (QUEUE + "    Properties: {A: !Strange {b: 1}, B: !!python/object/apply:os.system [x]}\n").encode()),
    "an alias of itself": ("t.yaml", (QUEUE + "    Properties: &p\n      Tags: *p\n").encode()),
    "brackets": ("t.yaml", (QUEUE + "    Properties: " + "[" * 3000 + "]" * 3000 + "\n").encode()),
    "unclosed": ("t.yaml", (QUEUE + "    Properties: {A: [\n").encode()),
    "tabs": ("t.yaml", (QUEUE + "\tProperties: {}\n").encode()),
    "not UTF-8": ("t.yaml", (QUEUE + "    Properties: {A: ").encode() + b"\xff\xfe}\n"),
    "NUL": ("t.yaml", (QUEUE + "    Properties: {A: \x00}\n").encode()),
    "byte order mark": ("t.yaml", b"\xef\xbb\xbf" + QUEUE.encode()),
    "empty": ("t.yaml", b""),
    "deep JSON": ("t.json", b'{"Resources": {"Q": {"Type": "AWS::SQS::Queue", "P": ' + b'{"a":' * 3000 + b"1" + b"}" * 3003),
    "Terraform, brackets": ("t.tf", b'resource "aws_sqs_queue" "q" {\n  name = ' + b"[" * 3000),
    "Terraform, braces": ("t.tf", b"a {" * 3000),
    "Terraform, open texts": ("t.tf", b'x = "${' * 3000),
    "Terraform, a local of itself": ("t.tf", b'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_sqs_queue" "q" {\n  name = local.a\n}\n'),
    "Terraform, a chain": ("t.tf", b"locals {\n" + b"".join(b"  a%d = local.a%d\n" % (n, n + 1) for n in range(3000)) + b'}\nresource "aws_sqs_queue" "q" {\n  name = local.a0\n}\n'),
    "Terraform, a bomb": ("t.tf", b'locals {\n  a = ["x", "x"]\n' + b"".join(f"  {b} = [{', '.join([f'local.{a}'] * 9)}]\n".encode() for a, b in pairwise("abcdefghijklmn")) + b'}\nresource "aws_sqs_queue" "q" {\n  name = local.n\n}\n'),
    "Terraform, a module of itself": ("t.tf", b'module "a" {\n  source = "./"\n}\nmodule "b" {\n  source = "./"\n}\n'),
    "Terraform, bytes": ("t.tf", bytes(range(256)) * 64),
    "a service of itself": ("serverless.yml", b"provider: ${file(serverless.yml)}\nfunctions: ${self:functions}\nresources: [\"${file(serverless.yml)}\"]\n"),
    "a service, open variables": ("serverless.yml", b"provider: {stage: x}\nfunctions:\n  a:\n    handler: " + b"${self:" * 3000 + b"\n"),
    "a service, a bomb": ("serverless.yml", SERVICE_BOMB.encode()),
    "a Dockerfile, lines without an end": ("Dockerfile", b"FROM a\nCMD " + b"a \\\n" * 3000),
    "a Dockerfile, comments": ("Dockerfile", b"# twice: allow LOD307\n" + b"#\n \n" * 3000 + b"CMD ["),
    "a Dockerfile, bytes": ("Dockerfile", bytes(range(256)) * 64),
    "a Procfile, bytes": ("Procfile", bytes(range(256)) * 64),
    "half JSON": ("t.json", b'{"Resources": {"Q": {"Type": "AWS::SQS::Queue"'),
}  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_of_any_kind_are_read_without_a_word_and_code_is_checked(name: str) -> None:
    path, data = TEMPLATES[name]
    answer = check({path: data, "good.py": WORKER.encode()}, BOOK)
    assert answer.problems == ()
    assert [finding.place.path for finding in answer.findings if finding.code == "DUP101"] == ["good.py"]


# --- the disk --------------------------------------------------------------------------------------------------------


def test_a_loop_of_links_ends(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "loop").symlink_to(project, target_is_directory=True)
    (project / "self.py").symlink_to(project / "self.py")
    code, answer = answered(capsys)
    assert (code, found_in(answer), answer["problems"]) == (1, ["good.py"], [])


def test_a_file_that_may_not_be_written_is_told(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "good.py").write_text("import os  # twice: allow DUP101 because of nothing\n")
    before = Path.write_bytes

    def refused(self: Path, data: Any) -> int:
        if self.name == "good.py":
            raise PermissionError(13, "Permission denied")
        return before(self, data)

    monkeypatch.setattr(Path, "write_bytes", refused)
    main(["check", "--fix"])
    assert "good.py: cannot be written: Permission denied" in capsys.readouterr().err


# --- faults of our own -----------------------------------------------------------------------------------------------


def test_a_file_that_makes_us_fail_costs_only_its_own_findings() -> None:
    files: Any = {"bad.py": None, "good.py": WORKER.encode()}  # nobody can read None
    answer = check(files, BOOK)
    assert [finding.place.path for finding in answer.findings] == ["good.py"]
    [problem] = answer.problems
    assert problem.kind == "internal" and problem.place is not None and problem.place.path == "bad.py"


def test_a_rule_that_makes_us_fail_costs_only_its_own_findings() -> None:
    broken = read_rule(
        {
            "id": "OWN101", "name": "broken", "items": ["DUP-1"], "severity": "error", "confidence": "high", "find": "payment",
            "with": ["handler contains payment"], "message": "x", "why": "x", "instead": "x",
        },
        "own.yaml",
    )  # fmt: skip
    [sentence] = broken.present
    force_setattr(sentence, "verb", "confuses")
    answer = check({"good.py": WORKER.encode()}, Rulebook((broken, *BOOK.rules), (), BOOK.libraries))
    assert [finding.code for finding in answer.findings] == ["DUP101"]
    [problem] = answer.problems
    assert problem.kind == "internal" and problem.message.startswith("OWN101 could not be asked")


def test_a_fault_that_belongs_to_no_file_ends_with_3_and_a_word(project: Path) -> None:
    code = (
        "import sys, twice.engine as engine; from twice.__main__ import main\n"
        "engine.pins = None\n"
        "sys.exit(main(['check']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT / "server")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 3
    assert "this is a fault of Twice" in run.stderr
