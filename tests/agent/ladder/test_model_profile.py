"""Profiles on disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.fakes import ScriptedProvider
from arriero.agent.model_profile import ModelProfile, ModelProfiles, digest_of
from arriero.agent.token_profile import TokenProfiles
from arriero.models.types import ModelInfo

FULL = ModelProfile(
    "ollama/qwen3:8b@sha",
    "sha",
    "prompted",
    native_works=False,
    prompted_works=True,
    thinks=True,
    edit_format="blocks",
    tokens_per_second=31.5,
    prompt_tokens_per_second=400.0,
    probed_at=1_780_000_000.5,
)


async def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    profiles = ModelProfiles(folder)
    assert await profiles.get(FULL.key) is None
    await profiles.save(FULL)
    assert await profiles.get(FULL.key) is FULL
    assert await ModelProfiles(folder).get(FULL.key) == FULL
    assert await ModelProfiles(folder).get("ollama/qwen3:8b@other") is None
    # Beside what is known of the model's tokens, under the same name.
    assert profiles.path(FULL.key) != TokenProfiles(folder).path(FULL.key)
    assert profiles.path(FULL.key).parent == TokenProfiles(folder).path(FULL.key).parent


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"key": "other"},
        {"rung": "ladder"},
        {"rung": 1},
        {"native_works": 1},
        {"thinks": "yes"},
        {"digest": 3},
        {"tokens_per_second": -1},
        {"tokens_per_second": "fast"},
        {"probed_at": float("nan")},
        {"probed_at": None},
    ],
)
async def test_a_broken_profile_is_as_none(tmp_path: Path, change: dict[str, object]) -> None:
    await ModelProfiles(tmp_path).save(FULL)
    path = ModelProfiles(tmp_path).path(FULL.key)
    fields = json.loads(path.read_text())
    path.write_text(json.dumps({**fields, **change}))
    assert await ModelProfiles(tmp_path).get(FULL.key) is None
    path.write_text(json.dumps(fields))
    assert await ModelProfiles(tmp_path).get(FULL.key) == FULL


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000])
async def test_no_profile_at_all(tmp_path: Path, data: bytes) -> None:
    profiles = ModelProfiles(tmp_path)
    profiles.path("p/m").write_bytes(data)
    assert await profiles.get("p/m") is None


async def test_fields_that_are_missing_are_not_known(tmp_path: Path) -> None:
    profiles = ModelProfiles(tmp_path)
    profiles.path("p/m").write_text('{"format": 1, "key": "p/m", "new": []}')
    assert await profiles.get("p/m") == ModelProfile("p/m")


async def test_a_profile_that_cannot_be_written_lasts_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "profiles").write_text("a file")
    profiles = ModelProfiles(tmp_path / "profiles")
    await profiles.save(FULL)
    assert "cannot be kept" in caplog.text
    assert await profiles.get(FULL.key) is FULL


@pytest.mark.parametrize(
    ("model", "digest"), [("qwen3", "a"), ("Qwen3:latest", "a"), ("q:4b", "b"), ("none", "")]
)
async def test_the_digest_of_a_model(model: str, digest: str) -> None:
    class Provider(ScriptedProvider):
        async def models(self) -> list[ModelInfo]:
            return [ModelInfo("qwen3:latest", "a"), ModelInfo("q:4b", "b")]

    assert await digest_of(Provider([]), model) == digest
