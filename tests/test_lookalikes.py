"""What looks like a library and is none means nothing: calls, decorators and callbacks of the same names that are written in the
workspace, that come from another package, or that belong to an object nobody knows.

Methods that a library file calls ``unmistakable`` are known without their object, and are left out here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from keyword import iskeyword
from pathlib import Path

import pytest
import yaml
from twice.engine import understand
from twice.facts import Guard
from twice.noun import Fact
from twice.rules.book import open_book
from twice.truth import Truth

ROOT = Path(__file__).parent.parent
# What says that there is a handler, and no more than that.
_FRAME = {"Handler", "Subscription", "App", "Exit", "Queue"}
_BOOK = open_book([ROOT / "rules"])

# Method names by the last name of their class, or by nothing for functions.
Names = Mapping[str, Sequence[str]]


def _ours(names: Names) -> tuple[list[str], dict[str, str]]:
    lines = []
    for owner, methods in names.items():
        lines += [f"class Our{owner}:"] * bool(owner)
        for method in methods:
            receiver = ["self"] * bool(owner)
            lines.append(
                f"{'    ' * bool(owner)}def {method}({', '.join([*receiver, '*given', '**more'])}): return given"
            )
    return lines, {owner: f"Our{owner}()." for owner in names if owner}


def _theirs(names: Names) -> tuple[list[str], dict[str, str]]:
    imported = (*(owner for owner in names if owner), *names.get("", ()))
    return [f"from elsewhere import {name}" for name in imported], {owner: f"{owner}()." for owner in names if owner}


def _nobodys(names: Names) -> tuple[list[str], dict[str, str]]:
    return ["from elsewhere import given"], {owner: f"given.its_{owner.lower()}." for owner in names}


WAYS = pytest.mark.parametrize("way", [_ours, _theirs, _nobodys])
Way = Callable[[Names], tuple[list[str], dict[str, str]]]


@WAYS
def test_a_call_that_looks_alike_means_nothing(way: Way) -> None:
    files = {path: _with_calls(way, names) for path, names in _calls()}
    facts = _facts(files)
    assert len([fact for fact in facts if type(fact).__name__ == "Handler"]) == len(files) > 50
    assert [_shown(fact, files) for fact in facts if type(fact).__name__ not in _FRAME and not _excuses(fact)] == []


@WAYS
def test_what_a_decorator_that_looks_alike_decorates_is_no_handler(way: Way) -> None:
    names = _owners(spec.decorator for spec in _BOOK.libraries.handlers if spec.decorator)
    lines, receivers = way(names)
    for owner, methods in names.items():
        for method in methods:
            lines += [f"@{receivers.get(owner, '')}{method}", "def one(order): return order"]
            lines += [f"@{receivers.get(owner, '')}{method}('orders')", "def other(order): return order"]
    assert len(lines) > 100
    files = {"alike.py": "\n".join(lines) + "\n"}
    assert [_shown(fact, files) for fact in _facts(files)] == []


@WAYS
def test_a_callback_of_what_looks_alike_is_no_handler(way: Way) -> None:
    names = _owners(spec.callback for spec in _BOOK.libraries.handlers if spec.callback)
    lines, receivers = way(names)
    lines += ["def one(*order): return order"]
    for owner, methods in names.items():
        lines += [f"{receivers.get(owner, '')}{method}({', '.join(['one'] * 6)}, callback=one)" for method in methods]
    assert len(lines) > 50
    files = {"alike.py": "\n".join(lines) + "\n"}
    assert [_shown(fact, files) for fact in _facts(files)] == []


def _with_calls(way: Way, names: Names) -> str:
    lines, receivers = way(names)
    lines += ["from celery import shared_task", "@shared_task", "def our_task(order):"]
    lines += [
        f"    {receivers.get(owner, '')}{method}(order)" for owner, methods in names.items() for method in methods
    ]
    return "\n".join([*lines, "    return None"]) + "\n"


def _facts(files: Mapping[str, str]) -> Sequence[Fact]:
    _, linked = understand({path: text.encode() for path, text in files.items()}, _BOOK)
    assert (linked.broken, linked.problems) == ((), ())
    return linked.facts


def _excuses(fact: Fact) -> bool:
    """A guard that is only possible: it never accuses."""
    return isinstance(fact, Guard) and fact.certain is not Truth.YES


def _shown(fact: Fact, files: Mapping[str, str]) -> tuple[str, str, str]:
    place = fact.place
    return type(fact).__name__, place.path, files[place.path].encode()[place.start : place.end].decode()


def _calls() -> Iterator[tuple[str, Names]]:
    for file in sorted((ROOT / "rules" / "libraries").glob("*.yaml")):
        rows = yaml.safe_load(file.read_bytes()).get("calls") or {}
        names = [one for row in rows for one in row.split() if ":" not in one]  # entries of a setting are no calls
        if names:
            yield f"{file.stem.replace('-', '_')}_.py", _owners(names)


def _owners(names: Iterable[str]) -> Names:
    found = defaultdict(set)
    for name in names:
        *_, owner, last = ("", *name.split("."))
        if not iskeyword(last) and not last.startswith("__") and last not in _BOOK.libraries.unmistakable:
            found[owner if owner[:1].isupper() else ""].add(last)
    return {owner: sorted(found[owner]) for owner in sorted(found)}
