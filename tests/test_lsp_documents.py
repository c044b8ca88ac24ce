"""Open documents: what the editor types is what the server reads, in every unit of columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsp_model import ENCODINGS, PIECES, Model, model, places, random_edits, units
from lsprotocol import types
from twice.lsp.documents import Document, Documents, encoding_of
from twice.text import Encoding, Position, Text

each_encoding = pytest.mark.parametrize("encoding", ENCODINGS)

texts = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


# --- typing ----------------------------------------------------------------------------------------------------------


@each_encoding
@given(data=st.data(), first=texts)
def test_a_series_of_edits_leaves_what_the_editor_shows(encoding: Encoding, first: str, data: st.DataObject) -> None:
    document = opened(first, encoding)
    expected = model(first, encoding)
    for _ in range(data.draw(st.integers(1, 4))):
        shown = document.text.data.decode()
        start, end = sorted(data.draw(st.tuples(*[st.sampled_from(list(places(shown, encoding)))] * 2)))
        written = data.draw(texts)
        document.apply_change(typed(start, end, written))
        before, after = expected.units[: expected.index(*start)], expected.units[expected.index(*end) :]
        expected = Model((*before, *model(written, encoding).units, *after))
        assert model(document.text.data.decode(), encoding) == expected


@each_encoding
@given(text=texts)
def test_every_place_of_a_text_has_one_position_and_comes_back_from_it(encoding: Encoding, text: str) -> None:
    known, source = model(text, encoding), Text(text.encode())
    offset = 0
    for number, character in enumerate((*text, "")):
        position = source.position(offset, encoding)
        before = sum(len(units(one, encoding)) for one in text[:number])
        inside_line_end = text[number - 1 : number + 1] == "\r\n"
        if not inside_line_end:
            assert known.lines[position.line][0] + position.column == before
            assert source.offset(position, encoding) == offset
        offset += len(character.encode())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_edits_leave_no_difference(seed: int) -> None:
    """A share of `make edits`."""
    random_edits(1_000, seed)


@pytest.mark.parametrize("separator", ["\x0c", "\u2028", "\x85", "\x1c"])
def test_a_separator_that_is_no_line_end_moves_no_edit(separator: str) -> None:
    document = opened(f"a = '{separator}'\nb = 1\n", "utf-16")
    document.apply_change(typed((1, 0), (1, 1), "c"))
    assert document.text.data.decode() == f"a = '{separator}'\nc = 1\n"


def test_an_edit_past_the_end_of_the_last_line_goes_to_its_end() -> None:
    document = opened("abc", "utf-16")
    document.apply_change(typed((0, 99), (0, 99), "X"))
    assert document.text.data == b"abcX"


@each_encoding
def test_half_a_surrogate_pair_keeps_the_text_readable(encoding: Encoding) -> None:
    document = opened("a\ud83d\n", encoding)
    document.apply_change(typed((0, 2), (0, 2), "b"))
    assert document.text.data == b"a?b\n"


def test_a_position_inside_a_character_means_the_place_before_it() -> None:
    text = Text("x😋y".encode())
    assert text.offset(Position(0, 2), "utf-16") == 1
    assert text.offset(Position(0, 3), "utf-8") == 1


def test_bytes_that_are_no_text_keep_their_places() -> None:
    text = Text(b"caf\xe9 = 1; \xff\n")
    assert text.position(7) == Position(0, 7)
    assert text.offset(Position(0, 7)) == 7
    assert text.line(0) == "caf� = 1; �"


def test_a_range_that_ends_before_it_starts_inserts() -> None:
    document = opened("abc", "utf-16")
    document.apply_change(typed((0, 2), (0, 1), "X"))
    assert document.text.data == b"abXc"


def test_a_change_without_a_range_replaces_the_text() -> None:
    document = opened("abc\n", "utf-16")
    document.apply_change(types.TextDocumentContentChangeWholeDocument("d\r\n"))
    assert document.text.data == b"d\r\n"


def test_whoever_holds_a_text_keeps_it_through_later_edits() -> None:
    document = opened("abc", "utf-16")
    held = document.text
    document.apply_change(typed((0, 0), (0, 3), ""))
    assert (held.data, document.text.data) == (b"abc", b"")


# --- the open documents ----------------------------------------------------------------------------------------------


def test_an_open_document_is_found_by_any_spelling_of_its_address() -> None:
    documents = Documents(None, workspace_folders=[], position_encoding=types.PositionEncodingKind.Utf8)
    documents.put_text_document(types.TextDocumentItem("file:///c%3A/a%20b.py", "python", 3, "x = 1"))
    document = documents.document("file:///c:/a b.py")
    assert document is not None
    assert (document.text.data, document.version, document.language) == (b"x = 1", 3, "python")
    assert documents.document("file:///c:/other.py") is None
    assert documents.open_documents == [document]


def test_columns_are_counted_as_editor_and_server_agreed() -> None:
    for kind, encoding in zip(types.PositionEncodingKind, ("utf-8", "utf-16", "utf-32"), strict=True):
        assert encoding_of(Documents(None, position_encoding=kind)) == encoding


def opened(text: str, encoding: Encoding) -> Document:
    return Document("file:///app.py", text, 1, "python", encoding)


def typed(start: tuple[int, int], end: tuple[int, int], text: str) -> types.TextDocumentContentChangePartial:
    return types.TextDocumentContentChangePartial(types.Range(types.Position(*start), types.Position(*end)), text)
