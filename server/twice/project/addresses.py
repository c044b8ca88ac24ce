"""What a program calls the queue it sends to or reads from: a text, a variable of the environment, a setting, an object."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.project.calls import Meaning, meanings, meanings_of
from twice.project.constants import literal_text
from twice.project.fields import Evaluator
from twice.project.given import argument
from twice.project.names import Names
from twice.project.receivers import calls_on, receiver_of
from twice.project.things import Frame, Instance, Kind, Outside, Routine
from twice.project.values import Given, follow
from twice.text import Place
from twice.truth import NONE, UNKNOWN, Missing


class Address(Struct, frozen=True):
    """One name of a queue.

    ``how`` is text, variable, setting or object. ``fallback`` is the text that is used where the variable is not set. A text
    with a hole in it (``{}``) is known in part only.
    """

    how: str
    name: str
    place: Place
    fallback: str = ""


def addresses(evaluator: Evaluator, source: Any, meaning: Meaning) -> tuple[Address, ...] | Missing:
    """What the source of a library file names: NONE when nothing is written there, UNKNOWN when it cannot be told."""
    if "document." in str(source):
        return _in_document(evaluator, source if isinstance(source, list) else [source], meaning)
    given = named_by(evaluator, source, meaning)
    if isinstance(given, Missing):
        return given
    found: list[Address] = []
    for one in given:
        several = tuple(_addresses(_Search(evaluator), one))
        if not several:
            return UNKNOWN
        found.extend(several)
    return tuple(dict.fromkeys(found)) or UNKNOWN


def _in_document(evaluator: Evaluator, sources: Iterable[str], meaning: Meaning) -> tuple[Address, ...] | Missing:
    """The name that a document beside the code gives."""
    told = (evaluator.documents.setting(one, meaning.frame.path, "text") for one in sources)
    setting = next((one for one in told if one is not None), None)
    if setting is None:
        return NONE
    place = setting.place
    return (
        (_named(evaluator.tracer.names, setting.value, place),) if isinstance(setting.value, str) and place else UNKNOWN
    )


def _named(names: Names, text: str, place: Place) -> Address:
    """A text, or the variable that it stands for in the languages of some frameworks: ``%NAME%``"""
    for pattern in names.libraries.settings.get("variables_in_texts", ()):
        found = re.fullmatch(pattern, text)
        if found is not None:
            return Address("variable", found[1], place)
    return Address("text", text, place)


def named_by(evaluator: Evaluator, source: Any, meaning: Meaning) -> tuple[Given, ...] | Missing:
    """The values that a source means: ``$argument``, ``$*`` (all positional ones), ``client.field``, ``parent.field``, ``receiver``,
    ``{called: method, argument: $x}`` (of the calls of that method on the same object), or the first that is written of a list.
    """
    names = evaluator.tracer.names
    if isinstance(source, list):
        found = (named_by(evaluator, one, meaning) for one in source)
        return next((one for one in found if one is not NONE), NONE)
    if isinstance(source, Mapping):
        calls = calls_on(names, receiver_of(names, meaning), str(source["called"]))
        return _all(argument(names, call, frame, str(source["argument"])) for call, frame in calls)
    if source == "receiver":
        callee = meaning.call.callee
        if isinstance(names.resolve(callee, meaning.frame), Routine):  # a decorated function that is called
            return (Given(callee, meaning.frame),)
        return (Given(callee.base, meaning.frame),) if isinstance(callee, o.Attribute) else UNKNOWN
    if source.startswith(("client.", "parent.")):
        owner = receiver_of(names, meaning) if source.startswith("client.") else evaluator.parent(meaning)
        made = evaluator.making(owner, source.partition(".")[2])
        return named_by(evaluator, *made) if made is not None else UNKNOWN
    if source == "$*":
        return _positional(meaning)
    return _all([argument(names, meaning.call, meaning.frame, source)])


def _positional(meaning: Meaning) -> tuple[Given, ...] | Missing:
    given = [one for one in meaning.call.arguments if one.name is None]
    if any(one.star for one in given):
        return UNKNOWN
    return tuple(Given(one.value, meaning.frame) for one in given) or NONE


def _all(found: Iterable[Given | Missing | None]) -> tuple[Given, ...] | Missing:
    given = [one for one in found if one is not None]
    if UNKNOWN in given:
        return UNKNOWN
    return tuple(one for one in given if isinstance(one, Given)) or NONE


# --- the forms of a value --------------------------------------------------------------------------------------------


class _Search(Struct, frozen=True):
    """How deep a name may still be looked for: one that is made of itself has none."""

    evaluator: Evaluator
    depth: int = 12

    @property
    def names(self) -> Names:
        return self.evaluator.tracer.names


def _addresses(search: _Search, given: Given) -> Iterator[Address]:
    """The names that a value is or holds; none when it cannot be told."""
    if not search.depth:
        return
    search, names = replace(search, depth=search.depth - 1), search.names
    found = follow(names, given)
    value, frame = found.value, found.frame
    place = Place(frame.path, value.start, value.end)
    match value:
        case o.Collection():
            yield from _each(search, [Given(part, frame) for part in value.items])
        case o.Mapping():
            yield from _each(search, [Given(key, frame) for key, _ in value.items if key is not None])
        case o.Literal(value=str() as text) if text:
            yield _named(names, text, place)
        case o.Joined():
            text = literal_text(names, value, frame) or ""
            if _says_enough(text):
                yield Address("text", text, place)
        case o.Operation(operator="or", operands=(first, *rest)):
            fallback = literal_text(names, rest[-1], frame) or ""
            for one in _addresses(search, Given(first, frame)):
                yield one if one.fallback else Address(one.how, one.name, one.place, fallback)
        case o.Subscript():
            yield from _subscript(search, value, frame, place)
        case o.Call():
            yield from _called(search, value, frame, place)
        case o.Attribute():
            yield from _attribute(search, value, frame, place)
        case o.Name():
            yield from _object(names, names.resolve(value, frame), place)


def _each(search: _Search, given: list[Given]) -> Iterator[Address]:
    found = [tuple(_addresses(search, one)) for one in given]
    if all(found):
        for several in found:
            yield from several


def _says_enough(text: str) -> bool:
    """Is the last part of it, which names the queue, written out for the most part?"""
    last = text.replace("/", ":").rpartition(":")[2]
    return len(last.replace("{}", "")) > 2


def _subscript(search: _Search, value: o.Subscript, frame: Frame, place: Place) -> Iterator[Address]:
    """``os.environ["QUEUE_URL"]``, or a part of an answer that holds an address: ``get_queue_url(...)["QueueUrl"]``"""
    names = search.names
    base = names.resolve(value.base, frame)
    if isinstance(base, Outside):
        taken = Outside(f"{base.name}.__getitem__", base.receiver)
        key = o.Argument(value.key.start, value.key.end, None, value.key)
        call = o.Call(value.start, value.end, value.base, (key,))
        yield from _by_meaning(search, meanings_of(names, taken, call, frame), place)
    inner = follow(names, Given(value.base, frame))
    if isinstance(inner.value, o.Call):
        yield from _by_meaning(search, meanings(names, inner.value, inner.frame), place)


def _called(search: _Search, value: o.Call, frame: Frame, place: Place) -> Iterator[Address]:
    names = search.names
    found = meanings(names, value, frame)
    if found:
        yield from _by_meaning(search, found, place)
        for meaning in found:
            for reference in meaning.spec.passes[:1]:
                if reference == "receiver" and isinstance(value.callee, o.Attribute):
                    yield from _addresses(search, Given(value.callee.base, frame))
                whole = reference.startswith("$") and "/" not in reference
                passed = argument(names, value, frame, reference) if whole else None
                if isinstance(passed, Given):
                    yield from _addresses(search, passed)
        return
    thing = names.resolve(value, frame)
    if isinstance(thing, Instance):
        made = tuple(_of_client(search, thing))
        yield from made or _object(names, thing, place)


def _by_meaning(search: _Search, found: Iterable[Meaning], place: Place) -> Iterator[Address]:
    """A call that reads a variable, or one whose answer is the address of what its argument names."""
    names = search.names
    for meaning in found:
        spec = meaning.spec
        if spec.variable:
            name = argument(names, meaning.call, meaning.frame, spec.variable)
            text = literal_text(names, name.value, name.frame) if isinstance(name, Given) else None
            if text and "{}" not in text:
                yield Address("variable", text, place, _fallback(names, meaning))
        elif spec.address is not None:
            named = named_by(search.evaluator, spec.address, meaning)
            for one in () if isinstance(named, Missing) else named:
                yield from _addresses(search, one)


def _fallback(names: Names, meaning: Meaning) -> str:
    given = argument(names, meaning.call, meaning.frame, "$default@1")
    return (literal_text(names, given.value, given.frame) or "") if isinstance(given, Given) else ""


def _attribute(search: _Search, value: o.Attribute, frame: Frame, place: Place) -> Iterator[Address]:
    """A setting of an object that is filled from the environment, a name of a settings module, or the address of an object."""
    names = search.names
    base = names.resolve(value.base, frame)
    if isinstance(base, Instance) and isinstance(base.kind, Kind):
        variable = _from_environment(names, base.kind, value.name)
        if variable:
            yield Address("variable", variable, place)
    elif isinstance(base, Instance):
        yield from _of_client(search, base)
    elif isinstance(base, Outside) and base.name in names.libraries.settings.get("setting_objects", ()):
        yield Address("setting", f"{base.name}.{value.name}", place)
    else:
        yield from _object(names, names.resolve(value, frame), place)


def _from_environment(names: Names, kind: Kind, field: str) -> str:
    """The variable that a class of settings fills a field from."""
    bases = set(names.libraries.settings.get("environment_classes", ()))
    if not bases & set(names.type_names(kind)):
        return ""
    own = [base for base in names.ancestors(kind) if isinstance(base, Kind)]
    targets = (t for base in own for assign in base.definition.assigns for t in assign.targets)
    if not any(isinstance(target, o.Name) and target.id == field for target in targets):
        return ""
    return field.upper()


def _of_client(search: _Search, thing: Instance) -> Iterator[Address]:
    """An object that stands for one queue: its address is what it was made with."""
    made = search.evaluator.making(thing, "queue")
    found = named_by(search.evaluator, *made) if made is not None else UNKNOWN
    for one in () if isinstance(found, Missing) else found:
        yield from _addresses(search, one)


def _object(names: Names, thing: object, place: Place) -> Iterator[Address]:
    """A function that is run by name."""
    if isinstance(thing, Routine):
        yield Address("object", identity(thing.path, thing.function), place)
    elif isinstance(thing, Instance) and thing.call is not None and thing.frame is not None:
        callee = thing.call.callee
        if isinstance(callee, o.Attribute):
            yield from _object(names, names.resolve(callee.base, thing.frame), place)


def identity(path: str, function: o.Function) -> str:
    return f"{path}:{function.start}:{function.name}"
