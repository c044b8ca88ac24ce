"""Which files a process loads when it starts, the module that its command names and what that imports, and what they do then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from twice import outline as o
from twice.project.modules import Modules

# Only what runs the file itself comes here.
_SCRIPT = re.compile(rb"(?m)^if __name__ *==")


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


def begun(wanted: re.Pattern[bytes], outlines: Mapping[str, o.Outline]) -> bool:
    """Does what is wanted stand in one of these files where it is imported, or in a function that one of them uses by its name?"""
    texts = {path: _SCRIPT.split(outline.data)[0] for path, outline in outlines.items()}
    for path, outline in outlines.items():
        around = [one for one in outline.everywhere() if wanted.search(outline.data, one.start, one.end)]
        if any(
            not any(one.start <= found.start() < one.end for one in around) for found in wanted.finditer(texts[path])
        ):
            return True
        stem = path.rpartition("/")[2].removesuffix(".py")
        if any(one.decorators or any(_is_used(one.name, stem, other) for other in texts.values()) for one in around):
            return True
    return False


def _is_used(name: str, module: str, text: bytes) -> bool:
    """By itself or as a part of its module, beside its definition and imports."""
    own, stem = re.escape(name.encode()), re.escape(module.encode())
    use = re.compile(rb"(?<![\w.])(?:%s\.)?%s\b" % (stem, own))
    return any(
        use.search(line) and not re.match(rb"\s*((async\s+)?def|from|import)\b", line) for line in text.splitlines()
    )
