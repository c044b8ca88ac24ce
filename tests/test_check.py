"""`twice check` as a person or a program calls it."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from twice.__main__ import main
from twice.cli.check import exit_code
from twice.config import DEFAULT
from twice.engine import Checked
from twice.finding import Problem

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs" / "check.schema.json").read_text("utf-8"))

WORKER = """\
import stripe
from celery import Celery

app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)


@app.task(acks_late=True)
def refund(payment_id, cents):
    stripe.Refund.create(payment_intent=payment_id, amount=cents)
"""
FINE = WORKER.replace("amount=cents", "amount=cents, idempotency_key=payment_id")
IDLE = "import os  # twice: allow IDM301 because of nothing\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project; it is the current directory."""
    (tmp_path / "twice.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """The exit code and the JSON answer of a check."""
    code = main(["check", "--format", "json", *arguments])
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, SCHEMA)
    return code, answer


def codes(answer: Any) -> list[str]:
    return [finding["code"] for finding in answer["findings"]]


# --- what is reported ------------------------------------------------------------------------------------------------


def test_a_finding_makes_the_exit_code_1(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(WORKER)
    code, answer = checked(capsys)
    assert code == 1
    [finding] = answer["findings"]
    assert (finding["code"], finding["path"], finding["line"]) == ("DUP101", "worker.py", 9)
    assert WORKER.splitlines()[8][finding["column"] - 1 : finding["end_column"] - 1] == "create"
    assert answer["handlers"] == [
        {
            "path": "worker.py",
            "line": 8,
            "name": "refund",
            "kind": "celery",
            "trigger": answer["handlers"][0]["trigger"],
        }
    ]
    assert answer["summary"]["error"] == 1 and answer["summary"]["files"] == 1


def test_nothing_to_find_makes_it_0(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(FINE)
    code, answer = checked(capsys)
    assert (code, answer["findings"], answer["summary"]["handlers"]) == (0, [], 1)


def test_columns_count_characters_and_not_bytes(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(WORKER.replace("    stripe.Re", '    "ünï😀"; stripe.Re'), "utf-8")
    [finding] = checked(capsys)[1]["findings"]
    line = (project / "worker.py").read_text("utf-8").splitlines()[8]
    assert line[finding["column"] - 1 : finding["end_column"] - 1] == "create"


def test_the_whole_project_is_read_and_the_given_paths_are_reported(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a").mkdir()
    (project / "b").mkdir()
    (project / "a" / "worker.py").write_text(WORKER)
    (project / "b" / "worker.py").write_text(WORKER)
    code, answer = checked(capsys, "a")
    assert code == 1 and [finding["path"] for finding in answer["findings"]] == ["a/worker.py"]
    assert [handler["path"] for handler in answer["handlers"]] == ["a/worker.py"]
    assert answer["summary"]["files"] == 2
    assert len(checked(capsys, "a/worker.py", "b")[1]["findings"]) == 2


def test_a_finding_is_reported_for_the_place_that_it_is_related_to(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "money.py").write_text(
        "import stripe\n\n\ndef give_back(cents):\n    stripe.Refund.create(amount=cents)\n"
    )
    (project / "worker.py").write_text(
        WORKER.replace("import stripe", "from money import give_back").replace(
            "stripe.Refund.create(payment_intent=payment_id, amount=cents)", "give_back(cents)"
        )
    )
    for path in ("money.py", "worker.py"):
        [finding] = checked(capsys, path)[1]["findings"]
        assert finding["path"] == "money.py"
        assert "worker.py" in [related["path"] for related in finding["related"]]


def test_paths_are_named_from_the_current_directory(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "src").mkdir()
    (project / "src" / "worker.py").write_text(WORKER)
    monkeypatch.chdir(project / "src")
    assert main(["check"]) == 1
    assert "--> worker.py:9:19" in capsys.readouterr().out
    assert checked(capsys)[1]["findings"][0]["path"] == "src/worker.py"


# --- settings and options --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--fail-on", "error"], 1),
        (["--fail-on", "never"], 0),
        (["--ignore", "DUP,TWC"], 0),
        (["--select", "IDM301"], 0),
    ],
)
def test_options_decide_what_fails(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int
) -> None:
    (project / "worker.py").write_text(WORKER)
    assert checked(capsys, *arguments)[0] == code


def test_select_takes_the_place_of_the_setting_and_ignore_is_added(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "worker.py").write_text(IDLE + WORKER)
    (project / "twice.toml").write_text('select = ["IDM"]\nignore = ["TWC001"]\n')
    assert codes(checked(capsys)[1]) == []
    assert codes(checked(capsys, "--select", "payment-repeats-on-redelivery")[1]) == ["DUP101"]
    assert codes(checked(capsys, "--select", "DUP,IDM,TWC", "--ignore", "DUP10")[1]) == ["TWC002"]


def test_a_rule_that_does_not_exist_makes_the_exit_code_2_and_the_others_speak(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "worker.py").write_text(WORKER)
    code, answer = checked(capsys, "--select", "DUP,DUP9X")
    assert code == 2 and codes(answer) == ["DUP101"]
    assert [problem["message"] for problem in answer["problems"]] == ["'DUP9X' is no rule"]


def test_a_mistake_in_the_settings_makes_the_exit_code_2_and_the_findings_are_printed(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "worker.py").write_text(WORKER)
    (project / "twice.toml").write_text('selct = ["DUP"]\n')
    assert main(["check"]) == 2
    printed = capsys.readouterr()
    assert "DUP101" in printed.out
    assert printed.err == "setting: twice.toml:1: 'selct' is no setting\n  = did you mean 'select'?\n"


def test_a_mistake_in_a_rule_of_the_project_costs_only_that_rule(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "worker.py").write_text(WORKER)
    (project / ".twice" / "rules").mkdir(parents=True)
    (project / ".twice" / "rules" / "OWN101.yaml").write_text("id: OWN101\nname: x\nfind: paymnt\n")
    code, answer = checked(capsys)
    assert code == 2 and codes(answer) == ["DUP101"]
    [problem] = answer["problems"]
    assert problem["kind"] == "rule" and ".twice/rules/OWN101.yaml" in problem["message"]


def test_rules_and_libraries_of_the_project_are_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".twice" / "libraries").mkdir(parents=True)
    (project / ".twice" / "rules").mkdir()
    (project / ".twice" / "libraries" / "till.yaml").write_text(
        "library: till\ncalls:\n  till.charge: {is: payment, title: the till}\n"
    )
    (project / ".twice" / "rules" / "OWN101.yaml").write_text(
        "id: OWN101\nname: till-is-charged\nitems: [DUP-1]\nseverity: warning\nconfidence: high\n"
        "find: payment\nwith: [handler contains payment]\n"
        'message: "{payment} is charged."\nwhy: It costs.\ninstead: Nothing.\n'
    )
    (project / "worker.py").write_text(
        FINE.replace("import stripe", "import till").replace("stripe.Refund.create", "till.charge")
    )
    code, answer = checked(capsys)
    assert code == 1
    assert "The till is charged." in [finding["message"] for finding in answer["findings"]]


def test_a_rules_folder_that_leads_out_of_the_project_is_not_followed(
    project: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "rules").mkdir()
    (elsewhere / "rules" / "OWN101.yaml").write_text("not: a rule\n")
    (project / ".twice").symlink_to(elsewhere, target_is_directory=True)
    (project / "worker.py").write_text(FINE)
    assert checked(capsys)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check", "nowhere.py"], "twice: nowhere.py does not exist\n"),
        (["check", "--unsafe-fixes"], "twice: --unsafe-fixes goes with --fix or --diff\n"),
        (["check", "--stdin-filename", "a.py", "--fix"], "twice: --stdin-filename reads one file"),
        (["explain", "DUP1O1"], "twice: 'DUP1O1' is no rule. Did you mean DUP101?"),
        (["facts", "twice.toml"], "twice: twice.toml is neither Python nor a template"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize(
    "arguments",
    [[], ["chek"], ["check", "--format", "xml"], ["explain", "DUP101", "nowhere.py:3"], ["serve", "--tcp", "99999"]],
)
def test_a_call_that_cannot_be_read_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: twice" in capsys.readouterr().err


def test_a_fault_of_ours_outweighs_a_mistake_in_a_rule_and_that_outweighs_findings() -> None:
    faults = [Problem("x", None, "", "internal"), Problem("y", None, "", "rule")]
    assert exit_code(DEFAULT, Checked(), faults) == 3
    assert exit_code(DEFAULT, Checked(), faults[1:]) == 2
    assert exit_code(DEFAULT, Checked(), [Problem("z")]) == 0


# --- standard input --------------------------------------------------------------------------------------------------


def from_stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input_takes_the_place_of_a_file(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "worker.py").write_text(FINE)
    (project / "other.py").write_text(WORKER)
    from_stdin(monkeypatch, WORKER)
    code, answer = checked(capsys, "--stdin-filename", "worker.py")
    assert code == 1 and [finding["path"] for finding in answer["findings"]] == ["worker.py"]


def test_standard_input_may_be_a_file_that_is_not_there_yet(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from_stdin(monkeypatch, WORKER)
    assert [one["path"] for one in checked(capsys, "--stdin-filename", "new.py")[1]["findings"]] == ["new.py"]


# --- fixes -----------------------------------------------------------------------------------------------------------


def test_safe_fixes_are_made_and_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.py").write_bytes(IDLE.encode() + b"x = 1\r\n# twice: allow nothing-at-all because\r\ny = 2\r\n")
    assert main(["check", "--fix"]) == 0
    assert (project / "a.py").read_bytes() == b"import os\nx = 1\r\ny = 2\r\n"
    told = capsys.readouterr().err
    assert "fixed a.py:1 TWC002: Remove the comment\n" in told and "fixed a.py:3 TWC003: Remove the comment\n" in told


def test_fixes_are_in_the_json_answer(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.py").write_text(IDLE)
    code, answer = checked(capsys, "--fix")
    assert code == 0 and answer["findings"] == []
    assert answer["fixed"] == [{"code": "TWC002", "path": "a.py", "line": 1, "title": "Remove the comment"}]


def test_fixes_that_touch_each_other_are_made_one_after_the_other(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "a.py").write_text("import os  # twice: allow IDM301, DUP9X because of nothing\n")
    assert main(["check", "--fix"]) == 0
    assert (project / "a.py").read_text() == "import os\n"
    assert capsys.readouterr().err.count("fixed ") == 2


def test_a_diff_shows_the_fixes_and_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.py").write_text(IDLE)
    assert main(["check", "--diff"]) == 1
    assert capsys.readouterr().out == f"--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-{IDLE}+import os\n"
    assert (project / "a.py").read_text() == IDLE
    (project / "a.py").write_text("import os\n")
    assert main(["check", "--diff"]) == 0
    (project / "twice.toml").write_text("selct = 1\n")
    assert main(["check", "--diff"]) == 2
    assert "'selct' is no setting" in capsys.readouterr().err


def test_unsafe_fixes_are_made_only_when_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = FINE.replace("def refund(payment_id, cents):", "def refund(event):").replace(
        "payment_intent=payment_id, amount=cents, idempotency_key=payment_id",
        'payment_intent=event["id"], amount=1, idempotency_key=event["created_at"]',
    )
    (project / "worker.py").write_text(late)
    [finding] = checked(capsys, "--select", "IDM301")[1]["findings"]
    before = (project / "worker.py").read_text()
    checked(capsys, "--select", "IDM301", "--fix")
    assert (project / "worker.py").read_text() == before
    offered = [fix for fix in finding["fixes"] if fix["safety"] == "unsafe"]
    checked(capsys, "--select", "IDM301", "--fix", "--unsafe-fixes")
    assert ((project / "worker.py").read_text() != before) == bool(offered)


NO_HELP = """\
id: SHP101
name: refund-without-a-note
items: [DUP-1]
severity: warning
confidence: high
find: payment
with: [handler contains payment]
message: "{payment} leaves no note."
why: Nobody sees it.
instead: Write it down.
fix: {title: Write it down, safety: safe, insert_after: {after: payment, text: print()}}
"""


def test_a_fix_that_leaves_its_finding_is_made_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / ".twice" / "rules").mkdir(parents=True)
    (project / ".twice" / "rules" / "SHP101.yaml").write_text(NO_HELP)
    (project / "worker.py").write_text(FINE)
    code, answer = checked(capsys, "--fix", "--select", "SHP")
    assert (code, codes(answer), len(answer["fixed"])) == (1, ["SHP101"], 1)
    assert (project / "worker.py").read_text() == f"{FINE}    print()\n"


def test_a_fix_outside_the_given_paths_is_not_made(project: Path) -> None:
    (project / "a.py").write_text(IDLE)
    (project / "b.py").write_text(IDLE)
    assert main(["check", "a.py", "--fix"]) == 0
    assert ((project / "a.py").read_text(), (project / "b.py").read_text()) == ("import os\n", IDLE)


# --- as a process ----------------------------------------------------------------------------------------------------


def process(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "twice", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "server"), **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_codes_of_a_real_process(project: Path) -> None:
    (project / "worker.py").write_text(WORKER)
    assert process(project, "check").returncode == 1
    assert process(project, "check", "nowhere").returncode == 2
    version = process(project, "--version")
    assert (version.returncode, version.stdout.split()[0]) == (0, "twice")


def test_output_survives_a_narrow_encoding_and_colours_are_for_those_who_want_them(project: Path) -> None:
    (project / "wörker.py").write_text(
        WORKER.replace("(payment_intent", "(description='日本 \u202e', payment_intent"), "utf-8"
    )
    plain = process(project, "check", PYTHONIOENCODING="ascii")
    assert plain.returncode == 1 and "w\\xf6rker.py" in plain.stdout and "\x1b" not in plain.stdout
    coloured = process(project, "check", FORCE_COLOR="1", TERM="xterm-256color", PYTHONIOENCODING="utf-8")
    assert "\x1b[" in coloured.stdout and "\u202e" not in coloured.stdout
    without = process(project, "check", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm-256color", PYTHONIOENCODING="utf-8")
    assert "\x1b[3" not in without.stdout


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    (project / "worker.py").write_text(WORKER)
    command = [sys.executable, "-m", "twice", "check"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "server")}
    with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None and run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == b""


def test_a_port_that_is_taken_is_told(project: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        run = process(project, "serve", "--tcp", port)
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith(f"twice: cannot listen on port {port}: ")
