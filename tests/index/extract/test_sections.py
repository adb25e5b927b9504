"""The sections of many headings."""

from __future__ import annotations

import random

from arriero.index.extract.sections import sections


def plainly(levels: list[int]) -> list[tuple[int, int, str]]:
    """Sections by what they are: until the next heading of the level or above."""
    found = []
    for at, level in enumerate(levels):
        end = next((n for n in range(at + 1, len(levels)) if levels[n] <= level), len(levels))
        outer = next((f"t{n}" for n in reversed(range(at)) if levels[n] < level
                      and min(levels[n + 1 : at], default=9) > levels[n]), "")  # fmt: skip
        found.append((at + 1, end, outer))
    return found


def test_any_levels() -> None:
    chance = random.Random(5)
    for _ in range(200):
        levels = [chance.randint(1, 6) for _ in range(chance.randint(0, 12))]
        lines = [f"{'#' * level} t{at}" for at, level in enumerate(levels)]
        found = sections([(at + 1, at + 1) for at in range(len(lines))], lines)
        assert [(one.line, one.end_line, one.container) for one in found] == plainly(levels)


def test_very_many() -> None:
    """A list of those after it for each heading would be 20 GB here."""
    lines = ["# a"] * 70_000
    found = sections([(at, at) for at in range(1, len(lines) + 1)], lines)
    assert [found[0].end_line, found[-1].end_line] == [1, 70_000]
