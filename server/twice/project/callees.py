"""Which deployed function a call runs: what code names, joined with what templates deploy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from twice.facts import Function
from twice.project.addresses import Address, addresses
from twice.project.calls import Meaning
from twice.project.declared import Declared
from twice.project.fields import Evaluator
from twice.text import Place
from twice.truth import UNKNOWN, Missing, Setting

_SEPARATORS = re.compile(r"[:/]")


class Callees:
    """The functions of a workspace by the names that they have outside of their templates."""

    def __init__(self, evaluator: Evaluator, functions: Iterable[Function] = ()) -> None:
        self._evaluator = evaluator
        self._named: dict[str, list[Function]] = {}
        for function in functions:
            for name in function.address:
                self._named.setdefault(name, []).append(function)

    def of(self, declared: Declared | None, meaning: Meaning) -> object:
        """The function that a call runs: a ``Setting`` that holds it, or UNKNOWN."""
        found = addresses(self._evaluator, meaning.spec.fields["callee"], meaning)
        if isinstance(found, Missing) or len(found) != 1:
            return UNKNOWN
        function = self._behind(found[0], declared)
        place = found[0].place
        return Setting(function, place=Place(place.path, place.start, place.end)) if function is not None else UNKNOWN

    def _behind(self, address: Address, declared: Declared | None) -> Function | None:
        if address.how == "variable" and declared is not None:
            return self._in_environment(address.name, declared)
        return self._by_name(address.name) if address.how == "text" else None

    def _in_environment(self, variable: str, declared: Declared) -> Function | None:
        """What all functions that run this code have in that variable."""
        values = [_of(fact.environment, variable) for fact in declared.deployed if isinstance(fact, Function)]
        if not values or any(one is not values[0] and one != values[0] for one in values):
            return None
        found = values[0]
        return found if isinstance(found, Function) else self._by_name(found) if isinstance(found, str) else None

    def _by_name(self, text: str) -> Function | None:
        """By its name, or by an address that has the name as one of its parts."""
        for part in _SEPARATORS.split(text):
            known = self._named.get(part, ())
            if known:
                return known[0] if len(known) == 1 else None
        return None


def _of(environment: tuple[tuple[str, Any], ...], variable: str) -> object:
    values: Mapping[str, Any] = dict(environment)
    return values.get(variable, UNKNOWN)
