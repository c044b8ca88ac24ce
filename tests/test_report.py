"""How findings look on a terminal: carets, widths, wrapping, and the pages of `explain` and `facts`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import jsonschema
import pytest
from twice.__main__ import main
from twice.cli.progress import Waiting
from twice.finding import Finding, Related
from twice.report import terminal
from twice.report.frame import Frame, frame
from twice.report.lines import line, visible, write
from twice.text import Place, Text
from twice.truth import Truth

ROOT = Path(__file__).parent.parent


def shown(lines: object) -> list[str]:
    """Lines as text."""
    stream = io.StringIO()
    write(lines, stream)  # type: ignore[arg-type]
    return stream.getvalue().splitlines()


def framed(source: str, meant: str, width: int = 60, label: str = "") -> list[str]:
    """The frame around the first place of this text, without the bar above."""
    data = source.encode()
    start = data.index(meant.encode())
    layout = Frame(width, 2)
    return shown(frame(layout, Text(data), Place("a.py", start, start + len(meant.encode())), "error", label=label))[1:]


# --- frames ----------------------------------------------------------------------------------------------------------


def test_carets_stand_below_what_is_meant_with_a_line_of_context() -> None:
    assert framed("a = 1\nb = call(a)\nc = 2\n", "call") == [" 1 | a = 1", " 2 | b = call(a)", "   |     ^^^^"]


@pytest.mark.parametrize(
    ("source", "row", "marks"),
    [
        ("\tcall(a)", "     call(a)", "     ^^^^"),
        ("x\tcall(a)", " x   call(a)", "     ^^^^"),
        ("'日本' call(a)", " '日本' call(a)", "        ^^^^"),
        ("'👍é' call(a)", " '👍é' call(a)", "       ^^^^"),
        ("'e\u0301' call(a)", " 'e\u0301' call(a)", "     ^^^^"),
        ("'\x1b[31m\u202e' call(a)", " '?[31m?' call(a)", "          ^^^^"),
        ("'\x0c' call(a)", " ' ' call(a)", "     ^^^^"),
    ],
    ids=["tab", "tab behind text", "wide", "emoji", "combining", "escape and direction", "form feed"],
)
def test_carets_stay_right_behind_characters_of_any_width(source: str, row: str, marks: str) -> None:
    assert framed(source, "call") == [f" 1 |{row}", f"   |{marks}"]


def test_a_place_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert framed("call(\n    a,\n)\n", "call(\n    a,\n)") == [" 1 | call(", "   | ^^^^^"]


def test_an_empty_place_has_one_caret() -> None:
    assert shown(frame(Frame(40, 1), Text(b"ab"), Place("a.py", 1, 1), "error"))[1:] == ["1 | ab", "  |  ^"]


@pytest.mark.parametrize("before", [0, 10, 50, 500])
def test_a_long_line_is_cut_around_what_is_meant(before: int) -> None:
    row, marks = framed("x" * before + "call(" + "y" * 500, "call")
    assert len(row) <= 60 and len(marks) <= 60
    assert row[marks.index("^") : marks.rindex("^") + 1] == "call"
    assert row.endswith("...") and ("..." in row[5:9]) == (before > 40)


def test_a_mark_that_is_longer_than_the_line_ends_with_it() -> None:
    row, marks = framed("x = " + "y" * 500, "y" * 500)
    assert len(row) <= 60 and len(marks) <= 60


def test_a_label_stands_behind_the_marks_or_below_them() -> None:
    assert framed("call()", "call", label="here")[-1] == "   | ^^^^ here"
    below = framed("call()", "call", width=40, label="a label that is too long for the rest of the line")
    assert below[1:] == ["   | ^^^^", "   | a label that is too long for the", "   | rest of the line"]


def test_nothing_that_is_printed_can_command_a_terminal() -> None:
    assert visible("a\x1b]0;title\x07\r\nb\u2028\u202e\ud800") == "a?]0;title?  b ??"
    assert shown([line("\x1b[2J")]) == ["?[2J"]


# --- findings --------------------------------------------------------------------------------------------------------


SOURCE = b"def handle(event):\n    pay(event)\n"
PAY = Place("src/my app.py", 23, 26)


def finding(**others: object) -> Finding:
    return Finding(
        code="DUP101", name="payment-repeats", items=("DUP-1",), severity="error", confidence="high", place=PAY,
        message="A redelivered event makes the payment again: nothing on this path recognises it.", **others,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_finding_tells_what_where_and_how_to_ask_on() -> None:
    page = terminal.Page({PAY.path: SOURCE}, 60)
    one = finding(handler="handle", related=(Related(Place(PAY.path, 4, 10), "handle can run twice."),))
    assert shown(terminal.findings(page, [one])) == [
        "error DUP101: A redelivered event makes the payment again:",
        "              nothing on this path recognises it.",
        " --> src/my app.py:2:5 (handler: handle)",
        "  |",
        "1 | def handle(event):",
        "2 |     pay(event)",
        "  |     ^^^",
        " ::: src/my app.py:1:5",
        "  |",
        "1 | def handle(event):",
        "  |     ------ handle can run twice.",
        "  |",
        "  = payment-repeats: twice explain DUP101 'src/my app.py:2'",
        "",
    ]


def test_a_place_in_a_file_that_is_not_there_is_named_alone() -> None:
    assert " --> src/my app.py" in shown(terminal.findings(terminal.Page({}, 60), [finding()]))


def test_what_is_held_back_says_what_could_not_be_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "worker.py").write_text(
        "import stripe\nfrom celery import Celery\nfrom claims import claim\n\napp = Celery('x', task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)\n\n\n"
        "@app.task(acks_late=True)\ndef refund(payment_id):\n    if not claim(payment_id):\n        return\n"
        "    stripe.Refund.create(payment_intent=payment_id)\n"
    )
    main(["check", str(tmp_path), "--select", "DUP101", "--unsure"])
    out = capsys.readouterr().out
    assert out.startswith("unsure error DUP101:")
    assert "held back: it cannot be told from here whether `guard precedes payment`" in " ".join(out.split())


def test_every_line_fits_on_80_columns(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twice.report.lines._UNKNOWN", 80)
    main(["check", str(ROOT / "docs" / "demo"), "--unsure"])
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) > 20
    long = [row for row in printed if len(row) > 80 and not row.lstrip().startswith(("= ", "--> ", "::: "))]
    assert long == []


@pytest.mark.parametrize(
    ("source", "first", "last"),
    [
        ("x = 1\n", "Neither handlers nor infrastructure found: nothing to check (1 file", ""),
        (
            "def f(:\n",
            "Neither handlers nor infrastructure found: nothing to check",
            "Syntax errors may hide something in 1 file: a.py",
        ),
        ("import os  # twice: allow DUP101\n", "1 warning and 1 hint (1 file", ""),
    ],
)
def test_the_summary_says_what_a_clean_run_means(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    source: str,
    first: str,
    last: str,
) -> None:
    (tmp_path / "a.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    main(["check"])
    rows = capsys.readouterr().out.splitlines()
    assert any(row.startswith(first) for row in rows)
    assert not last or rows[-1] == last


def test_the_summary_counts_what_is_deployed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "twice.toml").touch()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "stack.yaml").write_text("Resources:\n  Jobs: {Type: 'AWS::SQS::Queue'}\n")
    monkeypatch.chdir(tmp_path)
    for arguments, said in (([], "2 deployed resources"), (["one"], "1 deployed resource")):
        main(["check", "--ignore", "DLQ", *arguments])
        assert f" in {said} (2 files" in capsys.readouterr().out


# --- explain ---------------------------------------------------------------------------------------------------------

WORKER = """\
import stripe
from celery import Celery

app = Celery("billing", task_time_limit=300, task_reject_on_worker_lost=True, result_extended=True)


@app.task(acks_late=True)
def refund(payment_id, cents):
    stripe.Refund.create(payment_intent=payment_id, amount=cents)
"""


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    return capsys.readouterr().out


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "twice.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["DUP101", "dup101", "payment-repeats-on-redelivery"])
def test_the_page_of_a_rule_has_everything_a_reader_needs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = explained(capsys, name)
    titles = ("Beliefs behind it", "Why", "Instead", "When it speaks", "Example", "The same with the fix", "Fixes", "How to disagree", "Read more")  # fmt: skip
    assert [row for row in page.splitlines() if row in titles] == list(titles)
    assert "Events won't be duplicated" in page and "^^^^^^ DUP101" in page and "guard precedes payment" in page


def test_a_rule_without_a_fix_shows_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    page = explained(capsys, "DUP103").splitlines()
    assert "An example that is right" in page and "Fixes" not in page


def test_the_rules_about_silences_have_pages_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert "# twice: allow DUP101 because" in explained(capsys, "TWC001")


def test_a_finding_is_proved_sentence_by_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(WORKER)
    assert explained(capsys, "DUP101", "worker.py:9").splitlines()[:8] == [
        "DUP101 at worker.py:9: found.",
        "  find    YES     payment",
        "                    payment: worker.py:9:19",
        "  with    YES     handler contains payment",
        "                    handler: worker.py:8:5",
        "                    payment: worker.py:9:19",
        "          YES     handler.at_least_once is true",
        "                    handler.at_least_once = true",
    ]


def test_without_a_project_a_file_is_part_of_what_is_checked_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("jobs", "billing"):
        (tmp_path / name).mkdir()
    (tmp_path / "jobs" / "worker.py").write_text(
        WORKER.replace("import stripe", "from billing.money import give_back").replace(
            "stripe.Refund.create", "give_back"
        )
    )
    (tmp_path / "billing" / "money.py").write_text(
        "import stripe\n\n\ndef give_back(payment_intent, amount):\n    stripe.Refund.create(payment_intent=payment_intent, amount=amount)\n"
    )
    monkeypatch.chdir(tmp_path)
    main(["check", "--select", "DUP101"])
    (hint,) = (row for row in capsys.readouterr().out.splitlines() if "twice explain" in row)
    assert explained(capsys, *hint.rpartition("twice explain ")[2].split()).startswith(
        "DUP101 at billing/money.py:5: found."
    )


def test_a_finding_is_proved_at_its_related_place_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(WORKER)
    assert explained(capsys, "DUP101", "worker.py:8:5").startswith(
        "DUP101 at worker.py:8: found. It is at worker.py:9.\n"
    )


def test_where_nothing_is_found_the_sentence_that_failed_is_told(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "worker.py").write_text(WORKER.replace("amount=cents", "idempotency_key=payment_id"))
    proof = explained(capsys, "DUP101", "worker.py:9")
    assert proof.startswith("DUP101 at worker.py:9: not found, because of `payment.key is none`.")
    assert "NO      payment.key is none" in proof


def test_what_a_called_function_does_is_found_at_the_call(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "money.py").write_text(
        "import stripe\n\n\ndef give_back(cents):\n    stripe.Refund.create(amount=cents)\n"
    )
    call = "stripe.Refund.create(payment_intent=payment_id, amount=cents)"
    (project / "worker.py").write_text(
        WORKER.replace("import stripe", "from money import give_back").replace(call, "give_back(cents)")
    )
    assert explained(capsys, "DUP101", "worker.py:9").startswith("DUP101 at worker.py:9: found. It is at money.py:5.\n")


def test_the_nearest_candidate_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(WORKER.replace("(acks_late=True)", ""))
    proof = explained(capsys, "DUP101", "worker.py:2")
    assert "`handler.at_least_once is true`. The nearest payment is at worker.py:9." in " ".join(proof.split())


def test_a_file_without_a_candidate_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text("x = 1\n")
    assert "looks for a payment, and none is known in this file" in " ".join(
        explained(capsys, "DUP101", "worker.py:1").split()
    )


def test_a_silenced_finding_and_a_deselected_rule_are_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(WORKER.replace("cents)\n", "cents)  # twice: allow DUP101 because x\n"))
    (project / "twice.toml").write_text('ignore = ["DUP"]\n')
    proof = explained(capsys, "DUP101", "worker.py:9")
    assert "worker.py:9: not found" not in proof
    assert "DUP101 is not selected in the settings of this file" in proof


# --- facts and rules -------------------------------------------------------------------------------------------------


LEDGER = """import acme_ledger
import redis
import stripe
from celery import shared_task

seen = redis.Redis()


@shared_task(acks_late=True)
def refund(event_id, cents, gateway):
    if not seen.set(event_id, 1, nx=True):
        return
    stripe.Refund.create(amount=cents)
    acme_ledger.book(cents)
    gateway.publish(cents)


@shared_task(acks_late=True)
def fee(cents):
    stripe.PaymentIntent.create(amount=cents)
"""


def test_a_timetable_stands_with_the_task_that_it_sends_off(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "clock.py").write_text(
        "from celery import Celery\n\napp = Celery()\n"
        'app.conf.beat_schedule = {"often": {"task": "clock.ping", "schedule": 10.0}}\n\n\n'
        "@app.task\ndef ping():\n    pass\n\n\n@app.task\ndef pong():\n    pass\n"
    )
    assert main(["facts", "clock.py"]) == 0
    ping, pong = capsys.readouterr().out.split("handler pong")
    assert "clock.py:4:27  schedule often" in ping
    assert "period = 10 s" in ping
    assert "schedule" not in pong


def test_facts_are_listed_below_their_handler(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(LEDGER)
    assert main(["facts", "worker.py"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].startswith("worker.py:10:5  handler refund  (celery, fed by celery")
    assert rows[1].strip().startswith("at_least_once;")
    titles = [row.strip() for row in rows if row.startswith("  ") and not row.startswith("   ")]
    assert titles == ["started by", "steps", "by means of", "not understood", "started by", "steps"]
    payment = next(index for index, row in enumerate(rows) if row.startswith("    worker.py:13:19  payment "))
    assert rows[payment + 2].strip() == "guarded by the claim, worker.py:11:17"
    fee = next(index for index, row in enumerate(rows) if row.startswith("    worker.py:20:26  effect "))
    assert rows[fee + 2].strip() == "nothing guards it against a copy of its event"


def test_facts_tell_what_was_not_understood(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(LEDGER)
    assert main(["facts", "--not-understood"]) == 0
    rows = [row.strip() for row in capsys.readouterr().out.splitlines()]
    assert rows[1:6] == [
        "not understood",
        "no library file speaks of acme_ledger",
        "worker.py:14:17  acme_ledger.book",
        "it is not known what gateway is",
        "worker.py:15:13  gateway.publish",
    ]
    assert not any("handler fee" in row for row in rows)


def test_facts_in_detail_tell_what_does_not_hold_and_what_is_unknown(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "worker.py").write_text(LEDGER)
    assert main(["facts", "--all", "--handler", "fee"]) == 0
    rows = [row.strip() for row in capsys.readouterr().out.splitlines()]
    assert "handler refund" not in " ".join(rows)
    assert any(row.startswith("not: best_effort, repeatable") for row in rows)
    assert any(row.startswith("none: condition, key") for row in rows)
    assert any(row.startswith("unknown: ") for row in rows)
    assert main(["facts", "--handler", "fees"]) == 2
    assert "no handler is called 'fees'. Did you mean fee?" in capsys.readouterr().err


def test_facts_for_programs_have_values_and_not_words(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "worker.py").write_text(LEDGER)
    assert main(["facts", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    jsonschema.validate(answer, json.loads((ROOT / "docs" / "facts.schema.json").read_text("utf-8")))
    refund, _ = answer["handlers"]
    assert (refund["name"], refund["line"], answer["version"]) == ("refund", 10, 2)
    payment = next(fact for fact in refund["facts"] if fact["noun"] == "payment")
    assert payment["fields"]["key"] == {"value": None, "default": False}
    assert payment["fields"]["external"]["value"] is True
    assert [guard["line"] for guard in payment["guarded_by"]] == [11]
    assert [left["call"] for left in refund["not_understood"]] == ["acme_ledger.book", "gateway.publish"]


def test_facts_of_a_file_that_says_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "a.py").write_text("x = 1\n")
    assert main(["facts", "a.py"]) == 0
    assert capsys.readouterr().out == "Nothing is known of a.py: there is no event handler, and none reaches it.\n"


def test_rules_are_listed_with_what_the_project_selects(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "twice.toml").write_text('select = ["DUP"]\n')
    assert main(["rules"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert "DUP101  error        payment-repeats-on-redelivery" in rows
    assert any(row.startswith("IDM301") and row.endswith("(not selected here)") for row in rows)
    assert main(["rules", "--format", "json"]) == 0
    rules = {rule["code"]: rule for rule in json.loads(capsys.readouterr().out)}
    assert (rules["DUP101"]["selected"], rules["IDM301"]["selected"]) == (True, False)


def test_truth_is_shown_for_every_answer() -> None:
    from twice.report import explanation

    assert set(explanation._WORDS) == set(Truth)


# --- waiting ---------------------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_who_waits_is_told_what_is_done_and_the_line_goes_away() -> None:
    terminal = Terminal()
    waiting = Waiting(terminal)
    waiting("reading code", 1, 10)
    assert terminal.getvalue() == ""  # not in the first second
    waiting.next = 0.0
    waiting("reading code", 2, 1000)
    waiting("reading code", 3, 1000)  # not more than ten times a second
    assert terminal.getvalue() == "\rreading code 2 of 1,000"
    waiting.done()
    assert terminal.getvalue().endswith("\r" + " " * len("reading code 2 of 1,000") + "\r")


def test_a_pipe_is_told_nothing() -> None:
    stream = io.StringIO()
    waiting = Waiting(stream)
    waiting.next = 0.0
    waiting("reading code", 2, 1000)
    waiting.done()
    assert stream.getvalue() == ""
