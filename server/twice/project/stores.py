"""What tells one store from another: the place where a check looks, and where something is written down."""

from __future__ import annotations

import re

from twice.project.calls import Given, Meaning, argument, literal_text
from twice.project.scene import Scene


def store_of(scene: Scene, meaning: Meaning) -> str:
    """What tells one store from another: the table a statement names, else the client and type it is called on."""
    for reference in ("$@0", "$query@0"):
        given = argument(scene.names, meaning.call, meaning.frame, reference)
        if isinstance(given, Given):
            text = literal_text(scene.names, given.value, given.frame)
            table = _TABLE.search(text) if text else None
            if table is not None:
                return table[1].lower()
    receiver = meaning.receiver
    if receiver is not None and receiver.call is not None and receiver.frame is not None:
        return f"{receiver.frame.path}:{receiver.call.start}"
    callee = meaning.call.callee
    data = scene.names.outlines[meaning.frame.path].data
    base = getattr(callee, "base", callee)
    root = data[base.start : base.end].decode("utf-8", "replace")
    return root.split(".objects")[0]


_TABLE = re.compile(r"(?i)\b(?:from|into|update|join)\s+[\"`\[]?([a-z_][\w.]*)")
