"""Accesses to the outermost fields of an event, and the layout each of them expects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from twice import outline as o
from twice.facts import Read, Subscription
from twice.libraries import Layout
from twice.project.course import Site
from twice.project.scene import Scene, way_to
from twice.project.things import Frame
from twice.text import Place
from twice.truth import YES, Truth, effective

# Errors that tell an author who tries one layout after the other that it was not this one.
_MISSING = frozenset({"KeyError", "LookupError", "TypeError", "Exception", "BaseException"})


def reads(scene: Scene) -> Iterator[Read]:
    """The accesses that give a layout away, where templates say which ones come: by key, without a default."""
    arriving = _arriving(scene)
    if not arriving:
        return
    frames = dict.fromkeys(site.frame for site in scene.run.sites)
    for frame in frames:
        for statement in o.statements(frame.function.body):
            for whole in o.values_of(statement):
                parts = o.walk(whole)
                chosen = {id(inner) for part in parts for one in _chosen(part) for inner in o.walk(one)}
                for part in parts:
                    if isinstance(part, o.Subscript) and isinstance(part.key, o.Literal) and id(part) not in chosen:
                        yield from _read(scene, part, frame, _expected(scene, part, frame, arriving))


def _chosen(part: o.Value) -> tuple[o.Value, ...]:
    """What another part of the same expression decides about: ``a if test else b``, ``test and a``."""
    match part:
        case o.Choice():
            return part.then, part.otherwise
        case o.Operation(operator="and" | "or"):
            return part.operands[1:]
        case o.Comprehension() if part.tests:
            return (part.element,)
    return ()


def _arriving(scene: Scene) -> tuple[str, ...]:
    """The layouts in which events arrive; none when one of them is not known."""
    deployed = scene.declared.deployed if scene.declared is not None else ()
    shapes = [effective(fact.shape) for fact in deployed if isinstance(fact, Subscription)]
    known = tuple(dict.fromkeys(shape for shape in shapes if isinstance(shape, str)))
    return known if all(isinstance(shape, str) for shape in shapes) else ()


def _read(scene: Scene, part: o.Subscript, frame: Frame, shape: str) -> Iterator[Read]:
    site = site_of(scene, part, frame) if shape else None
    if site is not None:
        yield Read(
            place=Place(frame.path, part.start, part.end),
            name=scene.text(part, frame),
            certain=certain(scene, site),
            step=scene.step(site),
            way=way_to(site.frame),
            shape=shape,
        )


def site_of(scene: Scene, part: o.Subscript, frame: Frame) -> Site | None:
    """The step in which the access happens: the smallest one around it."""
    around = [
        site
        for site in scene.run.sites
        if site.frame is frame and site.kind != "except" and site.what.start <= part.start and part.end <= site.what.end
    ]
    return min(around, key=lambda site: site.what.end - site.what.start, default=None)


def certain(scene: Scene, site: Site) -> Truth:
    """Who catches the missing key may be trying one layout after the other."""
    for other in scene.run.sites:
        if other.kind == "except" and isinstance(other.what, o.Except) and site.node in other.inside:
            names = {getattr(kind, "id", "") for kind in other.what.types}
            if not names or names & _MISSING:
                return Truth.UNKNOWN
    return YES


# --- which layout a path belongs to ----------------------------------------------------------------------------------


def _expected(scene: Scene, part: o.Subscript, frame: Frame, arriving: tuple[str, ...]) -> str:
    """The layout that an access expects: an arriving one that it fits, else the only one that has such a field, or empty."""
    path = _path(scene, part, frame)
    layouts = scene.names.libraries.layouts
    own = {shape: layouts.get(shape.rpartition(" in ")[2]) for shape in arriving}
    if not path or any(layout is None or not layout.keys for layout in own.values()):
        return ""
    if any(layout is not None and not layout.batch and path[0] in layout.keys and path[1:] for layout in own.values()):
        return ""  # inside a field of theirs stands what the producer put there
    for shape, layout in own.items():
        if layout is not None and _is_field(layout, path):
            return shape
        if layout is not None and len(path) == 3 and path[1] in layout.payload and " in " in shape:
            return _unwrapped(scene, layouts.get(shape.partition(" in ")[0]), path[-1], shape)
    return _other(layouts.values(), path)


def _other(layouts: Iterable[Layout], path: tuple[str, ...]) -> str:
    """The kind of the one layout that has such a field."""
    if len(path) == 1:
        found = {layout.kind.removesuffix("-fifo") for layout in layouts if layout.keys and _is_field(layout, path)}
        return found.pop() if len(found) == 1 else "batch" if found else ""
    found = {layout.kind.removesuffix("-fifo") for layout in layouts if path[1] in layout.keys and layout.batch}
    return found.pop() if len(path) == 2 and len(found) == 1 else ""


def _unwrapped(scene: Scene, inner: Layout | None, key: str, shape: str) -> str:
    """A field of what one queue has sent on to the other: of its envelope, or of what should stand there without one."""
    if inner is None or not inner.envelope:
        return ""
    if key in inner.envelope:
        return shape
    frames = {site.frame.path for site in scene.run.sites}
    texts = [scene.names.outlines[path].data for path in frames]
    opened = any(
        re.search(rb"[\"']%s[\"']" % re.escape(name.encode()), text) for name in inner.envelope[:1] for text in texts
    )
    return "" if opened else shape.rpartition(" in ")[2]


def _path(scene: Scene, part: o.Subscript, frame: Frame) -> tuple[str, ...]:
    """The keys from the event to the field, elements left out; empty when it is not one field of the event for certain."""
    ways = scene.evaluator.tracer.ways(part, frame)
    if len(ways) != 1 or len(ways[0]) != 1:
        return ()
    source = next(iter(ways[0]))
    keys = tuple(key for key in source.path if key != "[]" and not key.isdigit())
    plain = all(key.replace("-", "_").isidentifier() for key in keys)
    return keys if source.origin == "event" and plain else ()


def _is_field(layout: Layout, path: tuple[str, ...]) -> bool:
    """Of the event itself, or of a record of its batch."""
    if not layout.batch:
        return len(path) == 1 and path[0] in layout.keys
    return path[0] in layout.batch and (len(path) == 1 or (len(path) == 2 and path[1] in layout.keys))
