"""What was learned of windows outlasts the process, and what is not usable counts as nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arriero.models.fitting import FittingWindows
from arriero.models.types import ModelDetails

HERE, THERE = "127.0.0.1:11434", "workstation:11434"


def model(fingerprint: str) -> ModelDetails:
    return ModelDetails("m", frozenset(), fingerprint=fingerprint)


async def opened(file: Path) -> FittingWindows:
    windows = FittingWindows(file)
    await windows.open()
    return windows


async def test_what_was_learned_is_kept_by_server_and_model(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "windows.json"
    first = await opened(file)
    assert await first.learn(HERE, model("a"), 8192) == 8192
    assert await first.learn(HERE, model("b"), 12_288) == 12_288
    assert await first.learn(HERE, model("a"), 12_288) == 8192, "one decision for good"
    second = await opened(file)
    assert second.get(HERE, model("a")) == 8192
    assert second.get(HERE, model("b")) == 12_288
    assert second.get(THERE, model("a")) is None
    await second.forget(HERE, model("a"))
    await second.forget(THERE, model("b"))
    third = await opened(file)
    assert (third.get(HERE, model("a")), third.get(HERE, model("b"))) == (None, 12_288)


async def test_a_model_without_a_fingerprint_is_not_known() -> None:
    windows = FittingWindows()
    assert await windows.learn(HERE, model(""), 8192) is None
    assert windows.get(HERE, model("")) is None


async def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    windows = FittingWindows()
    for number in range(300):
        await windows.learn(HERE, model(str(number)), 8192)
    assert windows.get(HERE, model("0")) is None
    assert windows.get(HERE, model("299")) == 8192


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "nothing",
        json.dumps({"format": 2, "windows": {}}),
        json.dumps({"format": 1}),
        json.dumps({"format": 1, "windows": []}),
        json.dumps({"format": 1, "windows": {"a": "x"}}),
        json.dumps({"format": 1, "windows": {"a": -1}}),
        json.dumps({"format": 1, "windows": {"a": None}}),
        '{"format": 1, "windows": {"a": Infinity}}',
        "[" * 100_000,
    ],
)
async def test_a_file_that_is_not_usable_counts_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "windows.json"
    file.write_text(text)
    windows = await opened(file)
    assert await windows.learn(HERE, model("a"), 8192) == 8192
    assert (await opened(file)).get(HERE, model("a")) == 8192


async def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    windows = FittingWindows(tmp_path / "cache" / "windows.json")
    await windows.open()
    assert await windows.learn(HERE, model("a"), 8192) == 8192
    assert windows.get(HERE, model("a")) == 8192
