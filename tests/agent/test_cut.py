from __future__ import annotations

import pytest

from arriero.agent.cut import was_cut


@pytest.mark.parametrize(
    ("estimated", "counted", "num_ctx", "least", "cut"),
    [
        (5000, 4000, 8192, 3500, False),
        (6000, 4098, 8192, 3000, False),  # by chance: the estimate fits into the window
        (9000, 4098, 8192, 0, True),
        (5000, 2050, 8192, 0, False),  # half of another window than the known one is chance
        (5000, 2050, 4096, 0, True),
        (5000, 2051, 4096, 0, False),
        (5000, 2050, 8192, 2100, True),
        (4000, 2050, 8192, 2000, False),
        (20_000, 10_002, 20_000, 0, False),
        (20_001, 10_002, 20_000, 0, True),
        (5000, 3000, 8192, 3001, True),
        (5000, 3001, 8192, 3001, False),
        (5000, 10, 8192, 3001, False),  # it counts new tokens only, or not at all
        (5000, 0, 8192, 3001, False),
    ],
)
def test_a_cut_is_seen(estimated: int, counted: int, num_ctx: int, least: int, cut: bool) -> None:
    sentence = was_cut(estimated, counted, num_ctx, least)
    assert (sentence is not None) == cut
    if sentence is not None:
        assert f"{counted:,}" in sentence
        assert "window.num_ctx" in sentence
