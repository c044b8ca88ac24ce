"""Where resources stand, what they are called, and which of them a value means: the index over all templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice.languages.template import (
    Alternatives,
    Join,
    Literal,
    Record,
    Reference,
    Resource,
    Template,
    Unknown,
    Value,
    moved,
    written,
)
from twice.project.resources import View, all_at, elements, evaluate, value_at
from twice.project.spellings import in_one_language
from twice.text import Place
from twice.truth import UNKNOWN

Key = tuple[str, str]
Entry = Mapping[str, Any]

SEPARATORS = re.compile(r"[:/](?![^{]*\})")
# How far from its end an address can hold the name of a resource: arn:...:table/NAME/stream/DATE
_LAST_PARTS = 3


class Site(Struct, frozen=True, eq=False):
    """One entry of the library file, met by one resource or by one item of it.

    ``scope`` is the template and ``around`` are all its resources.
    """

    scope: str
    resource: Resource
    entry: Entry
    item: Value
    around: Mapping[str, Resource]

    @property
    def key(self) -> Key:
        return self.scope, self.resource.name

    @property
    def path(self) -> str:
        return self.resource.path or self.scope

    @property
    def place(self) -> Place:
        return Place(self.path, self.resource.start, self.resource.end)


class Sites(Struct, frozen=True, eq=False):
    """All sites by noun, and how resources are found.

    ``incomplete`` are the templates that could not be read whole, ``shown`` is what each tells other templates.
    """

    by_noun: Mapping[str, tuple[Site, ...]]
    by_key: Mapping[Key, tuple[Site, ...]]
    names: Mapping[str, tuple[Key, ...]]
    incomplete: frozenset[str]
    shown: Mapping[str, tuple[Value, ...]]

    def of(self, noun: str) -> tuple[Site, ...]:
        return self.by_noun.get(noun, ())

    def find(self, scope: str, found: Value, noun: str) -> Site | None:
        """The queue or function that a value of this template means, None when that cannot be told."""
        for key in self._keys(scope, found):
            for site in self.by_key.get(key, ()):
                if site.entry["is"] == noun:
                    return site
                if site.entry["is"] == "name":
                    return self._behind(site, noun)
        return None

    def _behind(self, site: Site, noun: str) -> Site | None:
        other = value_at(plain_view(site), site.entry["of"])
        if not isinstance(other, Reference):
            return None
        return next((one for one in self.by_key.get((site.scope, other.target), ()) if one.entry["is"] == noun), None)

    def _keys(self, scope: str, found: Value) -> Iterator[Key]:
        if isinstance(found, Reference):
            yield scope, found.target
        elif isinstance(found, Join):
            target = _lone_reference(found)
            if target is not None:
                yield scope, target.target
        text = written(found)
        if text is not None:
            yield from self._named(scope, text)

    def _named(self, scope: str, text: str) -> Iterator[Key]:
        """By physical name. A name with a placeholder in it means something in its own template only."""
        for part in SEPARATORS.split(text)[: -_LAST_PARTS - 1 : -1]:
            known = self.names.get(part, ()) if part else ()
            here = [key for key in known if key[0] == scope]
            if here or "$" not in part:
                yield from here or known


def index(sites: Sequence[Site], incomplete: frozenset[str], shown: Mapping[str, tuple[Value, ...]]) -> Sites:
    """How these sites are found. ``incomplete`` and ``shown`` as for ``Sites``."""
    names: dict[str, list[Key]] = {}
    for site in sites:
        # A worker is named by what scales it, and is no target of anything else.
        for name in names_of(site) if site.entry["is"] != "worker" else ():
            names.setdefault(name, []).append(site.key)
    return Sites(
        {noun: tuple(group) for noun, group in _grouped((site.entry["is"], site) for site in sites).items()},
        {key: tuple(group) for key, group in _grouped((site.key, site) for site in sites).items()},
        {name: tuple(dict.fromkeys(keys)) for name, keys in names.items()},
        incomplete,
        shown,
    )


def plain_view(site: Site) -> View:
    """The properties of a site alone, for sources that join nothing."""
    resource = site.resource
    return View(site.scope, site.path, resource.name, site.item, resource.properties, site.around, lambda *_: UNKNOWN)


def _grouped(pairs: Iterable[tuple[Any, Site]]) -> dict[Any, list[Site]]:
    groups: dict[Any, list[Site]] = {}
    for key, site in pairs:
        groups.setdefault(key, []).append(site)
    return groups


def in_template(scope: str, template: Template, entries: Mapping[str, Any]) -> Iterator[Site]:
    """Every resource of a template that the library files speak of, or item of one."""
    resources = _with_parts(in_one_language(template.resources, entries), entries)
    patterns = [(re.compile(key[1:]), entry) for key, entry in entries.items() if key.startswith("~")]
    for resource in resources.values():
        known = entries.get(resource.type) or next((e for sort, e in patterns if sort.search(resource.type)), ())
        for entry in known if isinstance(known, list | tuple) else (known,):
            whole = Site(scope, resource, entry, resource.properties, resources)
            items = _items(whole, entry["each"]) if "each" in entry else (whole.item,)
            yield from filter(exists, (replace(whole, item=item) for item in items))


def _items(site: Site, source: str) -> tuple[Value, ...]:
    """The items of a list, or with ``{}`` the values of a mapping."""
    if source.endswith(".{}"):
        return tuple(one for one in all_at(site.item, source[1:].split(".")) if isinstance(one, Record))
    return elements(value_at(plain_view(site), source))


def exists(site: Site) -> bool:
    """Is it switched on, and of the sort that the entry is about?"""
    view, entry = plain_view(site), site.entry
    for source, wanted in (entry.get("when") or {}).items():
        if (found := evaluate(source, view, "value")) is None or found.value != wanted:
            return False
    for source, unwanted in (entry.get("unless") or {}).items():
        kind = "truth" if isinstance(unwanted, bool) else "value"
        if (found := evaluate(source, view, kind)) is not None and found.value == unwanted:
            return False
    return "only" not in entry or (
        (found := evaluate(entry["only"], view, "value")) is not None and found.value is True
    )


def names_of(site: Site) -> Iterator[str]:
    """What a resource is called outside of its template."""
    for source in site.entry.get("names", ()):
        found = value_at(plain_view(site), source)
        text = written(found) if found is not None else None
        if text:
            yield text


def _with_parts(resources: Mapping[str, Resource], entries: Mapping[str, Any]) -> dict[str, Resource]:
    """The resources of a template, with those that only add properties to another one put into it."""
    found = dict(resources)
    for resource in resources.values():
        entry = entries.get(resource.type)
        if not isinstance(entry, Mapping) or entry.get("is") != "part":
            continue
        view = plain_view(Site("", resource, entry, resource.properties, found))
        part = value_at(view, entry["value"]) if "value" in entry else resource.properties
        owners, certain = _owners(value_at(view, entry["of"]), entry, found)
        if part is None:
            continue
        for whole in owners:
            # In another file it stands nowhere but at the resource itself.
            here = part if resource.path == whole.path else moved(part, whole.start, whole.end)
            known = here if certain else Unknown(whole.start, whole.end)
            fields = {**whole.properties.fields, entry["as"]: known}
            found[whole.name] = replace(whole, properties=replace(whole.properties, fields=fields))
    return found


def _owners(owner: Value | None, entry: Entry, resources: Mapping[str, Resource]) -> tuple[list[Resource], bool]:
    """The resource that a part belongs to, or all that it may belong to where that is decided elsewhere."""
    if isinstance(owner, Reference):
        return [resources[owner.target]] if owner.target in resources else [], True
    if owner is None or not unresolved(owner):
        return [], True
    options = owner.options if isinstance(owner, Alternatives) else ()
    if options and all(isinstance(one, Reference) for one in options):
        names = {one.target for one in options if isinstance(one, Reference)}
        return [resources[name] for name in names if name in resources], False
    may_be = (one for one in resources.values() if one.type == entry["to"])
    return [one for one in may_be if entry["as"] not in one.properties.fields], False


def _lone_reference(found: Join) -> Reference | None:
    """The one resource that an address is about: ``arn:...:${Queue}``, ``${Bucket.Arn}/*``."""
    there = [index for index, part in enumerate(found.parts) if isinstance(part, Reference)]
    if len(there) != 1:
        return None
    index = there[0]
    before = found.parts[index - 1] if index else None
    after = found.parts[index + 1] if index + 1 < len(found.parts) else None
    bounded = (before is None or _ends(before, -1)) and (after is None or _ends(after, 0))
    reference = found.parts[index]
    return reference if bounded and isinstance(reference, Reference) else None


def _ends(part: Value, at: int) -> bool:
    text = str(part.value) if isinstance(part, Literal) else ""
    return bool(text) and text[at] in ":/"


def unresolved(found: Value) -> bool:
    """Is some of this value decided elsewhere?"""
    if isinstance(found, Unknown | Alternatives):
        return True
    if isinstance(found, Join):
        return any(unresolved(part) for part in found.parts)
    return isinstance(found, Record)


def dead_letter_targets(sites: Sites) -> frozenset[Key]:
    """The resources that are named as dead letter target anywhere."""
    found: set[Key] = set()
    for group in sites.by_key.values():
        for site in group:
            for source in site.entry.get("dead_letters", ()):
                keys = source[2:] if source.startswith("$^") else source[1:]
                start = site.resource.properties if source.startswith("$^") else site.item
                for value in all_at(start, keys.split(".")):
                    options = value.options if isinstance(value, Alternatives) else (value,)
                    targets = (sites.find(site.scope, option, "queue") for option in options)
                    found.update(target.key for target in targets if target is not None)
    return frozenset(found | {other for one, other in _handed_on(sites) if one in found})


def _handed_on(sites: Sites) -> Iterator[tuple[Key, Key]]:
    """From each queue to those that it feeds: a topic for dead letters hands them to a queue."""
    for site in sites.of("hop"):
        one, other = (_end(sites, site, site.entry[end]) for end in ("from", "to"))
        if one is not None and other is not None:
            yield one, other


def _end(sites: Sites, site: Site, source: Any) -> Key | None:
    if source == "self":
        return site.key
    listed = source if isinstance(source, list | tuple) else (source,)
    values = (value_at(plain_view(site), one) for one in listed)
    found = next((one for one in values if one is not None), None)
    target = sites.find(site.scope, found, "queue") if found is not None else None
    return target.key if target is not None else None
