"""No file with a matching line is ever ruled out."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index.grams import grams
from arriero.index.literals import trigram_query
from arriero.index.schema import make_text


@pytest.mark.parametrize(
    ("pattern", "query"),
    [
        ("abc", '"abc"'),
        ("abcd", '("abc" AND "bcd")'),
        ("ab", ""),
        ("ab.cd", ""),
        ("abc|xyz", '("abc" OR "xyz")'),
        ("abc|x", ""),
        ("(?:abc)+d", '"abc"'),
        ("(?:abc)*d", ""),
        (r"\babc\b", '"abc"'),
        ("a(bc)d", '("abc" AND "bcd")'),
        ('a"b', '"a""b"'),
        ("x->id", '("x->" AND "->i" AND ">id")'),
        ("ab cd", '("ab·" AND "·cd")'),
        ("a x b", '"·x·"'),
        ("a.b", ""),
        (r"a\.b", '"a.b"'),
        ("ÀBC", '"àbc"'),
        ("(?i:abc)", ""),
        ("[", ""),
        ("\ud800bcd", '"bcd"'),
    ],
)
def test_query(pattern: str, query: str) -> None:
    assert trigram_query(pattern) == query


def test_without_case_letters_that_fold_widely_are_left_out() -> None:
    query = trigram_query("configure", ignore_case=True)
    assert set(re.findall('"(.*?)"', query)) == {"con", "onf", "gur", "ure"}


# Among them those that fold to i, k and s: dotted and dotless i, the sign for kelvin, the long s.
LETTERS = "aAbBkKsx -_.\"'\x01\u0130\u0131\u212a\u017fiéÉß\u03a3\u03c3\u03c2\u2014"
TEXTS = st.text(LETTERS, max_size=12)
ATOMS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=5).map(re.escape),
    st.sampled_from([".", r"\b", "^", "$", r"\w", "[ab]", "(?=a)", "(?!x)", "(?<=b)"]),
)
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda p: f"(?:{'|'.join(p)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2,3}"])).map(
            lambda p: f"(?:{p[0]}){p[1]}"
        ),
        inner.map(lambda p: f"({p})"),
        inner.map(lambda p: f"(?i:{p})"),
    ),
    max_leaves=6,
)


@given(pattern=PATTERNS, texts=st.lists(TEXTS, max_size=8), ignore_case=st.booleans())
@settings(max_examples=300, deadline=None)
def test_nothing_that_matches_is_ruled_out(
    pattern: str, texts: list[str], ignore_case: bool
) -> None:
    query = trigram_query(pattern, ignore_case=ignore_case)
    if not query:
        return
    db = sqlite3.connect(":memory:")
    make_text(db, 1)
    rows = [(number, grams(text)) for number, text in enumerate(texts)]
    db.executemany("INSERT INTO trigrams_1(rowid, grams) VALUES (?, ?)", rows)
    kept = {
        row
        for (row,) in db.execute("SELECT rowid FROM trigrams_1 WHERE trigrams_1 MATCH ?", (query,))
    }
    db.close()
    matches = re.compile(pattern, re.IGNORECASE if ignore_case else 0).search
    assert {row for row, text in enumerate(texts) if matches(text)} <= kept
