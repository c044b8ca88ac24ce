"""Terraform: from the files of a directory, and of those it calls as modules, to resources and their properties.

Knows syntax, no provider's meaning. A directory that no other one calls is deployed; so it is a template, and each call of
a local module in it has resources of its own. A module from elsewhere is a resource, its type the address it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from posixpath import dirname, join, normpath

from msgspec import Struct, field
from msgspec.structs import replace

from twice.languages import hcl_tree as h
from twice.languages import terraform_json
from twice.languages.hcl_reading import read
from twice.languages.template import (
    Absent,
    Alternatives,
    Literal,
    Reference,
    Resource,
    Template,
    Unknown,
    Value,
    is_small,
    moved,
)
from twice.languages.terraform_blocks import properties
from twice.languages.terraform_given import Given, given
from twice.languages.terraform_values import Each, Evaluator, counted, each_of, instance

# More calls of modules than people write; a module that calls itself has no end.
_MOST_MODULES = 300
_DEEPEST = 8
# From name to name: ``local.a = local.b = ...``
_LONGEST = 25
# Names that say nothing without the type.
_NAMELESS = frozenset({"this", "main", "default", "self", "it"})


class Directory(Struct, eq=False):
    """The files of one directory, by what they declare."""

    path: str
    blocks: list[tuple[str, h.Block]] = field(default_factory=list)
    whole: bool = True

    def of(self, kind: str) -> Iterator[tuple[str, h.Block]]:
        return ((path, block) for path, block in self.blocks if block.kind == kind)


def file(path: str, data: bytes) -> h.Body:
    """One file. Never fails: half a file has fewer blocks."""
    return terraform_json.read(data) if path.endswith(".json") else read(data)


def templates(files: Mapping[str, h.Body]) -> dict[str, Template]:
    """What the files deploy, by the path of the directory that is deployed."""
    directories: dict[str, Directory] = {}
    for path, body in files.items():
        if path.endswith((".tf", ".tf.json")):
            known = directories.setdefault(dirname(path), Directory(dirname(path)))
            known.blocks += [(path, block) for block in body.blocks]
            known.whole = known.whole and body.whole
    called = {target for one in directories.values() for target in _called(one) if target in directories}
    # Modules that call each other in a circle are called by nobody else.
    roots = sorted(set(directories) - called) or sorted(directories)
    outside = given(files, directories)
    return {f"{root or '.'}/": _Deployment(directories, root, outside).template() for root in roots}


def _called(directory: Directory) -> Iterator[str]:
    for _, block in directory.of("module"):
        source = _source(block)
        if source.startswith((".", "/")):
            yield _place(directory.path, source)


def _source(block: h.Block) -> str:
    found = block.body.get("source")
    parts = found.value.parts if found is not None and isinstance(found.value, h.Text) else ()
    return "".join(part for part in parts if isinstance(part, str))


def _place(start: str, source: str) -> str:
    found = normpath(join(start, source))
    return "" if found == "." else found


class _Deployment:
    """One directory as it would be deployed, with the modules it calls."""

    def __init__(self, directories: Mapping[str, Directory], root: str, given: tuple[Given, ...]) -> None:
        self.directories = directories
        self.root = root
        self.given = given
        self.modules: list[_Module] = []
        self.nested = 0

    def template(self) -> Template:
        self.call(self.directories[self.root], "", None)
        # All calls are known before the first value is asked for. Each module adds those that it calls.
        for module in self.modules:
            module.call_modules()
        for module in self.modules:
            module.told.clear()  # what was asked for before the last call was known
        resources = (one for module in self.modules if module.exists() for one in module.resources())
        found = {one.name: one for one in resources}
        shown = tuple(self.modules[0].shown()) if self.modules else ()
        return Template(found, whole=all(module.directory.whole for module in self.modules), shown=shown)

    def call(self, directory: Directory, prefix: str, call: _ModuleCall | None) -> _Module | None:
        if prefix.count("module.") > _DEEPEST or len(self.modules) >= _MOST_MODULES:
            return None
        self.modules.append(_Module(self, directory, prefix, call))
        return self.modules[-1]

    def variable(self, name: str) -> Iterator[tuple[Value, bool]]:
        """What the files of values have for a variable, and whether that file is always read."""
        for one in self.given:
            written = one.values.get(name)
            if written is not None and one.is_for(self.root):
                yield Evaluator(_NOBODY).value(written), one.always
            elif one.is_open and one.is_for(self.root):
                yield Unknown(0, 0), False


class _Nobody:
    """Files of values use no names."""

    def named(self, root: str, name: str) -> Value | None:
        return None

    def member(self, target: str, attribute: str | None, start: int, end: int) -> Value | None:
        return None

    def instances(self, target: str) -> tuple[Literal, ...]:
        return ()


_NOBODY = _Nobody()


class _ModuleCall(Struct, frozen=True, eq=False):
    """Where a module is called: the module that does so, the block in it, and what that sees in this instance."""

    caller: _Module
    block: h.Block
    seen: Evaluator


class _Module:
    """One call of a directory: its variables have values, and its resources are its own. Without a ``call``: the root."""

    def __init__(self, deployment: _Deployment, directory: Directory, prefix: str, call: _ModuleCall | None) -> None:
        self.deployment = deployment
        self.directory = directory
        self.prefix = prefix
        self.call = call
        self.called: dict[str, _Module] = {}
        self.told: dict[tuple[str, str], Value | None] = {}
        self.locals = {one.name: one for _, block in directory.of("locals") for one in block.body.attributes}
        self.variables = {block.labels[0].text: block for _, block in directory.of("variable") if block.labels}
        self.outputs = {block.labels[0].text: block for _, block in directory.of("output") if block.labels}
        self.declared = {
            name: (path, block) for path, block in directory.blocks if (name := _address(block)) is not None
        }

    def shown(self) -> Iterator[Value]:
        """What its outputs say."""
        for block in self.outputs.values():
            found = block.body.get("value")
            if found is not None:
                yield self._evaluate(found.value)

    # --- what it declares --------------------------------------------------------------------------------------------

    def resources(self) -> Iterator[Resource]:
        for address, (path, block) in self.declared.items():
            if self._calls(block) is None:
                for name, evaluator in self._made(address, block):
                    yield self._resource(address, name, path, block, evaluator)

    def _resource(self, address: str, name: str, path: str, block: h.Block, evaluator: Evaluator) -> Resource:
        label = block.labels[-1]
        kind = _source(block).partition("?")[0] if block.kind == "module" else address.rpartition(".")[0]
        title = name if label.text in _NAMELESS else label.text + name.removeprefix(address)
        said = properties(evaluator, block.body)
        return Resource(self.prefix + name, kind, label.start, label.end, said, self.prefix + title, path=path)

    def call_modules(self) -> None:
        for address, (_, block) in self.declared.items():
            directory = self._calls(block)
            if directory is not None:
                for name, evaluator in self._made(address, block):
                    call = _ModuleCall(self, block, evaluator)
                    made = self.deployment.call(directory, f"{self.prefix}{name}.", call)
                    if made is not None:
                        self.called[name] = made

    def _calls(self, block: h.Block) -> Directory | None:
        """The directory of the workspace that a block calls as a module."""
        source = _source(block) if block.kind == "module" else ""
        target = _place(self.directory.path, source) if source.startswith((".", "/")) else None
        return self.deployment.directories.get(target) if target is not None else None

    def exists(self) -> bool:
        call = self.call
        return call is None or (call.caller.exists() and not call.caller.is_gone(call.block))

    def is_gone(self, block: h.Block) -> bool:
        """Is there no instance of it?"""
        count = block.body.get("count")
        number = Evaluator(self).value(count.value) if count is not None else None
        return isinstance(number, Literal) and number.value == 0 and not number.assumed

    def _made(self, address: str, block: h.Block) -> Iterator[tuple[str, Evaluator]]:
        """The instances of a block by their addresses, each with what its expressions see."""
        each = self._each(block)
        apart = tuple(each.apart()) if each is not None else ()
        if self.is_gone(block):
            return
        for key, own in apart:
            yield instance(address, key), Evaluator(self, own)
        if not apart:
            yield address, Evaluator(self, each)

    def _each(self, block: h.Block) -> Each | None:
        count, each = block.body.get("count"), block.body.get("for_each")
        if each is not None:
            return each_of(self._evaluate(each.value))
        return counted(self._evaluate(count.value)) if count is not None else None

    def instances(self, target: str) -> tuple[Literal, ...]:
        known = self.declared.get(target)
        each = self._each(known[1]) if known is not None else None
        return tuple(key for key, _ in each.apart()) if each is not None else ()

    # --- what names stand for ----------------------------------------------------------------------------------------

    def named(self, root: str, name: str) -> Value | None:
        if root == "path":
            place = self.directory.path if name == "module" else self.deployment.root
            return Literal(place or ".", 0, 0) if name in ("module", "root", "cwd") else None
        if root not in ("var", "local"):
            return None
        key = root, name
        if key not in self.told:
            self._tell(key, lambda: self._variable(name) if root == "var" else self._local(name))
        return self.told[key]

    def _tell(self, key: tuple[str, str], evaluate: Callable[[], Value | None]) -> None:
        """What is made of itself, of very much, or over very many names is not known."""
        self.told[key] = None
        self.deployment.nested += 1
        found = evaluate() if self.deployment.nested < _LONGEST else None
        self.deployment.nested -= 1
        self.told[key] = found if found is None or is_small(found) else Unknown(0, 0)

    def member(self, target: str, attribute: str | None, start: int, end: int) -> Value | None:
        called = self.called.get(target)
        if called is not None:
            output = called.outputs.get(attribute or "")
            found = output.body.get("value") if output is not None else None
            return moved(called._evaluate(found.value), start, end) if found is not None else None
        known = self.declared.get(target.partition("[")[0])
        if known is None:
            return None
        written = known[1].body.get(attribute) if attribute is not None and "[" not in target else None
        if written is not None and not isinstance(written.value, h.Text):
            value = self._evaluate(written.value)
            if isinstance(value, Literal) and not isinstance(value.value, str):
                return moved(value, start, end)
        return Reference(self.prefix + target, attribute, start, end)

    def _evaluate(self, node: h.Node) -> Value:
        """The value of an expression elsewhere; one that is made of itself has none."""
        key = "", str(id(node))
        if key not in self.told:
            self._tell(key, lambda: Evaluator(self).value(node))
        return self.told[key] or Unknown(node.start, node.end)

    def _local(self, name: str) -> Value | None:
        return Evaluator(self).value(self.locals[name].value) if name in self.locals else None

    def _variable(self, name: str) -> Value | None:
        """What the caller gives; else the default, which a deployment may replace, and what files of values have."""
        unknown = Unknown(0, 0, f"var.{name}")
        declared = self.variables.get(name)
        if declared is None:
            return None
        default = declared.body.get("default")
        value = Evaluator(_NOBODY).value(default.value) if default is not None else unknown
        if self.call is not None:
            argument = self.call.block.body.get(name)
            return self.call.seen.value(argument.value) if argument is not None else value
        given = list(self.deployment.variable(name))
        fixed = [value for value, always in given if always]
        others = [value for value, always in given if not always]
        value = fixed[-1] if fixed else replace(value, assumed=True) if isinstance(value, Literal | Absent) else value
        options = others if isinstance(value, Unknown) and others else [value, *others]
        return options[0] if len(options) == 1 else Alternatives(tuple(options), 0, 0)


def _address(block: h.Block) -> str | None:
    """``type.name`` of a resource, ``data.type.name``, ``module.name``."""
    labels = [label.text for label in block.labels]
    wanted = {"resource": 2, "data": 2, "module": 1}.get(block.kind)
    if wanted != len(labels):
        return None
    return ".".join(labels if block.kind == "resource" else (block.kind, *labels))
