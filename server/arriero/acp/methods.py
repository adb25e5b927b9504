"""ACP's methods by name: JSON in, the agent's own method between, JSON out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from acp import schema
from pydantic import BaseModel, ValidationError
from pygls.exceptions import JsonRpcInvalidParams, JsonRpcMethodNotFound

from arriero.acp.agent import AcpAgent, SetSessionModelRequest
from arriero.acp.updates import to_json

_MOST_ITEMS = 10_000  # of a list: where each is wrong, pydantic keeps a kilobyte for each


@dataclass(frozen=True)
class Method:
    """The type of a method's params, and what answers it; a notification answers None."""

    params: type[BaseModel]
    handler: Callable[[AcpAgent, Any], Awaitable[BaseModel | None]]


METHODS: dict[str, Method] = {
    "session/new": Method(schema.NewSessionRequest, AcpAgent.new_session),
    "session/load": Method(schema.LoadSessionRequest, AcpAgent.load_session),
    "session/list": Method(schema.ListSessionsRequest, AcpAgent.list_sessions),
    "session/prompt": Method(schema.PromptRequest, AcpAgent.prompt),
    "session/cancel": Method(schema.CancelNotification, AcpAgent.cancel),
    "session/set_mode": Method(schema.SetSessionModeRequest, AcpAgent.set_mode),
    "session/set_model": Method(SetSessionModelRequest, AcpAgent.set_model),
    "session/set_config_option": Method(
        schema.SetSessionConfigOptionSelectRequest, AcpAgent.set_config_option
    ),
}


async def call(agent: AcpAgent, name: str, params: Any) -> dict[str, Any] | None:
    """Answer a method; raises JsonRpcException, for params that do not fit with where and why."""
    method = METHODS.get(name)
    if method is None:
        raise JsonRpcMethodNotFound.of(name)
    result = await method.handler(agent, _read(method.params, params))
    # In a thread: an answer with the choice among hundreds of models takes 10 ms.
    return None if result is None else await asyncio.to_thread(to_json, result)


def _read(model: type[BaseModel], params: Any) -> BaseModel:
    for name, value in params.items() if isinstance(params, dict) else ():
        if isinstance(value, list) and len(value) > _MOST_ITEMS:
            raise JsonRpcInvalidParams(f"`{name}`: It has more than {_MOST_ITEMS:,} items.")
    try:
        return model.model_validate({} if params is None else params)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "params"
        raise JsonRpcInvalidParams(f"`{place}`: {first['msg']}.") from error
