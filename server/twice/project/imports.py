"""What an import binds: a module or a member of one of ours, or a library's name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twice import outline as o
from twice.project.things import File, Outside, Thing

if TYPE_CHECKING:
    from twice.project.names import Names


def imported(names: Names, statement: o.Import, path: str) -> Thing | None:
    if statement.member is None:
        target = names.modules.find(statement.module, path)
        return File(target) if target is not None else Outside(statement.module)
    target = names.modules.find(statement.module, path)
    if target is not None:
        return _member_of(names, target, statement.member)
    submodule = (
        f"{statement.module.rstrip('.')}.{statement.member}"
        if not statement.module.endswith(".")
        else statement.module + statement.member
    )
    if (inner := names.modules.find(submodule, path)) is not None:
        return File(inner)
    if statement.module.startswith("."):
        return None
    return names.outside(f"{statement.module}.{statement.member}", None)


def _member_of(names: Names, target: str, name: str) -> Thing | None:
    """A name of another module; modules that import it from each other in a circle do not have it."""
    return names.deeper(lambda: names.member(File(target), name))


def submodule(names: Names, path: str, name: str) -> Thing | None:
    if not path.endswith("/__init__.py"):
        return None
    folder = path.removesuffix("/__init__.py")
    for candidate in (f"{folder}/{name}.py", f"{folder}/{name}/__init__.py"):
        if candidate in names.outlines:
            return File(candidate)
    return None


def from_star(names: Names, statement: o.Import, path: str, name: str) -> Thing | None:
    target = names.modules.find(statement.module, path)
    if target is None or target == path:
        return None
    thing = names.deeper(lambda: names.global_name(target, name))
    return None if isinstance(thing, Outside) and thing.name.startswith("builtins.") else thing


def stars(names: Names, outline: o.Outline) -> tuple[o.Import, ...]:
    """The star imports of a module."""
    if id(outline) not in names.star_imports:
        imports = (one for one in outline.module.body if isinstance(one, o.Import) and one.member == "*")
        names.star_imports[id(outline)] = tuple(imports)
    return names.star_imports[id(outline)]


def written_out(names: Names, text: str, path: str) -> Thing | None:
    """What a text names: ``shop.tasks:Task``, ``shop.tasks.Task`` or ``shop.tasks.Task.run``."""
    parts = text.replace(":", ".").split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        target = path if path in names.modules.by_name.get(module, ()) else names.modules.find(module, path)
        if target is not None:
            thing: Thing | None = File(target)
            for part in parts[length:]:
                thing = names.member(thing, part)
            return thing
    return None
