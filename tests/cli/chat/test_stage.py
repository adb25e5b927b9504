"""What stands above the input line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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
    assert stage.below()[0][1] == "2 waiting · qwen3 · /help"
    stage.wait("thinking")
    assert stage.below()[0][1] == "2 waiting · qwen3 · Ctrl-C cancels"
