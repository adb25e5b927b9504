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
from arriero.gateway.endpoints.serving import Models

_MOST_TEXTS = 2048


async def embeddings(body: Mapping[str, Any], models: Models) -> Mapping[str, Any]:
    """Answer as OpenAI does; raises `Refused`, ModelError.

    The tokens are an estimate: providers do not tell those of texts.
    """
    fields = Fields(body)
    form = fields.text("encoding_format", "float")
    if form not in ("float", "base64"):
        raise fields.refused("encoding_format", "float or base64")
    texts = _texts(fields)
    model, vectors = await _vectors(fields, texts, models)
    tokens = await asyncio.to_thread(_tokens, texts)
    return {
        "object": "list",
        "data": [
            {
                "object": "embedding",
                "index": index,
                "embedding": _packed(vector) if form == "base64" else vector,
            }
            for index, vector in enumerate(vectors)
        ],
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


async def embed(body: Mapping[str, Any], models: Models) -> Mapping[str, Any]:
    """Answer as Ollama's `/api/embed` does; raises `Refused`, ModelError."""
    fields = Fields(body)
    if not fields.text("model"):
        raise Refused("invalid", "model is required", parameter="model")
    if body.get("input") in (None, "", []):
        return {"model": fields.text("model"), "embeddings": []}
    texts = _texts(fields)
    kept = ollama_request.keep_alive(fields)
    model, vectors = await _vectors(fields, texts, models, kept)
    tokens = await asyncio.to_thread(_tokens, texts)
    return {"model": model, "embeddings": vectors, "prompt_eval_count": tokens}


async def embed_one(body: Mapping[str, Any], models: Models) -> Mapping[str, Any]:
    """Answer as Ollama's older `/api/embeddings` does; raises `Refused`, ModelError."""
    fields = Fields(body)
    if not fields.text("model"):
        raise Refused("invalid", "model is required", parameter="model")
    if not (text := fields.text("prompt")):
        return {"embedding": []}
    _, vectors = await _vectors(fields, [text], models, ollama_request.keep_alive(fields))
    return {"embedding": vectors[0]}


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
) -> tuple[str, list[list[float]]]:
    wanted = fields.whole("dimensions", 1)
    serving = await models.find(fields.text("model"))
    vectors = await serving.provider.embed(serving.model, texts, serving.runner_for(keep_alive))
    length = len(vectors[0])
    if wanted not in (None, length):
        raise Refused(
            "invalid",
            f"The vectors of {serving.model} have {length} dimensions: leave dimensions out.",
            parameter="dimensions",
        )
    return fields.text("model") or serving.model, vectors


def _packed(vector: Sequence[float]) -> str:
    """Return a vector as OpenAI packs it: numbers of four bytes, the lowest byte first."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def _tokens(texts: Sequence[str]) -> int:
    estimate = TokenEstimate("")
    return sum(estimate.text(text) for text in texts)
