"""Lines that come in pieces."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.models.lines import LineCutter

MB = 1_000_000


@given(pieces=st.lists(st.text("ab\r\n", max_size=6), max_size=8))
@settings(max_examples=200, deadline=None)
def test_how_it_is_cut_does_not_matter(pieces: list[str]) -> None:
    cutter, found, so_far = LineCutter(), [], ""
    for piece in pieces:
        found += cutter.feed(piece.encode())
        so_far += piece
        assert cutter.size == len(so_far.rpartition("\n")[2])
    found.append(cutter.end())
    assert found == "".join(pieces).encode().split(b"\n")
    assert (cutter.size, cutter.end()) == (0, b"")


def _seconds(size: int) -> float:
    piece, cutter = b"x" * 10_000, LineCutter()
    began = time.process_time()
    for _ in range(size // len(piece)):
        assert not cutter.feed(piece)
    assert cutter.size == size
    assert len(cutter.feed(b"\n")[0]) == size
    return time.process_time() - began


def test_a_line_without_an_end_is_not_copied_for_each_piece() -> None:
    """Four times as long, about four times the work; with a copy for each piece it is sixteen."""
    assert min(_seconds(16 * MB) / max(_seconds(4 * MB), 1e-4) for _ in range(5)) < 10
