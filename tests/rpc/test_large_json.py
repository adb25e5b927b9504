"""Large JSON is what the `json` module makes of it, however it is cut into steps."""

from __future__ import annotations

import json
import math
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero import large_json

ODD = 'a\\"\n\x7fé漢\U0001f600\ud83d\u2028\x00/'
TEXTS = st.text(alphabet=ODD, max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def grown(value: Any) -> Any:
    """Make texts that begin with `a` large."""
    match value:
        case str():
            return value * 20_000 if value.startswith("a") else value
        case list():
            return [grown(one) for one in value]
        case dict():
            return {key: grown(one) for key, one in value.items()}
    return value


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_it_is_the_same_both_ways(small: Any) -> None:
    value = grown(small)
    written = large_json.dumps(value)
    assert json.loads(written) == json.loads(json.dumps(value))
    for text in (written, json.dumps(value, indent=1), json.dumps(value, ensure_ascii=False)):
        assert large_json.loads(text) == json.loads(text)


def test_what_is_written_is_what_json_writes() -> None:
    value = {
        "many": [{"n": n, "t": "x" * 50, "f": [1.5, None, True]} for n in range(5_000)],
        "text": "é\U0001f600\n" * 100_000,
        1: [],
        None: (),
        "deep": [[["y" * 70_000], {"z": {}}], "w" * 70_000, 3],
    }
    assert large_json.dumps(value) == json.dumps(value, separators=(",", ":"))


@pytest.mark.parametrize("cut", range(1, 14))
def test_a_character_is_never_cut_in_two(cut: int) -> None:
    """Escapes and pairs lie across every border of a step."""
    text = "a" * (256 * 1024 - cut) + "\U0001f600é\\\n" * 3 + "b" * 70_000
    for written in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
        assert large_json.loads(written) == text
    assert large_json.decode_utf8(text.encode()) == text
    assert large_json.dumps(text) == json.dumps(text)


@pytest.mark.parametrize(
    "text",
    [
        '"' + "a" * 300_000,
        '"' + "a" * 300_000 + "\n" + '"',
        '"' + "a" * 300_000 + '\\q"',
        '"' + "a" * 300_000 + '\\u12"',
        '{"a": NaN, "b": "' + "a" * 300_000 + '"}',
        "[" * 100_000,
        '["' + "a" * 300_000 + '"] x',
    ],
    ids=["open", "newline", "escape", "short escape", "NaN", "deep", "more"],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises((ValueError, RecursionError)):
        large_json.loads(text)


@pytest.mark.parametrize(
    "body", [b"a" * 300_000 + b"\xff", b"a" * 262_143 + b"\xe6\xbc", b"\x80" * 9]
)
def test_what_is_no_utf8_is_refused(body: bytes) -> None:
    with pytest.raises(UnicodeDecodeError):
        large_json.decode_utf8(body)


def test_values_without_a_form() -> None:
    for value in (math.nan, math.inf, object()):
        with pytest.raises((TypeError, ValueError)):
            large_json.dumps(["x" * 100_000, value])
    assert large_json.dumps([math.nan], allow_nan=True) == "[NaN]"


@attrs.frozen
class Shown:
    text: str
    more: list[str]


@pytest.mark.parametrize(
    ("value", "large"),
    [
        ({"text": "a" * 60_000}, False),
        ({"text": "a" * 66_000}, True),
        ([0] * 10_000, True),
        (Shown("a", ["b" * 66_000]), True),
        (Shown("a", ["b"]), False),
        ({"a": [{"b": (Shown("c" * 66_000, []),)}]}, True),
    ],
)
def test_what_is_large(value: object, large: bool) -> None:
    assert (large_json.weight(value) >= large_json.LARGE) is large
