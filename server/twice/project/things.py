"""What a name can stand for: a module, function or class of ours, a library's name, an object; and one call of a function."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from twice import outline as o


class File(Struct, frozen=True, eq=False):
    """A module of the workspace as a value."""

    path: str


class Routine(Struct, frozen=True, eq=False):
    """A function of the workspace, with the object it is bound to and the frame it was defined in."""

    function: o.Function
    path: str
    receiver: Thing | None = None
    closure: Frame | None = None


class Kind(Struct, frozen=True, eq=False):
    """A class of the workspace."""

    definition: o.Class
    path: str


class Outside(Struct, frozen=True, eq=False):
    """A dotted name of an installed library; ``receiver`` is the object it was reached through."""

    name: str
    receiver: Instance | None = None


class Instance(Struct, frozen=True, eq=False):
    """An object: of a class of ours or of a library's type, with the call that made it.

    ``element`` is the class of ours that the objects in it have (a query's rows, say).
    """

    kind: Kind | Outside
    call: o.Call | None = None
    frame: Frame | None = None
    element: Kind | None = None


Thing = File | Routine | Kind | Outside | Instance


class Frame(Struct, eq=False):
    """One activation of a function: what its parameters are bound to, and where it was called from.

    ``event`` maps parameters of a handler to the kind of event they carry; ``given`` maps parameters to library types. A
    wrapper around a handler ``stands_for`` the handler's own frame.
    """

    function: o.Function
    path: str
    arguments: Mapping[str, tuple[o.Value, Frame]] = field(default_factory=dict)
    receiver: Thing | None = None
    caller: Frame | None = None
    call: o.Call | None = None
    closure: Frame | None = None
    event: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    stands_for: Frame | None = None

    def depth(self) -> int:
        return 1 + (self.caller.depth() if self.caller else 0)

    def runs(self, function: o.Function) -> bool:
        """Is the function already active here? Then calling it again is recursion."""
        return self.function is function or (self.caller is not None and self.caller.runs(function))


def is_context_manager(function: o.Function) -> bool:
    """A generator that a ``with`` runs around its block."""
    return any(has_decorator(function, word) for word in ("contextmanager", "asynccontextmanager"))


def is_abstract(function: o.Function) -> bool:
    """A method that only says what others have to write."""
    only = function.body[-1] if function.body else None
    raised = only.value if isinstance(only, o.Leave) and only.kind == "raise" else None
    name = raised.callee if isinstance(raised, o.Call) else raised
    unwritten = isinstance(name, o.Name) and name.id == "NotImplementedError"
    return has_decorator(function, "abstractmethod") or (unwritten and len(function.body) <= 2)


def is_static(function: o.Function) -> bool:
    return has_decorator(function, "staticmethod")


def has_decorator(function: o.Function, word: str) -> bool:
    for decorator in function.decorators:
        name = decorator.callee if isinstance(decorator, o.Call) else decorator
        if (isinstance(name, o.Name) and name.id == word) or (isinstance(name, o.Attribute) and name.name == word):
            return True
    return False


def is_name(value: o.Value, name: str) -> bool:
    return isinstance(value, o.Name) and value.id == name
