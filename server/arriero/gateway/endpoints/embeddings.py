"""Vectors for texts: OpenAI's `POST /v1/embeddings`, Ollama's `/api/embed` and `/api/embeddings`.

A text that is longer than the model's window is refused, never cut.
"""

from __future__ import annotations

import asyncio
import base64
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from arriero.agent.tokens import TokenEstimate
from arriero.gateway.dialect import Refused
from arriero.gateway.dialects import ollama_request
from arriero.gateway.dialects.fields import Fields
from arriero.gateway.endpoints.serving import Counted, Models

_MOST_TEXTS = 2048


async def embeddings(body: Mapping[str, Any], models: Models) -> Counted:
    """Answer as OpenAI does; raises `Refused`, ModelError."""
    fields = Fields(body)
    form = fields.text("encoding_format", "float")
    if form not in ("float", "base64"):
        raise fields.refused("encoding_format", "float or base64")
    texts = _texts(fields)
    model, vectors, tokens = await _vectors(fields, texts, models)
    answer = {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(vector) if form == "base64" else vector,
            }
            for index, vector in enumerate(vectors)
        ],
        "model": fields.text("model") or model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    return Counted(answer, model, tokens)


async def embed(body: Mapping[str, Any], models: Models) -> Counted:
    """Answer as Ollama's `/api/embed` does; raises `Refused`, ModelError."""
    fields = Fields(body)
    if not fields.text("model"):
        raise Refused("invalid", "model is required", parameter="model")
    if body.get("input") in (None, "", []):
        return Counted({"model": fields.text("model"), "embeddings": []})
    texts = _texts(fields)
    kept = ollama_request.keep_alive(fields)
    model, vectors, tokens = await _vectors(fields, texts, models, kept)
    answer = {"model": fields.text("model"), "embeddings": vectors, "prompt_eval_count": tokens}
    return Counted(answer, model, tokens)


async def embed_one(body: Mapping[str, Any], models: Models) -> Counted:
    """Answer as Ollama's older `/api/embeddings` does; raises `Refused`, ModelError."""
    fields = Fields(body)
    if not fields.text("model"):
        raise Refused("invalid", "model is required", parameter="model")
    if not (text := fields.text("prompt")):
        return Counted({"embedding": []})
    kept = ollama_request.keep_alive(fields)
    model, vectors, tokens = await _vectors(fields, [text], models, kept)
    return Counted({"embedding": vectors[0]}, model, tokens)


def _texts(fields: Fields) -> list[str]:
    value = fields.values.get("input")
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise fields.refused("input", "a text or a list of texts")
    if not all(isinstance(one, str) for one in listed):
        raise fields.refused("input", "a text or a list of texts: tokens are not taken")
    if not all(listed):
        raise fields.refused("input", "a list of texts of which none is empty")
    if len(listed) > _MOST_TEXTS:
        raise fields.refused("input", f"{_MOST_TEXTS} texts at most")
    return listed


async def _vectors(
    fields: Fields, texts: Sequence[str], models: Models, keep_alive: str | int | None = None
) -> tuple[str, list[list[float]], int]:
    """Return the model that was asked, a vector for each text, and the tokens of all."""
    wanted = fields.whole("dimensions", 1)
    serving = await models.find(fields.text("model"))
    runner = serving.runner_for(keep_alive)
    vectors = await serving.provider.embed(serving.model, texts, runner, wanted)
    length = len(vectors[0])
    if wanted not in (None, length):
        raise Refused(
            "invalid",
            f"{serving.model} gave vectors of {length} dimensions: leave dimensions out.",
            parameter="dimensions",
        )
    tokens = vectors.tokens
    if tokens is None:
        tokens = await asyncio.to_thread(_tokens, texts)
    return serving.model, vectors, tokens


def _packed(vector: Sequence[float]) -> str:
    """Return a vector as OpenAI packs it: numbers of four bytes, the lowest byte first."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def _tokens(texts: Sequence[str]) -> int:
    estimate = TokenEstimate("")
    return sum(estimate.text(text) for text in texts)
