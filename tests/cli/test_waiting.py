"""The line that stands while nothing comes."""

from __future__ import annotations

import pytest

from arriero.cli.waiting import MODEL, Waiting


@pytest.mark.parametrize(
    ("words", "seconds", "shown"),
    [
        (MODEL, 4.9, "waiting for the model"),
        (MODEL, 20.0, "waiting for the model, 20 s: it is being loaded, or reads the prompt"),
        ("Run make", 1.0, "Run make"),
        ("Run make", 61.5, "Run make, 61 s"),
    ],
)
def test_the_line_tells_the_time_when_it_is_long(words: str, seconds: float, shown: str) -> None:
    now = 100.0
    waiting = Waiting(words, lambda: now)
    now += seconds
    assert waiting.__rich__().plain == shown
