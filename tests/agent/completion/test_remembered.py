"""What is left of a suggestion after typing, where the editor types too."""

from __future__ import annotations

import pytest

from agent.completion.marked import spot_at
from arriero.agent.completion.remembered import Remembered, Suggestion


@pytest.mark.parametrize(
    ("text", "suggestion", "typed", "left"),
    [
        ("x = |", "call(a, [b])", "x = call|", "(a, [b])"),
        ("x = |", "call(a, [b])", "x = call(|)", "a, [b]"),
        ("x = |", "call(a, [b])", "x = call(a, [|])", None),  # two were added, and one is near
        ("x = |\n", "call(a)", "x = call(|)\n", "a"),
        ("x = |", "f(a) + g(b)", "x = f(|)", "a"),
        ("x = |", 'say("it")', 'x = say("|")', None),
        ("say(|)", '"it"', 'say("|")', "it"),
        ("x = |", "call", "x = c|)", None),
        ("x = |", "[a)]", "x = [|]", None),
        ("x = |", "", "x = |", ""),
        ("x = |", "1", "x = 1|", None),
        ("x = |", "12", "y = 1|", None),
        ("x = |\ny", "12", "x = 1|\nz", None),
    ],
)
def test_what_is_left(text: str, suggestion: str, typed: str, left: str | None) -> None:
    remembered = Remembered()
    remembered.keep(spot_at("a.py", text), Suggestion("a", suggestion))
    found = remembered.find(spot_at("a.py", typed))
    assert (found.text if found else None) == left


def test_the_oldest_are_forgotten() -> None:
    remembered = Remembered(most=2)
    spots = [spot_at("a.py", f"{'x' * n}|") for n in range(1, 4)]
    for spot in spots:
        remembered.keep(spot, Suggestion(str(spot.offset), "yes"))
    assert [remembered.find(spot) is not None for spot in spots] == [False, True, True]
    remembered.clear()
    assert remembered.find(spots[2]) is None


def test_another_file_is_another_place() -> None:
    remembered = Remembered()
    remembered.keep(spot_at("a.py", "x = |"), Suggestion("a", "1"))
    assert remembered.find(spot_at("b.py", "x = |")) is None
