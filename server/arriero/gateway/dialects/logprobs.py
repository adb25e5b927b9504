"""The chances of tokens, in the one form that OpenAI's and Ollama's interfaces have for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arriero.models.types import Logprob


def told(tokens: Sequence[Logprob]) -> list[dict[str, Any]]:
    """Return tokens, each with the others that were likely in its place."""
    return [{**_one(token), "top_logprobs": [_one(o) for o in token.others]} for token in tokens]


def without_bytes(tokens: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return told tokens as the events of OpenAI's responses have them: only the items say more."""
    return [
        {
            "token": token["token"],
            "logprob": token["logprob"],
            "top_logprobs": [
                {"token": other["token"], "logprob": other["logprob"]}
                for other in token["top_logprobs"]
            ],
        }
        for token in tokens
    ]


def _one(token: Logprob) -> dict[str, Any]:
    written = list(token.bytes or token.token.encode("utf-8", "replace"))
    return {"token": token.token, "logprob": token.logprob, "bytes": written}
