"""What can be written at a place, before anybody knows how an editor is told. The words come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from lsprotocol import types
from msgspec import Struct

from twice.lsp.client import Client
from twice.lsp.convert import range_of
from twice.lsp.explain import markup, plain
from twice.text import Text

Sort = Literal["code", "key", "word", "noun", "field", "verb", "origin"]

_KINDS = {
    "code": types.CompletionItemKind.Reference,
    "key": types.CompletionItemKind.Property,
    "word": types.CompletionItemKind.EnumMember,
    "noun": types.CompletionItemKind.Class,
    "field": types.CompletionItemKind.Field,
    "verb": types.CompletionItemKind.Operator,
    "origin": types.CompletionItemKind.Constant,
}


class Offer(Struct, frozen=True):
    """A word to write in the place of the last ``typed`` bytes before the cursor.

    ``written`` is what is written when it is more than the word, ``rank`` comes before the order of the words, and ``also`` are
    other words by which it is found.
    """

    word: str
    sort: Sort
    meaning: str = ""
    detail: str = ""
    typed: int = 0
    written: str = ""
    rank: int = 0
    also: str = ""


def items(offers: Iterable[Offer], text: Text, offset: int, client: Client) -> list[types.CompletionItem]:
    """The offers in the words of the protocol, by rank and in their order."""
    ranked = sorted(offers, key=lambda offer: offer.rank)
    return [_item(number, offer, text, offset, client) for number, offer in enumerate(ranked)]


def _item(number: int, offer: Offer, text: Text, offset: int, client: Client) -> types.CompletionItem:
    place = range_of(text, offset - offer.typed, offset, client.encoding)
    return types.CompletionItem(
        label=offer.word,
        kind=_KINDS[offer.sort],
        detail=offer.detail or None,
        label_details=types.CompletionItemLabelDetails(description=offer.detail)
        if client.labels and offer.detail
        else None,
        documentation=_documentation(offer.meaning, client) if offer.meaning else None,
        sort_text=f"{number:05}",
        filter_text=f"{offer.word} {offer.also}" if offer.also else None,
        text_edit=types.TextEdit(place, offer.written or offer.word),
    )


def _documentation(meaning: str, client: Client) -> types.MarkupContent | str:
    """An editor that names no format knows plain text only."""
    return markup([meaning], client.documents_markdown) if client.documents_words else plain(meaning)
