"""What the word under the cursor means in a file that is written for Twice: a setting, a code, a word of a rule."""

from __future__ import annotations

import re

from lsprotocol import types

from twice.lsp import settings_words, yaml_words
from twice.lsp.client import Client
from twice.lsp.convert import offset_of, range_of
from twice.lsp.drafts import kind_of
from twice.lsp.explain import markup
from twice.lsp.snapshot import Typed

_WORD = re.compile(rb"[A-Za-z_][\w.-]*")


def hover(typed: Typed, position: types.Position, client: Client) -> types.Hover | None:
    """The definition of the word at this place; None when it has none."""
    kind, text = kind_of(typed.path), typed.text
    offset = offset_of(text, position, client.encoding)
    line = text.position(offset).line
    start = text.starts[line]
    end = text.starts[line + 1] if line + 1 < len(text.starts) else len(text.data)
    for found in _WORD.finditer(text.data, start, end):
        if kind is None or not found.start() <= offset <= found.end():
            continue
        before, word = text.data[: found.start()].decode("utf-8", "replace"), found[0].decode()
        told = (
            settings_words.meaning(typed.folder, typed.path, before, word)
            if kind == "settings"
            else yaml_words.meaning(typed.folder, kind, before, word.rstrip(".-"), offset - found.start())
        )
        if told is not None:
            return types.Hover(markup([told], client.markdown), range_of(text, *found.span(), client.encoding))
    return None
