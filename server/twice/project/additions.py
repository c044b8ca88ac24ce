"""What can be put beside a resource: the ways of the library files, with the names that this template has. No vendor is named here.

The texts of a way are those of the template's own language. In them ``{Part}`` is the name of a new resource, which is the
resource's own with ``Part`` behind it, ``{name}`` its own alone, and ``{$Source}`` what a property has: the name of the resource
that it means, or its text. A way of which something cannot be filled in is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.action import Action, Target
from twice.languages.template import Literal, Reference, Resource, Value
from twice.languages.template_edit import Addition, Borrowed
from twice.libraries import AdditionSpec
from twice.noun import Fact
from twice.project.changes import Written, owner
from twice.project.resources import value_at
from twice.project.sites import Site, exists, plain_view
from twice.text import Place
from twice.truth import effective

Specs = Mapping[str, Mapping[str, tuple[AdditionSpec, ...]]]

# What the writer of the language fills in.
_KEPT = {"scope": "{scope}"}
_NAME = re.compile(r"[^\W\d][\w-]*")
_HOLE = re.compile(r"\{(\w+|\$[^{}\s]+)\}")


def additions(written: Mapping[Fact, Written], specs: Specs, action: Action) -> tuple[Addition, ...]:
    """The ways to do an action to the resource that its fact stands for, the best first."""
    word = action.target.field or action.argument
    where = owner(written, action.target.fact, word)
    site = where.site if where is not None else None
    if where is None or site is None:
        return ()
    known = dict(_KEPT)
    if action.other is not None:
        target = _target(written, action.other, site)
        if target is None:
            return ()
        word, known["target"] = f"{word} at another", target
    ways = specs.get(word, {}).get(site.resource.spelling or site.resource.type, ())
    made = (_addition(way, site, where.place, known) for way in ways if _is_for(way, site))
    return tuple(one for one in made if one is not None)


def _target(written: Mapping[Fact, Written], other: Target, site: Site) -> str | None:
    """How the template calls the resource that a field of another fact is."""
    fact = effective(getattr(other.fact, other.field)) if other.field else other.fact
    where = written.get(fact) if isinstance(fact, Fact) else None
    if where is None or where.site is None or where.site.scope != site.scope:
        return None
    return _named(Reference(where.site.resource.name, None, 0, 0), site)


def _is_for(way: AdditionSpec, site: Site) -> bool:
    written = (value_at(plain_view(site), source) for source in way.without)
    return all(one is None for one in written) and exists(replace(site, entry=way.conditions))


def _addition(way: AdditionSpec, site: Site, place: Place, known: Mapping[str, str]) -> Addition | None:
    borrowed = {name: _borrowed(source, site) for name, source in way.borrows.items()}
    instead = [source for name, source in way.borrows.items() if not isinstance(borrowed[name], Borrowed)]
    if None in borrowed.values() or not _NAME.fullmatch(_label(site.resource.name)):
        return None
    text = _Text(site, {**known, **{name: f"{{{name}}}" for name in borrowed}})
    try:
        return Addition(
            place,
            tuple((text.name(part), text.filled(content)) for part, content in way.makes.items()),
            tuple((path, text.filled(value)) for path, value in way.sets.items()),
            tuple(borrowed.items()),
            tuple(one for source in instead for one in source.get("asks", {}).items()),
        )
    except LookupError:
        return None


# --- names -----------------------------------------------------------------------------------------------------------


def _label(name: str) -> str:
    """The last part of an address, without the number of a call."""
    return name.rpartition(".")[2].partition("@")[0]


def _prefix(resource: Resource) -> str:
    """The part of its address that names the module around it."""
    kind = resource.spelling or resource.type
    return resource.name.removesuffix(f"{kind}.{_label(resource.name)}") if "." in resource.name else ""


# --- texts -----------------------------------------------------------------------------------------------------------


class _Text(Struct, frozen=True):
    """Texts of one way for one resource. ``known`` is what some holes stand for."""

    site: Site
    known: Mapping[str, str]

    def filled(self, content: Any) -> Any:
        """The same with its holes filled. Raises LookupError where one cannot be."""
        if isinstance(content, Mapping):
            return {self.filled(key): self.filled(value) for key, value in content.items()}
        if isinstance(content, list | tuple):
            return [self.filled(one) for one in content]
        return _HOLE.sub(self._meant, content) if isinstance(content, str) else content

    def name(self, part: str) -> str:
        """The name of a new resource: the resource's own and what it is, in the spelling of the language, with a number if that is taken."""
        own, taken = _label(self.site.resource.name), {_label(name) for name in self.site.around}
        wanted = f"{own}_{part}" if part.islower() else f"{own}{part}"
        if "-" in own:
            wanted = f"{own}-{part.replace('_', '-')}"
        numbered = (f"{wanted}{number}" for number in range(2, len(taken) + 3))
        return wanted if wanted not in taken else next(one for one in numbered if one not in taken)

    def _meant(self, hole: re.Match[str]) -> str:
        word = hole[1]
        if word == "name":
            return _label(self.site.resource.name)
        if not word.startswith("$"):
            return self.known.get(word) or self.name(word)
        found = value_at(plain_view(self.site), word)
        text = _named(found, self.site) if found is not None else None
        if text is None:
            raise LookupError(word)
        return text


def _named(found: Value, site: Site) -> str | None:
    """How the template calls the resource that a value means, or the text that it is."""
    if isinstance(found, Literal):
        return found.value if isinstance(found.value, str) and not found.assumed else None
    if not isinstance(found, Reference):
        return None
    prefix = _prefix(site.resource)
    name = found.target.removeprefix(prefix)
    inside = found.target.startswith(prefix) and not name.startswith("module.") and "[" not in name
    return name if inside and found.target in site.around else None


def _borrowed(source: Any, site: Site) -> Any:
    """The first other resource of the type in this template, and of this module, that has the property; else what is said instead."""
    if isinstance(source, Mapping):
        return _borrowed(source["from"], site) or source.get("else")
    kind, _, keys = str(source).rpartition(".")
    for resource in site.around.values():
        is_near = _prefix(resource) == _prefix(site.resource)
        own = (resource.spelling or resource.type) == kind and not resource.generated
        if is_near and own and keys in resource.properties.fields:
            return Borrowed(Place(resource.path or site.scope, resource.start, resource.end), (keys,))
    return None
