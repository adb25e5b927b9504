from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace.alignment import (
    Block,
    align,
    align_exactly,
    blocks_between,
    distance,
    size,
    unique_pairs,
)
from arriero.workspace.changes import Replacement
from arriero.workspace.diff import apply, diff, line_diff

lines = st.lists(
    st.sampled_from(["a\n", "b\n", "c\r\n", "\r\n", "d\r", "ab", "é😀\n"]), max_size=12
)
texts = lines.map("".join)


def check(old: str, new: str, *parts: tuple[int, int, str]) -> None:
    found = diff(old, new)
    assert found == tuple(Replacement(*part) for part in parts)
    assert apply(old, found) == new


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("", "", []),
        ("", "a\n", [(0, 0, "a\n")]),
        ("a\n", "", [(0, 2, "")]),
        ("a\nb\nc\n", "a\nc\n", [(2, 4, "")]),
        ("a\nc\n", "a\nb\nc\n", [(2, 2, "b\n")]),
        # within a line only what differs
        ("x = f(a, b)\n", "x = f(a, c)\n", [(9, 10, "c")]),
        # line by line where most of each line stays
        ("foo(one)\nfoo(two)\n", "bar(one)\nbar(two)\n", [(0, 3, "bar"), (9, 12, "bar")]),
        # as a whole where nothing does
        ("aaaa\nbbbb\n", "cccc\ndddd\n", [(0, 9, "cccc\ndddd")]),
        # a CR LF is never parted
        ("a\r\nb", "a\nb", [(1, 3, "\n")]),
        ("a\rb", "a\r\nb", [(1, 2, "\r\n")]),
        ("a\r\n", "a\r", [(1, 3, "\r")]),
        # the end of the text
        ("a", "a\n", [(1, 1, "\n")]),
        ("a\n", "a", [(1, 2, "")]),
        ("😀a", "😀b", [(1, 2, "b")]),
    ],
)
def test_small_texts(old: str, new: str, parts: list[tuple[int, int, str]]) -> None:
    check(old, new, *parts)


@given(texts, texts)
def test_differences_lead_there(old: str, new: str) -> None:
    for parts in (diff(old, new), line_diff(old, new)):
        assert apply(old, parts) == new
        assert all(a.end <= b.start for a, b in pairwise(parts))
        for bound in (bound for part in parts for bound in (part.start, part.end)):
            assert bound == 0 or old[bound - 1 : bound + 1] != "\r\n"


@given(lines, lines)
def test_blocks_are_apart_and_complete(old: list[str], new: list[str]) -> None:
    for blocks in (align(old, new), align_exactly(old, new) or ()):
        i = j = 0
        for block in blocks:
            assert old[i : block.old_start] == new[j : block.new_start]
            assert block.old_start == 0 or block.old_start > i or i == 0
            i, j = block.old_end, block.new_end
        assert old[i:] == new[j:]


@given(lines, lines)
def test_the_distance_is_that_of_a_longest_common_subsequence(
    old: list[str], new: list[str]
) -> None:
    table = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            table[i + 1][j + 1] = (
                table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            )
    assert distance(old, new) == len(old) + len(new) - 2 * table[-1][-1]
    assert size(align(old, new)) >= len(old) + len(new) - 2 * table[-1][-1]


def test_a_difference_that_is_too_long_is_not_counted() -> None:
    chance = random.Random(1)
    old, new = (chance.choices("ab", k=4000) for _ in range(2))
    assert distance(old, new) is None
    assert align_exactly(old, new) is None
    assert distance(old, []) == 4000
    assert "".join(new) == apply("".join(old), diff("".join(old), "".join(new)))


def test_unique_pairs() -> None:
    assert unique_pairs("abcxd", "bacyd") == [(1, 0), (2, 2), (4, 4)]
    assert unique_pairs("abc", "abc", without={"b"}) == [(0, 0), (2, 2)]
    assert unique_pairs("aab", "ab") == [(2, 1)]


def test_blocks_between() -> None:
    assert blocks_between([(1, 0), (2, 2)], 3, 4) == (
        Block(0, 1, 0, 0),
        Block(2, 2, 1, 2),
        Block(3, 3, 3, 4),
    )


@pytest.mark.parametrize(
    "parts", [[(2, 1, "")], [(0, 2, ""), (1, 3, "")], [(0, 9, "")], [(2, 2, "a"), (1, 1, "b")]]
)
def test_replacements_that_overlap_are_refused(parts: list[tuple[int, int, str]]) -> None:
    with pytest.raises(ValueError, match="overlap or leave the text"):
        apply("abcd", [Replacement(*part) for part in parts])


def test_big_texts_with_few_changes() -> None:
    chance = random.Random(2)
    old = [f"line {n} {chance.random()}\n" for n in range(25_000)]
    new = list(old)
    for at in chance.sample(range(0, 25_000, 3), 200):
        new[at] = "changed\n"
    started = time.process_time()
    parts = diff("".join(old), "".join(new))
    assert time.process_time() - started < 2
    assert len(parts) == 200
