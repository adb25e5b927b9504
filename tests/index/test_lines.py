"""Lines that have a text are found as by going through all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index import lines
from arriero.index.lines import all_lines, lines_having
from arriero.workspace.excerpt import plain_lines

TEXTS = st.lists(
    st.sampled_from(["ab", "Ab", "b", "aé", "\n", "\r", "\r\n", "ẞß", "İB", "x" * 40, " "]),
    max_size=30,
).map("".join)
WANTED = st.lists(st.sampled_from(["a", "ab", "b", "xxx", "é"]), min_size=1, max_size=3)


@settings(deadline=None)
@given(
    text=TEXTS,
    wanted=WANTED,
    dense=st.sampled_from([0, 1, 10_000]),
    hits=st.sampled_from([1, 2, 16]),
    way=st.sampled_from([1, 10, 4_096]),
)
def test_as_by_going_through_all(
    text: str, wanted: list[str], dense: int, hits: int, way: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_DENSE", dense)
        patch.setattr(lines, "_RARE", dense)
        patch.setattr(lines, "_HITS", hits)
        patch.setattr(lines, "_WAY", way)
        every = list(enumerate(plain_lines(text) or [""], 1))
        assert all_lines(text) == every
        having = [(n, line) for n, line in every if any(one in line for one in wanted)]
        assert lines_having(text, wanted) == having
        first = min((text.find(one) for one in wanted if one in text), default=0)
        assert lines_having(text, wanted, at=first) == having
        plain = [one for one in wanted if one.isascii()]
        folded = [(n, line) for n, line in every if any(one in line.lower() for one in plain)]
        found = lines_having(text, plain, ignore_case=True)
        assert found == folded


def test_a_line_that_has_it_twice_is_found_once() -> None:
    text = "x" * 600 + " llama, a llama\n" + "y\n" * 300 + "llama" + "z" * 600
    expected = [(1, "x" * 600 + " llama, a llama"), (302, "llama" + "z" * 600)]
    assert lines_having(text, ("llama",)) == expected
    assert lines_having(text.upper(), ("llama",), ignore_case=True) == [
        (number, line.upper()) for number, line in expected
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends(end: str) -> None:
    every = ["a llama", "x", "", "llamas", "y"] * 30
    having = [(number, line) for number, line in enumerate(every, 1) if "llama" in line]
    for text in (end.join(every), end.join([*every, ""]), "a llama\n" + end.join(every[1:])):
        assert lines_having(text, ("llama",)) == having
        assert lines_having(text, ("llama", "llamas")) == having
        assert lines_having(text, ("llama",), ignore_case=True) == having


@pytest.mark.parametrize("sparse", [0, 5, 20_000])
def test_a_dense_beginning(sparse: int) -> None:
    """Whether what follows is dense as well or not, the numbers go on."""
    every = ["a llama", "x"] * 20 + ["y"] * sparse + ["the llama"] * 20 + ["z"]
    text = "\n".join(every)
    having = [(number, line) for number, line in enumerate(every, 1) if "llama" in line]
    assert lines_having(text, ("llama",)) == having
    upper = [(number, line.upper()) for number, line in having]
    assert lines_having(text.upper(), ("llama",), ignore_case=True) == upper
