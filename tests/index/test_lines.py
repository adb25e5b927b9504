"""Lines that have a text are found as by going through all of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index import lines
from arriero.index.lines import all_lines, lines_having
from arriero.workspace.excerpt import plain_lines

TEXTS = st.lists(
    st.sampled_from(["ab", "Ab", "b", "aé", "\n", "\r", "\r\n", "ẞß", "x" * 40, " "]), max_size=30
).map("".join)
WANTED = st.lists(st.sampled_from(["a", "ab", "b", "xxx", "é"]), min_size=1, max_size=3)


@settings(deadline=None)
@given(
    text=TEXTS,
    wanted=WANTED,
    dense=st.sampled_from([0, 1, 10_000]),
    hits=st.sampled_from([1, 2, 16]),
)
def test_as_by_going_through_all(text: str, wanted: list[str], dense: int, hits: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_DENSE", dense)
        patch.setattr(lines, "_HITS", hits)
        every = list(enumerate(plain_lines(text) or [""], 1))
        data = text.encode()
        assert all_lines(data) == every
        having = [(n, line) for n, line in every if any(one in line for one in wanted)]
        assert lines_having(data, [one.encode() for one in wanted]) == having
        plain = [one for one in wanted if one.isascii()]
        folded = [(n, line) for n, line in every if any(one in line.lower() for one in plain)]
        found = lines_having(data, [one.encode() for one in plain], ignore_case=True)
        assert found == folded


def test_a_line_that_has_it_twice_is_found_once() -> None:
    text = b"x" * 600 + b" llama, a llama\n" + b"y\n" * 300 + b"llama" + b"z" * 600
    expected = [(1, "x" * 600 + " llama, a llama"), (302, "llama" + "z" * 600)]
    assert lines_having(text, (b"llama",)) == expected
    assert lines_having(text.upper(), (b"llama",), ignore_case=True) == [
        (number, line.upper()) for number, line in expected
    ]


@pytest.mark.parametrize("sparse", [0, 5, 20_000])
def test_a_dense_beginning(sparse: int) -> None:
    """Whether what follows is dense as well or not, the numbers go on."""
    every = ["a llama", "x"] * 20 + ["y"] * sparse + ["the llama"] * 20 + ["z"]
    text = "\n".join(every).encode()
    having = [(number, line) for number, line in enumerate(every, 1) if "llama" in line]
    assert lines_having(text, (b"llama",)) == having
    upper = [(number, line.upper()) for number, line in having]
    assert lines_having(text.upper(), (b"llama",), ignore_case=True) == upper
