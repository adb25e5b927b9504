"""`POST /api/embed`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from arriero.models.rehearsal import decode
from arriero.models.rehearsal.decode import Refused
from arriero.models.rehearsal.http import Received, Responder
from arriero.models.rehearsal.state import State, metrics
from arriero.models.rehearsal.tokens import Prompt, split

_NOT_AN_EMBEDDER = "This server does not support embeddings. Start it with `--embeddings`"


async def embed(state: State, request: Received, respond: Responder) -> None:
    """Return one vector of length 1 for each text; texts with common words lie near each other.

    Words that mean the same to the model count as common ones.
    """
    body = decode.decode(request.raw, "EmbedRequest", decode.EMBED)
    name = body.get("model") or ""
    model = state.find(name)
    if model is None:
        raise Refused(404, f'model "{name}" not found, try pulling it first')
    texts = _texts(body.get("input"))
    options = decode.options(body)
    runner = state.residency.runner_options(model, options, None)
    async with state.residency.use(model, runner, decode.keep_alive(body)) as loaded:
        if not texts:
            await respond.json(200, {"model": name, "embeddings": []})
            return
        if not model.can("embedding"):
            raise Refused(501, _NOT_AN_EMBEDDER)
        prompts = [split(text) for text in texts]
        if any(len(one) > runner.window for one in prompts) and body.get("truncate") is False:
            raise Refused(400, "the input length exceeds the context length")
        prompts = [one[: runner.window] for one in prompts]
        means = {word: group[0] for group in model.synonyms for word in group}
        size = min(body.get("dimensions") or model.embedding_length, model.embedding_length)
        told = metrics(state, loaded, Prompt(tuple(token for one in prompts for token in one)), 0)
        await respond.json(
            200,
            {
                "model": name,
                "embeddings": [_vector(one, size, means) for one in prompts],
                "total_duration": told["total_duration"],
                "load_duration": told["load_duration"],
                "prompt_eval_count": told["prompt_eval_count"],
            },
        )


def _texts(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise Refused(400, "invalid input type")
    return texts


def _vector(tokens: list[str], size: int, means: Mapping[str, str]) -> list[float]:
    """Add up one direction per word, chosen by its hash, and scale the sum to length 1.

    Signs and blanks, which all texts have, count only where there is nothing else.
    """
    vector = [0.0] * size
    words = [word for word in (token.strip().lower() for token in tokens) if word.isalnum()]
    for word in words or tokens or [""]:
        digest = hashlib.sha256(means.get(word, word).encode()).digest()
        vector[int.from_bytes(digest[:4], "big") % size] += 1.0 if digest[4] % 2 else -1.0
    length = math.sqrt(sum(part * part for part in vector))
    if length == 0.0:
        return [1.0, *vector[1:]]
    return [part / length for part in vector]
