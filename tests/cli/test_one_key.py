"""Answers of one key, typed as lines."""

from __future__ import annotations

import pytest

from arriero.cli.one_key import one_key

WORDS = {"y": "yes", "a": "all", "v": "never"}


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("y", "y"),
        (" Y\n", "y"),
        ("yes", "y"),
        ("ALL", "a"),
        ("never", "v"),
        ("v", "v"),
        ("n", ""),
        ("", ""),
        ("a prompt that somebody has begun to type", ""),
        ("yesterday it still worked", ""),
        ("ye", ""),
    ],
)
def test_only_a_key_or_its_word(line: str, key: str) -> None:
    assert one_key(line, WORDS) == key
