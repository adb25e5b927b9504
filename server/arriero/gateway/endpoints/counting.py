"""How many tokens a request of Anthropic's has (`POST /v1/messages/count_tokens`)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from arriero.gateway.dialects.messages import MESSAGES
from arriero.gateway.endpoints.serving import Models
from arriero.gateway.joining import refuse_unknown_call
from arriero.models.types import ChatRequest


async def count_tokens(body: Mapping[str, Any], models: Models) -> Mapping[str, Any]:
    """Answer with what the model's server counts, else with an estimate that errs upwards.

    Raises `Refused`, ModelError.
    """
    asked = MESSAGES.read(body)
    refuse_unknown_call(asked)
    serving = await models.find(asked.model)
    request = ChatRequest(serving.model, asked.messages, asked.tools, serving.runner)
    tokens = await serving.provider.count_tokens(request)
    if tokens is None:
        estimate = (await models.estimate(asked.model)).snapshot()
        tokens = await asyncio.to_thread(estimate.count, asked.messages, asked.tools)
    return {"input_tokens": tokens}
