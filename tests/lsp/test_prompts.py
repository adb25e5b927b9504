"""The words of commands: what is listed in them, and what stands beside them."""

from __future__ import annotations

from arriero.lsp.commands import prompts
from arriero.workspace.problem import Problem

PLACE = prompts.Place("a.py", 1, 99)


def found(count: int) -> list[Problem]:
    """Warnings, and last an error."""
    warnings = [Problem("a.py", n, n, "warning", f"odd {n}") for n in range(1, count)]
    return [*warnings, Problem("a.py", count, count, "error", "wrong\nand " + "long " * 200)]


def test_few_problems_are_listed_the_worst_first() -> None:
    words = prompts.fix(PLACE, found(3), "").splitlines()
    assert words[0] == "Fix this in a.py:"
    assert words[1].startswith("- line 3: error: wrong and long long")
    assert len(words[1]) < 350, "a message is as long as an editor likes"
    assert words[2:4] == ["- line 1: warning: odd 1", "- line 2: warning: odd 2"]
    assert [item.title for item in prompts.beside_fix(PLACE, found(3))] == [
        "The file in front of the user"
    ]


def test_of_many_problems_some_are_listed_and_the_others_stand_beside() -> None:
    words = prompts.fix(PLACE, found(50), "")
    assert words.count("- line ") == 8
    assert "\n- and 42 more that stand beside this\n" in words
    _, others = prompts.beside_fix(PLACE, found(50))
    assert others.text.count("- line ") == 42
    assert all(f"odd {n}" in words + others.text for n in range(1, 50))


def test_of_a_long_selection_the_title_says_what_part_is_given() -> None:
    text = "x = 1\n" * 9_000
    (item,) = prompts.context(prompts.Place("a.py", 1, 9_000, text))
    assert item.text == text[:40_000]
    assert item.title == (
        "Selected: a.py, lines 1 to 9000 (as it is in the editor, its first 40,000 characters)"
    )
