"""Sentences at a terminal: broken between words, and never in a pipe."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from arriero.cli.terminal import Terminal

WIDTH = 30
LONG = "The provider does not answer at http://127.0.0.1:11434/v1: start its server, or see."
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


def terminal(*, is_terminal: bool = True) -> tuple[Terminal, io.StringIO, io.StringIO]:
    made, out, err = Terminal(), io.StringIO(), io.StringIO()
    for name, file in (("out", out), ("err", err)):
        made.__dict__[name] = Console(
            file=file, force_terminal=is_terminal, width=WIDTH, color_system=None, soft_wrap=True,
            highlight=False, markup=False, emoji=False,
        )  # fmt: skip
    return made, out, err


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda to: to.sentence(LONG), id="a result"),
        pytest.param(lambda to: to.say("error", LONG), id="an error"),
    ],
)
def test_no_word_is_cut(write: Callable[[Terminal], None]) -> None:
    made, out, err = terminal()
    write(made)
    lines = (out.getvalue() + err.getvalue()).splitlines()
    assert " ".join(lines) == LONG
    assert len(lines) > 2
    assert all(len(line) <= WIDTH or " " not in line for line in lines)


def test_an_error_in_a_pipe_is_one_line() -> None:
    made, _, err = terminal(is_terminal=False)
    made.say("error", LONG)
    assert err.getvalue() == f"{LONG}\n"


def test_its_own_lines_stay() -> None:
    made, out, _ = terminal()
    made.sentence("One.\n\n  Two, indented.")
    assert out.getvalue() == "One.\n\n  Two, indented.\n"


@given(st.lists(WORDS, min_size=1, max_size=30), st.integers(0, 10))
def test_every_word_is_there_and_whole(words: list[str], indent: int) -> None:
    made, _, _ = terminal()
    lines = made.wrapped(" ".join(words), indent).split("\n")
    assert [word for line in lines for word in line.split(" ") if word] == words
    assert all(line.startswith(" " * indent) for line in lines[1:])
