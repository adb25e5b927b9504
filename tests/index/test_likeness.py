"""How well a name fits what is typed of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.likeness import (
    AT_PART,
    EXACT,
    FROM_START,
    IN_ORDER,
    IN_PARTS,
    INSIDE,
    PREFIX,
    _parts,
    rank,
)

ROWS = [
    ("split_evenly", "split_evenly", EXACT),
    ("SPLIT_evenly", "split_evenly", EXACT),
    ("split", "split_evenly", PREFIX),
    ("split", "__split_evenly", PREFIX),
    ("__sp", "__split_evenly", PREFIX),
    ("spE", "split_evenly", FROM_START),
    ("spE", "splitEvenly", FROM_START),
    ("spE", "specific", INSIDE),
    ("spEv", "spEvent", PREFIX),
    ("hs", "HTTPServer", FROM_START),
    ("u8", "utf8", FROM_START),
    ("even", "split_evenly", AT_PART),
    ("server", "HTTPServer", AT_PART),
    ("useSvc", "CurrentUserService", IN_ORDER),
    ("usSer", "CurrentUserService", IN_PARTS),
    ("venl", "split_evenly", INSIDE),
    ("slnl", "split_evenly", IN_ORDER),
    ("split_oddly", "split_evenly", None),
    ("ylneve", "split_evenly", None),
    ("ÉTÉ", "été", EXACT),
    ("i", "\u0130stanbul", None),
]


@pytest.mark.parametrize(("typed", "name", "kind"), ROWS)
def test_how_a_name_fits(typed: str, name: str, kind: int | None) -> None:
    found = rank(typed, name)
    assert (found[0] if found else None) == kind


@given(st.text("aAbB_1-", max_size=12))
def test_parts_are_those_of_any_letters(name: str) -> None:
    """The quick way for ASCII and the one for all letters find the same."""
    other = name.replace("a", "\u00e4").replace("A", "\u00c4")
    if other != name:
        assert _parts(name) == _parts(other)


def test_what_fits_equally_goes_by_case_and_length() -> None:
    names = ["splitter_of_lines", "Split_all", "split_all", "splitter"]
    assert sorted(names, key=lambda name: rank("split", name) or ()) == [
        "splitter",
        "split_all",
        "splitter_of_lines",
        "Split_all",
    ]


def test_no_name_takes_long() -> None:
    assert rank("a" * 199 + "b", "a_" * 2_000) is None


NAMES = st.text("aAbB_1\u00c9\u00df\u0130", min_size=1, max_size=12)


@given(NAMES, st.data())
def test_letters_in_their_order_always_fit(name: str, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    typed = "".join(letter for letter, keep in zip(name, kept, strict=True) if keep)
    if typed:
        assert rank(typed, name) is not None


@given(NAMES, NAMES)
def test_what_fits_has_the_letters_in_their_order(typed: str, name: str) -> None:
    rest = iter(name.lower())
    if len(typed.lower()) == len(typed) and len(name.lower()) == len(name):
        in_order = all(letter in rest for letter in typed.lower())
        assert (rank(typed, name) is not None) == in_order
