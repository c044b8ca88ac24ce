"""What can be written where the cursor is, in comments to Twice and in the files that are written for it."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from twice.lsp import allow_words, offers, settings_words, yaml_words
from twice.lsp.client import Client
from twice.lsp.convert import offset_of
from twice.lsp.drafts import kind_of
from twice.lsp.offers import Offer
from twice.lsp.snapshot import Typed

# What asks for the next word without a key of its own: behind `twice:`, between words, behind a dot, in quotes and holes.
TRIGGERS = (":", " ", ".", '"', "'", "{", "|", ",")


def completion(typed: Typed, position: types.Position, client: Client) -> types.CompletionList:
    """The words that fit; an empty list where Twice has nothing to say."""
    offset = offset_of(typed.text, position, client.encoding)
    found = list(_offers(typed, offset))
    return types.CompletionList(is_incomplete=False, items=offers.items(found, typed.text, offset, client))


def _offers(typed: Typed, offset: int) -> Iterator[Offer]:
    data = typed.text.data
    line = typed.text.position(offset).line
    end = typed.text.starts[line + 1] if line + 1 < len(typed.text.starts) else len(data)
    before, behind = data[typed.text.starts[line] : offset], data[offset:end]
    kind = kind_of(typed.path)
    if b"twice:" in before and kind != "settings":
        here = {one.code for one in typed.findings()}
        yield from allow_words.offers(typed.folder, _decoded(before), _decoded(behind), here)
    if kind == "settings":
        yield from settings_words.offers(typed.folder, typed.path, _decoded(data[:offset]))
    elif kind is not None:
        yield from yaml_words.offers(typed.folder, kind, _decoded(data[:offset]))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
