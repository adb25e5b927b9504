"""Which regular expressions are matched without a process, and that these cannot take long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index.harmless import Bound, harmless

MOST_SECONDS = 0.5  # of the processor for one line, on the slowest machine; they take a hundredth


@pytest.mark.parametrize(
    ("pattern", "least"),
    [
        ("needle", 50_000),
        ("need.e|other", 10_000),
        (r"def \w+_one\(", 100),
        (r"def \w+_(get|set)\w*\(", 20),
        (r"raise \w+Error", 100),
        (r"^import (os|sys)$", 1_000),
        (r"\w+", 10_000),
        (r"[0-9]{4}-[0-9]{2}", 1_000),
        (r"x{3}y", 10_000),
    ],
)
def test_harmless(pattern: str, least: int) -> None:
    assert harmless(pattern, ignore_case=False).characters >= least
    assert harmless(pattern, ignore_case=True).characters >= least


@pytest.mark.parametrize(
    "pattern",
    [
        "(x+x+)+y", "(x|xx)*y", "(x*)*y", r"(x)\1*y", "(?:x+){10}y", "(?=x+y)x", "(", "(?<!a*)b",
        "x*x*x*x*x*x*y", "((a{0,9}){9}){9}b",
    ],
)  # fmt: skip
def test_not_harmless(pattern: str) -> None:
    assert harmless(pattern, ignore_case=False).characters == -1
    assert harmless(pattern, ignore_case=False).at_once(0) == 0


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        (r"\w+\s+", 1_000),
        (r"[a-z]+\d+", 1_000),
        (r"\w+\s*\w+\s*[=:]{2}", 40),
        (r"\w+\w+\w+[#@]+", 40),
        ("[ax]{40000}", 200),
    ],
)
def test_what_ends_with_a_repeated_part_may_fail_there(pattern: str, most: int) -> None:
    assert harmless(pattern, ignore_case=False).characters <= most


items = st.sampled_from(
    [
        "x",
        ".",
        r"\w",
        "[xy]",
        "x*",
        "x+",
        ".*",
        r"\w+?",
        "[xy]{2,}",
        "x{3}",
        r"\b",
        "(x|y|.)",
        "(xx)",
    ]
)
patterns = st.lists(items, min_size=1, max_size=8).map("".join)


@settings(deadline=None, max_examples=60)
@given(
    pattern=patterns,
    ending=st.sampled_from(["", "z", "z$", r"\bz", "z+", r"z{2}\d*", "[zq]{2,}z?", "z+q*\\d+"]),
    ignore_case=st.booleans(),
    length=st.sampled_from([0, 30, 100, 1 << 30]),
)
def test_the_worst_lines_take_milliseconds(
    pattern: str, ending: str, ignore_case: bool, length: int
) -> None:
    """One line that is as long as it may be, or as many shorter ones as may be matched at once."""
    bound = harmless(pattern + ending, ignore_case=ignore_case)
    search = re.compile(pattern + ending, re.IGNORECASE if ignore_case else 0).search
    line = "x" * min(max(bound.characters, 0), length)
    lines = [line] * bound.at_once(len(line))
    began = time.process_time()
    found = [*map(search, lines)]
    assert time.process_time() - began < MOST_SECONDS
    assert len(found) == len(lines)


def test_how_many_lines_at_once() -> None:
    bound = Bound(500, 2)
    assert [bound.at_once(n) for n in (0, 40, 100, 500, 501)] == [156, 156, 25, 1, 0]
    assert Bound(-1).at_once(0) == 0
