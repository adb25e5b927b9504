"""No file with a matching line is ever ruled out."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index.literals import trigram_query


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
        ("(?i:abc)", ""),
        ("[", ""),
        ("ab\ncd", ""),
        ("\ud800bcd", '"bcd"'),
    ],
)
def test_query(pattern: str, query: str) -> None:
    assert trigram_query(pattern) == query


def test_without_case_letters_that_fold_widely_are_left_out() -> None:
    query = trigram_query("configure", ignore_case=True)
    assert set(re.findall('"(.*?)"', query)) == {"con", "onf", "gur", "ure"}


# Among them those that fold to i, k and s: dotted and dotless i, the sign for kelvin, the long s.
LETTERS = "aAbBkKsx \u0130\u0131\u212a\u017fiéÉ"
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
    db.execute(
        "CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize='trigram', detail=none)"
    )
    db.executemany("INSERT INTO t(rowid, text) VALUES (?, ?)", list(enumerate(texts)))
    kept = {row for (row,) in db.execute("SELECT rowid FROM t WHERE t MATCH ?", (query,))}
    db.close()
    matches = re.compile(pattern, re.IGNORECASE if ignore_case else 0).search
    assert {row for row, text in enumerate(texts) if matches(text)} <= kept
