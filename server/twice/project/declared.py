"""A handler as it is declared in the workspace, before anything is said of it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from twice import outline as o
from twice.libraries import CallSpec, HandlerSpec
from twice.project.calls import Meaning
from twice.project.course import Rounds
from twice.project.things import Frame, Instance, Kind, Outside
from twice.text import Place


class Declared(Struct, frozen=True, eq=False):
    """Its code, the frame to run it in, and the call that declares its options.

    ``block`` is what runs for an event: the body of ``function``, of ``loop``, or of the generator that gives events out to
    ``rounds``. ``receiver`` is the consumer it takes them from.
    """

    spec: HandlerSpec
    kind: str
    path: str
    function: o.Function
    frame: Frame
    block: o.Block
    place: Place
    declaration: Meaning | None = None
    loop: o.Loop | None = None
    receiver: Instance | None = None
    rounds: Rounds | None = None
    deployed: tuple[object, ...] = ()

    @property
    def name(self) -> str:
        """The function's name; a method that a class has inherited is named by that class."""
        heir = self.heir
        if self.function.name == "<module>":
            return "the consume loop"
        return self.function.qualified_name if heir is None else f"{heir.qualified_name}.{self.function.name}"

    @property
    def heir(self) -> o.Class | None:
        """The class whose objects run it, when that is not the class it is written in."""
        frame = self.rounds.frame if self.rounds is not None else self.frame
        receiver = frame.receiver
        kind = receiver.kind if isinstance(receiver, Instance) else None
        if not isinstance(kind, Kind) or self.function.owner is None or kind.definition is self.function.owner:
            return None
        return kind.definition


def declaration(spec: HandlerSpec, call: o.Call, frame: Frame, outside: Outside | None) -> Meaning:
    """The call by which a handler is declared, with the object it is made on."""
    receiver = outside.receiver if outside is not None else None
    return Meaning(CallSpec(spec.kind, (), {}, library=spec.library), call, frame, receiver)


def named_place(function: o.Function, path: str) -> Place:
    name = "lambda" if function.name == "<lambda>" else function.name
    return Place(path, function.name_start, function.name_start + len(name.encode()))


def of_receiver(made: Declared, receiver: Instance | None) -> Declared:
    """The same handler, taking its events from this object."""
    given = replace(made.declaration, receiver=receiver) if made.declaration is not None else None
    return replace(made, receiver=receiver, declaration=given)
