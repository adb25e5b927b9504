"""The output keeps its beginning and its end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.shadow.output import Output


def collect(pieces: list[bytes], limit: int) -> Output:
    output = Output(limit)
    for piece in pieces:
        output.data_received(piece)
    return output


@pytest.mark.parametrize(
    ("pieces", "limit", "text", "cut"),
    [
        ([], 10, "", 0),
        ([b"abc", b"def"], 10, "abcdef", 0),
        ([b"0123456789"], 10, "0123456789", 0),
        ([b"\xff\n"], 10, "\ufffd\n", 0),
        ([b"a\xc3", b"\xa4b"], 10, "aäb", 0),
        ([b"0123456789abcdef"], 9, "012\n[… 7 bytes of output left out here …]\nabcdef", 7),
        # A character that the cut goes through is left out.
        (
            ["ää".encode() + b"x" * 10 + "ää".encode()],
            9,
            "ä\n[… 9 bytes of output left out here …]\nxxää",
            9,
        ),
    ],
)
def test_text(pieces: list[bytes], limit: int, text: str, cut: int) -> None:
    output = collect(pieces, limit)
    assert (output.text(), output.cut) == (text, cut)


@given(st.lists(st.binary(max_size=200_000), max_size=6), st.integers(3, 100_000))
def test_bounded_and_complete_where_it_fits(pieces: list[bytes], limit: int) -> None:
    output = collect(pieces, limit)
    whole = b"".join(pieces)
    assert output.cut == max(len(whole) - limit, 0)
    if len(whole) <= limit:
        assert output.text() == whole.decode(errors="replace")
    else:
        assert len(output.text()) <= limit + 60
        head, _, tail = output.text().rpartition("\n[… ")
        assert whole.decode(errors="replace").startswith(head)
        assert tail.partition(" …]\n")[2].lstrip("\ufffd") in whole.decode(errors="replace")
