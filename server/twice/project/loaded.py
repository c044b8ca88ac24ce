"""Which files a process loads when it starts: the module that its command names, and what that imports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from twice import outline as o
from twice.project.modules import Modules


def loaded(path: str, outlines: Mapping[str, o.Outline], modules: Modules) -> frozenset[str]:
    """The files of ours that this one imports, wherever in it and over any number of steps, and itself."""
    found = {path}
    waiting = [path]
    while waiting:
        importer = waiting.pop()
        for one in _imported(outlines[importer]):
            for dotted in (one.module, f"{one.module}.{one.member}"):
                target = modules.find(dotted, importer)
                if target is not None and target in outlines and target not in found:
                    found.add(target)
                    waiting.append(target)
    return frozenset(found)


def _imported(outline: o.Outline) -> Iterator[o.Import]:
    for function in (outline.module, *outline.everywhere()):
        yield from (one for one in function.statements if isinstance(one, o.Import))
