from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.tools.terminal import as_shown


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        ("", ""),
        ("plain\n\ttext\n", "plain\n\ttext\n"),
        ("\x1b[31mred\x1b[0m \x1b[1;32mgreen\x1b[m", "red green"),
        ("\x1b]0;title\x07text \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "text link"),
        ("\x1b(Bcharset \x1bMup\x1b", "charset up"),
        ("10%\r50%\r100%\ndone\r\n", "100%\ndone\n"),
        ("over\rwritten\r\n", "written\n"),
        ("abc\b\bd", "ad"),
        ("\b\bx", "x"),
        ("bell\x07 null\x00 del\x7f", "bell null del"),
        ("x" * 2005, "x" * 2000 + "… (5 more characters in this line)"),
        ("umlaut ä, emoji 🙂, \u2028 kept", "umlaut ä, emoji 🙂, \u2028 kept"),
    ],
)
def test_as_shown(output: str, shown: str) -> None:
    assert as_shown(output) == shown


@given(st.text(alphabet="ab\r\n\b\x1b[]0;m\x07", max_size=200))
def test_nothing_that_draws_is_left(output: str) -> None:
    shown = as_shown(output)
    assert not set(shown) & set("\x1b\x07\b")
    assert shown.count("\n") == output.count("\n")
