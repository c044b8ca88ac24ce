"""One library file's mapping to what the calls of a library mean: its keys, what each may hold, and the complaint when it does not.

The format is told in rules/libraries/README.md; an entry with a mistake costs nothing but itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from itertools import product
from typing import Any

from twice.facts import NOUNS, Guard, Handler, Subscription, vocabulary
from twice.libraries import ROLES, AdditionSpec, CallSpec, HandlerSpec, Layout, Libraries
from twice.rules.addition_files import additions
from twice.rules.library_keys import CALL_KEYS, EVENT_KEYS, HANDLER_KEYS, SECTIONS, LibraryKey
from twice.rules.reading import At, RuleError, known_keys, known_patterns

# Sections that are taken as they are written.
_PLAIN = (
    "types", "clients", "values", "settings", "resources", "queues", "classes", "known_by", "unmistakable", "amounts",
    "settings_classes", "workers",
)  # fmt: skip

# A complaint about a document, by its path.
Complain = Callable[[str, RuleError], None]


def libraries(
    documents: Iterable[tuple[str, Mapping[str, Any]]], complain: Complain, written: Container[str] = ()
) -> Libraries:
    """All library documents, given with their paths, as one. A section or an entry with a mistake is left out and told.

    Patterns are tried in those that somebody has ``written``: what was compiled has been read before.
    """
    merged: dict[str, dict[str, Any]] = {name: {} for name in (*_PLAIN, "bases", "calls", "layouts")}
    handlers: list[HandlerSpec] = []
    names: list[tuple[str, re.Pattern[str]]] = []
    passing: set[str] = set()
    best_effort: list[str] = []
    added: dict[str, dict[str, tuple[AdditionSpec, ...]]] = {}
    for path, document in documents:
        read = dict(_sections(path, document, complain, path in written))
        library = str(read.get("library", path))
        for name in _PLAIN:
            merged[name].update(_joined(merged[name], read.get(name, {})) if name == "settings" else read.get(name, {}))
        for word, ways in additions(read.get("additions", {}), partial(complain, path)).items():
            added.setdefault(word, {}).update(ways)
        merged["bases"].update(_each(path, "bases", read, complain, _base))
        for name, specs in _each(path, "calls", read, complain, partial(_calls, library)):
            for one in name.split():
                merged["calls"][one] = (*merged["calls"].get(one, ()), *specs)
        merged["layouts"].update(_each(path, "events", read, complain, _layout))
        for _, made in _each(path, "handlers", read, complain, partial(_handlers, library)):
            handlers.extend(made)
        names.extend(_each(path, "names", read, complain, _pattern))
        passing.update(read.get("passing", ()))
        best_effort.extend(read.get("best_effort", ()))
    merged["types"] = {one: target for name, target in merged["types"].items() for one in name.split()}
    return Libraries(
        **merged,
        handlers=tuple(handlers),
        names=tuple(names),
        additions=added,
        passing=frozenset(passing),
        best_effort=tuple(best_effort),
        worded=frozenset(name.partition("(")[0] for name in merged["types"] if '("' in name),
        handed=frozenset(name[name.rindex(".") :] for name in merged["types"] if "($" in name),
    )


def _joined(known: Mapping[str, Any], added: Mapping[str, Any]) -> dict[str, Any]:
    """Words of the field that several files speak of hold what each of them says."""
    both = (word for word in added if isinstance(added[word], Mapping) and isinstance(known.get(word), Mapping))
    return {**added, **{word: {**known[word], **added[word]} for word in both}}


def _sections(path: str, document: Mapping[str, Any], complain: Complain, written: bool) -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        try:
            known_keys({name: None}, SECTIONS, ())
            if value is not None:
                shaped = _shaped(name, SECTIONS[name], value, (name,))
                yield name, _tried(path, name, shaped, complain) if written else shaped
        except RuleError as error:
            complain(path, error)


def _tried(path: str, section: str, value: Any, complain: Complain) -> Any:
    """The section without the entries that look for text by a pattern that is none."""
    if not isinstance(value, Mapping | list | tuple):
        return value
    kept: dict[Any, Any] = {}
    for name, one in value.items() if isinstance(value, Mapping) else enumerate(value):
        try:
            known_patterns(one, (section, name))
            kept[name] = one
        except RuleError as error:
            complain(path, error)
    return kept if isinstance(value, Mapping) else [*kept.values()]


def _each(
    path: str, section: str, read: Mapping[str, Any], complain: Complain, make: Callable[[Any, Any], Any]
) -> Iterator[tuple[Any, Any]]:
    """What is made of each entry of a section; one that cannot be made is told, at its place."""
    entries = read.get(section, {})
    for name, one in entries.items() if isinstance(entries, Mapping) else enumerate(entries):
        try:
            yield name, make(name, one)
        except RuleError as error:
            complain(path, RuleError(error.complaint, error.expected, (section, name, *error.at)))


# --- entries ---------------------------------------------------------------------------------------------------------


def _calls(library: str, name: str, given: Any) -> tuple[CallSpec, ...]:
    """The meanings of a call, of which each is a case."""
    if isinstance(given, list):
        cases = enumerate(given)
        return tuple(_call(library, name, one or {}, (index,)) for index, one in cases)
    return (_call(library, name, given or {}, ()),)


def _call(library: str, name: str, given: object, at: At) -> CallSpec:
    entry = _entry(given, f"what {name} means", "{is: publish}", at)
    nouns = _words(entry.get("is"))
    known: set[str] = set()
    for noun in nouns:
        if noun in NOUNS:
            known |= set(vocabulary(NOUNS[noun]))
        elif noun == "lookup":  # a check, when its answer decides
            known |= set(vocabulary(Guard))
        elif noun not in ROLES:
            close = get_close_matches(noun, (*NOUNS, *ROLES), n=1)
            meant = f"did you mean '{close[0]}'?" if close else f"expected one of {', '.join((*NOUNS, *sorted(ROLES)))}"
            raise RuleError(f"'{noun}' is neither a noun nor a role", meant, (*at, "is"))
    fields = {key: value for key, value in entry.items() if key not in CALL_KEYS}
    if not fields.keys() <= known:
        known_keys(entry, {**CALL_KEYS, **dict.fromkeys(known)}, at)
    said = {key: _shaped(key, CALL_KEYS[key], value, (*at, key)) for key, value in entry.items() if key in CALL_KEYS}
    for key in ("is", "about"):
        said.pop(key, None)
    for key in ("when", "unless"):
        said[key] = tuple(said.get(key, {}).items())
    return CallSpec(name, nouns, fields, library=library, **said)


def _base(name: str, given: object) -> str:
    for said in (name, str(given)):
        if not all(part.isidentifier() for part in said.split(".")):
            raise RuleError(
                f"'{said}' is no name of a class",
                "expected a class and the one it extends; what a call gives stands in 'types'",
            )
    return str(given)


def _handlers(library: str, _: int, given: object) -> list[HandlerSpec]:
    entry = _entry(given, "a handler", "{kind: acme, decorator: acme.task}", ())
    known_keys(entry, HANDLER_KEYS, ())
    if "kind" not in entry:
        raise RuleError("'kind' is missing", HANDLER_KEYS["kind"].meaning)
    for key, noun in (("fields", Handler), ("subscription", Subscription)):
        known_keys(
            _entry(entry.get(key, {}), f"'{key}'", "fields with where they come from", (key,)), vocabulary(noun), (key,)
        )
    said = {key: _shaped(key, HANDLER_KEYS[key], value, (key,)) for key, value in entry.items()}
    said.pop("about", None)
    said["parameters"], said["retries"] = tuple(said.get("parameters", ())), tuple(said.get("retries", ()))
    if isinstance(said.get("event"), list):
        said["event"] = tuple(str(part or "") for part in said["event"])
    ways = product(said.pop("decorator", ("",)), said.pop("callback", ("",)))
    return [HandlerSpec(**said, decorator=one, callback=other, library=library) for one, other in ways]


def _layout(kind: str, given: object) -> Layout:
    entry = _entry(given or {}, f"the events of {kind}", "{payload: [body]}", ())
    known_keys(entry, EVENT_KEYS, ())
    said = {key: _shaped(key, EVENT_KEYS[key], value, (key,)) for key, value in entry.items()}
    for one in said.get("marks", ()):
        _pattern("", one)
    return Layout(kind, **said)


def _pattern(_: str, given: object) -> re.Pattern[str]:
    try:
        return re.compile(str(given))
    except re.error as error:
        raise RuleError(f"{given!r} is no pattern: {error}", "expected a regular expression") from error


# --- shapes ----------------------------------------------------------------------------------------------------------


def _shaped(key: str, about: LibraryKey, value: Any, at: At) -> Any:
    """The value in the shape that its key wants. Raises RuleError."""
    wrong = _SHAPES[about.shape](value)
    if wrong:
        raise RuleError(f"'{key}' is {_shown(value)}", f"expected {wrong}: {about.meaning}", at)
    if about.words and value not in about.words:
        raise RuleError(f"'{value}' is no word of '{key}'", f"expected one of {', '.join(about.words)}", at)
    return _words(value) if about.shape == "texts" else str(value) if about.shape == "text" else value


def _unless(kinds: type | tuple[type, ...], expected: str) -> Callable[[Any], str]:
    return lambda value: (
        "" if isinstance(value, kinds) and not (isinstance(value, bool) and kinds is not bool) else expected
    )


_SHAPES: Mapping[str, Callable[[Any], str]] = {
    "source": lambda value: "",
    "text": _unless((str, int, float), "text"),
    "texts": _unless((str, list, tuple), "text, or a list of texts"),
    "number": _unless((int, float), "a number"),
    "flag": _unless(bool, "true or false"),
    "mapping": _unless(Mapping, "a mapping"),
    "list": _unless((list, tuple), "a list"),
}


def _entry(given: object, what: str, example: str, at: At) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise RuleError(f"{what} is {_shown(given)}", f"expected a mapping, as in {example}", at)
    return given


def _words(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(word) for word in value) if isinstance(value, list | tuple) else tuple(str(value).split())


def _shown(value: object) -> str:
    kind = {dict: "a mapping", list: "a list", bool: "true or false", int: "a number", float: "a number"}.get(
        type(value)
    )
    return kind or f"the text '{value}'"
