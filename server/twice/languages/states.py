"""The definition of one state machine in a file of its own: from text to the resource that it is. Knows syntax, no service's meaning."""

from __future__ import annotations

from twice.languages import yaml_tree as y
from twice.languages.intrinsics import Scope, value
from twice.languages.marks import is_machine
from twice.languages.template import Record, Resource, Template

_TYPE = "AWS::Serverless::StateMachine"


def machine(path: str, data: bytes) -> Template | None:
    """The state machine in a file as the only resource of a template, or None when the file holds none."""
    if not is_machine(data):
        return None
    for document in y.documents(data):
        if (
            isinstance(document, y.Mapping)
            and document.get("StartAt")
            and isinstance(document.get("States"), y.Mapping)
        ):
            found = value(document, Scope())
            properties = Record({"Definition": found}, {}, document.start, document.end)
            name = path.rpartition("/")[2].partition(".")[0]
            return Template({name: Resource(name, _TYPE, document.start, document.start, properties, title=name)})
    return None
