"""What is shown of a call determines what runs, and hides nothing."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.permissions.shown import LINE_END, one_line, seen, visible

_ESCAPED = re.compile(r"\\(?:u([0-9a-f]{4})|U([0-9a-f]{8}))")
TEXTS = st.text(max_size=40) | st.text(
    st.sampled_from(
        ["a", " ", "\n", "\\", "u", "0", "1", "b", "5", "c", ":", "\u200b", LINE_END, "\x1b"]
    ),
    max_size=40,
)


def read(shown: str) -> str:
    """Undo `seen`."""
    text = shown.replace(f"{LINE_END}\n    ", "\n")
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)


@given(TEXTS)
def test_a_text_is_determined_by_what_is_shown(text: str) -> None:
    assert read(seen(text)) == text


@given(TEXTS)
def test_nothing_is_shown_that_is_not_seen(text: str) -> None:
    for char in seen(text).replace("\n", ""):
        assert char.isprintable()
        assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Cn")
    assert "\n" not in one_line(text)


VALUES = TEXTS | st.integers() | st.booleans() | st.lists(TEXTS, max_size=2)


@given(
    st.dictionaries(st.sampled_from(["command", "timeout", "code"]), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["command", "timeout", "code"]), VALUES, max_size=3),
)
def test_different_calls_are_shown_differently(one: dict[str, Any], two: dict[str, Any]) -> None:
    same = repr(sorted(one.items())) == repr(sorted(two.items()))
    shown = [sorted(_arguments(visible(call))) for call in (one, two)]
    assert (shown[0] == shown[1]) == same


def _arguments(shown: str) -> list[str]:
    return re.split(r"\n(?! {4})", shown)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"command": "ls"}, "command: ls"),
        ({"command": "ls", "timeout": None}, "command: ls"),
        ({"command": "ls", "timeout": 5}, "command: ls\ntimeout = 5"),
        ({"command": "ls\nrm x"}, "command: ls↵\n    rm x"),
        ({"command": "ls\ntimeout: 5"}, "command: ls↵\n    timeout: 5"),
        ({"command": "ls\u202etxt"}, "command: ls\\u202etxt"),
        ({"command": "l\u200bs\ufe0f"}, "command: l\\u200bs\\ufe0f"),
        ({"command": "\x1b[2K\r"}, "command: \\u001b[2K\\u000d"),
        ({"command": "grep '\\.py$'"}, "command: grep '\\.py$'"),
        ({"command": "\\u202e"}, "command: \\u005cu202e"),
        ({"command": "x" * 50_000 + " && rm y"}, "command: " + "x" * 50_000 + " && rm y"),
    ],
)
def test_shown(arguments: dict[str, Any], shown: str) -> None:
    assert visible(arguments) == shown
