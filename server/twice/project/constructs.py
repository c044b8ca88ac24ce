"""Infrastructure that is made by Python code: calls of library names that the library files know as resources. No vendor is named here.

Besides the words of ``resources`` and ``spellings``, an entry of such a name may say:

- ``adds: [$sources, $target@0]``: what is given there becomes a resource too, with what it was given to as its property ``receiver``.
  A class whose ``names`` hold ``receiver`` is a resource only where it is added so; a method that makes a resource has it always;
- ``titled: name``: the keyword that holds what people call it, where it is not ``id``;
- ``puts: {into: environment, key: $key@0, value: $value@1}``: an entry of a mapping of its receiver, that comes later.

Arguments are properties: by name, or ``@0`` by position; ``call`` is the last name of what was called. The setting ``reshaped_by``
are the attributes through which a resource is changed in other words: what it does not say cannot be told then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from twice import outline as o
from twice.languages.template import (
    Alternatives,
    Items,
    Join,
    Literal,
    Record,
    Reference,
    Resource,
    Template,
    Unknown,
    Value,
)
from twice.project.constants import literal_text
from twice.project.construct_values import Key, Reader, key_of
from twice.project.given import argument
from twice.project.names import Names
from twice.project.results import unmistaken
from twice.project.things import Frame, Instance, Kind, Outside, Routine, Thing
from twice.project.values import Given, follow

# Constructs in constructs: deeper, or more of them, is a circle or generated.
_DEEPEST = 10
_MOST = 4_000


class Site(Struct, frozen=True, eq=False):
    """A call that makes or changes a resource, in the frame where it runs; ``receiver`` is what it is added to.

    ``top`` tells the call of the starting module because of which it runs.
    """

    call: o.Call
    frame: Frame
    kind: str
    name: str
    receiver: Value | None = None
    top: int = 0


class App(Struct, eq=False):
    """All that runs from one file that nothing else runs: its resources, by the call that makes them."""

    path: str
    sites: list[Site] = field(default_factory=list)
    entered: set[Key] = field(default_factory=set)
    frames: list[Frame] = field(default_factory=list)
    names: dict[Key, str] = field(default_factory=dict)
    changes: list[Site] = field(default_factory=list)
    top: int = 0


def constructs(names: Names, paths: list[str]) -> dict[str, Template]:
    """What the code in these files would deploy, by the file in which it starts."""
    entries = names.libraries.resources
    walker = _Walker(names, entries)
    apps: dict[str, App] = {}
    for path, function in _starts(names, paths):
        app = apps.setdefault(path, App(path))
        is_module = function.name == "<module>"
        walker.run(app, names.frames.module_frame(path) if is_module else names.frames.own_frame(function, path))
    return {path: _Maker(names, entries, app).template() for path, app in apps.items() if app.sites}


def _starts(names: Names, paths: list[str]) -> Iterator[tuple[str, o.Function]]:
    """The functions in which something is called and that no other function calls: modules, and stacks that nobody makes here."""
    outlines = [(path, names.outlines[path]) for path in paths]
    found = ((path, one) for path, outline in outlines for one in (outline.module, *outline.everywhere()))
    functions = [(path, one) for path, one in found if one.calls]
    called: set[int] = set()
    for path, function in functions:
        frame = names.frames.own_frame(function, path)
        for call in function.calls:
            if (routine := _routine(names, call, frame)) is not None and routine.function is not function:
                called.add(id(routine.function))
    return ((path, one) for path, one in functions if id(one) not in called)


def _routine(names: Names, call: o.Call, frame: Frame) -> Routine | None:
    """The function of ours that a call runs: for a class, the one that makes its objects."""
    callee = names.resolve(call.callee, frame)
    if isinstance(callee, Kind):
        callee = names.member(Instance(callee, call, frame), "__init__")
    return callee if isinstance(callee, Routine) else None


def _entry_of(names: Names, thing: Thing | None, entries: Mapping[str, Any]) -> str:
    """The name under which the library files know what is called; nothing when they do not."""
    if not isinstance(thing, Outside):
        return ""
    return next((name for name in names.spellings(thing) if name in entries), "")


class _Walker:
    """Follows the calls from where an app starts, through functions and classes of ours."""

    def __init__(self, names: Names, entries: Mapping[str, Any]) -> None:
        self.names = names
        self.entries = entries

    def run(self, app: App, frame: Frame, depth: int = 0) -> None:
        app.frames.append(frame)
        for call in frame.function.calls:
            if len(app.entered) > _MOST or key_of(call, frame) in app.entered:
                continue
            app.entered.add(key_of(call, frame))
            app.top = app.top if depth else id(call if frame.function.name == "<module>" else frame)
            callee = self.names.resolve(call.callee, frame) or unmistaken(self.names, call, frame)
            if isinstance(callee, Outside):
                self.note(app, call, frame, callee)
            elif isinstance(callee, Kind):
                self.make(app, call, frame, callee, depth)
            elif isinstance(callee, Routine) and depth < _DEEPEST and not frame.runs(callee.function):
                self.run(app, self.names.frames.enter(callee, call, frame), depth + 1)

    def make(self, app: App, call: o.Call, frame: Frame, kind: Kind, depth: int) -> None:
        """A class of ours: its own ``__init__``, or that of the library's class it extends."""
        init = self.names.member(Instance(kind, call, frame), "__init__")
        if isinstance(init, Routine) and depth < _DEEPEST and not frame.runs(init.function):
            self.run(app, self.names.frames.enter(init, call, frame), depth + 1)
        elif isinstance(init, Outside):
            self.note(app, call, frame, init)

    def note(self, app: App, call: o.Call, frame: Frame, callee: Outside) -> None:
        own, is_base = callee.name.removesuffix(".__init__"), callee.name.endswith(".__init__")
        kind = _entry_of(self.names, replace(callee, name=own), self.entries)
        if not kind:
            return
        entry = self.entries[kind]
        if isinstance(entry, Mapping) and "puts" in entry:
            app.changes.append(Site(call, frame, kind, ""))
            return
        if not self.is_added(kind):
            name = f"{self.title(call, frame, kind)}@{len(app.sites)}"
            app.sites.append(Site(call, frame, kind, name, top=app.top))
            app.names[key_of(call, frame)] = name
            made = frame.receiver
            if is_base and isinstance(made, Instance) and made.call is not None and made.frame is not None:
                app.names[key_of(made.call, made.frame)] = name

    def is_added(self, kind: str) -> bool:
        """Is it nothing by itself, but what something else is given?"""
        entry = self.entries[kind]
        names = entry.get("names") or () if isinstance(entry, Mapping) else ()
        return kind.rpartition(".")[2][:1].isupper() and "receiver" in names

    def title(self, call: o.Call, frame: Frame, kind: str) -> str:
        """What people call it: the id it is given, the name of the variable, or else that of the class."""
        given = id_of(self.names, call, frame, titled(self.entries[kind]))
        if given is not None:
            return literal_text(self.names, given, frame) or ""
        for statement in frame.function.statements:
            if isinstance(statement, o.Assign) and statement.value is call and len(statement.targets) == 1:
                target = statement.targets[0]
                return target.id if isinstance(target, o.Name) else o.part_name(target) or o.called_name(call)
        own = frame.receiver.kind if isinstance(frame.receiver, Instance) else None
        is_base = isinstance(own, Kind) and o.called_name(call) == "__init__"
        return own.definition.name if isinstance(own, Kind) and is_base else o.called_name(call)


def titled(entry: Any) -> str:
    """The keyword under which an entry says that its resource gets its name."""
    return str(entry.get("titled", "id")) if isinstance(entry, Mapping) else "id"


def id_of(names: Names, call: o.Call, frame: Frame, keyword: str = "id") -> o.Value | None:
    """The argument by which people call a construct: this keyword, or the first text by position."""
    for one in call.arguments:
        if one.name == keyword or (one.name is None and not one.star):
            text = literal_text(names, one.value, frame)
            if text and "{" not in text:
                return one.value
    return None


class _Maker:
    """Makes the resources of one app of the calls that were found."""

    def __init__(self, names: Names, entries: Mapping[str, Any], app: App) -> None:
        self.names = names
        self.entries = entries
        self.app = app
        self.reader = Reader(names, app.names)

    def template(self) -> Template:
        found: dict[str, Resource] = {}
        for site in self.app.sites:
            entry = self.entries[site.kind]
            if not isinstance(entry, Mapping) or entry.keys() & {"is", "same_as"}:
                found[site.name] = self.resource(site)
            for count, added in enumerate(self.added(site)):
                name = f"{site.name}+{count}"
                found[name] = self.resource(replace(added, name=name))
        for site in self.app.changes:
            self.put_later(site, found)
        for name in set(self.reshaped()) & found.keys():
            found[name] = replace(found[name], properties=replace(found[name].properties, whole=False))
        return Template(self.once(found))

    def resource(self, site: Site) -> Resource:
        properties = self.reader.arguments(site.call, site.frame)
        receiver = site.receiver or self.reader.receiver(site.call, site.frame)
        if receiver is not None:
            properties = replace(properties, fields={**properties.fields, "receiver": receiver})
        given = id_of(self.names, site.call, site.frame, titled(self.entries[site.kind]))
        at = given or site.call.callee
        nameless = site.receiver is not None or (given is None and o.called_name(site.call)[:1].islower())
        title = self.title(properties, site) if nameless else site.name.partition("@")[0]
        return Resource(site.name, site.kind, at.start, at.end, properties, title, False, site.frame.path)

    def title(self, properties: Record, site: Site) -> str:
        """What is added has no name of its own: it goes by that of what it brings, which is not the function."""
        values = [properties.fields.get("receiver"), *properties.fields.values()]
        named = [one.target for one in values if isinstance(one, Reference)]
        brings = [one for one in named if not self.is_function(one)]
        return next((one.partition("@")[0] for one in (*brings, *named)), o.called_name(site.call))

    def is_function(self, name: str) -> bool:
        entry = self.entries[next(site.kind for site in self.app.sites if site.name == name)]
        known = self.entries.get(str(entry.get("same_as")), entry) if isinstance(entry, Mapping) else entry
        return any(one.get("is") == "function" for one in (known if isinstance(known, list | tuple) else (known,)))

    def added(self, site: Site) -> Iterator[Site]:
        entry = self.entries[site.kind]
        own = Reference(site.name, None, site.call.callee.start, site.call.callee.end)
        receiver = self.reader.receiver(site.call, site.frame) or own
        for reference in entry.get("adds", ()) if isinstance(entry, Mapping) else ():
            given = argument(self.names, site.call, site.frame, reference)
            for one in self.each(given) if isinstance(given, Given) else ():
                made = follow(self.names, one)
                call = made.value
                callee = self.names.resolve(call.callee, made.frame) if isinstance(call, o.Call) else None
                kind = _entry_of(self.names, callee, self.entries)
                if kind and isinstance(call, o.Call):
                    yield Site(call, made.frame, kind, "", receiver)

    def each(self, given: Given) -> Iterator[Given]:
        found = follow(self.names, given)
        if isinstance(found.value, o.Collection):
            yield from (Given(one, found.frame) for one in found.value.items)
        else:
            yield found

    def put_later(self, site: Site, found: dict[str, Resource]) -> None:
        """An entry of a mapping that a later call adds to a resource."""
        receiver = self.reader.receiver(site.call, site.frame)
        resource = found.get(receiver.target) if isinstance(receiver, Reference) else None
        if resource is not None:
            properties = self.put(site, self.entries[site.kind]["puts"], resource.properties)
            found[resource.name] = replace(resource, properties=properties)

    def reshaped(self) -> Iterator[str]:
        """The resources that are changed in other words as well."""
        words = self.names.libraries.settings.get("reshaped_by", ())
        for frame in self.app.frames:
            if not any(word.encode() in self.names.outlines[frame.path].data for word in words):
                continue
            values = (part for one in frame.function.statements for value in o.values_of(one) for part in o.walk(value))
            for value in values:
                if isinstance(value, o.Attribute) and value.name in words:
                    base = self.reader.value(value.base, frame)
                    yield from (base.target,) if isinstance(base, Reference) else ()

    def put(self, site: Site, puts: Mapping[str, str], properties: Record) -> Record:
        key, value = (argument(self.names, site.call, site.frame, puts[one]) for one in ("key", "value"))
        before = properties.fields.get(puts["into"], Record({}, {}, properties.start, properties.end))
        if not isinstance(before, Record) or not isinstance(key, Given):
            return properties
        name = self.reader.value(key.value, key.frame)
        nobody_knows = Unknown(before.start, before.end)
        said = self.reader.value(value.value, value.frame) if isinstance(value, Given) else nobody_knows
        if not isinstance(name, Literal):
            return replace(properties, fields={**properties.fields, puts["into"]: replace(before, whole=False)})
        after = replace(before, fields={**before.fields, str(name.value): said})
        return replace(properties, fields={**properties.fields, puts["into"]: after})

    def once(self, resources: Mapping[str, Resource]) -> dict[str, Resource]:
        """The resources without repetitions: a stack that is made several times with the same values is one to us."""
        tops = {site.name: site.top for site in self.app.sites}
        found: dict[str, Resource] = {}
        first: dict[str, str] = {}
        seen: dict[object, str] = {}
        counts: dict[object, int] = {}
        for name, resource in resources.items():
            own = replace(resource, properties=_renamed(resource.properties, first))
            same = own.path, own.start, repr((own.type, own.title, own.properties))
            top = tops[name.partition("+")[0]], same
            counts[top] = counts.get(top, 0) + 1
            first[name] = seen.setdefault((same, counts[top]), name)
            if first[name] == name:
                found[name] = own
        return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value whose references name the first of what is repeated."""
    if isinstance(value, Reference):
        return replace(value, target=names.get(value.target, value.target))
    if isinstance(value, Record):
        return replace(value, fields={key: _renamed(one, names) for key, one in value.fields.items()})
    if isinstance(value, Items):
        return replace(value, items=tuple(_renamed(one, names) for one in value.items))
    if isinstance(value, Join):
        return replace(value, parts=tuple(_renamed(one, names) for one in value.parts))
    if isinstance(value, Alternatives):
        return replace(value, options=tuple(_renamed(one, names) for one in value.options))
    return value
