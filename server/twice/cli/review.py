"""`twice review`: what the checklist says of each handler: broken, covered, open, and the questions to put."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from msgspec.structs import replace

from twice.cli import WrongCall
from twice.cli.opening import Project, open_project
from twice.cli.progress import Waiting
from twice.engine import FINDINGS_ONLY, checking
from twice.report import review_text, terminal
from twice.report.lines import width_of, write
from twice.review import Review
from twice.rules.book import shipped
from twice.rules.checklist import Item, checklist
from twice.steps import finished


def run(arguments: Namespace) -> int:
    what = Path(arguments.what or ".")
    project = open_project([what if what.exists() else Path()], waiting := Waiting())
    items, problems = checklist(shipped())
    write(terminal.problems(terminal.Page({}, width_of(sys.stderr)), (*project.problems, *problems)), sys.stderr)
    wanted = _items(items, arguments.item or [])
    asked = replace(FINDINGS_ONLY, items=wanted)
    work = checking(project.workspace.files, project.book, project.config, wanted=asked)
    found = finished(work, waiting).reviews
    waiting.done()
    reviews = _about(found, what, project)
    if arguments.open:
        reviews = [replace(one, beliefs=tuple(b for b in one.beliefs if b.state == "open")) for one in reviews]
    page = terminal.Page(project.workspace.files, width_of(sys.stdout), project.named)
    if arguments.format == "json":
        print(json.dumps(review_text.data(reviews, terminal.Page(project.workspace.files, 0)), indent=2))
    elif arguments.format == "markdown":
        print(review_text.markdown(reviews, page))
    else:
        write(review_text.text(reviews, page, detailed=bool(arguments.item)), sys.stdout)
        if not reviews:
            print(f"There is nothing to review: no event handler is known in {what}")
    return 0


def _items(items: Iterable[Item], asked: Iterable[str]) -> tuple[Item, ...]:
    """The items that are asked for: all of them, single ones, or a category."""
    items = tuple(items)
    wanted = [word.upper() for word in asked]
    for word in wanted:
        if not any(_is_meant(item, word) for item in items):
            close = get_close_matches(word, [item.id for item in items], n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise WrongCall(f"{word!r} is no item of the checklist.{meant} `twice review` shows all.")
    return tuple(item for item in items if not wanted or any(_is_meant(item, word) for word in wanted))


def _is_meant(item: Item, word: str) -> bool:
    return word in (item.id, item.id.partition("-")[0])


def _about(found: Iterable[Review], what: Path, project: Project) -> list[Review]:
    """The reviews of a file, of a directory, or of the handlers of a name."""
    found = list(found)
    if not what.exists():
        named = [one for one in found if str(what) in (one.handler.name, one.handler.name.rpartition(".")[2])]
        if not named:
            names = [one.handler.name for one in found]
            close = get_close_matches(str(what), names, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise WrongCall(f"{what} is neither a file nor a handler of this project.{meant}")
        return named
    path = project.path_of(what)
    return [one for one in found if path == "." or f"{one.handler.place.path}/".startswith(f"{path}/")]
