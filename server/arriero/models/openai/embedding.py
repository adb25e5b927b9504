"""Requests for vectors, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arriero.models.embedding import Vectors
from arriero.models.json_values import an_object, number, objects, vectors


def embedding_body(model: str, texts: Sequence[str], dimensions: int | None) -> dict[str, Any]:
    """Return the body of a request to `/embeddings`."""
    body: dict[str, Any] = {"model": model, "input": list(texts)}
    return body if dimensions is None else {**body, "dimensions": dimensions}


def read_vectors(answer: object, count: int) -> Vectors | None:
    """Return the vectors of so many texts; None where the answer does not have them."""
    data = sorted(objects(an_object(answer).get("data")), key=lambda one: number(one.get("index")))
    found = vectors([one.get("embedding") for one in data], count)
    if found is None:
        return None
    usage = an_object(an_object(answer).get("usage"))
    return Vectors(found, number(usage.get("prompt_tokens")) or None)
