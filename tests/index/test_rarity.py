"""Full-text queries that are bounded by what is rare."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.index.rarity import any_of, choosing, heaviest, selective

COUNTS = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 50))


@given(COUNTS, st.integers(0, 100))
def test_the_rarest_are_chosen(counts: dict[str, int], most: int) -> None:
    chosen, others = choosing(counts, most)
    assert sorted([*chosen, *others]) == sorted(counts)
    assert bool(chosen) == bool(counts)
    assert len(chosen) <= 1 or sum(counts[term] for term in chosen) <= most
    if others:
        assert max(counts[term] for term in chosen) <= min(counts[term] for term in others)
        assert sum(counts[term] for term in chosen) + counts[others[0]] > most


@given(st.dictionaries(st.integers(0, 200), st.sampled_from((0.5, 1.0, 2.0))), st.integers(1, 4))
def test_the_heaviest_come_by_weight_and_then_by_key(weights: dict[int, float], most: int) -> None:
    """Of many as of few: what many are is chosen in another way."""
    many = weights | dict.fromkeys(range(1_000, 1_100), 0.5)
    for one in (weights, many):
        assert heaviest(one, most) == sorted(one, key=lambda key: (-one[key], key))[:most]


@pytest.mark.parametrize(
    ("most", "found"),
    [
        (100, ["both", "common", "common too", "rare"]),
        (1, ["both", "rare"]),  # "common" chooses no row, but puts this one first
        (0, ["both", "rare"]),
    ],
)
def test_common_words_only_rank(most: int, found: list[str]) -> None:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(name UNINDEXED, words)")
    rows = {"rare": "x z", "both": "x y", "common": "y z", "common too": "y z z", "none": "z"}
    db.executemany("INSERT INTO t VALUES (?, ?)", rows.items())
    query = selective({"y": 3, "x": 2}, most)
    shown = [
        name for (name,) in db.execute("SELECT name FROM t WHERE t MATCH ? ORDER BY rank", (query,))
    ]
    db.close()
    assert sorted(shown) == found
    assert shown[0] == "both"


def test_nothing_to_ask_for() -> None:
    assert (selective({}, 10), any_of([])) == ("", "")
