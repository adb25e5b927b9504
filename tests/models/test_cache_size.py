"""The memory of a token, for models whose caches are known, and none where there is doubt.

The shapes are those of the models' published configurations; the sizes were worked out by hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arriero.models.ollama.cache_size import cache_bytes_per_token
from arriero.models.ollama.provider import _fingerprint


def recorded_show() -> dict[str, Any]:
    file = Path(__file__).with_name("recordings") / "native--show.json"
    chunks = json.loads(file.read_text())["chunks"]
    answer: dict[str, Any] = json.loads("".join(text for _, text in chunks))
    return answer


def info(architecture: str, **fields: Any) -> dict[str, Any]:
    """`model_info` with these fields; two underscores stand for a dot."""
    told = {f"{architecture}.{key.replace('__', '.')}": value for key, value in fields.items()}
    return {"general.architecture": architecture, "tokenizer.ggml.tokens": None, **told}


LLAMA = {
    "block_count": 32,
    "context_length": 131_072,
    "embedding_length": 4096,
    "attention__head_count": 32,
    "attention__head_count_kv": 8,
}
QWEN3 = {
    "block_count": 36,
    "context_length": 40_960,
    "embedding_length": 4096,
    "attention__head_count": 32,
    "attention__head_count_kv": 8,
    "attention__key_length": 128,
    "attention__value_length": 128,
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in LLAMA.items() if key != name}


@pytest.mark.parametrize(
    ("told", "size"),
    [
        (info("llama", **LLAMA), 131_072),
        (info("qwen3", **QWEN3), 147_456),
        (info("llama", **{**LLAMA, "attention__key_length": 64}), 32 * 8 * (64 + 128) * 2),
        (info("llama", **without("attention__head_count_kv")), 524_288),
        (info("llama", **{**LLAMA, "attention__head_count_kv": [8] * 32}), 131_072),
        (info("phi3", **{**LLAMA, "attention__sliding_window": 262_144}), 131_072),
        # in doubt
        ({}, None),
        (info("llama"), None),
        (info("llama", **{**LLAMA, "attention__head_count_kv": None}), None),
        (info("llama", **{**LLAMA, "attention__head_count_kv": []}), None),
        (info("llama", **{**LLAMA, "attention__head_count_kv": [8] * 31}), None),
        (info("llama", **{**LLAMA, "attention__head_count_kv": [8, 0] * 16}), None),
        (info("llama", **{**LLAMA, "attention__head_count_kv": "8"}), None),
        (info("llama", **without("block_count")), None),
        (info("llama", **without("embedding_length")), None),
        (info("llama", **without("attention__head_count")), None),
        (info("llama", **{**LLAMA, "attention__sliding_window": 4096}), None),
        (info("llama", **{**LLAMA, "attention__chunk_size": 8192}), None),
        (info("qwen3", **{**QWEN3, "attention__kv_lora_rank": 512}), None),
        (info("qwen3", **{**QWEN3, "ssm__state_size": 128}), None),
        *((info(name, **LLAMA), None) for name in ("gemma3", "gptoss", "deepseek2", "qwen35")),
        (info("unheard-of", **LLAMA), None),
    ],
)
def test_the_memory_of_a_token(told: dict[str, Any], size: int | None) -> None:
    assert cache_bytes_per_token(told) == size


def test_a_real_answer() -> None:
    answer = recorded_show()
    assert cache_bytes_per_token(answer["model_info"]) == 5 * 4 * (64 + 64) * 2


def test_another_model_of_the_same_name_has_another_fingerprint() -> None:
    answer = recorded_show()
    assert len(_fingerprint(answer)) == 64
    assert _fingerprint({**answer, "modified_at": "2027-01-01T00:00:00Z"}) == _fingerprint(answer)
    pulled = answer["modelfile"].replace("sha256-8855", "sha256-0000")
    assert _fingerprint({**answer, "modelfile": pulled}) != _fingerprint(answer)
    assert _fingerprint({"model_info": answer["model_info"]}) == ""
