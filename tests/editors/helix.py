"""Helix in a terminal that nobody sees: tmux types the keys and reads the screen. The command of Helix are the arguments.

Its configuration is a block of docs/EDITORS.md and lies where Helix looks for it; the scenario is in ``$SCENARIO``.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCENARIO: dict[str, Any] = json.loads(Path(os.environ["SCENARIO"]).read_text())
PAYMENT, QUEUE, SOURCE = SCENARIO["payment"], SCENARIO["queue"], SCENARIO["source"]
SOCKET = str(Path(os.environ["SCENARIO"]).with_name("tmux"))
PATIENCE = 30.0
STARTED = time.monotonic()


def main() -> int:
    say(" ".join(subprocess.run([*sys.argv[1:], "--version"], capture_output=True, text=True).stdout.split()[:2]))
    tmux("new-session", "-d", "-x", "240", "-y", "60", shlex.join([*sys.argv[1:], SCENARIO["file"]]))
    try:
        drive()
    except TimeoutError as problem:
        say(f"FAILED {problem}\n{screen()}")
        return 1
    finally:
        tmux("kill-server")
    return 0


def drive() -> None:
    stands_where_it_belongs(PAYMENT)
    the_hover_gives_the_reason(PAYMENT)
    command(f"vsplit {SCENARIO['template']}")
    eventually("the template is shown", lambda: "AWSTemplateFormatVersion" in screen())
    stands_where_it_belongs(QUEUE)
    a_change_of_the_template_refreshes_the_handler()
    an_action_is_taken(QUEUE, Path(SCENARIO["template"]))
    command("quit")
    an_action_is_taken(PAYMENT, Path(SCENARIO["file"]))
    say("saved")


def stands_where_it_belongs(finding: dict[str, Any]) -> None:
    """Helix selects the range of the diagnostic it jumps to; what is selected is written to a file."""
    eventually(f"{finding['code']} is shown", lambda: shown(finding))
    selected = Path(SOCKET).with_name("selected.txt")
    keys(f"{finding['line'] + 1}gg", "g", "h")
    keys("]", "d")
    command(f"pipe-to cat > {selected}")
    eventually(
        f"it covers '{finding['word']}'",
        lambda: selected.is_file() and selected.read_text() == finding["word"],
    )
    selected.unlink()


def the_hover_gives_the_reason(finding: dict[str, Any]) -> None:
    keys("Space", "k")
    eventually("the hover gives the reason", lambda: re.search(words(finding["reason"]), screen()))
    keys("Escape", "Escape")


def a_change_of_the_template_refreshes_the_handler() -> None:
    write_source(SOURCE["word"], SOURCE["instead"])
    eventually("a handler without a queue is silent", lambda: not shown(PAYMENT))
    write_source(SOURCE["instead"], SOURCE["word"])
    eventually("fed by a queue again, it is found again", lambda: shown(PAYMENT))


def write_source(old: str, new: str) -> None:
    keys(f"{SOURCE['line'] + 1}gg", "x", "s")
    keys(old, "Enter", "c")
    until(lambda: " INS " in screen())
    keys(new, "Escape")
    # A key behind Escape, sent too soon, would be read together with it.
    until(lambda: " INS " not in screen())
    command("write")


def an_action_is_taken(finding: dict[str, Any], file: Path) -> None:
    keys(f"{finding['line'] + 1}gg", "g", "h", "]", "d", "Space", "a")
    eventually(f"offered: {finding['title']}", lambda: finding["title"] in screen())
    for _ in range(row(finding["title"]) - cursor_row() - 1):
        keys("Down")
    keys("Enter")
    eventually(f"{finding['code']} is gone", lambda: not shown(finding))
    command("write")
    eventually(f"taken: {finding['title']}", lambda: finding["written"] in file.read_text())


def shown(finding: dict[str, Any]) -> bool:
    """Messages stand at the ends of lines, cut off where the window ends."""
    return finding["message"].strip()[:20] in screen()


# --- the terminal ----------------------------------------------------------------------------------------------------


def tmux(*arguments: str) -> str:
    command = ["tmux", "-S", SOCKET, "-f", "/dev/null", *arguments]
    return subprocess.run(command, capture_output=True, text=True).stdout


def keys(*typed: str) -> None:
    tmux("send-keys", *typed)


def command(line: str) -> None:
    tmux("send-keys", "-l", f":{line}")
    keys("Enter")


def screen() -> str:
    return tmux("capture-pane", "-p")


def row(text: str) -> int:
    return next(number for number, line in enumerate(screen().splitlines()) if text in line)


def cursor_row() -> int:
    return int(tmux("display-message", "-p", "#{cursor_y}"))


def words(text: str) -> str:
    """A pattern for a text that may be broken into lines within a box."""
    return r"[\s│]+".join(re.escape(word) for word in text.split())


def say(text: str) -> None:
    print(f"{(time.monotonic() - STARTED) * 1000:6.0f} ms  {text}", flush=True)


def eventually(what: str, condition: Callable[[], object]) -> None:
    if not until(condition):
        raise TimeoutError(f"never happened: {what}")
    say(what)


def until(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    sys.exit(main())
