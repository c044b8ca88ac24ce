"""Above each handler: how many beliefs are broken, covered and open; a click shows the review."""

from __future__ import annotations

from lsprotocol import types

from twice.lsp.client import Client
from twice.lsp.convert import range_of
from twice.lsp.snapshot import Snapshot
from twice.report.review_text import counted

REVIEW = "twice.review"


def lenses(snapshot: Snapshot, path: str, client: Client) -> list[types.CodeLens]:
    """One lens for each handler of a file."""
    found: list[types.CodeLens] = []
    for review in snapshot.checked.reviews.where(lambda seen: seen.place.path == path):
        seen = review.handler
        where = range_of(snapshot.text(path), seen.place.start, seen.place.end, client.encoding)
        command = types.Command(counted(review), REVIEW, arguments=[snapshot.uri(path), seen.name])
        found.append(types.CodeLens(where, command))
    return found
