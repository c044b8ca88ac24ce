"""Counts event handlers by searching the text, and compares that with what Twice found: nothing of Twice is imported here.

    python tests/real/count.py            after `make real`: reads the trees and reports in .cache/real
    python tests/real/count.py --all      also lists what both found

A search is crude on purpose: it knows how handlers are spelled, and nothing of names, types and calls. Each difference has to be
explained by hand (docs/real-code.md). Tests and examples are left out, as Twice does.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "real"
TESTS = re.compile(r"(?i)(^|/)([^/]*[-_])?(tests?|testing|examples)/|(^|/)test_[^/]*$|_test\.py$|(^|/)conftest\.py$")
DEF = re.compile(r"^([ \t]*)(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
# A decorator above a function: the kind of handler it declares.
DECORATORS = {
    "celery": r"@(?:\w+\.)*(?:shared_task|task|periodic_task)\b",
    "signal": r"@(?:receiver|(?:\w+\.)+connect)\b",
    "rq": r"@(?:\w+\.)*job\b",
    "faststream": r"@(?:\w+\.)*subscriber\(",
}
# A call, or the head of a loop, inside a function that consumes.
INSIDE = {
    "kafka": r"(?:\.poll\(|for \w+ in (?:self\.)?_?consumer\b)",
    "rabbitmq": r"\.basic_consume\(|\.start_consuming\(",
    "sqs": r"\.receive_messages?\(",
    "redis": r"\.(?:blpop|brpop|xreadgroup|listen)\(|\.get_message\(",
    "queue": r"while (?:True|not )[^\n]*:\n(?:[^\n]*\n){0,4}[^\n]*\b\w*queue\w*\.get\(",
}
# The head of a function that is one by its name and its parameters.
HEADS = {
    "lambda": r"def (?:lambda_)?handler\(\s*_?event\w*\b[^)]*,\s*_?\w*(?:context|ctx)\w*",
    "fedora-messaging": r"def __call__\(self, (?:message|msg|notification)\b",
}
# What Twice calls these kinds.
SAME = {
    "sqs-poller": "sqs",
    **dict.fromkeys(("redis-list", "redis-stream", "redis-channel"), "redis"),
    **dict.fromkeys(("sns", "s3", "eventbridge", "kinesis", "ddb-stream", "mixed", "lambda-sqs", "http"), "lambda"),
}


@dataclass(frozen=True)
class Handler:
    """A function by its package, file and first line."""

    package: str
    path: str
    line: int
    name: str
    kind: str


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", action="store_true", help="list also what both found")
    arguments = parser.parse_args()
    counted = {(one.package, one.path, one.line): one for one in _counted()}
    found = {(one.package, one.path, one.line): one for one in _found()}
    kinds = sorted({one.kind for one in (*counted.values(), *found.values())})
    print(f"{'kind':<18}{'counted':>9}{'both':>7}{'only counted':>14}{'only Twice':>12}")
    for kind in kinds:
        both, lost, more = _compared(kind, counted, found)
        print(f"{kind:<18}{len(both) + len(lost):>9}{len(both):>7}{len(lost):>14}{len(more):>12}")
    for title, index in (("only counted", 1), ("only Twice", 2), *((("both", 0),) if arguments.all else ())):
        print(f"\n{title}")
        for kind in kinds:
            for one in sorted(
                _compared(kind, counted, found)[index], key=lambda one: (one.package, one.path, one.line)
            ):
                print(f"  {one.kind:<18}{one.package}  {one.path}:{one.line}  {one.name}")
    return 0


_Key = tuple[str, str, int]


def _compared(
    kind: str, counted: dict[_Key, Handler], found: dict[_Key, Handler]
) -> tuple[list[Handler], list[Handler], list[Handler]]:
    """Of a kind: in both (whatever kind the other says), only counted, only found."""
    both = [one for key, one in counted.items() if one.kind == kind and key in found]
    lost = [one for key, one in counted.items() if one.kind == kind and key not in found]
    return both, lost, [one for key, one in found.items() if one.kind == kind and key not in counted]


def _found() -> Iterator[Handler]:
    for report in sorted((CACHE / "reports").glob("*.json")):
        for one in json.loads(report.read_text("utf-8"))["handlers"]:
            kind = SAME.get(one["kind"], one["kind"])
            yield Handler(report.stem, one["path"], one["line"], one["name"], kind)


def _counted() -> Iterator[Handler]:
    names = {report.stem for report in (CACHE / "reports").glob("*.json")}
    for tree in sorted((CACHE / "trees").iterdir()):
        package = tree.name.rpartition("-")[0]
        for file in sorted(tree.rglob("*.py")) if package in names else ():
            path = file.relative_to(tree).as_posix()
            if not TESTS.search(path):
                yield from _in_file(package, path, file.read_text("utf-8", "replace"))


def _in_file(package: str, path: str, text: str) -> Iterator[Handler]:
    functions = [(found.start(), len(found[1]), found[2]) for found in DEF.finditer(text)]
    for kind, pattern in DECORATORS.items():
        for found in re.finditer(rf"^[ \t]*{pattern}", text, re.MULTILINE):
            below = next((one for one in functions if one[0] > found.start()), None)
            if below is not None and "\nclass " not in text[found.end() : below[0]]:
                yield _handler(package, path, text, below, kind)
    for kind, pattern in HEADS.items():
        for found in re.finditer(rf"^[ \t]*(?:async )?{pattern}", text, re.MULTILINE):
            yield _handler(package, path, text, (found.start(), 0, found[0].split("(")[0].split()[-1]), kind)
    for kind, pattern in INSIDE.items():
        for found in re.finditer(pattern, text):
            around = _around(functions, text, found.start())
            if around is not None and not _is_comment(text, found.start()):
                yield _handler(package, path, text, around, kind)


def _handler(package: str, path: str, text: str, function: tuple[int, int, str], kind: str) -> Handler:
    return Handler(package, path, text.count("\n", 0, function[0]) + 1, function[2], kind)


def _around(functions: list[tuple[int, int, str]], text: str, at: int) -> tuple[int, int, str] | None:
    """The innermost function whose indentation is smaller than that of this line."""
    start = text.rfind("\n", 0, at) + 1
    depth = len(text[start:at]) - len(text[start:at].lstrip())
    return next((one for one in reversed(functions) if one[0] < at and one[1] < depth), None)


def _is_comment(text: str, at: int) -> bool:
    return "#" in text[text.rfind("\n", 0, at) + 1 : at]


if __name__ == "__main__":
    raise SystemExit(main())
