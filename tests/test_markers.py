"""The harness itself: what a marker says, and what is printed when it is wrong."""

from __future__ import annotations

import pytest
from markers import Marker, Seen, clean, differences, replaced, rewritten

_CODE = "seen = set()\npay(event)\nreturn\n"


def _marked(*markers: str) -> dict[str, str]:
    return {"a.py": "\n".join(("seen = set()", "pay(event)", *markers, "return", ""))}


def test_markers_are_taken_out_of_the_text() -> None:
    texts, markers = clean(_marked("#   ^^^^^ DUP101: charged again", "#<- todo IDM301"))
    assert texts == {"a.py": _CODE.encode()}
    assert markers == [
        Marker("a.py", 1, (4, 9), "DUP101", "charged again"),
        Marker("a.py", 1, None, "IDM301", todo=True),
    ]


@pytest.mark.parametrize("line", ["# ^ a power", "# ^^^ not a code", "x = 1  # ^^^ DUP101", "#^^^DUP101", "# DUP101"])
def test_ordinary_comments_stay(line: str) -> None:
    texts, markers = clean(_marked(line))
    assert line in texts["a.py"].decode()
    assert not markers


_FOUND = Seen("a.py", 1, (4, 9), "DUP101", "The card is charged again.")


@pytest.mark.parametrize(
    "marker", ["#   ^^^^^ DUP101", "#   ^^^^^ DUP101: charged again", "#   ^^^^^ DUP101: Charged Again"]
)
def test_a_marker_agrees_with_its_finding(marker: str) -> None:
    assert differences(_marked(marker), [_FOUND]) == ""


@pytest.mark.parametrize(
    ("markers", "found", "said"),
    [
        (["#   ^^^^^ DUP101"], [], ["#   ^^^^^ DUP101        <-- missing"]),
        ([], [_FOUND], ["#   ^^^^^ DUP101: The card is charged again.        <-- noisy"]),
        (["#   ^^^^ DUP101"], [_FOUND], ["<-- missing", "<-- noisy"]),
        (["#   ^^^^^ DUP101: is refunded"], [_FOUND], ["<-- missing", "<-- noisy"]),
        (["#   ^^^^^ todo DUP101"], [_FOUND], ["<-- closed: take the todo away"]),
        (["#   ^^^^^ DUP101", "#   ^^^^^ DUP101"], [_FOUND], ["<-- missing"]),
        (["#<- DUP101"], [_FOUND], ["<-- missing", "<-- noisy"]),
    ],
)
def test_a_wrong_marker_is_printed_in_its_file(markers: list[str], found: list[Seen], said: list[str]) -> None:
    printed = differences(_marked(*markers), found)
    assert [part for part in said if part not in printed] == []
    assert printed.startswith("--- a.py\nseen = set()\npay(event)\n")


def test_a_gap_that_stays_open_is_fine() -> None:
    assert differences(_marked("#   ^^^^^ todo DUP101"), []) == ""


def test_a_finding_at_the_start_of_a_line_has_a_marker_of_its_own() -> None:
    assert differences(_marked("#<- DUP101"), [Seen("a.py", 1, (0, 3), "DUP101")]) == ""


def test_facts_are_marked_by_noun_and_name() -> None:
    assert differences(_marked("#   ^^^^^ payment charge"), [Seen("a.py", 1, (4, 9), "payment", "charge")]) == ""
    assert "<-- missing" in differences(
        _marked("#   ^^^^^ payment refund"), [Seen("a.py", 1, (4, 9), "payment", "charge")]
    )


def test_other_labels_can_be_left_alone() -> None:
    assert differences(_marked("#   ^^^^^ DUP101"), [Seen("a.py", 0, (0, 4), "IDM301")], ["CON401"]) == ""


@pytest.mark.parametrize(
    "markers",
    [
        [],
        ["#   ^^^^ DUP101"],
        ["#   ^^^^^ todo DUP101"],
        ["#   ^^^^^ DUP101: nonsense"],
        ["#   ^^^^^ DUP101", "#<- IDM301"],
    ],
)
def test_a_rewritten_file_says_what_was_found(markers: list[str]) -> None:
    files = rewritten(_marked(*markers), [_FOUND])
    assert differences(files, [_FOUND]) == ""
    assert files == _marked("#   ^^^^^ DUP101")


def test_rewriting_keeps_what_is_right() -> None:
    files = _marked("#   ^^^^^ DUP101: charged again", "#     ^^^ todo IDM301", "#<- CON401")
    assert rewritten(files, [_FOUND], ["DUP101", "IDM301"]) == files


def test_an_example_is_rewritten_inside_its_rule() -> None:
    files = _marked("#   ^^^^ DUP101")
    rule = "id: X\nexamples:\n  - bad:\n      a.py: |\n        {}\n  - good: {{}}\n"
    inside = "seen = set()\n        pay(event)\n        #   {} DUP101\n        return"
    after = replaced(rule.format(inside.format("^^^^")), files, rewritten(files, [_FOUND]))
    assert after == rule.format(inside.format("^^^^^"))


def test_an_example_that_is_elsewhere_is_not_rewritten() -> None:
    with pytest.raises(ValueError, match=r"the example of a\.py is not in the file"):
        replaced("id: X\n", _marked(), _marked("#   ^^^^^ DUP101"))


def _lock(**fields: str) -> Seen:
    return Seen("a.py", 1, (4, 9), "lock", "jobs", says=lambda asked: (fields[asked],) if asked in fields else ())


def test_a_marker_asks_for_fields_of_a_fact() -> None:
    _, markers = clean(_marked('#   ^^^^^ lock jobs expiry=30s key.value="a b"'))
    assert markers == [Marker("a.py", 1, (4, 9), "lock", "jobs", asked=(("expiry", "30s"), ("key.value", "a b")))]
    assert differences(_marked("#   ^^^^^ lock jobs expiry=30s"), [_lock(expiry="30s")]) == ""


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("#   ^^^^^ lock jobs expiry=30s", "<-- but expiry=none"),
        ("#   ^^^^^ lock expiry=30s", "<-- but expiry=none"),
        ("#   ^^^^^ lock jobs length=3", '<-- but length="no field"'),
        ("#   ^^^^^ lock works expiry=none", "<-- missing"),
    ],
)
def test_a_wrong_field_is_told_beside_its_marker(marker: str, said: str) -> None:
    assert said in differences(_marked(marker), [_lock(expiry="none")])


def test_a_fact_with_the_right_fields_is_taken_first() -> None:
    files = _marked("#   ^^^^^ lock expiry=none", "#   ^^^^^ lock expiry=30s")
    assert differences(files, [_lock(expiry="30s"), _lock(expiry="none")]) == ""


def test_a_field_can_be_a_known_gap() -> None:
    files = _marked("#   ^^^^^ todo lock jobs expiry=30s")
    assert differences(files, [_lock(expiry="none")]) == ""
    assert "<-- closed" in differences(files, [_lock(expiry="30s")])
    assert rewritten(files, [_lock(expiry="none")]) == files


def test_rewriting_writes_the_fields_that_were_asked_for() -> None:
    files = rewritten(_marked("#   ^^^^^ lock jobs expiry=30s"), [_lock(expiry="none", key="a")])
    assert files == _marked("#   ^^^^^ lock jobs expiry=none")
