"""The list of models (`GET /v1/models`, `/v1/models/{id}`), for OpenAI's and Anthropic's clients.

One object has the fields of both: neither minds those of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway.dialect import Refused
from arriero.gateway.endpoints.serving import Models
from arriero.models.types import ModelInfo

_UNKNOWN_TIME = "1970-01-01T00:00:00Z"  # no provider tells since when it has a model


async def list_models(_: str, models: Models) -> Mapping[str, Any]:
    """Return all models; raises ModelError."""
    data = [_model(provider, info) for provider, info in await models.all()]
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": False,
    }


async def one_model(name: str, models: Models) -> Mapping[str, Any]:
    """Return the model of a name, which need not be listed; raises `Refused`, ModelError."""
    if not name:
        raise Refused("invalid", "Name a model.", parameter="model")
    for provider, info in await models.all():
        if info.name in (name, f"{name}:latest"):
            return {**_model(provider, info), "id": name}
    found = await models.find(name)
    return _model(found.provider.name, ModelInfo(name))


def _model(provider: str, info: ModelInfo) -> dict[str, Any]:
    return {
        "id": info.name,
        "object": "model",
        "created": 0,
        "owned_by": provider,
        "type": "model",
        "display_name": info.name,
        "created_at": _UNKNOWN_TIME,
        "lifecycle": "active",
    }
