"""What can be written behind `twice`, and the words of its help."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from twice import __version__
from twice.config import FailOn
from twice.finding import Confidence

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    _Commands = _SubParsersAction[ArgumentParser]

CODES = """\
exit codes:
  0  nothing at or above --fail-on
  1  findings
  2  the call, a rule file or a setting is wrong
  3  a fault of Twice; the findings of the other files are still printed
"""


def parser() -> ArgumentParser:
    """The parser of all commands; the chosen one is ``command``."""
    top = ArgumentParser(
        prog="twice",
        description="Shows where event handlers believe that events arrive once, in order and on time.",
        epilog=CODES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"twice {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add in (_check, _explain, _facts, _review, _rules, _serve):
        add(commands)
    return top


def _check(commands: _Commands) -> None:
    check = _command(commands, "check", "report findings", epilog=CODES)
    check.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and directories; without any, here")
    _format(check)
    check.add_argument("--fix", action="store_true", help="make the safe fixes")
    check.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: the other fixes as well")
    check.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    check.add_argument("--unsure", action="store_true", help="show as well what is held back, and why")
    check.add_argument(
        "--select",
        type=_listed,
        action="extend",
        metavar="RULE,...",
        help="only these rules: codes, beginnings of codes, names",
    )
    check.add_argument("--ignore", type=_listed, action="extend", metavar="RULE,...", help="not these rules")
    check.add_argument("--confidence", choices=get_args(Confidence), help="the lowest confidence that is shown")
    check.add_argument("--fail-on", choices=get_args(FailOn), help="the lowest severity that makes the exit code 1")
    check.add_argument(
        "--stdin-filename", type=Path, metavar="NAME", help="read standard input as this file, and report on it alone"
    )


def _explain(commands: _Commands) -> None:
    explain = _command(commands, "explain", "tell what a rule means, or prove a finding")
    explain.add_argument("rule", metavar="RULE", help="a code or a name")
    explain.add_argument("at", nargs="?", type=_place, metavar="FILE:LINE", help="prove what the rule says there")


def _facts(commands: _Commands) -> None:
    facts = _command(commands, "facts", "show what Twice understands of handlers, and what it does not")
    facts.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and directories; without any, here")
    facts.add_argument("--handler", metavar="NAME", help="only the handler of this name")
    facts.add_argument("--not-understood", action="store_true", help="only the calls that were not understood, and why")
    facts.add_argument("--all", action="store_true", help="also what is false, none or unknown")
    facts.add_argument("--graph", action="store_true", help="the event graph instead: who sends what to whom")
    facts.add_argument("--svg", type=Path, metavar="FILE", help="draw the event graph into a file; needs Graphviz")
    _format(facts, ("text", "markdown", "json", "dot"))


def _review(commands: _Commands) -> None:
    review = _command(commands, "review", "put the checklist to the handlers: what is broken, covered, open")
    review.add_argument(
        "what", nargs="?", metavar="WHAT", help="a file, a directory or the name of a handler; else here"
    )
    review.add_argument("--open", action="store_true", help="only what nobody has answered")
    review.add_argument(
        "--item", type=_listed, action="extend", metavar="ITEM,...", help="only these items (DLQ-2) or categories (DLQ)"
    )
    _format(review, ("text", "markdown", "json"))


def _rules(commands: _Commands) -> None:
    rules = _command(commands, "rules", "list the rules")
    _format(rules)


def _serve(commands: _Commands) -> None:
    serve = _command(commands, "serve", "be a language server for an editor, over standard input and output")
    serve.add_argument("--tcp", type=_port, metavar="PORT", help="listen on this port of this machine instead")


def _command(commands: _Commands, name: str, help: str, epilog: str | None = None) -> ArgumentParser:
    description = f"{help[0].upper()}{help[1:]}."
    return commands.add_parser(
        name, help=help, description=description, epilog=epilog, formatter_class=RawDescriptionHelpFormatter
    )


def _format(command: ArgumentParser, choices: tuple[str, ...] = ("text", "json")) -> None:
    said = {
        "text": "text for people",
        "markdown": "Markdown for a pull request",
        "json": "JSON for programs",
        "dot": "with --graph: for Graphviz",
    }
    command.add_argument(
        "--format", choices=choices, default="text", help=", ".join(said[choice] for choice in choices)
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text!r} is no port: expected a number from 1 to 65535")
    return int(text)


def _place(text: str) -> tuple[Path, int]:
    """``FILE:LINE`` or ``FILE:LINE:COLUMN``; the column is not needed."""
    for parts in (text.rsplit(":", 1), text.rsplit(":", 2)[:2]):
        if len(parts) == 2 and parts[1].isdecimal() and Path(parts[0]).is_file():
            return Path(parts[0]), int(parts[1])
    raise ArgumentTypeError(f"{text!r} is no place: expected FILE:LINE of a file that exists")
