"""Expressions that one character decides: which they are, and that their lines are those marked."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.onecharacter import one_character

ITEMS = st.sampled_from(
    [
        ".", r"\w", r"\W", r"\s", r"\S", r"\d", "a", "[a-c]", "[^a]", r"[^\s]", "A", "k", "b*",
        "c?", r"\w+", ".*", "a{2}", "a{1,3}", "b+?", "(a)", "(?:.)", "^", "$", r"\A", r"\Z", r"\b",
        "(a|b)", "(?i:a)", "(a*)", "(ab)?", "(?:a+)*", "(?=a)", "(?!b)", "é", r"\n", r"\x0b",
    ]
)  # fmt: skip
PATTERNS = st.lists(ITEMS, min_size=1, max_size=3).map("".join)
LINES = st.lists(st.text("abcAK \t\x0b\x1f\x7f_1-", max_size=4), min_size=1, max_size=6)


@pytest.mark.parametrize("pattern", [".", r"\w+", "[A-Z]", "(a)b*", ".*", "", "^", "x*$", r"\S"])
def test_decided_by_one_character(pattern: str) -> None:
    assert one_character(pattern, ignore_case=False) is not None


@pytest.mark.parametrize(
    "pattern",
    ["ab", r"\w\w", "a{2}", "^a", "a$", r"^\s*$", r"\ba", "(", "(?=a)a", "é", r"\n", r"a|bc"],
)
def test_not_decided_by_one(pattern: str) -> None:
    assert one_character(pattern, ignore_case=False) is None


@given(pattern=PATTERNS, lines=LINES, ignore_case=st.booleans())
def test_as_by_matching(pattern: str, lines: list[str], ignore_case: bool) -> None:
    one = one_character(pattern, ignore_case=ignore_case)
    if one is None:
        return
    search = re.compile(pattern, re.IGNORECASE if ignore_case else 0).search
    matching = [search(line) is not None for line in lines]
    assert [bool(mark) for mark in one.mark("\n".join(lines))] == matching
    if one.is_any_line:
        assert search("é")
