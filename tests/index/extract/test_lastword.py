"""The word before a place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.extract.lastword import last_name, last_word

NAME = re.compile(r"(?<!\w)([A-Za-z_]\w*)\s*$")
TEXTS = st.text("aZ_9 \n*(é", max_size=12)


@pytest.mark.parametrize(
    ("text", "found"),
    [("int f", "f"), ("int f \n", "f"), ("int *", ""), ("", ""), ("9a", "9a"), ("(é_", "é_")],
)
def test_the_last_word(text: str, found: str) -> None:
    assert last_word(text) == found


@given(TEXTS, TEXTS, TEXTS)
def test_a_name_is_found_from_its_end_as_by_a_search(before: str, part: str, after: str) -> None:
    text = before + part + after
    begin, end = len(before), len(before) + len(part)
    match = NAME.search(text, begin, end)
    expected = None if match is None else (match[1], match.start())
    assert last_name(text, begin, end) == expected
