"""What stands above the input line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from arriero.cli.chat.stage import Stage


def drawn(stage: Stage, columns: int = 40) -> str:
    return "".join(piece[1] for piece in stage.above(columns))


def test_what_is_waited_for_and_how_long() -> None:
    now = 10.0
    stage = Stage(clock=lambda: now)
    assert drawn(stage) == "> "
    stage.wait("reading")
    assert drawn(stage).endswith(" reading\n> ")
    now = 14.5
    stage.wait("reading")  # as before: the time goes on
    assert " reading, 4 s\n" in drawn(stage)
    assert stage.busy
    stage.ask("Apply? ")
    assert drawn(stage) == "Apply? "
    assert not stage.busy


def test_the_end_of_what_is_being_written() -> None:
    stage = Stage()
    stage.show_tail("\n".join(f"line {number}" for number in range(20)))
    assert drawn(stage).splitlines() == [f"line {number}" for number in range(12, 20)] + ["> "]
    stage.show_tail("\x1b[2J evil")
    assert "\x1b" not in drawn(stage)


@given(st.text(max_size=3000), st.integers(1, 200))
def test_never_more_lines_than_fit(text: str, columns: int) -> None:
    stage = Stage()
    stage.show_tail(text)
    lines = drawn(stage, columns).split("\n")
    assert len(lines) <= 9
    assert all(len(line) <= max(20, columns) for line in lines)


def test_the_line_at_the_bottom() -> None:
    stage = Stage(footer="qwen3", queued=2)
    assert stage.below(80)[0][1] == "2 waiting · qwen3 · /help"
    stage.wait("thinking")
    assert stage.below(80)[0][1] == "2 waiting · qwen3 · Ctrl-C cancels"


FULL = "qwen3-coder:30b · 6.1k of 16k tokens · 94 % cached · 31 tokens/s · agent"


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (90, f"{FULL} · /help"),
        (75, FULL),
        (60, "qwen3-coder:30b · 6.1k of 16k tokens · 94 % cached · agent"),
        (50, "qwen3-coder:30b · 6.1k of 16k tokens · agent"),
        (40, "qwen3-coder:30b · agent"),
        (20, "qwen3-co…30b · agent"),
        (14, "agent"),
        (4, "ag…t"),
    ],
)
def test_a_narrow_terminal(columns: int, line: str) -> None:
    assert Stage(footer=FULL).below(columns)[0][1] == line


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (60, "1 waiting · qwen3-coder:30b · agent · Ctrl-C cancels"),
        (47, "1 waiting · qwen3-…30b · agent · Ctrl-C cancels"),
        (40, "1 waiting · agent · Ctrl-C cancels"),
        (20, "1 waiting · agent"),
    ],
)
def test_a_narrow_terminal_while_something_goes_on(columns: int, line: str) -> None:
    stage = Stage(footer=FULL, queued=1, status="thinking")
    assert stage.below(columns)[0][1] == line


def test_a_long_name_makes_room_for_how_full_the_window_is() -> None:
    stage = Stage(footer=FULL.replace("qwen3-coder", "hf.co/somebody/Qwen3-Coder-GGUF"))
    assert "6.1k of 16k tokens · agent" in stage.below(60)[0][1]
    assert "hf.co/" in stage.below(60)[0][1]


@given(st.text(max_size=60), st.integers(0, 100), st.integers(0, 9), st.booleans())
def test_never_wider_than_the_terminal(words: str, columns: int, queued: int, busy: bool) -> None:
    stage = Stage(footer=words, queued=queued, status="thinking" if busy else "")
    assert cell_len(stage.below(columns)[0][1]) <= columns
