"""What is told of the words of every text that has a certain part."""

from __future__ import annotations

import pytest

from arriero.index.terms import BOUNDARY, parts


def said(literal: list[str] | str, unsure: str = "") -> list[str]:
    """`^` and `$` stand for the beginning and the end of a word."""
    return [
        f"{'^' * part.starts}{part.text}{'$' * part.ends}"
        for part in parts(literal, lambda one: one not in unsure)
    ]


@pytest.mark.parametrize(
    ("literal", "found"),
    [
        ("idx", "idx"),
        (" idx ", "^idx$"),
        ("s.path", "^path"),
        ("split_evenly(", "splitevenly$"),
        ("import os as x", "import$ ^os$ ^as$"),
        ("x", ""),
        ("->", ""),
        ("ID", "id"),
        ("Größe!", "grösse$"),
        ("__init__.", "init$"),
        ("日本語", "^日本$ ^本語$"),
        ("(日本語fo_o)", "^日本$ ^本語$ foo$"),
        ("ab日cd", "ab cd"),
        ("\x01bcd", "^bcd"),
        (["a", "b", BOUNDARY, "-", "c", "d", BOUNDARY], "ab$ ^cd$"),
        ([BOUNDARY, *"abc"], "^abc"),
    ],
)
def test_parts(literal: list[str] | str, found: str) -> None:
    assert said(literal) == found.split()


def test_what_is_not_sure_is_left_out() -> None:
    assert said(" a skipped (isk)", unsure="isk") == ["pped$"]
