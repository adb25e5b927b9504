"""Parts of sentences."""

from __future__ import annotations

import pytest

from arriero.models.sentences import some_names

NAMES = [*(f"other-{n}" for n in range(9)), "Qwen3:8b", "llama3.2:latest", "qwen2.5-coder:7b"]


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("", "other-0"),
        ("nope", "other-0"),
        ("qwen", "Qwen3:8b"),
        ("qwen3", "Qwen3:8b"),
        ("qwen3:14b", "Qwen3:8b"),
        ("llama", "llama3.2:latest"),
        ("LLAMA3.1:8b", "llama3.2:latest"),
        ("qwen-coder", "qwen2.5-coder:7b"),
    ],
)
def test_what_was_meant_stands_first(wanted: str, first: str) -> None:
    told = some_names(NAMES, wanted)
    assert told.split(", ")[0] == first
    assert told.endswith("and 4 more")
