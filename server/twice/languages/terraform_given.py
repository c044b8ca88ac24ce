"""What a deployment is given from outside: files of values, and the inputs that Terragrunt hands to a directory."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from posixpath import basename, dirname, join, normpath

from msgspec import Struct

from twice.languages import hcl_tree as h

# These are read without being named on the command line.
_READ_ALWAYS = re.compile(r"(?:terraform|.*\.auto)\.tfvars$")
_WRAPPER = "terragrunt.hcl"


class Given(Struct, frozen=True, eq=False):
    """The values of one file. ``directory`` is the one it is for, None for any; ``source`` the end of the path of that.

    ``always``: nobody has to name the file. ``is_open``: it may hold more than can be told.
    """

    values: Mapping[str, h.Node]
    directory: str | None
    source: str = ""
    always: bool = False
    is_open: bool = False

    def is_for(self, root: str) -> bool:
        if self.directory is not None:
            return root == self.directory
        return not self.source or root == self.source or root.endswith(f"/{self.source}")


def given(files: Mapping[str, h.Body], directories: Collection[str]) -> tuple[Given, ...]:
    """What all these files give; one in a directory of its own may be for any that is deployed."""
    return tuple(_given(files, directories))


def _given(files: Mapping[str, h.Body], directories: Collection[str]) -> Iterator[Given]:
    for path, body in files.items():
        place = dirname(path)
        if path.endswith(".tfvars"):
            values = {one.name: one.value for one in body.attributes}
            own = place if place in directories else None
            always = own is not None and _READ_ALWAYS.match(basename(path)) is not None
            yield Given(values, own, always=always, is_open=not body.whole)
        elif basename(path) == _WRAPPER:
            yield _inputs(body, place, directories)


def _inputs(body: h.Body, place: str, directories: Collection[str]) -> Given:
    found = body.get("inputs")
    inputs = found.value if found is not None else None
    entries = inputs.entries if isinstance(inputs, h.Object) else ()
    values = {_key(one.key): one.value for one in entries}
    is_open = not body.whole or (inputs is not None and not isinstance(inputs, h.Object))
    source = next((one.value for block in body.of("terraform") if (one := block.body.get("source")) is not None), None)
    if source is None:
        return Given(values, place if place in directories else None, is_open=is_open)
    written = source.parts if isinstance(source, h.Text) else ("",)
    if len(written) == 1 and isinstance(written[0], str) and written[0].startswith("."):
        target = normpath(join(place, written[0].replace("//", "/")))
        return Given(values, "" if target == "." else target, is_open=is_open)
    last = written[-1] if written and isinstance(written[-1], str) else ""
    tail = last.partition("?")[0].rpartition("//")[2].strip("/")
    return Given(values, None, tail, is_open=is_open)


def _key(node: h.Node) -> str:
    return "".join(part for part in node.parts if isinstance(part, str)) if isinstance(node, h.Text) else ""
