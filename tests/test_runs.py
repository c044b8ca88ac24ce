"""Runs that are too long to be read to the end: what was not read may be anything."""

from __future__ import annotations

from pathlib import Path

from twice.engine import check
from twice.rules.book import open_book

BOOK = open_book([Path(__file__).parent.parent / "rules"])


def _task(steps: int) -> dict[str, bytes]:
    lines = [
        "from celery import Celery",
        "app = Celery('shop')",
        "@app.task(bind=True, max_retries=5)",
        "def book(self, order):",
        "    try:",
        *(f"        print(order, {number})" for number in range(steps)),
        "    except ConnectionError as error:",
        "        raise self.retry(exc=error)",
    ]
    return {"tasks.py": "\n".join(lines).encode()}


def test_a_setting_is_not_idle_when_the_end_of_the_run_was_not_read() -> None:
    short, long = check(_task(5), BOOK), check(_task(7000), BOOK)
    assert [finding.code for finding in short.findings] == [finding.code for finding in long.findings] == []


def test_a_setting_is_idle_when_nobody_asks_for_another_try() -> None:
    files = {path: data.replace(b"raise self.retry(exc=error)", b"raise") for path, data in _task(5).items()}
    assert [finding.code for finding in check(files, BOOK).findings] == ["LOD705"]
