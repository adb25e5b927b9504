"""What a server tells of its models on routes beside `/v1`, where it has such.

- llama.cpp's `/props` tells the window, the template and what it can. A server with several models
  (a router, since the builds of 2025-12) has a `status` in each entry of its list, and `/props` of
  one model by `?model=`; without `autoload=false` asking would load it.
- LM Studio's `/api/v0/models` (since 0.3.6) tells which models are loaded, and with which window:
  https://lmstudio.ai/docs/developer/rest/endpoints
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from arriero.models.json_values import an_object, number, objects
from arriero.models.openai import listing
from arriero.models.openai.listing import Entry
from arriero.models.openai.servers import Family
from arriero.models.types import LoadedModel, ModelDetails

_LMSTUDIO_MODELS = "/api/v0/models"

# Gets a route beside `/v1`; an empty object where it is not there.
Beside = Callable[[str], Awaitable[Mapping[str, Any]]]


async def details(model: str, entry: Entry, family: Family, beside: Beside) -> ModelDetails:
    """Describe a model; `entry` is what the list of models has of it."""
    if family == "llamacpp":
        return listing.details(model, entry, await beside(_props(entry)))
    plain = listing.details(model, entry, {})
    if family == "lmstudio":
        told = objects((await beside(_LMSTUDIO_MODELS)).get("data"))
        mine = next((one for one in told if one.get("id") == entry["id"]), None)
        return plain if mine is None else _of_lmstudio(model, mine)
    return plain


async def loaded(entries: Sequence[Entry], family: Family, beside: Beside) -> list[LoadedModel]:
    """Return the models in memory, none where the server does not tell."""
    if family == "lmstudio":
        told = objects((await beside(_LMSTUDIO_MODELS)).get("data"))
        return [_loaded_in_lmstudio(one) for one in told if one.get("state") == "loaded"]
    if family != "llamacpp":
        return []
    found: list[LoadedModel] = []
    for entry in entries:
        if _in_memory(entry, alone=len(entries) == 1):
            found += listing.loaded(entry, await beside(_props(entry)))
    return found


def _props(entry: Entry) -> str:
    if "status" not in entry:
        return "/props"
    return f"/props?{urlencode({'model': str(entry['id']), 'autoload': 'false'})}"


def _in_memory(entry: Entry, *, alone: bool) -> bool:
    if "status" not in entry:
        return alone
    return an_object(entry["status"]).get("value") == "loaded"


def _of_lmstudio(model: str, told: Mapping[str, Any]) -> ModelDetails:
    """Every model of LM Studio is given tools: those not made for it get them in the prompt."""
    kind = told.get("type")
    can = {"embedding"} if kind == "embeddings" else {"completion", "tools"}
    if kind == "vlm":
        can.add("vision")
    return ModelDetails(
        name=model,
        capabilities=frozenset(can),
        family=str(told.get("arch") or ""),
        quantization=str(told.get("quantization") or ""),
        trained_window=number(told.get("max_context_length")) or None,
        configured_window=number(told.get("loaded_context_length")) or None,
    )


def _loaded_in_lmstudio(told: Mapping[str, Any]) -> LoadedModel:
    window = number(told.get("loaded_context_length"))
    return LoadedModel(str(told.get("id") or ""), 0, 0, window, expires_at="")
