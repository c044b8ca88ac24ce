"""Work in small steps: watched, left in the middle, and done in one go with the same result."""

from __future__ import annotations

from twice.engine import Memory, check, checking
from twice.rules.book import open_book, shipped

FILES = {
    "app.py": b"import boto3\n\n\ndef handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl='q')\n",
    "template.yaml": b"Resources:\n  Queue: {Type: AWS::SQS::Queue}\n",
}
BOOK = open_book([shipped()])


def test_a_check_tells_what_it_does_how_far_it_is_and_how_far_it_goes() -> None:
    told: list[tuple[str, int, int]] = []
    check(FILES, BOOK, progress=lambda *step: told.append(step))
    assert ("reading code", 0, 1) in told
    assert ("reading templates", 0, 1) in told
    assert ("asking the rules", len(BOOK.rules) - 1, len(BOOK.rules)) in told
    assert all(done <= there for _, done, there in told)


def test_a_check_that_is_left_in_the_middle_keeps_what_it_has_read() -> None:
    memory = Memory()
    work = checking(FILES, BOOK, memory=memory)
    while next(work)[0] != "finding handlers":
        pass
    work.close()
    assert (len(memory.outlines), len(memory.templates.templates)) == (1, 1)
    after, alone = check(FILES, BOOK, memory=memory), check(FILES, BOOK)
    assert (after.findings, after.held, after.problems) == (alone.findings, alone.held, alone.problems)
    assert after.held != ()


def test_memory_forgets_what_is_no_longer_there() -> None:
    memory = Memory()
    check(FILES, BOOK, memory=memory)
    check({}, BOOK, memory=memory)
    assert (memory.outlines, memory.templates.templates) == ({}, {})
