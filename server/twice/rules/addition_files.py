"""The section ``additions`` of a library file: what a fix can put beside a resource. The format is told in rules/libraries/README.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twice.libraries import AdditionSpec
from twice.rules.reading import RuleError, known_keys

KEYS: Mapping[str, str] = {
    "makes": "The new resources, by the end of their names: a mapping, or text of the language.",
    "sets": "Properties of the resource itself, by their paths.",
    "borrows": "A property of another resource of a type, by the name for it in new text; or `from` there, `else` this, which `asks` for parameters.",
    "when": "Only for a resource with these properties.",
    "unless": "Not for a resource with these properties.",
    "only": "Only where this is true of the resource.",
    "without": "Only where none of these properties is written, of the resource or one that it names.",
}
_CONDITIONS = ("when", "unless", "only")

Additions = Mapping[str, Mapping[str, tuple[AdditionSpec, ...]]]
Complain = Callable[[RuleError], None]


def additions(section: Mapping[str, Any], complain: Complain) -> dict[str, dict[str, tuple[AdditionSpec, ...]]]:
    """The ways by word and type, the best first. One with a mistake is left out and told."""
    found: dict[str, dict[str, tuple[AdditionSpec, ...]]] = {}
    for word, types in section.items():
        for names, ways in _mapping(types, word, complain).items():
            read = tuple(_ways(ways, word, names, complain))
            found.setdefault(word, {}).update(dict.fromkeys(str(names).split(), read))
    return found


def _ways(ways: object, word: str, names: str, complain: Complain) -> Iterator[AdditionSpec]:
    for index, way in enumerate(ways if isinstance(ways, list | tuple) else (ways,)):
        try:
            yield _way(way)
        except RuleError as error:
            complain(RuleError(error.complaint, error.expected, ("additions", word, names, index, *error.at)))


def _way(way: object) -> AdditionSpec:
    if not isinstance(way, Mapping):
        raise RuleError("a way to add something is a mapping", "expected makes: and sets:")
    known_keys(way, KEYS, ())
    for key in ("makes", "sets", "borrows", "when", "unless"):
        if not isinstance(way.get(key, {}), Mapping):
            raise RuleError(f"'{key}' is no mapping", KEYS[key], (key,))
    if not way.get("makes") and not way.get("sets"):
        raise RuleError("nothing is added", "expected makes: or sets:")
    conditions = {key: way[key] for key in _CONDITIONS if key in way}
    without = way.get("without", ())
    if not isinstance(without, list | tuple):
        raise RuleError("'without' is no list", KEYS["without"], ("without",))
    given = {key: way.get(key, {}) for key in ("makes", "sets", "borrows")}
    return AdditionSpec(**given, conditions=conditions, without=tuple(without))


def _mapping(types: object, word: str, complain: Complain) -> Mapping[str, Any]:
    if isinstance(types, Mapping):
        return types
    complain(RuleError(f"'{word}' is no mapping", "expected types of resources", ("additions", word)))
    return {}
