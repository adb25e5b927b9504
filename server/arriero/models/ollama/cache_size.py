"""How much memory a token of the window takes, worked out from what `/api/show` tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.models.json_values import number

_F16 = 2  # bytes of a number in the cache, unless OLLAMA_KV_CACHE_TYPE says less
# Architectures in which every layer keeps every token. Those that are not named, such as gemma3,
# gpt-oss, qwen35 and deepseek2, have layers that see a part of the window, keep a state of a fixed
# size, or compress what they keep: their caches grow more slowly.
_PLAIN = frozenset(
    (
        "chatglm",
        "command-r",
        "ernie4_5",
        "ernie4_5-moe",
        "gemma",
        "glm4",
        "glm4moe",
        "granite",
        "granitemoe",
        "internlm2",
        "llama",
        "mistral3",
        "olmo2",
        "phi2",
        "phi3",
        "qwen2",
        "qwen25vl",
        "qwen2moe",
        "qwen3",
        "qwen3moe",
        "qwen3vl",
        "qwen3vlmoe",
        "seed_oss",
        "smollm3",
        "stablelm",
        "starcoder2",
    )
)
# What tells of other layers, whatever the architecture is called.
_OTHERWISE = (
    "attention.chunk_size",
    "attention.cross_attention_layers",
    "attention.kv_lora_rank",
    "attention.shared_kv_layers",
    "full_attention_interval",
    "ssm.state_size",
)


def cache_bytes_per_token(info: Mapping[str, Any]) -> int | None:
    """Return the bytes of one token in the cache of a model; None where that is in doubt.

    `info` is the `model_info` of `/api/show`. Each layer keeps a key and a value for each of its
    heads: `GraphSize` in https://github.com/ollama/ollama/blob/main/fs/ggml/ggml.go; that there are
    as many of them as heads where it is not told is llama.cpp's rule.
    """
    architecture = str(info.get("general.architecture") or "")

    def told(key: str) -> object:
        return info.get(f"{architecture}.{key}")

    if architecture not in _PLAIN or any(told(key) is not None for key in _OTHERWISE):
        return None
    sliding = number(told("attention.sliding_window"))
    if sliding and sliding < number(told("context_length")):
        return None
    heads = number(told("attention.head_count"))
    if f"{architecture}.attention.head_count_kv" in info:
        kept_heads = _heads_of_layers(told("attention.head_count_kv"), number(told("block_count")))
    else:
        kept_heads = heads * number(told("block_count"))
    of_a_head = number(told("embedding_length")) // heads if heads > 0 else 0
    key = number(told("attention.key_length")) or of_a_head
    value = number(told("attention.value_length")) or of_a_head
    if kept_heads <= 0 or key <= 0 or value <= 0:
        return None
    return kept_heads * (key + value) * _F16


def _heads_of_layers(value: object, layers: int) -> int:
    """Return the sum over all layers, 0 where it is not told; null stands for a list left out."""
    if not isinstance(value, list):
        return number(value) * layers
    each = [number(one) for one in value]
    return sum(each) if len(each) == layers and min(each, default=0) > 0 else 0
