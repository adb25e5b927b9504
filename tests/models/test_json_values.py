"""The reading of JSON that others wrote, beside the standard library's own."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arriero.models.json_values import decoded

BLANKS = st.text(" \t\n\r", max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(value=VALUES, before=BLANKS, after=BLANKS, as_bytes=st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_json_is_read(value: object, before: str, after: str, as_bytes: bool) -> None:
    text = before + json.dumps(value) + after
    assert decoded(text.encode() if as_bytes else text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "{}{}",
        "{} x",
        "{}\x0b",
        "{}\u00a0",
        '{"a":1,}',
        "{'a': 1}",
        "[1",
        "{}\0",
        "\ufeff{}",
    ],
)
def test_what_is_none_is_refused_as_the_library_does(text: str) -> None:
    with pytest.raises(json.JSONDecodeError) as ours:
        decoded(text)
    with pytest.raises(json.JSONDecodeError) as theirs:
        json.JSONDecoder().decode(text)
    assert str(ours.value) == str(theirs.value)
