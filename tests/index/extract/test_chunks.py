"""Chunks cover a text, are of about one size, and do not split what is small."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.index.extract.chunks import MOST, SMALL, chunks_along
from arriero.index.extract.types import Definition

ABOVE: tuple[list[str], ...] = (
    [],
    [""],
    ["x"],
    ["", "# c"],
    ["", "# c", "@d"],
    ["x", "# c"],
    ["# c"] * 30,
)


@st.composite
def nested(draw: st.DrawFn) -> tuple[list[str], list[Definition]]:
    """Draw lines and symbols that stand in one another or apart, without shared lines."""
    lines: list[str] = []
    definitions: list[Definition] = []

    def block(depth: int) -> None:
        lines.extend(draw(st.sampled_from(ABOVE)))
        begin = len(lines) + 1
        lines.append("begin")
        for _ in range(draw(st.integers(0, 3 if depth < 2 else 0))):
            block(depth + 1)
        lines.extend(["x"] * draw(st.integers(0, 60)))
        lines.append("end")
        definitions.append(Definition("a", "function", begin, len(lines)))

    for _ in range(draw(st.integers(0, 6))):
        block(0)
    lines.extend(["x"] * draw(st.integers(0, 200)))
    return lines, sorted(definitions, key=lambda each: each.line)


@settings(max_examples=80, deadline=None)
@given(nested())
def test_chunks(drawn: tuple[list[str], list[Definition]]) -> None:
    lines, definitions = drawn
    chunks = chunks_along(lines, definitions)
    covered = [line for chunk in chunks for line in range(chunk.line, chunk.end_line + 1)]
    assert covered == list(range(1, len(lines) + 1))
    assert all(chunk.end_line - chunk.line < MOST for chunk in chunks)
    starts = {chunk.line for chunk in chunks}
    for each in definitions:
        if each.end_line - each.line < SMALL:
            assert not starts & set(range(each.line + 1, each.end_line + 1)), each


def test_symbols_that_share_lines_are_cut_at_last() -> None:
    lines = ["x"] * 400
    chained = [Definition("a", "function", line, line + 10) for line in range(1, 390, 10)]
    chunks = chunks_along(lines, chained)
    assert all(chunk.end_line - chunk.line < MOST for chunk in chunks)
    assert chunks[-1].end_line == 400


def test_comments_and_decorators_stay_with_their_symbol() -> None:
    lines = ["x"] * 57 + ["", "# says what it does", "@cached", "def a():"] + ["x"] * 45
    chunks = chunks_along(lines, [Definition("a", "function", 61, 106)])
    assert [chunk.line for chunk in chunks] == [1, 59]


def test_without_symbols_it_is_cut_at_blank_lines() -> None:
    lines = (["x"] * 63 + [""]) * 4
    assert [chunk.line for chunk in chunks_along(lines, [])] == [1, 65, 129, 193]
