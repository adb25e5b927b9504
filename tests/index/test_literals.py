"""No file with a matching line is ever ruled out."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index.indexer.lexicon import Lexicon
from arriero.index.lexicon import query_of
from arriero.index.literals import Every, Need, needed
from arriero.index.schema import make_text
from arriero.index.terms import Part
from arriero.index.words import words
from scale import is_full

FULL = is_full()


def said(need: Need | None) -> str:
    if need is None:
        return ""
    if isinstance(need, Part):
        return f"{'^' * need.starts}{need.text}{'$' * need.ends}"
    word = " and " if isinstance(need, Every) else " or "
    return f"({word.join(map(said, need.needs))})"


@pytest.mark.parametrize(
    ("pattern", "need"),
    [
        ("abc", "abc"),
        ("a", ""),
        ("ab.cd", "(ab and cd)"),
        ("abc|xyz", "(abc or xyz)"),
        ("abc|x", ""),
        ("abc|(?:)", ""),
        ("(?:abc)+d", "abc"),
        ("(?:abc)*d", ""),
        (r"\babc\b", "^abc$"),
        (r"^abc$", "^abc$"),
        (r"\Babc", "abc"),
        (r"(?a)\babc", ""),
        ("a(bc)d", "abcd"),
        ("x->id", "^id"),
        ("ab cd", "(ab$ and ^cd)"),
        (r"a\.bc(?=x)", "^bc"),
        (r"def \w+_evenly", "(def$ and evenly)"),
        ("ÀBC", "àbc"),
        ("(?i:abc)", ""),
        ("[", ""),
        ("\ud800bcd", "bcd"),
    ],
)
def test_needed(pattern: str, need: str) -> None:
    assert said(needed(pattern)) == need


def test_without_case_letters_that_fold_widely_are_left_out() -> None:
    assert said(needed("configure!", ignore_case=True)) == "(conf and gure$)"


# Among them those that fold to i, k and s: dotted and dotless i, the sign for kelvin, the long s.
LETTERS = "aAbBkKsx1 -_.\"'\x01\u0130\u0131\u212a\u017fiéÉß\u03a3\u03c3\u03c2\u2014日本"
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
@settings(max_examples=300 if FULL else 100, deadline=None)
def test_nothing_that_matches_is_ruled_out(
    pattern: str, texts: list[str], ignore_case: bool
) -> None:
    db = sqlite3.connect(":memory:")
    make_text(db, 1)
    found = [(number, words(text)) for number, text in enumerate(texts)]
    db.executemany("INSERT INTO text_1(rowid, words) VALUES (?, ?)", found)
    Lexicon(db).add(1, (text for _, text in found))
    query = query_of(db, 1, needed(pattern, ignore_case=ignore_case))
    if not query:
        db.close()
        return
    kept = {row for (row,) in db.execute("SELECT rowid FROM text_1 WHERE text_1 MATCH ?", (query,))}
    db.close()
    matches = re.compile(pattern, re.IGNORECASE if ignore_case else 0).search
    assert {row for row, text in enumerate(texts) if matches(text)} <= kept
