"""What every text with a certain part has, and that nothing else is needed to find it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arriero.index.grams import grams, required


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("idx", "··i ·id idx dx· x··"),
        ("a->x;", "··a ·a- a-> ->x >x; x;· ;··"),
        ("ID\tid\nId", "··i ·id id· d··"),
        ("a_b", "··a ·a_ a_b _b· b··"),
        ("ÉTÉ", "··é ·ét été té· é··"),
        ("x x", "··x ·x· x··"),
        ("", ""),
    ],
)
def test_grams(text: str, found: str) -> None:
    assert set(grams(text).split()) == set(found.split())


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("idx", "idx"),
        (" idx ", "·id idx dx·"),
        ("s.pa", "s.p .pa"),
        ("x", ""),
        ("a x b", "·x·"),
        ("a\x01bcd", "bcd"),
        ("=> {", "=>·"),
    ],
)
def test_required(part: str, found: str) -> None:
    assert list(required(part, lambda _: True)) == found.split()


def test_what_is_not_sure_is_left_out() -> None:
    assert list(required("a skipped", lambda one: one not in "isk")) == ["ppe", "ped"]


# Letters that change their length or their look by what is beside them when they are folded.
LETTERS = "aAbZ09_ \n\t-.>(\x01\x1c\u3000\u00b7\u2014ß\u1e9eÉé日本\u03a3\u03c3\u03c2\u0130\u0131"


@example("a", "\u03a3\u03a3\u03a3", "")
@given(st.text(LETTERS, max_size=30), st.text(LETTERS, max_size=10), st.text(LETTERS, max_size=30))
def test_a_text_has_what_its_parts_require(before: str, part: str, after: str) -> None:
    there = set(grams(before + part + after).split(" "))
    assert set(required(part, lambda _: True)) <= there
