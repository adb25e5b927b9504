"""What Ollama tells of its models: `/api/tags`, `/api/show`, `/api/ps`, `/api/version`.

Facts: Ollama's API, and answers of a real server that were recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from arriero.gateway.dialects import ollama_request
from arriero.gateway.dialects.fields import Fields
from arriero.gateway.endpoints.serving import Models, Serving
from arriero.models.types import ModelInfo

# Of the Ollama whose interface is spoken here, whatever the provider is: clients look at it before
# they use something newer.
VERSION = "0.30.0"
_UNKNOWN_TIME = "1970-01-01T00:00:00Z"  # no provider tells since when it has a model


async def tags(_: str, models: Models) -> Mapping[str, Any]:
    """Return all models; raises ModelError."""
    return {"models": [_listed(info) for _, info in await models.all()]}


async def show(body: Mapping[str, Any], models: Models) -> Mapping[str, Any]:
    """Describe one model, by `model` or `name`; raises `Refused`, ModelError.

    Its context length is the window with which it is used. It can use tools, whatever its own
    server says: the gateway gives them to any model.
    """
    serving = await models.find(ollama_request.model(Fields(body)))
    details = serving.details
    architecture = details.family or "unknown"
    window = serving.window or details.trained_window
    return {
        "license": "",
        "modelfile": "",
        "parameters": f"num_ctx                        {window}" if window else "",
        "template": details.template,
        "details": _details(details.family, details.parameter_size, details.quantization),
        "model_info": {
            "general.architecture": architecture,
            **({f"{architecture}.context_length": window} if window else {}),
        },
        "capabilities": _capabilities(serving),
        "modified_at": _UNKNOWN_TIME,
    }


async def loaded(_: str, models: Models) -> Mapping[str, Any]:
    """Return the models in memory of the provider in use; raises ModelError."""
    listed = {info.name: info for _, info in await models.all()}
    if not listed:
        return {"models": []}
    serving = await models.find(next(iter(listed)))
    found = []
    for one in await serving.provider.loaded():
        info = listed.get(one.name, ModelInfo(one.name))
        told = {key: value for key, value in _listed(info).items() if key != "modified_at"}
        found.append(
            {
                **told,
                "size": one.size,
                "size_vram": one.size_vram,
                "context_length": one.window,
                "expires_at": one.expires_at or _UNKNOWN_TIME,
            }
        )
    return {"models": found}


async def version(_: str, models: Models) -> Mapping[str, Any]:
    """Return the version of Ollama whose interface is spoken."""
    del models  # it is the same with all of them
    return {"version": VERSION}


def _listed(info: ModelInfo) -> dict[str, Any]:
    return {
        "name": info.name,
        "model": info.name,
        "modified_at": _UNKNOWN_TIME,
        "size": info.size,
        "digest": info.digest,
        "details": _details("", info.parameter_size, info.quantization),
    }


def _details(family: str, parameter_size: str, quantization: str) -> dict[str, Any]:
    return {
        "parent_model": "",
        "format": "gguf",
        "family": family,
        "families": [family] if family else [],
        "parameter_size": parameter_size,
        "quantization_level": quantization,
    }


def _capabilities(serving: Serving) -> list[str]:
    own = serving.details.capabilities
    return sorted(own | {"tools"} if "completion" in own else own)
