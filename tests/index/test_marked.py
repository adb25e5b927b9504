"""Marked lines are as a list of them, whatever the line ends and wherever a text is parted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index import lines
from arriero.index.lines import Lines
from arriero.index.marked import Marked, marked
from arriero.workspace.excerpt import plain_lines

TEXTS = st.lists(
    st.sampled_from(["a", "b", "é", "\n", "\r", "\r\n", "\n\n", "x" * 30]), max_size=30
).map("".join)


def having_a(text: str) -> bytes:
    return bytes("a" in line for line in text.split("\n"))


@settings(deadline=None)
@given(text=TEXTS, part=st.sampled_from([0, 1, 7, 1 << 20]), most=st.integers(0, 9))
def test_as_a_list(text: str, part: int, most: int) -> None:
    having = [
        (number, line) for number, line in enumerate(plain_lines(text) or [""], 1) if "a" in line
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_PART", part)
        found = Marked(text, having_a)
        assert len(found) == len(having)
        assert found == having
        assert found.first(most) == having[:most]
        assert found[1:3] == having[1:3]
        assert [found[at] for at in range(len(found))] == having
        assert [found[-1 - at] for at in range(len(found))] == having[::-1]
        assert found.kept([0, 1] * len(having)) == having[1::2]


def test_a_text_is_not_kept_for_the_sake_of_a_few_lines() -> None:
    few, many = "b\n" * 10_000 + "a", "a\n" * 10_000
    assert isinstance(marked(few, having_a), Lines)
    assert marked(few, having_a) == [(10_001, "a")]
    assert isinstance(marked(many, having_a), Marked)


def test_there_is_nothing_behind_the_last() -> None:
    found = Marked("a\nb\na", having_a)
    assert bool(found)
    assert not Marked("b", having_a)
    for at in (2, -3):
        with pytest.raises(IndexError):
            found[at]
