"""Where `twice` starts. Nothing is imported before it is known what is wanted."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from typing import cast

WRONG, INTERNAL = 2, 3

# A command is imported when it is called: `twice check` does without what the others need.
COMMANDS: Mapping[str, str] = {
    "check": "twice.cli.check",
    "explain": "twice.cli.explain",
    "facts": "twice.cli.facts",
    "review": "twice.cli.review",
    "rules": "twice.cli.rules",
    "serve": "twice.cli.serve",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is its answer."""
    from twice.cli.arguments import parser

    _survive_any_text()
    parsed = parser().parse_args(arguments)
    if parsed.command == "serve":
        return _ended(parsed)
    with _without_collecting():
        return _ended(parsed)


def _ended(parsed: Namespace) -> int:
    from twice.cli import WrongCall

    run = cast("Callable[[object], int]", import_module(COMMANDS[parsed.command]).run)
    try:
        code = run(parsed)
        sys.stdout.flush()
        return code
    except WrongCall as error:
        print(f"twice: {error}", file=sys.stderr)
        return WRONG
    except BrokenPipeError:  # `twice check | head`: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001
        return _internal(error)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A check keeps nearly everything it makes until its end: collecting cycles meanwhile costs a third of the time.

    Measured on packages of 100,000 lines and more; without it they take 2 to 5 % more memory.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _survive_any_text() -> None:
    """Messages quote the user's own text: what a terminal's encoding does not know is escaped instead of refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _internal(error: Exception) -> int:
    import traceback

    traceback.print_exception(error)
    print(
        "twice: this is a fault of Twice. What is above, and the file it happened on, make a good report.",
        file=sys.stderr,
    )
    return INTERNAL


if __name__ == "__main__":
    sys.exit(main())
