"""Some rows of many, the same ones in every index."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator

import pytest

from arriero.index.thinning import DEEPEST, depth_for, mark, thinned

ROWS = 8_000


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE VIRTUAL TABLE t USING fts5(words, mark, content='', tokenize='ascii')")
    rows = [("llama", mark(b"src/f%d.py" % (at // 4), at % 4)) for at in range(ROWS)]
    made.executemany("INSERT INTO t(words, mark) VALUES (?, ?)", rows)
    yield made
    made.close()


def test_half_of_all_draw_each_next_mark() -> None:
    drawn = Counter(mark(b"src/f%d.py" % (at // 4), at % 4) for at in range(1 << 16))
    for depth in range(6):
        share = drawn[f"\u00a4{depth}"] / (1 << 16)
        assert share == pytest.approx(0.5 ** (depth + 1), rel=0.1)
    assert max(int(one[1:]) for one in drawn) <= DEEPEST


@pytest.mark.parametrize("most", [1, 7, 100, 2_000, ROWS, 10 * ROWS])
def test_about_as_many_are_left_as_are_wanted(db: sqlite3.Connection, most: int) -> None:
    query = thinned('words : "llama"', depth_for(ROWS, most))
    left = db.execute("SELECT count(*) FROM t WHERE t MATCH ?", (query,)).fetchone()[0]
    assert left <= 1.3 * most + 5
    assert left >= min(most, ROWS) / 2 / 1.3 - 5


def test_all_are_left_where_there_are_not_more(db: sqlite3.Connection) -> None:
    assert depth_for(0, 10) == depth_for(10, 10) == 0
    assert depth_for(11, 10) == 1
    assert thinned("llama", 0) == "llama"


def test_a_mark_is_no_word_that_can_be_asked_for(db: sqlite3.Connection) -> None:
    from arriero.index.words import words

    found = words(" ".join(f"llama{mark(b'', at)}" for at in range(99)))
    assert not any(mark(b"", at) in found for at in range(99))
