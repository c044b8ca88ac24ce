"""Changes written into Python: what a statement hands back, and errors that are raised again."""

from __future__ import annotations

import pytest
from twice.finding import Edit
from twice.fixes import apply
from twice.languages import python
from twice.languages.python_edit import PythonWriter
from twice.text import Place


def _writer(source: str) -> PythonWriter:
    return PythonWriter({"a.py": python.read(source.encode())}, lambda place, origin: None)


def _at(source: str, word: str) -> Place:
    start = source.index(word)
    return Place("a.py", start, start + len(word))


def _after(source: str, edits: tuple[Edit, ...] | None) -> str | None:
    return apply(source.encode(), edits).decode() if edits is not None else None


def test_the_last_statement_hands_back_what_it_computes() -> None:
    source = "def handler(event):\n    log(event)\n    run(\n        event,\n    )\n"
    edits = _writer(source).return_statement(_at(source, "run("))
    assert _after(source, edits) == source.replace("    run(", "    return run(")


@pytest.mark.parametrize("word", ["log(event)", "x = 1"])
def test_only_a_last_value_can_be_handed_back(word: str) -> None:
    source = "def handler(event):\n    log(event)\n    x = 1\n"
    assert _writer(source).return_statement(_at(source, word)) is None


def test_a_caught_error_is_raised_again() -> None:
    source = "def handler(event):\n    try:\n        work(event)\n    except Exception:\n        return {\n            'status': 500,\n        }\n"
    edits = _writer(source).raise_instead(_at(source, "500"))
    assert _after(source, edits) == source[: source.index("return")] + "raise\n"


def test_where_nothing_is_caught_nothing_is_raised() -> None:
    source = "def handler(event):\n    try:\n        return 500\n    except Exception:\n        raise\n"
    assert _writer(source).raise_instead(_at(source, "500")) is None


def test_a_dropped_answer_gets_a_name_and_is_looked_at() -> None:
    source = "async def handler(event):\n    await client.post(event)\n"
    edits = _writer(source).look(_at(source, "post"), "{answer}.raise_for_status()")
    assert _after(source, edits) == (
        "async def handler(event):\n    answer = await client.post(event)\n    answer.raise_for_status()\n"
    )


def test_an_answer_that_has_a_name_keeps_it() -> None:
    source = "def handler(event):\n    told = send(event)\n    print(told)\n"
    edits = _writer(source).look(_at(source, "send"), "if {answer}:\n    raise ValueError")
    assert _after(source, edits) == (
        "def handler(event):\n    told = send(event)\n    if told:\n        raise ValueError\n    print(told)\n"
    )


@pytest.mark.parametrize("source", ["def f():\n    return send(1)\n", "def f(self):\n    self.told = send(1)\n"])
def test_an_answer_that_goes_elsewhere_is_left_alone(source: str) -> None:
    assert _writer(source).look(_at(source, "send"), "{answer}.check()") is None
